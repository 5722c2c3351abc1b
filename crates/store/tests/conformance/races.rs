//! Tests of concurrent writers: one customer per address, no deadlock, at any isolation level of the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use heddle_domain::InboxScope;
use heddle_domain::conversation::StatusWish;
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::CustomerId;
use heddle_store::write::CreateConversation;
use heddle_store::write::change::{Change, ChangeConversations, ChangeItem};
use heddle_store::{Engine, Error, Result, Store, Trouble, Tx, Write};
use heddle_testkit::postgres::Database;
use heddle_testkit::{On, TIMEOUT, TestStore};

use crate::conversations::{concurrent_chains, merge, survivors_are_unmerged};
use crate::sending::sending;
use crate::tenant::{Tenant, by_email, call, call_from, opened};

/// Creates conversations by the same new address at once: all must belong to one customer.
async fn same_address(tenant: &Tenant, address: &str, at_once: usize) {
    let spellings = [
        address.to_owned(),
        address.to_uppercase(),
        format!(" {address}"),
    ];
    let creations = (0..at_once).map(|at| {
        let named = by_email(&spellings[at % 3]);
        let create = tenant.creation(named, vec![call("Hello")]);
        tenant.store.write(create)
    });
    let created = futures_util::future::join_all(creations).await;
    let mut customers: Vec<CustomerId> = created
        .into_iter()
        .map(|created| created.expect("each is made").conversation.customer)
        .collect();
    customers.dedup();
    assert_eq!(customers.len(), 1, "{customers:?}");
}

async fn concurrent_creations_by_one_address_create_one_customer(on: On) {
    let (_test, tenant) = opened(on).await;
    for round in 0..5 {
        same_address(&tenant, &format!("round{round}@example.com"), 16).await;
    }
    assert_eq!(tenant.table("email_owner").await.len(), 5);
    assert_eq!(tenant.table("customer").await.len(), 6);
    assert_eq!(tenant.table("conversation").await.len(), 80);
}

/// Returns a command that creates a conversation of the first customer, with one message from each customer.
fn by_all(tenant: &Tenant, customers: &[CustomerRef]) -> CreateConversation {
    let mut messages = vec![call("Hello")];
    messages.extend(customers[1..].iter().map(|c| call_from(c.clone(), "Hello")));
    tenant.creation(customers[0].clone(), messages)
}

/// Runs commands that name several new addresses, each in another order.
async fn opposite_orders(tenant: &Tenant, rounds: usize) {
    for round in 0..rounds {
        let addresses: Vec<String> = (0..4)
            .map(|at| format!("{at}.{round}@example.com"))
            .collect();
        let creations = (0..8).map(|turn| {
            let mut named: Vec<CustomerRef> = addresses.iter().map(|a| by_email(a)).collect();
            named.rotate_left(turn % 4);
            if turn % 2 == 0 {
                named.reverse();
            }
            tenant.store.write(by_all(tenant, &named))
        });
        for created in futures_util::future::join_all(creations).await {
            created.expect("each is made");
        }
    }
    assert_eq!(tenant.table("email_owner").await.len(), 4 * rounds);
    assert_eq!(tenant.table("customer").await.len(), 4 * rounds + 1);
    assert_eq!(tenant.store.check().await, Ok(Vec::new()));
}

async fn several_addresses_in_opposite_orders_do_not_deadlock(on: On) {
    let (_test, tenant) = opened(on).await;
    opposite_orders(&tenant, 5).await;
}

async fn concurrent_creations_and_additions_by_the_same_addresses_succeed(on: On) {
    let (_test, tenant) = opened(on).await;
    let ids = [
        tenant.conversation().await.id,
        tenant.conversation().await.id,
    ];
    for round in 0..5 {
        let addresses = [
            format!("a{round}@example.com"),
            format!("b{round}@example.com"),
        ];
        let append = |turn: usize| {
            let entries = [ids[turn % 2], ids[(turn + 1) % 2]];
            let senders = [&addresses[turn % 2], &addresses[(turn + 1) % 2]];
            let entries = entries.into_iter().zip(senders).map(|(id, sender)| {
                let message = call_from(by_email(sender), "on behalf");
                (id, message, StatusWish::Keep)
            });
            tenant.store.write(tenant.appending(entries.collect()))
        };
        let create = |turn: usize| {
            let named = [turn % 2, (turn + 1) % 2].map(|at| by_email(&addresses[at]));
            tenant.store.write(by_all(&tenant, &named))
        };
        let (a, b, c, d) = tokio::join!(append(0), create(1), append(1), create(0));
        let failed = [a.err(), b.err(), c.err(), d.err()];
        assert_eq!(failed, [const { None::<Error> }; 4]);
    }
    assert_eq!(tenant.table("email_owner").await.len(), 10);
}

