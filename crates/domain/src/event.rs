//! Events: one row per committed change. Webhooks and every other follow-up work read them (`store.md` section 2).

use std::net::IpAddr;

use crate::code::coded;
use crate::entity::EntityKind;
use crate::id::{AgentId, CredentialId};

coded! {
    /// Which change an event records.
    pub enum EventKind {
        /// An account was created.
        AccountCreated = "account.created",
        /// Name or settings of an account changed.
        AccountUpdated = "account.updated",
        /// Old conversations were erased by the retention rules of the account; the detail says how much.
        RetentionApplied = "account.retention_applied",
        /// An inbox was created.
        InboxCreated = "inbox.created",
        /// Name, default agent, custom fields or profile of an inbox changed.
        InboxUpdated = "inbox.updated",
        /// An inbox was removed; the detail says what happens to its conversations.
        InboxRemoved = "inbox.removed",
        /// An agent was created.
        AgentCreated = "agent.created",
        /// Name, address or password of an agent changed, or name or members of a team.
        AgentUpdated = "agent.updated",
        /// An agent allowed an app to act for them; the detail names the app.
        AgentConsented = "agent.consented",
        /// A customer was created.
        CustomerCreated = "customer.created",
        /// A customer's profile or addresses changed.
        CustomerUpdated = "customer.updated",
        /// A customer was merged into another.
        CustomerMerged = "customer.merged",
        /// All data of a customer was erased.
        CustomerErased = "customer.erased",
        /// A Mews client application was created.
        ApplicationCreated = "application.created",
        /// A credential was created.
        CredentialCreated = "credential.created",
        /// Name, scopes, inboxes or redirect URL of a credential changed.
        CredentialUpdated = "credential.updated",
        /// A credential was revoked.
        CredentialRevoked = "credential.revoked",
        /// A conversation was created, together with its first messages if it has any.
        ConversationCreated = "conversation.created",
        /// Status, archive flag, assignee, inbox, ticket, subject, tags or custom fields changed without a new
        /// message.
        ConversationUpdated = "conversation.updated",
        /// A conversation was merged into another.
        ConversationMerged = "conversation.merged",
        /// Messages of a conversation were moved to a new one.
        ConversationSplit = "conversation.split",
        /// A conversation was deleted: no API shows it any more. An administrator can restore it.
        ConversationDeleted = "conversation.deleted",
        /// A deleted conversation was restored.
        ConversationRestored = "conversation.restored",
        /// A conversation left the inboxes of a reader: it was moved, or merged into a conversation elsewhere. Never
        /// stored: it is derived, for readers that are limited to some inboxes, from the event of the move or merge.
        ConversationLeft = "conversation.left",
        /// A message was added; the event's detail names the changes that the message made to the conversation.
        MessageAdded = "message.added",
        /// The text of a message changed, a draft was published, a message was hidden or shown again, or a file was added to it
        /// or removed from it.
        MessageUpdated = "message.updated",
        /// A tag was created.
        TagCreated = "tag.created",
        /// A webhook was created.
        WebhookCreated = "webhook.created",
        /// A webhook was changed; its secret may have been rotated.
        WebhookUpdated = "webhook.updated",
        /// A webhook was disabled by its policy; the detail gives the reason.
        WebhookDisabled = "webhook.disabled",
        /// A webhook was deleted.
        WebhookDeleted = "webhook.deleted",
        /// A replay of a webhook's deliveries was requested.
        WebhookReplayed = "webhook.replayed",
        /// No change: this event proves that a command whose COMMIT answer was lost was not committed (`store.md` 4).
        /// Readers skip it.
        Void = "void",
    }
}

impl EventKind {
    /// Returns the kind of the entity that changed; `None` for [`Self::Void`].
    #[must_use]
    pub const fn entity_kind(self) -> Option<EntityKind> {
        Some(match self {
            Self::AccountCreated | Self::AccountUpdated | Self::RetentionApplied => {
                EntityKind::Account
            }
            Self::InboxCreated | Self::InboxUpdated | Self::InboxRemoved => EntityKind::Inbox,
            Self::AgentCreated | Self::AgentUpdated | Self::AgentConsented => EntityKind::Agent,
            Self::CustomerCreated
            | Self::CustomerUpdated
            | Self::CustomerMerged
            | Self::CustomerErased => EntityKind::Customer,
            Self::ApplicationCreated => EntityKind::Application,
            Self::CredentialCreated | Self::CredentialUpdated | Self::CredentialRevoked => {
                EntityKind::Credential
            }
            Self::ConversationCreated
            | Self::ConversationUpdated
            | Self::ConversationMerged
            | Self::ConversationSplit
            | Self::ConversationDeleted
            | Self::ConversationRestored
            | Self::ConversationLeft => EntityKind::Conversation,
            Self::MessageAdded | Self::MessageUpdated => EntityKind::Message,
            Self::TagCreated => EntityKind::Tag,
            Self::WebhookCreated
            | Self::WebhookUpdated
            | Self::WebhookDisabled
            | Self::WebhookDeleted
            | Self::WebhookReplayed => EntityKind::Webhook,
            Self::Void => return None,
        })
    }
}

/// Who caused a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The API that the change came through; `None` for the command line.
    pub api: Option<String>,
    /// The credential of the request.
    pub credential: Option<CredentialId>,
    /// The agent who acted, if known.
    pub agent: Option<AgentId>,
    /// The client's address, if the request came over a network.
    pub address: Option<IpAddr>,
}

impl Actor {
    /// The operator, who uses the command line: no API, credential, agent or address.
    pub const OPERATOR: Self = Self {
        api: None,
        credential: None,
        agent: None,
        address: None,
    };
}
