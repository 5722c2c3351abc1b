//! Doors, credentials and what they may do.

use crate::code::coded;
use crate::id::{AccountId, AgentId, ApplicationId, CredentialId, InboxId};

coded! {
    /// One of the ways in: a dialect, or Heddle's own API.
    pub enum Door {
        /// Help Scout Mailbox API 2.0.
        HelpScout = "helpscout",
        /// Magicline Open API.
        Magicline = "magicline",
        /// Mews Connector API.
        Mews = "mews",
        /// myKaarma Communications API.
        MyKaarma = "mykaarma",
        /// Heddle's own API.
        Native = "native",
    }
}

impl Door {
    /// The door that answers a request path, by its prefix (`rules.md` 25). Everything that no dialect owns is native.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        PREFIXES
            .iter()
            .find(|(prefix, _)| path.starts_with(prefix))
            .map_or(Self::Native, |(_, door)| *door)
    }
}

/// Path prefixes and their owners; each ends in a slash, so `/v1` itself or `/v10/` stays native.
const PREFIXES: [(&str, Door); 8] = [
    ("/v1/", Door::Magicline),
    ("/v2/", Door::HelpScout),
    ("/v3/", Door::HelpScout),
    ("/authentication/", Door::HelpScout),
    ("/api/connector/", Door::Mews),
    ("/communications/", Door::MyKaarma),
    ("/manage/", Door::MyKaarma),
    ("/customer/", Door::MyKaarma),
];

coded! {
    /// One right. Each dialect names the vendor's scope that stands for it.
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
        /// Read the account itself.
        AccountRead = "account.read",
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

/// An access right to one account through one door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The account it opens.
    pub account: AccountId,
    /// Its id within the account.
    pub id: CredentialId,
    /// The only door it opens.
    pub door: Door,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// The inboxes it reaches; empty means every inbox of the account.
    pub inboxes: Vec<InboxId>,
    /// The employee it acts as (Help Scout: the resource owner).
    pub agent: Option<AgentId>,
    /// The Mews client application it belongs to.
    pub application: Option<ApplicationId>,
    /// A Mews portfolio token: covers several enterprises and may not create threads.
    pub portfolio: bool,
    /// Revoked credentials open nothing.
    pub revoked: bool,
}

impl Credential {
    /// Whether it reaches the inbox.
    #[must_use]
    pub fn reaches(&self, inbox: InboxId) -> bool {
        self.inboxes.is_empty() || self.inboxes.contains(&inbox)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_the_door_of_its_prefix() {
        assert_eq!(
            Door::of_path("/v1/communications/5/threads"),
            Door::Magicline
        );
        for (path, door) in [
            ("/v1/communications/1/threads", Door::Magicline),
            ("/v1/", Door::Magicline),
            ("/v1", Door::Native),
            ("/v10/x", Door::Native),
            ("/v2/conversations/1/phones", Door::HelpScout),
            ("/v3/x", Door::HelpScout),
            ("/authentication/x", Door::HelpScout),
            ("/api/connector/v1/messageThreads/getAll", Door::Mews),
            ("/api/Connector/v1", Door::Native),
            ("/api/v1/account", Door::Native),
            ("/communications/departments/d", Door::MyKaarma),
            ("/manage/x", Door::MyKaarma),
            ("/customer/x", Door::MyKaarma),
            ("/customers/x", Door::Native),
            ("/", Door::Native),
            ("", Door::Native),
        ] {
            assert_eq!(Door::of_path(path), door, "{path}");
        }
    }

    #[test]
    fn scopes_hold_what_was_put_in() {
        let scopes: Scopes = [Scope::MessagesWrite].into_iter().collect();
        assert!(scopes.allows(Scope::MessagesWrite) && !scopes.allows(Scope::MessagesRead));
        assert!(Scope::ALL.iter().all(|scope| Scopes::all().allows(*scope)));
    }
}
