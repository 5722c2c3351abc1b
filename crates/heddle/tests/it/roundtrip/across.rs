//! The native API takes back what it shows of values that other APIs wrote, also where those take longer texts.

use heddle_domain::limits::{
    LONGEST_AGENT_NAME, LONGEST_RECIPIENT, LONGEST_SUBJECT, LONGEST_TICKET_LINK,
    LONGEST_TICKET_NUMBER,
};
use heddle_testkit::on_both;
use http::Method;
use serde_json::{Map, Value, json};

use super::native::own_fields;
use super::none;
use crate::across::ok;
use crate::catalogue::{Fixture, helpscout, magicline, mews, mykaarma};
use crate::harness::World;
use crate::native::Api;

/// Sends each field of a resource back alone, and checks that the resource stays as it is.
async fn send_back(api: &Api<'_>, path: &str, call: &str, without: &[&str]) -> Vec<String> {
    let seen = api.get(path).await.json();
    let stable = |seen: &Value| {
        let mut seen = seen.as_object().expect("an object").clone();
        for name in ["version", "updated_at", "delegated_at"] {
            seen.remove(name);
        }
        seen
    };
    let mut faults = Vec::new();
    for name in own_fields(call) {
        if without.contains(&name.as_str()) {
            continue;
        }
        let Some(value) = seen.get(&name) else {
            faults.push(format!("{path} does not show {name}"));
            continue;
        };
        let answer = api.patch(path, json!({ &name: value })).await;
        let again = api.get(path).await.json();
        if !answer.status.is_success() || stable(&again) != stable(&seen) {
            let cut: String = format!("{}", answer.json()).chars().take(300).collect();
            faults.push(format!("{path} {name}: {cut}"));
        }
    }
    faults
}

/// Creates a conversation like one that is shown, with a message like its first one.
async fn copy(api: &Api<'_>, id: &Value) -> Vec<String> {
    let path = format!("/api/v1/conversations/{id}");
    let conversation = api.get(&path).await.json();
    let messages = api.get(&format!("{path}/messages")).await.json();
    let message = &messages["data"][0];
    let taken = |from: &Value, names: Vec<String>, without: &[&str]| -> Map<String, Value> {
        let names = names
            .into_iter()
            .filter(|name| !without.contains(&name.as_str()));
        names
            .filter_map(|name| Some((name.clone(), from.get(&name)?.clone())))
            .collect()
    };
    let mut new = taken(
        &conversation,
        own_fields("POST /api/v1/conversations"),
        &["messages"],
    );
    if conversation["status"] != "closed" {
        new.remove("closed_at");
    }
    let call = "POST /api/v1/conversations/{id}/messages";
    let fields = taken(message, own_fields(call), &["status"]);
    new.insert("messages".into(), json!([fields]));
    let answer = api.post("/api/v1/conversations", Value::Object(new)).await;
    match answer.status.is_success() {
        true => Vec::new(),
        false => vec![format!("{path} again: {}", answer.json())],
    }
}

/// Makes one conversation through each API, with the longest values that it takes. Returns their ids.
async fn longest(world: &World, fixture: &Fixture) -> Vec<Value> {
    let here = &fixture.here;
    let (subject, name) = ("ü".repeat(LONGEST_SUBJECT), "ü".repeat(LONGEST_AGENT_NAME));
    let mut sample = magicline(
        Method::POST,
        format!("/v1/communications/{}/threads", here.customer),
        &world.here.magicline_key,
    );
    let body = sample.body.as_mut().expect("a body");
    body["subject"] = json!(subject);
    body["agent"] = json!(name);
    body["ticketNumber"] = json!("ü".repeat(LONGEST_TICKET_NUMBER));
    body["ticketLink"] = json!("ü".repeat(LONGEST_TICKET_LINK));
    body["communicationDateTime"] = json!("9999-12-31T23:59:59.999Z");
    let mut ids = vec![ok(world, &sample).await.json()["threadId"].clone()];

    let customer = json!({ "email": "long@x.example", "firstName": "ü".repeat(40), "lastName": "ü".repeat(40),
        "photoUrl": "ü".repeat(200), "jobTitle": "ü".repeat(60), "background": "ü".repeat(200), "location": "ü".repeat(60),
        "organization": "ü".repeat(60), "photoType": "googleplus", "gender": "Female", "phone": "1".repeat(500), "age": "9".repeat(40) });
    let copies = vec!["c".repeat(LONGEST_RECIPIENT); 32];
    let thread = json!({ "type": "reply", "text": "Rang", "customer": customer, "cc": copies, "bcc": copies });
    let body = json!({ "subject": subject, "type": "chat", "mailboxId": world.here.main.get(), "status": "closed",
        "customer": customer, "tags": ["ü".repeat(100)], "imported": true, "createdAt": "0001-01-01T00:00:00Z",
        "closedAt": "9999-12-31T23:59:59Z", "threads": [thread] });
    let sample = helpscout(
        Method::POST,
        "/v2/conversations".into(),
        &here.helpscout_token,
        Some(body),
    );
    let made = ok(world, &sample).await;
    ids.push(serde_json::from_str(made.header("resource-id")).expect("an id"));

    let longest = "\u{1F6CF}".repeat(1_000);
    let body = json!({ "OriginalSender": longest, "Subject": longest });
    let sample = mews(
        "messageThreads/add",
        &world.here.mews_client,
        &world.here.mews_token,
        body,
    );
    let thread = ok(world, &sample).await.json()["MessageThreads"][0]["Id"].clone();
    let body = json!({ "Messages": [{ "MessageThreadId": thread, "Text": "x".repeat(64 << 10) }] });
    ok(
        world,
        &mews(
            "messages/add",
            &world.here.mews_client,
            &world.here.mews_token,
            body,
        ),
    )
    .await;

    let path = format!(
        "/communications/department/{}/customer/{}/message",
        here.main_public, here.customer_public
    );
    let body = json!({ "messageAttributes": { "body": "Seen", "subject": subject }, "editor": { "uuid": here.agent_public, "name": name } });
    ok(
        world,
        &mykaarma(Method::POST, path, &world.here.mykaarma, Some(body)),
    )
    .await;

    let newest = Api::full(world)
        .get("/api/v1/conversations?sort=-created&limit=1")
        .await
        .json();
    ids.push(newest["data"][0]["id"].clone());
    ids
}

on_both! {
    async fn the_native_api_takes_back_what_other_apis_wrote(world: World) {
        let fixture = Fixture::new(&world).await;
        let api = Api::full(&world);
        let mut faults = Vec::new();
        for id in longest(&world, &fixture).await {
            let path = format!("/api/v1/conversations/{id}");
            let changes = ["add_tags", "remove_tags"];
            faults.extend(send_back(&api, &path, "PATCH /api/v1/conversations/{id}", &changes).await);
            faults.extend(copy(&api, &id).await);
            let customer = api.get(&path).await.json()["customer_id"].clone();
            let path = format!("/api/v1/customers/{customer}");
            faults.extend(send_back(&api, &path, "PATCH /api/v1/customers/{id}", &[]).await);
        }
        none(&faults);
    }
}
