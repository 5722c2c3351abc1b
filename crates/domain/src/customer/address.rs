//! The addresses of customers: how each kind is written, and when two are one.

use serde::{Deserialize, Serialize};

use crate::code::coded;

coded! {
    /// What an address is used for, such as e-mail or telephone.
    pub enum AddressKind {
        /// An e-mail address, normalised. At most one customer of an account has it.
        Email = "email",
        /// A telephone number, as given.
        Phone = "phone",
        /// A fax number.
        Fax = "fax",
        /// A postal address.
        Post = "post",
        /// A website.
        Website = "website",
        /// A name in a chat service; the label is the service.
        Chat = "chat",
        /// A profile in a social network; the label is the network.
        Social = "social",
        /// Any other kind of address.
        Other = "other",
    }
}

/// The maximum number of addresses that a request may give a customer. A merge may leave more, up to
/// [`MOST_MERGED_ADDRESSES`].
pub const MOST_ADDRESSES: usize = 100;
/// The greatest position of an address.
pub const LAST_POSITION: i64 = 1_000_000_000_000;
/// The maximum number of addresses that a customer may have after a merge.
pub const MOST_MERGED_ADDRESSES: usize = 1_000;
/// The maximum number of characters in an address. [`normalise_email`] limits e-mail addresses further.
pub const LONGEST_ADDRESS: usize = 500;
/// The maximum number of characters in the label of an address.
pub const LONGEST_LABEL: usize = 40;

/// An address of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    /// Whether the address is an e-mail address, a telephone number or something else.
    pub kind: AddressKind,
    /// The address: normalised if it is an e-mail address, else trimmed.
    pub value: String,
    /// What the address is for, such as `work`, or the service of a chat or social network. `None`: not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl Address {
    /// Brings an address into its stored form; `None` if the text is not an address of `kind`.
    #[must_use]
    pub fn parse(kind: AddressKind, text: &str) -> Option<Self> {
        let value = match kind {
            AddressKind::Email => normalise_email(text)?,
            _ => {
                let value = text.trim();
                let broken = |c: char| c.is_control() && c != '\n';
                let valid = !value.is_empty()
                    && value.chars().count() <= LONGEST_ADDRESS
                    && !value.chars().any(broken);
                valid.then(|| value.to_owned())?
            }
        };
        Some(Self {
            kind,
            value,
            label: None,
        })
    }

    /// Brings a label into its stored form; `None` if the text is no label.
    #[must_use]
    pub fn parse_label(text: &str) -> Option<String> {
        let label = text.trim();
        let valid = (1..=LONGEST_LABEL).contains(&label.chars().count())
            && !label.chars().any(char::is_control);
        valid.then(|| label.to_owned())
    }

    /// Returns the address with another label.
    #[must_use]
    pub fn labelled(self, label: Option<String>) -> Self {
        Self { label, ..self }
    }

    /// Whether both are one address. Names in two chat services, or two social networks, are two addresses, and so are the uses of one
    /// telephone number.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }

    /// Whether a customer with the address `other` needs not get this one, too. This is so if both are the same, or if this is
    /// the same telephone number without a label.
    #[must_use]
    pub fn is_said_by(&self, other: &Self) -> bool {
        let is_number = self.kind == AddressKind::Phone && self.label.is_none();
        self.is_same_as(other)
            || is_number && (self.kind, &self.value) == (other.kind, &other.value)
    }

    /// Returns what distinguishes the address from the customer's others.
    #[must_use]
    pub fn identity(&self) -> (AddressKind, &str, Option<&str>) {
        let service = match self.kind {
            AddressKind::Chat | AddressKind::Social | AddressKind::Phone => self.label.as_deref(),
            AddressKind::Email
            | AddressKind::Fax
            | AddressKind::Post
            | AddressKind::Website
            | AddressKind::Other => None,
        };
        (self.kind, &self.value, service)
    }
}

/// The place where a person lives, or a firm is, in parts. A customer has at most one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostalAddress {
    /// Street and house number, and what else comes before the city; one item for each line.
    pub lines: Vec<String>,
    /// The city.
    pub city: String,
    /// State, province or region.
    pub state: String,
    /// The postal code.
    pub postal_code: String,
    /// The country: two letters in upper case.
    pub country: String,
}

/// The maximum number of lines of a postal address.
pub const MOST_LINES: usize = 10;
/// The maximum number of characters in a line, city or state of a postal address.
pub const LONGEST_LINE: usize = 255;
/// The maximum number of characters in a postal code.
pub const LONGEST_POSTAL_CODE: usize = 40;

