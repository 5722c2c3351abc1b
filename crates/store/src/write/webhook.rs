//! Creates, changes, enables, disables and deletes webhooks. URLs and secrets arrive encrypted; the events do not
//! contain them.

mod allow;

use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, ApplicationId, DeliveryId, EventId, WebhookId};
use heddle_domain::webhook::{DisabledReason, WebhookState};
use heddle_domain::{EventDetail, Fact, Field, InboxScope, Timestamp};

use super::caller::Caller;
use super::credential::must_be_application;
use super::events::{append_event_above, append_plain_event};
use super::must::{must_be_as_seen, must_be_inboxes, must_match};
use crate::error::{Entity, Refusal, Result};
use crate::rows::webhook::{self as rows, StoredWebhook, reader};
use crate::rows::{delivery, feed as feed_rows};
use crate::stmt::params;
use crate::tx::{Rows, Tx, Write};
pub use allow::AllowWebhooks;
pub(crate) use allow::allowed;

/// Which webhooks a caller may see and change. For every other webhook it gets "not found".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookReach {
    /// The inboxes that the caller reaches: only webhooks whose events all come from these inboxes are visible.
    pub inboxes: InboxScope,
    /// The API whose webhooks are visible; `None` means every API.
    pub api: Option<String>,
}

impl WebhookReach {
    /// Allows every webhook of the account.
    pub const ALL: Self = Self {
        inboxes: InboxScope::All,
        api: None,
    };

    /// Whether the caller may see the webhook.
    #[must_use]
    pub fn covers(&self, webhook: &StoredWebhook) -> bool {
        let api = self.api.as_ref().is_none_or(|api| *api == webhook.api);
        webhook.inboxes.within(&self.inboxes) && api && webhook.state != WebhookState::Deleted
    }

    /// Returns the first delivery of a webhook that the caller may see. Deliveries from before the webhook lost inboxes are
    /// visible only to callers with access to all inboxes.
    #[must_use]
    pub fn first_delivery(&self, webhook: &StoredWebhook) -> DeliveryId {
        match self.inboxes {
            InboxScope::All => DeliveryId(0),
            InboxScope::Only(_) => DeliveryId(webhook.inboxes_since.get()),
        }
    }
}

/// Creates a webhook. It receives the events from now on.
#[derive(Clone, Debug)]
pub struct CreateWebhook {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Id of the webhook, taken before the command runs.
    pub id: WebhookId,
    /// The API whose format the webhook's requests have.
    pub api: String,
    /// Name of the webhook, for people.
    pub label: String,
    /// Encrypted URL.
    pub url: String,
    /// URL without secrets, for the event.
    pub shown_url: String,
    /// The events that the webhook receives, in its API's names.
    pub kinds: Vec<String>,
    /// The inboxes whose events the webhook receives.
    pub inboxes: InboxScope,
    /// Encrypted secret; empty if the API has none.
    pub secret: String,
    /// Whether a failed delivery blocks the later ones.
    pub ordered: bool,
    /// The internal hosts and networks that the webhook may reach.
    pub allow: String,
    /// The Mews application whose conversations the webhook reports.
    pub application: Option<ApplicationId>,
    /// A JSON object of options that only the webhook's API understands.
    pub options: String,
    /// Whether the webhook is enabled at once.
    pub enabled: bool,
}

impl Write for CreateWebhook {
    type Out = StoredWebhook;
    const NAME: &'static str = "create_webhook";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<StoredWebhook> {
        let account = self.caller.account;
        must_be_inboxes(tx, account, self.inboxes.limit()).await?;
        must_be_application(tx, account, self.application).await?;
        let head = tx.feed_end(account).await?;
        let version = self.announce(tx)?;
        self.insert(tx, head, version)?;
        if self.enabled {
            tx.queue(
                &rows::PUT_POSITION,
                params![account, &reader(self.id), head],
            )?;
        }
        get(tx, &self.caller, self.id).await
    }
}

