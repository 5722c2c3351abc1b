//! Tests with many concurrent writers, readers and nodes that stop at random: no reader skips a position, a named
//! reader stores each event exactly once, and the feed contains every acknowledged change.

use heddle_domain::InboxScope;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use heddle_domain::conversation::Status;
use heddle_domain::id::ConversationId;
use heddle_store::read::feed::{FeedEvent, ReadFeed};
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::counts::Counts;
use heddle_store::write::merge::MergeConversations;
use heddle_store::{Error, Options, Refusal, Store, Trouble};
use heddle_testkit::{ManualClock, On, TestStore};
use tokio::task::{JoinHandle, JoinSet};

use super::{Trail, trail, whole};
use crate::conversations::survivors_are_unmerged;
use crate::dice::Dice;
use crate::tenant::{Tenant, call};

const WRITERS: usize = 4;
const WRITES: usize = 60;
/// How many further nodes start and stop during the test, on PostgreSQL.
const MORTALS: usize = 6;

/// The state that all tasks share.
#[derive(Clone)]
struct Stage {
    tenant: Tenant,
    options: Options,
    clock: Arc<ManualClock>,
    /// The number of writers that are still running.
    writing: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    /// The conversations of all writers, so that they compete for the same ones.
    ids: Arc<Mutex<Vec<ConversationId>>>,
}

impl Stage {
    /// Returns a random conversation, of any writer.
    fn pick(&self, dice: &mut Dice) -> ConversationId {
        dice.pick(&self.ids.lock().expect("no writer panics"))
    }

    fn add(&self, id: ConversationId) {
        self.ids.lock().expect("no writer panics").push(id);
    }

