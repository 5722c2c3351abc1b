//! Tests of the engine of a node: order, retries, isolation of webhooks, disabling, takeover.

use std::collections::HashSet;

use heddle_domain::webhook::{DeliveryState, DisabledReason, WebhookState};
use heddle_testkit::receiver::{Received, Reply};
use heddle_testkit::{On, Receiver};

use super::stage::{
    RunningNode, WebhookSpec, create_agents, deliveries, delivery, names, until, until_all,
    until_state, update, webhook, world,
};
use crate::harness::World;
use crate::sending_on_both;

/// Returns the ids of the agents, in the order of their deliveries.
fn delivered_agents(received: &[Received]) -> Vec<i64> {
    let id = |request: &Received| request.json()["data"]["entity_id"].as_i64();
    received
        .iter()
        .map(|request| id(request).expect("an id"))
        .collect()
}

/// Returns the first name of the new agent that a request reports.
fn first_name(request: &Received) -> Option<String> {
    let body = request.json();
    let changes = body["data"]["changes"].as_array()?;
    let change = changes
        .iter()
        .find(|change| change["field"] == "first_name")?;
    change["after"].as_str().map(str::to_owned)
}

fn is_ascending(ids: &[i64]) -> bool {
    ids.windows(2).all(|pair| pair[0] < pair[1])
}

sending_on_both! {
    async fn events_arrive_in_the_order_of_the_feed_and_are_logged(world: World) {
        let receiver = Receiver::answering(|_| Reply::With(202, "x".repeat(5_000))).await;
        let id = WebhookSpec::at(&format!("{}/hook?token=t", receiver.url())).make(&world).await;
        let _node = RunningNode::one_at_a_time(&world, "a");
        create_agents(&world, names(0..250)).await;
        let received = receiver.wait_for(250).await;
        let ids = delivered_agents(&received);
        assert!(is_ascending(&ids), "{ids:?}");
        let first = &received[0];
        assert_eq!(first.path, "/hook?token=t");
        assert_eq!(first.header("content-type"), "application/json");
        assert_eq!(first.json()["type"], "agent.created");
        let event = first.json()["data"]["id"].as_i64().expect("an id");
        assert_eq!(first.header("webhook-id"), format!("evt_{event}"));

        let logged = until_all(&world, id, 250, DeliveryState::Delivered).await;
        assert_eq!(logged.len(), 250);
        let (delivery, attempts) = delivery(&world, id, logged[0].id).await;
        assert_eq!(delivery.event.get(), event);
        assert_eq!(delivery.name, "agent.created");
        assert_eq!(delivery.body.as_bytes(), first.body);
        assert!(delivery.headers.contains("webhook-id") && !delivery.headers.contains("signature"));
        let [attempt] = attempts.as_slice() else { panic!("{attempts:?}") };
        assert_eq!((attempt.number, attempt.status), (1, Some(202)));
        assert_eq!(attempt.answer.as_ref().map(String::len), Some(2_048));
        assert_eq!(webhook(&world, id).await.standing.failing_since, None);
    }
}

