//! Claims a webhook: takes or renews its lease, and loads it.

use std::sync::Arc;

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, WebhookId};
use heddle_store::write::delivery::ClaimWebhook;
use tokio::time::Instant;

use crate::endpoint::Endpoint;
use crate::node::Node;

/// The error for a worker that must stop: the store or the webhook cannot be used, or a commit found that the lease is
/// lost. The next holder of the lease sends again what was not committed.
pub(super) struct CannotContinue;

/// A webhook whose lease this worker has.
pub(super) struct Claim {
    pub(super) endpoint: Arc<Endpoint>,
    /// The webhook's position in the feed.
    pub(super) position: i64,
    /// When the next retry is due.
    pub(super) next_due: Option<Timestamp>,
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
        let command = ClaimWebhook {
            account,
            id,
            holder: node.holder.clone(),
            lease_ms: node.lease_ms(),
        };
        let renewed_at = Instant::now();
        let claimed = node.sender.store.write(command).await.map_err(|error| {
            tracing::warn!(%account, webhook = %id, %error, "cannot claim a webhook");
            CannotContinue
        })?;
        let Some(claimed) = claimed else {
            return Ok(None);
        };
        let (position, next_due, lease_until) =
            (claimed.position, claimed.webhook.next_due, claimed.until);
        let endpoint = Endpoint::open(&node.sender.sealer, &node.hooks, account, claimed);
        let endpoint = endpoint.map_err(|error| {
            tracing::error!(%account, webhook = %id, %error, "cannot deliver to a webhook");
            CannotContinue
        })?;
        Ok(Some(Self {
            endpoint: Arc::new(endpoint),
            position,
            next_due,
            lease_until,
            renewed_at,
        }))
    }
}
