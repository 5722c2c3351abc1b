//! The position at which a page of a list begins.

use heddle_domain::Timestamp;
use heddle_domain::conversation::Conversation;

/// A position in a list: the time by which the list is sorted, and an id. The page begins after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The time by which the list is sorted.
    pub at: Timestamp,
    /// Id of the entity.
    pub id: i64,
}

impl Position {
    /// The start of a list with the oldest entity first.
    pub const OLDEST: Self = Self {
        at: Timestamp(i64::MIN),
        id: i64::MIN,
    };
    /// The start of a list with the newest entity first.
    pub const NEWEST: Self = Self {
        at: Timestamp(i64::MAX),
        id: i64::MAX,
    };

    /// Returns the position from which a page contains everything recorded earlier than `instant`.
    #[must_use]
    pub const fn before(instant: Timestamp) -> Self {
        Self { at: instant, id: 0 }
    }

    /// Returns the position of a conversation in a list by recorded time.
    #[must_use]
    pub const fn of(conversation: &Conversation) -> Self {
        Self {
            at: conversation.created_at,
            id: conversation.id.get(),
        }
    }
}
