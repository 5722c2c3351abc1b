//! The limit on the open connections to receivers: whoever has a slot may open one.
//!
//! Accounts share the slots fairly. Each account has two classes of requests, those to quick and those to slow receivers. A
//! class that has slots gets another one only while more are free than it has. So one busy class takes half of the slots,
//! two take a third each, and so on: some are always left for a class that has none. Classes that wait take turns. Slow
//! receivers of all accounts together get at most half of the slots, and idle connections at most a quarter.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use heddle_domain::AccountId;
use parking_lot::Mutex;
use tokio::sync::oneshot;

/// The requests of one account to quick or to slow receivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Class {
    /// The account of the webhook.
    pub account: AccountId,
    /// Whether the receiver is slow.
    pub is_slow: bool,
}

/// The slots of one client.
#[derive(Clone, Debug)]
pub struct Slots(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    used: usize,
    used_by_slow: usize,
    /// How many slots each class has; a class without slots has no entry.
    held: HashMap<Class, usize>,
    /// Who waits, by class; a class in which nobody waits has no entry.
    waiting: HashMap<Class, VecDeque<oneshot::Sender<Slot>>>,
    /// The classes in `waiting`, in the order of their turns.
    order: VecDeque<Class>,
}

/// The right to have one connection.
#[derive(Debug)]
pub struct Slot {
    class: Class,
    shared: Arc<Shared>,
}

impl Slot {
    /// Whether the slot may be used for requests of this class.
    pub(super) fn suits(&self, class: Class) -> bool {
        self.class == class
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.shared.state.lock().release(self.class);
        self.shared.grant();
    }
}

impl State {
    fn may_take(&self, class: Class, most: usize) -> bool {
        let free = most - self.used;
        let held = self.held.get(&class).copied().unwrap_or(0);
        let is_fair = free > 0 && (held == 0 || held < free);
        is_fair && !(class.is_slow && self.used_by_slow >= (most / 2).max(1))
    }

    fn take(&mut self, class: Class) {
        self.used += 1;
        self.used_by_slow += usize::from(class.is_slow);
        *self.held.entry(class).or_default() += 1;
    }

    fn release(&mut self, class: Class) {
        self.used -= 1;
        self.used_by_slow -= usize::from(class.is_slow);
        let held = self.held.entry(class).or_default();
        *held = held.saturating_sub(1);
        if *held == 0 {
            self.held.remove(&class);
        }
    }

    fn enqueue(&mut self, class: Class, waiter: oneshot::Sender<Slot>) {
        let queue = self.waiting.entry(class).or_default();
        if queue.is_empty() {
            self.order.push_back(class);
        }
        queue.push_back(waiter);
    }

    /// Removes the next one who waits and may take a slot. Its class is the last one in the order then.
    fn next(&mut self, most: usize) -> Option<(Class, oneshot::Sender<Slot>)> {
        let place = self
            .order
            .iter()
            .position(|class| self.may_take(*class, most))?;
        let class = self.order.remove(place)?;
        let queue = self.waiting.get_mut(&class)?;
        let waiter = queue.pop_front();
        if queue.is_empty() {
            self.waiting.remove(&class);
        } else {
            self.order.push_back(class);
        }
        Some((class, waiter?))
    }
}

impl Shared {
    /// Gives the free slots to those who wait for them.
    fn grant(self: &Arc<Self>) {
        loop {
            let mut state = self.state.lock();
            let Some((class, waiter)) = state.next(self.most) else {
                return;
            };
            if waiter.is_closed() {
                continue;
            }
            state.take(class);
            drop(state);
            let shared = Arc::clone(self);
            // If nobody waits any more right now, the slot comes back and is dropped, which frees it.
            drop(waiter.send(Slot { class, shared }));
        }
    }
}

