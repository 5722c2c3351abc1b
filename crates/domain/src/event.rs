//! Events: one row per committed change, the source of everything that follows a change (`store.md` section 2).

use std::net::IpAddr;

use crate::code::coded;
use crate::id::{AgentId, CredentialId};

coded! {
    /// What changed.
    pub enum EventKind {
        /// An account came to be.
        AccountCreated = "account.created",
        /// Name or settings of an account changed.
        AccountUpdated = "account.updated",
        /// An inbox came to be.
        InboxCreated = "inbox.created",
        /// Name or default agent of an inbox changed.
        InboxUpdated = "inbox.updated",
        /// An agent came to be.
        AgentCreated = "agent.created",
        /// Name or address of an agent changed.
        AgentUpdated = "agent.updated",
        /// A customer came to be.
        CustomerCreated = "customer.created",
        /// What is known of a customer changed, its addresses included.
        CustomerUpdated = "customer.updated",
        /// A customer was merged into another.
        CustomerMerged = "customer.merged",
        /// Everything known of a customer was erased.
        CustomerErased = "customer.erased",
        /// A credential came to be.
        CredentialCreated = "credential.created",
        /// Name, scopes or inboxes of a credential changed.
        CredentialUpdated = "credential.updated",
        /// A credential was revoked.
        CredentialRevoked = "credential.revoked",
        /// A conversation came to be, with its first messages if it has any.
        ConversationCreated = "conversation.created",
        /// Status, archive flag, assignee, inbox, ticket, subject, tags or custom fields changed without a message.
        ConversationUpdated = "conversation.updated",
        /// A conversation was merged into another.
        ConversationMerged = "conversation.merged",
        /// Messages of a conversation were moved to a new one.
        ConversationSplit = "conversation.split",
        /// A message was added; the detail names what it changed on its conversation.
        MessageAdded = "message.added",
        /// A message changed: its text, or a draft was published.
        MessageUpdated = "message.updated",
        /// A tag came to be.
        TagCreated = "tag.created",
        /// A webhook came to be.
        WebhookCreated = "webhook.created",
        /// A webhook changed; its secret may have been rotated.
        WebhookUpdated = "webhook.updated",
        /// A webhook was switched off by its policy; the detail says why.
        WebhookDisabled = "webhook.disabled",
        /// A webhook was deleted.
        WebhookDeleted = "webhook.deleted",
        /// Deliveries of a webhook were asked for again.
        WebhookReplayed = "webhook.replayed",
        /// Nothing: it settles that a command whose COMMIT was lost never happened (`store.md` 4). Readers pass over it.
        Void = "void",
    }
}

/// Who caused a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The name of the API it came through; `None` for the command line.
    pub api: Option<String>,
    /// The credential that was used.
    pub credential: Option<CredentialId>,
    /// The agent who acted, if one is known.
    pub agent: Option<AgentId>,
    /// The address that the request came from, if it came over a network.
    pub address: Option<IpAddr>,
}

impl Actor {
    /// The operator at the command line.
    pub const OPERATOR: Self = Self {
        api: None,
        credential: None,
        agent: None,
        address: None,
    };
}
