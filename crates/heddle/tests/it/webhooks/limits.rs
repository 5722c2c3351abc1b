//! Tests of what webhooks may use: workers and connections end when there is nothing to send, all webhooks get their turn,
//! and few bodies are in memory.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use heddle::apis;
use heddle_domain::webhook::DeliveryState;
use heddle_testkit::receiver::Reply;
use heddle_testkit::{Receiver, TIMEOUT};
use heddle_webhooks::sender::{Sender, Settings};
use tokio::sync::Semaphore;

use super::hooks::{Fate, TestHook};
use super::stage::{
    RunningNode, WebhookSpec, create_agents, create_agents_of, deliveries, names, one_at_a_time,
    until, until_all, webhook,
};
use crate::harness::World;
use crate::sending_on_both;

sending_on_both! {
    async fn a_worker_ends_when_there_is_nothing_more_to_send(world: World) {
        let receiver = Receiver::start().await;
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        let mut node = RunningNode::start(&world, "a");
        create_agents(&world, names(0..1)).await;
        receiver.wait_for(1).await;
        node.workers.wait_for(|workers| *workers == 1).await.expect("the node runs");
        // The engine looks for work again and again meanwhile, and must not keep the worker alive by this.
        node.until_idle().await;
        assert_eq!(world.app.webhooks.client.connections(), 0);
        assert_eq!(webhook(&world, id).await.lease_by, None);
        create_agents(&world, names(1..2)).await;
        receiver.wait_for(2).await;
    }
}

sending_on_both! {
    async fn an_ordered_webhook_has_no_worker_until_its_retry_is_due(world: World) {
        let receiver = Receiver::answering(|_| Reply::status(500)).await;
        let spec = WebhookSpec { ordered: true, ..WebhookSpec::at(receiver.url()) };
        let id = spec.make(&world).await;
        let hook = TestHook::new(1, |_| Fate::Body(0));
        let sender = world.app.webhooks.clone();
        let node = RunningNode::with(&world, "a", sender, hook.hooks(), 10);
        create_agents(&world, names(0..2)).await;
        until("the log", || async { deliveries(&world, id).await.len() == 1 }).await;
        node.until_idle().await;
        receiver.answer(|_| Reply::ok());
        world.test.clock.advance(1_001);
        until_all(&world, id, 2, DeliveryState::Delivered).await;
    }
}

sending_on_both! {
    async fn more_webhooks_than_one_look_reads_all_get_their_turn(world: World) {
        let silent = Receiver::answering(|_| Reply::Silence).await;
        let receiver = Receiver::start().await;
        for _ in 0..8 {
            WebhookSpec::at(silent.url()).make(&world).await;
        }
        for _ in 0..8 {
            WebhookSpec::at(receiver.url()).make(&world).await;
        }
        let hooks = apis::descriptions().hooks();
        let _node = RunningNode::with(&world, "a", world.app.webhooks.clone(), hooks, 3);
        create_agents(&world, names(0..1)).await;
        receiver.wait_for(8).await;
        assert!(silent.received().len() <= 8, "each is still waiting for its answer");
    }
}

async fn few_requests_are_prepared(world: World, ordered: bool, at_once: usize) {
    let hook = TestHook::new(1, |_| Fate::Body(10));
    let most = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&most);
    let mut sent = 0;
    let receiver = Receiver::answering(move |_| {
        seen.fetch_max(
            hook.prepared.load(Ordering::SeqCst) - sent,
            Ordering::SeqCst,
        );
        sent += 1;
        Reply::ok()
    })
    .await;
    let spec = WebhookSpec {
        ordered,
        ..WebhookSpec::at(receiver.url())
    };
    spec.make(&world).await;
    create_agents(&world, names(0..120)).await;
    let sender = world.app.webhooks.clone();
    let _node = RunningNode::with(&world, "a", sender, hook.hooks(), 10);
    receiver.wait_for(120).await;
    let most = most.load(Ordering::SeqCst);
    assert!(
        most <= at_once,
        "{most}: only the requests that are being sent"
    );
}

sending_on_both! {
    async fn one_event_at_a_time_is_prepared(world: World) {
        few_requests_are_prepared(world, true, 1).await;
    }
}

sending_on_both! {
    async fn no_more_events_are_prepared_than_are_sent_at_the_same_time(world: World) {
        few_requests_are_prepared(world, false, 8).await;
    }
}

sending_on_both! {
    async fn large_requests_are_recorded_before_others_are_prepared(world: World) {
        let hook = TestHook::counting(|_| Fate::Body(100_000));
        let receiver = Receiver::start().await;
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        create_agents(&world, names(0..60)).await;
        let sender = one_at_a_time(&world);
        let _node = RunningNode::with(&world, "a", sender, hook.hooks(), 10);
        until_all(&world, id, 60, DeliveryState::Delivered).await;
        // Three of them are more than 256 KiB, so they are recorded before a fourth one is made.
        assert_eq!(hook.most_unrecorded.load(Ordering::SeqCst), 2, "when another one is prepared");
    }
}

/// Returns a sender with this many connections.
pub(super) fn with_connections(world: &World, connections: u32) -> Sender {
    let sender = &world.app.webhooks;
    let settings = Settings {
        max_connections: NonZeroU32::new(connections).expect("a number"),
        ..sender.settings.clone()
    };
    let (store, sealer) = (world.store().clone(), world.app.sealer.clone());
    Sender::new(store, sealer, sender.base_url.clone(), settings)
}

sending_on_both! {
    async fn a_webhook_with_one_request_keeps_few_idle_connections(world: World) {
        let receiver = Receiver::start().await;
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        let sender = with_connections(&world, 8);
        let client = sender.client.clone();
        create_agents(&world, names(0..40)).await;
        // The account's share of the eight connections is four, so four requests run at the same time.
        let permits = Arc::new(Semaphore::new(3));
        let replies = Arc::clone(&permits);
        receiver.answer(move |_| Reply::Permitted(Arc::clone(&replies)));
        let _node = RunningNode::with(&world, "a", sender, apis::descriptions().hooks(), 500);
        receiver.wait_for(7).await;
        assert_eq!(client.connections(), 4);
        permits.add_permits(36);
        // The last one is on its way, and nothing else is to be sent.
        receiver.wait_for(40).await;
        let rest = async {
            while client.connections() > 2 {
                tokio::task::yield_now().await;
            }
        };
        let rested = tokio::time::timeout(TIMEOUT, rest).await;
        assert!(rested.is_ok(), "idle connections may be a quarter of all");
        permits.add_permits(1);
        until_all(&world, id, 40, DeliveryState::Delivered).await;
    }
}

sending_on_both! {
    async fn dead_receivers_of_one_account_do_not_take_the_connections_of_another(world: World) {
        let silent = Receiver::answering(|_| Reply::Silence).await;
        let receiver = Receiver::start().await;
        for _ in 0..12 {
            WebhookSpec::at(silent.url()).make_for(&world, &world.foreign).await;
        }
        WebhookSpec::at(receiver.url()).make(&world).await;
        let sender = with_connections(&world, 8);
        let _node = RunningNode::with(&world, "a", sender, apis::descriptions().hooks(), 500);
        create_agents_of(&world, &world.foreign, names(0..1)).await;
        // The account has four of the eight connections now, and keeps them for fifteen seconds.
        silent.wait_for(4).await;
        let begun = Instant::now();
        create_agents(&world, names(0..3)).await;
        receiver.wait_for(3).await;
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(10), "{took:?}: before any of the others gave up");
        assert_eq!(silent.received().len(), 4);
    }
}
