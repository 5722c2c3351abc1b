//! State of the store for health probes and metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

/// State of the store; shared by the engine and its observers.
#[derive(Debug, Default)]
pub struct Health {
    failure: Mutex<Option<String>>,
    failed: Notify,
    /// Number of commands that are accepted but not answered yet.
    pub queued: AtomicU64,
    /// Number of committed batches since the start.
    pub batches: AtomicU64,
    /// Number of committed commands since the start.
    pub commands: AtomicU64,
    /// Microseconds spent in COMMIT.
    pub commit_micros: AtomicU64,
    /// Pages in the write-ahead log after the last commit.
    pub wal_pages: AtomicU64,
}

impl Health {
    /// Returns why the store stopped writing; `None` while it works.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.failure.lock().clone()
    }

    /// Records that the store stops writing for good; the process must end (`store.md` 3).
    pub(crate) fn fail(&self, reason: &str) {
        let mut failure = self.failure.lock();
        if failure.is_none() {
            tracing::error!(reason, "the store stops writing; restart the process");
            *failure = Some(reason.to_owned());
        }
        drop(failure);
        self.failed.notify_waiters();
    }

    /// Waits until the store has stopped writing.
    pub async fn until_failed(&self) -> String {
        loop {
            // This future is created before the check, so that a failure between the two is not missed.
            let failed = self.failed.notified();
            if let Some(reason) = self.failure() {
                return reason;
            }
            failed.await;
        }
    }

    pub(crate) fn add(counter: &AtomicU64, amount: u64) {
        counter.fetch_add(amount, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_observer_is_notified_of_a_failure() {
        let health = Health::default();
        let wait = || health.until_failed();
        let (a, b, ()) = tokio::join!(wait(), wait(), async { health.fail("why") });
        assert_eq!((a.as_str(), b.as_str()), ("why", "why"));
        assert_eq!(wait().await, "why");
    }
}
