//! A value that an API sends out is accepted back by it in the same field, and changes nothing (`rules.md` 12c).
//!
//! For every field of every body, the tests write interesting values, read each back through the same API, write what was
//! read, and read again. The lists of fields are those of the code: for the vendor APIs the shapes with which the parsers
//! build the bodies ([`heddle_api::Route::body`]), for the native API the schemas of its document. A field that a test does
//! not know makes it fail with the name of the field.

use heddle_domain::Timestamp;
use serde_json::{Map, Value, json};

mod across;
mod dates;
mod filters;
mod helpscout;
mod helpscout_changes;
mod helpscout_customers;
mod helpscout_webhooks;
mod magicline;
mod mews;
mod mews_neighbours;
mod mykaarma;
mod mykaarma_calls;
mod mykaarma_customers;
mod native;
mod numbers;
mod values;
mod vendors;

use crate::harness::World;
use heddle::config::Overrides;
use heddle_testkit::On;

/// Where the API shows a member of a body.
#[derive(Clone, Debug)]
enum Shown {
    /// At this JSON pointer in what is read back.
    At(&'static str),
    /// Nowhere, for this reason.
    #[expect(dead_code, reason = "the reason is for readers of the test")]
    Never(&'static str),
    /// In other answers: the member selects or names something.
    Elsewhere,
}

/// A member of a body, with what the test writes there.
struct Member {
    /// The path, as [`heddle_http::shape::Shape::paths`] has it.
    path: &'static str,
    values: Vec<Value>,
    shown: Shown,
    /// Other members that the values need. They replace those of the usual body.
    with: Value,
    /// What the API makes of a value; it must make the same of its own value again.
    normal: fn(&Value) -> Value,
    /// Whether null empties the field. If not, null asks for the usual value.
    null_empties: bool,
}

/// Returns a member that is shown at a pointer.
fn at(path: &'static str, pointer: &'static str, values: Vec<Value>) -> Member {
    Member {
        path,
        values,
        shown: Shown::At(pointer),
        with: json!({}),
        normal: Value::clone,
        null_empties: false,
    }
}

/// Returns a member that is accepted and not shown.
fn never(path: &'static str, why: &'static str, values: Vec<Value>) -> Member {
    Member {
        shown: Shown::Never(why),
        ..at(path, "", values)
    }
}

/// Returns a member that selects or names something. Its values are those that the API shows elsewhere.
fn names(path: &'static str, values: Vec<Value>) -> Member {
    Member {
        shown: Shown::Elsewhere,
        ..at(path, "", values)
    }
}

impl Member {
    fn with(self, with: Value) -> Self {
        Self { with, ..self }
    }

    fn normal(self, normal: fn(&Value) -> Value) -> Self {
        Self { normal, ..self }
    }
}

/// Puts a value at a path of members. Of a list, the first item is meant.
fn put(body: &mut Value, path: &str, value: Value) {
    let mut place = body;
    for name in path.split('.') {
        if let Value::Array(items) = place {
            place = items.first_mut().expect("the usual body has an item");
        }
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[name];
    }
    *place = value;
}

/// Returns the usual body with other members, and with a value at the path.
fn body_with(base: &Value, member: &Member, value: &Value) -> Value {
    let mut body = base.clone();
    for (name, other) in member.with.as_object().expect("an object") {
        match other {
            Value::Null => drop(body.as_object_mut().expect("an object").remove(name)),
            other => body[name] = other.clone(),
        }
    }
    put(&mut body, member.path, value.clone());
    body
}

/// Whether a value can show that a field was written: a field that is ignored may be empty.
fn tells(value: &Value) -> bool {
    let is_empty = value.is_null() || value == "" || *value == json!([]) || *value == json!({});
    !is_empty
}

/// Whether `shown` stands for what was written: the same value, or the same time in whole seconds or milliseconds.
fn stands_for(written: &Value, shown: &Value) -> bool {
    let empty = |value: &Value| value.is_null() || value == "";
    if written == shown || (empty(written) && empty(shown)) {
        return true;
    }
    let (Some(written), Some(shown)) = (written.as_str(), shown.as_str()) else {
        return false;
    };
    let (Some(given), Some(told)) = (dates::read(written), dates::read(shown)) else {
        return false;
    };
    let precise = shown.contains('.');
    let cut = |at: Timestamp| if precise { at } else { at.floor_second() };
    cut(given) == told
}

/// Adds the whole answer under the name `whole`, without what differs from one resource to the next.
fn with_whole(mut seen: Value, volatile: &[&str]) -> Value {
    let mut whole = seen.clone();
    strip(&mut whole, volatile);
    if seen.is_object() {
        seen["whole"] = whole;
    }
    seen
}

/// Removes the members of these names.
fn strip(value: &mut Value, names: &[&str]) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !names.contains(&name.as_str()));
            members.values_mut().for_each(|part| strip(part, names));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| strip(item, names)),
        _ => {}
    }
}

