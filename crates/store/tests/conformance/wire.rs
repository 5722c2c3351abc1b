//! PostgreSQL's connection breaks, on purpose, at chosen messages or at random: before COMMIT a command runs again, around
//! COMMIT the fence settles what became of it, and no broken or busy connection reaches the next caller.

mod proxy;

use heddle_domain::InboxScope;
use std::sync::Arc;

use heddle_domain::customer::CustomerRef;
use heddle_domain::id::ConversationId;
use heddle_store::read::account::GetAccount;
use heddle_store::read::conversations::GetConversation;
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::credential::{CreateApplication, IssueToken, NewApplication};
use heddle_store::write::idempotent::{Answer, Key, Once, Outcome};
use heddle_store::{Engine, Error, Options, PostgresOptions, Store, Trouble};
use heddle_testkit::{On, TestStore};
use tokio::time::timeout;

use crate::races::{PATIENCE, until_blocked};
use crate::tenant::{Tenant, call, opened};
use proxy::{Cut, Proxy};

/// A store whose one connection goes through a proxy, with a tenant and a conversation.
struct Wired {
    tenant: Tenant,
    proxy: Proxy,
    id: ConversationId,
    test: TestStore,
}

impl Wired {
    /// A change that changes nothing.
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
        test,
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
async fn a_connection_lost_around_commit_is_settled() {
    let wired = wired().await;
    for turn in 0..20 {
        let cut = [Cut::Before("COMMIT"), Cut::After("COMMIT")][turn % 2];
        let before = wired.tenant.get(wired.id).await;
        wired.proxy.arm(cut);
        let added = wired.tenant.append(wired.id, call("who knows")).await;
        let added = added.unwrap_or_else(|error| panic!("{cut:?}: {error}"));
        assert!(!wired.proxy.is_armed(), "{cut:?} never happened");
        // What the caller was told is what is stored, once.
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

/// A command that only queues: BEGIN, its writes and COMMIT are one message. It writes no event, but may run twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_travels_whole_and_may_run_twice_does() {
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

/// A command under a key is carried out once, whatever it writes: the key tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_under_a_key_is_never_unknown() {
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
        let once = Once {
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
            Outcome::Done(_, told) => assert_eq!((at, told), (0, answer.clone())),
            Outcome::Replayed(told) => assert_eq!((at, told), (1, answer.clone())),
            Outcome::OtherBody => panic!("{cut:?}: another body"),
        }
        let again = wired.tenant.store.write(once).await.expect("it is kept");
        assert!(matches!(again, Outcome::Replayed(_)), "{cut:?}");
    }
}

/// Nothing can tell what became of a command that writes no event and may not run twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_without_an_event_is_unknown() {
    let wired = wired().await;
    let create = || CreateApplication {
        caller: wired.tenant.caller.clone(),
        application: NewApplication {
            name: "Concierge".into(),
            client_hash: [7; 32],
        },
    };
    wired.tenant.store.write(create()).await.expect("one");
    for (cut, stored) in [(Cut::Before("BEGIN"), 1), (Cut::After("COMMIT"), 2)] {
        wired.proxy.arm(cut);
        let unknown = wired.tenant.store.write(create()).await;
        assert!(
            matches!(unknown, Err(Error::Trouble(Trouble::UnknownOutcome(_)))),
            "{cut:?}: {unknown:?}"
        );
        assert_eq!(
            wired.tenant.table("application").await.len(),
            stored,
            "{cut:?}"
        );
    }
}

/// One that changed nothing has nothing to settle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_only_looked_needs_no_commit() {
    let wired = wired().await;
    for cut in [Cut::Before("COMMIT"), Cut::After("COMMIT")] {
        wired.proxy.arm(cut);
        let idle = wired.tenant.store.write(wired.idle()).await;
        idle.expect("there is nothing to do");
        assert!(!wired.proxy.is_armed(), "{cut:?} never happened");
    }
}

/// The old transaction hangs: its client is gone, and the server has not noticed. Its rows are there, but not committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fence_waits_for_the_old_transaction() {
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

/// Every piece of every connection may be the last one, those of the fence too. What was answered is stored once, what
/// was refused is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_lost_at_random_neither_double_nor_lose_anything() {
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
            let mut told = Vec::new();
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
                told.push((text, answer.map(|stored| stored[0].id.get())));
            }
            told
        })
    });
    let told = futures_util::future::join_all(writing).await;
    let cuts = wired.proxy.calm_down();
    assert!(cuts > WRITERS, "seed {seed}: {cuts} cuts");
    let stored = wired.tenant.table("message").await;
    let mut refused = 0;
    for (text, answer) in told.into_iter().flat_map(|told| told.expect("no panic")) {
        let rows: Vec<_> = stored.iter().filter(|row| row.contains(&text)).collect();
        match answer {
            Ok(id) => assert!(
                rows.len() == 1 && rows[0].contains(&format!("|{id}|")),
                "seed {seed}: {text} is {id}: {rows:?}"
            ),
            Err(Error::Trouble(Trouble::Overloaded(_))) => {
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
async fn a_database_that_is_gone_is_told_as_such_and_comes_back() {
    let wired = wired().await;
    wired.proxy.refuse(true);
    let gone = wired
        .tenant
        .append(wired.id, call("nobody there"))
        .await
        .err();
    assert!(
        matches!(gone, Some(Error::Trouble(Trouble::Overloaded(_)))),
        "{gone:?}"
    );
    let gone = wired
        .tenant
        .store
        .read(GetAccount(wired.tenant.account))
        .await
        .err();
    assert!(
        matches!(gone, Some(Error::Trouble(Trouble::Overloaded(_)))),
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

/// The caller of a read goes away in its midst. The next user of the connection must not be in its snapshot, where nothing
/// can be written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_who_goes_away_leaves_the_connection_in_order() {
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
        // One look, which sends BEGIN and the first statement, and away; a test that was held up here finds it done.
        cut += u32::from(futures_util::poll!(&mut reading).is_pending());
        wired
            .tenant
            .append(wired.id, call("next"))
            .await
            .expect("it is added");
    }
    assert!(cut > 0, "nobody went away in the midst");
    assert_eq!(wired.tenant.get(wired.id).await.messages, 32);
}

/// The same for a writer: what was sent is settled without it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_who_goes_away_leaves_all_or_nothing() {
    let wired = wired().await;
    let mut cut = 0;
    for _ in 0..30 {
        let tenant = wired.tenant.clone();
        let id = wired.id;
        let writing = tenant.append(id, call("and away"));
        futures_util::pin_mut!(writing);
        cut += u32::from(futures_util::poll!(&mut writing).is_pending());
    }
    assert!(cut > 0, "nobody went away in the midst");
    wired
        .tenant
        .append(wired.id, call("last"))
        .await
        .expect("it is added");
    // Each read waits for its turn at the one connection, so the others get theirs.
    let all = async { while wired.tenant.get(wired.id).await.messages < 33 {} };
    timeout(PATIENCE, all).await.expect("each is settled");
    assert_eq!(wired.tenant.get(wired.id).await.messages, 33);
    assert_eq!(wired.tenant.store.check().await, Ok(Vec::new()));
}

/// Kills the server's side of a waiting command, as an administrator or a failover would.
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