async fn concurrent_additions_to_one_conversation_are_all_counted(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let additions = (0..60).map(|at| {
        let tenant = tenant.clone();
        async move { tenant.append(id, call(&at.to_string())).await }
    });
    let appended = futures_util::future::join_all(additions).await;
    // The count after each addition shows the order of the commits. Message ids and event ids must have the same
    // order.
    let mut order: Vec<(i64, i64, i64)> = appended
        .into_iter()
        .map(|appended| {
            let appended = appended.expect("each is added");
            let after = &appended.conversations[0];
            (
                after.messages,
                appended.messages[0].id.get(),
                after.last_event_id,
            )
        })
        .collect();
    order.sort_unstable();
    let counts: Vec<i64> = order.iter().map(|(count, ..)| *count).collect();
    assert_eq!(counts, (2..=61).collect::<Vec<i64>>());
    assert!(
        order.is_sorted_by(|a, b| a.1 < b.1 && a.2 < b.2),
        "{order:?}"
    );
    let stored = tenant.get(id).await;
    assert_eq!(
        (stored.messages, Some(stored.last_message_id)),
        (61, order.last().map(|last| last.1))
    );
}

on_both!(
    concurrent_creations_by_one_address_create_one_customer,
    several_addresses_in_opposite_orders_do_not_deadlock,
    concurrent_creations_and_additions_by_the_same_addresses_succeed,
    concurrent_additions_to_one_conversation_are_all_counted,
);

/// Returns a store on PostgreSQL whose connections have a given parameter.
pub(crate) async fn set(parameter: &str, value: &str) -> (TestStore, Tenant) {
    let mut test = TestStore::open(On::Postgres).await;
    test.store.close().await.expect("the store closes");
    let database = test.database.clone().expect("a database");
    database.set(parameter, value).await;
    test.store = Store::open(&test.options, test.clock.clone() as _)
        .await
        .expect("the store opens");
    let tenant = Tenant::in_store(&test.store).await;
    (test, tenant)
}

/// Returns the number of deadlocks in the test's database. A command that meets one runs again and succeeds, so only
/// this number shows it. Closes the store, because a session reports its count when it ends.
pub(crate) async fn deadlocks(test: &TestStore) -> i64 {
    const OTHERS: &str = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    const FOUND: &str = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    test.store.close().await.expect("the store closes");
    let client = test.database.as_ref().expect("a database").connect().await;
    let number = |sql| {
        let client = &client;
        async move {
            client
                .query_one(sql, &[])
                .await
                .expect("a count")
                .get::<_, i64>(0)
        }
    };
    let alone = async { while number(OTHERS).await > 0 {} };
    let come = tokio::time::timeout(TIMEOUT, alone).await;
    come.expect("the store's sessions end");
    number(FOUND).await
}

/// With a deadlock timeout of 10 ms: if the lock order allowed a deadlock, the server would find it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_deadlock_is_found_with_a_short_timeout() {
    let (test, tenant) = set("deadlock_timeout", "10ms").await;
    opposite_orders(&tenant, 8).await;
    for round in 0..4 {
        same_address(&tenant, &format!("same{round}@example.com"), 12).await;
    }
    assert_eq!(deadlocks(&test).await, 0);
}

/// Each chain locks conversations that its neighbours lock too, in every order of ids.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_chains_of_merges_do_not_deadlock() {
    let (test, tenant) = set("deadlock_timeout", "10ms").await;
    concurrent_chains(&test, &tenant, 12).await;
    assert_eq!(tenant.store.check().await, Ok(Vec::new()));
    assert_eq!(deadlocks(&test).await, 0);
}

