//! The calls of Help Scout that change conversations, threads and files are read back with the conversation.

use heddle_domain::limits::LONGEST_SUBJECT;
use heddle_testkit::on_both;
use http::Method;
use serde_json::{Value, json};

use super::helpscout::{Client, normal_tags};
use super::values::{MEDIA_TYPES, flags, texts, words};
use super::{Member, at, check, names, none, vendors};
use crate::catalogue::native::native;
use crate::harness::World;

pub(super) const CALLS: [&str; 5] = [
    "PATCH /v2/conversations/{conversationId}",
    "PUT /v2/conversations/{conversationId}/tags",
    "PUT /v2/conversations/{conversationId}/fields",
    "PATCH /v2/conversations/{conversationId}/threads/{threadId}",
    "POST /v2/conversations/{conversationId}/threads/{threadId}/attachments",
];

/// Creates a conversation with one e-mail; returns its id and the thread's.
async fn made(client: &Client<'_>, world: &World) -> Result<(String, String), String> {
    let customer = json!({ "id": world.here.customer.get() });
    let body = json!({
        "subject": "Kettle", "type": "email", "mailboxId": world.here.main.get(), "status": "active", "customer": customer,
        "threads": [{ "type": "customer", "text": "It leaks", "customer": customer }],
    });
    let id = client
        .make(Method::POST, "/v2/conversations", &body)
        .await?;
    let thread = client.conversation(&id, None).await?["thread"]["id"].to_string();
    Ok((id, thread))
}

/// Returns the members of an operation with a value.
fn operation(value: Member) -> Vec<Member> {
    vec![names("op", Vec::new()), names("path", Vec::new()), value]
}

on_both! {
    async fn every_value_of_a_change_makes_the_round_trip(world: World) {
        let client = Client::new(&world).await;
        let here = &world.here;
        let known = vendors::members("helpscout", CALLS[0]);
        let agents = vec![json!(here.agent.get()), json!(here.default_agent.get())];
        let mut faults = Vec::new();
        for (op, path, value) in [
            ("replace", "/subject", at("value", "/subject", texts(1, LONGEST_SUBJECT))),
            ("replace", "/status", at("value", "/status", words(&["active", "closed", "pending", "spam"]))),
            ("replace", "/assignTo", at("value", "/assignee/id", agents)),
            ("move", "/mailboxId", at("value", "/mailboxId", vec![json!(here.main.get()), json!(here.second.get())])),
            ("replace", "/primaryCustomer.id", at("value", "/primaryCustomer/id", vec![json!(here.customer.get()), json!(here.second_customer.get())])),
            ("replace", "/draft", names("value", vec![json!(false)])),
        ] {
            let send = async |body: Value| {
                let (id, _) = made(&client, &world).await?;
                client.call(Method::PATCH, &format!("/v2/conversations/{id}"), Some(body)).await?;
                client.conversation(&id, None).await
            };
            let base = json!({ "op": op, "path": path });
            faults.extend(check(CALLS[0], &known, &base, &operation(value), send).await);
        }
        none(&faults);
    }
}

on_both! {
    async fn every_member_of_tags_and_fields_makes_the_round_trip(world: World) {
        let client = Client::new(&world).await;
        let list = format!("/api/v1/inboxes/{}/fields", world.here.main);
        let new = json!({ "name": "Story", "kind": "multiline" });
        let field = native(Method::POST, list, &world.here.native_token, Some(new)).send(&world).await.json();
        let put = async |what: &str, body: Value| {
            let (id, _) = made(&client, &world).await?;
            client.call(Method::PUT, &format!("/v2/conversations/{id}/{what}"), Some(body)).await?;
            client.conversation(&id, None).await
        };
        let tags = vec![json!([]), json!(["vip", " ÄRGER ", "a\u{301}", "x y"])];
        let tags = [at("tags", "/tagNames", tags).normal(normal_tags)];
        let known = vendors::members("helpscout", CALLS[1]);
        let mut faults = check(CALLS[1], &known, &json!({}), &tags, async |body| put("tags", body).await).await;
        let known = vendors::members("helpscout", CALLS[2]);
        let base = json!({ "fields": [{ "id": field["id"], "value": "usual" }] });
        let members = [
            at("fields.id", "/customFields/0/id", vec![field["id"].clone()]),
            at("fields.value", "/customFields/0/value", texts(1, 10_000)),
        ];
        faults.extend(check(CALLS[2], &known, &base, &members, async |body| put("fields", body).await).await);
        none(&faults);
    }
}

on_both! {
    async fn every_member_of_a_changed_thread_and_of_a_file_makes_the_round_trip(world: World) {
        let client = Client::new(&world).await;
        let known = vendors::members("helpscout", CALLS[3]);
        let mut faults = Vec::new();
        for (path, value) in [("/text", at("value", "/thread/body", texts(1, 20_000))), ("/hidden", names("value", flags()))] {
            let send = async |body: Value| {
                let (id, thread) = made(&client, &world).await?;
                client.call(Method::PATCH, &format!("/v2/conversations/{id}/threads/{thread}"), Some(body)).await?;
                client.conversation(&id, None).await
            };
            let base = json!({ "op": "replace", "path": path });
            faults.extend(check(CALLS[3], &known, &base, &operation(value), send).await);
        }
        let known = vendors::members("helpscout", CALLS[4]);
        let base = json!({ "fileName": "call.txt", "mimeType": "text/plain", "data": "cmluZw==" });
        let members = [
            at("fileName", "/thread/_embedded/attachments/0/filename", texts(1, 255)),
            at("mimeType", "/thread/_embedded/attachments/0/mimeType", words(MEDIA_TYPES)),
            at("data", "/data", words(&["cmluZw==", "AA==", "/+8="])),
        ];
        let send = async |body: Value| {
            let (id, thread) = made(&client, &world).await?;
            let file = client.make(Method::POST, &format!("/v2/conversations/{id}/threads/{thread}/attachments"), &body).await?;
            let mut seen = client.conversation(&id, None).await?;
            let data = client.call(Method::GET, &format!("/v2/conversations/{id}/attachments/{file}/data"), None).await?.json();
            seen["data"] = data["data"].clone();
            Ok(seen)
        };
        faults.extend(check(CALLS[4], &known, &base, &members, send).await);
        none(&faults);
    }
}
