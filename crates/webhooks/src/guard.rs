//! The address guard: which URLs a webhook may have, and to which addresses it may connect.
//!
//! Invariants: an address that the public Internet does not route is refused, in whatever notation or by whatever name, unless
//! an operator allowed it ([`super::allow`]). A name is resolved once per connection, and only the checked addresses are
//! connected to, so a different second answer of the name server has no effect. Every target of a redirect is checked in the
//! same way. Deliberately missing: a check of the port and of the service behind it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use futures_util::future::BoxFuture;
use http::{HeaderValue, Uri};
use ipnet::{Ipv4Net, Ipv6Net};
use url::{Host, Position, Url};

use super::allow::{AllowList, without_final_dot};

/// The maximum length of a URL, in bytes.
pub const LONGEST_URL: usize = 2_048;

/// Why a URL or an address is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text is not a URL, or is longer than [`LONGEST_URL`].
    #[error("not a URL of at most {LONGEST_URL} bytes")]
    NotAUrl,
    /// The URL has a scheme other than http and https.
    #[error("the scheme must be http or https")]
    Scheme,
    /// The URL has a user name, password or fragment.
    #[error("a user name, password or fragment must not be part of the URL")]
    UserInfoOrFragment,
    /// The URL has port 0.
    #[error("no port to connect to")]
    Port,
    /// The host is a name that is only known in internal networks.
    #[error("{0} is a name of internal networks")]
    InternalName(String),
    /// The host is an address that the public Internet does not route.
    #[error("{0} is an internal address")]
    InternalAddress(IpAddr),
    /// The host is a name that resolves to internal addresses only.
    #[error("{0} leads to internal addresses only")]
    InternalOnly(String),
    /// The host is a name without an address.
    #[error("{0} has no address")]
    NoAddress(String),
    /// The host is a name that could not be resolved.
    #[error("{0} cannot be looked up")]
    LookupFailed(String),
}

/// The allow lists that apply to one webhook.
#[derive(Clone, Copy, Debug)]
pub struct AllowLists<'a> {
    /// The list of the server, written by the operator.
    pub server: &'a AllowList,
    /// The list of the account, written by the operator.
    pub account: &'a AllowList,
    /// The list of the webhook, which narrows the other two. An empty list does not narrow them.
    pub webhook: &'a AllowList,
}

impl AllowLists<'_> {
    fn allow(&self, host: Option<&str>, address: IpAddr) -> bool {
        let by_operator = self.server.covers(host, address) || self.account.covers(host, address);
        let by_webhook = self.webhook.entries().is_empty() || self.webhook.covers(host, address);
        by_operator && by_webhook
    }

    /// Whether a name of internal networks may be resolved at all. If true, its addresses are checked afterwards.
    fn may_resolve(&self, host: &str) -> bool {
        self.server.has_host(host) || self.account.has_host(host)
    }
}

/// A URL that a webhook may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    url: Url,
    path: Uri,
    host_header: HeaderValue,
}

impl Target {
    /// Parses a URL. [`Self::check`] and [`Self::addresses`] check whether its host may be reached.
    ///
    /// # Errors
    /// Returns why a webhook cannot have this URL.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        // The URL standard silently repairs URLs with these characters. Such URLs are refused here, because the result
        // may not be what was meant.
        let is_repaired = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
        if text.len() > LONGEST_URL || text.contains(is_repaired) {
            return Err(Refusal::NotAUrl);
        }
        let authority = text.split_once("://").map_or("", |(_, rest)| rest);
        if authority.starts_with('/') {
            return Err(Refusal::NotAUrl);
        }
        Self::of(Url::parse(text).map_err(|_| Refusal::NotAUrl)?)
    }

    /// Returns the target of a redirect from this URL.
    ///
    /// # Errors
    /// Returns the errors of [`Self::parse`].
    pub fn redirected(&self, location: &str) -> Result<Self, Refusal> {
        Self::of(self.url.join(location).map_err(|_| Refusal::NotAUrl)?)
    }

    fn of(url: Url) -> Result<Self, Refusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(Refusal::UserInfoOrFragment);
        }
        if url.host().is_none() || url.as_str().len() > LONGEST_URL {
            return Err(Refusal::NotAUrl);
        }
        if url.port() == Some(0) {
            return Err(Refusal::Port);
        }
        let path = &url[Position::BeforePath..Position::AfterQuery];
        let path = path.parse().map_err(|_| Refusal::NotAUrl)?;
        let host_header = url.authority().parse().map_err(|_| Refusal::NotAUrl)?;
        Ok(Self {
            url,
            path,
            host_header,
        })
    }

    /// Returns the URL of the target.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Whether the URL is https.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Returns path and query, as in the first line of a request.
    #[must_use]
    pub fn path(&self) -> &Uri {
        &self.path
    }

    /// Returns host and port, as in the header `Host`.
    #[must_use]
    pub fn host_header(&self) -> &HeaderValue {
        &self.host_header
    }

    /// Returns the host's name as `Ok`, or its address as `Err`.
    fn host(&self) -> Result<String, IpAddr> {
        match self.url.host().expect("checked when parsed") {
            Host::Domain(name) => Ok(without_final_dot(name).to_owned()),
            Host::Ipv4(address) => Err(address.into()),
            Host::Ipv6(address) => Err(IpAddr::from(address).to_canonical()),
        }
    }

    fn port(&self) -> u16 {
        self.url
            .port_or_known_default()
            .expect("http and https have one")
    }

    /// Checks what can be checked without resolving the name: refuses internal addresses, in any notation, and internal
    /// names.
    ///
    /// # Errors
    /// Returns why the host may not be reached.
    pub fn check(&self, allow_lists: &AllowLists<'_>) -> Result<(), Refusal> {
        match self.host() {
            Err(address) => check_address(None, address, allow_lists),
            Ok(name) if is_internal_name(&name) && !allow_lists.may_resolve(&name) => {
                Err(Refusal::InternalName(name))
            }
            Ok(_) => Ok(()),
        }
    }

    /// Resolves the host to the addresses to which a connection is allowed, in the resolver's order. If a name has
    /// public and internal addresses, only the public ones are used.
    ///
    /// # Errors
    /// Returns why no connection is allowed.
    pub async fn addresses(
        &self,
        allow_lists: &AllowLists<'_>,
        resolver: &dyn Resolve,
    ) -> Result<Vec<SocketAddr>, Refusal> {
        self.check(allow_lists)?;
        let name = match self.host() {
            Err(address) => return Ok(vec![SocketAddr::new(address, self.port())]),
            Ok(name) => name,
        };
        let found = resolver.resolve(&name).await;
        let found = found.map_err(|_| Refusal::LookupFailed(name.clone()))?;
        if found.is_empty() {
            return Err(Refusal::NoAddress(name));
        }
        let is_allowed =
            |address: &IpAddr| check_address(Some(&name), *address, allow_lists).is_ok();
        let canonical = found.into_iter().map(|address| address.to_canonical());
        let usable: Vec<SocketAddr> = canonical
            .filter(is_allowed)
            .map(|address| SocketAddr::new(address, self.port()))
            .collect();
        if usable.is_empty() {
            return Err(Refusal::InternalOnly(name));
        }
        Ok(usable)
    }
}

