//! Bodies that fit the description are not refused for their form, and bodies that do not fit are.

use std::collections::BTreeSet;

use heddle_domain::custom_field::FieldKind;
use heddle_store::write::custom_field::DefineField;
use heddle_testkit::described::{Reader, operation};
use heddle_testkit::on_both;
use http::Method;
use serde_json::{Map, Value, json};

use super::document;
use crate::harness::{Answer, World};
use crate::{Client, created, operator};

/// Reasons of a 400 that are about more than the form: an id that does not exist, and dates of what is not imported.
const NOT_FORM: [&str; 2] = ["NotFound", "ImportedOnly"];
/// A text in a body that each request gets another number for, because the address of a new customer must be new.
const NUMBER: &str = "{n}";
/// The operation with so many choices that not all of them are tried.
const MANY_CHOICES: (&str, &str) = ("PATCH", "/v2/customers/");

/// A call with bodies that it accepts. Together they have every member that the description names.
struct Case {
    method: Method,
    path: String,
    bodies: Vec<Value>,
}

fn case(method: Method, path: impl Into<String>, bodies: impl IntoIterator<Item = Value>) -> Case {
    Case {
        method,
        path: path.into(),
        bodies: bodies.into_iter().collect(),
    }
}

fn file() -> Value {
    json!({ "fileName": "a.txt", "mimeType": "text/plain", "data": "YQ==" })
}

fn new_person(letter: &str) -> Value {
    json!({
        "email": format!("{letter}{NUMBER}@person.example"), "firstName": "Ada", "lastName": "Quill", "photoUrl": "https://p.example/",
        "jobTitle": "Head", "background": "Tea", "location": "Ulm", "organization": "Kettle", "photoType": "gravatar",
        "gender": "female", "phone": "+1", "age": "30",
    })
}

fn address() -> Value {
    json!({ "city": "Ulm", "state": "BW", "postalCode": "89073", "country": "DE", "lines": ["1 Mill Lane"] })
}

/// Returns a thread of a kind with all its members.
fn thread(kind: &str, agent: i64) -> Value {
    let mut thread = json!({
        "text": "Rang", "imported": true, "createdAt": "2020-03-04T09:15:00Z", "attachments": [file()],
    });
    if kind != "note" {
        thread["customer"] = new_person("t");
    }
    if ["note", "reply"].contains(&kind) {
        thread["user"] = json!(agent);
    }
    if kind == "reply" {
        thread["draft"] = json!(false);
    }
    if ["reply", "customer"].contains(&kind) {
        thread["cc"] = json!(["c@x.example"]);
        thread["bcc"] = json!(["b@x.example"]);
    }
    thread
}

/// Returns the bodies of Create Conversation: one with all members, and one for each further kind of thread.
fn conversations(world: &World, field: i64) -> Vec<Value> {
    let (agent, id) = (world.here.agent.get(), world.here.customer.get());
    let mut full = json!({
        "subject": "Kettle", "type": "email", "mailboxId": world.here.main.get(), "status": "closed", "customer": new_person("c"),
        "autoReply": false, "imported": true, "createdAt": "2020-03-04T09:15:00Z", "closedAt": "2020-03-05T09:15:00Z",
        "tags": ["vip"], "fields": [{ "id": field, "value": "SN" }], "assignTo": agent, "user": agent, "threads": [],
    });
    let kinds = ["phone", "chat", "customer", "note", "reply"];
    let all: Vec<Value> = kinds
        .iter()
        .map(|kind| {
            let mut thread = thread(kind, agent);
            thread["type"] = json!(kind);
            thread
        })
        .collect();
    let mut bodies: Vec<Value> = all.iter().skip(1).map(|thread| json!({
        "subject": "Kettle", "type": "phone", "mailboxId": world.here.main.get(), "status": "active", "customer": { "id": id },
        "threads": [thread],
    })).collect();
    full["threads"] = json!([all[0]]);
    // The chat names its customer by an id.
    bodies[0]["threads"][0]["customer"] = json!({ "id": id });
    bodies.insert(0, full);
    bodies
}

