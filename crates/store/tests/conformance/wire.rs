//! Tests of PostgreSQL connections that break at chosen messages or at random. Before COMMIT the command runs again;
//! around COMMIT the fence finds out the outcome; no broken or busy connection reaches the next caller.

mod proxy;

use std::sync::Arc;

use heddle_domain::InboxScope;
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::ConversationId;
use heddle_store::read::account::GetAccount;
use heddle_store::read::conversations::GetConversation;
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::credential::IssueToken;
use heddle_store::write::idempotent::{Answer, Idempotent, Key, Outcome};
use heddle_store::write::upload::StoreUpload;
use heddle_store::{Engine, Error, Options, PostgresOptions, Store, Trouble};
use heddle_testkit::{On, TIMEOUT, TestStore};
use tokio::time::timeout;

use crate::races::until_blocked;
use crate::tenant::{Tenant, call, opened};
use proxy::{Cut, Proxy};

/// A store whose only connection goes through a proxy, with a tenant and a conversation.
struct Wired {
    tenant: Tenant,
    proxy: Proxy,
    id: ConversationId,
    test: TestStore,
}

impl Wired {
    /// Returns a change of the conversation that sets no field.
    fn idle(&self) -> ChangeConversation {
        ChangeConversation::new(
            self.tenant.caller.clone(),
            self.id,
            Change {
                archived: Some(false),
                ..Change::default()
            },
        )
    }
}

async fn wired() -> Wired {
    wired_by(1).await
}

