//! Commits outcomes with the position in the feed, which renews the lease, and loads a webhook that was changed.

use std::sync::Arc;
use std::time::Duration;

use heddle_domain::webhook::WebhookState;
use heddle_store::write::delivery::{ClaimWebhook, SettleDeliveries, Settled};
use tokio::time::Instant;

use super::{LeaseLost, Worker};
use crate::crash;
use crate::endpoint::Endpoint;

/// The pause before a commit that failed is tried again.
const PAUSE: Duration = Duration::from_millis(500);

impl Worker {
    /// Commits the outcomes and the position, and renews the lease. Loads the webhook again if it was changed.
    pub(super) async fn commit(&mut self) -> Result<(), LeaseLost> {
        let command = SettleDeliveries {
            account: self.account,
            id: self.id,
            holder: self.node.holder.clone(),
            lease_ms: self.node.lease_ms(),
            from: self.committed,
            to: self.attempted,
            policy: self.endpoint.delivery_options.policy,
            outcomes: std::mem::take(&mut self.outcomes),
        };
        self.oldest_outcome = None;
        self.skipped = 0;
        crash::point("before_settle");
        let started = Instant::now();
        let settled = self.write_until_half_lease(command, started).await?;
        crash::point("after_settle");
        let Settled::Kept {
            version,
            state,
            disabled,
            next_due,
            until,
        } = settled
        else {
            return Err(LeaseLost);
        };
        (self.committed, self.lease_until, self.renewed_at) = (self.attempted, until, started);
        self.next_due = next_due;
        if let Some(reason) = disabled {
            tracing::warn!(account = %self.account, webhook = %self.id, reason = reason.as_str(), "a webhook was disabled");
        }
        let is_current = state == WebhookState::Enabled && version == self.endpoint.webhook.version;
        if self.is_disabled || (is_current && !self.is_changed) {
            return Ok(());
        }
        self.reload().await
    }

    /// Tries the commit again for up to half of the lease's time.
    async fn write_until_half_lease(
        &self,
        command: SettleDeliveries,
        started: Instant,
    ) -> Result<Settled, LeaseLost> {
        loop {
            match self.node.sender.store.write(command.clone()).await {
                Ok(settled) => return Ok(settled),
                Err(error) if started.elapsed() + PAUSE < self.node.lease / 2 => {
                    tracing::warn!(account = %self.account, webhook = %self.id, %error, "cannot record deliveries; trying again");
                    self.sleep(PAUSE).await;
                }
                Err(error) => return Err(self.store_failed(&error)),
            }
        }
    }

    /// Loads the changed webhook. Events that were read but not attempted are read again.
    async fn reload(&mut self) -> Result<(), LeaseLost> {
        self.requests.clear();
        self.read = self.attempted;
        self.has_more = true;
        self.is_changed = false;
        let claim = ClaimWebhook {
            account: self.account,
            id: self.id,
            holder: self.node.holder.clone(),
            lease_ms: self.node.lease_ms(),
        };
        let started = Instant::now();
        let claimed = self.node.sender.store.write(claim).await;
        let Some(claimed) = claimed.map_err(|error| self.store_failed(&error))? else {
            self.is_disabled = true;
            return Ok(());
        };
        let position = claimed.position;
        (self.lease_until, self.renewed_at) = (claimed.until, started);
        (self.committed, self.attempted, self.read) = (position, position, position);
        self.next_due = claimed.webhook.next_due;
        let (sealer, hooks) = (&self.node.sender.sealer, &self.node.hooks);
        let endpoint = Endpoint::open(sealer, hooks, self.account, claimed);
        self.endpoint = Arc::new(endpoint.map_err(|error| {
            tracing::error!(account = %self.account, webhook = %self.id, %error, "cannot deliver to a webhook");
            LeaseLost
        })?);
        Ok(())
    }
}