    fn on(&self, store: &Store) -> Tenant {
        Tenant {
            store: store.clone(),
            ..self.tenant.clone()
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}

/// Turns the errors that a busy store may return into `None`; they all mean that nothing was written.
fn lost_races<T>(answer: Result<T, Error>) -> Option<T> {
    match answer {
        Ok(value) => Some(value),
        Err(
            Error::Trouble(Trouble::Overloaded(_))
            | Error::Refused(Refusal::NotFound(_) | Refusal::MergedConversation { .. }),
        ) => None,
        Err(error) => panic!("{error}"),
    }
}

/// Creates conversations, adds messages, changes and merges conversations. Returns the conversation's last event after
/// each acknowledged write.
async fn write(stage: Stage, seed: u64) -> Vec<(ConversationId, i64)> {
    let mut dice = Dice::new(seed);
    let tenant = &stage.tenant;
    let mut acknowledged = Vec::new();
    stage.add(tenant.conversation().await.id);
    for turn in 0..WRITES {
        stage.clock.advance(dice.roll(3) as i64);
        let id = stage.pick(&mut dice);
        let after = match dice.roll(6) {
            0 => {
                let created = tenant.conversation().await;
                stage.add(created.id);
                Some(created)
            }
            1..=3 => {
                let added = tenant.append(id, call(&turn.to_string())).await;
                lost_races(added).map(|mut added| added.conversations.remove(0))
            }
            4 => {
                let status = [Status::Pending, Status::Closed, Status::Spam][dice.roll(3)];
                let change = ChangeConversation::new(
                    tenant.caller.clone(),
                    id,
                    Change {
                        status: Some(status),
                        ..Change::default()
                    },
                );
                lost_races(tenant.store.write(change).await).map(|shown| shown.conversation)
            }
            _ => {
                let from = stage.pick(&mut dice);
                let merge = MergeConversations {
                    caller: tenant.caller.clone(),
                    from,
                    into: id,
                    inboxes: InboxScope::All,
                    expected: None,
                };
                match from == id {
                    true => None,
                    false => {
                        lost_races(tenant.store.write(merge).await).map(|shown| shown.conversation)
                    }
                }
            }
        };
        acknowledged.extend(after.map(|c| (c.id, c.last_event_id)));
    }
    stage.writing.fetch_sub(1, Ordering::SeqCst);
    acknowledged
}

const POLL: Duration = Duration::from_millis(20);

/// Reads the feed until all writers are done and no event is left; returns the events.
async fn observe(stage: Stage, limit: usize) -> Vec<FeedEvent> {
    let (mut seen, mut after) = (Vec::new(), 0);
    let mut feed = stage.tenant.store.feed();
    loop {
        // Checked before the page is read: if it is true, the page is the last.
        let over = stage.is_over();
        let read = ReadFeed {
            account: stage.tenant.account,
            after,
            limit,
        };
        let page = stage.tenant.store.read(read).await.expect("a page");
        seen.extend(page.events);
        if page.reached > after {
            after = page.reached;
        } else if over {
            return seen;
        } else {
            // The end of the writers gives no hint.
            feed.look_within(POLL);
            feed.changed().await;
        }
    }
}

/// Runs both named readers; drops and restarts them at random.
async fn follow(tenant: Tenant, over: Arc<AtomicBool>, seed: u64) {
    let mut dice = Dice::new(seed);
    while !over.load(Ordering::SeqCst) {
        // The set drops the readers when the task is dropped.
        let mut following = JoinSet::new();
        let (store, account) = (tenant.store.clone(), tenant.account);
        let which = dice.roll(2);
        following.spawn(async move {
            match which {
                0 => lost_races(store.catch_up::<Trail>(account).await),
                _ => lost_races(store.catch_up::<Counts>(account).await),
            }
        });
        for _ in 0..dice.roll(40) {
            tokio::task::yield_now().await;
        }
        if dice.roll(3) > 0 {
            following.abort_all();
        }
        match following.join_next().await.expect("it was begun") {
            Ok(_) => {}
            Err(aborted) if aborted.is_cancelled() => {}
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
    }
}

/// Runs a node's sequencer; drops and restarts it at random.
async fn sequence(store: Store, over: Arc<AtomicBool>, seed: u64) {
    let mut dice = Dice::new(seed);
    while !over.load(Ordering::SeqCst) {
        let mut sequencing = JoinSet::new();
        let node = store.clone();
        sequencing.spawn(async move { node.sequence(std::future::pending()).await });
        let also = store.drain_feed();
        for _ in 0..dice.roll(200) {
            tokio::task::yield_now().await;
        }
        if dice.roll(4) == 0 {
            lost_races(also.await);
        }
        sequencing.shutdown().await;
    }
}

/// Starts nodes that write, give positions to events and read the feed. Drops the nodes at random without closing them.
async fn come_and_go(stage: Stage, seed: u64) {
    let mut dice = Dice::new(seed);
    for _ in 0..MORTALS {
        if stage.writing.load(Ordering::SeqCst) == 0 {
            return;
        }
        let clock = Arc::new(ManualClock::new());
        // Each node has a different clock.
        clock.advance(dice.roll(4_000) as i64);
        let opened = Store::open(&stage.options, clock as _).await;
        let node = stage.on(&opened.expect("the node starts"));
        let over = Arc::new(AtomicBool::new(false));
        let tasks = [
            tokio::spawn(sequence(node.store.clone(), Arc::clone(&over), seed ^ 1)),
            tokio::spawn(follow(node.clone(), Arc::clone(&over), seed ^ 2)),
        ];
        let writer = tokio::spawn(write_until(node, Arc::clone(&over)));
        for _ in 0..dice.roll(2_000) {
            tokio::task::yield_now().await;
        }
        over.store(true, Ordering::SeqCst);
        for task in tasks {
            task.abort();
            match task.await {
                Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
                _ => {}
            }
        }
        // Statements that were sent are committed even if their sender is gone, so this waits for the last of them.
        writer.await.expect("a writer does not panic");
    }
}

async fn write_until(tenant: Tenant, over: Arc<AtomicBool>) {
    while !over.load(Ordering::SeqCst) {
        let id = tenant.conversation().await.id;
        for turn in 0..5 {
            lost_races(tenant.append(id, call(&turn.to_string())).await);
        }
    }
}

/// Runs the whole scenario on one store and, on PostgreSQL, on further nodes.
async fn play(test: &TestStore, on: On) {
    let seed = uuid::Uuid::new_v4().as_u128() as u64;
    println!("seed {seed}");
    let stage = Stage {
        tenant: Tenant::in_store(&test.store).await,
        options: test.options.clone(),
        clock: Arc::clone(&test.clock),
        writing: Arc::new(AtomicUsize::new(WRITERS)),
        over: Arc::default(),
        ids: Arc::default(),
    };
    let mut others: Vec<JoinHandle<()>> = Vec::new();
    let observers = [1, 7, 500].map(|limit| tokio::spawn(observe(stage.clone(), limit)));
    for at in 0..2 {
        let over = Arc::clone(&stage.over);
        others.push(tokio::spawn(follow(stage.tenant.clone(), over, seed ^ at)));
    }
    if on == On::Postgres {
        let over = Arc::clone(&stage.over);
        others.push(tokio::spawn(sequence(test.store.clone(), over, seed ^ 11)));
    }
    let mortals = (on == On::Postgres).then(|| tokio::spawn(come_and_go(stage.clone(), seed ^ 13)));
    let writers: Vec<_> = (0..WRITERS as u64)
        .map(|at| tokio::spawn(write(stage.clone(), seed ^ (100 + at))))
        .collect();
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.expect("a writer does not panic"));
    }
    if let Some(mortals) = mortals {
        mortals.await.expect("a node does not panic");
    }
    // No writer is left, so the feed is complete after this.
    let drained = stage.tenant.store.drain_feed().await;
    assert_eq!(drained, Ok(()));
    stage.over.store(true, Ordering::SeqCst);
    for other in others {
        other.await.expect("it does not panic");
    }
    let mut seen = Vec::new();
    for observer in observers {
        seen.push(observer.await.expect("an observer does not panic"));
    }
    examine(&stage.tenant, &acknowledged, &seen).await;
    survivors_are_unmerged(test).await;
}

async fn examine(tenant: &Tenant, acknowledged: &[(ConversationId, i64)], seen: &[Vec<FeedEvent>]) {
    tenant.store.drain_feed().await.expect("it is drained");
    let all = whole(tenant, 100).await;
    assert!(all.is_sorted_by(|a, b| a.position < b.position));
    let ids: BTreeSet<i64> = all.iter().map(|event| event.id.get()).collect();
    assert_eq!(ids.len(), all.len(), "an event has two positions");
    let stored = tenant.table("event").await;
    let stored = stored.iter().filter(|row| !row.contains("|void|")).count();
    assert_eq!(stored, all.len(), "an event has no position");
    for (conversation, event) in acknowledged {
        assert!(
            ids.contains(event),
            "{conversation}: {event} is not in the feed"
        );
    }
    for seen in seen {
        assert_eq!(seen.len(), all.len(), "an observer skipped something");
        assert_eq!(seen, &all);
    }
    let mut last = std::collections::HashMap::new();
    for event in all.iter().filter(|event| event.conversation.is_some()) {
        let before = last.insert(event.conversation, event.id);
        assert!(before.is_none_or(|before| before < event.id), "{event:?}");
    }
    let caught_up = tenant.store.catch_up::<Trail>(tenant.account).await;
    assert_eq!(caught_up, Ok(()));
    let about: Vec<_> = all
        .iter()
        .filter(|event| event.conversation.is_some())
        .map(|event| (event.position, event.id.get()))
        .collect();
    assert_eq!(trail(tenant).await, about, "once each");
    assert_eq!(tenant.store.check().await, Ok(Vec::new()));
}

const ROUNDS: usize = 3;

async fn concurrent_readers_neither_skip_nor_repeat_events(on: On) {
    let test = TestStore::open(on).await;
    for _ in 0..ROUNDS {
        play(&test, on).await;
    }
}

on_both!(concurrent_readers_neither_skip_nor_repeat_events);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_readers_are_exact_with_serialisable_transactions() {
    let test = crate::races::set("default_transaction_isolation", "serializable")
        .await
        .0;
    play(&test, On::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_readers_are_exact_with_immediate_deadlock_detection() {
    let test = crate::races::set("deadlock_timeout", "10ms").await.0;
    play(&test, On::Postgres).await;
    assert_eq!(crate::races::deadlocks(&test).await, 0);
}
