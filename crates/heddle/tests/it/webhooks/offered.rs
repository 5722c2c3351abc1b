//! Tests that every event that a webhook may subscribe to is sent when its thing happens, for every API.

use std::collections::BTreeSet;

use heddle::apis;
use heddle_access::provision::operator_caller;
use heddle_domain::InboxScope;
use heddle_domain::id::{CredentialId, InboxId, WebhookId};
use heddle_domain::webhook::{DeliveryState, WebhookState};
use heddle_store::removal::inboxes::Fate;
use heddle_store::write::consent::GiveConsent;
use heddle_testkit::Receiver;
use heddle_testkit::receiver::{Received, Reply};
use http::Method;
use serde_json::{Value, json};

use super::apis::application;
use super::stage::{
    RunningNode, WebhookSpec, create_agents, names, until, until_all, until_state, webhook,
};
use crate::catalogue;
use crate::harness::World;
use crate::native::Api;
use crate::sending_on_both;

/// Help Scout's events of things that do not exist in Heddle. The vendor's clients may subscribe to them.
const NEVER: [&str; 13] = [
    "satisfaction.ratings",
    "beacon.chat.created",
    "beacon.chat.customer.replied",
    "tag.updated",
    "tag.deleted",
    "message.survey.response.received",
    "user.status.changed",
    "organization.created",
    "organization.updated",
    "organization.deleted",
    "convo.ai-answers.created",
    "beacon.chat.agent.replied",
    "beacon.chat.assigned",
];

const LEFT: &str = "conversation.left";

/// Returns the name of the event that a request reports.
fn name(api: &str, request: &Received) -> String {
    let text = |value: &Value| value.as_str().expect("a name").to_owned();
    match api {
        "helpscout" => request.header("x-helpscout-event").to_owned(),
        "magicline" => text(&request.json()["payload"][0]["type"]),
        "mews" => text(&request.json()["Events"][0]["Discriminator"]),
        _ => text(&request.json()["type"]),
    }
}

/// Sends a request over the native API, which must succeed. Returns the answer's body.
async fn send(api: &Api<'_>, method: Method, path: &str, body: Value) -> Value {
    let path = format!("/api/v1/{path}");
    let body = Some(body).filter(|body| !body.is_null());
    let answer = api.send(method.clone(), &path, body).await;
    let is_done = (200..300).contains(&answer.status.as_u16());
    assert!(
        is_done,
        "{method} {path}: {} {}",
        answer.status,
        String::from_utf8_lossy(&answer.body)
    );
    match answer.body.is_empty() {
        true => Value::Null,
        false => answer.json(),
    }
}

async fn post(api: &Api<'_>, path: &str, body: Value) -> i64 {
    let made = send(api, Method::POST, path, body).await;
    made["id"].as_i64().unwrap_or_default()
}

async fn change_people(world: &World, api: &Api<'_>) {
    let (main, second) = (world.here.main.get(), world.here.second.get());
    send(
        api,
        Method::PATCH,
        "account",
        json!({ "name": "Elsewhere" }),
    )
    .await;
    let inbox = post(api, "inboxes", json!({ "name": "Third" })).await;
    send(
        api,
        Method::PATCH,
        &format!("inboxes/{inbox}"),
        json!({ "name": "Fourth" }),
    )
    .await;
    let agent = post(
        api,
        "agents",
        json!({ "first_name": "Ike", "last_name": "Quill" }),
    )
    .await;
    send(
        api,
        Method::PATCH,
        &format!("agents/{agent}"),
        json!({ "first_name": "Ida" }),
    )
    .await;
    let new = |home: i64| json!({ "home_inbox_id": home, "first_name": "Mina" });
    let kept = post(api, "customers", new(main)).await;
    let ended = post(api, "customers", new(main)).await;
    let erased = post(api, "customers", new(main)).await;
    let moved = post(api, "customers", new(second)).await;
    send(
        api,
        Method::PATCH,
        &format!("customers/{moved}"),
        json!({ "home_inbox_id": main }),
    )
    .await;
    send(
        api,
        Method::PUT,
        &format!("customers/{kept}/preferences"),
        json!({ "preferences": [{ "category": "newsletter", "channel": "email", "active": true }] }),
    )
    .await;
    send(
        api,
        Method::POST,
        &format!("customers/{ended}/merge"),
        json!({ "into": kept }),
    )
    .await;
    send(
        api,
        Method::DELETE,
        &format!("customers/{erased}"),
        Value::Null,
    )
    .await;
    let new = json!({ "api": "native", "name": "Robot", "scopes": ["messages.read"] });
    let credential = post(api, "credentials", new).await;
    let of_application = json!({ "api": "mews", "name": "Robot", "scopes": ["messages.write"],
        "inbox_ids": [main], "new_application": "Concierge" });
    post(api, "credentials", of_application).await;
    let path = format!("credentials/{credential}");
    send(api, Method::PATCH, &path, json!({ "name": "Robots" })).await;
    send(api, Method::DELETE, &path, Value::Null).await;
    consent(world, api).await;
    operate(world, InboxId(inbox)).await;
}

