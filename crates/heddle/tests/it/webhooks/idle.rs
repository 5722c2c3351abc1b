//! Tests of a server that has nothing to do: it reads nothing, and it still notices what becomes due.

use std::sync::atomic::Ordering;
use std::time::Duration;

use heddle::{feed, jobs};
use heddle_domain::webhook::DeliveryState;
use heddle_store::write::counts::Counts;
use heddle_testkit::receiver::Reply;
use heddle_testkit::{On, Receiver};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::hooks::{Fate, TestHook};
use super::stage::{
    RunningNode, WebhookSpec, create_agents, deliveries, names, until, until_all, world,
};
use crate::harness::World;
use crate::sending_on_both;

/// The tasks of a server beside its engine and its sequencer.
fn other_tasks(world: &World) -> [AbortOnDropHandle<()>; 3] {
    let (store, app) = (world.store().clone(), world.app.clone());
    let ending = CancellationToken::new();
    let ready = store.clone();
    [
        AbortOnDropHandle::new(tokio::spawn(feed::follow::<Counts>(store, ending.clone()))),
        AbortOnDropHandle::new(tokio::spawn(jobs::work(app, ending))),
        AbortOnDropHandle::new(tokio::spawn(async move { ready.watch_readiness().await })),
    ]
}

/// Lets time pass; it is paused, so that it passes as soon as nobody works.
async fn pass(time: Duration) {
    let passed = tokio::time::timeout(time, std::future::pending::<()>()).await;
    assert!(passed.is_err());
}

#[tokio::test]
async fn a_quiet_server_on_sqlite_reads_nothing() {
    let world = world(On::Sqlite).await;
    let receiver = Receiver::start().await;
    let id = WebhookSpec::at(receiver.url()).make(&world).await;
    let node = RunningNode::start(&world, "a");
    let _tasks = other_tasks(&world);
    create_agents(&world, names(0..3)).await;
    until_all(&world, id, 3, DeliveryState::Delivered).await;
    node.until_idle().await;
    // From here on time passes as fast as nobody works.
    tokio::time::pause();
    // Jobs of a process that died are looked for once more, a minute after the start.
    pass(Duration::from_secs(90)).await;
    let health = world.store().health();
    let [reads, commands] = [&health.reads, &health.commands];
    let before = [reads, commands].map(|figure| figure.load(Ordering::Relaxed));
    pass(Duration::from_secs(3_000)).await;
    let after = [reads, commands].map(|figure| figure.load(Ordering::Relaxed));
    assert_eq!(after, before);
    assert_eq!(world.app.webhooks.client.connections(), 0);
}

sending_on_both! {
    async fn a_node_knows_the_times_of_the_retries_that_another_left(world: World) {
        let receiver = Receiver::answering(|_| Reply::status(500)).await;
        let id = WebhookSpec::at(receiver.url()).make(&world).await;
        let hook = TestHook::new(1, |_| Fate::Body(0));
        let sender = world.app.webhooks.clone();
        let first = RunningNode::with(&world, "a", sender.clone(), hook.hooks(), 10);
        create_agents(&world, names(0..1)).await;
        until("the log", || async { deliveries(&world, id).await.len() == 1 }).await;
        first.end().await;
        receiver.answer(|_| Reply::ok());
        // Nothing wakes this node but its own timer.
        let _second = RunningNode::with(&world, "b", sender, hook.hooks(), 10);
        world.test.clock.advance(1_001);
        until_all(&world, id, 1, DeliveryState::Delivered).await;
    }
}
