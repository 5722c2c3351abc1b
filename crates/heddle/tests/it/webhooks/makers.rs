//! Tests of the credential that stands behind a webhook: revoked, narrowed, and replaced by another.

use std::sync::Arc;
use std::time::Duration;

use heddle_domain::InboxScope;
use heddle_domain::credential::{Grant, Scope};
use heddle_domain::id::WebhookId;
use heddle_domain::webhook::{DeliveryState, DisabledReason, WebhookState};
use heddle_native::NAME;
use heddle_store::write::credential::{RevokeCredential, Within};
use heddle_store::{Clock, Store};
use heddle_testkit::receiver::Reply;
use heddle_testkit::{ManualClock, On, Receiver};
use http::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::flight::pass;
use super::limits::with_connections;
use super::stage::{
    RunningNode, WebhookSpec, conversation, conversation_in, create_agents, deliveries, names,
    until, until_all, until_state, webhook, world,
};
use crate::catalogue::{helpscout, helpscout_token};
use crate::harness::World;
use crate::native::{Api, faults, problem};
use crate::sending_on_both;

const WEBHOOKS: &str = "/api/v1/webhooks";

/// Creates a credential with all scopes, and a webhook that it stands behind; returns the paths of both.
async fn made_by_another(world: &World, url: &str, events: Value) -> (String, String) {
    let maker = Api::granted(world, Grant::full(NAME, InboxScope::All)).await;
    let body = json!({ "url": url, "events": events, "inbox_ids": null });
    world.store().drain_feed().await.expect("positions");
    let made = maker.post(WEBHOOKS, body).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let made = made.json();
    let credential = format!("/api/v1/credentials/{}", made["credential_id"]);
    (credential, format!("{WEBHOOKS}/{}", made["id"]))
}

fn id_of(path: &str) -> WebhookId {
    let id = path.rsplit('/').next().expect("an id");
    WebhookId(id.parse().expect("a number"))
}

/// Returns the numbers of the requests' events' entities.
fn entities(receiver: &Receiver) -> Vec<i64> {
    let received = receiver.received();
    let entity = received
        .iter()
        .map(|request| request.json()["data"]["entity_id"].as_i64());
    entity.map(|id| id.expect("an id")).collect()
}

sending_on_both! {
    async fn a_webhook_whose_maker_is_revoked_is_disabled_and_can_be_adopted(world: World) {
        let receiver = Receiver::start().await;
        let (credential, path) = made_by_another(&world, receiver.url(), json!(["agent.created"])).await;
        let api = Api::full(&world);
        let _node = RunningNode::start(&world, "a");
        create_agents(&world, names(0..1)).await;
        receiver.wait_for(1).await;
        // The worker has the lease and learns of the revocation from the feed, before it sends what comes after.
        assert_eq!(api.delete(&credential).await.status, 204);
        create_agents(&world, names(1..3)).await;
        let off = until_state(&world, id_of(&path), WebhookState::Disabled).await;
        assert_eq!(off.reason, Some(DisabledReason::Revoked));
        assert_eq!(receiver.received().len(), 1);

        let listed = api.get(WEBHOOKS).await.json()["data"][0].clone();
        assert_eq!((&listed["state"], &listed["disabled_reason"]), (&json!("disabled"), &json!("revoked")));
        let before = listed["credential_id"].clone();
        problem(&api.patch(&path, json!({ "state": "enabled" })).await, 409, "conflict");
        let adopted = api.patch(&path, json!({ "state": "enabled", "adopt": true })).await;
        assert_eq!(adopted.status, 200, "{}", adopted.json());
        let own = api.get("/api/v1/account").await.json()["credential"]["id"].clone();
        assert_eq!(adopted.json()["credential_id"], own);
        let audit = api.get("/api/v1/audit?kind=webhook.updated").await.json();
        let change = json!({ "field": "credential", "before": before, "after": own });
        assert!(audit["data"][0]["changes"].as_array().expect("changes").contains(&change), "{audit}");
        // It goes on where it stopped, and nothing is lost.
        receiver.wait_for(3).await;
        let told = entities(&receiver);
        assert!(told.is_sorted_by(|a, b| a < b), "{told:?}");
    }
}

