//! Events: one row per committed change, the source of everything that follows a change (`store.md` section 2).

use crate::code::coded;
use crate::id::{AgentId, CredentialId};

coded! {
    /// What changed.
    pub enum EventKind {
        /// An account came to be.
        AccountCreated = "account.created",
        /// Settings of an account changed.
        AccountUpdated = "account.updated",
        /// An inbox came to be.
        InboxCreated = "inbox.created",
        /// Name or default agent of an inbox changed.
        InboxUpdated = "inbox.updated",
        /// An agent came to be.
        AgentCreated = "agent.created",
        /// A customer came to be.
        CustomerCreated = "customer.created",
        /// A credential came to be.
        CredentialCreated = "credential.created",
        /// A credential was revoked.
        CredentialRevoked = "credential.revoked",
        /// A conversation came to be, with its first messages if it has any.
        ConversationCreated = "conversation.created",
        /// Status, archive flag, assignee, ticket or subject changed without a message.
        ConversationUpdated = "conversation.updated",
        /// A conversation was merged into another.
        ConversationMerged = "conversation.merged",
        /// A message was added; the detail names what it changed on its conversation.
        MessageAdded = "message.added",
    }
}

/// Who caused a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The name of the door it came through; `None` for the command line.
    pub door: Option<String>,
    /// The credential that was used.
    pub credential: Option<CredentialId>,
    /// The agent who acted, if one is known.
    pub agent: Option<AgentId>,
}

impl Actor {
    /// The operator at the command line.
    pub const OPERATOR: Self = Self {
        door: None,
        credential: None,
        agent: None,
    };
}
