//! What can go wrong in the store, named by meaning and never by source library.

use heddle_domain::conversation::Lock;
use heddle_domain::id::CustomerId;

use crate::counted::Reserve;

/// The kinds of thing that can be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    /// An account.
    Account,
    /// An inbox.
    Inbox,
    /// An agent.
    Agent,
    /// A customer; the number is its place among those that the command names, in the order in which it names them.
    Customer(usize),
    /// An address of a customer.
    Address,
    /// A conversation; the number is the position in the command's list (0 where there is only one).
    Conversation(usize),
    /// A message.
    Message,
    /// A credential.
    Credential,
    /// A Mews client application.
    Application,
    /// A webhook.
    Webhook,
    /// A delivery of a webhook.
    Delivery,
}

/// Every outcome of a command or read that is not its result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It does not exist, or not for this caller: the two are never told apart.
    #[error("{0:?} not found")]
    NotFound(Entity),
    /// The conversation takes no more threads.
    #[error("conversation locked: {0:?}")]
    Locked(Lock),
    /// A value that only the store can judge is wrong.
    #[error("{field}: {reason}")]
    Invalid {
        /// Heddle's name of the field.
        field: &'static str,
        /// What is wrong, in English.
        reason: String,
    },
    /// It exists already.
    #[error("{0} exists already")]
    Conflict(&'static str),
    /// The customer was merged into this one, which is to be named instead.
    #[error("merged into customer {0}")]
    MergedCustomer(CustomerId),
    /// Everything known of the customer was erased.
    #[error("the customer was erased")]
    ErasedCustomer,
    /// The caller may not do this to that entity, although it may see it.
    #[error("not allowed")]
    Forbidden,
    /// It was changed since the version that the caller has seen.
    #[error("changed since")]
    Stale,
    /// The queue is full or the write log too long: nothing was written, try again later.
    #[error("overloaded: {0}")]
    Overloaded(&'static str),
    /// It waited or ran too long: nothing was written.
    #[error("timed out: {0}")]
    TimedOut(&'static str),
    /// The disk is full: nothing was written.
    #[error("disk full")]
    DiskFull,
    /// The answer to a COMMIT is missing or bad: the write may have happened or not.
    #[error("outcome unknown: {0}")]
    Unavailable(String),
    /// A fault of ours or of the engine: nothing was written.
    #[error("internal: {0}")]
    Internal(String),
    /// The command must run again from its start (another writer won a race). Never leaves the drivers.
    #[error("start over")]
    StartOver,
    /// The reserved ids are used up; the command runs again once there are more. Never leaves the drivers.
    #[error("ids must be reserved: {0:?}")]
    Reserve(Reserve),
}

/// The store's result.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Whether it is the command's own answer to what it found: nothing is wrong with the store, and running it again
    /// would end the same.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        match self {
            Self::NotFound(_)
            | Self::Locked(_)
            | Self::Invalid { .. }
            | Self::Conflict(_)
            | Self::Forbidden
            | Self::Stale
            | Self::MergedCustomer(_)
            | Self::ErasedCustomer => true,
            Self::Overloaded(_)
            | Self::TimedOut(_)
            | Self::DiskFull
            | Self::Unavailable(_)
            | Self::Internal(_)
            | Self::StartOver
            | Self::Reserve(_) => false,
        }
    }
}