sending_on_both! {
    async fn a_revocation_stops_what_waits_before_it_in_the_feed(world: World) {
        let permits = Arc::new(Semaphore::new(0));
        let replies = Arc::clone(&permits);
        let receiver = Receiver::answering(move |_| Reply::Permitted(Arc::clone(&replies))).await;
        let (credential, path) = made_by_another(&world, receiver.url(), json!(["agent.created"])).await;
        // More than the worker reads at once.
        create_agents(&world, names(0..60)).await;
        let _node = RunningNode::one_at_a_time(&world, "a");
        receiver.wait_for(1).await;
        assert_eq!(Api::full(&world).delete(&credential).await.status, 204);
        pass(Duration::from_secs(1)).await;
        permits.add_permits(60);
        let off = until_state(&world, id_of(&path), WebhookState::Disabled).await;
        assert_eq!(off.reason, Some(DisabledReason::Revoked));
        assert_eq!(receiver.received().len(), 1);
    }
}

sending_on_both! {
    async fn a_retry_on_its_way_is_recorded_when_the_webhook_is_stopped(world: World) {
        let receiver = Receiver::answering(|_| Reply::status(500)).await;
        let (credential, path) = made_by_another(&world, receiver.url(), json!(["agent.created"])).await;
        let id = id_of(&path);
        let watcher = Receiver::start().await;
        WebhookSpec::at(watcher.url()).make(&world).await;
        let _node = RunningNode::start(&world, "a");
        create_agents(&world, names(0..1)).await;
        until("the log", || async { deliveries(&world, id).await.len() == 1 }).await;
        let permits = Arc::new(Semaphore::new(0));
        let replies = Arc::clone(&permits);
        receiver.answer(move |_| Reply::Permitted(Arc::clone(&replies)));
        world.test.clock.advance(6_000);
        // Wakes the worker, and is of no interest to the webhook.
        conversation(&world, false).await;
        receiver.wait_for(2).await;
        assert_eq!(Api::full(&world).delete(&credential).await.status, 204);
        // When another webhook has got these, this one's worker has read of the revocation, too.
        create_agents(&world, names(1..30)).await;
        watcher.wait_for(30).await;
        permits.add_permits(1);
        let off = until_state(&world, id, WebhookState::Disabled).await;
        assert_eq!(off.reason, Some(DisabledReason::Revoked));
        until_all(&world, id, 1, DeliveryState::Delivered).await;
    }
}

sending_on_both! {
    async fn a_retry_that_waited_for_a_connection_is_not_sent_after_a_revocation(world: World) {
        let (api, receiver) = (Api::full(&world), Receiver::answering(|_| Reply::status(500)).await);
        let (credential, path) = made_by_another(&world, receiver.url(), json!(["conversation.created"])).await;
        assert_eq!(api.patch(&path, json!({ "ordered": true })).await.status, 200);
        let id = id_of(&path);
        let permits = Arc::new(Semaphore::new(0));
        let replies = Arc::clone(&permits);
        let busy = Receiver::answering(move |_| Reply::Permitted(Arc::clone(&replies))).await;
        WebhookSpec::at(busy.url()).make(&world).await;
        let sender = with_connections(&world, 1);
        let _node = RunningNode::with(&world, "a", sender, heddle::apis::descriptions().hooks(), 500);
        conversation(&world, false).await;
        // The failed delivery blocks the webhook, so its worker ends.
        until("the end of the worker", || async {
            deliveries(&world, id).await.len() == 1 && webhook(&world, id).await.lease_by.is_none()
        }).await;
        receiver.answer(|_| Reply::ok());
        create_agents(&world, names(0..1)).await;
        // The other webhook has the only connection now.
        busy.wait_for(1).await;
        world.test.clock.advance(6_000);
        create_agents(&world, names(1..2)).await;
        until("the next worker", || async { webhook(&world, id).await.lease_by.is_some() }).await;
        assert_eq!(api.delete(&credential).await.status, 204);
        permits.add_permits(10);
        let off = until_state(&world, id, WebhookState::Disabled).await;
        assert_eq!(off.reason, Some(DisabledReason::Revoked));
        assert_eq!(receiver.received().len(), 1);
    }
}

