//! The address guard: which URLs a webhook may have, and which addresses may be connected to.
//!
//! Invariants: an address that the public Internet does not route is refused, however it is spelled or found, unless an
//! operator allowed it ([`super::allow`]); a name is looked up once per connection and only addresses that were checked are
//! connected to, so a second answer of the name server changes nothing; every hop of a redirect comes here again.
//! Deliberately missing: a look at the port, and at what answers there.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use futures_util::future::BoxFuture;
use http::{HeaderValue, Uri};
use url::{Host, Position, Url};

use super::allow::{Allow, bare};

/// The longest URL, in bytes.
pub const LONGEST_URL: usize = 2_048;

/// Why a URL or an address is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No URL, or longer than [`LONGEST_URL`].
    #[error("not a URL of at most {LONGEST_URL} bytes")]
    NotAUrl,
    /// Another scheme than http and https.
    #[error("the scheme must be http or https")]
    Scheme,
    /// User name, password or fragment.
    #[error("a user name, password or fragment must not be part of the URL")]
    Excess,
    /// Port 0.
    #[error("no port to connect to")]
    Port,
    /// A name that only means something inside a network.
    #[error("{0} is a name of internal networks")]
    InternalName(String),
    /// An address that the public Internet does not route.
    #[error("{0} is an internal address")]
    InternalAddress(IpAddr),
    /// A name whose every address is internal.
    #[error("{0} leads to internal addresses only")]
    LeadsInside(String),
    /// A name without an address.
    #[error("{0} has no address")]
    NoAddress(String),
    /// The name server did not answer.
    #[error("{0} cannot be looked up")]
    LookUp(String),
}

/// The lists that apply to one webhook.
#[derive(Clone, Copy, Debug)]
pub struct Permits<'a> {
    /// The server's, by its operator.
    pub server: &'a Allow,
    /// The account's, by the operator too.
    pub account: &'a Allow,
    /// The webhook's own, which narrows both; empty means that it does not.
    pub webhook: &'a Allow,
}

impl Permits<'_> {
    fn opens(&self, host: Option<&str>, address: IpAddr) -> bool {
        let narrowed = |list: &Allow| list.entries().is_empty() || list.covers(host, address);
        (self.server.covers(host, address) || self.account.covers(host, address))
            && narrowed(self.webhook)
    }

    /// Whether a name of internal networks may be looked up at all; its addresses are checked then.
    fn may_look_up(&self, host: &str) -> bool {
        self.server.names(host) || self.account.names(host)
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
    /// Reads a URL. Whether its host may be reached is asked by [`Self::check`] and [`Self::addresses`].
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        // The URL standard repairs these silently; what stands there was not meant so.
        let odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
        if text.len() > LONGEST_URL || text.contains(odd) {
            return Err(Refusal::NotAUrl);
        }
        let authority = text.split_once("://").map_or("", |(_, rest)| rest);
        if authority.starts_with('/') {
            return Err(Refusal::NotAUrl);
        }
        Self::of(Url::parse(text).map_err(|_| Refusal::NotAUrl)?)
    }

    /// Where a redirect leads.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn redirected(&self, location: &str) -> Result<Self, Refusal> {
        Self::of(self.url.join(location).map_err(|_| Refusal::NotAUrl)?)
    }

    fn of(url: Url) -> Result<Self, Refusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(Refusal::Excess);
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

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Whether it is https.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Path and query, as a request names them.
    #[must_use]
    pub fn path(&self) -> &Uri {
        &self.path
    }

    /// Host and port, as a request names them.
    #[must_use]
    pub fn host_header(&self) -> &HeaderValue {
        &self.host_header
    }

    /// The host by name, or as the address that it is.
    fn host(&self) -> Result<String, IpAddr> {
        match self.url.host().expect("checked when parsed") {
            Host::Domain(name) => Ok(bare(name).to_owned()),
            Host::Ipv4(address) => Err(address.into()),
            Host::Ipv6(address) => Err(IpAddr::from(address).to_canonical()),
        }
    }

    fn port(&self) -> u16 {
        self.url
            .port_or_known_default()
            .expect("http and https have one")
    }

    /// What can be told without a look-up: refuses internal addresses in any spelling, and internal names.
    ///
    /// # Errors
    /// Why it may not be reached.
    pub fn check(&self, permits: &Permits<'_>) -> Result<(), Refusal> {
        match self.host() {
            Err(address) => check_address(None, address, permits),
            Ok(name) if is_internal_name(&name) && !permits.may_look_up(&name) => {
                Err(Refusal::InternalName(name))
            }
            Ok(_) => Ok(()),
        }
    }

    /// The addresses that may be connected to, in the resolver's order. A name that leads to public and internal addresses
    /// is reached at its public ones only.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn addresses(
        &self,
        permits: &Permits<'_>,
        resolver: &dyn Resolve,
    ) -> Result<Vec<SocketAddr>, Refusal> {
        self.check(permits)?;
        let name = match self.host() {
            Err(address) => return Ok(vec![SocketAddr::new(address, self.port())]),
            Ok(name) => name,
        };
        let found = resolver.resolve(&name).await;
        let found = found.map_err(|_| Refusal::LookUp(name.clone()))?;
        if found.is_empty() {
            return Err(Refusal::NoAddress(name));
        }
        let open = |address: &IpAddr| check_address(Some(&name), *address, permits).is_ok();
        let canonical = found.into_iter().map(|address| address.to_canonical());
        let usable: Vec<SocketAddr> = canonical
            .filter(open)
            .map(|address| SocketAddr::new(address, self.port()))
            .collect();
        if usable.is_empty() {
            return Err(Refusal::LeadsInside(name));
        }
        Ok(usable)
    }
}

