//! The native API: fields and values come from the schemas of `docs/openapi.json`, which are those that the server enforces. A
//! field is expected under its own name in the resource that it belongs to; the tests name only the exceptions.

use serde_json::{Value, json};

use super::{Member, Shown, check};
use crate::harness::{Answer, World};
use crate::native::Api;

mod addresses;
mod attachments;
mod conversations;
mod messages;
mod people;
mod schema;
mod settings;
mod webhooks;

pub(super) use schema::{
    calls, filters, integers, integers_in_queries, own_fields, times_in_queries,
};

/// The calls whose bodies these tests cover.
const COVERED: [&[&str]; 6] = [
    addresses::CALLS,
    conversations::CALLS,
    messages::CALLS,
    people::CALLS,
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
        }
    }

    fn members(&self, world: &World) -> Vec<Member> {
        let fields = schema::fields(self.call);
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
        let members = self.members(world);
        let known: Vec<String> = members
            .iter()
            .map(|member| member.path.to_owned())
            .collect();
        let named = self.shown.iter().map(|(name, _)| name);
        let named = named.chain(self.with.iter().map(|(name, _)| name));
        let named = named.chain(self.values.iter().map(|(name, _)| name));
        let unknown = named.filter(|name| !known.iter().any(|known| known == *name));
        let mut faults: Vec<_> = unknown
            .map(|name| format!("{}: there is no field {name}", self.call))
            .collect();
        let send = async |body: Value| Ok(with_whole(send(body).await?));
        faults.extend(check(self.call, &known, &self.base, &members, send).await);
        faults
    }
}

/// Adds the whole answer under the name `whole`, without what differs from one resource to the next.
fn with_whole(mut seen: Value) -> Value {
    let mut whole = seen.clone();
    strip(&mut whole);
    if seen.is_object() {
        seen["whole"] = whole;
    }
    seen
}

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

fn strip(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !VOLATILE.contains(&name.as_str()));
            members.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

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
