//! A clock on which years pass while a store is filled, so that messages are recorded in the order of their times.

use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use heddle_domain::Timestamp;
use heddle_store::{Clock, SystemClock};

/// The system's clock, shifted by some milliseconds.
#[derive(Debug, Default)]
pub(super) struct ShiftedClock(AtomicI64);

impl ShiftedClock {
    /// Lets the clock go on from a time, unless it shows a later one.
    pub(super) fn go_on_from(&self, at: Timestamp) {
        if at > self.now() || self.0.load(SeqCst) == 0 {
            self.0.store(at.0 - SystemClock.now().0, SeqCst);
        }
    }

    /// Lets the clock show the time of the system again.
    pub(super) fn be_right(&self) {
        self.0.store(0, SeqCst);
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus_ms(self.0.load(SeqCst))
    }
}
