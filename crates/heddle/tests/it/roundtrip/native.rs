//! The native API: fields and values come from the schemas of `docs/openapi.json`, which are those that the server enforces. A
//! field is expected under its own name in the resource that it belongs to; the tests name only the exceptions.

use serde_json::{Value, json};

use super::{Member, Shown, check, is_group, tells, with_whole};
use crate::harness::{Answer, World};
use crate::native::Api;

mod addresses;
mod attachments;
mod conversations;
mod fields;
mod followers;
mod messages;
mod opt_outs;
mod people;
mod preferences;
mod presence;
mod profiles;
mod schema;
mod settings;
mod webhooks;

pub(super) use schema::{
    calls, filters, integers_in_body, integers_in_queries, nested, own_fields, path_in_errors,
    times_in_body, times_in_queries,
};

/// The calls whose bodies these tests cover.
const COVERED: [&[&str]; 12] = [
    addresses::CALLS,
    conversations::CALLS,
    fields::CALLS,
    messages::CALLS,
    opt_outs::CALLS,
    people::CALLS,
    followers::CALLS,
    preferences::CALLS,
    presence::CALLS,
    profiles::CALLS,
    settings::CALLS,
    webhooks::CALLS,
];

/// Stands for an e-mail address that no customer or agent has yet.
const NEW: &str = "nobody-yet@x.example";

/// Returns what the API makes of a value.
type Normal = fn(&Value) -> Value;