async fn cases(client: &Client<'_>, field: i64) -> Vec<Case> {
    let world = client.world;
    let (agent, id) = (world.here.agent.get(), client.conversation().await);
    let at = |rest: &str| format!("/v2/conversations/{id}{rest}");
    let said = json!({ "text": "Said", "customer": { "id": world.here.customer.get() } });
    let thread_id = created(&client.add(id, "customer", &said).await);
    let change =
        |op: &str, path: &str, value: Value| json!({ "op": op, "path": path, "value": value });
    let mut cases = vec![
        case(
            Method::POST,
            "/v2/conversations",
            conversations(world, field),
        ),
        case(
            Method::PUT,
            at("/tags"),
            [json!({ "tags": ["vip", "late"] })],
        ),
        case(
            Method::PUT,
            at("/fields"),
            [json!({ "fields": [{ "id": field, "value": "SN" }] })],
        ),
        case(
            Method::POST,
            at(&format!("/threads/{thread_id}/attachments")),
            [file()],
        ),
        case(
            Method::PATCH,
            at(&format!("/threads/{thread_id}")),
            [
                change("replace", "/text", json!("Other")),
                change("replace", "/hidden", json!(true)),
            ],
        ),
    ];
    for (call, kind) in [
        ("phones", "phone"),
        ("chats", "chat"),
        ("customer", "customer"),
        ("notes", "note"),
        ("reply", "reply"),
    ] {
        let mut body = thread(kind, agent);
        if ["note", "reply"].contains(&kind) {
            body["status"] = json!("pending");
        }
        if kind == "reply" {
            body["assignTo"] = json!(agent);
        }
        // Notes have no customer.
        let others = (kind != "note").then(|| said.clone());
        let bodies = [body].into_iter().chain(others);
        cases.push(case(Method::POST, at(&format!("/{call}")), bodies));
    }
    let moved = client.conversation().await;
    cases.push(case(
        Method::PATCH,
        format!("/v2/conversations/{moved}"),
        [
            change("replace", "/subject", json!("New")),
            change(
                "replace",
                "primaryCustomer.id",
                json!(world.here.customer.get()),
            ),
            change("replace", "/draft", json!(false)),
            change("replace", "/status", json!("pending")),
            change("add", "/assignTo", json!(agent)),
            json!({ "op": "remove", "path": "/assignTo" }),
            change("move", "/mailboxId", json!(world.here.second.get())),
        ],
    ));
    let webhook = json!({
        "url": "https://hooks.example.com/x", "events": ["convo.created"], "secret": "wren", "label": "Sync",
        "mailboxIds": [world.here.main.get()], "notification": true, "payloadVersion": "V2",
    });
    let made = created(&client.post("/v2/webhooks", &webhook).await);
    cases.push(case(Method::POST, "/v2/webhooks", [webhook.clone()]));
    cases.push(case(Method::PUT, format!("/v2/webhooks/{made}"), [webhook]));
    let (key, secret) = &world.here.helpscout_client;
    let grant =
        json!({ "grant_type": "client_credentials", "client_id": key, "client_secret": secret });
    cases.push(case(Method::POST, "/v2/oauth2/token", [grant]));
    cases
}

/// Returns the members of a profile.
fn profile() -> Value {
    let mut profile = new_person("p");
    let members = profile.as_object_mut().expect("an object");
    members.retain(|name, _| !["email", "phone"].contains(&name.as_str()));
    profile
}

