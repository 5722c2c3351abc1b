//! Customers: profile, addresses, background jobs of a merge or erasure, and how a request names a customer.

use serde::{Deserialize, Serialize};

use crate::code::coded;
use crate::id::{CustomerId, InboxId};
use crate::time::Timestamp;

/// A customer's profile: every customer field of the Help Scout contract (SEED-12). Texts are stored as sent; `None`
/// means never given.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Profile {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Telephone number. Never used to identify a customer.
    pub phone: Option<String>,
    /// URL of a picture.
    pub photo_url: Option<String>,
    /// Source of the picture.
    pub photo_type: Option<String>,
    /// Job title.
    pub job_title: Option<String>,
    /// Free text about the person.
    pub background: Option<String>,
    /// Place, as free text.
    pub location: Option<String>,
    /// Company.
    pub organization: Option<String>,
    /// `male`, `female` or `unknown`.
    pub gender: Option<String>,
    /// Age, as free text.
    pub age: Option<String>,
}

coded! {
    /// The fields of a [`Profile`]. The stored words are the names that the native API and the audit history use.
    pub enum ProfileField {
        /// First name.
        FirstName = "first_name",
        /// Last name.
        LastName = "last_name",
        /// Telephone number.
        Phone = "phone",
        /// URL of a picture.
        PhotoUrl = "photo_url",
        /// Source of the picture.
        PhotoType = "photo_type",
        /// Job title.
        JobTitle = "job_title",
        /// Free text about the person.
        Background = "background",
        /// Place, as free text.
        Location = "location",
        /// Company.
        Organization = "organization",
        /// Gender.
        Gender = "gender",
        /// Age.
        Age = "age",
    }
}

impl Profile {
    /// Reads one field.
    #[must_use]
    pub const fn field(&self, field: ProfileField) -> &Option<String> {
        match field {
            ProfileField::FirstName => &self.first_name,
            ProfileField::LastName => &self.last_name,
            ProfileField::Phone => &self.phone,
            ProfileField::PhotoUrl => &self.photo_url,
            ProfileField::PhotoType => &self.photo_type,
            ProfileField::JobTitle => &self.job_title,
            ProfileField::Background => &self.background,
            ProfileField::Location => &self.location,
            ProfileField::Organization => &self.organization,
            ProfileField::Gender => &self.gender,
            ProfileField::Age => &self.age,
        }
    }

    /// Returns a mutable reference to one field.
    pub const fn field_mut(&mut self, field: ProfileField) -> &mut Option<String> {
        match field {
            ProfileField::FirstName => &mut self.first_name,
            ProfileField::LastName => &mut self.last_name,
            ProfileField::Phone => &mut self.phone,
            ProfileField::PhotoUrl => &mut self.photo_url,
            ProfileField::PhotoType => &mut self.photo_type,
            ProfileField::JobTitle => &mut self.job_title,
            ProfileField::Background => &mut self.background,
            ProfileField::Location => &mut self.location,
            ProfileField::Organization => &mut self.organization,
            ProfileField::Gender => &mut self.gender,
            ProfileField::Age => &mut self.age,
        }
    }

    /// Copies from `other` every field that is `None` here.
    pub fn fill_from(&mut self, other: &Self) {
        for field in ProfileField::ALL {
            if self.field(*field).is_none() {
                self.field_mut(*field).clone_from(other.field(*field));
            }
        }
    }
}

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
        /// Any other kind of address, such as a name in a social network.
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

/// An address of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    /// Whether the address is an e-mail address, a telephone number or something else.
    pub kind: AddressKind,
    /// The address: normalised if it is an e-mail address, else trimmed.
    pub value: String,
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
        Some(Self { kind, value })
    }
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

coded! {
    /// The kind of background job that a merge or an erasure of a customer starts.
    pub enum JobKind {
        /// Moves everything of a merged customer to the survivor: the customer that remains after the merge.
        Merge = "merge",
        /// Empties everything of an erased customer.
        Erase = "erase",
    }
}