async fn wired_by(connections: usize) -> Wired {
    let (test, tenant) = opened(On::Postgres).await;
    let id = tenant.conversation().await.id;
    let database = test.database.as_ref().expect("a database");
    let proxy = Proxy::start();
    let options = Options {
        engine: Engine::Postgres(PostgresOptions {
            url: proxy.url(database.name()),
            pool_size: connections,
            notify: false,
        }),
        objects: test.options.objects.clone(),
    };
    let store = Store::open(&options, test.clock.clone() as _).await;
    let tenant = Tenant {
        store: store.expect("the store opens"),
        ..tenant
    };
    // The statements are prepared now, so that later commands always send the same messages.
    tenant.append(id, call("first")).await.expect("it is added");
    Wired {
        tenant,
        proxy,
        id,
        test,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_runs_again_after_a_connection_lost_before_commit() {
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
async fn the_fence_finds_the_outcome_of_a_connection_lost_around_commit() {
    let wired = wired().await;
    for turn in 0..20 {
        let cut = [Cut::Before("COMMIT"), Cut::After("COMMIT")][turn % 2];
        let before = wired.tenant.get(wired.id).await;
        wired.proxy.arm(cut);
        let added = wired.tenant.append(wired.id, call("who knows")).await;
        let added = added.unwrap_or_else(|error| panic!("{cut:?}: {error}"));
        assert!(!wired.proxy.is_armed(), "{cut:?} never happened");
        // The stored state matches the caller's result, without duplicates.
        let after = wired.tenant.get(wired.id).await;
        assert_eq!(after.messages, before.messages + 1, "{cut:?}");
        assert_eq!(after.last_message_id, added.messages[0].id.get(), "{cut:?}");
        assert_eq!(after.last_event_id, added.conversations[0].last_event_id);
    }
    let voids = wired.tenant.table("event").await;
    let voids = voids.iter().filter(|row| row.contains("|void|")).count();
    assert_eq!(voids, 10, "one for each that never happened");
    assert_eq!(wired.tenant.store.check().await, Ok(Vec::new()));
}

/// Runs a command that only queues writes, so BEGIN, its writes and COMMIT are one message. It writes no event but may
/// run twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_sent_as_one_message_runs_again_if_it_may() {
    let wired = wired().await;
    let issue = |key: u8| IssueToken {
        account: wired.tenant.account,
        credential: heddle_domain::CredentialId(1),
        key_hash: [key; 32],
        expires_at: heddle_domain::Timestamp(i64::MAX),
    };
    wired.tenant.store.write(issue(1)).await.expect("a token");
    for (key, cut) in [(2, Cut::Before("BEGIN")), (3, Cut::After("COMMIT"))] {
        wired.proxy.arm(cut);
        wired.tenant.store.write(issue(key)).await.expect("a token");
        assert!(!wired.proxy.is_armed(), "{cut:?} never happened");
        assert_eq!(
            wired.tenant.table("credential_key").await.len(),
            usize::from(key),
            "{cut:?}"
        );
    }
}

/// Checks that a command with an idempotency key runs once, even if it writes no event: the key's row shows the
/// outcome.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_with_a_key_never_has_an_unknown_outcome() {
    let wired = wired().await;
    for (at, cut) in [Cut::Before("COMMIT"), Cut::After("COMMIT")]
        .into_iter()
        .enumerate()
    {
        let answer = Answer {
            status: 200,
            text: "nothing to do".into(),
        };
        let kept = answer.clone();
        let once = Idempotent {
            key: Some(Key {
                account: wired.tenant.account,
                hash: [at as u8; 32],
                body: [0; 32],
            }),
            command: wired.idle(),
            answer: Arc::new(move |_| Ok(kept.clone())),
        };
        wired.proxy.arm(cut);
        let outcome = wired.tenant.store.write(once.clone()).await;
        let outcome = outcome.unwrap_or_else(|error| panic!("{cut:?}: {error}"));
        assert!(!wired.proxy.is_armed(), "{cut:?} never happened");
        match outcome {
            Outcome::Done(_, stored) => assert_eq!((at, stored), (0, answer.clone())),
            Outcome::Replayed(stored) => assert_eq!((at, stored), (1, answer.clone())),
            Outcome::Cleared => panic!("{cut:?}: no answer"),
            Outcome::OtherBody => panic!("{cut:?}: another body"),
        }
        let again = wired.tenant.store.write(once).await.expect("it is kept");
        assert!(matches!(again, Outcome::Replayed(_)), "{cut:?}");
    }
}

/// Checks that the outcome stays unknown for a command that writes no event and may not run twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_without_an_event_can_have_an_unknown_outcome() {
    let wired = wired().await;
    let create = || StoreUpload {
        caller: wired.tenant.caller.clone(),
        file_name: "file".into(),
        mime_type: "text/plain".into(),
        size: 1,
        data: Some(b"a".to_vec()),
        object: None,
    };
    wired.tenant.store.write(create()).await.expect("one");
    for (cut, stored) in [(Cut::Before("BEGIN"), 1), (Cut::After("COMMIT"), 2)] {
        wired.proxy.arm(cut);
        let unknown = wired.tenant.store.write(create()).await;
        assert!(
            matches!(unknown, Err(Error::Trouble(Trouble::UnknownOutcome(_)))),
            "{cut:?}: {unknown:?}"
        );
        assert_eq!(wired.tenant.table("upload").await.len(), stored, "{cut:?}");
    }
}

/// Checks that a command that wrote nothing needs no outcome.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_wrote_nothing_needs_no_commit() {
    let wired = wired().await;
    for cut in [Cut::Before("COMMIT"), Cut::After("COMMIT")] {
        wired.proxy.arm(cut);
        let idle = wired.tenant.store.write(wired.idle()).await;
        idle.expect("there is nothing to do");
        assert!(!wired.proxy.is_armed(), "{cut:?} never happened");
    }
}

