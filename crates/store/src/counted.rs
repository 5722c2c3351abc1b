//! The entities with small ids, and the reservations that a command may need before it can run.

use heddle_domain::Timestamp;
use heddle_domain::id::AccountId;

/// An entity with small ids: numbers that count up from 1 per account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Accounts. Their ids are counted under account 0.
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
    /// All variants.
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

    /// Returns the word that the database stores.
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

/// The ids that a driver must reserve before a command can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserve {
    /// Time-ordered ids up to this time.
    Time(Timestamp),
    /// Small ids of one kind.
    Numbers {
        /// Account of the counter.
        account: AccountId,
        /// Kind of entity that the counter counts.
        kind: Counted,
        /// How many unused ids the command needs.
        wanted: i64,
    },
}
