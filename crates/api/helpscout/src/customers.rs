//! The customers that a request names (SEED-3 to SEED-7, SEED-12 to SEED-14).
//!
//! An id decides alone: nothing beside it is even looked at. The optional fields beside an e-mail address are wrong only
//! if a customer will be made of them, which the store alone knows; until then their faults are kept apart.

use heddle_domain::customer::{CustomerRef, Profile, normalise_email};
use heddle_domain::id::CustomerId;
use heddle_store::read::references::LookedUp;

use crate::error::Reason;
use crate::input::{Faults, Members};

const PHOTO_TYPES: [&str; 8] = [
    "unknown",
    "gravatar",
    "twitter",
    "facebook",
    "googleprofile",
    "googleplus",
    "linkedin",
    "instagram",
];
const GENDERS: [&str; 3] = ["male", "female", "unknown"];

#[derive(Debug)]
enum Who {
    Id(CustomerId),
    Email {
        /// Normalised.
        address: String,
        profile: Box<Profile>,
        /// What is wrong with the profile, should it be used.
        doubts: Faults,
    },
}

#[derive(Debug)]
struct Named {
    path: String,
    who: Who,
}

/// The customers of a request.
#[derive(Debug, Default)]
pub(crate) struct Customers {
    /// Each once, in the order in which they were first named.
    all: Vec<Named>,
    /// Who is named, time after time.
    order: Vec<usize>,
}

impl Customers {
    /// Reads the required member `customer`; gives its position in the list.
    pub(crate) fn read(&mut self, of: &Members<'_>, faults: &mut Faults) -> Option<usize> {
        let path = of.path("customer");
        let Some(value) = of.get("customer") else {
            faults.add(path, Reason::NotEmpty, "may not be empty");
            return None;
        };
        let Some(members) = Members::at(value, path.clone()) else {
            faults.add(path, Reason::Type, "must be an object");
            return None;
        };
        let who = read_who(&members, faults)?;
        let known = self.all.iter().position(|named| is_same(&named.who, &who));
        let at = known.unwrap_or_else(|| {
            self.all.push(Named { path, who });
            self.all.len() - 1
        });
        self.order.push(at);
        Some(at)
    }

    /// Whether a profile has faults that count if it is used.
    pub(crate) fn has_doubts(&self) -> bool {
        let doubtful = |named: &Named| match &named.who {
            Who::Id(_) => false,
            Who::Email { doubts, .. } => !doubts.is_empty(),
        };
        self.all.iter().any(doubtful)
    }

    pub(crate) fn ids(&self) -> Vec<CustomerId> {
        let ids = self.all.iter().filter_map(|named| match &named.who {
            Who::Id(id) => Some(*id),
            Who::Email { .. } => None,
        });
        ids.collect()
    }

    /// The normalised addresses.
    pub(crate) fn emails(&self) -> Vec<String> {
        let emails = self.all.iter().filter_map(|named| match &named.who {
            Who::Id(_) => None,
            Who::Email { address, .. } => Some(address.clone()),
        });
        emails.collect()
    }

    /// Judges what only the store could tell: unknown ids are faults, doubts about customers that will be made too, and
    /// the profile beside a known address is dropped.
    pub(crate) fn judge(&mut self, found: &LookedUp, faults: &mut Faults) {
        let (mut ids, mut owners) = (found.customers.iter(), found.owners.iter());
        for named in &mut self.all {
            match &mut named.who {
                Who::Id(id) => {
                    if ids.next() != Some(&true) {
                        faults.unknown(format!("{}.id", named.path), "customer", id.get());
                    }
                }
                Who::Email {
                    profile, doubts, ..
                } => {
                    let doubts = std::mem::take(doubts);
                    if owners.next().is_some_and(Option::is_some) {
                        **profile = Profile::default();
                    } else {
                        faults.append(doubts);
                    }
                }
            }
        }
    }

    /// Where the one was first named whom the request names in this place.
    pub(crate) fn path(&self, place: usize) -> &str {
        let named = self.order.get(place).and_then(|at| self.all.get(*at));
        named.map_or("customer", |named| &named.path)
    }

    /// For the store; `at` is a position in the list.
    pub(crate) fn reference(&self, at: usize) -> CustomerRef {
        match &self.all[at].who {
            Who::Id(id) => CustomerRef::Id(*id),
            Who::Email {
                address, profile, ..
            } => CustomerRef::Email {
                email: address.clone(),
                profile: profile.clone(),
            },
        }
    }
}

fn is_same(a: &Who, b: &Who) -> bool {
    match (a, b) {
        (Who::Id(a), Who::Id(b)) => a == b,
        (Who::Email { address: a, .. }, Who::Email { address: b, .. }) => a == b,
        _ => false,
    }
}

