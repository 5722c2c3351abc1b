//! The ids that one transaction takes from its node's reservation.

use std::sync::Arc;

use heddle_domain::EntityKind;
use heddle_domain::id::{AccountId, EventId};

use super::blocks::Counter;
use super::node::NodeIds;
use crate::counted::Reserve;
use crate::error::{Abort, Result};
use crate::ids::TimeIds;

/// The ids that a transaction has taken.
pub(crate) struct PostgresIds {
    node: Arc<NodeIds>,
    numbers: Vec<(Counter, i64)>,
    event: Option<(AccountId, EventId)>,
}

impl PostgresIds {
    pub(super) fn new(node: Arc<NodeIds>) -> Self {
        Self {
            node,
            numbers: Vec::new(),
            event: None,
        }
    }

    pub(crate) fn times<R>(&self, work: impl FnOnce(&mut TimeIds) -> R) -> R {
        self.node.with(work)
    }

    pub(crate) fn next_small(&mut self, account: AccountId, kind: EntityKind) -> Result<i64> {
        let counter = (account, kind);
        let Some(number) = self.node.blocks().take(counter) else {
            // Asks for twice as many ids as the transaction has taken, so that a large command needs few repetitions.
            let taken = self.numbers.iter().filter(|(of, _)| *of == counter).count();
            return Err(Abort::Reserve(Reserve::Numbers {
                account,
                kind,
                wanted: 2 * taken as i64 + 1,
            }));
        };
        self.numbers.push((counter, number));
        Ok(number)
    }

    pub(crate) fn note_event(&mut self, account: AccountId, event: EventId) {
        self.event = Some((account, event));
    }

    /// Returns one of the events that the transaction writes; `None` if it writes no event. The event exists in the
    /// database if and only if the transaction was committed.
    pub(super) fn event(&self) -> Option<(AccountId, EventId)> {
        self.event
    }

    /// Makes the transaction's small ids free again, after a rollback.
    pub(super) fn give_back(self) {
        for (counter, number) in self.numbers {
            self.node.blocks().give_back(counter, number);
        }
    }
}
