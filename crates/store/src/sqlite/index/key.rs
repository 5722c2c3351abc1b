//! The ids of documents in SQLite's index: whoever reads them downwards gets the newest documents first, and can stop.
//!
//! ```text
//! account (19 bits) | run (1 bit) | 43 bits
//! ```
//!
//! In the first run ids are numbered as documents come, so neighbours differ by one and the index stays small. That order is the
//! order of time only as long as no document is older than the one before. All others (imports, contacts entered later) are in the
//! second run: a span of 17 minutes since the year 1 (32 bits), and a number in it (11 bits). If a span has more documents than
//! numbers, the further ones get ids of later spans; the *spill* says how many spans later at most.

use std::ops::RangeInclusive;

use heddle_domain::{AccountId, Timestamp};

use crate::error::{Result, Trouble};

const PLACE_BITS: u32 = 43;
const RUN_BIT: i64 = 1 << PLACE_BITS;
const ACCOUNT_SHIFT: u32 = PLACE_BITS + 1;
const LAST_ACCOUNT: i64 = (1 << 19) - 1;
const NUMBER_BITS: u32 = 11;
/// How many documents one span has ids for.
pub(crate) const IN_SPAN: i64 = 1 << NUMBER_BITS;
/// A span has 2^20 milliseconds. The index stores differences of ids, so it grows with the ids that a span leaves unused.
const SPAN_BITS: u32 = 20;
/// The beginning of the year 1 in milliseconds since 1970.
const FIRST: i64 = -62_135_596_800_000;
/// The span of the last second of the year 9999.
const LAST_SPAN: i64 = (253_402_300_799_999 - FIRST) >> SPAN_BITS;

/// The ids of an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys {
    base: i64,
}

impl Keys {
    /// Returns the ids of an account.
    ///
    /// # Errors
    /// Returns [`Trouble::Internal`] if the account's id is too great: the index has room for 524,287 accounts.
    pub(crate) fn of(account: AccountId) -> Result<Self> {
        match account.get() {
            id @ 0..=LAST_ACCOUNT => Ok(Self {
                base: id << ACCOUNT_SHIFT,
            }),
            id => {
                let reason = format!("the search index has no room for the account {id}");
                Err(Trouble::Internal(reason).into())
            }
        }
    }

    /// The ids of the first run.
    pub(crate) const fn ordered(self) -> RangeInclusive<i64> {
        self.base..=self.base + RUN_BIT - 1
    }

    /// The ids of the second run.
    pub(crate) const fn dated(self) -> RangeInclusive<i64> {
        self.base + RUN_BIT..=self.base + RUN_BIT + (RUN_BIT - 1)
    }

    /// The ids of a span in the second run.
    pub(crate) fn span(self, span: i64) -> RangeInclusive<i64> {
        let first = self.base + RUN_BIT + (span << NUMBER_BITS);
        first..=first + IN_SPAN - 1
    }

    /// The span of an id of the second run.
    pub(crate) const fn span_of(self, id: i64) -> i64 {
        (id - self.base - RUN_BIT) >> NUMBER_BITS
    }
}

/// Returns the span to which a time belongs.
pub(crate) fn span_at(at: Timestamp) -> i64 {
    (at.0.saturating_sub(FIRST) >> SPAN_BITS).clamp(0, LAST_SPAN)
}

/// Returns the latest time that a document with an id of a span may have.
pub(crate) fn latest_in(span: i64) -> Timestamp {
    match span {
        LAST_SPAN.. => Timestamp(i64::MAX),
        span => Timestamp(((span + 1) << SPAN_BITS) + FIRST - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_accounts_and_runs_do_not_overlap() {
        let keys = |id| Keys::of(AccountId(id)).expect("keys");
        let (one, other) = (keys(7), keys(8));
        assert_eq!(*one.ordered().end() + 1, *one.dated().start());
        assert_eq!(*one.dated().end() + 1, *other.ordered().start());
        assert!(keys(LAST_ACCOUNT).dated().end() > &0);
        assert!(Keys::of(AccountId(LAST_ACCOUNT + 1)).is_err());
    }

    #[test]
    fn every_time_has_a_span_and_is_not_later_than_it_says() {
        let keys = Keys::of(AccountId(3)).expect("keys");
        let year_9999 = 253_402_300_799_999;
        for at in [
            i64::MIN,
            FIRST,
            -1,
            0,
            1_790_000_000_999,
            year_9999,
            i64::MAX,
        ] {
            let span = span_at(Timestamp(at));
            assert!(latest_in(span) >= Timestamp(at), "{at}");
            let ids = keys.span(span);
            assert!(keys.dated().contains(ids.start()) && keys.dated().contains(ids.end()));
            assert_eq!(keys.span_of(*ids.start()), span);
            assert_eq!(keys.span_of(*ids.end()), span);
        }
        let end = latest_in(span_at(Timestamp(1_500)));
        assert_eq!(span_at(end), span_at(Timestamp(1_500)));
        assert_eq!(span_at(end.plus_ms(1)), span_at(Timestamp(1_500)) + 1);
    }
}