/// Another merge ends while this one waits for a lock, and adds to the conversations that this one must redirect.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_starts_over_if_another_merge_changed_what_it_must_redirect() {
    let (test, tenant) = opened(On::Postgres).await;
    // The survivor has the smallest id, so the merge locks it first.
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(tenant.conversation().await.id);
    }
    let (last, middle, first) = (ids[0], ids[1], ids[2]);
    let database = test.database.as_ref().expect("a database");
    let rival = database.connect().await;
    let lock = format!("BEGIN; SELECT 1 FROM conversation WHERE id = {last} FOR UPDATE");
    run(&rival, lock).await;
    let runs = Arc::new(AtomicUsize::new(0));
    let command = Counted(merge(&tenant, middle, last), Arc::clone(&runs));
    let store = tenant.store.clone();
    let merging = tokio::spawn(async move { store.write(command).await });
    until_blocked(database, 1).await;
    let earlier = tenant.store.write(merge(&tenant, first, middle)).await;
    earlier.expect("the earlier merge");
    run(&rival, "COMMIT".to_owned()).await;
    merging.await.expect("no panic").expect("the later merge");
    assert_eq!(runs.load(Ordering::Relaxed), 2);
    survivors_are_unmerged(&test).await;
    assert_eq!(tenant.get(last).await.contacts, 3);
}

pub(crate) async fn run(client: &tokio_postgres::Client, sql: String) {
    let ran = client.batch_execute(&sql).await;
    ran.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Another session ignores the lock order and makes a command the victim of a deadlock. The command runs again and
/// succeeds, and the server counts the deadlock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_is_counted_though_the_command_succeeds() {
    let (test, tenant) = set("deadlock_timeout", "10ms").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(tenant.conversation().await.id);
    }
    let database = test.database.as_ref().expect("a database");
    let (gate, rival) = (database.connect().await, database.connect().await);
    let lock = |at: usize| {
        format!(
            "SELECT 1 FROM conversation WHERE id = {} FOR UPDATE",
            ids[at]
        )
    };
    run(&gate, format!("BEGIN; {}", lock(1))).await;
    // This session never checks for deadlocks, so the command does.
    run(
        &rival,
        format!("SET deadlock_timeout = '1h'; BEGIN; {}", lock(2)),
    )
    .await;
    let calls = ids
        .iter()
        .map(|id| (*id, call("all three"), StatusWish::Keep));
    let append = tenant.appending(calls.collect());
    let store = tenant.store.clone();
    let appending = tokio::spawn(async move { store.write(append).await });
    until_blocked(database, 1).await;
    let first = run(&rival, lock(0));
    let closing = async {
        until_blocked(database, 2).await;
        run(&gate, "COMMIT".to_owned()).await;
    };
    tokio::join!(first, closing);
    run(&rival, "COMMIT".to_owned()).await;
    appending.await.expect("no panic").expect("it is added");
    drop((gate, rival));
    assert_eq!(tenant.get(ids[2]).await.messages, 2);
    // A command may run again and be the victim of a deadlock a second time, so the number can be greater than 1.
    assert!(deadlocks(&test).await > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serialisation_failures_are_retried_until_they_succeed() {
    let (_test, tenant) = set("default_transaction_isolation", "serializable").await;
    opposite_orders(&tenant, 3).await;
    same_address(&tenant, "same@example.com", 8).await;
    let id = tenant.conversation().await.id;
    let additions = (0..20).map(|at| {
        let tenant = tenant.clone();
        async move { tenant.append(id, call(&at.to_string())).await }
    });
    for appended in futures_util::future::join_all(additions).await {
        appended.expect("each is added");
    }
    assert_eq!(tenant.get(id).await.messages, 21);
}

/// The addresses sort against the ids of their customers. While the command waits for the first customer by id, another
/// session can lock the second one, so the command does not have it yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customers_found_by_address_are_locked_in_the_order_of_their_ids() {
    let (test, tenant) = opened(On::Postgres).await;
    let mut owners = Vec::new();
    for email in ["z@example.com", "y@example.com", "a@example.com"] {
        let create = tenant.creation(by_email(email), vec![call("Hello")]);
        let created = tenant.store.write(create).await.expect("it is made");
        owners.push(created.conversation.customer);
    }
    assert!(owners.is_sorted());
    let target = tenant.conversation().await.id;
    let senders = ["a@example.com", "z@example.com"].map(by_email);
    let senders = senders.into_iter().chain([CustomerRef::Id(owners[1])]);
    let entries = senders.map(|sender| (target, call_from(sender, "Hello"), StatusWish::Keep));
    let append = tenant.appending(entries.collect());
    let create = by_all(
        &tenant,
        &[
            by_email("a@example.com"),
            CustomerRef::Id(owners[1]),
            by_email("z@example.com"),
        ],
    );
    let database = test.database.as_ref().expect("a database");
    let (gate, rival) = (database.connect().await, database.connect().await);
    let lock = |at: usize, end: &str| {
        let id = owners[at];
        format!("BEGIN; SELECT 1 FROM customer WHERE id = {id} FOR UPDATE {end}")
    };
    let append = {
        let store = tenant.store.clone();
        async move { store.write(append).await.map(drop) }
    };
    let create = {
        let store = tenant.store.clone();
        async move { store.write(create).await.map(drop) }
    };
    let commands: [futures_util::future::BoxFuture<'static, _>; 2] =
        [Box::pin(append), Box::pin(create)];
    for command in commands {
        run(&gate, lock(0, "")).await;
        let running = tokio::spawn(command);
        until_blocked(database, 1).await;
        for at in [1, 2] {
            run(&rival, lock(at, "NOWAIT")).await;
            run(&rival, "COMMIT".to_owned()).await;
        }
        run(&gate, "COMMIT".to_owned()).await;
        running.await.expect("no panic").expect("it is written");
    }
}

/// Each change names a customer; the changes are in the opposite order of the customers' ids.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_many_conversations_lock_the_customers_in_the_order_of_their_ids() {
    let (test, tenant) = opened(On::Postgres).await;
    let mut customers = Vec::new();
    for _ in 0..2 {
        customers.push(tenant.new_customer(None, None).await);
    }
    assert!(customers.is_sorted());
    let mut items = Vec::new();
    for customer in customers.iter().rev() {
        let conversation = tenant.conversation().await.id;
        items.push(ChangeItem {
            conversation,
            expected: None,
            change: Change {
                customer: Some(*customer),
                ..Change::default()
            },
        });
    }
    let command = ChangeConversations {
        caller: tenant.caller.clone(),
        inboxes: InboxScope::All,
        items,
    };
    let database = test.database.as_ref().expect("a database");
    let (gate, rival) = (database.connect().await, database.connect().await);
    let lock = |at: usize, end: &str| {
        let id = customers[at];
        format!("BEGIN; SELECT 1 FROM customer WHERE id = {id} FOR UPDATE {end}")
    };
    run(&gate, lock(0, "")).await;
    let store = tenant.store.clone();
    let running = tokio::spawn(async move { store.write(command).await });
    until_blocked(database, 1).await;
    run(&rival, lock(1, "NOWAIT")).await;
    run(&rival, "COMMIT".to_owned()).await;
    run(&gate, "COMMIT".to_owned()).await;
    let changed = running.await.expect("no panic").expect("they are changed");
    assert!(changed.iter().all(Result::is_ok));
}

