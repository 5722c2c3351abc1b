//! The status of a conversation, and how it changes.

use crate::code::coded;

coded! {
    /// The status of a conversation.
    pub enum Status {
        /// No agent has answered, and no request named a status.
        New = "new",
        /// In progress.
        Open = "open",
        /// Waiting for something outside, such as a supplier.
        Pending = "pending",
        /// Done.
        Closed = "closed",
        /// Unwanted.
        Spam = "spam",
    }
}

impl Status {
    /// Whether an API that knows no spam shows it as closed. Such a conversation does not wait for a response.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Closed | Self::Spam)
    }

    /// Returns the four statuses that Help Scout distinguishes, as an index: 0 active, 1 pending, 2 closed, 3 spam.
    #[must_use]
    pub const fn phase(self) -> i64 {
        match self {
            Self::New | Self::Open => 0,
            Self::Pending => 1,
            Self::Closed => 2,
            Self::Spam => 3,
        }
    }

    /// Returns the status after a live contact: `new` and `open` stay, every other becomes `open`.
    #[must_use]
    pub const fn reopened(self) -> Self {
        match self {
            Self::New => Self::New,
            Self::Open | Self::Pending | Self::Closed | Self::Spam => Self::Open,
        }
    }
}

/// What a request does to the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusWish {
    /// Keeps the status.
    Keep,
    /// The request names no status, but this kind of message reopens.
    Reopen,
    /// Sets exactly this status.
    Set(Status),
    /// A coarse stage (Magicline). Differs from `Set` in one case: the stage `closed` does not change spam.
    Stage(Status),
}

impl StatusWish {
    /// Returns the new status.
    #[must_use]
    pub const fn apply(self, current: Status) -> Status {
        match (self, current) {
            (Self::Keep, _) | (Self::Stage(Status::Closed), Status::Spam) => current,
            (Self::Reopen, _) => current.reopened(),
            (Self::Set(status) | Self::Stage(status), _) => status,
        }
    }
}

/// A change of status, for the event and the message that caused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// The old status.
    pub from: Status,
    /// The new status.
    pub to: Status,
}