coded! {
    /// How far a customer's background job has come: which kind of data it works on now.
    pub enum JobStage {
        /// Works on followers: customers that were merged into this customer earlier.
        Followers = "followers",
        /// Works on the customer's conversations.
        Conversations = "conversations",
        /// Works on the customer's conversations a second time, because a split may have created one during the first
        /// pass.
        ConversationsAgain = "conversations_again",
        /// Works on the customer's messages in other customers' conversations.
        Guests = "guests",
        /// Works on the details of events about the customer.
        Events = "events",
        /// Works on bodies that were sent to webhooks.
        Deliveries = "deliveries",
        /// Works on responses stored for idempotent requests.
        Answers = "answers",
        /// The job is complete.
        Done = "done",
    }
}

impl JobStage {
    /// Returns the stage that follows this one in a job of this kind.
    #[must_use]
    pub const fn next(self, kind: JobKind) -> Self {
        match (self, kind) {
            (Self::Followers, _) => Self::Conversations,
            (Self::Conversations, JobKind::Erase) => Self::ConversationsAgain,
            (Self::Conversations, JobKind::Merge) | (Self::ConversationsAgain, _) => Self::Guests,
            (Self::Guests, JobKind::Erase) => Self::Events,
            (Self::Events, _) => Self::Deliveries,
            (Self::Deliveries, _) => Self::Answers,
            (Self::Guests, JobKind::Merge) | (Self::Answers | Self::Done, _) => Self::Done,
        }
    }
}

/// A stored customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Id of the customer within the account.
    pub id: CustomerId,
    /// The customer's home inbox: of the credentials limited to inboxes, only those that reach this inbox see the
    /// customer. `None`: every credential of the account sees the customer.
    pub home: Option<InboxId>,
    /// Names and other facts about the person, all optional.
    pub profile: Profile,
    /// The first e-mail address; `None` if there is none.
    pub email: Option<String>,
    /// When the customer was recorded.
    pub created_at: Timestamp,
    /// When the customer last changed.
    pub updated_at: Timestamp,
    /// Id of the event that last changed the customer.
    pub version: i64,
}

impl Customer {
    /// Whether a credential limited to `inbox` sees the customer (`rules.md` 16).
    #[must_use]
    pub fn is_at_home_in(&self, inbox: InboxId) -> bool {
        self.home.is_none_or(|home| home == inbox)
    }
}

/// How a request names a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomerRef {
    /// By id. An e-mail address in the same request is ignored (SEED-4).
    Id(CustomerId),
    /// By e-mail address, compared with all addresses without regard to case. If no customer has the address, one is
    /// created (SEED-5 to SEED-7).
    Email {
        /// The address as sent.
        email: String,
        /// Profile of the new customer; ignored if the customer exists.
        profile: Box<Profile>,
    },
    /// Always creates a customer with this display name and no address (Mews, `rules.md` 14).
    Named(String),
}

/// Splits a display name at its last blank into first and last name. Without a blank it is all first name (`rules.md`
/// 14).
#[must_use]
pub fn split_name(display: &str) -> (&str, &str) {
    let name = display.trim();
    name.rsplit_once(' ')
        .map_or((name, ""), |(first, last)| (first.trim_end(), last))
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
    fn every_field_of_a_profile_has_a_name() {
        let mut profile = Profile::default();
        for field in ProfileField::ALL {
            *profile.field_mut(*field) = Some(field.as_str().to_owned());
        }
        assert_eq!(profile.age.as_deref(), Some("age"));
        assert_eq!(
            profile.field(ProfileField::PhotoUrl).as_deref(),
            Some("photo_url")
        );
        let mut other = Profile {
            age: Some("30".into()),
            ..Profile::default()
        };
        other.fill_from(&profile);
        assert_eq!(other.age.as_deref(), Some("30"));
        assert_eq!(other.gender.as_deref(), Some("gender"));
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