/// The earlier transaction hangs, because its client is gone and the server has not noticed. Its rows are not
/// committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fence_waits_for_the_earlier_transaction() {
    let wired = wired().await;
    let database = wired.test.database.as_ref().expect("a database");
    for (before, commits) in [(2, true), (3, false)] {
        wired.proxy.arm(Cut::Within("COMMIT"));
        let (tenant, id) = (wired.tenant.clone(), wired.id);
        let appending = tokio::spawn(async move { tenant.append(id, call("held")).await });
        until_blocked(database, 1).await;
        assert!(!appending.is_finished(), "it answers before it knows");
        wired.proxy.let_go(commits).await;
        let added = appending.await.expect("no panic").expect("it is added");
        let after = wired.tenant.get(wired.id).await;
        assert_eq!(after.messages, before + 1, "{commits}");
        assert_eq!(after.last_message_id, added.messages[0].id.get());
    }
    let voids = wired.tenant.table("event").await;
    let voids = voids.iter().filter(|row| row.contains("|void|")).count();
    assert_eq!(voids, 1, "for the one that never happened");
}

/// Every message of every connection may be the last, including the fence's. What was acknowledged is stored once;
/// what was refused is not stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_lost_at_random_neither_repeat_nor_lose_writes() {
    const WRITERS: usize = 6;
    const EACH: usize = 40;
    let wired = wired_by(4).await;
    let mut ids = vec![wired.id];
    for _ in 1..3 {
        ids.push(wired.tenant.conversation().await.id);
    }
    let seed = uuid::Uuid::new_v4().as_u128() as u64;
    wired.proxy.let_loose(seed, 12);
    let writing = (0..WRITERS).map(|writer| {
        let (tenant, ids) = (wired.tenant.clone(), ids.clone());
        tokio::spawn(async move {
            let mut outcomes = Vec::new();
            for turn in 0..EACH {
                let text = format!("writer {writer} turn {turn}.");
                let id = ids[(writer + turn) % ids.len()];
                let answer = if turn % 4 == 3 {
                    let customer = CustomerRef::Id(tenant.customer);
                    let create = tenant.creation(customer, vec![call(&text)]);
                    let created = tenant.store.write(create).await;
                    created.map(|created| created.messages)
                } else {
                    let added = tenant.append(id, call(&text)).await;
                    added.map(|added| added.messages)
                };
                outcomes.push((text, answer.map(|stored| stored[0].id.get())));
            }
            outcomes
        })
    });
    let outcomes = futures_util::future::join_all(writing).await;
    let cuts = wired.proxy.calm_down();
    assert!(cuts > WRITERS, "seed {seed}: {cuts} cuts");
    let stored = wired.tenant.table("message").await;
    let mut refused = 0;
    for (text, answer) in outcomes
        .into_iter()
        .flat_map(|outcomes| outcomes.expect("no panic"))
    {
        let rows: Vec<_> = stored.iter().filter(|row| row.contains(&text)).collect();
        match answer {
            Ok(id) => assert!(
                rows.len() == 1 && rows[0].contains(&format!("|{id}|")),
                "seed {seed}: {text} is {id}: {rows:?}"
            ),
            Err(Error::Trouble(Trouble::Overloaded(_) | Trouble::Unreachable)) => {
                refused += 1;
                assert!(rows.is_empty(), "seed {seed}: {rows:?}");
            }
            Err(error) => panic!("seed {seed}: {text}: {error}"),
        }
    }
    let voids = wired.tenant.table("event").await;
    let voids = voids.iter().filter(|row| row.contains("|void|")).count();
    assert!(voids > 0, "seed {seed}: the fence was never needed");
    assert!(
        refused < WRITERS * EACH / 2,
        "seed {seed}: {refused} refused"
    );
    assert_eq!(wired.tenant.store.check().await, Ok(Vec::new()));
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
async fn an_unreachable_database_is_reported_until_it_returns() {
    let wired = wired().await;
    wired.proxy.refuse(true);
    let gone = wired
        .tenant
        .append(wired.id, call("nobody there"))
        .await
        .err();
    assert!(
        matches!(gone, Some(Error::Trouble(Trouble::Unreachable))),
        "{gone:?}"
    );
    let gone = wired
        .tenant
        .store
        .read(GetAccount(wired.tenant.account))
        .await
        .err();
    assert!(
        matches!(gone, Some(Error::Trouble(Trouble::Unreachable))),
        "{gone:?}"
    );
    wired.proxy.refuse(false);
    wired
        .tenant
        .append(wired.id, call("back"))
        .await
        .expect("it is added");
    assert_eq!(wired.tenant.get(wired.id).await.messages, 3);
}

