//! Copies the log into the database file, and makes it start anew before it becomes too long.
//!
//! SQLite starts the log anew at a commit if everything was copied and no read uses the log. Lists that overlap would use
//! it for ever, so the writer holds them back once the log is long ([`super::super::turns`]).

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::WriterThread;
use crate::sqlite::connection;

pub(super) const CHECKPOINT_PAGES: u64 = 2_000;
/// How long the writer waits, while no command arrives, before it retries a checkpoint that a reader blocked.
const CHECKPOINT_RETRY: Duration = Duration::from_millis(100);
/// From this length of the log on (64 MiB), the writer lets no list begin until it has started the log anew.
pub(super) const LONG_PAGES: u64 = 16_000;
/// How often the writer then looks whether the running lists have ended.
const DRAIN_LOOK: Duration = Duration::from_millis(5);
/// How long the writer waits for the reads by keys that use the log.
const RESTART_WAIT: Duration = Duration::from_millis(100);
/// The pause before the next attempt, if something else uses the log: the operator's check, or another process.
const RESTART_PAUSE: Duration = Duration::from_secs(5);

impl WriterThread {
    /// Returns how long the writer waits, while no command arrives, before it looks at the log again.
    pub(super) fn checkpoint_retry(&self) -> Duration {
        match self.must_restart() {
            true => DRAIN_LOOK,
            false => CHECKPOINT_RETRY,
        }
    }

    pub(super) fn is_checkpoint_due(&self) -> bool {
        self.health.wal_pages.load(Ordering::Relaxed) >= CHECKPOINT_PAGES
    }

    /// Copies the log into the database file once the log is long enough. Runs after the answers, so that no caller
    /// waits.
    pub(super) fn checkpoint_if_due(&mut self) {
        if self.holds_lists && !self.must_restart() {
            // Another process has copied the log, so it started anew meanwhile.
            self.let_lists_run();
        }
        if !self.is_checkpoint_due() {
            return;
        }
        if self.must_restart() {
            return self.restart_when_idle();
        }
        // Everything was copied: the next commit starts the log from the beginning, unless a read uses it.
        if self.checkpoint("PRAGMA wal_checkpoint(PASSIVE)") {
            self.health.wal_pages.store(0, Ordering::Relaxed);
        }
    }

    /// Whether the log is so long that it must start anew.
    pub(super) fn must_restart(&self) -> bool {
        self.health.wal_pages.load(Ordering::Relaxed) >= LONG_PAGES
            && self.restart_at.is_none_or(|at| at <= Instant::now())
    }

    /// Lets no list begin, and starts the log anew once none runs.
    fn restart_when_idle(&mut self) {
        self.holds_lists = true;
        self.turns.close();
        if !self.turns.is_idle() {
            return;
        }
        match self.restart() {
            true => self.health.wal_pages.store(0, Ordering::Relaxed),
            false => self.restart_at = Some(Instant::now() + RESTART_PAUSE),
        }
        self.let_lists_run();
    }

    fn let_lists_run(&mut self) {
        self.holds_lists = false;
        self.turns.open();
    }

    /// Copies the whole log and makes the next commit start it anew; returns whether that succeeded.
    fn restart(&self) -> bool {
        let waits = |time| self.connection.busy_timeout(time);
        if let Err(error) = waits(RESTART_WAIT) {
            tracing::error!(%error, "checkpoint failed");
            return false;
        }
        let done = self.checkpoint("PRAGMA wal_checkpoint(RESTART)");
        if let Err(error) = waits(connection::PATIENCE) {
            tracing::error!(%error, "checkpoint failed");
        }
        done
    }

    /// Runs a checkpoint; returns whether it did everything.
    fn checkpoint(&self, sql: &str) -> bool {
        let result = self.connection.query_row(sql, [], |row| {
            Ok((
                row.get::<_, bool>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, i64>(2)?,
            ))
        });
        match result {
            Ok((was_busy, length, copied)) => !was_busy && length == copied,
            Err(error) => {
                tracing::error!(%error, "checkpoint failed");
                false
            }
        }
    }
}
