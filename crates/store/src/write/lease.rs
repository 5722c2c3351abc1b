//! The lease of a webhook: which node sends for it, and what keeps that node from sending.

use heddle_domain::event::{Actor, EventKind};
use heddle_domain::id::{AccountId, AgentId, EventId, WebhookId};
use heddle_domain::webhook::{DisabledReason, Trouble, WebhookState};
use heddle_domain::{EventDetail, Fact, Field, Timestamp};

use super::caller::Caller;
use super::events::append_plain_event;
use super::webhook::{allowed, disable};
use crate::error::Result;
use crate::rows::credential::{self as credential_rows, StoredCredential};
use crate::rows::feed as feed_rows;
use crate::rows::webhook::{self as rows, StoredWebhook, WebhookVersions, reader};
use crate::stmt::params;
use crate::tx::{Rows, Tx, Write};

/// Takes or renews the lease of a webhook.
#[derive(Clone, Debug)]
pub struct ClaimWebhook {
    /// Account whose data the command changes.
    pub account: AccountId,
    /// Id of the webhook.
    pub id: WebhookId,
    /// The node that wants to send.
    pub holder: String,
    /// Duration of the lease in milliseconds.
    pub lease_ms: i64,
}

/// The data that a node needs to send for a webhook.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The webhook as it was before the lease was taken.
    pub webhook: StoredWebhook,
    /// The credential that created or adopted the webhook; `None` if the operator did.
    pub maker: Option<StoredCredential>,
    /// The webhook's position in the feed.
    pub position: i64,
    /// The internal hosts and networks that the operator allows for the account.
    pub account_allow: String,
    /// When the lease expires.
    pub until: Timestamp,
}

impl Claimed {
    /// Returns the versions of what was claimed.
    #[must_use]
    pub fn versions(&self) -> WebhookVersions {
        WebhookVersions {
            webhook: self.webhook.version,
            maker: self.maker.as_ref().map(|maker| maker.version),
        }
    }
}

impl Write for ClaimWebhook {
    /// The claimed webhook; `None` if another node has the lease, or the webhook is not enabled.
    type Out = Option<Claimed>;
    const NAME: &'static str = "claim_webhook";

    /// True: a second run renews the lease again.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Self::Out> {
        let now = tx.now();
        let Some(webhook) = lock(tx, self.account, self.id).await? else {
            return Ok(None);
        };
        let free = webhook.lease_by.as_ref() == Some(&self.holder) || webhook.lease_until < now;
        if !free || webhook.state != WebhookState::Enabled {
            return Ok(None);
        }
        let position = position(tx, self.account, self.id).await?;
        let account_allow = allowed(tx, self.account).await?;
        let maker = maker(tx, self.account, &webhook).await?;
        let until = now.plus_ms(self.lease_ms);
        tx.queue(
            &rows::LEASE,
            params![self.account, self.id, &self.holder, until],
        )?;
        Ok(Some(Claimed {
            webhook,
            maker,
            position: position.unwrap_or(0),
            account_allow,
            until,
        }))
    }
}

pub(super) async fn lock(
    tx: &mut Rows<'_>,
    account: AccountId,
    id: WebhookId,
) -> Result<Option<StoredWebhook>> {
    tx.fetch_one(&rows::LOCK, params![account, id], rows::webhook)
        .await
}

async fn maker(
    tx: &mut Rows<'_>,
    account: AccountId,
    webhook: &StoredWebhook,
) -> Result<Option<StoredCredential>> {
    let Some(id) = webhook.credential else {
        return Ok(None);
    };
    let params = params![account, id];
    tx.fetch_one(&credential_rows::GET, params, credential_rows::credential)
        .await
}

pub(super) async fn position(
    tx: &mut Rows<'_>,
    account: AccountId,
    id: WebhookId,
) -> Result<Option<i64>> {
    let name = reader(id);
    let params = params![account, &name];
    tx.fetch_one(&feed_rows::READER, params, |row| row.int())
        .await
}

/// Releases the lease.
#[derive(Clone, Debug)]
pub struct ReleaseWebhook {
    /// Account whose data the command changes.
    pub account: AccountId,
    /// Id of the webhook.
    pub id: WebhookId,
    /// The node that had the lease.
    pub holder: String,
}

impl Write for ReleaseWebhook {
    type Out = ();
    const NAME: &'static str = "release_webhook";

    /// True: a second run finds no lease to release.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        tx.queue(&rows::RELEASE, params![self.account, self.id, &self.holder])
    }
}

/// Reports that the holder of the lease can send nothing now, through no fault of the receiver, and releases the lease, so
/// that another node can try. Disables the webhook if this has lasted for hours.
#[derive(Clone, Debug)]
pub struct ReportTrouble {
    /// Account whose data the command changes.
    pub account: AccountId,
    /// Id of the webhook.
    pub id: WebhookId,
    /// The node that has the lease.
    pub holder: String,
    /// What the trouble is.
    pub reason: DisabledReason,
}

/// The result of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    /// The trouble is new.
    New,
    /// The trouble was known.
    Known,
    /// The trouble has lasted too long, so the webhook is disabled now.
    Disabled,
    /// Another node has taken the lease, or the webhook is not enabled; nothing was recorded.
    Lost,
}

impl Write for ReportTrouble {
    type Out = Reported;
    const NAME: &'static str = "report_trouble";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Reported> {
        let webhook = lock(tx, self.account, self.id).await?.filter(|webhook| {
            webhook.lease_by.as_ref() == Some(&self.holder)
                && webhook.state == WebhookState::Enabled
        });
        let Some(webhook) = webhook else {
            return Ok(Reported::Lost);
        };
        let now = tx.now();
        let trouble = Trouble::goes_on(webhook.trouble, self.reason, now);
        if let Some(reason) = trouble.disables(now) {
            switch_off(tx, self.account, &webhook, reason).await?;
            tx.queue(&rows::RELEASE, params![self.account, self.id, &self.holder])?;
            return Ok(Reported::Disabled);
        }
        let params = params![
            self.account,
            self.id,
            trouble.reason.as_str(),
            trouble.since
        ];
        tx.queue(&rows::TROUBLE, params)?;
        Ok(match webhook.trouble == Some(trouble) {
            true => Reported::Known,
            false => Reported::New,
        })
    }
}

/// Disables a webhook for a reason of the server or the receiver. Returns the webhook's new version.
pub(super) async fn switch_off(
    tx: &mut Tx<'_>,
    account: AccountId,
    webhook: &StoredWebhook,
    reason: DisabledReason,
) -> Result<EventId> {
    let caller = Caller {
        account,
        actor: Actor::OPERATOR,
        // No agent caused this change, so the event names none.
        agent: AgentId(0),
    };
    let mut detail = EventDetail::default();
    detail
        .change(Field::Enabled, &true, &false)
        .with(Fact::Reason(reason));
    let (kind, id) = (EventKind::WebhookDisabled, webhook.id.get());
    let version = append_plain_event(tx, &caller, kind, id, detail)?;
    disable(tx, &caller, webhook, reason, version).await?;
    Ok(version)
}
