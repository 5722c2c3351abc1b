//! Tests of webhooks that cannot be sent through a fault of the server: the sealing key is wrong, or an event cannot be turned
//! into a request.

use std::sync::Arc;

use heddle_access::seal::Sealer;
use heddle_access::sealing_key::SealingKey;
use heddle_domain::webhook::{DeliveryState, DisabledReason, MOST_TROUBLE_MS, WebhookState};
use heddle_testkit::Receiver;
use heddle_testkit::receiver::Reply;
use heddle_webhooks::sender::Sender;
use tokio::sync::Semaphore;

use super::hooks::{Fate, TestHook};
use super::stage::{
    RunningNode, WebhookSpec, create_agents, deliveries, delivery, names, one_at_a_time, until,
    until_state, webhook,
};
use crate::harness::World;
use crate::native::Api;
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
    let sender = one_at_a_time(&world);
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

    let api = Api::full(&world);
    let path = format!("/api/v1/webhooks/{id}/deliveries");
    let shown = api.get(&format!("{path}?state=failed")).await.json();
    let shown = shown["data"].as_array().expect("a page");
    assert!(shown.len() == 16 && shown.iter().all(|delivery| delivery["problem"].is_string()));
    let again = api
        .post_bare(&format!("{path}/{}/replay", failed[0].id))
        .await;
    assert_eq!(again.status, 422, "there is nothing to send");
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

sending_on_both! {
    async fn what_was_sent_is_recorded_although_the_next_events_cannot_be_read(world: World) {
        let permits = Arc::new(Semaphore::new(0));
        let replies = Arc::clone(&permits);
        let mut sent = 0;
        // The answer to the second request holds back those of all later ones.
        let receiver = Receiver::answering(move |_| {
            sent += 1;
            match sent {
                2 => Reply::Permitted(Arc::clone(&replies)),
                _ => Reply::ok(),
            }
        })
        .await;
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        create_agents(&world, names(0..60)).await;
        world.test.spoil_newest_event().await;
        let node = RunningNode::start(&world, "a");
        // The worker reads fifty events at once, the webhook's own event among them.
        receiver.wait_for(49).await;
        permits.add_permits(1);
        until("the log", || async { deliveries(&world, id).await.len() == 49 }).await;
        node.until_idle().await;
        assert_eq!(webhook(&world, id).await.lease_by, None);
        assert_eq!(receiver.received().len(), 49);
    }
}

/// Takes too long with the second of the agents that these tests create.
fn slow_with_the_second(event: &heddle_store::read::feed::FeedEvent) -> Fate {
    match serde_json::to_string(&event.detail.clone().into_json()) {
        Ok(detail) if detail.contains("n00001") => Fate::TimedOut,
        _ => Fate::Body(1),
    }
}

async fn an_event_that_times_out_is_given_up(world: World, together: usize) {
    let receiver = Receiver::start().await;
    let id = WebhookSpec::at(receiver.url()).make(&world).await;
    let hook = TestHook::new(together, slow_with_the_second);
    create_agents(&world, names(0..3)).await;
    let sender = world.app.webhooks.clone();
    let _node = RunningNode::with(&world, "a", sender, hook.hooks(), 10);
    until("the trouble", || async {
        webhook(&world, id).await.trouble.is_some()
    })
    .await;
    let stuck = webhook(&world, id).await;
    assert_eq!(
        stuck.trouble.expect("a trouble").reason,
        DisabledReason::Stuck
    );
    assert_eq!(deliveries(&world, id).await.len(), 1, "it keeps the event");
    // The node tries again after some seconds, and finds that ten minutes are over.
    world.test.clock.advance(600_000);
    until("the others", || async {
        deliveries(&world, id).await.len() == 3
    })
    .await;
    let found = deliveries(&world, id).await;
    let states: Vec<_> = found.iter().map(|one| one.state).collect();
    use DeliveryState::{Delivered, Failed};
    assert_eq!(states, [Delivered, Failed, Delivered]);
    let problem = found[1].problem.as_deref();
    assert_eq!(
        problem,
        Some("what the event is about cannot be read in time")
    );
    assert_eq!(receiver.received().len(), 2);
    assert!(webhook(&world, id).await.state == WebhookState::Enabled);
}

sending_on_both! {
    async fn an_event_that_always_times_out_is_recorded_as_failed(world: World) {
        an_event_that_times_out_is_given_up(world, 1).await;
    }
}

sending_on_both! {
    async fn an_event_that_always_times_out_is_found_among_others(world: World) {
        an_event_that_times_out_is_given_up(world, 200).await;
    }
}
