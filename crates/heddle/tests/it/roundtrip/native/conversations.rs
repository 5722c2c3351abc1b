//! Conversations.

use heddle_testkit::On;
use serde_json::{Value, json};

use super::super::{Shown, none, roomy};
use super::attachments::{number_files, upload_files};
use super::people::{lower, with_new_address};
use super::{NEW, Trip, change, create, done, get};
use crate::harness::World;
use crate::native::Api;

pub(super) const CALLS: &[&str] = &[
    "POST /api/v1/conversations",
    "PATCH /api/v1/conversations/{id}",
    "POST /api/v1/conversations/bulk",
    "POST /api/v1/conversations/{id}/merge",
    "POST /api/v1/conversations/{id}/split",
];
/// The usual time of a contact. Without one, each contact would have another time.
pub(super) const PAST: &str = "2026-01-02T03:04:05.678Z";
pub(super) const LIST: &str = "/api/v1/conversations";

/// The names of tags are shown as every API shows them.
pub(super) fn tags(value: &Value) -> Value {
    let names = value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let names = names.filter_map(heddle_domain::TagName::parse);
    let names: std::collections::BTreeSet<_> = names.map(|name| name.as_str().to_owned()).collect();
    names.into_iter().map(Value::from).collect()
}

/// Returns a usual new conversation.
pub(super) fn usual(world: &World) -> Value {
    let message = json!({ "channel": "email", "direction": "outgoing", "body": "Hello",
        "occurred_at": PAST });
    json!({ "inbox_id": world.here.main.get(), "customer_id": world.here.customer.get(), "messages": [message], "started_at": PAST })
}

/// Reads a conversation with its first message and its customer.
async fn read(api: &Api<'_>, id: &Value) -> Result<Value, String> {
    let path = format!("{LIST}/{id}");
    let mut seen = get(api, &path).await?;
    seen["messages"] = get(api, &format!("{path}/messages")).await?["data"].clone();
    if !seen["messages"][0].is_null() {
        number_files(&mut seen["messages"][0]);
    }
    let customer = get(api, &format!("/api/v1/customers/{}", seen["customer_id"])).await?;
    let parts = ["first_name", "last_name"].map(|name| customer[name].as_str().unwrap_or_default());
    seen["customer_name"] = json!(parts.join(" ").trim());
    seen["customer"] = customer;
    if seen["customer"]["email"]
        .as_str()
        .is_none_or(|email| email.starts_with("made-up-"))
    {
        // A new customer at each call.
        forget_customer(&mut seen);
    }
    Ok(seen)
}

/// Leaves out what tells one new customer from another.
fn forget_customer(seen: &mut Value) {
    seen["customer_id"] = Value::Null;
    seen["messages"][0]["customer_id"] = Value::Null;
    let is_made_up = seen["customer"]["email"]
        .as_str()
        .is_some_and(|it| it.starts_with("made-up-"));
    if is_made_up {
        seen["customer"]["email"] = Value::Null;
        let addresses = seen["customer"]["addresses"]
            .as_array_mut()
            .expect("addresses");
        addresses.retain(|address| address["kind"] != "email");
    }
}

/// Values for `attachment_ids`: see `upload_files`.
pub(super) fn numbers_of_files() -> Vec<Value> {
    vec![json!([]), json!([1]), json!([1, 2])]
}

/// Gives the fields of messages what they need. `list` stands before the fields.
pub(super) fn message(trip: &mut Trip, list: &str, usual: &Value) {
    let path = |name: &str| -> &'static str { String::leak(format!("{list}{name}")) };
    let with = |changes: Value| {
        let mut message = usual.clone();
        for (name, value) in changes.as_object().expect("an object") {
            message[name] = value.clone();
        }
        match list {
            "" => changes,
            _ => json!({ "messages": [message] }),
        }
    };
    trip.with
        .push((path("author"), with(json!({ "direction": "outgoing" }))));
    let status: &'static str = String::leak(format!(
        "{}/status_set",
        if list.is_empty() { "" } else { "/messages/0" }
    ));
    trip.shown.push((path("status"), Shown::At(status)));
    trip.shown
        .push((path("assignee_id"), Shown::At("/assignee_id")));
    trip.values
        .push((path("attachment_ids"), numbers_of_files()));
    trip.values.push((
        path("author"),
        ["customer", "application"].map(Value::from).into(),
    ));
    trip.values.push((
        path("status"),
        ["open", "pending", "closed", "spam"]
            .map(Value::from)
            .into(),
    ));
}

