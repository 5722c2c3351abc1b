//! The limit on the open connections to receivers: whoever has a slot may open one.
//!
//! Slots go to those who have waited longest. Slow receivers get at most half of the slots, and idle connections at most a
//! quarter, so that at least a quarter always serves receivers that answer quickly.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The slots of one client.
#[derive(Clone, Debug)]
pub struct Slots {
    all: Arc<Semaphore>,
    /// Limits the slots of slow receivers.
    slow: Arc<Semaphore>,
    most: usize,
}

/// The right to have one connection.
#[derive(Debug)]
pub struct Slot {
    slow: Option<OwnedSemaphorePermit>,
    _any: OwnedSemaphorePermit,
}

impl Slot {
    /// Whether the slot may be used for a receiver that is slow, or is not.
    pub(super) fn suits(&self, is_slow: bool) -> bool {
        self.slow.is_some() == is_slow
    }
}

impl Slots {
    /// Creates this many slots.
    pub(super) fn new(most: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(most)),
            slow: Arc::new(Semaphore::new((most / 2).max(1))),
            most,
        }
    }

    /// Waits for a slot.
    pub(super) async fn take(&self, is_slow: bool) -> Slot {
        let slow = match is_slow {
            true => Some(take_one(&self.slow).await),
            false => None,
        };
        let any = take_one(&self.all).await;
        Slot { slow, _any: any }
    }

    /// Takes a slot if one is free.
    pub(super) fn try_take(&self, is_slow: bool) -> Option<Slot> {
        let slow = match is_slow {
            true => Some(Arc::clone(&self.slow).try_acquire_owned().ok()?),
            false => None,
        };
        let any = Arc::clone(&self.all).try_acquire_owned().ok()?;
        Some(Slot { slow, _any: any })
    }

    /// Whether all slots of this kind are in use, so that others may be waiting for one.
    pub(super) fn are_wanted(&self, is_slow: bool) -> bool {
        let none_left = |slots: &Semaphore| slots.available_permits() == 0;
        none_left(&self.all) || (is_slow && none_left(&self.slow))
    }

    /// Whether an idle connection may stay open.
    pub(super) fn allow_idle(&self) -> bool {
        self.in_use() <= self.most / 4
    }

    /// Returns how many slots are in use.
    pub(super) fn in_use(&self) -> usize {
        self.most.saturating_sub(self.all.available_permits())
    }
}

async fn take_one(slots: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    let slot = Arc::clone(slots).acquire_owned().await;
    slot.expect("the semaphore is never closed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_receivers_get_at_most_half_of_the_slots() {
        let slots = Slots::new(8);
        let slow: Vec<_> = (0..4).map(|_| slots.try_take(true)).collect();
        assert!(slow.iter().all(Option::is_some));
        assert!(slots.try_take(true).is_none() && slots.are_wanted(true));
        let quick: Vec<_> = (0..4).map(|_| slots.try_take(false)).collect();
        assert!(quick.iter().all(Option::is_some));
        assert!(slots.try_take(false).is_none() && slots.are_wanted(false));
        assert_eq!(slots.in_use(), 8);
        drop((slow, quick));
        assert_eq!(slots.in_use(), 0);
    }

    #[test]
    fn idle_connections_may_stay_while_a_quarter_is_in_use() {
        let slots = Slots::new(8);
        let two: Vec<_> = (0..2).map(|_| slots.try_take(false)).collect();
        assert!(slots.allow_idle());
        let third = slots.try_take(false);
        assert!(third.is_some() && !slots.allow_idle());
        drop(two);
    }
}
