//! The demo's clock: the machine's, until a test moves it.
//!
//! While the sample data are recorded, the clock stands at a fixed time, because ids and GUIDs contain the time of recording.
//!
//! Invariant: while a store is open, its clock never goes backwards. Ids are ordered by time, feeds and tokens compare times, and
//! leases end at times; none of them would hold after a step backwards. Only [`DemoClock::start_at`] may go back, between two
//! openings of the store.

use heddle_domain::Timestamp;
use heddle_store::{Clock, SystemClock};
use parking_lot::Mutex;
use tokio::sync::watch;

/// When the sample data were recorded: 2026-01-12T09:00:00Z.
pub(crate) const RECORDED_AT: Timestamp = Timestamp(1_768_208_400_000);
/// How far the standing clock moves between two records of the sample data, in milliseconds.
const STEP_MS: i64 = 1_000;

/// What a [`DemoClock`] shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Showing {
    /// The machine's time, and an offset in milliseconds.
    Running { offset_ms: i64 },
    /// The same time until somebody moves the clock.
    Standing(Timestamp),
}

impl Showing {
    /// The machine's time.
    pub(crate) const MACHINE: Self = Self::Running { offset_ms: 0 };

    fn now(self) -> Timestamp {
        match self {
            Self::Running { offset_ms } => SystemClock.now().plus_ms(offset_ms),
            Self::Standing(at) => at,
        }
    }
}

/// The clock of a demo's store.
#[derive(Debug)]
pub(crate) struct DemoClock {
    showing: Mutex<Showing>,
    moves: watch::Sender<()>,
}

impl Default for DemoClock {
    fn default() -> Self {
        Self {
            showing: Mutex::new(Showing::MACHINE),
            moves: watch::Sender::new(()),
        }
    }
}

impl DemoClock {
    pub(crate) fn showing(&self) -> Showing {
        *self.showing.lock()
    }

    /// Shows something else, perhaps an earlier time. Only while no store is open.
    pub(crate) fn start_at(&self, showing: Showing) {
        *self.showing.lock() = showing;
    }

    /// Moves a standing clock to the next record of the sample data; a running clock moves by itself.
    pub(crate) fn step(&self) {
        if let Showing::Standing(at) = &mut *self.showing.lock() {
            *at = at.plus_ms(STEP_MS);
        }
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        self.showing().now()
    }

    fn moves(&self) -> Option<watch::Receiver<()>> {
        Some(self.moves.subscribe())
    }
}
