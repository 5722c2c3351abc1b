//! Why there is no result: the command's own refusal, or trouble of the store. Named by meaning and never by source library.

use std::fmt;

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
    /// A client application.
    Application,
    /// A webhook.
    Webhook,
    /// A delivery of a webhook.
    Delivery,
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "account",
            Self::Inbox => "inbox",
            Self::Agent => "agent",
            Self::Customer(_) => "customer",
            Self::Address => "address",
            Self::Conversation(_) => "conversation",
            Self::Message => "message",
            Self::Credential => "credential",
            Self::Application => "application",
            Self::Webhook => "webhook",
            Self::Delivery => "delivery",
        })
    }
}

/// What a command or read answers if it cannot do what was asked: nothing is wrong with the store, nothing was written,
/// and running it again would end the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It does not exist, or not for this caller: the two are never told apart.
    #[error("there is no such {0}")]
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
}

/// What can be wrong with the store itself. Nothing was written, except perhaps with [`Trouble::UnknownOutcome`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The queue is full or the write log too long: try again later.
    #[error("overloaded: {0}")]
    Overloaded(&'static str),
    /// It waited or ran too long.
    #[error("timed out: {0}")]
    TimedOut(&'static str),
    /// The disk is full.
    #[error("disk full")]
    DiskFull,
    /// The answer to a COMMIT is missing or bad, or the store has stopped writing since one was: the write may have
    /// happened or not.
    #[error("outcome unknown: {0}")]
    UnknownOutcome(String),
    /// A fault of ours or of the engine.
    #[error("internal: {0}")]
    Internal(String),
}

/// What the store answers instead of a result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The command's or read's own answer.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store could not do it.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Why a run of a command or read ended without a result. An engine answers the first two; the others tell it to run
/// the command again, and no caller of the store sees them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Abort {
    /// Its own answer.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store could not do it.
    #[error(transparent)]
    Trouble(#[from] Trouble),
    /// Another writer won a race, or the connection was lost: it must run again from its start.
    #[error("it must run again")]
    StartOver,
    /// The reserved ids are used up: it must run again once there are more.
    #[error("it needs more ids: {0:?}")]
    Reserve(Reserve),
}

/// The result of a part of a command or read, and with [`Error`] the store's own.
pub type Result<T, E = Abort> = std::result::Result<T, E>;

/// What the caller is told when the engine gives up.
impl From<Abort> for Error {
    fn from(abort: Abort) -> Self {
        let trouble = match abort {
            Abort::Refused(refusal) => return Self::Refused(refusal),
            Abort::Trouble(trouble) => trouble,
            Abort::StartOver => Trouble::Overloaded("the connection to the database was lost"),
            Abort::Reserve(_) => Trouble::Internal("ids could not be reserved".to_owned()),
        };
        Self::Trouble(trouble)
    }
}