/// Whether the path is that of a list or an object whose parts are fields themselves.
fn is_group(path: &str, known: &[String]) -> bool {
    let part = format!("{path}.");
    known.iter().any(|other| other.starts_with(&part))
}

/// Checks the round trip of every member of one call's body. `send` sends a body and returns what is read back.
async fn check(
    call: &str,
    known: &[String],
    base: &Value,
    members: &[Member],
    send: impl AsyncFn(Value) -> Result<Value, String>,
) -> Vec<String> {
    let mut faults = Vec::new();
    for path in known.iter().filter(|path| !is_group(path, known)) {
        if !members.iter().any(|member| member.path == path) {
            faults.push(format!("{call}: the test does not know the member {path}"));
        }
    }
    for member in members {
        if !known.iter().any(|path| path == member.path) {
            faults.push(format!("{call}: there is no member {}", member.path));
        }
        let is_shown = matches!(member.shown, Shown::At(_)) && !is_group(member.path, known);
        if is_shown && !member.values.iter().any(tells) {
            faults.push(format!("{call}: no value for {}", member.path));
        }
        for value in &member.values {
            let tried = trip(base, member, members, value, &send).await;
            let shown: String = value.to_string().chars().take(60).collect();
            faults.extend(
                tried
                    .err()
                    .map(|why| format!("{call} {} = {shown}: {why}", member.path)),
            );
        }
    }
    faults
}

/// Writes a value, reads it back, writes what was read, and reads again. Nothing else may change: neither another member nor the
/// answer as a whole ([`with_whole`]).
async fn trip(
    base: &Value,
    member: &Member,
    members: &[Member],
    value: &Value,
    send: &impl AsyncFn(Value) -> Result<Value, String>,
) -> Result<(), String> {
    let empties = value.is_null() && member.null_empties;
    if let Some(other) = member.values.iter().find(|other| empties && tells(other)) {
        send(body_with(base, member, other)).await?;
    }
    let first = send(body_with(base, member, value)).await?;
    let pointer = match member.shown {
        Shown::At(pointer) => pointer,
        Shown::Elsewhere => return Ok(()),
        Shown::Never(_) => {
            let long = value.as_str().filter(|text| text.len() > 12);
            return match long.is_some_and(|text| first.to_string().contains(text)) {
                true => Err("is shown after all".into()),
                false => Ok(()),
            };
        }
    };
    let read = |seen: &Value, pointer: &str| seen.pointer(pointer).cloned().unwrap_or_default();
    let told = read(&first, pointer);
    let is_usual = value.is_null() && !empties;
    if !is_usual && !stands_for(&(member.normal)(value), &told) {
        return Err(format!("is shown as {told}"));
    }
    let again = send(body_with(base, member, &told)).await;
    let again = again.map_err(|why| format!("{told} is not accepted back: {why}"))?;
    if first["whole"] != again["whole"] {
        return Err(format!("{} becomes {}", first["whole"], again["whole"]));
    }
    for other in members {
        let Shown::At(pointer) = other.shown else {
            continue;
        };
        let (before, after) = (read(&first, pointer), read(&again, pointer));
        if before != after {
            return Err(format!("{} was {before} and becomes {after}", other.path));
        }
    }
    Ok(())
}

