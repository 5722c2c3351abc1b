//! Customers: profile, addresses, background jobs of a merge or erasure, and how a request names a customer.

mod address;
mod details;
mod follower;
mod preference;

use crate::code::coded;
use crate::id::{CustomerId, InboxId};
use crate::time::Timestamp;
pub use address::{
    Address, AddressKind, LAST_POSITION, LONGEST_ADDRESS, LONGEST_LABEL, LONGEST_LINE,
    LONGEST_POSTAL_CODE, MOST_ADDRESSES, MOST_LINES, MOST_MERGED_ADDRESSES, PlacedAddress,
    PostalAddress, domain_of, first_of, normalise_email,
};
pub use details::CustomerDetails;
pub use follower::{Follower, FollowerChange, MOST_FOLLOWERS, MOST_MERGED_FOLLOWERS};
pub use preference::{Category, Preference, PreferenceChange};

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
    /// Where the person lives, or the firm is.
    pub postal_address: Option<PostalAddress>,
    /// The greatest position that an address had when it was changed, or -1. A new address gets a greater one, so that a
    /// position never means another address later.
    pub last_position: i64,
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

impl CustomerRef {
    /// Whether the customer is named by its id.
    #[must_use]
    pub const fn is_id(&self) -> bool {
        matches!(self, Self::Id(_))
    }
}

/// Splits a display name at its last blank into first and last name. Without a blank it is all first name (`rules.md`
/// 14).
#[must_use]
pub fn split_name(display: &str) -> (&str, &str) {
    let name = display.trim();
    name.rsplit_once(' ')
        .map_or((name, ""), |(first, last)| (first.trim_end(), last))
}

/// The maximum number of characters of a name by which customers are sorted and looked up.
const LONGEST_KEY: usize = 100;

/// Returns the form of a name by which customers are sorted and looked up: trimmed, in lower case, at most 100 characters.
/// Empty if there is no name.
#[must_use]
pub fn name_key(name: Option<&str>) -> String {
    let name = name.unwrap_or_default().trim().to_lowercase();
    name.chars().take(LONGEST_KEY).collect()
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
    fn names_have_keys() {
        assert_eq!(name_key(Some("  \u{c9}va ")), "\u{e9}va");
        assert_eq!(name_key(None), "");
        assert_eq!(name_key(Some(&"X".repeat(500))), "x".repeat(100));
    }
}
