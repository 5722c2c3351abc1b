//! Retries failed deliveries, a few at a time, beside the first attempts.

use std::sync::Arc;

use heddle_domain::id::DeliveryId;
use heddle_store::read::webhooks::DueDeliveries;
use heddle_store::write::delivery::{NewAttempt, SentDelivery};
use tokio::task::JoinError;

use super::Worker;
use super::claim::CannotContinue;
use crate::client::Session;
use crate::crash;
use crate::deliver::{self, Message};

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

    /// Adds the outcomes of the retries that have ended.
    pub(super) fn collect_retries(&mut self) {
        while let Some(ended) = self.retries.try_join_next() {
            self.add_retry(ended);
        }
    }

    pub(super) fn add_retry(&mut self, ended: Result<(DeliveryId, i64, NewAttempt), JoinError>) {
        match ended {
            Ok((id, number, attempt)) => {
                self.retrying.remove(&id);
                self.add_outcome(SentDelivery::Again { id, number }, attempt);
            }
            Err(error) => {
                // In the store the delivery is still due, so it will be found again.
                tracing::error!(account = %self.account, webhook = %self.id, %error, "a retry panicked");
                self.retrying.clear();
            }
        }
    }

    /// Starts the retries that are due, up to [`MAX_RETRIES`] at the same time.
    pub(super) async fn start_retries(&mut self) -> Result<(), CannotContinue> {
        let most = self.max_retries();
        let now = self.node.sender.now();
        let is_due = self.next_due.is_some_and(|due| due <= now);
        if !is_due || self.retrying.len() >= most {
            return Ok(());
        }
        if self
            .outcomes
            .iter()
            .any(|outcome| matches!(outcome.sent, SentDelivery::Again { .. }))
        {
            // Commits first, because in the store a delivery that was just retried is still due until its outcome is
            // committed.
            self.commit().await?;
        }
        self.ensure_lease().await?;
        let limit = most + self.retrying.len();
        let read = DueDeliveries {
            account: self.account,
            id: self.id,
            limit: limit as i64,
        };
        let due = self.node.sender.store.read(read).await;
        let due = due.map_err(|error| self.store_failed(&error))?;
        if due.is_empty() {
            return self.commit().await;
        }
        if due.len() < limit {
            // All due deliveries are being retried. The next commit finds out when the next retry is due.
            self.next_due = None;
        }
        for delivery in due {
            if self.retrying.len() < most && self.retrying.insert(delivery.id) {
                self.start_retry(delivery);
            }
        }
        Ok(())
    }

    fn start_retry(&mut self, delivery: heddle_store::Delivery) {
        let (node, endpoint) = (Arc::clone(&self.node), Arc::clone(&self.endpoint));
        let timeout = self.timeout();
        self.retries.spawn(async move {
            crash::point("before_retry");
            let mut session = Session::new(node.sender.client.clone());
            let message = Message::of_delivery(&delivery);
            let attempt =
                deliver::attempt(&node.sender, &mut session, &endpoint, &message, timeout).await;
            crash::point("after_retry");
            (delivery.id, delivery.attempts + 1, attempt)
        });
    }
}
