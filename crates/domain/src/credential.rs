//! API names, credentials and scopes.

use crate::code::coded;
use crate::id::{AccountId, AgentId, ApplicationId, CredentialId, InboxId};
use crate::scope::InboxScope;

/// The stored name of an API: of a vendor API or of the native API.
///
/// This file does not list the APIs: each API's crate names itself, and the server registers it with one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApiName(&'static str);

impl ApiName {
    /// Makes an API name. `name` is a short lower-case word, which is stored with credentials, public ids and events.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self(name)
    }

    /// Returns the word that the database stores.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

coded! {
    /// A scope: one permission. Each API maps its vendor's scopes to these.
    pub enum Scope {
        /// List and read conversations.
        ConversationsRead = "conversations.read",
        /// Create conversations and change them.
        ConversationsWrite = "conversations.write",
        /// Read messages.
        MessagesRead = "messages.read",
        /// Add messages.
        MessagesWrite = "messages.write",
        /// Change the assignees of many conversations at once.
        DelegationsWrite = "delegations.write",
        /// Read agents.
        AgentsRead = "agents.read",
        /// Create and change agents.
        AgentsWrite = "agents.write",
        /// Read the account, its inboxes and their counts.
        AccountRead = "account.read",
        /// Change the account's settings and its inboxes.
        AccountWrite = "account.write",
        /// Read customers.
        CustomersRead = "customers.read",
        /// Create, change and merge customers.
        CustomersWrite = "customers.write",
        /// Erase customers permanently.
        CustomersErase = "customers.erase",
        /// Read credentials, but not their secrets.
        CredentialsRead = "credentials.read",
        /// Create, change and revoke credentials, except credentials with scopes that the caller lacks.
        CredentialsWrite = "credentials.write",
        /// Read webhooks and their deliveries.
        WebhooksRead = "webhooks.read",
        /// Create, change and delete webhooks; replay deliveries.
        WebhooksWrite = "webhooks.write",
        /// Read the event feed.
        EventsRead = "events.read",
        /// Read the audit history: who changed what, from which address, with the values before and after.
        AuditRead = "audit.read",
    }
}

/// A set of scopes, stored as one bit per scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Scopes(u32);

impl Scopes {
    /// Returns the set of all scopes.
    #[must_use]
    pub const fn all() -> Self {
        Self(u32::MAX >> (u32::BITS as usize - Scope::ALL.len()))
    }

    /// Whether the set contains `scope`.
    #[must_use]
    pub const fn allows(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u32) != 0
    }

    /// Returns the scopes in the set, in declaration order.
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

/// A credential: grants access to one account through one API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The account that the credential gives access to.
    pub account: AccountId,
    /// Id of the credential within the account.
    pub id: CredentialId,
    /// The name of the only API that accepts the credential.
    pub api: String,
    /// Name of the credential, for people.
    pub name: String,
    /// What the credential allows.
    pub scopes: Scopes,
    /// The inboxes that the credential reaches.
    pub inboxes: InboxScope,
    /// The agent that the credential acts as (Help Scout: the resource owner), if any.
    pub agent: Option<AgentId>,
    /// The Mews client application that the credential belongs to, if any.
    pub application: Option<ApplicationId>,
    /// Whether the credential is a Mews portfolio token, which covers several enterprises and may not create threads.
    pub portfolio: bool,
    /// The URL to which people return after they have allowed the app to act for them; `None` if the app cannot ask people.
    pub redirect_url: Option<String>,
    /// Whether the credential is revoked. If true, every request with it is rejected.
    pub revoked: bool,
}

/// What a new credential gives access to.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The API that accepts the credential.
    pub api: ApiName,
    /// Name of the credential, for people.
    pub name: String,
    /// What the credential allows.
    pub scopes: Scopes,
    /// The inboxes that the credential reaches.
    pub inboxes: InboxScope,
    /// The agent that the credential acts as, if any.
    pub agent: Option<AgentId>,
    /// The Mews client application that the credential belongs to, if any.
    pub application: Option<ApplicationId>,
    /// Whether the credential is a Mews portfolio token, which covers several enterprises and may not create threads.
    pub portfolio: bool,
    /// The URL to which people return after they have allowed the app to act for them, if it may ask people.
    pub redirect_url: Option<String>,
}

impl Grant {
    /// Returns a grant with all scopes for some inboxes, without agent and application.
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
            redirect_url: None,
        }
    }

    /// Returns a copy of the grant without one scope.
    #[must_use]
    pub fn without(mut self, scope: Scope) -> Self {
        self.scopes = self.scopes.iter().filter(|held| *held != scope).collect();
        self
    }
}

impl Credential {
    /// Whether the grant covers `inbox`.
    #[must_use]
    pub fn reaches(&self, inbox: InboxId) -> bool {
        self.inboxes.contains(inbox)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_contains_the_scopes_that_were_added() {
        let scopes: Scopes = [Scope::MessagesWrite].into_iter().collect();
        assert!(scopes.allows(Scope::MessagesWrite) && !scopes.allows(Scope::MessagesRead));
        assert_eq!(Scopes::all(), Scope::ALL.iter().copied().collect());
    }
}
