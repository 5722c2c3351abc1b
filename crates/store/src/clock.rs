//! The clock, as a value: tests pass their own.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use heddle_domain::Timestamp;
use heddle_domain::id::TimeId;
use tokio::sync::watch;

use crate::error::Trouble;

/// A source of the current time.
pub trait Clock: std::fmt::Debug + Send + Sync + 'static {
    /// Returns the current time, in milliseconds UTC.
    fn now(&self) -> Timestamp;

    /// Returns a receiver that is notified whenever somebody moves the clock, so that who waits for a time of this clock can
    /// look at it again; `None` for a clock that only runs.
    fn moves(&self) -> Option<watch::Receiver<()>> {
        None
    }
}

/// The system clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that reads the machine's clock"
        )]
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock that several parts of the store share.
pub type SharedClock = Arc<dyn Clock>;

/// How far ids may be ahead of the clock, in milliseconds. Nodes whose clocks differ a little must be able to start.
pub(crate) const MOST_AHEAD_MS: i64 = 300_000;

/// How many accounts are read at once when the newest id of the store is looked for.
pub(crate) const ACCOUNTS_AT_ONCE: i64 = 500;

/// Returns the first time that is later than an id.
pub(crate) fn after(id: TimeId) -> Timestamp {
    id.created_at().plus_ms(1)
}

/// Whether the store may open although its ids are ahead of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockCheck {
    /// Refuse to open if ids are more than 5 minutes ahead of the clock.
    Refuse,
    /// The operator says that the clock is right.
    Accept,
}

/// Returns the recorded time of an entity with a time-ordered id: the id's time, so that times keep the order of the ids
/// although the clocks of nodes differ a little. If ids are far ahead of the clock, it is the clock's time.
pub(crate) fn recorded_at(id: TimeId, now: Timestamp) -> Timestamp {
    recorded_apart(id, now).unwrap_or(id.created_at())
}

/// Returns the recorded time if it is not the id's time; only then it is stored.
pub(crate) fn recorded_apart(id: TimeId, now: Timestamp) -> Option<Timestamp> {
    (id.created_at().0 - now.0 > MOST_AHEAD_MS).then_some(now)
}

/// Refuses a time that no id can hold. Checked before anything is stored; the operator cannot override it.
pub(crate) fn check_range(now: Timestamp) -> Result<(), Trouble> {
    let first = Timestamp(TimeId::EPOCH_MS);
    if now >= first && now < TimeId::LAST {
        return Ok(());
    }
    let last = TimeId::LAST;
    Err(Trouble::WrongClock(format!(
        "the clock shows {now}, but ids can only hold times from {first} to {last}; correct the clock"
    )))
}

/// Compares the clock with the latest reserved time of the store. Each id is below a reservation, so the newest event and
/// the newest message need no comparison of their own.
pub(crate) fn check_reserved(
    check: ClockCheck,
    now: Timestamp,
    latest: Option<Timestamp>,
) -> Result<(), Trouble> {
    let Some(latest) = latest.filter(|latest| latest.0 - now.0 > MOST_AHEAD_MS) else {
        return Ok(());
    };
    if check == ClockCheck::Accept {
        tracing::warn!(%now, %latest, "the clock shows {now} and the ids of the store go up to {latest}; going on");
        return Ok(());
    }
    Err(Trouble::WrongClock(format!(
        "the clock shows {now}, but the ids of the store go up to {latest}; correct the clock, or start with \
         --accept-clock if {now} is right"
    )))
}
