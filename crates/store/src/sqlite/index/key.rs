//! The ids of documents in SQLite's index: whoever reads them downwards gets the newest documents first, and can stop.
//!
//! ```text
//! account (19 bits) | run (1 bit) | 43 bits
//! ```
//!
//! In the first run ids are numbered as documents come, so neighbours differ by one and the index stays small. That order is the
//! order of time only as long as each document is newer than the one before. All others (imports, contacts entered later) are in
//! the second run: seconds since 1900 (33 bits) and a number (10 bits). If a second has more documents than numbers, the further
//! ones get ids of later seconds; the *spill* says how many seconds later at most.

use std::ops::RangeInclusive;

use heddle_domain::{AccountId, Timestamp};

use crate::error::{Result, Trouble};

const PLACE_BITS: u32 = 43;
const RUN_BIT: i64 = 1 << PLACE_BITS;
const ACCOUNT_SHIFT: u32 = PLACE_BITS + 1;
const LAST_ACCOUNT: i64 = (1 << 19) - 1;
const NUMBER_BITS: u32 = 10;
/// How many documents one second has ids for.
pub(crate) const IN_SECOND: i64 = 1 << NUMBER_BITS;
/// 1 January 1900, in seconds since 1970.
const EPOCH: i64 = -2_208_988_800;
/// Times after this second (in the year 2139) are stored with it; later seconds are there for the spill.
const LAST_SECOND: i64 = (1 << 33) - (1 << 30);

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

    /// The ids of a second in the second run.
    pub(crate) fn second(self, second: i64) -> RangeInclusive<i64> {
        let first = self.base + RUN_BIT + (second << NUMBER_BITS);
        first..=first + IN_SECOND - 1
    }

    /// The second of an id of the second run.
    pub(crate) const fn second_of(self, id: i64) -> i64 {
        (id - self.base - RUN_BIT) >> NUMBER_BITS
    }
}

/// Returns the second under which a time is stored.
pub(crate) fn second_of(at: Timestamp) -> i64 {
    (at.0.div_euclid(1_000) - EPOCH).clamp(0, LAST_SECOND)
}

/// Returns the latest time that a document stored under a second may have.
pub(crate) fn latest_in(second: i64) -> Timestamp {
    match second {
        LAST_SECOND.. => Timestamp(i64::MAX),
        second => Timestamp((second + EPOCH + 1) * 1_000 - 1),
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
    fn every_time_has_a_second_and_is_not_later_than_it_says() {
        let keys = Keys::of(AccountId(3)).expect("keys");
        for at in [
            i64::MIN,
            -62_135_596_800_000,
            -1,
            0,
            1_790_000_000_999,
            253_402_300_799_999,
            i64::MAX,
        ] {
            let at = Timestamp(at);
            let second = second_of(at);
            assert!(latest_in(second) >= at, "{at:?}");
            let ids = keys.second(second);
            assert!(keys.dated().contains(ids.start()) && keys.dated().contains(ids.end()));
            assert_eq!(keys.second_of(*ids.start()), second);
            assert_eq!(keys.second_of(*ids.end()), second);
        }
        assert_eq!(latest_in(second_of(Timestamp(1_500))), Timestamp(1_999));
    }
}