/// The caller of a read cancels it. The next user of the connection must not get the open snapshot, in which it could
/// not write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_read_leaves_the_connection_usable() {
    let wired = wired().await;
    let mut cut = 0;
    for _ in 0..30 {
        let read = GetConversation {
            account: wired.tenant.account,
            inboxes: InboxScope::All,
            id: wired.id,
        };
        let reading = wired.tenant.store.read(read);
        futures_util::pin_mut!(reading);
        // One poll sends BEGIN and the first statement, then the read is dropped; on a slow machine it may have
        // completed.
        cut += u32::from(futures_util::poll!(&mut reading).is_pending());
        wired
            .tenant
            .append(wired.id, call("next"))
            .await
            .expect("it is added");
    }
    assert!(cut > 0, "no call was cancelled while it ran");
    assert_eq!(wired.tenant.get(wired.id).await.messages, 32);
}

/// The caller of a write cancels it. Its sent statements are completed or rolled back without the caller.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_write_is_written_fully_or_not_at_all() {
    let wired = wired().await;
    let mut cut = 0;
    for _ in 0..30 {
        let tenant = wired.tenant.clone();
        let id = wired.id;
        let writing = tenant.append(id, call("and away"));
        futures_util::pin_mut!(writing);
        cut += u32::from(futures_util::poll!(&mut writing).is_pending());
    }
    assert!(cut > 0, "no call was cancelled while it ran");
    wired
        .tenant
        .append(wired.id, call("last"))
        .await
        .expect("it is added");
    // Each read waits for its turn on the only connection, so the writes get their turns too.
    let all = async { while wired.tenant.get(wired.id).await.messages < 33 {} };
    timeout(TIMEOUT, all).await.expect("each is settled");
    assert_eq!(wired.tenant.get(wired.id).await.messages, 33);
    assert_eq!(wired.tenant.store.check().await, Ok(Vec::new()));
}

/// Ends the server session of a waiting command, as an administrator or a failover would.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_the_server_ends_is_tried_again() {
    let (test, tenant) = opened(On::Postgres).await;
    let id = tenant.conversation().await.id;
    let database = test.database.as_ref().expect("a database");
    let rival = database.connect().await;
    rival
        .batch_execute("BEGIN; SELECT 1 FROM conversation FOR UPDATE")
        .await
        .expect("the row is locked");
    let waiter = Arc::new(tenant.clone());
    let appending = tokio::spawn(async move { waiter.append(id, call("late")).await });
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until_blocked(database, 1).await;
    let ended = rival.execute(end, &[]).await.expect("it is ended");
    assert_eq!(ended, 1);
    rival
        .batch_execute("COMMIT")
        .await
        .expect("the lock is free");
    appending.await.expect("no panic").expect("it is added");
    assert_eq!(tenant.get(id).await.messages, 2);
}

/// The database goes away and comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_is_not_ready_until_the_database_is_back() {
    let wired = wired().await;
    let store = &wired.tenant.store;
    let ready = || store.health().not_ready();
    store.check_readiness().await;
    assert_eq!(ready(), None);

    wired.proxy.refuse(true);
    store.check_readiness().await;
    assert_eq!(
        ready(),
        Some("The store accepts no writes: the database cannot be reached.")
    );
    let refused = wired.tenant.append(wired.id, call("lost")).await;
    assert_eq!(refused.err(), Some(Error::Trouble(Trouble::Unreachable)));
    store.check_readiness().await;
    assert_eq!(
        ready(),
        Some("The store accepts no writes: the database cannot be reached.")
    );

    wired.proxy.refuse(false);
    store.check_readiness().await;
    assert_eq!(ready(), None);
    wired
        .tenant
        .append(wired.id, call("back"))
        .await
        .expect("it is added");
}