/// Does what only an operator does: removes an inbox, and applies the retention rules, of which there are none.
async fn operate(world: &World, inbox: InboxId) {
    let caller = operator_caller(&world.here.account);
    let removed = world
        .store()
        .remove_inbox(&caller, inbox, (Fate::Stay, None));
    removed.await.expect("removed");
    let applied = world.store().erase_old(&caller, &[]).await;
    applied.expect("applied");
}

/// Lets an app act for an agent.
async fn consent(world: &World, api: &Api<'_>) {
    let agent = world.here.agent;
    let path = format!("agents/{agent}/password");
    send(
        api,
        Method::PUT,
        &path,
        json!({ "password": "correct horse" }),
    )
    .await;
    let app = json!({ "api": "helpscout", "name": "Plug-in", "scopes": ["messages.read"], "agent_id": agent.get(),
        "redirect_url": "https://app.example/" });
    let app = post(api, "credentials", app).await;
    let give = GiveConsent {
        caller: operator_caller(&world.here.account),
        credential: CredentialId(app),
        agent,
        code_hash: [7; 32],
        challenge: None,
        expires_at: world.app.now().plus_ms(60_000),
    };
    world.store().write(give).await.expect("a consent");
}

fn said(kind: &str, direction: &str) -> Value {
    let author = match direction {
        "incoming" => "customer",
        _ => "application",
    };
    json!({ "channel": "email", "kind": kind, "direction": direction, "author": author, "body": "Said" })
}

/// Returns the id of the conversation that was created with a message.
async fn change_conversations(world: &World, api: &Api<'_>) -> i64 {
    let here = &world.here;
    let new = json!({
        "inbox_id": here.main.get(), "customer_id": here.customer.get(), "status": "open", "tags": ["brand new"],
        "messages": [said("message", "incoming")],
    });
    let first = post(api, "conversations", new.clone()).await;
    let path = format!("conversations/{first}");
    let change = json!({
        "status": "pending", "assignee_id": here.agent.get(), "inbox_id": here.second.get(), "add_tags": ["late"],
        "custom_fields": { "size": "L" },
    });
    send(api, Method::PATCH, &path, change).await;
    let messages = format!("{path}/messages");
    post(api, &messages, said("message", "incoming")).await;
    let sent = post(api, &messages, said("message", "outgoing")).await;
    let note = post(api, &messages, said("note", "outgoing")).await;
    send(
        api,
        Method::PATCH,
        &format!("{messages}/{note}"),
        json!({ "body": "Meant" }),
    )
    .await;
    let part = json!({ "message_ids": [sent], "subject": "Another" });
    send(api, Method::POST, &format!("{path}/split"), part).await;
    let gone = post(api, "conversations", new.clone()).await;
    let gone = format!("conversations/{gone}");
    send(api, Method::DELETE, &gone, Value::Null).await;
    send(api, Method::POST, &format!("{gone}/restore"), Value::Null).await;
    let ended = post(api, "conversations", new).await;
    send(
        api,
        Method::POST,
        &format!("conversations/{ended}/merge"),
        json!({ "into": first }),
    )
    .await;
    let mews = async |operation: &str, body: Value| {
        let sample = catalogue::mews(operation, &here.mews_client, &here.mews_token, body);
        let answer = sample.send(world).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()
    };
    let new = json!({ "OriginalSender": "Mara", "Subject": "Towels" });
    let thread = mews("messageThreads/add", new).await["MessageThreads"][0]["Id"].take();
    let said = json!({ "Messages": [{ "MessageThreadId": thread, "Text": "Two, please" }] });
    mews("messages/add", said).await;
    first
}

