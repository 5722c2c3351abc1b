//! Tests of webhooks that lose inboxes or events while deliveries wait, or are on their way: these are neither sent nor shown
//! to whom may not read them.

use std::sync::Arc;

use heddle_domain::InboxScope;
use heddle_domain::credential::{Grant, Scope};
use heddle_domain::id::WebhookId;
use heddle_domain::webhook::DeliveryState;
use heddle_native::NAME;
use heddle_testkit::Receiver;
use heddle_testkit::receiver::Reply;
use http::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::stage::{
    RunningNode, conversation, conversation_in, create_agents, deliveries, names, until, until_all,
};
use crate::catalogue::{helpscout, helpscout_token};
use crate::harness::World;
use crate::native::{Api, problem};
use crate::sending_on_both;

const WEBHOOKS: &str = "/api/v1/webhooks";

/// Creates a webhook for events of all inboxes; returns its path and its id.
async fn made(api: &Api<'_>, of: &str, url: &str, events: Value) -> (String, WebhookId) {
    api.world().store().drain_feed().await.expect("positions");
    let body =
        json!({ "api": of, "url": url, "events": events, "inbox_ids": null, "secret": null });
    let made = api.post(WEBHOOKS, body).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let id = made.json()["id"].as_i64().expect("an id");
    (format!("{WEBHOOKS}/{id}"), WebhookId(id))
}

async fn until_logged(world: &World, id: WebhookId, count: usize) {
    until("the log", || async {
        deliveries(world, id).await.len() == count
    })
    .await;
}

/// Waits until the first delivery of a webhook is given up, and checks what the log says about it.
async fn until_given_up(api: &Api<'_>, path: &str, id: WebhookId) {
    until("the end of the first delivery", || async {
        deliveries(api.world(), id).await[0].state == DeliveryState::Failed
    })
    .await;
    let first = deliveries(api.world(), id).await[0].id;
    let shown = api.get(&format!("{path}/deliveries/{first}")).await.json();
    let attempts = shown["attempts"].as_array().expect("attempts");
    let [failed, given_up] = &attempts[..] else {
        panic!("{attempts:?}")
    };
    assert_eq!(
        (&failed["status"], &given_up["status"]),
        (&json!(500), &Value::Null)
    );
    let error = given_up["error"].as_str().expect("an error");
    let why = "not sent: it was made before the webhook lost inboxes, or the webhook no longer has its event";
    assert_eq!(error, why);
    // It cannot be sent again, either.
    let again = api
        .post_bare(&format!("{path}/deliveries/{first}/replay"))
        .await;
    let detail = &problem(&again, 422, "invalid")["errors"][0]["detail"];
    let why = "was made before the webhook lost inboxes, or the webhook no longer has its event";
    assert_eq!(detail, why);
}

sending_on_both! {
    async fn what_failed_before_a_webhook_lost_inboxes_is_not_sent_to_its_new_url(world: World) {
        let here = &world.here;
        let api = Api::full(&world);
        let old = Receiver::answering(|_| Reply::status(500)).await;
        let new = Receiver::start().await;
        let (path, id) = made(&api, "native", old.url(), json!(["conversation.created"])).await;
        let before = RunningNode::start(&world, "a");
        conversation_in(&world, here.second, false).await;
        until_logged(&world, id, 1).await;
        before.end().await;
        assert_eq!(api.patch(&path, json!({ "inbox_ids": [here.main.get()] })).await.status, 200);
        let limited = Api::limited(&world, &[here.main]).await;
        assert_eq!(limited.patch(&path, json!({ "url": new.url() })).await.status, 200);
        world.test.clock.advance(6_000);
        let _after = RunningNode::start(&world, "b");
        let shown = conversation(&world, false).await;
        until_given_up(&api, &path, id).await;
        until_logged(&world, id, 2).await;
        let received = new.wait_for(1).await;
        assert_eq!(received.len(), 1);
        assert_eq!(received[0].json()["data"]["entity_id"], json!(shown.get()));
        let range = api.post(&format!("{path}/replay"), json!({ "from_delivery_id": 1 })).await;
        assert_eq!(range.json()["deliveries"], json!(1), "only what is about its inbox");
    }
}

