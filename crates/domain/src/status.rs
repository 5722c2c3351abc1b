//! Where a conversation stands, and how that changes.

use crate::code::coded;

coded! {
    /// Where a conversation stands.
    pub enum Status {
        /// Nobody has answered and no status was named.
        New = "new",
        /// In progress.
        Open = "open",
        /// Waiting for something outside.
        Pending = "pending",
        /// Done.
        Closed = "closed",
        /// Unwanted.
        Spam = "spam",
    }
}

impl Status {
    /// Closed for every purpose but its name: resolved, not waiting.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Closed | Self::Spam)
    }

    /// The four statuses that Help Scout tells apart, as a number to index by: active, pending, closed, spam.
    #[must_use]
    pub const fn phase(self) -> i64 {
        match self {
            Self::New | Self::Open => 0,
            Self::Pending => 1,
            Self::Closed => 2,
            Self::Spam => 3,
        }
    }

    /// A live contact arrived: `new` and `open` stay, everything else becomes `open`.
    #[must_use]
    pub const fn reopened(self) -> Self {
        match self {
            Self::New => Self::New,
            Self::Open | Self::Pending | Self::Closed | Self::Spam => Self::Open,
        }
    }
}

/// What a request wants of the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusWish {
    /// Leave it.
    Keep,
    /// None is named, but this sort of message reopens.
    Reopen,
    /// Exactly this one.
    Set(Status),
    /// A coarse stage (Magicline): closing leaves spam as it is.
    Stage(Status),
}

impl StatusWish {
    /// The status that results from `current`.
    #[must_use]
    pub const fn apply(self, current: Status) -> Status {
        match (self, current) {
            (Self::Keep, _) | (Self::Stage(Status::Closed), Status::Spam) => current,
            (Self::Reopen, _) => current.reopened(),
            (Self::Set(status) | Self::Stage(status), _) => status,
        }
    }
}

/// A change of status, for the event and for the message that caused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// Before.
    pub from: Status,
    /// After.
    pub to: Status,
}
