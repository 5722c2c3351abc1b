//! Tests of how many first attempts run at the same time, of receivers that want to be left alone, and of webhooks that are
//! disabled meanwhile.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use heddle_domain::Timestamp;
use heddle_domain::id::WebhookId;
use heddle_domain::webhook::{DeliveryState, WebhookState};
use heddle_testkit::Receiver;
use heddle_testkit::receiver::{Received, Reply};
use heddle_webhooks::sender::{Sender, Settings};
use tokio::sync::Semaphore;

use super::hooks::TestHook;
use super::stage::{
    RunningNode, WebhookSpec, create_agents, deliveries, names, until, until_all, update, webhook,
};
use crate::harness::World;
use crate::sending_on_both;
use heddle::apis;

fn agents(received: &[Received]) -> Vec<i64> {
    let agent = |request: &Received| request.json()["data"]["entity_id"].as_i64();
    let mut agents: Vec<_> = received
        .iter()
        .map(|request| agent(request).expect("an id"))
        .collect();
    agents.sort_unstable();
    agents
}

/// Answers some requests after the other, and checks which requests were sent at each step.
async fn at_the_same_time(world: World, ordered: bool, setting: u32, steps: &[(usize, usize)]) {
    let (permits, answered) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let most = Arc::new(AtomicUsize::new(0));
    let (replies, done, seen) = (
        Arc::clone(&permits),
        Arc::clone(&answered),
        Arc::clone(&most),
    );
    let mut sent: usize = 0;
    let receiver = Receiver::answering(move |_| {
        sent += 1;
        let running = sent.saturating_sub(done.load(Ordering::SeqCst));
        seen.fetch_max(running, Ordering::SeqCst);
        Reply::Permitted(Arc::clone(&replies))
    })
    .await;
    let spec = WebhookSpec {
        ordered,
        ..WebhookSpec::at(receiver.url())
    };
    let id = spec.make(&world).await;
    create_agents(&world, names(0..40)).await;
    let sender = &world.app.webhooks;
    let settings = Settings {
        max_in_flight: NonZeroU32::new(setting).expect("a number"),
        ..sender.settings.clone()
    };
    let (store, sealer) = (world.store().clone(), world.app.sealer.clone());
    let sender = Sender::new(store, sealer, sender.base_url.clone(), settings);
    let _node = RunningNode::with(&world, "a", sender, apis::descriptions().hooks(), 500);
    let answer = |count| {
        answered.fetch_add(count, Ordering::SeqCst);
        permits.add_permits(count);
    };
    let mut found = Vec::new();
    for (more, sent) in steps {
        answer(*more);
        found.push(agents(&receiver.wait_for(*sent).await));
    }
    let running = steps.last().map_or(0, |(_, sent)| *sent) - answered.load(Ordering::SeqCst);
    assert_eq!(most.load(Ordering::SeqCst), running);
    answer(40);
    let all = agents(&receiver.wait_for(40).await);
    for found in found {
        assert_eq!(found[..], all[..found.len()], "the next ones of the feed");
    }
    until_all(&world, id, 40, DeliveryState::Delivered).await;
    assert_eq!(receiver.received().len(), 40);
}

sending_on_both! {
    async fn up_to_eight_first_attempts_run_at_the_same_time(world: World) {
        // Each request that the receiver accepts doubles their number.
        at_the_same_time(world, false, 8, &[(0, 1), (1, 3), (2, 11), (8, 19), (1, 20)]).await;
    }
}

sending_on_both! {
    async fn the_operator_limits_how_many_first_attempts_run_at_the_same_time(world: World) {
        at_the_same_time(world, false, 3, &[(0, 1), (1, 3), (2, 6), (3, 9)]).await;
    }
}

sending_on_both! {
    async fn an_ordered_webhook_has_one_attempt_at_a_time(world: World) {
        at_the_same_time(world, true, 8, &[(0, 1), (1, 2), (1, 3), (1, 4)]).await;
    }
}

async fn until_paused(world: &World, id: WebhookId) -> Timestamp {
    until("the pause", || async {
        webhook(world, id).await.standing.paused_until > Some(world.app.now())
    })
    .await;
    let paused = webhook(world, id).await.standing.paused_until;
    paused.expect("a pause")
}