sending_on_both! {
    async fn a_failed_delivery_is_retried_in_parallel(world: World) {
        let receiver = Receiver::start().await;
        receiver.answer(|request| match first_name(request).as_deref() {
            Some("n00001") => Reply::With(503, "busy".to_owned()),
            _ => Reply::ok(),
        });
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        let _node = RunningNode::one_at_a_time(&world, "a");
        create_agents(&world, names(0..3)).await;
        receiver.wait_for(3).await;
        until("the log", || async { deliveries(&world, id).await.len() == 3 }).await;
        let states: Vec<_> = deliveries(&world, id).await.iter().map(|d| d.state).collect();
        use DeliveryState::{Delivered, Pending};
        assert_eq!(states, [Delivered, Pending, Delivered]);
        let failed = deliveries(&world, id).await.remove(1);
        let wait = failed.next_attempt_at.expect("a time").0 - world.app.now().0;
        assert!((4_000..=6_000).contains(&wait), "{wait}: five seconds, moved by a fifth at most");

        // No retry is sent before it is due, although a later event wakes the worker.
        world.test.clock.advance(wait - 1);
        create_agents(&world, names(3..4)).await;
        receiver.wait_for(4).await;
        assert_eq!(delivered_agents(&receiver.received()).iter().collect::<HashSet<_>>().len(), 4);

        receiver.answer(|_| Reply::ok());
        world.test.clock.advance(1);
        create_agents(&world, names(4..5)).await;
        let all = receiver.wait_for(6).await;
        let again: Vec<_> = all.iter().filter(|r| r.body == all[1].body).collect();
        assert_eq!(again.len(), 2);
        assert_eq!(again[0].header("webhook-id"), again[1].header("webhook-id"));
        until_all(&world, id, 5, DeliveryState::Delivered).await;
        let (failed, attempts) = delivery(&world, id, failed.id).await;
        assert_eq!((failed.attempts, failed.failures, failed.next_attempt_at), (2, 1, None));
        let found: Vec<_> = attempts.iter().map(|a| (a.status, a.answer.as_deref())).collect();
        assert_eq!(found, [(Some(503), Some("busy")), (Some(200), Some(""))]);
    }
}

sending_on_both! {
    async fn an_ordered_webhook_waits_for_the_failed_delivery(world: World) {
        let receiver = Receiver::answering(|_| Reply::status(500)).await;
        let spec = WebhookSpec { ordered: true, ..WebhookSpec::at(receiver.url()) };
        let id = spec.make(&world).await;
        let _node = RunningNode::start(&world, "a");
        create_agents(&world, names(0..3)).await;
        receiver.wait_for(1).await;
        until("the log", || async { deliveries(&world, id).await.len() == 1 }).await;
        receiver.answer(|_| Reply::ok());
        world.test.clock.advance(6_000);
        create_agents(&world, names(3..4)).await;
        let ids = delivered_agents(&receiver.wait_for(5).await);
        assert_eq!(ids[0], ids[1], "{ids:?}");
        assert!(is_ascending(&ids[1..]), "{ids:?}");
        until_all(&world, id, 4, DeliveryState::Delivered).await;
    }
}

sending_on_both! {
    async fn a_receiver_that_does_not_answer_delays_no_other(world: World) {
        let silent = Receiver::answering(|_| Reply::Silence).await;
        let receiver = Receiver::start().await;
        let dead = WebhookSpec::at(silent.url()).make(&world).await;
        WebhookSpec::at(receiver.url()).make(&world).await;
        let sending = RunningNode::one_at_a_time(&world, "a");
        create_agents(&world, names(0..100)).await;
        assert!(is_ascending(&delivered_agents(&receiver.wait_for(100).await)));
        silent.wait_for(1).await;
        // One request runs at a time. Besides the recorded timeouts, one request may not be recorded yet, and one may
        // be running.
        let sent = silent.received().len();
        let tried = deliveries(&world, dead).await;
        assert!(sent <= tried.len() + 2, "{sent} sent, {} recorded", tried.len());
        assert!(tried.iter().all(|one| one.state == DeliveryState::Pending), "{tried:?}");
        drop(sending);
    }
}

