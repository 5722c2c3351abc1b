//! A clock for tests, which they advance by hand.

use std::sync::atomic::{AtomicI64, Ordering};

use heddle_domain::Timestamp;
use heddle_store::Clock;

/// A clock whose time changes only by [`Self::advance`].
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// The time at which the clock starts: 2026-03-04T09:15:00Z.
    pub const START: Timestamp = Timestamp(1_772_615_700_000);

    /// Creates a clock that shows [`Self::START`].
    #[must_use]
    pub fn new() -> Self {
        Self(AtomicI64::new(Self::START.0))
    }

    /// Lets `ms` milliseconds pass.
    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}
