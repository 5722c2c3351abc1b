//! `PATCH /v2/customers/{customerId}`: JSON Patch on profile, postal address and entries (contract section 9.2).
//!
//! The body is an array of operations, or one operation. All of them take effect, or none. `add` and `replace` are the same for
//! a single value; `remove` and a null value remove it.

use axum::extract::{Request, State};
use axum::response::Response;
use heddle_domain::id::CustomerId;
use heddle_http::known;
use heddle_http::member_path::MemberPath;
use heddle_http::members::{Fault, Object, Problem};
use heddle_http::shape::{SCALARS, Shape};
use heddle_store::write::customers::{AddressChange, AddressEdit, CustomerChange, PostalChange};

use super::body::{FIELDS, read_address, read_field, read_part};
use super::kind::{self, EntryKind};
use super::{entry, reach};
use crate::auth::Caller;
use crate::error::Error;
use crate::fault::code;
use crate::path::CustomerPath;
use crate::{input, response};
use heddle_api::App;

/// The members of an operation.
pub(crate) const SHAPE: Shape = known!(
    "op",
    "path",
    "value": known!("type", "value", "city", "state", "postalCode", "country", "lines": SCALARS),
);
/// The maximum number of operations in a request.
pub(crate) const MOST_OPERATIONS: usize = 100;

/// What an operation does with its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

const VERBS: [(&str, Verb); 3] = [
    ("add", Verb::Add),
    ("replace", Verb::Replace),
    ("remove", Verb::Remove),
];

/// The changes of a request, as far as they do not depend on the customer's id.
#[derive(Clone, Debug, Default)]
struct Patch {
    change: CustomerChange,
    /// The changes of entries, each with the id of its entry.
    entries: Vec<EntryChange>,
    /// The first path that names an entry or the postal address, for the error if there is none.
    first_named: Option<MemberPath>,
}

#[derive(Clone, Debug)]
enum EntryChange {
    Add(heddle_domain::customer::Address),
    Edit(i64, AddressEdit),
    Remove(i64, &'static EntryKind),
}

/// `PATCH /v2/customers/{customerId}`
pub(crate) async fn patch(
    State(app): State<App>,
    caller: Caller,
    CustomerPath(id): CustomerPath,
    request: Request,
) -> Result<Response, Error> {
    let (_, body) = reach::receive(&app, &caller, id, request).await?;
    let body = body.parse_list(&SHAPE).await?;
    let (patch, faults) = body.in_turn(|body| body.read_all(read)).await;
    input::refuse_if_any(faults)?;
    match reach::change(&app, &caller, id, |id| patch.change(id)).await {
        Ok(_) => Ok(response::no_content()),
        // The customer itself was found, so an entry or the postal address is missing.
        Err(Error::NotFound) if patch.first_named.is_some() => {
            let path = patch.first_named.unwrap_or_default();
            let rule = "the customer has nothing with this path".into();
            let fault = Fault::new(path, Problem::Rule(code::NOT_FOUND, rule));
            Err(Error::Invalid(vec![fault]))
        }
        Err(error) => Err(error),
    }
}

impl Patch {
    fn change(&self, customer: CustomerId) -> CustomerChange {
        let at = |id| entry::position(customer, id);
        let entries = self.entries.iter().map(|change| match change {
            EntryChange::Add(address) => AddressChange::Add(address.clone()),
            EntryChange::Edit(id, edit) => AddressChange::Edit(at(*id), edit.clone()),
            EntryChange::Remove(id, kind) => AddressChange::RemoveOf(at(*id), kind.stored),
        });
        CustomerChange {
            addresses: entries.collect(),
            ..self.change.clone()
        }
    }

