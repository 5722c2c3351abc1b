//! Retries failed deliveries, a few at a time, beside the first attempts.

use std::sync::Arc;

use heddle_store::read::webhooks::{DeliveryToSend, DueDeliveries, GetWebhookVersions};
use heddle_store::write::delivery::{AttemptOutcome, NewAttempt, SentDelivery};
use tokio::task::JoinError;

use super::claim::CannotContinue;
use super::{Retried, Worker, random_fraction};
use crate::crash;
use crate::deliver::{self, Message};

/// The wait before a delivery is tried again that was not sent, in milliseconds.
const SOON_MS: i64 = 1_000;
/// Why a delivery is given up.
const NOT_SENT_ANY_MORE: &str =
    "it was made before the webhook lost inboxes, or the webhook no longer has its event";
/// The maximum number of retries that run at the same time.
const MAX_RETRIES: usize = 4;

impl Worker {
    pub(super) fn max_retries(&self) -> usize {
        if self.endpoint.webhook.ordered {
            1
        } else {
            MAX_RETRIES
        }
    }

    pub(super) fn add_retry(&mut self, ended: Result<Retried, JoinError>) {
        match ended {
            Ok((id, sent)) => {
                self.retrying.remove(&id);
                match sent {
                    Some((number, attempt)) => {
                        self.linger();
                        self.note_pace(&attempt);
                        let bytes = attempt.answer.as_ref().map_or(0, String::len);
                        let outcome = AttemptOutcome {
                            sent: SentDelivery::Again { id, number },
                            attempt,
                            chance: random_fraction(),
                        };
                        self.batch.add(outcome, bytes);
                    }
                    None => self.look_for_retries_soon(),
                }
            }
            Err(error) => {
                // In the store the delivery is still due, so it will be found again.
                tracing::error!(account = %self.account, webhook = %self.id, %error, "a retry panicked");
                self.retrying.clear();
                self.look_for_retries_soon();
            }
        }
    }

    /// A delivery was not sent, so it is still due in the store.
    fn look_for_retries_soon(&mut self) {
        let soon = self.node.sender.now().plus_ms(SOON_MS);
        self.next_due = Some(self.next_due.map_or(soon, |due| due.min(soon)));
    }

    /// Starts the retries that are due, up to [`MAX_RETRIES`] at the same time. Returns whether the next step must come at
    /// once.
    pub(super) async fn start_retries(&mut self) -> Result<bool, CannotContinue> {
        let most = self.max_retries();
        let now = self.node.sender.now();
        let is_due = self.next_due.is_some_and(|due| due <= now);
        if !is_due || self.retrying.len() >= most || self.is_paused() || self.must_pause {
            return Ok(false);
        }
        let is_retry = |outcome: &AttemptOutcome| {
            use SentDelivery::{Again, GivenUp};
            matches!(outcome.sent, Again { .. } | GivenUp { .. })
        };
        if self.batch.outcomes().iter().any(is_retry) {
            // Commits first, because in the store a delivery that was just retried is still due until its outcome is
            // committed.
            self.commit().await?;
        }
        self.check().await?;
        self.ensure_lease().await?;
        if self.is_changed {
            return Ok(true);
        }
        self.retry_due(most).await?;
        Ok(false)
    }

    /// Reads which deliveries are due, and starts or gives up as many as may run.
    async fn retry_due(&mut self, most: usize) -> Result<(), CannotContinue> {
        let limit = most + self.retrying.len();
        let read = DueDeliveries {
            account: self.account,
            id: self.id,
            limit: limit as i64,
        };
        let due = self.node.sender.store.read(read).await;
        let due = due.map_err(|error| self.read_failed(&error))?;
        if due.is_empty() {
            return self.commit().await;
        }
        if due.len() < limit {
            // All due deliveries are being retried. The next commit finds out when the next retry is due.
            self.next_due = None;
        }
        for delivery in due {
            let webhook = &self.endpoint.webhook;
            if !webhook.still_sends(delivery.id, &delivery.name) {
                self.give_up(&delivery);
            } else if self.retrying.len() < most && self.retrying.insert(delivery.id) {
                self.start_retry(delivery);
            }
        }
        Ok(())
    }

    /// Records that a delivery is not sent any more, because it was made before the webhook lost inboxes, or the
    /// webhook no longer has its event.
    fn give_up(&mut self, delivery: &heddle_store::Delivery) {
        if self.retrying.contains(&delivery.id) {
            // It was on its way when that happened.
            return;
        }
        let (id, number) = (delivery.id, delivery.attempts + 1);
        let now = self.node.sender.now();
        let outcome = AttemptOutcome {
            sent: SentDelivery::GivenUp { id, number },
            attempt: NewAttempt::not_made(now, NOT_SENT_ANY_MORE),
            chance: random_fraction(),
        };
        self.batch.add(outcome, 0);
    }

    fn start_retry(&mut self, delivery: heddle_store::Delivery) {
        let (node, endpoint) = (Arc::clone(&self.node), Arc::clone(&self.endpoint));
        let timeout = self.timeout();
        let read = DeliveryToSend {
            account: self.account,
            id: self.id,
            delivery: delivery.id,
        };
        let unchanged = Ok(Some(self.versions));
        let look = GetWebhookVersions {
            account: self.account,
            id: self.id,
        };
        let mut session = self.sessions.create();
        // Nothing is sent after this, because the lease may end before the request does.
        let reserve = timeout + self.node.lease / 8;
        let latest = self.renewed_at + self.node.lease.saturating_sub(reserve);
        let outdated = self.outdated.clone();
        self.retries.spawn(async move {
            let id = read.delivery;
            // The slot comes first, so that no request waits in memory for one.
            let slot = tokio::time::timeout_at(latest, session.wait_for_slot());
            let Some(Ok(slot)) = outdated.run_until_cancelled(slot).await else {
                return (id, None);
            };
            session.fill(slot);
            let Ok(Some(delivery)) = node.sender.store.read(read).await else {
                return (id, None);
            };
            // While the retry waited for its slot, perhaps nothing else looked for changes of the webhook or its maker.
            let versions = node.sender.store.read(look).await;
            if versions != unchanged || outdated.is_cancelled() {
                return (id, None);
            }
            crash::point("before_retry");
            let message = Message::of_delivery(&delivery);
            let attempt =
                deliver::attempt(&node.sender, &mut session, &endpoint, &message, timeout).await;
            crash::point("after_retry");
            (id, Some((delivery.attempts + 1, attempt)))
        });
    }
}