impl CreateWebhook {
    /// Writes the webhook's row. `head` is the position at which the webhook begins.
    fn insert(&self, tx: &mut Tx<'_>, head: i64, version: EventId) -> Result<()> {
        let (state, reason) = match self.enabled {
            true => (WebhookState::Enabled, None),
            false => (WebhookState::Disabled, Some(DisabledReason::Asked)),
        };
        let now = tx.now();
        tx.queue(
            &rows::INSERT,
            params![
                self.caller.account,
                self.id,
                &self.api,
                &self.label,
                &self.url,
                &self.kinds.join(","),
                &self.inboxes.to_text(),
                &self.secret,
                self.ordered,
                &self.allow,
                self.application,
                &self.options,
                state.as_str(),
                reason.map(DisabledReason::as_str),
                (!self.enabled).then_some(now),
                (!self.enabled).then_some(head),
                self.caller.actor.credential,
                now,
                version,
            ],
        )
    }

    fn announce(&self, tx: &mut Tx<'_>) -> Result<EventId> {
        let mut detail = EventDetail::default();
        detail
            .set(Field::Api, &self.api)
            .set(Field::Label, &self.label)
            .set(Field::Url, &self.shown_url)
            .set(Field::Events, &self.kinds)
            .set(Field::Inboxes, &self.inboxes.listed())
            .set(Field::Ordered, &self.ordered)
            .set(Field::Enabled, &self.enabled)
            .set(Field::Application, &self.application)
            .set(Field::Allow, &given(&self.allow, ""))
            .set(Field::Options, &given(&self.options, "{}"));
        let id = self.id.get();
        append_plain_event(tx, &self.caller, EventKind::WebhookCreated, id, detail)
    }
}

/// Returns a value for an event; `None` if it is the one that stands for no value.
fn given(value: &str, none: &str) -> Option<String> {
    (value != none).then(|| value.to_owned())
}

async fn get(tx: &mut Rows<'_>, caller: &Caller, id: WebhookId) -> Result<StoredWebhook> {
    let found = tx
        .fetch_one(&rows::GET, params![caller.account, id], rows::webhook)
        .await?;
    found.ok_or_else(|| Refusal::NotFound(Entity::Webhook).into())
}

/// Locks a webhook that the caller may see.
pub(super) async fn lock(
    tx: &mut Rows<'_>,
    caller: &Caller,
    reach: &WebhookReach,
    id: WebhookId,
) -> Result<StoredWebhook> {
    let found = tx
        .fetch_one(&rows::LOCK, params![caller.account, id], rows::webhook)
        .await?;
    let found = found.filter(|webhook| reach.covers(webhook));
    found.ok_or_else(|| Refusal::NotFound(Entity::Webhook).into())
}

/// A new secret, and how long the old one stays valid.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The new secret, encrypted.
    pub secret: String,
    /// When the old secret expires; `None` means at once.
    pub previous_until: Option<Timestamp>,
}

/// Changes a webhook; `None` keeps the old value.
#[derive(Clone, Debug)]
pub struct UpdateWebhook {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Which webhooks the caller may see.
    pub reach: WebhookReach,
    /// The webhook to change.
    pub id: WebhookId,
    /// The version that the webhook must have; `None` means any.
    pub expected: Option<i64>,
    /// The version on which the caller's rights were checked; `None` if they do not depend on the webhook. If it has another
    /// one, the command is refused with [`Refusal::Stale`].
    pub seen: Option<EventId>,
    /// Name of the webhook, for people.
    pub label: Option<String>,
    /// The new URL: first encrypted, then without secrets for the event.
    pub url: Option<(String, String)>,
    /// The events that the webhook receives.
    pub kinds: Option<Vec<String>>,
    /// The inboxes whose events the webhook receives.
    pub inboxes: Option<InboxScope>,
    /// The new secret, if the secret is to be changed.
    pub rotation: Option<Rotation>,
    /// Whether a failed delivery blocks the later ones.
    pub ordered: Option<bool>,
    /// The internal hosts and networks that the webhook may reach.
    pub allow: Option<String>,
    /// Options that only the webhook's API understands.
    pub options: Option<String>,
    /// Whether deliveries are enabled. A webhook that is enabled again continues at its old position.
    pub enabled: Option<bool>,
    /// Whether a webhook that is enabled again continues at the end of the feed, skipping the events in between.
    pub skip_backlog: bool,
    /// Whether the caller's credential becomes the webhook's maker; at the command line the operator does.
    pub adopt: bool,
}

