//! The customers that a request names (SEED-3 to SEED-7, SEED-12 to SEED-14).
//!
//! A customer has members such as `id`, `email` and the profile. If there is an id, all other members are ignored. If
//! there is an e-mail address, the profile counts only if the store will create a customer from it. Only the store
//! knows whether it will, so the faults of profiles are collected separately.

use heddle_domain::customer::{
    Address, AddressKind, CustomerRef, LONGEST_ADDRESS, Profile, ProfileField, normalise_email,
};
use heddle_domain::id::CustomerId;
use heddle_store::read::references::LookedUp;

use crate::fault::{self, code};
use crate::input;
use heddle_http::known;
use heddle_http::member_path::MemberPath;
use heddle_http::members::{Fault, Item, Object, Problem};
use heddle_http::shape::Shape;

/// The words of `photoType`.
pub(crate) const PHOTO_TYPES: [&str; 8] = [
    "unknown",
    "gravatar",
    "twitter",
    "facebook",
    "googleprofile",
    "googleplus",
    "linkedin",
    "instagram",
];
/// The members of a customer.
pub(crate) const SHAPE: Shape = known!(
    "id",
    "email",
    "firstName",
    "lastName",
    "photoUrl",
    "jobTitle",
    "background",
    "location",
    "organization",
    "photoType",
    "gender",
    "phone",
    "age",
);

/// The words of `gender`, which may be in any case.
pub(crate) const GENDERS: [&str; 3] = ["male", "female", "unknown"];

/// Returns the maximum length of a field of a profile, in characters.
pub(crate) const fn longest(field: ProfileField) -> usize {
    match field {
        ProfileField::FirstName | ProfileField::LastName | ProfileField::Age => 40,
        ProfileField::PhotoUrl | ProfileField::Background => 200,
        ProfileField::JobTitle | ProfileField::Location | ProfileField::Organization => 60,
        ProfileField::Phone => LONGEST_ADDRESS,
        // These have words.
        ProfileField::Gender | ProfileField::PhotoType => 0,
    }
}

/// The member by which a request names a customer.
#[derive(Debug)]
enum Key {
    Id(CustomerId),
    Email {
        /// The e-mail address, normalised.
        address: String,
        profile: Box<Profile>,
        /// What is wrong with the profile. These faults count only if the profile is used.
        profile_faults: Vec<Fault>,
    },
}

/// A customer that the request names.
#[derive(Debug)]
struct Named {
    /// The path at which the request names the customer for the first time.
    path: MemberPath,
    key: Key,
}

/// The customers of a request.
#[derive(Debug, Default)]
pub(crate) struct Customers {
    /// The customers without repetition, in the order of their first mention.
    all: Vec<Named>,
    /// For every mention of a customer, in the order of the request: the index of the customer in `all`.
    mentions: Vec<usize>,
}

impl Customers {
    /// Reads the required member `customer`. Returns the customer's index among the customers of the request.
    pub(crate) fn read(&mut self, of: &Object<'_>) -> Option<usize> {
        let item = of.get("customer").required();
        let (path, key) = (item.path(), read_key(&item.object()?)?);
        let known = self.all.iter().position(|named| is_same(&named.key, &key));
        let at = known.unwrap_or_else(|| {
            self.all.push(Named { path, key });
            self.all.len() - 1
        });
        self.mentions.push(at);
        Some(at)
    }

    /// Whether any profile has faults. They count only if the profile is used.
    pub(crate) fn have_profile_faults(&self) -> bool {
        let is_faulty = |named: &Named| match &named.key {
            Key::Id(_) => false,
            Key::Email { profile_faults, .. } => !profile_faults.is_empty(),
        };
        self.all.iter().any(is_faulty)
    }

    /// Returns the ids of the named customers, for the look-up in the store.
    pub(crate) fn ids(&self) -> Vec<CustomerId> {
        let ids = self.all.iter().filter_map(|named| match &named.key {
            Key::Id(id) => Some(*id),
            Key::Email { .. } => None,
        });
        ids.collect()
    }

    /// Returns the normalised e-mail addresses of the named customers, for the look-up in the store.
    pub(crate) fn emails(&self) -> Vec<String> {
        let emails = self.all.iter().filter_map(|named| match &named.key {
            Key::Id(_) => None,
            Key::Email { address, .. } => Some(address.clone()),
        });
        emails.collect()
    }

    /// Adds the faults that the look-up shows: unknown ids, and the faults of profiles that will be used. Drops the
    /// profiles of addresses whose customers exist.
    pub(crate) fn check(&mut self, found: &LookedUp, faults: &mut Vec<Fault>) {
        let (mut ids, mut owners) = (found.customers.iter(), found.owners.iter());
        for named in &mut self.all {
            match &mut named.key {
                Key::Id(id) => {
                    if ids.next() != Some(&true) {
                        let path = named.path.member("id");
                        faults.push(fault::unknown(path, "customer", id.get()));
                    }
                }
                Key::Email {
                    profile,
                    profile_faults,
                    ..
                } => {
                    let profile_faults = std::mem::take(profile_faults);
                    if owners.next().is_some_and(Option::is_some) {
                        **profile = Profile::default();
                    } else {
                        faults.extend(profile_faults);
                    }
                }
            }
        }
    }