impl Slots {
    /// Creates this many slots.
    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Shared {
            most,
            state: Mutex::default(),
        }))
    }

    /// Waits for a slot.
    pub(super) async fn take(&self, class: Class) -> Slot {
        let (waiter, slot) = oneshot::channel();
        self.0.state.lock().enqueue(class, waiter);
        self.0.grant();
        slot.await.expect("whoever waits gets a slot or goes")
    }

    /// Takes a slot if one is free and nobody of the class waits for one.
    pub(super) fn try_take(&self, class: Class) -> Option<Slot> {
        let mut state = self.0.state.lock();
        if state.waiting.contains_key(&class) || !state.may_take(class, self.0.most) {
            return None;
        }
        state.take(class);
        drop(state);
        let shared = Arc::clone(&self.0);
        Some(Slot { class, shared })
    }

    /// Whether whoever has a slot of this class and does not need it at the moment should free it: all slots are in use, or
    /// somebody of the class or of a class without slots waits for one.
    pub(super) fn are_wanted(&self, class: Class) -> bool {
        let state = self.0.state.lock();
        let waits_for_first = |class: &Class| !state.held.contains_key(class);
        state.used == self.0.most
            || state.waiting.contains_key(&class)
            || state.order.iter().any(waits_for_first)
    }

    /// Whether an idle connection may stay open.
    pub(super) fn allow_idle(&self) -> bool {
        self.in_use() <= self.0.most / 4
    }

    /// Returns how many slots are in use.
    pub(super) fn in_use(&self) -> usize {
        self.0.state.lock().used
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const fn quick(account: i64) -> Class {
        Class {
            account: AccountId(account),
            is_slow: false,
        }
    }

    const fn slow(account: i64) -> Class {
        Class {
            account: AccountId(account),
            is_slow: true,
        }
    }

    /// Takes slots of a class while there are any.
    fn take_all(slots: &Slots, class: Class) -> Vec<Slot> {
        std::iter::from_fn(|| slots.try_take(class)).collect()
    }

    #[test]
    fn a_busy_account_leaves_slots_to_the_others() {
        let slots = Slots::new(512);
        let first = take_all(&slots, quick(1));
        let second = take_all(&slots, quick(2));
        let third = take_all(&slots, quick(3));
        assert_eq!((first.len(), second.len(), third.len()), (256, 128, 64));
        assert!(slots.try_take(quick(4)).is_some());
        drop((first, second, third));
        assert_eq!(slots.in_use(), 0);
    }

    #[test]
    fn a_single_slot_serves_everybody_in_turn() {
        let slots = Slots::new(1);
        let only = slots.try_take(quick(1));
        assert!(only.is_some() && slots.try_take(quick(2)).is_none());
        drop(only);
        assert!(slots.try_take(slow(2)).is_some());
    }

    #[test]
    fn slow_receivers_get_at_most_half_of_the_slots() {
        let slots = Slots::new(8);
        let some: Vec<_> = (1..=4)
            .map(|account| slots.try_take(slow(account)))
            .collect();
        assert!(some.iter().all(Option::is_some));
        assert!(slots.try_take(slow(5)).is_none());
        let others: Vec<_> = (1..=4)
            .map(|account| slots.try_take(quick(account)))
            .collect();
        assert!(others.iter().all(Option::is_some));
        assert!(slots.try_take(quick(5)).is_none());
        assert_eq!(slots.in_use(), 8);
        drop((some, others));
        assert_eq!(slots.in_use(), 0);
    }

    #[test]
    fn the_slow_receivers_of_an_account_leave_slots_to_its_quick_ones() {
        let slots = Slots::new(64);
        let _slow = take_all(&slots, slow(1));
        assert_eq!(slots.in_use(), 32);
        assert_eq!(take_all(&slots, quick(1)).len(), 16);
    }

    #[test]
    fn classes_that_wait_take_turns() {
        let slots = Slots::new(1);
        let only = slots.try_take(quick(1));
        let mut waiting: Vec<_> = [3, 3, 3, 4]
            .into_iter()
            .map(|account| (account, Box::pin(slots.take(quick(account)))))
            .collect();
        for (_, slot) in &mut waiting {
            assert!(slot.as_mut().now_or_never().is_none());
        }
        drop(only);
        let mut order = Vec::new();
        while !waiting.is_empty() {
            let next = waiting
                .iter_mut()
                .enumerate()
                .find_map(|(at, (account, slot))| {
                    let slot = slot.as_mut().now_or_never()?;
                    Some((at, *account, slot))
                });
            let (at, account, slot) = next.expect("a slot is free");
            drop(waiting.remove(at));
            order.push(account);
            drop(slot);
        }
        assert_eq!(order, [3, 4, 3, 3]);
        assert_eq!(slots.in_use(), 0);
    }

    #[test]
    fn a_slot_without_use_is_wanted_by_those_who_have_none() {
        let slots = Slots::new(8);
        let _some = take_all(&slots, quick(1));
        assert_eq!(slots.in_use(), 4);
        let mut own = Box::pin(slots.take(quick(1)));
        assert!(own.as_mut().now_or_never().is_none());
        assert!(slots.are_wanted(quick(1)) && !slots.are_wanted(quick(2)));
        let _rest: Vec<_> = (2..=4)
            .filter_map(|account| slots.try_take(quick(account)))
            .collect();
        assert!(!slots.are_wanted(quick(2)));
        let _last = slots.try_take(quick(5));
        assert!(slots.are_wanted(quick(2)), "all are in use");
    }

    #[test]
    fn who_does_not_wait_any_more_gets_no_slot() {
        let slots = Slots::new(1);
        let only = slots.try_take(quick(1));
        let mut gone = Box::pin(slots.take(quick(2)));
        assert!(gone.as_mut().now_or_never().is_none());
        drop(gone);
        drop(only);
        assert_eq!(slots.in_use(), 0);
        assert!(slots.try_take(quick(3)).is_some());
    }

    #[test]
    fn idle_connections_may_stay_while_a_quarter_is_in_use() {
        let slots = Slots::new(8);
        let two: Vec<_> = (0..2).map(|_| slots.try_take(quick(1))).collect();
        assert!(slots.allow_idle());
        let third = slots.try_take(quick(1));
        assert!(third.is_some() && !slots.allow_idle());
        drop(two);
    }
}
