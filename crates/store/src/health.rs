//! State of the store for health probes and metrics.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use heddle_domain::Timestamp;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::clock::MOST_AHEAD_MS;
use crate::error::{Error, Trouble};

/// What the process has seen of its clock.
#[derive(Debug, Default)]
struct Times {
    latest: Timestamp,
    stepped_back: bool,
}

/// When the store was opened.
#[derive(Debug)]
struct Opened(Instant);

impl Default for Opened {
    fn default() -> Self {
        Self(Instant::now())
    }
}

/// State of the store; shared by the engine and its observers.
#[derive(Debug, Default)]
pub struct Health {
    opened: Opened,
    failure: Mutex<Option<String>>,
    failed: Notify,
    /// Why the last write was refused, if a later one may succeed.
    refusing: Mutex<Option<Trouble>>,
    times: Mutex<Times>,
    /// Number of commands that are accepted but not answered yet.
    pub queued: AtomicU64,
    /// Number of committed batches since the start.
    pub batches: AtomicU64,
    /// Number of reads since the start.
    pub reads: AtomicU64,
    /// Number of committed commands since the start.
    pub commands: AtomicU64,
    /// Pages in the write-ahead log after the last commit.
    pub wal_pages: AtomicU64,
}

/// The metric of the time of each COMMIT, in seconds.
pub const COMMITS: &str = "heddle_store_commit_seconds";
/// The metric of the commands in each batch that is committed together.
pub const BATCHES: &str = "heddle_store_batch_commands";

impl Health {
    /// Returns how long the store has been open.
    #[must_use]
    pub fn open_for(&self) -> Duration {
        self.opened.0.elapsed()
    }

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

    /// Returns why the node is not ready, as a sentence that may be shown to everybody; `None` if it is ready.
    #[must_use]
    pub fn not_ready(&self) -> Option<&'static str> {
        if self.failure.lock().is_some() {
            return Some(
                "The store accepts no writes: a commit failed, so the process must be restarted.",
            );
        }
        if self.times.lock().stepped_back {
            return Some(
                "The clock has stepped back by more than 5 minutes; the store still accepts writes.",
            );
        }
        match self.refusing.lock().as_ref()? {
            Trouble::DiskFull => Some("The store accepts no writes: the disk is full."),
            Trouble::Unreachable => {
                Some("The store accepts no writes: the database cannot be reached.")
            }
            Trouble::Overloaded(_)
            | Trouble::TimedOut(_)
            | Trouble::WrongClock(_)
            | Trouble::LogMissing(_)
            | Trouble::UnknownOutcome(_)
            | Trouble::Engine(_)
            | Trouble::Objects(_)
            | Trouble::Internal(_) => Some("The store accepts no writes: the last write failed."),
        }
    }

    /// Compares the clock with the latest time that this process has read from it.
    ///
    /// After a step back the store still accepts writes: ids go on above the reservation, so they stay unique and keep
    /// their order. But recorded times are ahead of the clock meanwhile, so the node reports that it is not ready.
    pub(crate) fn record_time(&self, now: Timestamp) {
        let mut times = self.times.lock();
        times.latest = times.latest.max(now);
        let latest = times.latest;
        let stepped_back = latest.0 - now.0 > MOST_AHEAD_MS;
        let before = std::mem::replace(&mut times.stepped_back, stepped_back);
        drop(times);
        if stepped_back && !before {
            tracing::error!(%now, %latest, "the clock has stepped back: it shows {now} and showed {latest} before; \
                correct it, or restart with --accept-clock if {now} is right");
        } else if before && !stepped_back {
            tracing::info!(%now, "the clock agrees with the store again");
        }
    }

    /// Whether writes are refused. Then a task must try again and again whether they are accepted.
    pub(crate) fn is_refusing(&self) -> bool {
        self.refusing.lock().is_some()
    }

    /// Records that the store cannot write at the moment, if the error says so.
    pub(crate) fn record_refusal(&self, error: &Error) {
        let Error::Trouble(trouble @ (Trouble::DiskFull | Trouble::Unreachable)) = error else {
            return;
        };
        let mut refusing = self.refusing.lock();
        if refusing.is_none() {
            tracing::error!(reason = %trouble, "the store accepts no writes: {trouble}");
        }
        *refusing = Some(trouble.clone());
    }

    /// Records that a write has succeeded.
    pub(crate) fn record_success(&self) {
        if self.refusing.lock().take().is_some() {
            tracing::info!("the store accepts writes again");
        }
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

    /// Counts a command as accepted until the value is dropped.
    pub(crate) fn queue(&self) -> Queued<'_> {
        Self::add(&self.queued, 1);
        Queued(self)
    }

    pub(crate) fn add(counter: &AtomicU64, amount: u64) {
        counter.fetch_add(amount, Ordering::Relaxed);
    }
}

/// A command that is accepted and not answered yet.
#[derive(Debug)]
pub(crate) struct Queued<'h>(&'h Health);

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.queued.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_write_is_remembered_until_one_succeeds() {
        let health = Health::default();
        assert_eq!(health.not_ready(), None);
        for passing in [
            Trouble::Overloaded("queue"),
            Trouble::TimedOut("read"),
            Trouble::Internal("bug".into()),
        ] {
            health.record_refusal(&passing.into());
            assert_eq!(health.not_ready(), None);
        }
        for (trouble, reason) in [
            (
                Trouble::DiskFull,
                "The store accepts no writes: the disk is full.",
            ),
            (
                Trouble::Unreachable,
                "The store accepts no writes: the database cannot be reached.",
            ),
        ] {
            health.record_refusal(&trouble.into());
            assert_eq!(health.not_ready(), Some(reason));
        }
        health.record_success();
        assert_eq!(health.not_ready(), None);
        health.fail("COMMIT failed: secret");
        let reason = health.not_ready().expect("not ready");
        assert!(!reason.contains("secret"), "{reason}");
    }

    #[test]
    fn a_command_counts_until_it_is_answered() {
        let health = Health::default();
        let queued = [health.queue(), health.queue()];
        assert_eq!(health.queued.load(Ordering::Relaxed), 2);
        drop(queued);
        assert_eq!(health.queued.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn every_observer_is_notified_of_a_failure() {
        let health = Health::default();
        let wait = || health.until_failed();
        let (a, b, ()) = tokio::join!(wait(), wait(), async { health.fail("why") });
        assert_eq!((a.as_str(), b.as_str()), ("why", "why"));
        assert_eq!(wait().await, "why");
    }
}