    fn name(&mut self, operation: &Object<'_>) {
        let path = operation.get("path").path();
        self.first_named.get_or_insert(path);
    }
}

fn read(operations: &[Object<'_>]) -> Patch {
    let mut patch = Patch::default();
    let Some(first) = operations.first() else {
        return patch;
    };
    if operations.len() > MOST_OPERATIONS {
        first.push(Fault::new(
            MemberPath::default(),
            Problem::Count(0..=MOST_OPERATIONS),
        ));
        return patch;
    }
    for operation in operations {
        let verb = operation.get("op").required().meaning(&VERBS);
        let path = operation.get("path").not_empty().text();
        if let (Some(verb), Some(path)) = (verb, path)
            && read_operation(&mut patch, operation, verb, path).is_none()
        {
            let rule = "cannot be changed in this way".into();
            let path = operation.get("path");
            path.refuse(Problem::Rule(code::ENUM_VALUE, rule));
        }
    }
    patch
}

/// Reads an operation. Returns `None` if its path is unknown, or not possible with its verb. A fault in the value is collected.
fn read_operation(patch: &mut Patch, operation: &Object<'_>, verb: Verb, path: &str) -> Option<()> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let (name, rest) = match path.split_once('/') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    if let Some(kind) = kind::ALL.iter().find(|kind| kind.rel == name) {
        return read_entry(patch, operation, (verb, kind), rest);
    }
    let value = operation.get("value");
    match (name, rest) {
        ("address", None) => {
            let address = match verb {
                Verb::Remove => {
                    patch.name(operation);
                    Some(PostalChange::Remove)
                }
                Verb::Add | Verb::Replace => {
                    let object = value.required().object();
                    let address = object.and_then(|object| read_address(&object));
                    address.map(|address| PostalChange::Set(Some(address)))
                }
            };
            patch.change.postal_address.extend(address);
        }
        ("address", Some(_)) if verb == Verb::Remove => return None,
        ("address", Some(part)) => {
            patch.change.postal_address.extend(read_part(part, &value)?);
            patch.name(operation);
        }
        (name, None) => {
            let (_, field) = FIELDS.iter().find(|(known, _)| *known == name)?;
            let text = match verb {
                Verb::Remove => None,
                Verb::Add | Verb::Replace => read_field(&value, *field),
            };
            patch.change.profile.push((*field, text));
        }
        _ => return None,
    }
    Some(())
}

/// Reads an operation on entries: `/emails`, `/emails/-`, `/emails/ID`, `/emails/ID/type` or `/emails/ID/value`.
fn read_entry(
    patch: &mut Patch,
    operation: &Object<'_>,
    (verb, kind): (Verb, &'static EntryKind),
    rest: Option<&str>,
) -> Option<()> {
    let value = operation.get("value");
    let (id, member) = match rest {
        None | Some("" | "-") if verb == Verb::Add => {
            let object = value.required().object();
            let address = object.and_then(|object| entry::read(&object, kind));
            patch.entries.extend(address.map(EntryChange::Add));
            return Some(());
        }
        None => return None,
        Some(rest) => match rest.split_once('/') {
            Some((id, member)) => (id, Some(member)),
            None => (rest, None),
        },
    };
    let id = id.parse().ok()?;
    let edit = match (verb, member) {
        (Verb::Remove, None) => Some(EntryChange::Remove(id, kind)),
        (Verb::Add, None) | (Verb::Remove, Some(_)) => return None,
        (Verb::Replace, None) => {
            let object = value.required().object();
            let edit = object.and_then(|object| entry::read_edit(&object, kind));
            edit.map(|edit| EntryChange::Edit(id, edit))
        }
        (Verb::Add | Verb::Replace, Some("value")) => {
            let read = entry::read_value(&value.not_empty(), kind.stored[0]);
            read.map(|address| {
                let edit = AddressEdit {
                    value: Some(address.value),
                    ..entry::edit_type(kind, None)
                };
                EntryChange::Edit(id, edit)
            })
        }
        (Verb::Add | Verb::Replace, Some("type")) if !kind.types.is_empty() => {
            let word = entry::read_type(&value.required(), kind).flatten();
            word.map(|word| EntryChange::Edit(id, entry::edit_type(kind, Some(word))))
        }
        (Verb::Add | Verb::Replace, Some(_)) => return None,
    };
    patch.entries.extend(edit);
    patch.name(operation);
    Some(())
}

#[cfg(test)]
mod tests {
    use heddle_domain::customer::{AddressKind, ProfileField};
    use heddle_http::members::List;
    use serde_json::{Value, json};

    use super::*;
    use crate::fault::tests::paths;

    fn read_all(body: &Value) -> (Patch, Vec<Fault>) {
        let list = List::parse(body.to_string().as_bytes(), &SHAPE).expect("a patch");
        list.read_all(read)
    }

    #[test]
    fn operations_become_changes() {
        let (patch, faults) = read_all(&json!([
            { "op": "replace", "path": "/firstName", "value": "Ada" },
            { "op": "remove", "path": "lastName" },
            { "op": "add", "path": "/age", "value": null },
            { "op": "replace", "path": "/gender", "value": "Female" },
            { "op": "add", "path": "/emails", "value": { "type": "work", "value": "A@x" } },
            { "op": "replace", "path": "/phones/70001/value", "value": "2" },
            { "op": "remove", "path": "/chats/70002" },
            { "op": "replace", "path": "/address/country", "value": "de" },
        ]));
        assert_eq!(paths(&faults), Vec::<&str>::new());
        let change = patch.change(CustomerId(7));
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            change.profile,
            [
                (ProfileField::FirstName, text("Ada")),
                (ProfileField::LastName, None),
                (ProfileField::Age, None),
                (ProfileField::Gender, text("female")),
            ]
        );
        let [
            AddressChange::Add(email),
            AddressChange::Edit(1, edit),
            AddressChange::RemoveOf(2, _),
        ] = &change.addresses[..]
        else {
            panic!("{:?}", change.addresses)
        };
        assert_eq!(
            (email.kind, email.value.as_str()),
            (AddressKind::Email, "a@x")
        );
        assert_eq!((edit.value.as_deref(), edit.kind), (Some("2"), None));
        assert_eq!(change.postal_address.len(), 1);
        // An entry of another customer.
        let other = patch.change(CustomerId(8));
        assert!(matches!(other.addresses[2], AddressChange::RemoveOf(-1, _)));
    }

    #[test]
    fn one_operation_may_stand_alone() {
        let (patch, faults) = read_all(&json!({ "op": "replace", "path": "/age", "value": "4" }));
        assert!(faults.is_empty());
        let expected = [(ProfileField::Age, Some("4".to_owned()))];
        assert_eq!(patch.change.profile, expected);
        let (_, faults) = read_all(&json!({ "op": "move", "path": "/age", "value": "4" }));
        assert_eq!(paths(&faults), ["op"]);
    }

    #[test]
    fn what_cannot_be_changed_is_named() {
        for (operation, path) in [
            (json!({}), "[0].op"),
            (json!({ "op": "replace" }), "[0].path"),
            (
                json!({ "op": "replace", "path": "/id", "value": 1 }),
                "[0].path",
            ),
            (
                json!({ "op": "replace", "path": "/phone", "value": "1" }),
                "[0].path",
            ),
            (
                json!({ "op": "replace", "path": "/emails", "value": {} }),
                "[0].path",
            ),
            (json!({ "op": "remove", "path": "/emails" }), "[0].path"),
            (
                json!({ "op": "replace", "path": "/emails/x", "value": {} }),
                "[0].path",
            ),
            (
                json!({ "op": "replace", "path": "/websites/1/type", "value": "x" }),
                "[0].path",
            ),
            (
                json!({ "op": "remove", "path": "/address/city" }),
                "[0].path",
            ),
            (
                json!({ "op": "replace", "path": "/address/planet", "value": "x" }),
                "[0].path",
            ),
            (
                json!({ "op": "replace", "path": "/firstName", "value": "x".repeat(41) }),
                "[0].value",
            ),
            (
                json!({ "op": "replace", "path": "/gender", "value": "x" }),
                "[0].value",
            ),
            (
                json!({ "op": "add", "path": "/emails", "value": { "value": "x" } }),
                "[0].value.value",
            ),
            (json!({ "op": "add", "path": "/emails" }), "[0].value"),
            (
                json!({ "op": "replace", "path": "/address/country", "value": "DEU" }),
                "[0].value",
            ),
            (
                json!({ "op": "replace", "path": "/emails/1/type", "value": "x" }),
                "[0].value",
            ),
        ] {
            let (_, faults) = read_all(&json!([operation]));
            assert_eq!(paths(&faults)[0], path, "{operation}");
        }
        let many = vec![json!({ "op": "remove", "path": "/age" }); MOST_OPERATIONS + 1];
        assert_eq!(paths(&read_all(&json!(many)).1), [""]);
    }
}