sending_on_both! {
    async fn what_failed_before_a_webhook_lost_events_is_not_sent_to_its_new_url(world: World) {
        let api = Api::full(&world);
        let old = Receiver::answering(|_| Reply::status(500)).await;
        let new = Receiver::start().await;
        let (path, id) = made(&api, "native", old.url(), json!(["message.added"])).await;
        let before = RunningNode::start(&world, "a");
        conversation(&world, false).await;
        until_logged(&world, id, 1).await;
        before.end().await;
        assert_eq!(api.patch(&path, json!({ "events": ["agent.created"] })).await.status, 200);
        let grant = Grant::full(NAME, InboxScope::All).without(Scope::MessagesRead);
        let other = Api::granted(&world, grant).await;
        assert_eq!(other.patch(&path, json!({ "url": new.url() })).await.status, 200);
        world.test.clock.advance(6_000);
        let _after = RunningNode::start(&world, "b");
        create_agents(&world, names(0..1)).await;
        until_given_up(&api, &path, id).await;
        let received = new.wait_for(1).await;
        assert_eq!(received[0].json()["type"], json!("agent.created"));
        until_logged(&world, id, 2).await;
        assert_eq!(new.received().len(), 1);
    }
}

sending_on_both! {
    async fn what_failed_before_an_app_replaced_the_webhook_is_not_sent_to_its_new_url(world: World) {
        let api = Api::full(&world);
        let old = Receiver::answering(|_| Reply::status(500)).await;
        let new = Receiver::start().await;
        let (path, id) = made(&api, "helpscout", old.url(), json!(["convo.created"])).await;
        let before = RunningNode::start(&world, "a");
        conversation(&world, false).await;
        until_logged(&world, id, 1).await;
        before.end().await;
        let token = helpscout_token(&world, &world.here).await;
        let body = json!({ "url": new.url(), "events": ["customer.created"], "secret": "wren" });
        let replace = helpscout(Method::PUT, format!("/v2/webhooks/{id}"), &token, Some(body));
        assert_eq!(replace.send(&world).await.status, 204);
        world.test.clock.advance(3_600_000);
        let _after = RunningNode::start(&world, "b");
        create_agents(&world, names(0..1)).await;
        until_given_up(&api, &path, id).await;
        assert!(new.received().is_empty());
    }
}

sending_on_both! {
    async fn what_was_on_its_way_when_a_webhook_lost_inboxes_stays_hidden(world: World) {
        let here = &world.here;
        let api = Api::full(&world);
        let permits = Arc::new(Semaphore::new(0));
        let replies = Arc::clone(&permits);
        let receiver = Receiver::answering(move |_| Reply::Permitted(Arc::clone(&replies))).await;
        let (path, id) = made(&api, "native", receiver.url(), json!(["conversation.created"])).await;
        let _node = RunningNode::start(&world, "a");
        conversation_in(&world, here.second, false).await;
        receiver.wait_for(1).await;
        assert_eq!(api.patch(&path, json!({ "inbox_ids": [here.main.get()] })).await.status, 200);
        permits.add_permits(1);
        let [about_other] = &until_all(&world, id, 1, DeliveryState::Delivered).await[..] else {
            panic!("one delivery");
        };
        let limited = Api::limited(&world, &[here.main]).await;
        let log = format!("{path}/deliveries");
        assert_eq!(limited.get(&log).await.json()["data"], json!([]));
        problem(&limited.get(&format!("{log}/{}", about_other.id)).await, 404, "not-found");
        let range = limited.post(&format!("{path}/replay"), json!({ "from_delivery_id": 1 })).await;
        assert_eq!(range.json()["deliveries"], json!(0));
        assert_eq!(api.get(&log).await.json()["data"].as_array().map(Vec::len), Some(1));

        permits.add_permits(1);
        conversation(&world, false).await;
        until_all(&world, id, 2, DeliveryState::Delivered).await;
        let shown = limited.get(&log).await.json();
        assert_eq!(shown["data"].as_array().map(Vec::len), Some(1), "what was made for its inboxes");
    }
}

sending_on_both! {
    async fn a_webhook_that_gets_more_inboxes_keeps_its_deliveries(world: World) {
        let here = &world.here;
        let api = Api::full(&world);
        let receiver = Receiver::answering(|_| Reply::status(500)).await;
        let (path, id) = made(&api, "native", receiver.url(), json!(["conversation.created"])).await;
        assert_eq!(api.patch(&path, json!({ "inbox_ids": [here.main.get()] })).await.status, 200);
        let _node = RunningNode::start(&world, "a");
        conversation(&world, false).await;
        until_logged(&world, id, 1).await;
        let both = json!({ "inbox_ids": [here.main.get(), here.second.get()] });
        assert_eq!(api.patch(&path, both).await.status, 200);
        let limited = Api::limited(&world, &[here.main, here.second]).await;
        let shown = limited.get(&format!("{path}/deliveries")).await.json();
        assert_eq!(shown["data"].as_array().map(Vec::len), Some(1));
        receiver.answer(|_| Reply::ok());
        world.test.clock.advance(6_000);
        create_agents(&world, names(0..1)).await;
        until_all(&world, id, 1, DeliveryState::Delivered).await;
    }
}