async fn new_conversations(world: &World, api: &Api<'_>) -> Vec<String> {
    let usual = usual(world);
    let mut trip = Trip::new(CALLS[0], usual.clone());
    message(&mut trip, "messages.", &usual["messages"][0]);
    let new = json!({ "customer_id": null, "customer": { "email": NEW } });
    trip.with.extend([
        ("closed_at", json!({ "status": "closed" })),
        ("customer", new.clone()),
        ("customer.email", new.clone()),
        ("customer.first_name", new.clone()),
        ("customer.last_name", new.clone()),
        ("customer.phone", new),
        ("customer_name", json!({ "customer_id": null })),
    ]);
    trip.shown.extend([
        ("imported", Shown::Never("decides only about notices")),
        ("messages", Shown::Elsewhere),
        ("customer", Shown::Elsewhere),
    ]);
    trip.values.extend([
        ("messages", vec![json!([])]),
        ("customer", vec![json!({ "email": NEW })]),
        (
            "customer_name",
            ["Mara", "Mara van Okafor", "\u{1F9F5} ß"]
                .map(Value::from)
                .into(),
        ),
        (
            "customer.phone",
            ["+49 30 1", "\u{661}"].map(Value::from).into(),
        ),
    ]);
    // Only a customer with an address can be told from those that other calls make.
    trip.values
        .push(("customer_id", vec![json!(world.here.customer.get())]));
    trip.normal = vec![("customer.email", lower), ("tags", tags)];
    trip.check(world, async |body: Value| {
        let mut body = with_new_address(&body);
        if let Some(message) = body["messages"].get_mut(0) {
            upload_files(api, message).await?;
        }
        let made = done(&api.post(LIST, body).await)?;
        read(api, &made["id"]).await
    })
    .await
}

fn for_change(mut trip: Trip, list: &str) -> Trip {
    let path = |name: &str| -> &'static str { String::leak(format!("{list}{name}")) };
    let all: &'static str = String::leak(format!(
        "/{}tags",
        list.replace("changes.", "changes/0/").replace('.', "/")
    ));
    trip.shown.extend([
        (path("add_tags"), Shown::At(all)),
        (path("remove_tags"), Shown::Elsewhere),
    ]);
    trip.normal = vec![(path("tags"), tags), (path("add_tags"), tags)];
    trip
}

async fn changes(world: &World, api: &Api<'_>) -> Vec<String> {
    let made = create(api, LIST, usual(world))
        .await
        .expect("a conversation");
    let one = format!("{LIST}/{}", made["id"]);
    // Each change begins without tags and fields, which a change adds to.
    let trip = for_change(Trip::new(CALLS[1], json!({})), "");
    let mut faults = trip
        .check(world, async |body: Value| {
            clear(api, &one, &body).await?;
            change(api, &one, body).await
        })
        .await;

    let usual = json!({ "changes": [{ "conversation_id": made["id"], "change": {} }] });
    let mut trip = for_change(Trip::new(CALLS[2], usual), "changes.change.");
    trip.is_change = true;
    trip.shown.extend([
        ("changes", Shown::Elsewhere),
        ("changes.change", Shown::Elsewhere),
        ("changes.version", Shown::Elsewhere),
        ("changes.conversation_id", Shown::Elsewhere),
    ]);
    trip.values.extend([
        ("changes", Vec::new()),
        ("changes.change", vec![json!({})]),
        ("changes.version", vec![json!(1), Value::Null]),
        ("changes.conversation_id", vec![made["id"].clone()]),
    ]);
    faults.extend(
        trip.check(world, async |mut body: Value| {
            clear(api, &one, &body["changes"][0]["change"]).await?;
            let bulk = format!("{LIST}/bulk");
            with_version(api, &bulk, &one, &mut body, "changes").await?;
            let answer = done(&api.post(&bulk, body).await)?;
            match answer["results"][0]["status"] == 200 {
                true => Ok(json!({ "changes": [{ "change": get(api, &one).await? }] })),
                false => Err(answer.to_string()),
            }
        })
        .await,
    );
    faults
}

