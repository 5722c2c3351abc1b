//! Accounts that wait for their turn.

use std::collections::{BTreeSet, VecDeque};

use heddle_domain::AccountId;

/// Accounts in the order in which they came, each once.
#[derive(Debug, Default)]
pub(super) struct Queue {
    order: VecDeque<AccountId>,
    members: BTreeSet<AccountId>,
}

impl Queue {
    /// Adds accounts at the end. An account that waits already keeps its place.
    pub(super) fn extend(&mut self, accounts: impl IntoIterator<Item = AccountId>) {
        for account in accounts {
            if self.members.insert(account) {
                self.order.push_back(account);
            }
        }
    }

    /// Removes and returns the first account that fulfils the condition.
    pub(super) fn take_first(&mut self, is_ready: impl Fn(AccountId) -> bool) -> Option<AccountId> {
        let at = self.order.iter().position(|account| is_ready(*account))?;
        let account = self.order.remove(at)?;
        self.members.remove(&account);
        Some(account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_come_in_their_order_and_once() {
        let mut queue = Queue::default();
        queue.extend([3, 1, 3, 2].map(AccountId));
        queue.extend([AccountId(1)]);
        assert_eq!(
            queue.take_first(|account| account != AccountId(3)),
            Some(AccountId(1))
        );
        queue.extend([AccountId(1)]);
        let rest: Vec<_> = std::iter::from_fn(|| queue.take_first(|_| true)).collect();
        assert_eq!(rest, [3, 2, 1].map(AccountId));
    }
}
