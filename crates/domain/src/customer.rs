//! Customers, and how one is found or made.

use crate::id::{CustomerId, InboxId};
use crate::time::Timestamp;

/// What is known of a person or firm: every customer field of the Help Scout contract (SEED-12). Texts are stored as
/// sent; `None` means never given.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Profile {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Telephone number. Never identifies a customer.
    pub phone: Option<String>,
    /// Address of a picture.
    pub photo_url: Option<String>,
    /// Where the picture comes from.
    pub photo_type: Option<String>,
    /// Job title.
    pub job_title: Option<String>,
    /// Free notes about the person.
    pub background: Option<String>,
    /// Where the person lives, free text.
    pub location: Option<String>,
    /// Firm.
    pub organization: Option<String>,
    /// `male`, `female` or `unknown`.
    pub gender: Option<String>,
    /// Age as text, as the vendor has it.
    pub age: Option<String>,
}

/// A stored customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Its id within the account.
    pub id: CustomerId,
    /// The inbox whose inbox-bound credentials see it; `None` means all do.
    pub home: Option<InboxId>,
    /// Everything known.
    pub profile: Profile,
    /// The address shown first; `None` if there is none.
    pub email: Option<String>,
    /// Recorded time.
    pub created_at: Timestamp,
}

impl Customer {
    /// Whether a caller bound to `inbox` sees the customer (`rules.md` 16).
    #[must_use]
    pub fn is_at_home_in(&self, inbox: InboxId) -> bool {
        self.home.is_none_or(|home| home == inbox)
    }
}

/// How a request names the customer it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomerRef {
    /// By id; an e-mail beside it is ignored (SEED-4).
    Id(CustomerId),
    /// By e-mail: found without regard to case among all addresses, made if unknown (SEED-5 to SEED-7).
    Email {
        /// The address as sent.
        email: String,
        /// Used only if the customer is made.
        profile: Box<Profile>,
    },
    /// Always a new customer with this display name and no address (Mews, `rules.md` 14).
    Named(String),
}

/// Splits a display name at its last blank; without one it is the first name (`rules.md` 14).
#[must_use]
pub fn split_name(display: &str) -> (&str, &str) {
    let name = display.trim();
    name.rsplit_once(' ')
        .map_or((name, ""), |(first, last)| (first.trim_end(), last))
}

/// The normalised form by which e-mail addresses are compared, or `None` if the text is no address: trimmed, Unicode
/// lower case, exactly one `@` with text on both sides, no blank or control character, at most 254 characters
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
    fn a_display_name_splits_at_its_last_blank() {
        assert_eq!(split_name("Mara van Okafor"), ("Mara van", "Okafor"));
        assert_eq!(split_name("Mara"), ("Mara", ""));
        assert_eq!(split_name("  "), ("", ""));
    }

    #[test]
    fn addresses_are_compared_in_lower_case() {
        assert_eq!(
            normalise_email(" Ito@Example.COM ").as_deref(),
            Some("ito@example.com")
        );
        assert_eq!(normalise_email("ÄRGER@x").as_deref(), Some("ärger@x"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
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
