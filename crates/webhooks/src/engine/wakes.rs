//! When webhooks without a worker must be looked at: their next retry is due then, or the pause after a failure ends.

use std::collections::{BTreeSet, HashMap};

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, WebhookId};
use tokio::time::Instant;

/// A webhook and its account.
pub(super) type Key = (AccountId, WebhookId);

/// Webhooks, each with one time.
#[derive(Debug, Default)]
pub(super) struct Wakes {
    times: HashMap<Key, (Instant, Timestamp)>,
    order: BTreeSet<(Instant, Key)>,
}

impl Wakes {
    /// Replaces the time of a webhook. `due` is the same time by the store's clock.
    pub(super) fn set(&mut self, key: Key, at: Instant, due: Timestamp) {
        self.cancel(key);
        self.times.insert(key, (at, due));
        self.order.insert((at, key));
    }

    pub(super) fn cancel(&mut self, key: Key) {
        if let Some((at, _)) = self.times.remove(&key) {
            self.order.remove(&(at, key));
        }
    }

    /// Returns the earliest time.
    pub(super) fn next(&self) -> Option<Instant> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Returns the webhooks that wait for a time of the store's clock, with these times. Those that pause after a failure do not.
    pub(super) fn due_by_clock(&self) -> Vec<(Key, Timestamp)> {
        let all = self.times.iter().map(|(key, (_, due))| (*key, *due));
        all.filter(|(_, due)| *due > Timestamp(0)).collect()
    }

    /// Removes the webhooks whose time has come, and returns them with their times by the store's clock.
    pub(super) fn take_until(&mut self, now: Instant) -> Vec<(Key, Timestamp)> {
        let mut taken = Vec::new();
        while let Some((at, key)) = self.order.first().copied().filter(|(at, _)| *at <= now) {
            self.order.remove(&(at, key));
            if let Some((_, due)) = self.times.remove(&key) {
                taken.push((key, due));
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn webhooks_come_in_the_order_of_their_latest_times() {
        let key = |id| (AccountId(1), WebhookId(id));
        let now = Instant::now();
        let at = |seconds| now + Duration::from_secs(seconds);
        let mut wakes = Wakes::default();
        for (id, seconds) in [(1, 9), (2, 5), (3, 7), (1, 3), (4, 1)] {
            wakes.set(key(id), at(seconds), Timestamp(id));
        }
        wakes.cancel(key(4));
        assert_eq!(wakes.next(), Some(at(3)));
        assert_eq!(wakes.take_until(at(2)), []);
        let taken = wakes.take_until(at(5));
        assert_eq!(taken, [(key(1), Timestamp(1)), (key(2), Timestamp(2))]);
        assert_eq!(wakes.next(), Some(at(7)));
    }

    #[test]
    fn pauses_after_failures_do_not_follow_the_clock() {
        let key = |id| (AccountId(1), WebhookId(id));
        let mut wakes = Wakes::default();
        wakes.set(key(1), Instant::now(), Timestamp(7));
        wakes.set(key(2), Instant::now(), Timestamp(0));
        assert_eq!(wakes.due_by_clock(), [(key(1), Timestamp(7))]);
    }
}