/// How a call is tested.
struct Trip {
    call: &'static str,
    base: Value,
    /// Fields that are shown elsewhere, or never.
    shown: Vec<(&'static str, Shown)>,
    /// Fields that need others, which replace those of the usual body; null removes one.
    with: Vec<(&'static str, Value)>,
    /// Values in place of those of the schema.
    values: Vec<(&'static str, Vec<Value>)>,
    normal: Vec<(&'static str, Normal)>,
    /// Whether the body changes something that exists, so that null empties a field.
    is_change: bool,
}

impl Trip {
    fn new(call: &'static str, base: Value) -> Self {
        Self {
            call,
            base,
            shown: Vec::new(),
            with: Vec::new(),
            values: Vec::new(),
            normal: Vec::new(),
            is_change: call.starts_with("PATCH"),
        }
    }

    fn members(&self, world: &World, fields: Vec<schema::Field>) -> Vec<Member> {
        let member = |field: schema::Field| {
            let path: &'static str = String::leak(field.path.clone());
            let of = |name: &&'static str| *name == path;
            let shown = self.shown.iter().find(|(name, _)| of(name));
            let with = self.with.iter().find(|(name, _)| of(name));
            let values = self.values.iter().find(|(name, _)| of(name));
            let normal = self.normal.iter().find(|(name, _)| of(name));
            Member {
                path,
                values: match values {
                    Some((_, values)) => values.clone(),
                    None => field.values(world),
                },
                shown: match shown {
                    Some((_, shown)) => shown.clone(),
                    None if field.is_public_id() => Shown::Elsewhere,
                    None => Shown::At(String::leak(field.pointer)),
                },
                with: with.map_or_else(|| json!({}), |(_, with)| with.clone()),
                normal: normal.map_or(Value::clone, |(_, normal)| *normal),
                null_empties: self.is_change,
            }
        };
        fields.into_iter().map(member).collect()
    }

    /// Checks every field of the body. `send` sends a body and returns what is read back.
    async fn check(
        &self,
        world: &World,
        send: impl AsyncFn(Value) -> Result<Value, String>,
    ) -> Vec<String> {
        self.check_fields(world, schema::fields(self.call), send)
            .await
    }

    async fn check_fields(
        &self,
        world: &World,
        fields: Vec<schema::Field>,
        send: impl AsyncFn(Value) -> Result<Value, String>,
    ) -> Vec<String> {
        let members = self.members(world, fields);
        let known: Vec<String> = members
            .iter()
            .map(|member| member.path.to_owned())
            .collect();
        let mut faults = self.unknown(&known);
        faults.extend(self.without_value(&known, &members));
        let send = async |body: Value| Ok(with_whole(send(body).await?, &VOLATILE));
        faults.extend(check(self.call, &known, &self.base, &members, send).await);
        faults
    }

    /// Returns a fault for each name in the lists that no field has.
    fn unknown(&self, known: &[String]) -> Vec<String> {
        let named = self.shown.iter().map(|(name, _)| name);
        let named = named.chain(self.with.iter().map(|(name, _)| name));
        let named = named.chain(self.values.iter().map(|(name, _)| name));
        let named = named.chain(self.normal.iter().map(|(name, _)| name));
        let unknown = named.filter(|name| !known.iter().any(|known| known == *name));
        let fault = |name| format!("{}: there is no field {name}", self.call);
        unknown.map(fault).collect()
    }

    /// Returns a fault for each field that is not shown, for which neither the schema nor the test has a value. ([`check`] does
    /// this for the fields that are shown.)
    fn without_value(&self, known: &[String], members: &[Member]) -> Vec<String> {
        let is_without = |member: &&Member| {
            let is_named = self.values.iter().any(|(name, _)| *name == member.path);
            let is_shown = matches!(member.shown, Shown::At(_));
            let is_open = !is_named && !is_shown && !is_group(member.path, known);
            is_open && !member.values.iter().any(tells)
        };
        let without = members.iter().filter(is_without);
        let fault = |member: &Member| format!("{}: no value for {}", self.call, member.path);
        without.map(fault).collect()
    }
}

/// What differs from one resource to the next.
const VOLATILE: [&str; 14] = [
    "created_at",
    "updated_at",
    "last_message_at",
    "agent_acted_at",
    "waiting_since",
    "id",
    "version",
    "number",
    "public_id",
    "conversation_id",
    "position",
    "secret",
    "secrets",
    "public_name",
];

/// Returns the body of a successful answer.
fn done(answer: &Answer) -> Result<Value, String> {
    match answer.status.is_success() {
        true if answer.body.is_empty() => Ok(Value::Null),
        true => Ok(answer.json()),
        false => Err(format!("{} {}", answer.status, answer.json())),
    }
}

async fn get(api: &Api<'_>, path: &str) -> Result<Value, String> {
    done(&api.get(path).await)
}

/// Creates something and reads it back.
async fn create(api: &Api<'_>, path: &str, body: Value) -> Result<Value, String> {
    let made = done(&api.post(path, body).await)?;
    get(api, &format!("{path}/{}", made["id"])).await
}

/// Changes something and reads it back.
async fn change(api: &Api<'_>, path: &str, body: Value) -> Result<Value, String> {
    done(&api.patch(path, body).await)?;
    get(api, path).await
}

/// Every call with a JSON body has a test.
#[test]
fn every_body_of_the_native_api_has_a_test() {
    let calls = schema::calls();
    assert!(calls.len() > 20, "{calls:?}");
    for call in &calls {
        let is_covered = COVERED
            .iter()
            .any(|covered| covered.contains(&call.as_str()));
        assert!(is_covered, "no test covers the body of {call}");
    }
}

/// The fields of a made-up call, of all kinds.
fn made_up() -> Vec<schema::Field> {
    let part = json!({ "type": "object", "properties": { "x": { "type": "string" } } });
    schema::fields_of(&json!({ "properties": {
        "number": { "type": "integer" },
        "number_or_null": { "type": ["integer", "null"] },
        "text": { "type": "string" },
        "group": { "type": "object", "properties": { "part": { "type": "boolean" } } },
        "typeless": {},
        "choice": { "oneOf": [part, part] },
        "object": { "type": "object" },
        "list": { "type": "array", "items": { "type": "object" } },
    } }))
}

/// A new field that the server ignores is a fault with its name, whatever its type is. One that it shows is a fault only if
/// the schema gives no values for it.
#[tokio::test]
async fn a_new_native_field_is_a_fault_until_it_is_written_and_shown() {
    let world = World::new(heddle_testkit::On::Sqlite).await;
    let trip = Trip::new("POST /x", json!({}));
    let ignored = trip
        .check_fields(&world, made_up(), async |_| Ok(json!({})))
        .await;
    let shown = trip
        .check_fields(&world, made_up(), async |body| Ok(body))
        .await;
    let has = |faults: &[String], name: &str| {
        let names = [format!("/x {name} = "), format!("no value for {name}")];
        let is_about = |fault: &&String| fault.contains(&names[0]) || fault.ends_with(&names[1]);
        faults.iter().any(|fault| is_about(&fault))
    };
    for name in ["number", "number_or_null", "text", "group.part"] {
        assert!(has(&ignored, name), "{name}: {ignored:?}");
        assert!(!has(&shown, name), "{name}: {shown:?}");
    }
    for name in ["typeless", "choice", "object", "list"] {
        assert!(has(&shown, name), "{name}: {shown:?}");
        let mut hidden = Trip::new("POST /x", json!({}));
        hidden.shown = vec![(name, Shown::Elsewhere)];
        let faults = hidden
            .check_fields(&world, made_up(), async |body| Ok(body))
            .await;
        assert!(has(&faults, name), "{name}: {faults:?}");
    }
}

/// A name that no field has is a fault in every list of a trip.
#[test]
fn a_name_that_no_field_has_is_a_fault() {
    let mut trip = Trip::new("POST /x", json!({}));
    trip.shown = vec![("a", Shown::Elsewhere)];
    trip.with = vec![("b", json!({}))];
    trip.values = vec![("c", Vec::new())];
    trip.normal = vec![("d", Value::clone)];
    let faults = trip.unknown(&["e".to_owned()]);
    let expected = ["a", "b", "c", "d"].map(|name| format!("POST /x: there is no field {name}"));
    assert_eq!(faults, expected);
}