impl UpdateWebhook {
    /// Creates a change without effect; set fields with struct update syntax.
    #[must_use]
    pub fn new(caller: Caller, reach: WebhookReach, id: WebhookId) -> Self {
        Self {
            caller,
            reach,
            id,
            expected: None,
            seen: None,
            label: None,
            url: None,
            kinds: None,
            inboxes: None,
            rotation: None,
            ordered: None,
            allow: None,
            options: None,
            enabled: None,
            skip_backlog: false,
            adopt: false,
        }
    }

    fn changed(&self, before: &StoredWebhook) -> StoredWebhook {
        let mut after = before.clone();
        let set = |field: &mut String, wanted: &Option<String>| {
            if let Some(wanted) = wanted {
                field.clone_from(wanted);
            }
        };
        set(&mut after.label, &self.label);
        set(&mut after.url, &self.url.as_ref().map(|url| url.0.clone()));
        set(&mut after.allow, &self.allow);
        set(&mut after.options, &self.options);
        after.kinds = self.kinds.clone().unwrap_or(after.kinds);
        after.inboxes = self.inboxes.clone().unwrap_or(after.inboxes);
        after.ordered = self.ordered.unwrap_or(after.ordered);
        if self.adopt {
            after.credential = self.caller.actor.credential;
        }
        if let Some(rotation) = &self.rotation {
            after.previous_until = rotation.previous_until;
            after.previous_secret = rotation.previous_until.map(|_| after.secret.clone());
            after.secret.clone_from(&rotation.secret);
        }
        after
    }

    fn detail(&self, before: &StoredWebhook, after: &StoredWebhook) -> EventDetail {
        let enabled = before.state == WebhookState::Enabled;
        let mut detail = EventDetail::default();
        detail
            .change(Field::Label, &before.label, &after.label)
            .change(Field::Events, &before.kinds, &after.kinds)
            .change(
                Field::Inboxes,
                &before.inboxes.listed(),
                &after.inboxes.listed(),
            )
            .change(Field::Ordered, &before.ordered, &after.ordered)
            .change(Field::Allow, &before.allow, &after.allow)
            .change(Field::Options, &before.options, &after.options)
            .change(Field::Credential, &before.credential, &after.credential)
            .change(Field::Enabled, &enabled, &self.enabled.unwrap_or(enabled));
        if let Some((_, shown)) = &self.url {
            detail.with(Fact::Url(shown.clone()));
        }
        if self.rotation.is_some() {
            detail.with(Fact::SecretRotated(true));
        }
        detail
    }
}

impl Write for UpdateWebhook {
    type Out = StoredWebhook;
    const NAME: &'static str = "update_webhook";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<StoredWebhook> {
        let account = self.caller.account;
        let before = lock(tx, &self.caller, &self.reach, self.id).await?;
        must_match(self.expected, before.version.get())?;
        must_be_as_seen(self.seen, before.version)?;
        if let Some(inboxes) = &self.inboxes {
            must_be_inboxes(tx, account, inboxes.limit()).await?;
        }
        let mut after = self.changed(&before);
        self.announce(tx, &before, &mut after).await?;
        self.store(tx, &after)?;
        if after.credential != before.credential {
            tx.queue(&rows::ADOPT, params![account, self.id, after.credential])?;
        }
        if self.url.is_some() {
            // The pause was the wish of the receiver at the old URL.
            tx.queue(&rows::RESUME, params![account, self.id])?;
        }
        let version = after.version;
        match (before.state, self.enabled) {
            (WebhookState::Enabled, Some(false)) => {
                disable(tx, &self.caller, &before, DisabledReason::Asked, version).await?;
            }
            (WebhookState::Disabled, Some(true)) => self.enable(tx, &before, version).await?,
            _ => {}
        }
        get(tx, &self.caller, self.id).await
    }
}

/// Returns the greatest id of a webhook's deliveries; 0 if there is none.
async fn greatest_delivery(tx: &mut Tx<'_>, account: AccountId, id: WebhookId) -> Result<i64> {
    let params = params![account, id];
    let found = tx.fetch_one(&delivery::GREATEST, params, |row| row.int());
    Ok(found.await?.unwrap_or(0))
}

