//! What is counted in small numbers, and what the drivers must reserve before a command can run.

use heddle_domain::Timestamp;
use heddle_domain::id::AccountId;

/// What is counted in small numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Accounts (counted under account 0).
    Account,
    /// Inboxes.
    Inbox,
    /// Agents.
    Agent,
    /// Customers.
    Customer,
    /// Conversations.
    Conversation,
    /// Attachments.
    Attachment,
    /// Credentials.
    Credential,
    /// Mews applications.
    Application,
    /// Tags.
    Tag,
    /// Webhooks.
    Webhook,
}

impl Counted {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Account,
        Self::Inbox,
        Self::Agent,
        Self::Customer,
        Self::Conversation,
        Self::Attachment,
        Self::Credential,
        Self::Application,
        Self::Tag,
        Self::Webhook,
    ];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Inbox => "inbox",
            Self::Agent => "agent",
            Self::Customer => "customer",
            Self::Conversation => "conversation",
            Self::Attachment => "attachment",
            Self::Credential => "credential",
            Self::Application => "application",
            Self::Tag => "tag",
            Self::Webhook => "webhook",
        }
    }
}

/// Ids that must be reserved before a command can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserve {
    /// Time-ordered ids up to this time.
    Time(Timestamp),
    /// Small numbers.
    Numbers {
        /// Of this account.
        account: AccountId,
        /// Of this kind.
        kind: Counted,
        /// How many must be free.
        wanted: i64,
    },
}
