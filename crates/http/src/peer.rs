//! The address of the client, which limits and the audit use.
//!
//! Invariant: `X-Forwarded-For` counts only if the connection comes from a configured proxy, and only as far as an unbroken chain
//! of configured proxies reaches, because anyone else could write any address there.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use http::request::Parts;
use http::{Extensions, HeaderMap};

use crate::cidr::Cidr;

/// The address of the client. The accept loop sets it to the address of the connection; [`wrap`](crate::serve::wrap) replaces the address of a
/// trusted proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

impl Peer {
    /// Returns the address that the accept loop set. Without an accept loop, as in tests that call a router directly,
    /// it is `0.0.0.0`.
    pub(crate) fn of(request: &Request) -> Self {
        Self::among(request.extensions())
    }

    fn among(extensions: &Extensions) -> Self {
        let known = extensions.get().copied();
        known.unwrap_or(Self(Ipv4Addr::UNSPECIFIED.into()))
    }
}

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    /// Returns the address that the accept loop set; without one, `0.0.0.0`.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::among(&parts.extensions))
    }
}

/// The networks of proxies whose `X-Forwarded-For` counts. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Arc<[Cidr]>);

impl TrustedProxies {
    pub fn new(networks: impl IntoIterator<Item = Cidr>) -> Self {
        Self(networks.into_iter().collect())
    }

    /// If the request comes from a trusted proxy, replaces its address by the client's address, which the proxy reports.
    pub(crate) fn resolve(&self, request: &mut Request) {
        if let Some(&Peer(peer)) = request.extensions().get() {
            let client = self.client(peer, request.headers());
            if client != peer {
                request.extensions_mut().insert(Peer(client));
            }
        }
    }

    /// Returns the client behind `peer`: the last address in `X-Forwarded-For` that is not a trusted proxy.
    ///
    /// If an entry is not an address, the result is the proxy that reported it.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        if !self.trusts(client) {
            return client;
        }
        for entry in headers.get_all("x-forwarded-for").iter().rev() {
            for text in entry.to_str().unwrap_or_default().rsplit(',') {
                let Some(address) = forwarded_address(text.trim()) else {
                    return client;
                };
                client = address;
                if !self.trusts(client) {
                    return client;
                }
            }
        }
        client
    }

    /// Whether an address is one of the proxies.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

/// Returns the address by which a client is counted: of an IPv6 address its /64 network, which a provider usually gives
/// to one customer.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// Parses an address as proxies write it: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or
/// `[2001:db8::1]:80`.
fn forwarded_address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    let address = bare
        .parse()
        .or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn network(text: &str) -> Cidr {
        text.parse().expect("a network")
    }

    fn client(peer: &str, forwarded: &[&'static str]) -> String {
        let proxies = TrustedProxies::new([network("10.0.0.0/8"), network("fd00::/8")]);
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        proxies.client(address(peer), &headers).to_string()
    }

    #[test]
    fn forwarded_addresses_of_an_untrusted_peer_are_ignored() {
        assert_eq!(client("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        let none = TrustedProxies::default();
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("198.51.100.7"));
        assert_eq!(
            none.client(address("127.0.0.1"), &headers),
            address("127.0.0.1")
        );
    }

    #[test]
    fn forwarded_addresses_count_as_far_as_trusted_proxies_reach() {
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(
            client("10.0.0.1", &["203.0.113.9, 198.51.100.7, 10.2.2.2"]),
            "198.51.100.7"
        );
        assert_eq!(
            client("10.0.0.1", &["203.0.113.9", "198.51.100.7,fd00::1"]),
            "198.51.100.7"
        );
        assert_eq!(client("10.0.0.1", &["10.3.3.3"]), "10.3.3.3");
    }

    #[test]
    fn ports_are_allowed_and_an_invalid_entry_ends_the_chain() {
        assert_eq!(client("10.0.0.1", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(client("10.0.0.1", &["[2001:db8::7]"]), "2001:db8::7");
        assert_eq!(
            client("10.0.0.1", &["198.51.100.7, unknown, 10.2.2.2"]),
            "10.2.2.2"
        );
        assert_eq!(client("10.0.0.1", &[""]), "10.0.0.1");
    }
}
