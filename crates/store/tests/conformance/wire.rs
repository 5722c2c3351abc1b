//! PostgreSQL's connection breaks, on purpose, at chosen messages: before COMMIT a command runs again, around COMMIT its
//! outcome is unknown, and no broken or busy connection reaches the next caller.

mod proxy;

use std::sync::Arc;

use heddle_domain::id::ConversationId;
use heddle_store::read::account::GetAccount;
use heddle_store::read::conversations::GetConversation;
use heddle_store::write::credential::IssueToken;
use heddle_store::{Engine, Error, Options, PostgresOptions, Store};
use heddle_testkit::{On, TestStore};

use crate::tenant::{Tenant, call, opened};
use proxy::{Cut, Proxy};

/// A store whose one connection goes through a proxy, with a tenant and a conversation.
struct Wired {
    tenant: Tenant,
    proxy: Proxy,
    id: ConversationId,
    _test: TestStore,
}

async fn wired() -> Wired {
    let (test, tenant) = opened(On::Postgres).await;
    let id = tenant.conversation().await.id;
    let database = test.database.as_ref().expect("a database");
    let proxy = Proxy::start();
    let options = Options {
        engine: Engine::Postgres(PostgresOptions {
            url: proxy.url(database.name()),
            pool_size: 1,
        }),
        objects: test.options.objects.clone(),
    };
    let store = Store::open(&options, test.clock.clone() as _).await;
    let tenant = Tenant {
        store: store.expect("the store opens"),
        ..tenant
    };
    // Statements are prepared now, so that what follows is the same messages each time.
    tenant.append(id, call("first")).await.expect("it is added");
    Wired {
        tenant,
        proxy,
        id,
        _test: test,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_lost_before_commit_is_no_reason_to_fail() {
    let wired = wired().await;
    for cut in [Cut::Before("BEGIN"), Cut::After("BEGIN")] {
        let before = wired.tenant.get(wired.id).await.messages;
        wired.proxy.arm(cut);
        wired
            .tenant
            .append(wired.id, call("again"))
            .await
            .expect("it is added");
        assert!(!wired.proxy.is_armed(), "{cut:?} never happened");
        assert_eq!(
            wired.tenant.get(wired.id).await.messages,
            before + 1,
            "{cut:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_lost_around_commit_is_an_unknown_outcome() {
    let wired = wired().await;
    for (cut, written) in [(Cut::Before("COMMIT"), 0), (Cut::After("COMMIT"), 1)] {
        let before = wired.tenant.get(wired.id).await.messages;
        wired.proxy.arm(cut);
        let unknown = wired.tenant.append(wired.id, call("who knows")).await.err();
        assert!(
            matches!(unknown, Some(Error::Unavailable(_))),
            "{cut:?}: {unknown:?}"
        );
        assert!(!wired.proxy.is_armed(), "{cut:?} never happened");
        // Once at most: nothing was run again behind the caller's back.
        assert_eq!(
            wired.tenant.get(wired.id).await.messages,
            before + written,
            "{cut:?}"
        );
    }
    wired
        .tenant
        .append(wired.id, call("after"))
        .await
        .expect("it is added");
}

/// A command that only queues: BEGIN, its writes and COMMIT are one message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_travels_whole_is_unknown_as_soon_as_it_was_sent() {
    let wired = wired().await;
    let issue = |key: u8| IssueToken {
        account: wired.tenant.account,
        credential: heddle_domain::CredentialId(1),
        key_hash: [key; 32],
        expires_at: heddle_domain::Timestamp(i64::MAX),
    };
    wired.tenant.store.write(issue(1)).await.expect("a token");
    for (key, cut, tokens) in [(2, Cut::Before("BEGIN"), 1), (3, Cut::After("COMMIT"), 2)] {
        wired.proxy.arm(cut);
        let unknown = wired.tenant.store.write(issue(key)).await;
        assert!(
            matches!(unknown, Err(Error::Unavailable(_))),
            "{cut:?}: {unknown:?}"
        );
        assert_eq!(
            wired.tenant.table("credential_key").await.len(),
            tokens,
            "{cut:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_that_lost_its_connection_is_tried_again() {
    let wired = wired().await;
    for cut in [Cut::Before("BEGIN"), Cut::After("BEGIN")] {
        wired.proxy.arm(cut);
        wired.tenant.get(wired.id).await;
        assert!(!wired.proxy.is_armed(), "{cut:?} never happened");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_gone_is_told_as_such_and_comes_back() {
    let wired = wired().await;
    wired.proxy.refuse(true);
    let gone = wired
        .tenant
        .append(wired.id, call("nobody there"))
        .await
        .err();
    assert!(matches!(gone, Some(Error::Overloaded(_))), "{gone:?}");
    let gone = wired
        .tenant
        .store
        .read(GetAccount(wired.tenant.account))
        .await
        .err();
    assert!(matches!(gone, Some(Error::Overloaded(_))), "{gone:?}");
    wired.proxy.refuse(false);
    wired
        .tenant
        .append(wired.id, call("back"))
        .await
        .expect("it is added");
    assert_eq!(wired.tenant.get(wired.id).await.messages, 3);
}

/// The caller of a read goes away in its midst. The next user of the connection must not be in its snapshot, where nothing
/// can be written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_who_goes_away_leaves_the_connection_in_order() {
    let wired = wired().await;
    for _ in 0..30 {
        let read = GetConversation {
            account: wired.tenant.account,
            inboxes: Vec::new(),
            id: wired.id,
        };
        let reading = wired.tenant.store.read(read);
        futures_util::pin_mut!(reading);
        // One look, which sends BEGIN and the first statement, and away.
        assert!(futures_util::poll!(&mut reading).is_pending());
        tokio::task::yield_now().await;
        wired
            .tenant
            .append(wired.id, call("next"))
            .await
            .expect("it is added");
    }
    assert_eq!(wired.tenant.get(wired.id).await.messages, 32);
}

/// The same for a writer: what was sent is settled without it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_who_goes_away_leaves_all_or_nothing() {
    let wired = wired().await;
    for _ in 0..30 {
        let tenant = wired.tenant.clone();
        let id = wired.id;
        let writing = tenant.append(id, call("and away"));
        futures_util::pin_mut!(writing);
        assert!(futures_util::poll!(&mut writing).is_pending());
    }
    wired
        .tenant
        .append(wired.id, call("last"))
        .await
        .expect("it is added");
    // Each read waits for its turn at the one connection, so the others get theirs.
    let mut stored = 0;
    for _ in 0..1_000 {
        stored = wired.tenant.get(wired.id).await.messages;
        if stored == 33 {
            break;
        }
    }
    assert_eq!(stored, 33);
    assert_eq!(wired.tenant.store.check().await, Ok(Vec::new()));
}

/// Kills the server's side of a waiting command, as an administrator or a failover would.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_the_server_ends_is_tried_again() {
    let (test, tenant) = opened(On::Postgres).await;
    let id = tenant.conversation().await.id;
    let database = test.database.as_ref().expect("a database");
    let (rival, watcher) = (database.connect().await, database.connect().await);
    rival
        .batch_execute("BEGIN; SELECT 1 FROM conversation FOR UPDATE")
        .await
        .expect("the row is locked");
    let waiter = Arc::new(tenant.clone());
    let appending = tokio::spawn(async move { waiter.append(id, call("late")).await });
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    loop {
        if !watcher.query(end, &[]).await.expect("a look").is_empty() {
            break;
        }
    }
    rival
        .batch_execute("COMMIT")
        .await
        .expect("the lock is free");
    appending.await.expect("no panic").expect("it is added");
    assert_eq!(tenant.get(id).await.messages, 2);
}