/// Waits until this many sessions of the database wait for a lock; polls, because the server sends no notification.
pub(crate) async fn until_blocked(database: &Database, sessions: i64) {
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let watcher = database.connect().await;
    let count = || async { watcher.query_one(waiting, &[]).await.expect("a count") };
    let blocked = async { while count().await.get::<_, i64>(0) < sessions {} };
    let come = tokio::time::timeout(TIMEOUT, blocked).await;
    come.expect("somebody waits for a lock");
}

/// Counts how often a command runs.
struct Counted<W>(W, Arc<AtomicUsize>);

impl<W: Write> Write for Counted<W> {
    type Out = W::Out;
    const NAME: &'static str = W::NAME;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<W::Out> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.apply(tx).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_serialisation_failure_runs_the_command_again() {
    let (test, tenant) = set("default_transaction_isolation", "serializable").await;
    let id = tenant.conversation().await.id;
    let database = test.database.as_ref().expect("a database");
    let rival = database.connect().await;
    rival
        .batch_execute("BEGIN; UPDATE conversation SET subject = 'taken'")
        .await
        .expect("the row is locked");
    let runs = Arc::new(AtomicUsize::new(0));
    let append = tenant.appending(vec![(id, call("late"), StatusWish::Keep)]);
    let command = Counted(append, Arc::clone(&runs));
    let store = tenant.store.clone();
    let appending = tokio::spawn(async move { store.write(command).await });
    until_blocked(database, 1).await;
    rival.batch_execute("COMMIT").await.expect("the rival wins");
    appending.await.expect("no panic").expect("it is added");
    assert_eq!(runs.load(Ordering::Relaxed), 2);
    let after = tenant.get(id).await;
    assert_eq!((after.messages, after.subject.as_str()), (2, "taken"));
}

