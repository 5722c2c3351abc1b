//! The five kinds of entries (contract section 9.4) and their types.
//!
//! Heddle stores an entry as an address with a label. A type that the store does not know, because another API wrote it,
//! is shown as `other`.

use heddle_domain::customer::{Address, AddressKind};

/// A kind of entries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EntryKind {
    /// The last part of the path of the list, and the name of the list in its body.
    pub(crate) rel: &'static str,
    /// The member of a new customer that holds the entries.
    pub(crate) member: &'static str,
    /// The types; none for websites.
    pub(crate) types: &'static [&'static str],
    /// The kinds of addresses that are shown as entries of this kind. A postal address in one piece is not shown at all.
    pub(crate) stored: &'static [AddressKind],
}

/// The type of an entry without a label.
const OTHER: &str = "other";
const FAX: &str = "fax";

/// The kinds of entries, each as a type, for the handlers of its paths.
pub(crate) trait Kind: 'static {
    /// What is known of the kind.
    const KIND: &'static EntryKind;
}

macro_rules! kinds {
    ($($name:ident: $rel:literal, $member:literal, [$($kind:ident),+], [$($word:literal),*];)+) => {
        $(
            #[doc = concat!("The kind `", $rel, "`.")]
            #[derive(Debug)]
            pub(crate) enum $name {}

            impl Kind for $name {
                const KIND: &'static EntryKind = &EntryKind {
                    rel: $rel,
                    member: $member,
                    types: &[$($word),*],
                    stored: &[$(AddressKind::$kind),+],
                };
            }
        )+
        /// All kinds.
        pub(crate) const ALL: &[&EntryKind] = &[$($name::KIND),+];
    };
}

kinds! {
    Emails: "emails", "emails", [Email], ["home", "other", "work"];
    Phones: "phones", "phones", [Phone, Fax], ["fax", "home", "mobile", "other", "pager", "work"];
    Chats: "chats", "chats", [Chat, Other],
        ["aim", "gtalk", "icq", "msn", "other", "qq", "skype", "xmpp", "yahoo"];
    SocialProfiles: "social-profiles", "socialProfiles", [Social],
        ["aboutme", "facebook", "flickr", "forsquare", "foursquare", "github", "google", "googleplus", "instagram",
            "linkedin", "other", "pinterest", "quora", "tungleme", "twitter", "youtube"];
    Websites: "websites", "websites", [Website], [];
}

impl EntryKind {
    /// Returns the stored kind and label of an entry with this type.
    pub(crate) fn stored_as(&self, word: &str) -> (AddressKind, Option<String>) {
        match word {
            FAX if self.stored.contains(&AddressKind::Fax) => (AddressKind::Fax, None),
            OTHER => (self.stored[0], None),
            _ => (self.stored[0], Some(word.to_owned())),
        }
    }

    /// Returns the type of an entry; `None` for a website.
    pub(crate) fn type_of(&self, address: &Address) -> Option<&'static str> {
        if self.types.is_empty() {
            return None;
        }
        if address.kind == AddressKind::Fax {
            return Some(FAX);
        }
        let label = address.label.as_deref().unwrap_or(OTHER);
        let mut types = self.types.iter();
        let known = types.find(|word| word.eq_ignore_ascii_case(label));
        Some(known.copied().unwrap_or(OTHER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_address_but_one_is_an_entry() {
        for kind in AddressKind::ALL {
            let shown = ALL.iter().filter(|entries| entries.stored.contains(kind));
            let expected = usize::from(*kind != AddressKind::Post);
            assert_eq!(shown.count(), expected, "{kind:?}");
        }
    }

    #[test]
    fn every_type_is_read_back() {
        for kind in ALL {
            for word in kind.types {
                let (stored, label) = kind.stored_as(word);
                let address = Address {
                    kind: stored,
                    value: "x".into(),
                    label,
                };
                assert!(kind.stored.contains(&address.kind), "{word}");
                assert_eq!(kind.type_of(&address), Some(*word));
            }
        }
    }

    #[test]
    fn a_label_of_another_api_is_shown_as_a_type() {
        let phone = |label: &str| Address {
            kind: AddressKind::Phone,
            value: "1".into(),
            label: Some(label.to_owned()),
        };
        for (label, word) in [("Work", "work"), ("holiday", "other")] {
            assert_eq!(Phones::KIND.type_of(&phone(label)), Some(word));
        }
        let website = Address::parse(AddressKind::Website, "x.example").expect("one");
        assert_eq!(Websites::KIND.type_of(&website), None);
    }
}
