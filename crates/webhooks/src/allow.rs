//! Lists of the internal hosts and networks that webhooks may reach.
//!
//! There are three lists. The operator writes the server's list (`[webhooks] allow`) and the account's list (`heddle
//! webhook allow`); webhooks may reach an internal address on one of these two lists. Whoever creates a webhook writes
//! the webhook's own list, which only narrows what the operator allowed. So nobody can reach an internal address
//! through the API alone.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use heddle_http::cidr::Cidr;

/// A host name or a network.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum AllowEntry {
    /// A host name in lower case. Webhooks may reach the host whatever address it resolves to.
    Host(String),
    /// Every address in the network.
    Network(Cidr),
}

/// The error for a text that is neither a host name nor a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a host name nor a network such as 10.0.0.0/8")]
pub struct NotAnAllowEntry(String);

impl FromStr for AllowEntry {
    type Err = NotAnAllowEntry;

    fn from_str(text: &str) -> Result<Self, NotAnAllowEntry> {
        if let Ok(network) = text.parse() {
            return Ok(Self::Network(network));
        }
        let wrong = || NotAnAllowEntry(text.to_owned());
        // A name is parsed like the host of a URL, so that both have the same spelling. The URL standard takes some
        // names, such as `1`, for addresses; these are refused here, as they are neither names nor networks.
        match url::Host::parse(text) {
            Ok(url::Host::Domain(name)) if !name.contains(['*', '/']) => {
                Ok(Self::Host(without_final_dot(&name).to_owned()))
            }
            _ => Err(wrong()),
        }
    }
}

/// Returns a host name without the dot that may be at its end.
pub(super) fn without_final_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

impl TryFrom<String> for AllowEntry {
    type Error = NotAnAllowEntry;

    fn try_from(text: String) -> Result<Self, NotAnAllowEntry> {
        text.parse()
    }
}

impl From<AllowEntry> for String {
    fn from(entry: AllowEntry) -> Self {
        entry.to_string()
    }
}

impl fmt::Display for AllowEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(name) => name.fmt(f),
            Self::Network(network) => network.fmt(f),
        }
    }
}

/// A list of hosts and networks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct AllowList(Vec<AllowEntry>);

impl AllowList {
    /// Creates a list with these entries.
    #[must_use]
    pub fn new(entries: Vec<AllowEntry>) -> Self {
        Self(entries)
    }

    /// Parses entries separated by commas. An empty text is an empty list.
    ///
    /// # Errors
    /// Returns the first text that is not an entry.
    pub fn parse(text: &str) -> Result<Self, NotAnAllowEntry> {
        let entries = text.split(',').map(str::trim).filter(|e| !e.is_empty());
        entries.map(str::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Returns the entries of the list.
    #[must_use]
    pub fn entries(&self) -> &[AllowEntry] {
        &self.0
    }

    /// Whether the list contains this host name.
    #[must_use]
    pub fn has_host(&self, host: &str) -> bool {
        let same = |entry: &AllowEntry| matches!(entry, AllowEntry::Host(name) if name == host);
        self.0.iter().any(same)
    }

    /// Whether an entry of the list covers `address`, or the host name that resolved to `address`.
    #[must_use]
    pub fn covers(&self, host: Option<&str>, address: IpAddr) -> bool {
        let in_network =
            |entry: &AllowEntry| matches!(entry, AllowEntry::Network(n) if n.contains(address));
        host.is_some_and(|host| self.has_host(host)) || self.0.iter().any(in_network)
    }

    /// Returns the first entry that the lists `outer` do not allow: a network outside all of their networks, or a name
    /// that they do not contain while they contain no network to which it could resolve.
    #[must_use]
    pub fn first_outside(&self, outer: [&Self; 2]) -> Option<&AllowEntry> {
        let all = || outer.iter().flat_map(|list| &list.0);
        let within = |entry: &AllowEntry| match entry {
            AllowEntry::Host(name) => {
                all().any(|e| matches!(e, AllowEntry::Network(_)))
                    || outer.iter().any(|list| list.has_host(name))
            }
            AllowEntry::Network(inner) => all()
                .any(|e| matches!(e, AllowEntry::Network(outer) if outer.contains_network(*inner))),
        };
        self.0.iter().find(|entry| !within(entry))
    }
}

impl fmt::Display for AllowList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, entry) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            entry.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> AllowList {
        AllowList::parse(text).expect("a list")
    }

    #[test]
    fn entries_are_hosts_or_networks() {
        let text = "10.0.0.0/8,hooks.example.org,fd00::/8,127.0.0.1/32";
        assert_eq!(list(text).to_string(), text);
        assert_eq!(list("Hooks.Example.Org.").to_string(), "hooks.example.org");
        for wrong in ["10.0.0.0/33", "*.example.org", "a b", "http://x", "0x7f.1"] {
            assert!(AllowList::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_webhooks_allow_list_stays_within_the_operators() {
        let (server, account) = (list("10.0.0.0/8"), list("crm.example"));
        let beyond = |text: &str| {
            list(text)
                .first_outside([&server, &account])
                .map(ToString::to_string)
        };
        assert_eq!(beyond("10.2.0.0/16,crm.example,any.example"), None);
        assert_eq!(beyond("10.2.0.0/16,10.0.0.0/7"), Some("10.0.0.0/7".into()));
        let none = AllowList::default();
        assert_eq!(
            list("x.example").first_outside([&none, &account]),
            Some(&AllowEntry::Host("x.example".into()))
        );
    }
}