sending_on_both! {
    async fn a_receiver_is_left_alone_as_long_as_it_asks(world: World) {
        let receiver = Receiver::answering(|_| Reply::Header(503, "retry-after", "30".to_owned())).await;
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        let node = RunningNode::start(&world, "a");
        create_agents(&world, names(0..1)).await;
        let until_then = until_paused(&world, id).await;
        assert_eq!(until_then.0 - world.app.now().0, 30_000);
        let retry = deliveries(&world, id).await[0].next_attempt_at;
        assert_eq!(retry, Some(until_then), "its own retry waits, too");
        receiver.answer(|_| Reply::ok());
        world.test.clock.advance(20_000);
        create_agents(&world, names(1..3)).await;
        node.until_idle().await;
        assert_eq!(receiver.received().len(), 1, "neither a retry nor a first attempt");
        world.test.clock.advance(10_000);
        create_agents(&world, names(3..4)).await;
        receiver.wait_for(5).await;
        until_all(&world, id, 4, DeliveryState::Delivered).await;
        assert_eq!(webhook(&world, id).await.standing.paused_until, None);
    }
}

sending_on_both! {
    async fn an_overloaded_receiver_is_asked_more_and_more_rarely(world: World) {
        let receiver = Receiver::answering(|_| Reply::status(429)).await;
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        let _node = RunningNode::start(&world, "a");
        for (round, shortest, longest) in [(0, 4_000, 6_000), (1, 12_000, 18_000), (2, 36_000, 54_000)] {
            create_agents(&world, names(round..round + 1)).await;
            let wait = until_paused(&world, id).await.0 - world.app.now().0;
            assert!((shortest..=longest).contains(&wait), "{wait} in round {round}");
            world.test.clock.advance(wait);
        }
    }
}

sending_on_both! {
    async fn a_new_url_or_enabling_ends_the_pause(world: World) {
        let receiver = Receiver::answering(|_| Reply::Header(429, "retry-after", "3600".to_owned())).await;
        let other = Receiver::start().await;
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        let _node = RunningNode::start(&world, "a");
        create_agents(&world, names(0..1)).await;
        until_paused(&world, id).await;
        receiver.answer(|_| Reply::ok());
        update(&world, id, |change| change.enabled = Some(false)).await;
        update(&world, id, |change| change.enabled = Some(true)).await;
        create_agents(&world, names(1..2)).await;
        receiver.wait_for(2).await;
        receiver.answer(|_| Reply::Header(429, "retry-after", "3600".to_owned()));
        create_agents(&world, names(2..3)).await;
        until_paused(&world, id).await;
        let sealed = world.app.sealer.seal(
            heddle_webhooks::endpoint::URL_PURPOSE, world.here.account.id, id.get(), other.url().as_bytes());
        update(&world, id, |change| change.url = Some((sealed.expect("sealed"), "shown".to_owned()))).await;
        create_agents(&world, names(3..4)).await;
        other.wait_for(1).await;
    }
}

/// Lets the time of timers pass, but not that of the store's clock.
pub(super) async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

sending_on_both! {
    async fn nothing_is_sent_after_the_webhook_was_disabled(world: World) {
        let permits = Arc::new(Semaphore::new(0));
        let replies = Arc::clone(&permits);
        let receiver = Receiver::answering(move |_| Reply::Permitted(Arc::clone(&replies))).await;
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        create_agents(&world, names(0..20)).await;
        let node = RunningNode::one_at_a_time(&world, "a");
        receiver.wait_for(1).await;
        // The other events were read; their requests would come next.
        update(&world, id, |change| change.enabled = Some(false)).await;
        pass(Duration::from_secs(1)).await;
        permits.add_permits(20);
        node.until_idle().await;
        assert_eq!(receiver.received().len(), 1);
        until_all(&world, id, 1, DeliveryState::Delivered).await;
        let off = webhook(&world, id).await;
        assert_eq!((off.state, off.lease_by), (WebhookState::Disabled, None));
    }
}

sending_on_both! {
    async fn no_retry_is_sent_after_the_webhook_was_disabled(world: World) {
        let receiver = Receiver::answering(|_| Reply::status(500)).await;
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        let hook = TestHook::held_after(1);
        let sender = world.app.webhooks.clone();
        let node = RunningNode::with(&world, "a", sender, hook.hooks(), 10);
        create_agents(&world, names(0..1)).await;
        until_all(&world, id, 1, DeliveryState::Pending).await;
        create_agents(&world, names(1..2)).await;
        hook.until_begun(2).await;
        // While the worker prepares the second event, the retry of the first one becomes due and the webhook is disabled. So the
        // worker learns of both at once, and looks at its retries first.
        pass(Duration::from_millis(600)).await;
        world.test.clock.advance(1_001);
        update(&world, id, |change| change.enabled = Some(false)).await;
        hook.permits.add_permits(1);
        node.until_idle().await;
        assert_eq!(receiver.received().len(), 1);
        assert_eq!(webhook(&world, id).await.state, WebhookState::Disabled);
    }
}