async fn customer_cases(client: &Client<'_>) -> Vec<Case> {
    let id = created(
        &client
            .post(
                "/v2/customers",
                &json!({ "firstName": "Ada", "address": address() }),
            )
            .await,
    );
    let other = created(
        &client
            .post(
                "/v2/customers",
                &json!({ "firstName": "Bo", "address": address() }),
            )
            .await,
    );
    let at = |rest: &str| format!("/v2/customers/{id}{rest}");
    let mut full = profile();
    full["phone"] = json!("+1");
    full["address"] = address();
    let mut cases = Vec::new();
    let mut operations = vec![
        json!({ "op": "replace", "path": "/firstName", "value": "Ada" }),
        json!({ "op": "add", "path": "gender", "value": "female" }),
        json!({ "op": "add", "path": "/photoType", "value": "unknown" }),
        json!({ "op": "replace", "path": "/address", "value": address() }),
        json!({ "op": "replace", "path": "/address/city", "value": "Bonn" }),
        json!({ "op": "add", "path": "/address/lines", "value": ["2"] }),
        json!({ "op": "remove", "path": "/address" }),
    ];
    for (rel, member, kind) in [
        ("emails", "emails", "work"),
        ("phones", "phones", "fax"),
        ("chats", "chats", "skype"),
        ("social-profiles", "socialProfiles", "twitter"),
        ("websites", "websites", ""),
    ] {
        let value = format!("{rel}{NUMBER}@entry.example");
        let entry = match kind {
            "" => json!({ "value": value }),
            kind => json!({ "type": kind, "value": value }),
        };
        full[member] = json!([entry]);
        let one = created(
            &client
                .post(&at(&format!("/{rel}")), &numbered(&entry, 0))
                .await,
        );
        cases.push(case(Method::POST, at(&format!("/{rel}")), [entry.clone()]));
        cases.push(case(
            Method::PUT,
            at(&format!("/{rel}/{one}")),
            [entry.clone()],
        ));
        let own = created(
            &client
                .post(
                    &format!("/v2/customers/{other}/{rel}"),
                    &numbered(&entry, 1),
                )
                .await,
        );
        operations
            .push(json!({ "op": "add", "path": format!("/{rel}/-"), "value": entry.clone() }));
        operations
            .push(json!({ "op": "replace", "path": format!("/{rel}/{own}"), "value": entry }));
        operations
            .push(json!({ "op": "replace", "path": format!("{rel}/{own}/value"), "value": value }));
        if !kind.is_empty() {
            operations
                .push(json!({ "op": "add", "path": format!("/{rel}/{own}/type"), "value": kind }));
        }
        operations.push(json!({ "op": "remove", "path": format!("/{rel}/{own}") }));
    }
    let first = operations[0].clone();
    operations.push(json!([first, { "op": "add", "path": "/lastName" }]));
    cases.extend([
        case(Method::POST, "/v2/customers", [full]),
        case(Method::PUT, at(""), [profile()]),
        case(Method::PUT, at("/address"), [address()]),
        case(
            Method::POST,
            format!("/v2/customers/{}/address", client.world.here.customer),
            [address()],
        ),
        case(Method::PATCH, format!("/v2/customers/{other}"), operations),
    ]);
    cases
}

/// Puts a number into the texts that must be new.
fn numbered(body: &Value, number: usize) -> Value {
    let text = body.to_string().replace(NUMBER, &format!("n{number}"));
    serde_json::from_str(&text).expect("JSON")
}

/// Returns values that stand at the place of `value`, some of which fit the schema there.
fn replacements(value: &Value, schema: &Value) -> Vec<Value> {
    let mut all = vec![
        json!(null),
        json!(true),
        json!(7),
        json!(1.5),
        json!("x"),
        json!(""),
        json!({}),
        json!([]),
        json!(["x"]),
        json!({ "x": 1 }),
    ];
    all.extend(schema["enum"].as_array().into_iter().flatten().cloned());
    let lengths = ["minLength", "maxLength"]
        .into_iter()
        .filter_map(|name| schema[name].as_u64());
    for length in lengths
        .map(|length| length as usize)
        .filter(|_| schema.get("format").is_none())
    {
        all.extend([length, length + 1].map(|length| json!("x".repeat(length))));
    }
    if let Some(number) = value.as_i64() {
        all.extend([json!(number.to_string()), json!(number as f64)]);
    }
    all
}

/// Returns bodies that differ from a body in one place.
fn variants(
    body: &Value,
    schema: &'static Value,
    seen: &mut BTreeSet<String>,
    at: &str,
) -> Vec<Value> {
    let reader = Reader {
        document: document(),
        is_closed: false,
    };
    let schema = reader.chosen(body, schema);
    let mut all = replacements(body, schema);
    if let Some(items) = body.as_array() {
        for (place, item) in items.iter().enumerate() {
            for variant in variants(item, &schema["items"], seen, at) {
                let mut items = items.clone();
                items[place] = variant;
                all.push(Value::Array(items));
            }
        }
    }
    for (name, member) in body.as_object().into_iter().flatten() {
        let mut without: Map<String, Value> = body.as_object().cloned().unwrap_or_default();
        without.remove(name);
        all.push(Value::Object(without));
        let path = if at.is_empty() {
            name.clone()
        } else {
            format!("{at}.{name}")
        };
        for variant in variants(member, &schema["properties"][name], seen, &path) {
            let mut changed = body.clone();
            changed[name] = variant;
            all.push(changed);
        }
        seen.insert(path);
    }
    all
}

