//! What can go wrong in the store, named by meaning and never by source library.

use heddle_domain::conversation::Lock;
use heddle_domain::id::CustomerId;

/// The kinds of thing that can be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    /// An account.
    Account,
    /// An inbox.
    Inbox,
    /// An agent.
    Agent,
    /// A customer; the number is the position in the command's list of customers.
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
    /// More entities must be made than ids were reserved for. Never leaves the store.
    #[error("short of reserved ids")]
    ShortOfIds,
    /// The reserved range of time-ordered ids is used up to this millisecond. Never leaves the drivers.
    #[error("id reservation must reach {0}")]
    Reserve(i64),
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
            | Self::ShortOfIds
            | Self::Reserve(_) => false,
        }
    }
}