/// Starts a server whose conversations take any number of messages.
async fn roomy(on: On) -> World {
    let settings = [heddle_helpscout::settings::THREAD_CAP.to(0)];
    World::with(on, settings.into_iter().collect(), Overrides::default()).await
}

/// Fails with all faults, if there are any.
fn none(faults: &[String]) {
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// A field that a test does not know is a fault with its name, and so is one that the code does not have.
#[tokio::test]
async fn an_unknown_member_is_a_fault_with_its_name() {
    let known = ["old", "new", "list", "list.part", "empty"].map(str::to_owned);
    let members = [
        at("old", "/old", vec![json!(1)]),
        names("gone", Vec::new()),
        at("empty", "/empty", vec![Value::Null]),
    ];
    let send = async |body: Value| Ok(json!({ "old": body["old"] }));
    let faults = check("POST /x", &known, &json!({}), &members, send).await;
    let named = [
        "does not know the member new",
        "does not know the member list.part",
        "there is no member gone",
        "no value for empty",
    ];
    assert_eq!(faults.len(), named.len(), "{faults:?}");
    for (fault, name) in faults.iter().zip(named) {
        assert!(fault.ends_with(name), "{fault}");
    }
}

/// A value that is shown and not accepted back, and one that changes another field, are faults.
#[tokio::test]
async fn a_value_that_does_not_come_back_is_a_fault() {
    let known = ["a", "b"].map(str::to_owned);
    let members = [
        at("a", "/a", vec![json!("ok"), json!("BAD"), json!("cut")]),
        at("b", "/b", vec![json!(1)]),
    ];
    let send = async |body: Value| match body["a"].as_str() {
        Some("BAD") => Ok(json!({ "a": "BAD", "b": 1 })),
        Some("cut") => Ok(json!({ "a": "cu", "b": 1 })),
        text => Ok(json!({ "a": text, "b": 1 })),
    };
    let faults = check("POST /x", &known, &json!({}), &members, send).await;
    assert_eq!(faults, ["POST /x a = \"cut\": is shown as \"cu\""]);
    let refused = async |body: Value| match body["a"] == "shown" {
        true => Err("no".to_owned()),
        false => Ok(json!({ "a": "shown" })),
    };
    let members = [
        at("a", "/a", vec![json!("x")]).normal(|_| json!("shown")),
        names("b", Vec::new()),
    ];
    let faults = check("POST /x", &known, &json!({}), &members, refused).await;
    assert_eq!(
        faults,
        ["POST /x a = \"x\": \"shown\" is not accepted back: no"]
    );
}

/// A change that ignores null is a fault. Where something is created, null asks for the usual value.
#[tokio::test]
async fn null_that_does_not_empty_a_field_is_a_fault() {
    let stored = std::cell::RefCell::new(Value::Null);
    let send = async |body: Value| {
        if !body["a"].is_null() {
            stored.replace(body["a"].clone());
        }
        Ok(json!({ "a": *stored.borrow() }))
    };
    let known = ["a".to_owned()];
    let values = vec![Value::Null, json!(1)];
    let mut members = [at("a", "/a", values)];
    let faults = check("POST /x", &known, &json!({}), &members, send).await;
    assert!(faults.is_empty(), "{faults:?}");
    members[0].null_empties = true;
    let faults = check("PATCH /x", &known, &json!({}), &members, send).await;
    assert_eq!(faults, ["PATCH /x a = null: is shown as 1"]);
}
