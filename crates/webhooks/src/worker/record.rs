//! Commits outcomes with the position in the feed, which renews the lease, and loads a webhook that was changed.

use std::time::Duration;

use heddle_domain::webhook::WebhookState;
use heddle_store::write::delivery::{SettleDeliveries, Settled};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Worker;
use super::claim::{CannotContinue, Claim};
use crate::crash;

/// The pause before a failed commit is tried again.
const PAUSE: Duration = Duration::from_millis(500);

impl Worker {
    /// Commits the outcomes and the position, and renews the lease. Finds out whether the webhook was changed. Fails if
    /// the lease is lost: then another node has it, or the webhook is deleted.
    pub(super) async fn commit(&mut self) -> Result<(), CannotContinue> {
        let command = self.settle();
        crash::point("before_settle");
        let started = Instant::now();
        let settled = self.write_until_half_lease(command, started).await?;
        crash::point("after_settle");
        let Settled::Kept {
            version,
            state,
            disabled,
            next_due,
            paused_until,
            until,
        } = settled
        else {
            return Err(CannotContinue::SOON);
        };
        (self.committed, self.lease_until, self.renewed_at) = (self.attempted, until, started);
        self.next_due = next_due;
        self.paused_until = paused_until;
        // An outcome that waits for an earlier one may ask for a pause, too.
        self.must_pause &= self.window.len() > self.window.running();
        self.take_ended();
        if let Some(reason) = disabled {
            tracing::warn!(account = %self.account, webhook = %self.id, reason = reason.as_str(), "a webhook was disabled");
        }
        let is_current = state == WebhookState::Enabled && version == self.endpoint.webhook.version;
        self.is_changed |= !is_current;
        Ok(())
    }

    /// Takes the outcomes, and returns the command that records them.
    fn settle(&mut self) -> SettleDeliveries {
        self.skipped = 0;
        SettleDeliveries {
            account: self.account,
            id: self.id,
            holder: self.node.holder.clone(),
            lease_ms: self.node.lease_ms(),
            token: random_token(),
            from: self.committed,
            to: self.attempted,
            inboxes_since: self.endpoint.webhook.inboxes_since,
            policy: self.endpoint.delivery_options.policy,
            outcomes: self.batch.take(),
        }
    }

    /// Commits until nothing is left to record of the attempts that have ended.
    pub(super) async fn commit_all(&mut self) -> Result<(), CannotContinue> {
        while self.attempted != self.committed || !self.batch.outcomes().is_empty() {
            self.commit().await?;
        }
        Ok(())
    }

    /// Waits for the running attempts, then loads the changed webhook, which may end the lease. Events that were read but not
    /// attempted are read again. Returns whether the worker goes on.
    pub(super) async fn load_changes(&mut self) -> Result<bool, CannotContinue> {
        self.requests.clear();
        self.events.clear();
        self.slot = None;
        self.outdated.cancel();
        if self.is_working() {
            return self.wait().await;
        }
        self.commit_all().await?;
        self.reload().await?;
        Ok(!self.is_disabled)
    }

    /// Tries the commit again, for up to half of the lease's time. Its token makes sure that it is recorded only once.
    async fn write_until_half_lease(
        &self,
        command: SettleDeliveries,
        started: Instant,
    ) -> Result<Settled, CannotContinue> {
        loop {
            match self.node.write(command.clone()).await {
                Ok(settled) => return Ok(settled),
                Err(error) if started.elapsed() + PAUSE < self.node.lease / 2 => {
                    tracing::warn!(account = %self.account, webhook = %self.id, %error, "cannot record deliveries; trying again");
                    self.sleep(PAUSE).await;
                }
                Err(error) => {
                    tracing::warn!(account = %self.account, webhook = %self.id, %error, "cannot record deliveries; they will be sent again");
                    return Err(CannotContinue::SOON);
                }
            }
        }
    }

    /// Loads the changed webhook, from the committed position on.
    async fn reload(&mut self) -> Result<(), CannotContinue> {
        let Some(claim) = Claim::take(&self.node, self.account, self.id).await? else {
            self.is_disabled = true;
            return Ok(());
        };
        self.endpoint = claim.endpoint;
        self.versions = claim.versions;
        (self.next_due, self.paused_until) = (claim.next_due, claim.paused_until);
        (self.lease_until, self.renewed_at) = (claim.lease_until, claim.renewed_at);
        (self.committed, self.attempted, self.read) =
            (claim.position, claim.position, claim.position);
        self.checked_at = self.renewed_at;
        self.has_more = true;
        self.is_changed = false;
        self.outdated = CancellationToken::new();
        Ok(())
    }
}

/// Returns a random number that is not 0, to recognise a commit that is repeated.
fn random_token() -> i64 {
    let mut bytes = [0; 8];
    // The error is ignored: without random numbers the time still tells two commits of a webhook apart.
    if getrandom::fill(&mut bytes).is_err() {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed();
        bytes = since
            .map_or(1, |since| since.as_nanos() as u64)
            .to_le_bytes();
    }
    i64::from_le_bytes(bytes) | 1
}