/// Collects the paths of all members that a schema names.
fn members(schema: &Value, at: &str, found: &mut BTreeSet<String>) {
    let choices = ["oneOf", "anyOf"]
        .into_iter()
        .filter_map(|name| schema[name].as_array());
    choices
        .flatten()
        .for_each(|choice| members(choice, at, found));
    if let Some(items) = schema.get("items") {
        members(items, at, found);
    }
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        let path = if at.is_empty() {
            name.clone()
        } else {
            format!("{at}.{name}")
        };
        members(schema, &path, found);
        found.insert(path);
    }
}

/// Whether an answer refuses the form of a body.
fn refuses_form(answer: &Answer) -> bool {
    if answer.status != 400 {
        return false;
    }
    let body = answer.json();
    let reasons: Vec<String> = body["_embedded"]["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| {
            let href = entry["_links"]["about"]["href"].as_str().expect("a link");
            href.rsplit('#').next().unwrap_or_default().to_owned()
        })
        .collect();
    reasons.is_empty()
        || !reasons
            .iter()
            .all(|reason| NOT_FORM.contains(&reason.as_str()))
}

/// Sends every variant of a case. Returns how many of them fit the description, and how many do not.
async fn try_case(client: &Client<'_>, case: &Case, number: &mut usize) -> (usize, usize) {
    let Case {
        method,
        path,
        bodies,
    } = case;
    let described =
        operation(document(), method, path).unwrap_or_else(|| panic!("{method} {path}"));
    let content = &described["requestBody"]["content"]["application/json"]["schema"];
    let reader = Reader {
        document: document(),
        is_closed: false,
    };
    let is_token = path.ends_with("/token");
    let (mut seen, mut counts) = (BTreeSet::new(), (0, 0));
    for body in bodies {
        assert!(
            reader.fits(body, content),
            "{method} {path}: {:?}",
            reader.faults(body, content)
        );
        for variant in [body.clone()]
            .into_iter()
            .chain(variants(body, content, &mut seen, ""))
        {
            *number += 1;
            let sent = numbered(&variant, *number + 1);
            let answer = client.send(method.clone(), path, Some(sent.clone())).await;
            let said = String::from_utf8_lossy(&answer.body);
            if reader.fits(&variant, content) {
                counts.0 += 1;
                let is_refused = refuses_form(&answer);
                assert!(
                    !is_refused,
                    "described, but refused: {method} {path} {sent}: {said}"
                );
            } else {
                counts.1 += 1;
                let is_refused = refuses_form(&answer) || (is_token && answer.status == 401);
                assert!(
                    is_refused,
                    "not described, but {}: {method} {path} {sent}: {said}",
                    answer.status
                );
            }
        }
    }
    let mut named = BTreeSet::new();
    members(content, "", &mut named);
    let has_many_choices = method == MANY_CHOICES.0 && path.starts_with(MANY_CHOICES.1);
    if !has_many_choices && !is_token {
        let untried: Vec<_> = named.difference(&seen).collect();
        assert!(untried.is_empty(), "{method} {path}: {untried:?}");
    }
    let nothing = client.send(method.clone(), path, None).await;
    assert!(
        nothing.status == 400,
        "{method} {path} without a body: {}",
        nothing.status
    );
    counts
}

on_both! {
    async fn bodies_are_read_as_described(world: World) {
        let client = Client::new(&world).await;
        let field = DefineField { caller: operator(&world.here), inbox: world.here.main, name: "Serial".into(), kind: FieldKind::SingleLine,
            order: None, required: false, options: Vec::new() };
        let field = world.store().write(field).await.expect("a field").field.id.get();
        let mut all = cases(&client, field).await;
        all.extend(customer_cases(&client).await);
        let (mut number, mut fitting, mut others) = (1, 0, 0);
        for case in &all {
            let (fit, not) = try_case(&client, case, &mut number).await;
            assert!(fit > 0 && not > 0, "{}", case.path);
            (fitting, others) = (fitting + fit, others + not);
        }
        assert!(fitting > 300 && others > 1_000, "{fitting} {others}");
        // Every call with a JSON body is one of the cases.
        for (template, operations) in document()["paths"].as_object().expect("paths") {
            for (method, described) in operations.as_object().expect("operations") {
                let takes_json = described["requestBody"]["content"].get("application/json").is_some();
                let is_it = |case: &Case| operation(document(), &case.method, &case.path) == Some(described);
                assert!(!takes_json || all.iter().any(is_it), "{method} {template}");
            }
        }
    }
}
