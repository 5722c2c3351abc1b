//! Commands that share a transaction: one that fails leaves nothing of itself and everything of the others.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::{BoxFuture, join_all};
use heddle_domain::AccountId;
use heddle_domain::conversation::StatusWish;
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{ConversationId, CustomerId};
use heddle_store::write::account::UpdateAccount;
use heddle_store::{Abort, Engine, Error, LockOrder, Refusal, Result, Store, Trouble, Tx, Write};
use heddle_testkit::{On, TestStore};

use crate::dice::Dice;
use crate::races::{run, until_blocked};
use crate::tenant::{Tenant, call, call_from, opened};

/// How a command ends in a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Succeed,
    /// It is refused after it has queued its writes.
    Refuse,
    /// It is refused after its writes were sent.
    RefuseLate,
    /// It loses a race in its first run.
    StartOver,
    /// It fails, and is not refused.
    Fail,
    Panic,
}

/// A command that may share a transaction, and ends as the test says after it has written.
struct Ending<W> {
    command: W,
    order: LockOrder,
    end: End,
    runs: AtomicUsize,
}

impl<W: Write> Write for Ending<W> {
    type Out = W::Out;
    const NAME: &'static str = "ending";

    fn lock_order(&self) -> Option<LockOrder> {
        Some(self.order)
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<W::Out> {
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let out = self.command.apply(tx).await?;
        match self.end {
            End::Succeed => Ok(out),
            End::Refuse => Err(Refusal::Conflict("the test").into()),
            End::RefuseLate => {
                // A statement with a result, so that PostgreSQL gets the queued writes, too.
                let flush = UpdateAccount {
                    caller: None,
                    expected: None,
                    id: AccountId(999_999),
                    name: None,
                    settings: Vec::new(),
                };
                let _ = flush.apply(tx).await;
                Err(Refusal::Conflict("the test").into())
            }
            End::StartOver if run == 0 => Err(Abort::StartOver),
            End::StartOver => Ok(out),
            End::Fail => Err(Trouble::Overloaded("the test").into()),
            End::Panic => panic!("a command panics on purpose"),
        }
    }
}

/// Opens a store that has a single connection for commands that share a transaction, so that those that are sent at once do share one.
async fn narrow(on: On, connections: usize) -> (TestStore, Tenant) {
    let (mut test, tenant) = opened(on).await;
    if let Engine::Postgres(options) = &mut test.options.engine {
        options.pool_size = connections;
    }
    test.store.close().await.expect("the store closes");
    let store = Store::open(&test.options, test.clock.clone() as _).await;
    test.store = store.expect("the store opens");
    let store = test.store.clone();
    (test, Tenant { store, ..tenant })
}

/// A command of the test: the text of its message, whether it should succeed, and what it sends.
struct Probe {
    text: String,
    succeeds: bool,
    sent: BoxFuture<'static, Result<(), Error>>,
}

const ENDS: [End; 12] = [
    End::Succeed,
    End::Succeed,
    End::Succeed,
    End::Succeed,
    End::Succeed,
    End::Succeed,
    End::Refuse,
    End::Refuse,
    End::RefuseLate,
    End::StartOver,
    End::Fail,
    End::Panic,
];

fn send<W: Write>(store: &Store, command: W, end: End) -> BoxFuture<'static, Result<(), Error>> {
    let order = command.lock_order().expect("it may share a transaction");
    let command = Ending {
        command,
        order,
        end,
        runs: AtomicUsize::new(0),
    };
    let store = store.clone();
    Box::pin(async move { store.write(command).await.map(drop) })
}

fn probe(tenant: &Tenant, dice: &mut Dice, ids: &[ConversationId], number: usize) -> Probe {
    let text = format!("probe {number}.");
    // Some name a customer who does not exist, and are refused at once.
    let is_known = !dice.hits(8);
    let customer = match is_known {
        true => tenant.customer,
        false => CustomerId(999_999),
    };
    let customer = CustomerRef::Id(customer);
    let end = dice.pick(&ENDS);
    let sent = if dice.hits(3) {
        let command = tenant.creation(customer, vec![call(&text)]);
        send(&tenant.store, command, end)
    } else {
        let message = call_from(customer, &text);
        let entry = (dice.pick(ids), message, StatusWish::Keep);
        send(&tenant.store, tenant.appending(vec![entry]), end)
    };
    Probe {
        text,
        succeeds: is_known && matches!(end, End::Succeed | End::StartOver),
        sent,
    }
}