sending_on_both! {
    async fn an_event_that_all_stands_for_can_be_named(world: World) {
        let receiver = Receiver::start().await;
        let api = Api::full(&world);
        world.store().drain_feed().await.expect("positions");
        let main = world.here.main;
        let named = |of: &str, event: &str| json!({
            "api": of, "url": receiver.url(), "events": [event], "inbox_ids": [main.get()],
        });
        let made = api.post(WEBHOOKS, named("native", "inbox.updated")).await;
        assert_eq!(made.status, 201, "{}", made.json());
        let inbox = format!("/api/v1/inboxes/{main}");
        assert_eq!(api.patch(&inbox, json!({ "name": "Front" })).await.status, 200);
        let _node = RunningNode::start(&world, "a");
        let received = receiver.wait_for(1).await;
        assert_eq!(received[0].json()["type"], json!("inbox.updated"));
        // And what `*` leaves out cannot be named, in any API.
        for (of, event) in [("native", "agent.updated"), ("helpscout", "user.status.changed")] {
            assert_eq!(faults(&api.post(WEBHOOKS, named(of, event)).await), ["events[0] invalid"], "{of}");
        }
        let unknown = api.post(WEBHOOKS, named("native", "inbox.sung")).await;
        assert_eq!(unknown.status, 422);
        assert_eq!(unknown.json()["errors"].as_array().map(Vec::len), Some(1), "{}", unknown.json());
    }
}

sending_on_both! {
    async fn all_events_of_an_inbox_go_to_whom_may_read_only_those(world: World) {
        let receiver = Receiver::start().await;
        let grant = Grant::full(NAME, InboxScope::only([world.here.main]));
        let maker = Api::granted(&world, grant.without(Scope::AgentsRead)).await;
        world.store().drain_feed().await.expect("positions");
        let body = json!({ "url": receiver.url(), "events": ["*"], "inbox_ids": [world.here.main.get()] });
        let made = maker.post(WEBHOOKS, body).await;
        assert_eq!(made.status, 201, "{}", made.json());
        create_agents(&world, names(0..1)).await;
        conversation(&world, false).await;
        let inbox = format!("/api/v1/inboxes/{}", world.here.main);
        assert_eq!(Api::full(&world).patch(&inbox, json!({ "name": "Front" })).await.status, 200);
        let _node = RunningNode::start(&world, "a");
        let received = receiver.wait_for(3).await;
        let told: Vec<Value> = received.iter().map(|request| request.json()["type"].clone()).collect();
        for kind in ["conversation.created", "message.added", "inbox.updated"] {
            assert!(told.contains(&json!(kind)), "{told:?}");
        }
        assert_eq!(told.len(), 3, "{told:?}");
        let id = WebhookId(made.json()["id"].as_i64().expect("an id"));
        assert_eq!(webhook(&world, id).await.state, WebhookState::Enabled);
    }
}

/// Ids of events say nothing about their order: the clocks of two nodes may differ.
#[tokio::test]
async fn a_revocation_on_a_node_whose_clock_is_behind_is_noticed() {
    let world = world(On::Postgres).await;
    let clock = Arc::new(ManualClock::new());
    clock.advance(world.test.clock.now().0 - ManualClock::START.0 - 60_000);
    let other = Store::open(&world.test.options, clock as _).await;
    let other = other.expect("the other node starts");
    let receiver = Receiver::start().await;
    let (credential, path) =
        made_by_another(&world, receiver.url(), json!(["agent.created"])).await;
    let _node = RunningNode::start(&world, "a");
    create_agents(&world, names(0..1)).await;
    receiver.wait_for(1).await;
    // The worker has the webhook, and loads it again.
    let label = json!({ "label": "Till" });
    assert_eq!(Api::full(&world).patch(&path, label).await.status, 200);
    create_agents(&world, names(1..2)).await;
    receiver.wait_for(2).await;
    let revoke = RevokeCredential {
        caller: heddle_access::provision::operator_caller(&world.here.account),
        within: Within::everything(),
        id: heddle_domain::CredentialId(id_of(&credential).get()),
        expected: None,
    };
    other.write(revoke).await.expect("revoked");
    create_agents(&world, names(2..3)).await;
    let off = until_state(&world, id_of(&path), WebhookState::Disabled).await;
    assert_eq!(off.reason, Some(DisabledReason::Revoked));
    assert_eq!(receiver.received().len(), 2);
}

