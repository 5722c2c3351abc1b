//! Makes time-ordered ids from the node's slot and its reserved time (`store.md` 1).

use heddle_domain::Timestamp;
use heddle_domain::id::{TimeId, TimeSequence};

use crate::counted::Reserve;
use crate::error::{Abort, Result, Trouble};

/// How far ahead of the clock ids are reserved, in milliseconds. After a kill the next start begins above the
/// reservation, so recorded times can be at most this far in the future.
pub(crate) const RESERVE_AHEAD_MS: i64 = 3_000;
/// When less than this is left of the reservation, it is extended, in milliseconds.
pub(crate) const RESERVE_MARGIN_MS: i64 = 1_000;

/// The time-ordered ids of one node: a sequence for messages, another for events, and the reserved ceiling of both.
#[derive(Debug)]
pub(crate) struct TimeIds {
    messages: TimeSequence,
    events: TimeSequence,
    ceiling: Timestamp,
}

impl TimeIds {
    /// Creates the ids of `slot`, beginning at the time `start`. No id can be made before a reservation is recorded.
    pub(crate) fn new(slot: i64, start: Timestamp) -> Self {
        let sequence = TimeSequence::new(slot, start);
        Self {
            messages: sequence.clone(),
            events: sequence,
            ceiling: start,
        }
    }

    /// Returns the time up to which ids must be reserved; `None` if enough are reserved at `now`.
    pub(crate) fn wants_reservation(&self, now: Timestamp) -> Option<Timestamp> {
        let due = now.0 + RESERVE_MARGIN_MS > self.ceiling.0 && self.ceiling < TimeId::LAST;
        due.then(|| now.plus_ms(RESERVE_AHEAD_MS).min(TimeId::LAST))
    }

    /// Records a reservation that has been committed.
    pub(crate) fn reserved(&mut self, until: Timestamp) {
        self.ceiling = self.ceiling.max(until);
    }

    pub(crate) fn next_message(&mut self, now: Timestamp, above: i64) -> Result<i64> {
        next(&mut self.messages, now, above, self.ceiling)
    }

    pub(crate) fn next_event(&mut self, now: Timestamp, above: i64) -> Result<i64> {
        next(&mut self.events, now, above, self.ceiling)
    }
}

/// Returns the next id, or the time up to which ids must be reserved first. That time counts from the id itself, which
/// may be ahead of the clock.
fn next(
    sequence: &mut TimeSequence,
    now: Timestamp,
    above: i64,
    ceiling: Timestamp,
) -> Result<i64> {
    sequence.next(now, above, ceiling).ok_or_else(|| {
        let wanted = TimeId(sequence.upcoming(now, above)).created_at();
        if wanted >= TimeId::LAST {
            let full = format!("the clock shows {now}, and no id can hold {wanted}");
            return Trouble::WrongClock(full).into();
        }
        Abort::Reserve(Reserve::Time(
            wanted.plus_ms(RESERVE_AHEAD_MS).min(TimeId::LAST),
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_is_made_above_the_reservation() {
        let start = Timestamp(TimeId::EPOCH_MS);
        let mut ids = TimeIds::new(0, start);
        assert_eq!(
            ids.next_message(start, 0),
            Err(Abort::Reserve(Reserve::Time(
                start.plus_ms(RESERVE_AHEAD_MS)
            )))
        );
        ids.reserved(start.plus_ms(10));
        assert!(ids.next_message(start, 0).is_ok());
    }

    #[test]
    fn nothing_is_reserved_that_no_id_can_hold() {
        let mut ids = TimeIds::new(0, Timestamp(TimeId::EPOCH_MS));
        let far = Timestamp(TimeId::EPOCH_MS + 80 * 366 * 86_400_000);
        assert_eq!(ids.wants_reservation(far), Some(TimeId::LAST));
        let refused = ids.next_message(far, 0);
        assert!(
            matches!(refused, Err(Abort::Trouble(Trouble::WrongClock(_)))),
            "{refused:?}"
        );
        let now = Timestamp(TimeId::EPOCH_MS + 1_000);
        ids.reserved(now.plus_ms(RESERVE_AHEAD_MS));
        assert!(ids.next_message(now, 0).is_ok(), "the clock is right again");
    }

    #[test]
    fn a_clock_far_behind_the_ids_still_gets_a_sufficient_reservation() {
        let start = Timestamp(TimeId::EPOCH_MS + 3_600_000);
        let stepped_back = Timestamp(TimeId::EPOCH_MS);
        let mut ids = TimeIds::new(0, start);
        let Err(Abort::Reserve(Reserve::Time(until))) = ids.next_message(stepped_back, 0) else {
            panic!("an id was made above the reservation");
        };
        assert!(until > start, "{until:?} is below what is reserved already");
        ids.reserved(until);
        assert!(ids.next_message(stepped_back, 0).is_ok());
    }
}
