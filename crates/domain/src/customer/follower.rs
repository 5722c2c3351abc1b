//! Followers: agents who wish to know what happens with a customer in an inbox. Nobody is notified yet; the list says who
//! would be.

use serde::{Deserialize, Serialize};

use crate::id::{AgentId, InboxId};

/// The maximum number of followers that changes may give a customer in an inbox. A merge may leave more.
pub const MOST_FOLLOWERS: usize = 200;
/// The maximum number of followers that a customer may have in all inboxes.
pub const MOST_MERGED_FOLLOWERS: usize = 1_000;

/// An agent who follows a customer in an inbox. At least one of both flags is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follower {
    /// The inbox.
    pub inbox: InboxId,
    /// The agent.
    pub agent: AgentId,
    /// Whether the agent follows internal notes.
    pub notes: bool,
    /// Whether the agent follows messages to and from the customer.
    pub messages: bool,
}

impl Follower {
    /// Returns what distinguishes a follower from the customer's others.
    #[must_use]
    pub const fn key(&self) -> (InboxId, AgentId) {
        (self.inbox, self.agent)
    }
}

/// A change of what an agent follows. `None` leaves a flag as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowerChange {
    /// The inbox.
    pub inbox: InboxId,
    /// The agent.
    pub agent: AgentId,
    /// Whether the agent shall follow internal notes.
    pub notes: Option<bool>,
    /// Whether the agent shall follow messages to and from the customer.
    pub messages: Option<bool>,
}

impl FollowerChange {
    /// Applies the change to a list that is sorted by [`Follower::key`]. An agent who follows nothing any more leaves the list.
    pub fn apply(&self, list: &mut Vec<Follower>) {
        let key = (self.inbox, self.agent);
        let place = list.binary_search_by_key(&key, Follower::key);
        let before = place.ok().map(|at| list[at]);
        let after = Follower {
            inbox: self.inbox,
            agent: self.agent,
            notes: self.notes.unwrap_or(before.is_some_and(|it| it.notes)),
            messages: self
                .messages
                .unwrap_or(before.is_some_and(|it| it.messages)),
        };
        match (place, after.notes || after.messages) {
            (Ok(at), true) => list[at] = after,
            (Ok(at), false) => drop(list.remove(at)),
            (Err(at), true) => list.insert(at, after),
            (Err(_), false) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(agent: i64, notes: Option<bool>, messages: Option<bool>) -> FollowerChange {
        FollowerChange {
            inbox: InboxId(1),
            agent: AgentId(agent),
            notes,
            messages,
        }
    }

    #[test]
    fn changes_keep_the_list_sorted_and_without_idle_followers() {
        let mut list = Vec::new();
        for (agent, notes, messages) in [
            (2, Some(true), None),
            (1, None, Some(true)),
            (2, None, Some(true)),
            (2, Some(false), None),
            (3, Some(false), None),
            (1, None, Some(false)),
        ] {
            change(agent, notes, messages).apply(&mut list);
            assert!(list.is_sorted_by_key(Follower::key), "{list:?}");
        }
        let [left] = list[..] else {
            panic!("{list:?}");
        };
        assert_eq!(
            (left.agent, left.notes, left.messages),
            (AgentId(2), false, true)
        );
    }
}
