//! The sort orders of a list, and the place of a conversation in them.

use std::cmp::Ordering;

use crate::rows::entry::Facts;

/// A sort order; equal values are sorted by id, in the direction of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// By the start of the conversation.
    Started,
    /// By the last change.
    Changed,
    /// By number.
    Number,
    /// By inbox, then by number.
    Inbox,
    /// By status, in the order active, closed, pending, spam, then by number.
    Status,
    /// By the time since which the customer waits. Conversations without such a time come last in both directions.
    Waiting,
    /// By the first 200 characters of the subject, without regard to case.
    Subject,
    /// By the first 200 characters of the customer's first and last name, without regard to case.
    CustomerName,
    /// By the customer's first e-mail address, without regard to case.
    CustomerEmail,
}

impl Sort {
    /// Whether an index has the conversations in this order.
    pub(super) const fn has_index(self) -> bool {
        matches!(
            self,
            Self::Started | Self::Changed | Self::Number | Self::Inbox | Self::Status
        )
    }

    /// Whether texts decide the order.
    pub(super) const fn is_by_text(self) -> bool {
        matches!(
            self,
            Self::Subject | Self::CustomerName | Self::CustomerEmail
        )
    }

    /// Returns the place of a conversation, with the text that the order asks for.
    pub(super) fn place(self, of: &Facts, text: String, descending: bool) -> Place {
        let (rank, at) = match self {
            Self::Started => (0, of.started_at.0),
            Self::Changed => (0, of.updated_at.0),
            Self::Number => (0, of.number),
            Self::Inbox => (of.inbox.get(), of.number),
            Self::Status => (rank_of_phase(of.phase), of.number),
            Self::Waiting => {
                let waits = of.waiting_since.is_some();
                (
                    i64::from(waits == descending),
                    of.waiting_since.map_or(0, |at| at.0),
                )
            }
            Self::Subject | Self::CustomerName | Self::CustomerEmail => (0, 0),
        };
        Place {
            rank,
            at,
            text,
            id: of.id,
        }
    }
}

/// Returns the place of a phase among the words active, closed, pending and spam.
pub(super) const fn rank_of_phase(phase: i64) -> i64 {
    match phase {
        0 => 0,
        2 => 1,
        1 => 2,
        _ => 3,
    }
}

/// The place of a conversation in a list. A page begins after it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The inbox or the place of the status, if the list is sorted by it.
    pub rank: i64,
    /// The time or number by which the list is sorted.
    pub at: i64,
    /// The beginning of the text by which the list is sorted. It is part of the place, so that a page begins at the same text
    /// when the conversation has another one by then.
    pub text: String,
    /// Id of the conversation.
    pub id: i64,
}

impl Place {
    /// Compares two places in the direction of the list.
    pub(super) fn compare(&self, other: &Self, descending: bool) -> Ordering {
        match descending {
            true => other.cmp(self),
            false => self.cmp(other),
        }
    }
}
