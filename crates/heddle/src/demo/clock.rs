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
/// The clock stays before this time, which leaves room for ids: 2090-01-01T00:00:00Z.
pub(crate) const LATEST: Timestamp = Timestamp(3_786_912_000_000);
/// How far ids may be ahead of the clock when the store closes, in milliseconds: the store reserves some seconds of them.
pub(crate) const RESERVED_MS: i64 = 5_000;
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

    /// Shows `now` from here on.
    pub(crate) fn of(now: Timestamp, runs: bool) -> Self {
        match runs {
            true => Self::Running {
                offset_ms: now.0.saturating_sub(SystemClock.now().0),
            },
            false => Self::Standing(now),
        }
    }

    fn now(self) -> Timestamp {
        match self {
            Self::Running { offset_ms } => SystemClock.now().plus_ms(offset_ms),
            Self::Standing(at) => at,
        }
    }
}

/// Where the clock is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Time(Timestamp),
    /// So many milliseconds after the time that it shows.
    Later(i64),
}

/// Why the clock was not moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The time is before that which the clock shows.
    Backwards { now: Timestamp },
    /// The time is not before [`LATEST`].
    TooLate,
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

    /// Moves the clock forward, and tells everybody who waits for a time. It runs from there if `runs` says so, or as before.
    ///
    /// # Errors
    /// Refuses a time before the present one, and a time so late ([`LATEST`]) that ids cannot contain it.
    pub(crate) fn change(&self, to: Target, runs: Option<bool>) -> Result<(), Refused> {
        let mut showing = self.showing.lock();
        let now = showing.now();
        let to = match to {
            Target::Time(to) => to,
            Target::Later(ms) => now.plus_ms(ms),
        };
        let runs = runs.unwrap_or(matches!(*showing, Showing::Running { .. }));
        if to < now {
            return Err(Refused::Backwards { now });
        }
        if to >= LATEST {
            return Err(Refused::TooLate);
        }
        *showing = Showing::of(to, runs);
        drop(showing);
        self.moves.send_replace(());
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_clock_moves_only_when_told() {
        let clock = DemoClock::default();
        clock.start_at(Showing::Standing(RECORDED_AT));
        assert_eq!(clock.now(), RECORDED_AT);
        clock.step();
        assert_eq!(clock.now(), RECORDED_AT.plus_ms(STEP_MS));
        let later = RECORDED_AT.plus_ms(5_000);
        assert_eq!(clock.change(Target::Time(later), Some(false)), Ok(()));
        assert_eq!(clock.now(), later);
    }

    #[test]
    fn no_clock_goes_back_or_beyond_the_ids() {
        let clock = DemoClock::default();
        let before = clock.now();
        let moved = clock.change(Target::Time(before.plus_ms(-60_000)), None);
        assert!(
            matches!(moved, Err(Refused::Backwards { now }) if now >= before),
            "{moved:?}"
        );
        assert_eq!(
            clock.change(Target::Time(LATEST), None),
            Err(Refused::TooLate)
        );
        assert!(LATEST < heddle_domain::id::TimeId::LAST);
        assert_eq!(clock.showing(), Showing::MACHINE);
    }

    #[test]
    fn a_running_clock_stands_still_when_told_and_every_advance_counts() {
        let clock = DemoClock::default();
        assert_eq!(clock.change(Target::Later(0), Some(false)), Ok(()));
        let before = clock.now();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| clock.change(Target::Later(1_000), None));
            }
        });
        assert_eq!(clock.now(), before.plus_ms(8_000));
    }

    #[test]
    fn who_waits_is_told_of_every_move() {
        let clock = DemoClock::default();
        let moves = clock.moves().expect("this clock can be moved");
        assert_eq!(moves.has_changed().ok(), Some(false));
        let later = clock.now().plus_ms(60_000);
        clock
            .change(Target::Time(later), None)
            .expect("it is later");
        assert_eq!(moves.has_changed().ok(), Some(true));
    }
}
