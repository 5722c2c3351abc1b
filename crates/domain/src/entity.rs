//! The kinds of entity, such as inbox, customer and webhook.

/// A kind of entity: something that has small ids, public ids or events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum EntityKind {
    Account,
    Inbox,
    Agent,
    Customer,
    Credential,
    /// A client application, to which several credentials can belong.
    Application,
    Conversation,
    Message,
    Attachment,
    Tag,
    /// A custom field that an inbox defines, or an option of one.
    CustomField,
    Webhook,
}

impl EntityKind {
    /// Returns the word that the database stores.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Inbox => "inbox",
            Self::Agent => "agent",
            Self::Customer => "customer",
            Self::Credential => "credential",
            Self::Application => "application",
            Self::Conversation => "conversation",
            Self::Message => "message",
            Self::Attachment => "attachment",
            Self::Tag => "tag",
            Self::CustomField => "custom_field",
            Self::Webhook => "webhook",
        }
    }
}