fn check_address(
    host: Option<&str>,
    address: IpAddr,
    permits: &Permits<'_>,
) -> Result<(), Refusal> {
    if is_public(address) || permits.opens(host, address) {
        Ok(())
    } else {
        Err(Refusal::InternalAddress(address))
    }
}

/// Names that name servers of the public Internet do not answer, or should not.
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

/// Networks of IANA's registry of special addresses, and hosts by which clouds serve their machines.
const SPECIAL_V4: [([u8; 4], u32); 17] = [
    ([0, 0, 0, 0], 8),        // this host
    ([10, 0, 0, 0], 8),       // private
    ([100, 64, 0, 0], 10),    // shared by carriers
    ([127, 0, 0, 0], 8),      // loopback
    ([168, 63, 129, 16], 32), // a cloud's service of its machines
    ([169, 254, 0, 0], 16),   // link-local, metadata of clouds
    ([172, 16, 0, 0], 12),    // private
    ([192, 0, 0, 0], 24),     // protocol assignments
    ([192, 0, 2, 0], 24),     // documentation
    ([192, 31, 196, 0], 24),  // AS112
    ([192, 88, 99, 0], 24),   // relays to IPv6
    ([192, 168, 0, 0], 16),   // private
    ([198, 18, 0, 0], 15),    // benchmarks
    ([198, 51, 100, 0], 24),  // documentation
    ([203, 0, 113, 0], 24),   // documentation
    ([224, 0, 0, 0], 4),      // multicast
    ([240, 0, 0, 0], 4),      // reserved, broadcast
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    let within = |(network, length): &([u8; 4], u32)| {
        (bits ^ Ipv4Addr::from(*network).to_bits()).leading_zeros() >= *length
    };
    !SPECIAL_V4.iter().any(within)
}

/// Networks inside 2000::/3, outside of which nothing is routed, that are special all the same.
const SPECIAL_V6: [(u128, u32); 5] = [
    (0x2001 << 112, 23),          // protocol assignments, Teredo
    (0x2001_0db8 << 96, 32),      // documentation
    (0x2002 << 112, 16),          // 6to4
    (0x2620_004f_8000 << 80, 48), // AS112
    (0x3fff << 112, 20),          // documentation
];

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let within = |network: u128, length: u32| (bits ^ network).leading_zeros() >= length;
    // Routers that carry IPv6 over an IPv4 site name the IPv4 address in the last half.
    let carries_v4 = matches!((bits >> 32) as u32, 0x0000_5efe | 0x0200_5efe);
    let carried = Ipv4Addr::from_bits(bits as u32);
    within(0x2000 << 112, 3)
        && !SPECIAL_V6
            .iter()
            .any(|(network, length)| within(*network, *length))
        && (!carries_v4 || is_public_v4(carried))
}

/// Looks names up.
pub trait Resolve: std::fmt::Debug + Send + Sync {
    /// The addresses of a name.
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
