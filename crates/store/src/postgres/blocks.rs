//! The small ids that a node has reserved (`store.md` 1): taken in blocks from the counter rows, used one by one.
//!
//! A number becomes free again if its transaction is rolled back. On an orderly stop the node returns the unused end
//! of its newest blocks; if the process is killed, they are lost. So numbers may have gaps but never repeat.

use std::collections::HashMap;
use std::ops::Range;

use heddle_domain::id::AccountId;
use heddle_domain::{EntityKind, Timestamp};
use parking_lot::Mutex;

const FIRST_BLOCK: i64 = 16;
const LARGEST_BLOCK: i64 = 1_024;

/// A counter: the account and the kind of entity that it counts.
pub(super) type Counter = (AccountId, EntityKind);

/// The free numbers of every counter.
#[derive(Debug, Default)]
pub(super) struct Blocks(Mutex<HashMap<Counter, Free>>);

#[derive(Debug)]
struct Free {
    /// The free numbers, sorted; no two ranges are adjacent.
    ranges: Vec<Range<i64>>,
    /// Length of the last block. The next block is longer if this one was used up quickly.
    length: i64,
    taken_at: Timestamp,
}

impl Blocks {
    /// Takes the smallest free number of a counter; `None` if there is none.
    pub(super) fn take(&self, counter: Counter) -> Option<i64> {
        let mut all = self.0.lock();
        let free = all.get_mut(&counter)?;
        let number = free.ranges.first_mut()?.next()?;
        free.ranges.retain(|range| !range.is_empty());
        Some(number)
    }

    /// Makes a number free again.
    pub(super) fn give_back(&self, counter: Counter, number: i64) {
        if let Some(free) = self.0.lock().get_mut(&counter) {
            free.add(number..number + 1);
        }
    }

    /// Returns the length of the block to reserve now; `None` if at least `wanted` numbers are free.
    pub(super) fn lacking(&self, counter: Counter, wanted: i64, now: Timestamp) -> Option<i64> {
        let all = self.0.lock();
        let Some(free) = all.get(&counter) else {
            return Some(wanted.max(FIRST_BLOCK));
        };
        let count: i64 = free
            .ranges
            .iter()
            .map(|range| range.end - range.start)
            .sum();
        let usual = match now.0 - free.taken_at.0 < 1_000 {
            true => (free.length * 2).min(LARGEST_BLOCK),
            false => FIRST_BLOCK,
        };
        (count < wanted).then(|| usual.max(wanted - count))
    }

    /// Adds a reserved block.
    pub(super) fn put(&self, counter: Counter, block: Range<i64>, now: Timestamp) {
        let mut all = self.0.lock();
        let free = all.entry(counter).or_insert(Free {
            ranges: Vec::new(),
            length: 0,
            taken_at: now,
        });
        (free.length, free.taken_at) = (block.end - block.start, now);
        free.add(block);
    }

    /// Drops an account's free numbers.
    pub(super) fn forget(&self, account: AccountId) {
        self.0.lock().retain(|(of, _), _| *of != account);
    }

    /// Removes all free numbers; returns, per counter, the range that may still be returned to the counter row.
    pub(super) fn drain(&self) -> Vec<(Counter, Range<i64>)> {
        let all = std::mem::take(&mut *self.0.lock());
        let last = |(counter, mut free): (Counter, Free)| Some((counter, free.ranges.pop()?));
        all.into_iter().filter_map(last).collect()
    }
}

impl Free {
    fn add(&mut self, new: Range<i64>) {
        let at = self.ranges.partition_point(|range| range.end < new.start);
        match self.ranges.get_mut(at) {
            Some(before) if before.end == new.start => before.end = new.end,
            _ => self.ranges.insert(at, new),
        }
        if self
            .ranges
            .get(at + 1)
            .is_some_and(|next| next.start == self.ranges[at].end)
        {
            self.ranges[at].end = self.ranges.remove(at + 1).end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAGS: Counter = (AccountId(1), EntityKind::Tag);

    fn take(blocks: &Blocks, count: usize) -> Vec<i64> {
        (0..count).map_while(|_| blocks.take(TAGS)).collect()
    }

    #[test]
    fn each_number_of_a_block_is_used_once() {
        let (blocks, now) = (Blocks::default(), Timestamp(0));
        assert_eq!(blocks.take(TAGS), None);
        assert_eq!(blocks.lacking(TAGS, 1, now), Some(16));
        blocks.put(TAGS, 1..17, now);
        assert_eq!(blocks.lacking(TAGS, 16, now), None);
        assert_eq!(take(&blocks, 20), Vec::from_iter(1..17));
        assert_eq!(blocks.lacking(TAGS, 1, now), Some(32));
        assert_eq!(blocks.lacking(TAGS, 1, Timestamp(5_000)), Some(16));
        assert_eq!(blocks.lacking(TAGS, 5_000, now), Some(5_000));
        assert_eq!(blocks.take((AccountId(2), EntityKind::Tag)), None);
        assert_eq!(blocks.take((AccountId(1), EntityKind::Inbox)), None);
    }

    #[test]
    fn returned_numbers_are_used_next_in_order() {
        let (blocks, now) = (Blocks::default(), Timestamp(0));
        blocks.put(TAGS, 1..6, now);
        assert_eq!(take(&blocks, 5), [1, 2, 3, 4, 5]);
        blocks.put(TAGS, 40..42, now);
        for number in [4, 2, 3] {
            blocks.give_back(TAGS, number);
        }
        assert_eq!(blocks.lacking(TAGS, 8, now), Some(4));
        assert_eq!(take(&blocks, 9), [2, 3, 4, 40, 41]);
        for number in [41, 5, 40] {
            blocks.give_back(TAGS, number);
        }
        assert_eq!(blocks.drain(), [(TAGS, 40..42)]);
        assert_eq!(blocks.take(TAGS), None);
    }
}