/// Removes tags and custom fields before a change that adds some.
async fn clear(api: &Api<'_>, one: &str, body: &Value) -> Result<(), String> {
    if body["add_tags"].is_array() {
        done(&api.patch(one, json!({ "tags": [] })).await)?;
    }
    if body["custom_fields"].is_object() {
        let seen = get(api, one).await?;
        let names = seen["custom_fields"].as_object().expect("fields").keys();
        let none: serde_json::Map<_, _> = names.map(|name| (name.clone(), Value::Null)).collect();
        done(&api.patch(one, json!({ "custom_fields": none })).await)?;
    }
    Ok(())
}

/// Puts the present version of the resource at `one` in place of another one, if the item of a bulk names one. Another version
/// must be refused.
pub(super) async fn with_version(
    api: &Api<'_>,
    bulk: &str,
    one: &str,
    body: &mut Value,
    list: &str,
) -> Result<(), String> {
    if body[list][0]["version"].is_null() {
        return Ok(());
    }
    let answer = api.get(one).await;
    let tag = answer
        .header("etag")
        .trim_matches(|c: char| !c.is_ascii_digit());
    let present: i64 = tag.parse().expect("a version");
    body[list][0]["version"] = json!(present + 1);
    let answer = done(&api.post(bulk, body.clone()).await)?;
    body[list][0]["version"] = json!(present);
    match answer["results"][0]["status"] == 412 {
        true => Ok(()),
        false => Err(format!("another version: {answer}")),
    }
}

async fn merges_and_splits(world: &World, api: &Api<'_>) -> Vec<String> {
    let usual = usual(world);
    let mut trip = Trip::new(CALLS[3], json!({}));
    trip.shown = vec![("into", Shown::Elsewhere)];
    trip.values = vec![("into", Vec::new())];
    let mut faults = trip
        .check(world, async |mut body: Value| {
            let made = create(api, LIST, usual.clone()).await?;
            body["into"] = create(api, LIST, usual.clone()).await?["id"].clone();
            done(
                &api.post(&format!("{LIST}/{}/merge", made["id"]), body)
                    .await,
            )
        })
        .await;

    let mut trip = Trip::new(CALLS[4], json!({}));
    trip.shown = ["from_message_id", "message_ids"]
        .map(|name| (name, Shown::Elsewhere))
        .into();
    // They stand for the newest message of the conversation.
    trip.values = vec![
        ("from_message_id", vec![json!(1)]),
        ("message_ids", vec![json!([1])]),
    ];
    faults.extend(
        trip.check(world, async |mut body: Value| {
            let mut two = usual.clone();
            two["messages"] = json!([usual["messages"][0], usual["messages"][0]]);
            let made = create(api, LIST, two).await?;
            let path = format!("{LIST}/{}", made["id"]);
            let messages = get(api, &format!("{path}/messages")).await?;
            let newest = &messages["data"][1]["id"];
            match body["from_message_id"].is_null() {
                true => body["message_ids"] = json!([newest]),
                false => body["from_message_id"] = newest.clone(),
            }
            Ok(done(&api.post(&format!("{path}/split"), body).await)?["new"].clone())
        })
        .await,
    );
    faults
}

async fn all(on: On) {
    let world = roomy(on).await;
    let api = Api::full(&world);
    let mut faults = new_conversations(&world, &api).await;
    faults.extend(changes(&world, &api).await);
    faults.extend(merges_and_splits(&world, &api).await);
    none(&faults);
}

#[tokio::test]
async fn every_field_of_a_conversation_makes_the_round_trip_on_sqlite() {
    all(On::Sqlite).await;
}

#[tokio::test]
async fn every_field_of_a_conversation_makes_the_round_trip_on_postgres() {
    all(On::Postgres).await;
}