    /// Returns the fault of a mention whose customer does not exist, at the place where the request names it first.
    pub(crate) fn unknown(&self, mention: usize) -> Fault {
        let named = self.mentions.get(mention).and_then(|at| self.all.get(*at));
        match named.map(|named| (named.path.member("id"), &named.key)) {
            Some((path, Key::Id(id))) => fault::unknown(path, "customer", id.get()),
            Some((path, Key::Email { .. })) => fault::missing(path, "customer"),
            None => fault::missing("customer", "customer"),
        }
    }

    /// Returns the customer with the index `at`, in the store's form.
    pub(crate) fn reference(&self, at: usize) -> CustomerRef {
        match &self.all[at].key {
            Key::Id(id) => CustomerRef::Id(*id),
            Key::Email {
                address, profile, ..
            } => CustomerRef::Email {
                email: address.clone(),
                profile: profile.clone(),
            },
        }
    }
}

fn is_same(a: &Key, b: &Key) -> bool {
    match (a, b) {
        (Key::Id(a), Key::Id(b)) => a == b,
        (Key::Email { address: a, .. }, Key::Email { address: b, .. }) => a == b,
        _ => false,
    }
}

/// Reads what names the customer: the id, or else the e-mail address. An id 0 and an empty text count as absent.
fn read_key(customer: &Object<'_>) -> Option<Key> {
    let (id, email) = (customer.get("id"), customer.get("email"));
    match input::id(&id) {
        Some(0) => {}
        Some(id) => return Some(Key::Id(CustomerId(id))),
        None if id.is_present() => return None,
        None => {}
    }
    let text = email.text().map(str::trim);
    if text.is_none() && email.is_present() {
        return None;
    }
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        let rule = "must have an id or an email";
        customer.refuse(Problem::Rule(code::NOT_EMPTY, rule.into()));
        return None;
    };
    let Some(address) = normalise_email(text) else {
        email.refuse(Problem::Rule(
            code::EMAIL,
            "must be an email address".into(),
        ));
        return None;
    };
    let (profile, profile_faults) = customer.apart(|| Box::new(read_profile(customer)));
    Some(Key::Email {
        address,
        profile,
        profile_faults,
    })
}

/// Reads the fields of a new customer of a conversation or thread.
fn read_profile(customer: &Object<'_>) -> Profile {
    let sized = |name, least: usize, field| {
        let text = customer.get(name).text_of(least..=longest(field));
        text.map(str::to_owned)
    };
    let word = |name, words| customer.get(name).word(words).map(str::to_owned);
    Profile {
        first_name: sized("firstName", 1, ProfileField::FirstName),
        last_name: sized("lastName", 1, ProfileField::LastName),
        photo_url: sized("photoUrl", 0, ProfileField::PhotoUrl),
        job_title: sized("jobTitle", 0, ProfileField::JobTitle),
        background: sized("background", 0, ProfileField::Background),
        location: sized("location", 0, ProfileField::Location),
        organization: sized("organization", 0, ProfileField::Organization),
        photo_type: word("photoType", &PHOTO_TYPES),
        gender: gender(&customer.get("gender")),
        phone: phone(&customer.get("phone")),
        age: sized("age", 0, ProfileField::Age),
    }
}

/// Reads the phone number. A blank one counts as absent.
pub(super) fn phone(item: &Item<'_>) -> Option<String> {
    let number = item.text_of(0..=LONGEST_ADDRESS)?;
    if number.trim().is_empty() {
        return None;
    }
    let rule = Problem::Rule(code::SIZE, "must not contain control characters".into());
    let number = item.parsed(&rule, |number| Address::parse(AddressKind::Phone, number));
    number.map(|address| address.value)
}