impl PostalAddress {
    /// Brings a country into its stored form; `None` if the text is not two letters.
    #[must_use]
    pub fn parse_country(text: &str) -> Option<String> {
        let country = text.trim();
        let valid = country.len() == 2 && country.chars().all(|c| c.is_ascii_alphabetic());
        valid.then(|| country.to_ascii_uppercase())
    }
}

/// Returns the part of a normalised e-mail address after the `@`.
#[must_use]
pub fn domain_of(email: &str) -> &str {
    email.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// An address with its position in the customer's list. Removing an address does not change the other positions. APIs
/// with one address of a kind show the one with the lowest position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedAddress {
    /// Number that orders the customer's addresses.
    pub position: i64,
    /// Kind and value of the address.
    #[serde(flatten)]
    pub address: Address,
}

impl PlacedAddress {
    /// Returns the addresses with the positions 0, 1 and so on.
    #[must_use]
    pub fn numbered(list: Vec<Address>) -> Vec<Self> {
        let placed = (0..).zip(list);
        let placed = placed.map(|(position, address)| Self { position, address });
        placed.collect()
    }
}

/// Returns the value of the address of this kind that has the lowest position.
#[must_use]
pub fn first_of(addresses: &[PlacedAddress], kind: AddressKind) -> Option<&str> {
    let mut of_kind = addresses
        .iter()
        .filter(|placed| placed.address.kind == kind);
    of_kind.next().map(|placed| placed.address.value.as_str())
}

/// Normalises an e-mail address for comparison: trims it and converts it to Unicode lower case. `None` if the text is
/// not an address: exactly one `@` with text on both sides, no blank or control character, at most 254 characters
/// (`rules.md` 15).
#[must_use]
pub fn normalise_email(text: &str) -> Option<String> {
    let address = text.trim().to_lowercase();
    let (local, host) = address.split_once('@')?;
    let valid = !local.is_empty()
        && !host.is_empty()
        && !host.contains('@')
        && address.chars().count() <= 254
        && !address.chars().any(|c| c.is_whitespace() || c.is_control());
    valid.then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_in_lower_case() {
        assert_eq!(
            normalise_email(" Ito@Example.COM ").as_deref(),
            Some("ito@example.com")
        );
        assert_eq!(normalise_email("ÄRGER@x").as_deref(), Some("ärger@x"));
    }

    #[test]
    fn addresses_are_normalised_by_their_kind() {
        let parse = |kind, text| Address::parse(kind, text).map(|address| address.value);
        let email = parse(AddressKind::Email, " A@B ");
        assert_eq!(email.as_deref(), Some("a@b"));
        assert_eq!(parse(AddressKind::Email, "a"), None);
        let phone = parse(AddressKind::Phone, " +1 2 ");
        assert_eq!(phone.as_deref(), Some("+1 2"));
        assert_eq!(parse(AddressKind::Phone, " "), None);
        assert_eq!(parse(AddressKind::Other, "a\u{7}b"), None);
        assert_eq!(
            parse(AddressKind::Post, &"x".repeat(LONGEST_ADDRESS + 1)),
            None
        );
    }

    #[test]
    fn a_label_is_part_of_some_addresses() {
        let address = |kind, label: &str| {
            let parsed = Address::parse(kind, "ada").expect("an address");
            parsed.labelled(Address::parse_label(label))
        };
        for (kind, is_same) in [
            (AddressKind::Phone, false),
            (AddressKind::Website, true),
            (AddressKind::Chat, false),
            (AddressKind::Social, false),
        ] {
            let (one, other) = (address(kind, "skype"), address(kind, " icq "));
            assert_eq!(one.is_same_as(&other), is_same, "{kind:?}");
            assert!(one.is_same_as(&one));
            let plain = address(kind, "");
            assert_eq!(
                plain.is_said_by(&one),
                kind != AddressKind::Chat && kind != AddressKind::Social
            );
            assert_eq!(one.is_said_by(&plain), is_same, "{kind:?}");
        }
        for text in ["", " ", "a\u{7}", &"x".repeat(LONGEST_LABEL + 1)] {
            assert_eq!(Address::parse_label(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_country_has_two_letters() {
        assert_eq!(PostalAddress::parse_country(" de ").as_deref(), Some("DE"));
        for text in ["", "D", "DEU", "D1", "\u{e4}a"] {
            assert_eq!(PostalAddress::parse_country(text), None, "{text:?}");
        }
    }

    #[test]
    fn text_that_is_not_an_address_is_refused() {
        let long = format!("{}@x", "a".repeat(253));
        for text in [
            "",
            "a",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a b@c",
            "a@b\u{7}",
            "a@b\u{a0}c",
            &long,
        ] {
            assert_eq!(normalise_email(text), None, "{text:?}");
        }
    }
}
