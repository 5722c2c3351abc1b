//! Disables a webhook whose maker may no longer read what the webhook sends.

use heddle_domain::id::{AccountId, EventId, WebhookId};
use heddle_domain::webhook::{DisabledReason, WebhookState};

use super::lease::{lock, switch_off};
use crate::error::Result;
use crate::rows::webhook as rows;
use crate::stmt::params;
use crate::tx::{Tx, Write};

/// Disables a webhook at once, and releases the lease. The holder of the lease runs it when the webhook's maker (the
/// credential that created or adopted the webhook) was revoked or has lost rights.
#[derive(Clone, Debug)]
pub struct StopWebhook {
    /// Account whose data the command changes.
    pub account: AccountId,
    /// Id of the webhook.
    pub id: WebhookId,
    /// The node that has the lease.
    pub holder: String,
    /// The version of the webhook that the node has loaded. A webhook that was changed since, perhaps adopted, stays.
    pub version: EventId,
    /// Why the webhook is disabled.
    pub reason: DisabledReason,
}

impl Write for StopWebhook {
    /// Whether the webhook is disabled now. If not, another node has the lease, or the webhook was changed.
    type Out = bool;
    const NAME: &'static str = "stop_webhook";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        let webhook = lock(tx, self.account, self.id).await?.filter(|webhook| {
            webhook.lease_by.as_ref() == Some(&self.holder)
                && webhook.state == WebhookState::Enabled
                && webhook.version == self.version
        });
        let is_stopped = webhook.is_some();
        if let Some(webhook) = webhook {
            switch_off(tx, self.account, &webhook, self.reason).await?;
        }
        tx.queue(&rows::RELEASE, params![self.account, self.id, &self.holder])?;
        Ok(is_stopped)
    }
}
