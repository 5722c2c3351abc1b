//! Claims a webhook: takes or renews its lease, and loads it.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, WebhookId};
use heddle_domain::webhook::DisabledReason;
use heddle_store::write::lease::{ClaimWebhook, Claimed, ReportTrouble, Reported};
use heddle_store::write::maker::StopWebhook;
use heddle_store::{StoredWebhook, WebhookVersions};
use tokio::time::Instant;

use crate::crash;
use crate::endpoint::Endpoint;
use crate::node::Node;
use crate::rights::lost_rights;

/// How long after a failure of the store a webhook gets no new worker.
pub(crate) const RETRY_SOON: Duration = Duration::from_secs(5);
/// The same if the webhook or an event cannot be read, which may last for hours.
const RETRY_LATE: Duration = Duration::from_secs(60);

/// The error for a worker that must stop: the store or the webhook cannot be used, or a commit found that the lease is
/// lost. The next holder of the lease sends again what was not committed.
pub(super) struct CannotContinue {
    /// How long the webhook gets no new worker.
    pub(super) pause: Duration,
    /// Whether the worker still knows what it has sent since its last commit, and may commit that before it ends. Not after a
    /// commit has failed: it may have lost the lease, or recorded the outcomes in spite of the error.
    pub(super) may_record: bool,
}

impl CannotContinue {
    pub(super) const SOON: Self = Self {
        pause: RETRY_SOON,
        may_record: false,
    };
    pub(super) const LATE: Self = Self {
        pause: RETRY_LATE,
        may_record: false,
    };
    pub(super) const AFTER_RECORDING: Self = Self {
        pause: RETRY_SOON,
        may_record: true,
    };
}

/// A webhook whose lease this worker has.
pub(super) struct Claim {
    pub(super) endpoint: Arc<Endpoint>,
    /// The webhook's position in the feed.
    pub(super) position: i64,
    /// The versions of the webhook and of its maker.
    pub(super) versions: WebhookVersions,
    /// When the next retry is due.
    pub(super) next_due: Option<Timestamp>,
    /// Until when nothing may be sent, because the receiver asked for a pause.
    pub(super) paused_until: Option<Timestamp>,
    /// When the lease ends, by the store's clock.
    pub(super) lease_until: Timestamp,
    /// When the lease began, by a clock that cannot be set back.
    pub(super) renewed_at: Instant,
}

impl Claim {
    /// Claims a webhook; `None` if it is disabled or deleted, or if another node has the lease.
    pub(super) async fn take(
        node: &Node,
        account: AccountId,
        id: WebhookId,
    ) -> Result<Option<Self>, CannotContinue> {
        let renewed_at = Instant::now();
        let Some(mut claimed) = lease(node, account, id).await? else {
            return Ok(None);
        };
        let versions = claimed.versions();
        let maker = claimed.maker.take().map(|stored| stored.credential);
        let (position, next_due, lease_until) =
            (claimed.position, claimed.webhook.next_due, claimed.until);
        let paused_until = claimed.webhook.standing.paused_until;
        let endpoint = open(node, account, claimed).await?;
        if let Some(reason) = lost_rights(endpoint.hook, &endpoint.webhook, maker.as_ref()) {
            stop(node, account, &endpoint.webhook, reason).await?;
            return Ok(None);
        }
        Ok(Some(Self {
            endpoint: Arc::new(endpoint),
            position,
            versions,
            next_due,
            paused_until,
            lease_until,
            renewed_at,
        }))
    }
}

/// Takes the lease of a webhook, or renews it.
async fn lease(
    node: &Node,
    account: AccountId,
    id: WebhookId,
) -> Result<Option<Claimed>, CannotContinue> {
    let command = ClaimWebhook {
        account,
        id,
        holder: node.holder.clone(),
        lease_ms: node.lease_ms(),
    };
    node.write(command).await.map_err(|error| {
        tracing::warn!(%account, webhook = %id, %error, "cannot claim a webhook");
        CannotContinue::SOON
    })
}

/// Decrypts a claimed webhook. If that fails, reports it, and gives the lease back.
async fn open(
    node: &Node,
    account: AccountId,
    claimed: Claimed,
) -> Result<Endpoint, CannotContinue> {
    let id = claimed.webhook.id;
    let endpoint = Endpoint::open(&node.sender.sealer, &node.hooks, account, claimed);
    match endpoint {
        Ok(endpoint) => Ok(endpoint),
        Err(error) => {
            report(node, (account, id), DisabledReason::Unreadable, &error).await;
            Err(CannotContinue::LATE)
        }
    }
}

/// Disables a webhook whose maker may no longer read what the webhook sends.
async fn stop(
    node: &Node,
    account: AccountId,
    webhook: &StoredWebhook,
    reason: DisabledReason,
) -> Result<(), CannotContinue> {
    let command = StopWebhook {
        account,
        id: webhook.id,
        holder: node.holder.clone(),
        version: webhook.version,
        reason,
    };
    let stopped = node.write(command).await.map_err(|error| {
        tracing::warn!(%account, webhook = %webhook.id, %error, "cannot disable a webhook");
        CannotContinue::SOON
    })?;
    if stopped {
        tracing::warn!(%account, webhook = %webhook.id, reason = reason.as_str(), "a webhook was disabled");
    }
    crash::point("stopped");
    Ok(())
}

/// Reports that this node can send nothing to a webhook now, and releases the lease, because another node may have the
/// right key. Logs the trouble when it begins, and when it has lasted so long that the webhook is disabled.
pub(super) async fn report(
    node: &Node,
    (account, id): (AccountId, WebhookId),
    reason: DisabledReason,
    error: &(impl Display + Sync),
) {
    let command = ReportTrouble {
        account,
        id,
        holder: node.holder.clone(),
        reason,
    };
    match node.write(command).await {
        Ok(Reported::New) => {
            tracing::error!(%account, webhook = %id, %error, reason = reason.as_str(),
                "cannot send to a webhook; it is tried again, and disabled after some hours");
        }
        Ok(Reported::Disabled) => {
            tracing::error!(%account, webhook = %id, %error, reason = reason.as_str(),
                "a webhook was disabled, because for hours nothing could be sent to it");
        }
        Ok(Reported::Known | Reported::Lost) => {
            tracing::debug!(%account, webhook = %id, %error, "still cannot send to a webhook");
        }
        Err(store) => {
            tracing::warn!(%account, webhook = %id, %error, %store, "cannot send to a webhook");
        }
    }
    crash::point("reported");
}