async fn a_command_that_fails_leaves_nothing_and_its_neighbours_everything(on: On) {
    let (_test, tenant) = narrow(on, 2).await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(tenant.conversation().await.id);
    }
    let seed = uuid::Uuid::new_v4().as_u128() as u64;
    let mut dice = Dice::new(seed);
    let (mut expected, mut number) = (Vec::new(), 0);
    for round in 0..12 {
        let count = 1 + dice.roll(40);
        let probes: Vec<Probe> = (0..count)
            .map(|at| probe(&tenant, &mut dice, &ids, number + at))
            .collect();
        number += count;
        let (mut told, mut sent) = (Vec::new(), Vec::new());
        for probe in probes {
            told.push((probe.text, probe.succeeds));
            sent.push(probe.sent);
        }
        for ((text, succeeds), answer) in told.into_iter().zip(join_all(sent).await) {
            assert_eq!(
                answer.is_ok(),
                succeeds,
                "seed {seed}, round {round}, {text}: {answer:?}"
            );
            expected.extend(succeeds.then_some(text));
        }
    }
    let stored = tenant.table("message").await;
    let of = |text: &str| stored.iter().filter(|row| row.contains(text)).count();
    for at in 0..number {
        let text = format!("probe {at}.");
        assert_eq!(
            of(&text),
            usize::from(expected.contains(&text)),
            "seed {seed}: {text}"
        );
    }
    for id in ids {
        let messages = tenant.messages(id).await.len();
        assert_eq!(
            tenant.get(id).await.messages,
            messages as i64,
            "seed {seed}"
        );
    }
    tenant.store.drain_feed().await.expect("positions");
    assert_eq!(tenant.store.check().await, Ok(Vec::new()), "seed {seed}");
}

async fn commands_that_wait_at_once_share_a_commit(on: On) {
    let (_test, tenant) = narrow(on, 2).await;
    let id = tenant.conversation().await.id;
    let health = tenant.store.health();
    let before = health.batches.load(Ordering::Relaxed);
    let sent = (0..64).map(|at| {
        let entry = (id, call(&format!("message {at}")), StatusWish::Keep);
        send(&tenant.store, tenant.appending(vec![entry]), End::Succeed)
    });
    for answer in join_all(sent).await {
        answer.expect("it is added");
    }
    let commits = health.batches.load(Ordering::Relaxed) - before;
    assert!(commits < 16, "{commits} commits for 64 commands");
    assert_eq!(tenant.get(id).await.messages, 65);
}

on_both!(
    a_command_that_fails_leaves_nothing_and_its_neighbours_everything,
    commands_that_wait_at_once_share_a_commit,
);

/// Another session holds a conversation: only the command for this conversation waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_row_stops_no_command_for_another() {
    let (test, tenant) = narrow(On::Postgres, 6).await;
    let (held, free) = (
        tenant.conversation().await.id,
        tenant.conversation().await.id,
    );
    let database = test.database.as_ref().expect("a database");
    let rival = database.connect().await;
    let lock = format!("BEGIN; SELECT 1 FROM conversation WHERE id = {held} FOR UPDATE");
    run(&rival, lock).await;
    let append = |id, text: &str| {
        let entry = (id, call(text), StatusWish::Keep);
        send(&tenant.store, tenant.appending(vec![entry]), End::Succeed)
    };
    let (first, waits) = (append(held, "first"), append(held, "waits"));
    let waiting = tokio::spawn(async move { tokio::join!(first, waits) });
    until_blocked(database, 1).await;
    append(free, "free").await.expect("it is added");
    assert!(!waiting.is_finished(), "it was written without the row");
    run(&rival, "COMMIT".to_owned()).await;
    let (first, waits) = waiting.await.expect("no panic");
    first.and(waits).expect("both are added");
    assert_eq!(tenant.get(held).await.messages, 3);
    assert_eq!(tenant.get(free).await.messages, 2);
}