/// Reads the gender, which may be in any case (contract section 9.1).
pub(super) fn gender(item: &Item<'_>) -> Option<String> {
    let known = |text: &str| {
        let mut words = GENDERS.into_iter();
        words.find(|word| word.eq_ignore_ascii_case(text))
    };
    let word = item.parsed(&Problem::Word(GENDERS.to_vec()), known);
    word.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use heddle_domain::Timestamp;
    use heddle_domain::customer::Customer;
    use heddle_store::read::customers::CustomerView;

    use super::*;
    use crate::fault::tests::{body, paths};
    use crate::map;

    fn read(bodies: &[Value]) -> (Customers, Vec<Fault>, Vec<Option<usize>>) {
        let (mut customers, mut faults) = (Customers::default(), Vec::new());
        let positions = bodies
            .iter()
            .map(|customer| {
                let body = body(&json!({ "customer": customer }));
                let (position, found) = body.read_all(|body| customers.read(body));
                faults.extend(found);
                position
            })
            .collect();
        (customers, faults, positions)
    }

    #[test]
    fn members_beside_an_id_are_ignored() {
        let (customers, faults, _) =
            read(&[json!({"id": 4, "email": 5, "firstName": "x".repeat(60), "gender": []})]);
        assert!(faults.is_empty() && !customers.have_profile_faults());
        assert_eq!(customers.reference(0), CustomerRef::Id(CustomerId(4)));
    }

    #[test]
    fn an_id_or_an_address_is_required() {
        for customer in [
            json!({}),
            json!({"id": null, "email": null}),
            json!({"id": 0, "email": ""}),
            json!({"id": "0", "email": " "}),
        ] {
            let (_, faults, _) = read(std::slice::from_ref(&customer));
            assert_eq!(paths(&faults), ["customer"], "{customer}");
        }
        for (customer, path) in [
            (json!(null), "customer"),
            (json!(7), "customer"),
            (json!({"id": "x", "email": "a@b"}), "customer.id"),
            (json!({"email": "nobody"}), "customer.email"),
            (json!({"email": 7}), "customer.email"),
        ] {
            let (_, faults, _) = read(std::slice::from_ref(&customer));
            assert_eq!(paths(&faults), [path], "{customer}");
        }
    }

    #[test]
    fn the_same_customer_is_listed_once() {
        let (customers, faults, positions) = read(&[
            json!({"email": "Ito@Example.com", "firstName": "Ito"}),
            json!({"id": 4}),
            json!({"email": " ito@example.com ", "firstName": ""}),
            json!({"id": "4"}),
        ]);
        assert_eq!(positions, [Some(0), Some(1), Some(0), Some(1)]);
        assert!(faults.is_empty() && !customers.have_profile_faults());
        assert_eq!(customers.emails(), ["ito@example.com"]);
        assert_eq!(customers.ids(), [CustomerId(4)]);
    }

    #[test]
    fn profile_faults_count_only_for_customers_to_create() {
        let long = json!({"email": "a@b", "firstName": "", "jobTitle": "x".repeat(61), "photoType": "x", "age": 5});
        let faulty = [
            "customer.firstName",
            "customer.jobTitle",
            "customer.photoType",
            "customer.age",
        ];
        for (owner, expected) in [(None, faulty.as_slice()), (Some(CustomerId(1)), &[])] {
            let (mut customers, mut faults, _) = read(std::slice::from_ref(&long));
            assert!(faults.is_empty() && customers.have_profile_faults());
            let found = LookedUp {
                owners: vec![owner],
                ..LookedUp::default()
            };
            customers.check(&found, &mut faults);
            let mut paths = paths(&faults);
            paths.sort_unstable();
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(paths, expected);
        }
    }

    #[test]
    fn a_gender_may_be_in_any_case() {
        for (written, stored) in [
            ("Male", Some("male")),
            ("FEMALE", Some("female")),
            ("x", None),
        ] {
            let (customers, _, _) = read(&[json!({"email": "a@b", "gender": written})]);
            assert_eq!(
                customers.have_profile_faults(),
                stored.is_none(),
                "{written}"
            );
            let CustomerRef::Email { profile, .. } = customers.reference(0) else {
                panic!("not an address")
            };
            assert_eq!(profile.gender.as_deref(), stored);
        }
    }

    /// What the body of a webhook shows of a customer is read as the same customer.
    #[test]
    fn a_customer_makes_the_round_trip() {
        let profile = |photo: &str, gender: Option<&str>| Profile {
            first_name: Some("Ito \u{1F9F5}".into()),
            last_name: Some("O'Neil".into()),
            photo_url: Some("https://x.example/ä".into()),
            photo_type: Some(photo.into()),
            job_title: Some("Head".into()),
            background: Some("line\nline".into()),
            location: Some("Ulm".into()),
            organization: Some("A & B".into()),
            gender: gender.map(str::to_owned),
            age: Some("30-35".into()),
            phone: None,
        };
        for (photo, gender, expected) in [
            ("gravatar", Some("female"), ("gravatar", "female")),
            ("unknown", None, ("unknown", "unknown")),
            ("drawn by hand", Some("male"), ("unknown", "male")),
        ] {
            let view = CustomerView {
                customer: Customer {
                    id: CustomerId(4),
                    home: None,
                    profile: profile(photo, gender),
                    email: None,
                    postal_address: None,
                    last_position: -1,
                    created_at: Timestamp(0),
                    updated_at: Timestamp(0),
                    version: 1,
                },
                public_id: String::new(),
                addresses: Vec::new(),
            };
            let mut shown = serde_json::to_value(map::customer(&view, 0, "")).expect("JSON");
            shown["id"] = Value::Null;
            shown["email"] = json!("a@b");
            let (customers, faults, _) = read(&[shown]);
            assert!(faults.is_empty() && !customers.have_profile_faults());
            let CustomerRef::Email { profile: found, .. } = customers.reference(0) else {
                panic!("not an address")
            };
            assert_eq!(*found, profile(expected.0, Some(expected.1)));
        }
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        let name = "ü".repeat(40);
        let (customers, _, _) = read(&[json!({"email": "a@b", "firstName": name})]);
        assert!(!customers.have_profile_faults());
        let (customers, _, _) = read(&[json!({"email": "a@b", "firstName": name + "x"})]);
        assert!(customers.have_profile_faults());
    }
}