async fn change_webhooks(world: &World, api: &Api<'_>) {
    let (gone, receiver) = (
        Receiver::answering(|_| Reply::status(410)).await,
        Receiver::start().await,
    );
    let gone = WebhookSpec::at(gone.url()).make(world).await;
    let replayed = WebhookSpec::at(receiver.url()).make(world).await;
    create_agents(world, names(0..1)).await;
    until_state(world, gone, WebhookState::Disabled).await;
    let sent = until_all(world, replayed, 1, DeliveryState::Delivered).await;
    let path = format!("webhooks/{replayed}/deliveries/{}/replay", sent[0].id);
    send(api, Method::POST, &path, Value::Null).await;
    let path = format!("webhooks/{replayed}");
    send(api, Method::PATCH, &path, json!({ "label": "Till" })).await;
    send(api, Method::DELETE, &path, Value::Null).await;
}

/// Creates a webhook of every API for all of its events, each with its receiver.
async fn subscribe_everywhere(world: &World) -> Vec<(&'static str, WebhookId, Receiver)> {
    let main = InboxScope::only([world.here.main]);
    let mut receivers = Vec::new();
    for (api, options) in [
        ("native", "{}"),
        ("helpscout", "{}"),
        ("magicline", "{}"),
        (
            "mews",
            r#"{"integration_id":"1fb17c23-f28c-4392-a85c-b10a00a7df00"}"#,
        ),
        ("mykaarma", r#"{"username":"partner-here"}"#),
    ] {
        let receiver = Receiver::start().await;
        let spec = WebhookSpec {
            api,
            options,
            kinds: vec!["*"],
            inboxes: match api {
                "magicline" => main.clone(),
                _ => InboxScope::All,
            },
            application: match api {
                "mews" => Some(application(world).await),
                _ => None,
            },
            ..WebhookSpec::at(receiver.url())
        };
        let id = spec.make(world).await;
        receivers.push((api, id, receiver));
    }
    receivers
}

sending_on_both! {
    async fn the_receivers_of_every_api_can_ask_for_a_pause(world: World) {
        let receivers = subscribe_everywhere(&world).await;
        for (_, _, receiver) in &receivers {
            receiver.answer(|_| Reply::Header(503, "retry-after", "3600".to_owned()));
        }
        let _node = RunningNode::start(&world, "a");
        let api = Api::full(&world);
        change_people(&world, &api).await;
        change_conversations(&world, &api).await;
        for (api, id, _) in &receivers {
            until("the pause", || async { webhook(&world, *id).await.standing.paused_until.is_some() }).await;
            let paused = webhook(&world, *id).await.standing.paused_until;
            assert_eq!(paused.map(|until| until.0 - world.app.now().0), Some(3_600_000), "{api}");
        }
    }
}

sending_on_both! {
    async fn every_offered_event_is_sent_when_its_thing_happens(world: World) {
        let hooks = apis::descriptions().hooks();
        let receivers = subscribe_everywhere(&world).await;
        // Only webhooks of some inboxes are told that a conversation has left.
        let left = Receiver::start().await;
        let spec = WebhookSpec {
            kinds: vec![LEFT],
            inboxes: InboxScope::only([world.here.main]),
            ..WebhookSpec::at(left.url())
        };
        spec.make(&world).await;
        let _node = RunningNode::start(&world, "a");
        let api = Api::full(&world);
        change_people(&world, &api).await;
        let first = change_conversations(&world, &api).await;
        change_webhooks(&world, &api).await;
        for (api, _, receiver) in &receivers {
            let offered = hooks.find(api).expect("a hook").event_names();
            let expected = offered.into_iter().filter(|name| !NEVER.contains(name) && *name != LEFT);
            let expected: BTreeSet<&str> = expected.collect();
            let enough = |received: &[Received]| {
                let sent: BTreeSet<_> = received.iter().map(|request| name(api, request)).collect();
                let missing: Vec<_> = expected.iter().filter(|name| !sent.contains(**name)).collect();
                match missing.is_empty() {
                    true => Ok(()),
                    false => Err(format!("{api} got no {missing:?}")),
                }
            };
            receiver.wait_until(enough).await;
        }
        assert_eq!(name("native", &left.wait_for(1).await[0]), LEFT);
        // The first message of a conversation has an event of its own in the webhook and in the feed.
        let received = receivers[0].2.received();
        let of_first = |kind: &str| {
            let is_one = |body: &Value| body["type"] == kind && body["data"]["conversation_id"] == first;
            let mut found: Vec<_> = received.iter().map(Received::json).filter(is_one).collect();
            found.sort_by_key(|body| body["data"]["position"].as_i64());
            found.into_iter().next().expect("an event")["data"].take()
        };
        let (created, added) = (of_first("conversation.created"), of_first("message.added"));
        assert_eq!(created["position"], added["position"]);
        assert_ne!(created["id"], added["id"]);
        assert_eq!(created["more"]["messages"], json!([added["entity_id"]]));
        let all: Vec<_> = received.iter().map(|request| request.header("webhook-id").to_owned()).collect();
        let different: BTreeSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len(), "each event has its own id");
        assert!(all.contains(&format!("evt_{}", added["id"])));
        let path = format!("events?kind=message.added&conversation_id={first}&limit=1");
        let feed = send(&api, Method::GET, &path, Value::Null).await;
        assert_eq!(feed["data"], json!([added]));
        let next = format!("{path}&after={}", feed["next_after"]);
        let next = send(&api, Method::GET, &next, Value::Null).await;
        assert!(next["data"][0]["position"].as_i64() > added["position"].as_i64());
    }
}