/// Another session holds a row for longer than a command waits for a lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_waits_for_a_lock_for_a_limited_time() {
    let (mut test, tenant) = opened(On::Postgres).await;
    let id = tenant.conversation().await.id;
    test.store.close().await.expect("the store closes");
    let Engine::Postgres(options) = &mut test.options.engine else {
        panic!("a store on PostgreSQL is wanted");
    };
    let separator = if options.url.contains('?') { '&' } else { '?' };
    options.url = format!("{}{separator}options=-c%20lock_timeout%3D50ms", options.url);
    let store = Store::open(&test.options, test.clock.clone() as _).await;
    let tenant = Tenant {
        store: store.expect("the store opens"),
        ..tenant
    };
    let rival = test.database.as_ref().expect("a database").connect().await;
    let lock = format!("BEGIN; SELECT 1 FROM conversation WHERE id = {id} FOR UPDATE");
    run(&rival, lock).await;
    let refused = tenant.append(id, call("too late")).await;
    assert!(
        matches!(refused, Err(Error::Trouble(Trouble::Overloaded(_)))),
        "{refused:?}"
    );
    run(&rival, "COMMIT".to_owned()).await;
    tenant
        .append(id, call("in time"))
        .await
        .expect("it is added");
    assert_eq!(tenant.get(id).await.messages, 2);
}

/// The customer is merged after its conversation was picked, and before the customer is locked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_stored_with_the_customer_who_was_pinned() {
    let (test, tenant) = opened(On::Postgres).await;
    let id = tenant.conversation().await.id;
    let survivor = tenant.new_customer(None, None).await;
    let database = test.database.as_ref().expect("a database");
    let rival = database.connect().await;
    run(
        &rival,
        format!("BEGIN; SELECT 1 FROM conversation WHERE id = {id} FOR UPDATE"),
    )
    .await;
    let (store, send) = (tenant.store.clone(), sending(&tenant, tenant.customer));
    let sent = tokio::spawn(async move { store.write(send).await });
    until_blocked(database, 1).await;
    let merged = tenant.merge(tenant.customer, survivor).await;
    merged.expect("the customers are merged");
    run(&rival, "COMMIT".to_owned()).await;
    let sent = sent.await.expect("no panic").expect("it is sent");
    assert_eq!(sent.customer, survivor);
    let messages = tenant.messages(sent.conversation.id).await;
    assert_eq!(messages.last().map(|m| m.customer), Some(survivor));
}

/// The owner of an address is erased after the address was looked up, and before the owner is locked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_whose_owner_is_erased_meanwhile_gets_a_new_owner() {
    let (test, tenant) = opened(On::Postgres).await;
    let owner = tenant.new_customer(None, Some("ann@example.com")).await;
    let database = test.database.as_ref().expect("a database");
    let rival = database.connect().await;
    run(
        &rival,
        format!("BEGIN; DELETE FROM email_owner WHERE customer_id = {owner}"),
    )
    .await;
    run(
        &rival,
        format!("UPDATE customer SET erased_at = 1 WHERE id = {owner}"),
    )
    .await;
    let named = [
        CustomerRef::Id(tenant.customer),
        by_email("ann@example.com"),
    ];
    let (store, command) = (tenant.store.clone(), by_all(&tenant, &named));
    let created = tokio::spawn(async move { store.write(command).await });
    until_blocked(database, 1).await;
    run(&rival, "COMMIT".to_owned()).await;
    let created = created.await.expect("no panic").expect("it is made");
    let messages = tenant.messages(created.conversation.id).await;
    let customers: Vec<CustomerId> = messages.iter().map(|m| m.customer).collect();
    assert_eq!(customers.len(), 2);
    assert!(!customers.contains(&owner), "{customers:?}");
}
