//! Tests of webhooks that cannot be sent through a fault of the server: the sealing key is wrong, or an event cannot be turned
//! into a request.

use std::sync::Arc;

use heddle_access::seal::Sealer;
use heddle_access::sealing_key::SealingKey;
use heddle_domain::webhook::{DeliveryState, DisabledReason, MOST_TROUBLE_MS, WebhookState};
use heddle_testkit::Receiver;
use heddle_webhooks::sender::Sender;

use super::hooks::{Fate, TestHook};
use super::stage::{
    RunningNode, WebhookSpec, create_agents, deliveries, delivery, names, until, until_state,
    webhook,
};
use crate::harness::World;
use crate::sending_on_both;
use heddle::apis;

/// Returns a sender with another sealing key than the one that sealed the webhooks.
fn with_wrong_key(world: &World) -> Sender {
    let sender = &world.app.webhooks;
    let key = SealingKey::try_from("77".repeat(32)).expect("a key");
    let sealer = Sealer::new(Some(key), std::path::Path::new("/nonexistent"));
    Sender::new(
        world.store().clone(),
        Arc::new(sealer),
        sender.base_url.clone(),
        sender.settings.clone(),
    )
}

fn start_with_wrong_key(world: &World, holder: &str) -> RunningNode {
    let hooks = apis::descriptions().hooks();
    RunningNode::with(world, holder, with_wrong_key(world), hooks, 10)
}

sending_on_both! {
    async fn a_node_with_the_wrong_key_leaves_a_webhook_to_the_others(world: World) {
        let receiver = Receiver::start().await;
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        let _wrong = start_with_wrong_key(&world, "wrong");
        create_agents(&world, names(0..1)).await;
        until("the trouble", || async { webhook(&world, id).await.trouble.is_some() }).await;
        let troubled = webhook(&world, id).await;
        assert_eq!(troubled.trouble.expect("a trouble").reason, DisabledReason::Unreadable);
        assert_eq!(troubled.lease_by, None);
        let _right = RunningNode::start(&world, "right");
        receiver.wait_for(1).await;
        until("the record", || async { webhook(&world, id).await.trouble.is_none() }).await;
    }
}

sending_on_both! {
    async fn a_webhook_that_no_node_can_read_for_hours_is_disabled(world: World) {
        let receiver = Receiver::start().await;
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        let first = start_with_wrong_key(&world, "wrong");
        create_agents(&world, names(0..1)).await;
        until("the trouble", || async { webhook(&world, id).await.trouble.is_some() }).await;
        first.end().await;
        world.test.clock.advance(MOST_TROUBLE_MS);
        let _again = start_with_wrong_key(&world, "wrong");
        let off = until_state(&world, id, WebhookState::Disabled).await;
        assert_eq!(off.reason, Some(DisabledReason::Unreadable));
        // Its position no longer keeps events from being deleted, and it can go on from there.
        assert!(off.parked.is_some());
    }
}

/// Refuses the events of some agents, and has a bug with those of others.
fn picky(event: &heddle_store::read::feed::FeedEvent) -> Fate {
    match event.entity % 5 {
        0 => Fate::Refused,
        1 => Fate::Panic,
        _ => Fate::Body(1),
    }
}

async fn events_without_requests_are_recorded(world: World, together: usize) {
    let receiver = Receiver::start().await;
    let id = WebhookSpec::at(receiver.url()).make(&world).await;
    let hook = TestHook::new(together, picky);
    create_agents(&world, names(0..40)).await;
    let sender = world.app.webhooks.clone();
    let _node = RunningNode::with(&world, "a", sender, hook.hooks(), 10);
    until("all events", || async {
        deliveries(&world, id).await.len() == 40
    })
    .await;
    let received = receiver.received();
    assert_eq!(received.len(), 24);
    let agents = received.iter().map(|request| request.json()["id"].as_i64());
    assert!(agents.is_sorted(), "in the order of the feed");
    let found = deliveries(&world, id).await;
    let failed: Vec<_> = found
        .iter()
        .filter(|d| d.state == DeliveryState::Failed)
        .collect();
    assert_eq!(failed.len(), 16);
    assert!(failed.iter().all(|delivery| delivery.problem.is_some()));
    let (_, attempts) = delivery(&world, id, failed[0].id).await;
    let [attempt] = &attempts[..] else {
        panic!("{attempts:?}")
    };
    let error = attempt.error.as_deref().expect("an error");
    assert!(error.starts_with("not sent: "), "{error}");
}

sending_on_both! {
    async fn an_event_that_cannot_be_prepared_is_recorded_and_the_next_follows(world: World) {
        events_without_requests_are_recorded(world, 1).await;
    }
}

sending_on_both! {
    async fn a_page_that_cannot_be_prepared_is_halved_down_to_the_event(world: World) {
        events_without_requests_are_recorded(world, 200).await;
    }
}

sending_on_both! {
    async fn a_store_that_cannot_be_reached_keeps_the_event(world: World) {
        let receiver = Receiver::start().await;
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        let hook = TestHook::new(1, |_| Fate::Unreachable);
        let sender = world.app.webhooks.clone();
        let cut_off = RunningNode::with(&world, "a", sender, hook.hooks(), 10);
        create_agents(&world, names(0..1)).await;
        until("the trouble", || async { webhook(&world, id).await.trouble.is_some() }).await;
        cut_off.end().await;
        let _node = RunningNode::start(&world, "b");
        receiver.wait_for(1).await;
        until("the record", || async { webhook(&world, id).await.trouble.is_none() }).await;
        assert!(deliveries(&world, id).await.iter().all(|d| d.problem.is_none()));
    }
}
