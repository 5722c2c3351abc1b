//! Tests of webhooks that are created through the native API, with running engines: receivers see changes, rotated
//! secrets, pings and redeliveries.

use heddle_domain::InboxScope;
use heddle_domain::credential::Grant;
use heddle_domain::credential::Scope;
use heddle_domain::webhook::{DeliveryState, WebhookState};
use heddle_testkit::receiver::{Received, Reply};
use heddle_testkit::{On, Receiver};
use heddle_webhooks::sign;
use serde_json::{Value, json};

use super::stage::{
    RunningNode, WebhookSpec, create_agents, names, until, until_all, until_state, webhook, world,
};
use crate::harness::World;
use crate::native::{Api, faults, problem};
use crate::sending_on_both;

const WEBHOOKS: &str = "/api/v1/webhooks";

fn new(url: &str) -> Value {
    json!({ "label": "Ledger", "url": url, "events": ["agent.created"] })
}

/// Creates a webhook. Returns its path and its secret.
async fn make(api: &Api<'_>, body: Value) -> (String, String) {
    // A new webhook begins at the end of the feed. On PostgreSQL this is the last position that the sequencer gave, so
    // all events get positions first.
    api.world().store().drain_feed().await.expect("positions");
    let made = api.post(WEBHOOKS, body).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let secret = made.json()["secret"].as_str().expect("a secret").to_owned();
    (made.header("location").to_owned(), secret)
}

sending_on_both! {
    async fn a_webhook_is_created_shown_and_changed(world: World) {
        let api = Api::full(&world);
        let made = api.post(WEBHOOKS, new("https://hook.example.org/in?token=t0p")).await;
        assert_eq!(made.status, 201, "{}", made.json());
        let path = made.header("location").to_owned();
        let mut expected = made.json();
        let secret = expected["secret"].take();
        assert!(secret.as_str().expect("a secret").starts_with("whsec_"));
        expected.as_object_mut().expect("an object").remove("secret");
        assert_eq!(expected["url"], "https://hook.example.org/in?***");
        assert_eq!((&expected["api"], &expected["state"]), (&json!("native"), &json!("enabled")));

        let shown = api.get(&path).await;
        assert_eq!((shown.json(), shown.header("etag")), (expected.clone(), made.header("etag")));
        assert_eq!(api.walk(WEBHOOKS, 1).await, [expected]);
        // Neither the database nor the events contain the token or the secret.
        let dump = world.store().read(heddle_store::read::dump::DumpTables).await.expect("a dump");
        let dump = dump.join("\n");
        assert!(dump.contains("hook.example.org/in?***"), "the event shows the URL without its secrets");
        assert!(!dump.contains("t0p") && !dump.contains(secret.as_str().expect("a secret")));

        let change = json!({ "label": "Till", "events": ["message.added"], "ordered": true, "state": "disabled" });
        let changed = api.with("if-match", made.header("etag")).patch(&path, change).await;
        assert_eq!(changed.status, 200, "{}", changed.json());
        let body = changed.json();
        assert_eq!((&body["label"], &body["ordered"]), (&json!("Till"), &json!(true)));
        assert_eq!((&body["state"], &body["disabled_reason"]), (&json!("disabled"), &json!("asked")));
        assert_eq!(body["url"], "https://hook.example.org/in?***");
        let stale = api.with("if-match", made.header("etag")).delete(&path).await;
        problem(&stale, 412, "stale");
        assert_eq!(api.delete(&path).await.status, 204);
        problem(&api.get(&path).await, 404, "not-found");
        assert!(api.walk(WEBHOOKS, 10).await.is_empty());
    }
}

sending_on_both! {
    async fn wrong_fields_are_reported(world: World) {
        let api = Api::full(&world);
        let body = json!({
            "url": "http://169.254.169.254/latest",
            "events": ["agent.created", "convo.created"],
            "allow": ["169.254.169.254", "a b"],
            "options": { "notification": true },
        });
        let mut found = faults(&api.post(WEBHOOKS, body).await);
        found.sort();
        assert_eq!(found, [
            "allow invalid",
            "allow[1] invalid",
            "events[1] invalid",
            "options.notification invalid",
            "url invalid",
        ]);
        for url in ["http://0xa.1/", "http://localhost/", "ftp://a.example/", "http://u:p@a.example/",
            "https://a.example/?***"] {
            assert_eq!(faults(&api.post(WEBHOOKS, new(url)).await), ["url invalid"], "{url}");
        }
        // In these tests the operator allows the loopback. A webhook may only narrow that.
        let narrowed = json!({ "url": "http://127.0.0.1:9/", "events": ["agent.created"], "allow": ["127.0.0.1"] });
        assert_eq!(api.post(WEBHOOKS, narrowed).await.status, 201);
        let wider = json!({ "url": "http://127.0.0.1:9/", "events": ["agent.created"], "allow": ["127.0.0.0/8"] });
        assert_eq!(faults(&api.post(WEBHOOKS, wider).await), ["allow invalid"]);
        let elsewhere = json!({ "url": "http://127.0.0.1:9/", "events": [], "api": "native" });
        assert_eq!(faults(&api.post(WEBHOOKS, elsewhere).await), ["events length"]);
        let weak = json!({ "url": "https://a.example/", "events": ["agent.created"], "secret": "wren" });
        assert_eq!(faults(&api.post(WEBHOOKS, weak).await), ["secret invalid"]);
        let application = json!({ "url": "https://a.example/", "events": ["agent.created"], "application_id": 1 });
        assert_eq!(faults(&api.post(WEBHOOKS, application).await), ["application_id invalid"]);
    }
}

