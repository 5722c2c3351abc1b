//! Networks in CIDR notation.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// A network such as `10.0.0.0/8` or `2001:db8::/32`; a bare address is a network of one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cidr(IpNet);

impl Cidr {
    /// Whether `address` is in the network. An IPv4 address in IPv6 notation (`::ffff:…`) counts as IPv4.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Whether every address of `inner` is in this network.
    #[must_use]
    pub fn contains_network(self, inner: Self) -> bool {
        self.0.contains(&inner.0)
    }
}

/// The error for a text that is not a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a network such as 10.0.0.0/8, nor an address")]
pub struct NotANetwork(String);

impl FromStr for Cidr {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let network = match text.parse::<IpAddr>() {
            Ok(address) => Ok(address.into()),
            Err(_) => text.parse(),
        };
        network.map(Self).map_err(|_| NotANetwork(text.to_owned()))
    }
}

impl TryFrom<String> for Cidr {
    type Error = NotANetwork;

    fn try_from(text: String) -> Result<Self, NotANetwork> {
        text.parse()
    }
}

impl From<Cidr> for String {
    fn from(network: Cidr) -> Self {
        network.to_string()
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn network(text: &str) -> Cidr {
        text.parse().expect("a network")
    }

    #[test]
    fn networks_match_their_leading_bits() {
        for (text, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("192.0.2.128/25", "192.0.2.255", "192.0.2.127"),
            ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"),
            ("::1", "::1", "::2"),
            ("0.0.0.0/0", "255.1.2.3", "2001:db8::1"),
        ] {
            assert!(network(text).contains(address(inside)), "{text} {inside}");
            assert!(
                !network(text).contains(address(outside)),
                "{text} {outside}"
            );
        }
    }

    #[test]
    fn a_text_that_is_not_a_network_is_refused() {
        for text in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/-1",
            "10.0.0.0/",
            "example.org",
            "10.0.0/8",
        ] {
            assert_eq!(text.parse::<Cidr>(), Err(NotANetwork(text.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn a_network_holds_exactly_the_addresses_that_share_its_prefix(
            network in any::<u32>(), other in any::<u32>(), bits in 0..=32u8
        ) {
            let cidr: Cidr = format!("{}/{bits}", Ipv4Addr::from(network)).parse().expect("a network");
            let shift = 32 - u32::from(bits);
            let shares = network.checked_shr(shift) == other.checked_shr(shift);
            prop_assert_eq!(cidr.contains(IpAddr::V4(other.into())), shares);
        }
    }
}
