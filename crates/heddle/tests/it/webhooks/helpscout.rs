//! The policy of Help Scout's webhooks (contract section 11.3), as an app and an operator see it.

use heddle_domain::id::WebhookId;
use heddle_domain::webhook::{DeliveryState, DisabledReason, WebhookState};
use heddle_testkit::Receiver;
use heddle_testkit::receiver::Reply;
use http::Method;
use serde_json::{Value, json};

use super::stage::{RunningNode, conversation, deliveries, until, until_state, webhook};
use crate::catalogue::{self, helpscout_token};
use crate::harness::World;
use crate::native::Api;
use crate::sending_on_both;

/// Longer than the longest pause before a retry.
const LATER_MS: i64 = 2 * 3_600_000;

fn body(url: &str) -> Value {
    json!({ "url": url, "events": ["convo.created"], "secret": "wren" })
}

async fn ask(
    world: &World,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> crate::harness::Answer {
    let token = helpscout_token(world, &world.here).await;
    catalogue::helpscout(method, path.to_owned(), &token, body)
        .send(world)
        .await
}

/// Creates a webhook through the vendor's call; returns its id.
async fn made(world: &World, url: &str) -> WebhookId {
    world.store().drain_feed().await.expect("positions");
    let made = ask(world, Method::POST, "/v2/webhooks", Some(body(url))).await;
    assert_eq!(made.status, 201);
    let id = made.header("resource-id").to_owned();
    assert_eq!(
        made.header("location"),
        format!("http://heddle.test/v2/webhooks/{id}")
    );
    WebhookId(id.parse().expect("a number"))
}

async fn state(world: &World, id: WebhookId) -> String {
    let shown = ask(world, Method::GET, &format!("/v2/webhooks/{id}"), None)
        .await
        .json();
    shown["state"].as_str().expect("a state").to_owned()
}

sending_on_both! {
    async fn an_answer_410_disables_at_once_and_a_put_enables_again(world: World) {
        let receiver = Receiver::answering(|_| Reply::status(410)).await;
        let id = made(&world, receiver.url()).await;
        let _node = RunningNode::one_at_a_time(&world, "a");
        conversation(&world, false).await;
        let disabled = until_state(&world, id, WebhookState::Disabled).await;
        assert_eq!(disabled.reason, Some(DisabledReason::Gone));
        assert_eq!(state(&world, id).await, "disabled");
        assert_eq!(receiver.received().len(), 1, "no retry");

        receiver.answer(|_| Reply::ok());
        let path = format!("/v2/webhooks/{id}");
        assert_eq!(ask(&world, Method::PUT, &path, Some(body(receiver.url()))).await.status, 204);
        assert_eq!(state(&world, id).await, "enabled");
        conversation(&world, false).await;
        let all = receiver.wait_for(2).await;
        assert_eq!(all[1].header("x-helpscout-event"), "convo.created");
    }
}

sending_on_both! {
    async fn ten_events_that_fail_eleven_times_each_disable(world: World) {
        let receiver = Receiver::answering(|_| Reply::status(500)).await;
        let id = made(&world, receiver.url()).await;
        let _node = RunningNode::one_at_a_time(&world, "a");
        for _ in 0..10 {
            conversation(&world, false).await;
        }
        let attempts = |expected: i64| {
            let world = &world;
            async move {
                let all = deliveries(world, id).await;
                all.len() == 10 && all.iter().all(|one| one.attempts == expected)
            }
        };
        until("the first attempts", || attempts(1)).await;
        for attempt in 2..=11 {
            assert_eq!(webhook(&world, id).await.state, WebhookState::Enabled, "before attempt {attempt}");
            world.test.clock.advance(LATER_MS);
            // An imported conversation wakes the worker, and is not delivered.
            conversation(&world, true).await;
            until("the next attempts", || attempts(attempt)).await;
        }
        let disabled = until_state(&world, id, WebhookState::Disabled).await;
        assert_eq!(disabled.reason, Some(DisabledReason::Discarded));
        assert_eq!(state(&world, id).await, "disabled");
        let all = deliveries(&world, id).await;
        assert!(all.iter().all(|one| one.state == DeliveryState::Failed), "{all:?}");

        // The log of deliveries shows each retry, with the answer that it got.
        let api = Api::full(&world);
        let path = format!("/api/v1/webhooks/{id}/deliveries/{}", all[0].id);
        let shown = api.get(&path).await.json();
        let attempts = shown["attempts"].as_array().expect("attempts");
        assert_eq!(attempts.len(), 11, "{shown}");
        assert!(attempts.iter().all(|one| one["status"] == 500), "{shown}");
        assert_eq!(receiver.received().len(), 110);
    }
}
