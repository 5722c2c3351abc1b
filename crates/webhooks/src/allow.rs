//! Lists of internal hosts and networks that webhooks may nevertheless reach.
//!
//! Three lists, and who writes them decides what they can do. The operator writes the server's list (`[webhooks] allow`) and
//! the account's (`heddle webhook allow`): either one opens an internal address. Whoever makes a webhook writes the webhook's
//! own list, which opens nothing: it narrows what the operator endpoint to what it names. So nobody reaches an internal address
//! over the API alone.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use heddle_http::peer::Cidr;

/// One entry: a host by name, or a network.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Entry {
    /// Whatever this name resolves to, in lower case.
    Host(String),
    /// Every address in it.
    Network(Cidr),
}

/// The text names neither a host nor a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a host name nor a network such as 10.0.0.0/8")]
pub struct NotAnEntry(String);

impl FromStr for Entry {
    type Err = NotAnEntry;

    fn from_str(text: &str) -> Result<Self, NotAnEntry> {
        if let Ok(network) = text.parse() {
            return Ok(Self::Network(network));
        }
        let wrong = || NotAnEntry(text.to_owned());
        // A name is read as a URL's host is, so that both come out spelled alike; whatever that takes for an address is
        // none here, or it would have been a network above.
        match url::Host::parse(text) {
            Ok(url::Host::Domain(name)) if !name.contains(['*', '/']) => {
                Ok(Self::Host(bare(&name).to_owned()))
            }
            _ => Err(wrong()),
        }
    }
}

/// A host name without the dot that may stand at its end.
pub(super) fn bare(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

impl TryFrom<String> for Entry {
    type Error = NotAnEntry;

    fn try_from(text: String) -> Result<Self, NotAnEntry> {
        text.parse()
    }
}

impl From<Entry> for String {
    fn from(entry: Entry) -> Self {
        entry.to_string()
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(name) => name.fmt(f),
            Self::Network(network) => network.fmt(f),
        }
    }
}

/// A list of entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Allow(Vec<Entry>);

impl Allow {
    /// The list of these entries.
    #[must_use]
    pub fn new(entries: Vec<Entry>) -> Self {
        Self(entries)
    }

    /// Reads entries separated by commas; an empty text is an empty list.
    ///
    /// # Errors
    /// The first entry that is none.
    pub fn parse(text: &str) -> Result<Self, NotAnEntry> {
        let entries = text.split(',').map(str::trim).filter(|e| !e.is_empty());
        entries.map(str::parse).collect::<Result<_, _>>().map(Self)
    }

    /// The entries.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// Whether an entry names this host.
    #[must_use]
    pub fn names(&self, host: &str) -> bool {
        let same = |entry: &Entry| matches!(entry, Entry::Host(name) if name == host);
        self.0.iter().any(same)
    }

    /// Whether an entry covers an address that was reached by the name `host`, or written as itself.
    #[must_use]
    pub fn covers(&self, host: Option<&str>, address: IpAddr) -> bool {
        let in_network = |entry: &Entry| matches!(entry, Entry::Network(n) if n.contains(address));
        host.is_some_and(|host| self.names(host)) || self.0.iter().any(in_network)
    }

    /// The first entry that cannot be reached with `outer`: a network outside all of its networks, or a name that it does
    /// not have and that none of its networks could hold.
    #[must_use]
    pub fn first_beyond(&self, outer: [&Self; 2]) -> Option<&Entry> {
        let all = || outer.iter().flat_map(|list| &list.0);
        let within = |entry: &Entry| match entry {
            Entry::Host(name) => {
                all().any(|e| matches!(e, Entry::Network(_)))
                    || outer.iter().any(|list| list.names(name))
            }
            Entry::Network(inner) => {
                all().any(|e| matches!(e, Entry::Network(outer) if outer.holds(*inner)))
            }
        };
        self.0.iter().find(|entry| !within(entry))
    }
}

impl fmt::Display for Allow {
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

    fn list(text: &str) -> Allow {
        Allow::parse(text).expect("a list")
    }

    #[test]
    fn entries_are_hosts_or_networks() {
        let text = "10.0.0.0/8,hooks.example.org,fd00::/8,127.0.0.1/32";
        assert_eq!(list(text).to_string(), text);
        assert_eq!(list("Hooks.Example.Org.").to_string(), "hooks.example.org");
        for wrong in ["10.0.0.0/33", "*.example.org", "a b", "http://x", "0x7f.1"] {
            assert!(Allow::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_webhooks_list_stays_within_the_operators() {
        let (server, account) = (list("10.0.0.0/8"), list("crm.example"));
        let beyond = |text: &str| {
            list(text)
                .first_beyond([&server, &account])
                .map(ToString::to_string)
        };
        assert_eq!(beyond("10.2.0.0/16,crm.example,any.example"), None);
        assert_eq!(beyond("10.2.0.0/16,10.0.0.0/7"), Some("10.0.0.0/7".into()));
        let none = Allow::default();
        assert_eq!(
            list("x.example").first_beyond([&none, &account]),
            Some(&Entry::Host("x.example".into()))
        );
    }
}