#[tokio::test]
async fn a_subscription_needs_the_scopes_to_read_its_events() {
    let world = world(On::Sqlite).await;
    let grant = Grant::full(heddle_native::NAME, InboxScope::All).without(Scope::CustomersRead);
    let api = Api::granted(&world, grant).await;
    let url = "https://hook.example.org/";
    let refused = api
        .post(
            WEBHOOKS,
            json!({ "url": url, "events": ["customer.created"] }),
        )
        .await;
    problem(&refused, 403, "forbidden");
    let (path, _) = make(&api, new(url)).await;
    let refused = api
        .patch(&path, json!({ "events": ["customer.created"] }))
        .await;
    problem(&refused, 403, "forbidden");

    let main = world.here.main;
    let limited = Api::limited(&world, &[main]).await;
    assert_eq!(
        faults(&limited.post(WEBHOOKS, new(url)).await),
        ["inbox_ids invalid"]
    );
    let mut body = new(url);
    body["events"] = json!(["message.added"]);
    body["inbox_ids"] = json!([world.here.second.get()]);
    assert_eq!(
        faults(&limited.post(WEBHOOKS, body.clone()).await),
        ["inbox_ids[0] not-found"]
    );
    body["inbox_ids"] = json!([main.get()]);
    let (own, _) = make(&limited, body).await;
    let refused = limited.patch(&own, json!({ "inbox_ids": null })).await;
    assert_eq!(faults(&refused), ["inbox_ids invalid"]);
    // The limited caller sees its own webhooks, but not those of the account.
    assert_eq!(limited.walk(WEBHOOKS, 10).await.len(), 1);
    problem(&limited.get(&path).await, 404, "not-found");
    problem(&limited.delete(&path).await, 404, "not-found");
}

/// Returns the signature that a delivery must have with these secrets. The unit test of `sign` compares such signatures
/// with an independent implementation.
fn signature(received: &Received, secrets: &[&str]) -> String {
    let keys: Vec<_> = secrets
        .iter()
        .map(|secret| sign::key(secret).expect("a secret"))
        .collect();
    let timestamp = received.header("webhook-timestamp").parse();
    let (id, timestamp) = (received.header("webhook-id"), timestamp.expect("a number"));
    sign::standard(id, timestamp, &received.body, &keys)
}

sending_on_both! {
    async fn a_rotated_secret_signs_beside_the_new_one_for_a_day(world: World) {
        let receiver = Receiver::start().await;
        let api = Api::full(&world);
        let (path, old) = make(&api, new(receiver.url())).await;
        let rotated = api.post(&format!("{path}/rotate-secret"), json!({})).await;
        assert_eq!(rotated.status, 200, "{}", rotated.json());
        let fresh = rotated.json()["secret"].as_str().expect("a secret").to_owned();
        assert!(rotated.json()["previous_secret_until"].is_string());
        let _node = RunningNode::start(&world, "a");
        create_agents(&world, names(0..1)).await;
        let received = receiver.wait_for(1).await.remove(0);
        assert_eq!(received.header("webhook-signature"), signature(&received, &[&fresh, &old]));

        world.test.clock.advance(86_400_000);
        create_agents(&world, names(1..2)).await;
        let late = receiver.wait_for(2).await.remove(1);
        assert_eq!(late.header("webhook-signature"), signature(&late, &[&fresh]));
    }
}