sending_on_both! {
    async fn a_webhook_whose_maker_is_narrowed_below_its_needs_is_disabled(world: World) {
        let api = Api::full(&world);
        let receiver = Receiver::start().await;
        let most: Vec<&str> = Scope::ALL.iter().filter(|scope| **scope != Scope::AgentsRead).map(|scope| scope.as_str()).collect();
        for narrower in [json!({ "scopes": most }), json!({ "inbox_ids": [world.here.main.get()] })] {
            let (credential, path) = made_by_another(&world, receiver.url(), json!(["agent.created"])).await;
            // A change that leaves the webhook what it needs does no harm, nor does one of another credential.
            let harmless = json!({ "scopes": ["agents.read", "credentials.read"] });
            let (other, _) = made_by_another(&world, receiver.url(), json!(["inbox.created"])).await;
            assert_eq!(api.delete(&other).await.status, 204);
            assert_eq!(api.patch(&credential, harmless).await.status, 200);
            let node = RunningNode::start(&world, "a");
            let sent = receiver.received().len();
            create_agents(&world, [format!("before{sent}")]).await;
            receiver.wait_for(sent + 1).await;
            assert_eq!(webhook(&world, id_of(&path)).await.state, WebhookState::Enabled);

            assert_eq!(api.patch(&credential, narrower.clone()).await.status, 200);
            create_agents(&world, [format!("after{sent}")]).await;
            let off = until_state(&world, id_of(&path), WebhookState::Disabled).await;
            assert_eq!(off.reason, Some(DisabledReason::Narrowed), "{narrower}");
            assert_eq!(receiver.received().len(), sent + 1);
            let shown = api.get(&path).await.json();
            assert_eq!(shown["disabled_reason"], json!("narrowed"));
            problem(&api.patch(&path, json!({ "state": "enabled" })).await, 409, "conflict");
            node.end().await;
        }
    }
}

sending_on_both! {
    async fn a_maker_that_was_revoked_before_the_node_started_gets_nothing(world: World) {
        let api = Api::full(&world);
        let receiver = Receiver::start().await;
        let (credential, path) = made_by_another(&world, receiver.url(), json!(["agent.created"])).await;
        let own = WebhookSpec::at(receiver.url()).make(&world).await;
        create_agents(&world, names(0..1)).await;
        assert_eq!(api.delete(&credential).await.status, 204);
        let _node = RunningNode::start(&world, "a");
        let off = until_state(&world, id_of(&path), WebhookState::Disabled).await;
        assert_eq!(off.reason, Some(DisabledReason::Revoked));
        // The operator's webhook names no credential, so it goes on.
        receiver.wait_for(1).await;
        assert_eq!(webhook(&world, own).await.state, WebhookState::Enabled);
    }
}

sending_on_both! {
    async fn an_app_of_help_scout_adopts_the_webhook_that_it_replaces(world: World) {
        let api = Api::full(&world);
        let body = json!({ "api": "helpscout", "url": "https://hooks.example.com/a", "events": ["convo.created"], "secret": "wren" });
        let maker = Api::granted(&world, Grant::full(NAME, InboxScope::All)).await;
        let made = maker.post(WEBHOOKS, body).await.json();
        let path = format!("/api/v1/credentials/{}", made["credential_id"]);
        assert_eq!(api.delete(&path).await.status, 204);
        let token = helpscout_token(&world, &world.here).await;
        let body = json!({ "url": "https://hooks.example.com/b", "events": ["convo.created"], "secret": "wren" });
        let replace = helpscout(Method::PUT, format!("/v2/webhooks/{}", made["id"]), &token, Some(body));
        assert_eq!(replace.send(&world).await.status, 204);
        let shown = api.get(&format!("{WEBHOOKS}/{}", made["id"])).await.json();
        assert_ne!(shown["credential_id"], made["credential_id"]);
        assert!(shown["credential_id"].is_i64());
    }
}