/// Id before e-mail; 0 and empty texts count as absent.
fn read_who(members: &Members<'_>, faults: &mut Faults) -> Option<Who> {
    let mut own = Faults::default();
    let id = members.id("id", &mut own).filter(|id| *id != 0);
    if let Some(id) = id {
        return Some(Who::Id(CustomerId(id)));
    }
    let email = if own.is_empty() {
        members.text("email", &mut own).map(str::trim)
    } else {
        None
    };
    if !own.is_empty() {
        faults.append(own);
        return None;
    }
    let Some(email) = email.filter(|email| !email.is_empty()) else {
        let message = "must have an id or an email";
        faults.add(members.own_path(), Reason::NotEmpty, message);
        return None;
    };
    let Some(address) = normalise_email(email) else {
        let message = "must be an email address";
        faults.echo(members.path("email"), Reason::Email, message, &email.into());
        return None;
    };
    let mut doubts = Faults::default();
    Some(Who::Email {
        address,
        profile: Box::new(read_profile(members, &mut doubts)),
        doubts,
    })
}

fn read_profile(members: &Members<'_>, faults: &mut Faults) -> Profile {
    let mut sized = |name, least, most| {
        let text = members.sized_text(name, least, most, faults);
        text.map(str::to_owned)
    };
    Profile {
        first_name: sized("firstName", 1, 40),
        last_name: sized("lastName", 1, 40),
        photo_url: sized("photoUrl", 0, 200),
        job_title: sized("jobTitle", 0, 60),
        background: sized("background", 0, 200),
        location: sized("location", 0, 60),
        organization: sized("organization", 0, 60),
        photo_type: members
            .word("photoType", &PHOTO_TYPES, faults)
            .map(str::to_owned),
        gender: members.word("gender", &GENDERS, faults).map(str::to_owned),
        phone: members
            .text("phone", faults)
            .filter(|phone| !phone.is_empty())
            .map(str::to_owned),
        age: members.text("age", faults).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(bodies: &[Value]) -> (Customers, Faults, Vec<Option<usize>>) {
        let (mut customers, mut faults) = (Customers::default(), Faults::default());
        let positions = bodies
            .iter()
            .map(|customer| {
                let body = json!({ "customer": customer });
                let members = Members::of_body(&body).expect("an object");
                customers.read(&members, &mut faults)
            })
            .collect();
        (customers, faults, positions)
    }

    #[test]
    fn an_id_silences_everything_beside_it() {
        let (customers, faults, _) =
            read(&[json!({"id": 4, "email": 5, "firstName": "x".repeat(60), "gender": []})]);
        assert!(faults.is_empty() && !customers.has_doubts());
        assert_eq!(customers.reference(0), CustomerRef::Id(CustomerId(4)));
    }

    #[test]
    fn absent_ids_and_addresses_leave_nobody() {
        for customer in [
            json!({}),
            json!({"id": null, "email": null}),
            json!({"id": 0, "email": ""}),
            json!({"id": "0", "email": " "}),
        ] {
            let (_, faults, _) = read(std::slice::from_ref(&customer));
            assert_eq!(faults.paths(), ["customer"], "{customer}");
        }
        for (customer, path) in [
            (json!(null), "customer"),
            (json!(7), "customer"),
            (json!({"id": "x", "email": "a@b"}), "customer.id"),
            (json!({"email": "nobody"}), "customer.email"),
            (json!({"email": 7}), "customer.email"),
        ] {
            let (_, faults, _) = read(std::slice::from_ref(&customer));
            assert_eq!(faults.paths(), [path], "{customer}");
        }
    }

    #[test]
    fn the_same_customer_is_named_once() {
        let (customers, faults, positions) = read(&[
            json!({"email": "Ito@Example.com", "firstName": "Ito"}),
            json!({"id": 4}),
            json!({"email": " ito@example.com ", "firstName": ""}),
            json!({"id": "4"}),
        ]);
        assert_eq!(positions, [Some(0), Some(1), Some(0), Some(1)]);
        assert!(faults.is_empty() && !customers.has_doubts());
        assert_eq!(customers.emails(), ["ito@example.com"]);
        assert_eq!(customers.ids(), [CustomerId(4)]);
    }

    #[test]
    fn doubts_count_only_for_customers_that_will_be_made() {
        let long = json!({"email": "a@b", "firstName": "", "jobTitle": "x".repeat(61), "photoType": "x", "age": 5});
        let doubts = [
            "customer.firstName",
            "customer.jobTitle",
            "customer.photoType",
            "customer.age",
        ];
        for (owner, expected) in [(None, doubts.as_slice()), (Some(CustomerId(1)), &[])] {
            let (mut customers, mut faults, _) = read(std::slice::from_ref(&long));
            assert!(faults.is_empty() && customers.has_doubts());
            let found = LookedUp {
                owners: vec![owner],
                ..LookedUp::default()
            };
            customers.judge(&found, &mut faults);
            let mut paths = faults.paths();
            paths.sort_unstable();
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(paths, expected);
        }
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        let name = "ü".repeat(40);
        let (customers, _, _) = read(&[json!({"email": "a@b", "firstName": name})]);
        assert!(!customers.has_doubts());
        let (customers, _, _) = read(&[json!({"email": "a@b", "firstName": name + "x"})]);
        assert!(customers.has_doubts());
    }
}