sending_on_both! {
    async fn a_subscription_to_all_events_or_to_unknown_ones_is_answered_clearly(world: World) {
        let api = Api::full(&world);
        let new = |events: Value| json!({ "url": "https://hook.example.org/in", "events": events });
        let made = api.post("/api/v1/webhooks", new(json!(["*"]))).await;
        assert_eq!((made.status.as_u16(), &made.json()["events"]), (201, &json!(["*"])));
        let both = api.post("/api/v1/webhooks", new(json!(["agent.created", "*"]))).await;
        assert_eq!(crate::native::faults(&both), ["events[1] invalid"]);
        for (event, code) in [("agent.sneezed", "choice"), ("convo.created", "invalid"), ("account.created", "choice")] {
            let refused = api.post("/api/v1/webhooks", new(json!([event]))).await;
            assert_eq!(crate::native::faults(&refused), [format!("events[0] {code}")], "{event}");
            let text = String::from_utf8_lossy(&refused.body);
            assert!(text.contains("customer.erased") && text.contains('*'), "{text}");
        }
        let document = api.get("/api/v1/openapi.json").await.json();
        let names = document["components"]["schemas"]["WebhookEvent"]["enum"].as_array().expect("names").clone();
        for name in ["*", "message.added", "convo.created", "CUSTOMER_CREATED", "MessageAdded", "messages"] {
            assert!(names.contains(&json!(name)), "{name}");
        }
    }
}

sending_on_both! {
    async fn the_standing_shows_how_far_a_webhook_is_behind(world: World) {
        let api = Api::full(&world);
        let receiver = Receiver::answering(|_| Reply::Header(429, "retry-after", "60".to_owned())).await;
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        let node = RunningNode::start(&world, "a");
        let path = format!("webhooks/{id}/standing");
        // The event of the webhook itself passes by.
        create_agents(&world, names(0..1)).await;
        until_all(&world, id, 1, DeliveryState::Pending).await;
        node.until_idle().await;
        let standing = send(&api, Method::GET, &path, Value::Null).await;
        assert_eq!((&standing["events_behind"], &standing["oldest_event_at"]), (&json!(0), &Value::Null));
        assert!(standing["paused_until"].is_string());
        create_agents(&world, names(1..4)).await;
        world.test.clock.advance(30_000);
        world.store().drain_feed().await.expect("positions");
        let standing = send(&api, Method::GET, &path, Value::Null).await;
        assert_eq!(standing["events_behind"], 3);
        assert_eq!(standing["oldest_event_age_seconds"], 30);
        assert!(standing["oldest_event_at"].is_string());
    }
}