sending_on_both! {
    async fn who_loses_a_conversation_is_told_its_id(world: World) {
        let receiver = Receiver::start().await;
        let here = &world.here;
        let spec = WebhookSpec {
            kinds: vec!["conversation.left", "conversation.updated", "conversation.merged"],
            inboxes: InboxScope::only([here.main]),
            ..WebhookSpec::at(receiver.url())
        };
        spec.make(&world).await;
        let api = Api::full(&world);
        let (moved, merged) = (conversation(&world, false).await, conversation(&world, false).await);
        let survivor = conversation_in(&world, here.second, false).await;
        let path = format!("/api/v1/conversations/{moved}");
        let change = json!({ "inbox_id": here.second.get(), "subject": "S3cret" });
        assert_eq!(api.patch(&path, change).await.status, 200);
        let path = format!("/api/v1/conversations/{merged}/merge");
        assert_eq!(api.post(&path, json!({ "into": survivor.get() })).await.status, 200);
        let _node = RunningNode::start(&world, "a");
        let told = receiver.wait_for(2).await;
        for (request, id) in told.iter().zip([moved, merged]) {
            let data = request.json()["data"].clone();
            assert_eq!(request.json()["type"], json!("conversation.left"));
            assert_eq!(data, json!({
                "position": data["position"], "id": data["id"], "kind": "conversation.left", "at": data["at"], "entity_id": id.get(),
                "conversation_id": id.get(), "inbox_id": null, "agent_id": null, "api": null, "imported": false,
                "changes": [], "more": {},
            }));
        }
    }
}

sending_on_both! {
    async fn a_conversation_that_left_is_not_sent_to_the_inbox_that_it_left(world: World) {
        let here = &world.here;
        let mut receivers = Vec::new();
        for (api, kinds, options) in [
            ("helpscout", vec!["convo.created", "convo.customer.reply.created"], "{}"),
            ("helpscout", vec!["convo.created"], r#"{"notification":true}"#),
            ("mykaarma", vec!["messages"], r#"{"username":"partner-here"}"#),
        ] {
            let receiver = Receiver::start().await;
            let spec = WebhookSpec {
                api,
                kinds,
                options,
                inboxes: InboxScope::only([here.main]),
                ..WebhookSpec::at(receiver.url())
            };
            spec.make(&world).await;
            receivers.push((api, receiver));
        }
        let api = Api::full(&world);
        let (moved, merged) = (conversation(&world, false).await, conversation(&world, false).await);
        let survivor = conversation_in(&world, here.second, false).await;
        let path = format!("/api/v1/conversations/{moved}");
        assert_eq!(api.patch(&path, json!({ "inbox_id": here.second.get() })).await.status, 200);
        let path = format!("/api/v1/conversations/{merged}/merge");
        assert_eq!(api.post(&path, json!({ "into": survivor.get() })).await.status, 200);
        let stays = conversation(&world, false).await;
        let _node = RunningNode::start(&world, "a");
        for (api, receiver) in receivers {
            let first = receiver.wait_for(1).await.remove(0).json();
            let of_stays = match api {
                "helpscout" => {
                    let link = first["_links"]["self"]["href"].as_str().unwrap_or_default();
                    first["id"] == json!(stays.get()) || link.ends_with(&format!("/{stays}"))
                }
                _ => {
                    let department = world.public_id(here, heddle_domain::EntityKind::Inbox, here.main.get(), heddle_mykaarma::NAME).await;
                    first["departmentuuid"] == json!(department)
                }
            };
            assert!(of_stays, "{api}: {first}");
            assert_eq!(receiver.received().len(), 1, "{api}");
        }
    }
}
