//! APIs, credentials and what they may do.

use crate::code::coded;
use crate::id::{AccountId, AgentId, ApplicationId, CredentialId, InboxId};
use crate::scope::InboxScope;

/// One of the ways in, an API or Heddle's own API, by its stored name.
///
/// APIs are not listed here: each names itself in its own folder, and the server registers it with one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApiName(&'static str);

impl ApiName {
    /// The API of that name: a short lower-case word, stored with credentials, public ids and events.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self(name)
    }

    /// Its stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

coded! {
    /// One right. Each API names the vendor's scope that stands for it.
    pub enum Scope {
        /// List and read conversations.
        ConversationsRead = "conversations.read",
        /// Create conversations and change their state.
        ConversationsWrite = "conversations.write",
        /// Read messages.
        MessagesRead = "messages.read",
        /// Add messages.
        MessagesWrite = "messages.write",
        /// Change assignees in bulk.
        DelegationsWrite = "delegations.write",
        /// Read employees.
        AgentsRead = "agents.read",
        /// Add and change employees.
        AgentsWrite = "agents.write",
        /// Read the account itself, its inboxes and their counts.
        AccountRead = "account.read",
        /// Change the account's settings and its inboxes.
        AccountWrite = "account.write",
        /// Read customers.
        CustomersRead = "customers.read",
        /// Create, change and merge customers.
        CustomersWrite = "customers.write",
        /// Erase customers for good.
        CustomersErase = "customers.erase",
        /// Read credentials; never their secrets.
        CredentialsRead = "credentials.read",
        /// Make, change and revoke credentials, none mightier than the caller.
        CredentialsWrite = "credentials.write",
        /// Read webhooks and their deliveries.
        WebhooksRead = "webhooks.read",
        /// Make, change and delete webhooks, replay deliveries.
        WebhooksWrite = "webhooks.write",
        /// Read the event feed.
        EventsRead = "events.read",
        /// Read who did what, from where, with the values before and after.
        AuditRead = "audit.read",
    }
}

/// A set of rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Scopes(u32);

impl Scopes {
    /// Every right there is.
    #[must_use]
    pub fn all() -> Self {
        Scope::ALL.iter().copied().collect()
    }

    /// Whether the set holds `scope`.
    #[must_use]
    pub const fn allows(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u32) != 0
    }

    /// The rights in the set, in declaration order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL
            .iter()
            .copied()
            .filter(move |scope| self.allows(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(
            scopes
                .into_iter()
                .fold(0, |bits, scope| bits | (1 << scope as u32)),
        )
    }
}

/// An access right to one account through one API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The account it opens.
    pub account: AccountId,
    /// Its id within the account.
    pub id: CredentialId,
    /// The name of the only API it opens.
    pub api: String,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// The inboxes it reaches.
    pub inboxes: InboxScope,
    /// The employee it acts as (Help Scout: the resource owner).
    pub agent: Option<AgentId>,
    /// The Mews client application it belongs to.
    pub application: Option<ApplicationId>,
    /// A Mews portfolio token: covers several enterprises and may not create threads.
    pub portfolio: bool,
    /// Revoked credentials open nothing.
    pub revoked: bool,
}

/// What a new credential is to open.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The API.
    pub api: ApiName,
    /// What people call it.
    pub name: String,
    /// Its rights.
    pub scopes: Scopes,
    /// The inboxes it reaches.
    pub inboxes: InboxScope,
    /// The agent it acts as.
    pub agent: Option<AgentId>,
    /// The Mews application it belongs to.
    pub application: Option<ApplicationId>,
    /// A Mews portfolio token.
    pub portfolio: bool,
}

impl Grant {
    /// Every right on some inboxes.
    #[must_use]
    pub fn full(api: ApiName, inboxes: InboxScope) -> Self {
        Self {
            api,
            name: api.as_str().to_owned(),
            scopes: Scopes::all(),
            inboxes,
            agent: None,
            application: None,
            portfolio: false,
        }
    }

    /// The same without one right.
    #[must_use]
    pub fn without(mut self, scope: Scope) -> Self {
        self.scopes = self.scopes.iter().filter(|held| *held != scope).collect();
        self
    }
}

impl Credential {
    /// Whether it reaches the inbox.
    #[must_use]
    pub fn reaches(&self, inbox: InboxId) -> bool {
        self.inboxes.contains(inbox)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_hold_what_was_put_in() {
        let scopes: Scopes = [Scope::MessagesWrite].into_iter().collect();
        assert!(scopes.allows(Scope::MessagesWrite) && !scopes.allows(Scope::MessagesRead));
        assert!(Scope::ALL.iter().all(|scope| Scopes::all().allows(*scope)));
    }
}