fn check_address(
    host: Option<&str>,
    address: IpAddr,
    allow_lists: &AllowLists<'_>,
) -> Result<(), Refusal> {
    if is_public(address) || allow_lists.allow(host, address) {
        Ok(())
    } else {
        Err(Refusal::InternalAddress(address))
    }
}

/// Whether the name is an internal one: name servers of the public Internet do not resolve it, or should not.
fn is_internal_name(name: &str) -> bool {
    const INTERNAL: [&str; 8] = [
        "localhost",
        "localdomain",
        "local",
        "internal",
        "intranet",
        "lan",
        "home.arpa",
        "private",
    ];
    let ends_with = |ending: &&str| {
        name.strip_suffix(*ending)
            .is_some_and(|rest| rest.ends_with('.'))
    };
    !name.contains('.') || INTERNAL.iter().any(ends_with)
}

/// Whether the public Internet routes to the address.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// IPv4 networks of IANA's registry of special addresses, and addresses at which clouds serve their machines.
const SPECIAL_V4: [Ipv4Net; 17] = [
    v4([0, 0, 0, 0], 8),        // this host
    v4([10, 0, 0, 0], 8),       // private
    v4([100, 64, 0, 0], 10),    // shared by carriers
    v4([127, 0, 0, 0], 8),      // loopback
    v4([168, 63, 129, 16], 32), // a cloud's service for its machines
    v4([169, 254, 0, 0], 16),   // link-local, metadata of clouds
    v4([172, 16, 0, 0], 12),    // private
    v4([192, 0, 0, 0], 24),     // protocol assignments
    v4([192, 0, 2, 0], 24),     // documentation
    v4([192, 31, 196, 0], 24),  // AS112
    v4([192, 88, 99, 0], 24),   // relays to IPv6
    v4([192, 168, 0, 0], 16),   // private
    v4([198, 18, 0, 0], 15),    // benchmarks
    v4([198, 51, 100, 0], 24),  // documentation
    v4([203, 0, 113, 0], 24),   // documentation
    v4([224, 0, 0, 0], 4),      // multicast
    v4([240, 0, 0, 0], 4),      // reserved, broadcast
];

/// The only part of IPv6 that the public Internet routes.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0], 3);

/// Special networks inside [`GLOBAL_V6`], which the public Internet does not route either.
const SPECIAL_V6: [Ipv6Net; 5] = [
    v6([0x2001, 0, 0], 23),           // protocol assignments, Teredo
    v6([0x2001, 0x0db8, 0], 32),      // documentation
    v6([0x2002, 0, 0], 16),           // 6to4
    v6([0x2620, 0x004f, 0x8000], 48), // AS112
    v6([0x3fff, 0, 0], 20),           // documentation
];

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6([a, b, c]: [u16; 3], length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), length)
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !SPECIAL_V4.iter().any(|network| network.contains(&address))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    // Routers that carry IPv6 over an IPv4 site put the IPv4 address into the last 32 bits, so it is checked as well.
    let carries_v4 = matches!((bits >> 32) as u32, 0x0000_5efe | 0x0200_5efe);
    let carried = Ipv4Addr::from_bits(bits as u32);
    GLOBAL_V6.contains(&address)
        && !SPECIAL_V6.iter().any(|network| network.contains(&address))
        && (!carries_v4 || is_public_v4(carried))
}

/// Finds the addresses of host names.
pub trait Resolve: std::fmt::Debug + Send + Sync {
    /// Returns the addresses of a name.
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The system's resolver.
#[derive(Debug)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

#[cfg(test)]
mod tests;
