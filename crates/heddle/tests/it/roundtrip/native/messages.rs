//! Messages and notes.

use heddle_testkit::On;
use serde_json::{Value, json};

use super::super::{Shown, none, roomy};
use super::attachments::{number_files, upload_files};
use super::conversations::{LIST, PAST, message, numbers_of_files, usual};
use super::{Trip, create, done, get};
use crate::harness::World;
use crate::native::Api;

pub(super) const CALLS: &[&str] = &[
    "POST /api/v1/conversations/{id}/messages",
    "POST /api/v1/conversations/{id}/notes",
    "PATCH /api/v1/conversations/{id}/messages/{message_id}",
];

/// Creates a conversation, adds a message to it, and reads the message back with the conversation's assignee.
async fn add(world: &World, api: &Api<'_>, kind: &str, mut body: Value) -> Result<Value, String> {
    upload_files(api, &mut body).await?;
    let made = create(api, LIST, usual(world)).await?;
    let conversation = format!("{LIST}/{}", made["id"]);
    let added = done(&api.post(&format!("{conversation}/{kind}"), body).await)?;
    read(api, &conversation, &added["id"]).await
}

async fn read(api: &Api<'_>, conversation: &str, id: &Value) -> Result<Value, String> {
    let mut seen = get(api, &format!("{conversation}/messages/{id}")).await?;
    seen["assignee_id"] = get(api, conversation).await?["assignee_id"].clone();
    number_files(&mut seen);
    Ok(seen)
}

async fn all(on: On) {
    let world = roomy(on).await;
    let api = Api::full(&world);
    let base = json!({ "channel": "email", "direction": "outgoing", "occurred_at": PAST });
    let mut trip = Trip::new(CALLS[0], base.clone());
    message(&mut trip, "", &base);
    let send = async |body| add(&world, &api, "messages", body).await;
    let mut faults = trip.check(&world, send).await;

    let mut trip = Trip::new(CALLS[1], json!({ "body": "Seen", "occurred_at": PAST }));
    trip.values = vec![("attachment_ids", numbers_of_files())];
    let send = async |body| add(&world, &api, "notes", body).await;
    faults.extend(trip.check(&world, send).await);

    let mut trip = Trip::new(CALLS[2], json!({}));
    let publishing = || json!({ "state": "published" });
    trip.with = ["occurred_at", "status", "assignee_id"]
        .map(|name| (name, publishing()))
        .into();
    trip.shown = vec![("status", Shown::At("/status_set"))];
    trip.values = vec![(
        "status",
        ["open", "pending", "closed", "spam"]
            .map(Value::from)
            .into(),
    )];
    let draft = json!({ "channel": "email", "direction": "outgoing", "body": "Soon", "state": "draft", "occurred_at": PAST });
    // Null takes the assignee away.
    let mut assigned = usual(&world);
    assigned["assignee_id"] = json!(world.here.agent.get());
    faults.extend(
        trip.check(&world, async |body| {
            let made = create(&api, LIST, assigned.clone()).await?;
            let conversation = format!("{LIST}/{}", made["id"]);
            let added = done(
                &api.post(&format!("{conversation}/messages"), draft.clone())
                    .await,
            )?;
            done(
                &api.patch(&format!("{conversation}/messages/{}", added["id"]), body)
                    .await,
            )?;
            read(&api, &conversation, &added["id"]).await
        })
        .await,
    );
    none(&faults);
}

#[tokio::test]
async fn every_field_of_a_message_makes_the_round_trip_on_sqlite() {
    all(On::Sqlite).await;
}

#[tokio::test]
async fn every_field_of_a_message_makes_the_round_trip_on_postgres() {
    all(On::Postgres).await;
}
