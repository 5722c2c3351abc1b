//! Tests of several nodes on one PostgreSQL database: slots of time-ordered ids, different clocks, a paused node.

use std::collections::HashSet;
use std::sync::Arc;

use heddle_domain::id::TimeId;
use heddle_domain::{AccountId, ConversationId, EntityKind};
use heddle_store::{Clock, Error, Options, Store, Trouble};
use heddle_testkit::{ManualClock, On, TestStore};

use crate::tenant::{Tenant, call, opened};

/// Starts another node on the same database; its clock is `ahead` ms ahead of the first node's clock.
pub(crate) async fn node(test: &TestStore, ahead: i64) -> (Store, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new());
    clock.advance(test.clock.now().0 - ManualClock::START.0 + ahead);
    let opened = Store::open(&test.options, clock.clone() as _).await;
    (opened.expect("the node starts"), clock)
}

pub(crate) fn on_node(tenant: &Tenant, store: &Store) -> Tenant {
    Tenant {
        store: store.clone(),
        ..tenant.clone()
    }
}

/// Adds a message; returns its id.
async fn add(tenant: &Tenant, id: ConversationId) -> i64 {
    let appended = tenant.append(id, call("next")).await.expect("it is added");
    appended.messages[0].id.get()
}

fn slot_of(id: i64) -> i64 {
    (id >> 6) & 63
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_of_a_conversation_grow_for_any_node_and_any_clock() {
    let (test, first) = opened(On::Postgres).await;
    let mut nodes = vec![first.clone()];
    for ahead in [7_000, -4_000, 60_000] {
        let (store, _) = node(&test, ahead).await;
        nodes.push(on_node(&first, &store));
    }
    let id = first.conversation().await.id;
    let mut last = tenant_last(&first, id).await;
    let mut slots = HashSet::new();
    for turn in 0..40 {
        let message = add(&nodes[turn * 7 % 4], id).await;
        let after = tenant_last(&first, id).await;
        assert!(message > last.0 && after.1 > last.1, "turn {turn}");
        assert_eq!(after.0, message);
        slots.insert(slot_of(message));
        last = after;
    }
    assert_eq!(slots.len(), 4, "each node has a slot of its own");

    // All additions run at once: the order of the commits must equal the order of the ids.
    let additions = (0..60).map(|turn| {
        let tenant = nodes[turn % 4].clone();
        tokio::spawn(async move { tenant.append(id, call("at once")).await })
    });
    let mut order: Vec<(i64, i64, i64)> = Vec::new();
    for appended in futures_util::future::join_all(additions).await {
        let appended = appended.expect("no panic").expect("it is added");
        let after = &appended.conversations[0];
        order.push((
            after.messages,
            appended.messages[0].id.get(),
            after.last_event_id,
        ));
    }
    order.sort_unstable();
    assert!(
        order.is_sorted_by(|a, b| a.0 + 1 == b.0 && a.1 < b.1 && a.2 < b.2),
        "{order:?}"
    );
}

async fn tenant_last(tenant: &Tenant, id: ConversationId) -> (i64, i64) {
    let c = tenant.get(id).await;
    (c.last_message_id, c.last_event_id)
}

/// Reserves every free slot (node number) until the time `until`.
async fn take_the_rest(test: &TestStore, until: i64) {
    let client = test.database.as_ref().expect("a database").connect().await;
    let fill = "INSERT INTO node_slot (slot, holder, reserved_until_ms)
        SELECT slot, 'elsewhere', $1 FROM generate_series(0, 63) slot
        ON CONFLICT (slot) DO UPDATE SET reserved_until_ms = excluded.reserved_until_ms
        WHERE node_slot.holder = 'elsewhere'";
    client
        .execute(fill, &[&until])
        .await
        .expect("slots are taken");
}

/// Returns the slots (node numbers) and the nodes that hold them.
async fn slot_holders(test: &TestStore) -> Vec<(i64, String)> {
    let client = test.database.as_ref().expect("a database").connect().await;
    let held = "SELECT slot, holder FROM node_slot WHERE holder <> 'elsewhere' ORDER BY slot";
    let rows = client.query(held, &[]).await.expect("slots");
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_node_repeats_no_id_of_the_node_that_took_its_slot() {
    let (test, paused) = opened(On::Postgres).await;
    let id = paused.conversation().await.id;
    let far = test.clock.now().0 + 240_000;
    // The migration of the template database once held a slot; that reservation has expired, as the first node's
    // will.
    let client = test.database.as_ref().expect("a database").connect().await;
    let before = add(&paused, id).await;
    let own = slot_of(before);
    client
        .execute("DELETE FROM node_slot WHERE slot <> $1", &[&own])
        .await
        .expect("others are forgotten");
    take_the_rest(&test, far).await;

    // Ten seconds pass for the new node but not for the paused one. The only expired slot is the paused node's.
    let (store, _) = node(&test, 10_000).await;
    let taker = on_node(&paused, &store);
    let taken = add(&taker, id).await;
    assert_eq!(slot_of(taken), own);
    assert!(TimeId(taken).created_at().0 > TimeId(before).created_at().0 + 3_000);

    // The paused node continues. In this conversation its next id must be above the other node's, so it must reserve,
    // which fails.
    let refused = paused.append(id, call("awake")).await;
    assert!(matches!(
        refused.err(),
        Some(Error::Trouble(Trouble::Overloaded(_)))
    ));
    // In another conversation the paused node may use the ids that it reserved before; the other node's ids begin above
    // them.
    let elsewhere = paused.create(vec![call("elsewhere")]).await;
    let within = elsewhere.messages[0].id.get();
    assert!(within > before && TimeId(within).created_at() < TimeId(taken).created_at());

    // Lets the reservation of one slot expire.
    client
        .execute(
            "DELETE FROM node_slot WHERE slot = $1",
            &[&((own + 1) % 64)],
        )
        .await
        .expect("one is freed");
    let next = add(&paused, id).await;
    assert!(next > taken);
    assert_eq!(slot_of(next), (own + 1) % 64);
    let holders = slot_holders(&test).await;
    assert_eq!(holders.len(), 2);
    assert_ne!(holders[0].1, holders[1].1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_65th_node_is_refused_until_a_slot_expires() {
    let test = TestStore::open(On::Postgres).await;
    let until = test.clock.now().0 + 20_000;
    take_the_rest(&test, until).await;
    // For this clock, the first node's slot has expired.
    let clock = Arc::new(ManualClock::new());
    let start = |clock: &Arc<ManualClock>, options: &Options| {
        let (clock, options) = (clock.clone(), options.clone());
        async move { Store::open(&options, clock as _).await }
    };
    let refused = start(&clock, &test.options).await.err();
    assert!(
        matches!(refused, Some(Error::Trouble(Trouble::Overloaded(_)))),
        "{refused:?}"
    );
    clock.advance(20_001);
    start(&clock, &test.options).await.expect("a slot is over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_clock_steps_back_ids_still_grow() {
    let (test, tenant) = opened(On::Postgres).await;
    let id = tenant.conversation().await.id;
    let mut last = 0;
    for step in [0, 5_000, -3_600_000, 10, -86_400_000] {
        test.clock.advance(step);
        for _ in 0..5 {
            let message = add(&tenant, id).await;
            assert!(message > last, "after a step of {step}");
            last = message;
            // A new conversation has no earlier id to exceed, so only the node's generator keeps the order.
            let other = tenant.create(vec![call("other")]).await.messages[0]
                .id
                .get();
            assert!(other > last, "after a step of {step}");
            last = other;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_share_the_counters() {
    let (test, _tenant) = opened(On::Postgres).await;
    let (other, _) = node(&test, 0).await;
    let mut seen = HashSet::new();
    for turn in 0..200 {
        let store = if turn % 3 == 0 { &other } else { &test.store };
        let number = store
            .take_id(AccountId(9), EntityKind::Tag)
            .await
            .expect("an id");
        assert!(seen.insert(number), "{number} was given twice");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_at_once_migrate_once() {
    let cluster = heddle_testkit::postgres::Cluster::shared();
    let database = cluster.create_database().await;
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        engine: heddle_store::Engine::Postgres(heddle_store::PostgresOptions {
            url: database.url(),
            pool_size: 2,
            notify: false,
        }),
        objects: folder.path().join("objects").into(),
    };
    let starting = (0..6).map(|_| {
        let options = options.clone();
        tokio::spawn(async move { Store::open(&options, Arc::new(ManualClock::new()) as _).await })
    });
    for node in futures_util::future::join_all(starting).await {
        node.expect("no panic").expect("each starts");
    }
    let client = database.connect().await;
    let slots = "SELECT count(DISTINCT holder), count(*) FROM node_slot";
    let slots = client.query_one(slots, &[]).await.expect("slots");
    assert_eq!((slots.get::<_, i64>(0), slots.get::<_, i64>(1)), (6, 6));
    let leases = client
        .query_one("SELECT count(*) FROM lease", &[])
        .await
        .expect("leases");
    assert_eq!(leases.get::<_, i64>(0), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_completes_the_migration_of_a_node_that_died() {
    let cluster = heddle_testkit::postgres::Cluster::shared();
    let database = cluster.create_database().await;
    let clock = Arc::new(ManualClock::new());
    let client = database.connect().await;
    client
        .batch_execute("CREATE TABLE lease (name TEXT NOT NULL PRIMARY KEY, holder TEXT NOT NULL, until_ms BIGINT NOT NULL)")
        .await
        .expect("a table");
    let lease = "INSERT INTO lease (name, holder, until_ms) VALUES ('migration', 'dead', $1)";
    let until = clock.now().0 + 60_000;
    client.execute(lease, &[&until]).await.expect("a lease");
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        engine: heddle_store::Engine::Postgres(heddle_store::PostgresOptions {
            url: database.url(),
            pool_size: 2,
            notify: false,
        }),
        objects: folder.path().join("objects").into(),
    };
    let opening = tokio::spawn({
        let clock = clock.clone();
        async move { Store::open(&options, clock as _).await }
    });
    // The new node waits until the lease expires; no table is created meanwhile.
    let tables =
        "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename = 'message'";
    let made: i64 = client.query_one(tables, &[]).await.expect("a count").get(0);
    assert_eq!(made, 0);
    clock.advance(60_001);
    opening.await.expect("no panic").expect("it follows");
}