sending_on_both! {
    async fn deliveries_are_shown_and_replayed(world: World) {
        let receiver = Receiver::answering(|_| Reply::With(500, "no".to_owned())).await;
        let api = Api::full(&world);
        let (path, _) = make(&api, new(receiver.url())).await;
        let id = heddle_domain::WebhookId(path.rsplit('/').next().expect("an id").parse().expect("an id"));
        let _node = RunningNode::start(&world, "a");
        create_agents(&world, names(0..3)).await;
        until_all(&world, id, 3, DeliveryState::Pending).await;
        let all = api.walk(&format!("{path}/deliveries"), 2).await;
        assert_eq!(all.len(), 3);
        assert!(all[0]["id"].as_i64() > all[1]["id"].as_i64(), "newest first");
        assert_eq!(api.walk(&format!("{path}/deliveries?state=pending"), 2).await, all);
        assert!(api.walk(&format!("{path}/deliveries?state=delivered"), 2).await.is_empty());
        let one = format!("{path}/deliveries/{}", all[2]["id"]);
        let shown = api.get(&one).await.json();
        assert_eq!(shown["request"]["headers"]["content-type"], "application/json");
        assert_eq!(shown["request"]["body"].as_str().map(str::as_bytes), Some(&*receiver.received()[0].body));
        assert_eq!(shown["attempts"][0]["status"], 500);
        assert_eq!(shown["attempts"][0]["answer"], "no");
        let standing = api.get(&format!("{path}/standing")).await.json();
        assert!(standing["failing_since"].is_string() && standing["next_attempt_at"].is_string());

        // A delivery that somebody asks to send again is sent at once, independently of the retry schedule.
        receiver.answer(|_| Reply::ok());
        let replayed = api.post_bare(&format!("{one}/replay")).await;
        assert_eq!((replayed.status.as_u16(), replayed.json()), (202, json!({ "deliveries": 1, "next_delivery_id": null })));
        receiver.wait_for(4).await;
        assert_eq!(receiver.received()[3].body, receiver.received()[0].body);
        let delivered = format!("{path}/deliveries?state=delivered");
        until("the log", || async { api.walk(&delivered, 2).await.len() == 1 }).await;
        let range = json!({ "from": "2026-01-01T00:00:00Z", "state": "pending" });
        let replayed = api.post(&format!("{path}/replay"), range).await;
        assert_eq!(replayed.json()["deliveries"], 2);
        receiver.wait_for(6).await;
        until_all(&world, id, 3, DeliveryState::Delivered).await;
        let range = json!({ "from_delivery_id": all[0]["id"] });
        let replayed = api.post(&format!("{path}/replay"), range).await;
        assert_eq!(replayed.json()["deliveries"], 1);
        receiver.wait_for(7).await;
    }
}

#[tokio::test]
async fn a_webhook_can_be_tested_with_a_ping() {
    let world = world(On::Sqlite).await;
    let receiver = Receiver::answering(|_| Reply::With(418, "teapot".to_owned())).await;
    let api = Api::full(&world);
    let (path, _) = make(&api, new(receiver.url())).await;
    let ping = format!("{path}/ping");
    let tried = api.with("idempotency-key", "once").post_bare(&ping).await;
    let body = tried.json();
    assert_eq!(
        (&body["taken"], &body["status"], &body["answer"]),
        (&json!(false), &json!(418), &json!("teapot"))
    );
    assert_eq!(receiver.received()[0].json()["type"], "webhook.test");
    let again = api.with("idempotency-key", "once").post_bare(&ping).await;
    assert_eq!(
        (again.json(), again.header("idempotent-replayed")),
        (body, "true")
    );
    assert_eq!(receiver.received().len(), 1);
    assert!(api.walk(&format!("{path}/deliveries"), 10).await.is_empty());
}

#[tokio::test]
async fn a_change_reaches_the_worker_that_is_sending() {
    let world = world(On::Sqlite).await;
    let (before, after) = (Receiver::start().await, Receiver::start().await);
    let api = Api::full(&world);
    let (path, _) = make(&api, new(before.url())).await;
    let id = heddle_domain::WebhookId(
        path.rsplit('/')
            .next()
            .expect("an id")
            .parse()
            .expect("an id"),
    );
    let _node = RunningNode::start(&world, "a");
    create_agents(&world, names(0..1)).await;
    before.wait_for(1).await;
    let moved = api.patch(&path, json!({ "url": after.url() })).await;
    assert_eq!(moved.status, 200);
    create_agents(&world, names(1..3)).await;
    after.wait_for(1).await;
    until_all(&world, id, 3, DeliveryState::Delivered).await;
    api.patch(&path, json!({ "state": "disabled" })).await;
    until_state(&world, id, WebhookState::Disabled).await;
    // The worker skips the event that reports the change, and ends.
    until("the worker's end", || async {
        webhook(&world, id).await.lease_by.is_none()
    })
    .await;
    let off = webhook(&world, id).await;
    create_agents(&world, names(3..4)).await;
    assert_eq!(webhook(&world, id).await.parked, off.parked);
    let sent = before.received().len() + after.received().len();
    api.patch(&path, json!({ "state": "enabled", "skip_backlog": true }))
        .await;
    create_agents(&world, names(4..5)).await;
    after.wait_for(sent - before.received().len() + 1).await;
    assert_eq!(before.received().len() + after.received().len(), sent + 1);
}

#[tokio::test]
async fn a_webhook_limited_to_an_inbox_gets_only_its_events() {
    let world = world(On::Sqlite).await;
    let receiver = Receiver::start().await;
    let spec = WebhookSpec {
        kinds: vec!["conversation.created", "agent.created"],
        inboxes: InboxScope::only([world.here.second]),
        ..WebhookSpec::at(receiver.url())
    };
    spec.make(&world).await;
    let open = Receiver::start().await;
    let everything = WebhookSpec {
        kinds: vec!["conversation.created", "agent.created"],
        ..WebhookSpec::at(open.url())
    };
    everything.make(&world).await;
    let _node = RunningNode::start(&world, "a");
    super::stage::conversation(&world, false).await;
    create_agents(&world, names(0..1)).await;
    open.wait_for(2).await;
    // The first delivery is about the last event.
    let there = super::stage::conversation_in(&world, world.here.second, false).await;
    let received = receiver.wait_for(1).await;
    assert_eq!(received[0].json()["data"]["conversation_id"], there.get());
}
