//! The status of a conversation, and how it changes.

use crate::code::coded;

coded! {
    /// The status of a conversation.
    pub enum Status {
        /// New: no agent has replied, and no request named a status.
        New = "new",
        /// In progress.
        Open = "open",
        /// Waiting for something outside, such as a supplier.
        Pending = "pending",
        /// Done: nothing more is to do.
        Closed = "closed",
        /// Unwanted, such as advertising.
        Spam = "spam",
    }
}

impl Status {
    /// Whether an API without a spam status shows this status as closed. A conversation with such a status does not
    /// wait for a response.
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

    /// Returns the status after a live contact: `new` and `open` stay, every other status becomes `open`.
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
    /// The request keeps the status.
    Keep,
    /// The request names no status, but a message of this kind reopens the conversation.
    Reopen,
    /// The request sets exactly this status.
    Set(Status),
    /// The request names a coarse stage (Magicline). It differs from `Set` in one case: the stage `closed` does not
    /// change spam.
    Stage(Status),
}

impl StatusWish {
    /// Returns the word that the store keeps with a draft.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Reopen => "reopen",
            Self::Set(status) | Self::Stage(status) => status.as_str(),
        }
    }

    /// Returns the wish for a stored word; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "keep" => Some(Self::Keep),
            "reopen" => Some(Self::Reopen),
            status => Status::parse(status).map(Self::Set),
        }
    }

    /// Returns the status that a conversation with the status `current` has after the request.
    #[must_use]
    pub const fn apply(self, current: Status) -> Status {
        match (self, current) {
            (Self::Keep, _) | (Self::Stage(Status::Closed), Status::Spam) => current,
            (Self::Reopen, _) => current.reopened(),
            (Self::Set(status) | Self::Stage(status), _) => status,
        }
    }
}

/// A change of status. The event and the message that caused it record the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// Status before the change.
    pub from: Status,
    /// Status after the change.
    pub to: Status,
}
