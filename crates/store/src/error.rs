//! The errors of the store: a refusal (the answer of a command or read), or trouble (a failure of the store itself).

use std::fmt;

use heddle_domain::conversation::Lock;
use heddle_domain::id::{ConversationId, CustomerId};

use crate::counted::Reserve;

/// The kind of entity that a command or read did not find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    /// An account.
    Account,
    /// An inbox.
    Inbox,
    /// An agent.
    Agent,
    /// A customer; the number is its index among the customers that the command names.
    Customer(usize),
    /// An address of a customer.
    Address,
    /// A conversation; the number is its index in the command's list (0 if there is only one).
    Conversation(usize),
    /// A message.
    Message,
    /// An attachment of a message.
    Attachment,
    /// A custom field of an inbox.
    CustomField,
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
            Self::Attachment => "attachment",
            Self::CustomField => "custom field",
            Self::Credential => "credential",
            Self::Application => "application",
            Self::Webhook => "webhook",
            Self::Delivery => "delivery",
        })
    }
}

/// The refusal of a command or read. The store works and nothing was written; running the command again would give the
/// same refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The entity does not exist, or the caller may not see it. Both give the same error.
    #[error("there is no such {0}")]
    NotFound(Entity),
    /// The conversation accepts no more threads, because of this limit.
    #[error("conversation locked: {0:?}")]
    Locked(Lock),
    /// A field is invalid by a rule that only the store can check.
    #[error("{field}: {reason}")]
    Invalid {
        /// Name of the field in Heddle.
        field: &'static str,
        /// What is wrong, in English.
        reason: String,
    },
    /// The entity exists already.
    #[error("{0} exists already")]
    Conflict(&'static str),
    /// The conversation was merged into another, which the caller may use.
    #[error("merged into conversation {survivor}")]
    MergedConversation {
        /// The index of the merged conversation in the command's list (0 if there is only one).
        at: usize,
        /// The conversation that the request must name instead.
        survivor: ConversationId,
    },
    /// The customer was merged into this one; the request must name this one instead.
    #[error("merged into customer {0}")]
    MergedCustomer(CustomerId),
    /// The customer was erased.
    #[error("the customer was erased")]
    ErasedCustomer,
    /// The caller may see the entity, but may not do this with it.
    #[error("not allowed")]
    Forbidden,
    /// The entity was changed since the version that the caller named.
    #[error("changed since")]
    Stale,
}

impl Refusal {
    /// Returns a short name of the refusal, without data.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::Locked(_) => "locked",
            Self::Invalid { .. } => "invalid",
            Self::Conflict(_) => "conflict",
            Self::MergedConversation { .. } => "merged_conversation",
            Self::MergedCustomer(_) => "merged_customer",
            Self::ErasedCustomer => "erased_customer",
            Self::Forbidden => "forbidden",
            Self::Stale => "stale",
        }
    }

    /// Creates the refusal of an invalid field.
    pub(crate) fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::Invalid { field, reason }
    }
}

/// A failure of the store. Nothing was written, except perhaps with [`Trouble::UnknownOutcome`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The queue is full, or the write-ahead log is too long. The caller can try again later.
    #[error("overloaded: {0}")]
    Overloaded(&'static str),
    /// The command or read waited or ran too long.
    #[error("timed out: {0}")]
    TimedOut(&'static str),
    /// The disk is full.
    #[error("disk full")]
    DiskFull,
    /// The clock contradicts the store, or shows a time that no id can hold.
    #[error("{0}")]
    WrongClock(String),
    /// The write-ahead log of the SQLite database is missing, so the latest writes may be lost.
    #[error("{0}")]
    LogMissing(String),
    /// The PostgreSQL server cannot be reached. The caller can try again later.
    #[error("the database cannot be reached")]
    Unreachable,
    /// The store of the attachments (S3) cannot be reached, or refuses. The caller can try again later.
    #[error("the attachments cannot be reached: {0}")]
    Objects(String),
    /// The answer to a COMMIT is missing or bad, or the store has stopped writing after such an answer. So the write
    /// may have happened or not.
    #[error("outcome unknown: {0}")]
    UnknownOutcome(String),
    /// The database engine failed, for a reason that can pass, such as a failed read of the disk.
    #[error("the database failed: {0}")]
    Engine(String),
    /// A bug, or a row that cannot be understood.
    #[error("internal: {0}")]
    Internal(String),
}

impl Trouble {
    /// Returns a short name of the failure, without data.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Overloaded(_) => "overloaded",
            Self::TimedOut(_) => "timed_out",
            Self::DiskFull => "disk_full",
            Self::WrongClock(_) => "wrong_clock",
            Self::LogMissing(_) => "log_missing",
            Self::Unreachable => "unreachable",
            Self::Objects(_) => "objects",
            Self::UnknownOutcome(_) => "unknown_outcome",
            Self::Engine(_) => "engine",
            Self::Internal(_) => "internal",
        }
    }

    /// Whether the command may have written although it failed. Then rows may refer to files that belong to it.
    #[must_use]
    pub const fn may_have_written(&self) -> bool {
        match self {
            Self::UnknownOutcome(_) => true,
            Self::Overloaded(_)
            | Self::TimedOut(_)
            | Self::DiskFull
            | Self::WrongClock(_)
            | Self::LogMissing(_)
            | Self::Unreachable
            | Self::Objects(_)
            | Self::Engine(_)
            | Self::Internal(_) => false,
        }
    }
}

/// The error that callers of the store get.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The command or read refused to do its work.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

impl Error {
    /// Whether the command may have written although it failed.
    #[must_use]
    pub const fn may_have_written(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::Trouble(trouble) => trouble.may_have_written(),
        }
    }
}

/// Why one run of a command or read ended without a result. The engine passes the first two variants on to the caller.
/// After the other variants the engine runs the command again, so no caller of the store gets them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Abort {
    /// The command or read refused to do its work.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Trouble(#[from] Trouble),
    /// Another writer won a race, or the connection was lost: the command must run again from its start.
    #[error("it must run again")]
    StartOver,
    /// The reserved ids are used up: the command must run again after more are reserved.
    #[error("it needs more ids: {0:?}")]
    Reserve(Reserve),
}

/// The result of a part of a command or read; `Result<T, Error>` is the result for callers of the store.
pub type Result<T, E = Abort> = std::result::Result<T, E>;

/// Converts to the caller's error after the engine has stopped running the command again.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unknown_outcome_leaves_the_write_in_doubt() {
        for (trouble, expected) in [
            (Trouble::Overloaded("queue"), false),
            (Trouble::TimedOut("read"), false),
            (Trouble::DiskFull, false),
            (Trouble::Internal("bug".into()), false),
            (Trouble::UnknownOutcome("COMMIT".into()), true),
        ] {
            assert_eq!(Error::from(trouble).may_have_written(), expected);
        }
        assert!(!Error::from(Refusal::Stale).may_have_written());
    }
}