sending_on_both! {
    async fn an_answer_410_disables_the_webhook_at_once_and_keeps_its_events(world: World) {
        let receiver = Receiver::answering(|_| Reply::status(410)).await;
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        let watcher = Receiver::start().await;
        let watching = WebhookSpec { kinds: vec!["webhook.disabled"], ..WebhookSpec::at(watcher.url()) };
        watching.make(&world).await;
        let _node = RunningNode::one_at_a_time(&world, "a");
        create_agents(&world, names(0..1)).await;
        let disabled = until_state(&world, id, WebhookState::Disabled).await;
        assert_eq!(disabled.reason, Some(DisabledReason::Gone));
        assert!(disabled.parked.is_some());
        let event = watcher.wait_for(1).await[0].json();
        assert_eq!(event["data"]["entity_id"], id.get());
        assert_eq!(event["data"]["more"]["reason"], "gone");

        create_agents(&world, names(1..3)).await;
        receiver.answer(|_| Reply::ok());
        assert_eq!(receiver.received().len(), 1);
        let enabled = update(&world, id, |change| change.enabled = Some(true)).await;
        assert_eq!((enabled.state, enabled.reason, enabled.parked), (WebhookState::Enabled, None, None));
        let ids = delivered_agents(&receiver.wait_for(3).await);
        assert!(is_ascending(&ids), "{ids:?}");
    }
}

#[tokio::test]
async fn failing_for_five_days_disables() {
    let world = world(On::Sqlite).await;
    let receiver = Receiver::answering(|_| Reply::status(500)).await;
    let id = WebhookSpec::at(receiver.url()).make(&world).await;
    let _node = RunningNode::start(&world, "a");
    create_agents(&world, names(0..1)).await;
    until("the log", || async {
        deliveries(&world, id).await.len() == 1
    })
    .await;
    world.test.clock.advance(5 * 86_400_000);
    create_agents(&world, names(1..2)).await;
    let disabled = until_state(&world, id, WebhookState::Disabled).await;
    assert_eq!(disabled.reason, Some(DisabledReason::Failing));
}

#[tokio::test]
async fn imported_events_are_not_delivered() {
    let world = world(On::Sqlite).await;
    let receiver = Receiver::start().await;
    let spec = WebhookSpec {
        kinds: vec!["conversation.created"],
        ..WebhookSpec::at(receiver.url())
    };
    spec.make(&world).await;
    let _node = RunningNode::start(&world, "a");
    super::stage::conversation(&world, true).await;
    let live = super::stage::conversation(&world, false).await;
    let received = receiver.wait_for(1).await;
    assert_eq!(received[0].json()["data"]["conversation_id"], live.get());
}

sending_on_both! {
    async fn another_node_takes_over_at_once_after_an_orderly_stop(world: World) {
        let receiver = Receiver::start().await;
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        let first = RunningNode::one_at_a_time(&world, "a");
        create_agents(&world, names(0..5)).await;
        receiver.wait_for(5).await;
        first.end().await;
        assert_eq!(webhook(&world, id).await.lease_by, None);
        create_agents(&world, names(5..10)).await;
        let _second = RunningNode::one_at_a_time(&world, "b");
        let ids = delivered_agents(&receiver.wait_for(10).await);
        assert!(is_ascending(&ids), "{ids:?}");
        assert_eq!(until_all(&world, id, 10, DeliveryState::Delivered).await.len(), 10);
    }
}

sending_on_both! {
    async fn another_node_takes_over_when_the_lease_of_a_dead_node_expires(world: World) {
        let receiver = Receiver::answering(|_| Reply::Silence).await;
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        let first = RunningNode::one_at_a_time(&world, "a");
        create_agents(&world, names(0..1)).await;
        receiver.wait_for(1).await;
        drop(first);
        receiver.answer(|_| Reply::ok());
        let _second = RunningNode::one_at_a_time(&world, "b");
        create_agents(&world, names(1..3)).await;
        assert_eq!(webhook(&world, id).await.lease_by.as_deref(), Some("a"));
        assert_eq!(receiver.received().len(), 1);
        world.test.clock.advance(30_001);
        create_agents(&world, names(3..4)).await;
        let ids = delivered_agents(&receiver.wait_for(5).await);
        assert_eq!(ids[0], ids[1], "the one that nobody recorded comes again");
        assert!(is_ascending(&ids[1..]), "{ids:?}");
        assert_eq!(until_all(&world, id, 4, DeliveryState::Delivered).await.len(), 4);
    }
}