impl UpdateWebhook {
    /// Writes the event, and sets the new version.
    async fn announce(
        &self,
        tx: &mut Tx<'_>,
        before: &StoredWebhook,
        after: &mut StoredWebhook,
    ) -> Result<()> {
        let loses_inboxes = !before.inboxes.within(&after.inboxes);
        // Deliveries from before the change have smaller ids, also if their ids are ahead of the clock.
        let above = match loses_inboxes {
            true => greatest_delivery(tx, self.caller.account, self.id).await?,
            false => 0,
        };
        let (kind, about) = (EventKind::WebhookUpdated, (self.id.get(), None));
        let detail = self.detail(before, after);
        after.version = append_event_above(tx, &self.caller, above, kind, about, detail)?;
        if loses_inboxes {
            after.inboxes_since = after.version;
        }
        Ok(())
    }

    /// Stores the columns that a user sets.
    fn store(&self, tx: &mut Tx<'_>, after: &StoredWebhook) -> Result<()> {
        tx.queue(
            &rows::UPDATE,
            params![
                self.caller.account,
                self.id,
                &after.label,
                &after.url,
                &after.kinds.join(","),
                &after.inboxes.to_text(),
                &after.secret,
                &after.previous_secret,
                after.previous_until,
                after.ordered,
                &after.allow,
                &after.options,
                after.version,
                after.inboxes_since,
            ],
        )
    }

    async fn enable(
        &self,
        tx: &mut Tx<'_>,
        before: &StoredWebhook,
        version: EventId,
    ) -> Result<()> {
        let account = self.caller.account;
        let mut position = before.parked.unwrap_or(0);
        if self.skip_backlog {
            position = tx.feed_end(account).await?;
        }
        tx.queue(
            &rows::PUT_POSITION,
            params![account, &reader(self.id), position],
        )?;
        tx.queue(
            &rows::SWITCH,
            params![
                account,
                self.id,
                WebhookState::Enabled.as_str(),
                None::<&str>,
                None::<Timestamp>,
                None::<i64>,
                version,
            ],
        )
    }
}

/// Disables a webhook. Its position in the feed moves into the webhook's row, so that it does not keep old events from
/// being deleted.
pub(super) async fn disable(
    tx: &mut Tx<'_>,
    caller: &Caller,
    webhook: &StoredWebhook,
    reason: DisabledReason,
    version: EventId,
) -> Result<()> {
    let (account, name) = (caller.account, reader(webhook.id));
    let position = tx
        .fetch_one(&feed_rows::READER, params![account, &name], |row| row.int())
        .await?;
    tx.queue(&rows::DROP_POSITION, params![account, &name])?;
    tx.queue(
        &rows::SWITCH,
        params![
            account,
            webhook.id,
            WebhookState::Disabled.as_str(),
            reason.as_str(),
            tx.now(),
            position.or(webhook.parked),
            version,
        ],
    )
}

/// Deletes a webhook. Every API stops showing it at once; its deliveries are removed later.
#[derive(Clone, Debug)]
pub struct DeleteWebhook {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Which webhooks the caller may see.
    pub reach: WebhookReach,
    /// The webhook to delete.
    pub id: WebhookId,
    /// The version that the webhook must have; `None` means any.
    pub expected: Option<i64>,
    /// The version on which the caller's rights were checked; `None` if they do not depend on the webhook. If it has another
    /// one, the command is refused with [`Refusal::Stale`].
    pub seen: Option<EventId>,
}

impl Write for DeleteWebhook {
    type Out = ();
    const NAME: &'static str = "delete_webhook";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        let account = self.caller.account;
        let webhook = lock(tx, &self.caller, &self.reach, self.id).await?;
        must_match(self.expected, webhook.version.get())?;
        must_be_as_seen(self.seen, webhook.version)?;
        let mut detail = EventDetail::default();
        detail.change(Field::Label, &Some(webhook.label.clone()), &None);
        let id = self.id.get();
        let version = append_plain_event(tx, &self.caller, EventKind::WebhookDeleted, id, detail)?;
        tx.queue(&rows::DROP_POSITION, params![account, &reader(self.id)])?;
        tx.queue(
            &rows::SWITCH,
            params![
                account,
                self.id,
                WebhookState::Deleted.as_str(),
                None::<&str>,
                tx.now(),
                None::<i64>,
                version,
            ],
        )
    }
}
