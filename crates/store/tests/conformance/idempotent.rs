//! Tests of idempotent commands: a repeated request runs the command once.

use std::sync::Arc;

use heddle_domain::id::AgentId;
use heddle_domain::person::Agent;
use heddle_store::read::account::ListAgents;
use heddle_store::write::agent::{CreateAgent, UpdateAgent};
use heddle_store::write::idempotent::{Answer, Idempotent, KEPT_MS, Key, Look, Outcome};
use heddle_store::{Clock, Error, Refusal, Store, Trouble, Write};
use heddle_testkit::{ManualClock, On};
use tokio::sync::Notify;

use crate::tenant::{Tenant, opened};

fn key(tenant: &Tenant, key: u8, body: u8) -> Key {
    Key {
        account: tenant.account,
        hash: [key; 32],
        body: [body; 32],
    }
}

fn once<W: Write<Out = Agent>>(key: Key, command: W) -> Idempotent<W> {
    let answer = |agent: &Agent| {
        Ok(Answer {
            status: 201,
            text: format!("made {}", agent.id),
        })
    };
    Idempotent {
        key: Some(key),
        command,
        answer: Arc::new(answer),
    }
}

/// Returns a command that creates another agent each time it runs.
pub(crate) fn creation(tenant: &Tenant) -> CreateAgent {
    CreateAgent {
        caller: tenant.caller.clone(),
        first_name: "Mina".into(),
        last_name: "Roth".into(),
        email: String::new(),
        public_ids: Vec::new(),
    }
}

async fn agents(tenant: &Tenant) -> usize {
    let list = ListAgents {
        account: tenant.account,
        after: AgentId(0),
        limit: 10_000,
    };
    tenant.store.read(list).await.expect("a list").len()
}

async fn a_repeated_request_gets_the_first_response(on: On) {
    let (test, tenant) = opened(on).await;
    let before = agents(&tenant).await;
    let look = Look(key(&tenant, 1, 1));
    assert_eq!(test.store.read(look).await, Ok(None));
    let first = once(key(&tenant, 1, 1), creation(&tenant));
    let Ok(Outcome::Done(agent, made)) = test.store.write(first).await else {
        panic!("the first is done");
    };
    let text = format!("made {}", agent.id);
    assert_eq!((made.status, &made.text), (201, &text));
    let rows = tenant.rows().await;

    let again = once(key(&tenant, 1, 1), creation(&tenant));
    let again = test.store.write(again).await.expect("replayed");
    assert_eq!(again, Outcome::Replayed(made.clone()));
    assert_eq!(
        test.store.read(look).await,
        Ok(Some(Outcome::Replayed(made)))
    );

    let other = once(key(&tenant, 1, 2), creation(&tenant));
    assert_eq!(test.store.write(other).await, Ok(Outcome::OtherBody));
    let look = Look(key(&tenant, 1, 2));
    assert_eq!(test.store.read(look).await, Ok(Some(Outcome::OtherBody)));
    assert_eq!(tenant.rows().await, rows, "neither wrote anything");

    let another = once(key(&tenant, 2, 1), creation(&tenant));
    let another = test.store.write(another).await.expect("done");
    assert!(matches!(another, Outcome::Done(..)));
    let unkeyed = Idempotent {
        key: None,
        ..once(key(&tenant, 2, 1), creation(&tenant))
    };
    let unkeyed = test.store.write(unkeyed).await.expect("done");
    assert!(matches!(unkeyed, Outcome::Done(..)));
    assert_eq!(agents(&tenant).await, before + 3);
}

async fn equal_keys_of_two_accounts_are_independent(on: On) {
    let (test, tenant) = opened(on).await;
    let other = Tenant::in_store(&test.store).await;
    for tenant in [&tenant, &other] {
        let command = once(key(tenant, 1, 1), creation(tenant));
        let outcome = test.store.write(command).await.expect("done");
        assert!(matches!(outcome, Outcome::Done(..)));
    }
}

async fn a_refused_command_leaves_its_key_free(on: On) {
    let (test, tenant) = opened(on).await;
    let rows = tenant.rows().await;
    let nobody = UpdateAgent {
        caller: tenant.caller.clone(),
        id: AgentId(999_999),
        expected: None,
        first_name: Some("Mina".into()),
        last_name: None,
        email: None,
    };
    let refused = test
        .store
        .write(once(key(&tenant, 1, 1), nobody.clone()))
        .await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::NotFound(_)))));
    assert_eq!(tenant.rows().await, rows);
    // A command whose response cannot be made is refused too.
    let unanswered = Idempotent {
        answer: Arc::new(|_: &Agent| Err(Trouble::Internal("no answer".into()).into())),
        ..once(key(&tenant, 1, 1), creation(&tenant))
    };
    assert!(test.store.write(unanswered).await.is_err());
    assert_eq!(tenant.rows().await, rows);
    let there = UpdateAgent {
        id: tenant.agents[0],
        ..nobody
    };
    let done = test.store.write(once(key(&tenant, 1, 1), there)).await;
    assert!(matches!(done.expect("done"), Outcome::Done(..)));
}

async fn keys_survive_a_restart_and_expire_after_a_day(on: On) {
    let (test, tenant) = opened(on).await;
    let command = creation(&tenant);
    let done = test
        .store
        .write(once(key(&tenant, 1, 1), command.clone()))
        .await;
    assert!(matches!(done.expect("done"), Outcome::Done(..)));
    test.store.close().await.expect("it closes");
    let store = Store::open(&test.options, test.clock.clone() as _).await;
    let store = store.expect("it opens");
    let tenant = Tenant { store, ..tenant };
    test.clock.advance(KEPT_MS - 1);
    let again = tenant.store.write(once(key(&tenant, 1, 1), command)).await;
    assert!(matches!(again.expect("replayed"), Outcome::Replayed(_)));
    assert_eq!(
        tenant.store.sweep_answers(tenant.store.clock().now()).await,
        Ok(0)
    );

    // An expired key can be used again, whether or not it was deleted, and with another body too.
    test.clock.advance(1);
    let look = Look(key(&tenant, 1, 1));
    assert_eq!(tenant.store.read(look).await, Ok(None));
    let command = creation(&tenant);
    let anew = tenant.store.write(once(key(&tenant, 1, 2), command)).await;
    assert!(matches!(anew.expect("done"), Outcome::Done(..)));
    assert_eq!(
        tenant.store.sweep_answers(tenant.store.clock().now()).await,
        Ok(0),
        "it is fresh again"
    );
    test.clock.advance(KEPT_MS);
    assert_eq!(
        tenant.store.sweep_answers(tenant.store.clock().now()).await,
        Ok(1)
    );
    assert!(
        !tenant
            .rows()
            .await
            .iter()
            .any(|row| row.starts_with("idempotency_key"))
    );
}

on_both!(
    a_repeated_request_gets_the_first_response,
    equal_keys_of_two_accounts_are_independent,
    a_refused_command_leaves_its_key_free,
    keys_survive_a_restart_and_expire_after_a_day,
);

/// Sends the same request many times at once; exactly one runs the command.
async fn one_of_many(tenant: &Tenant, stores: &[Store], times: usize) {
    let before = agents(tenant).await;
    let mut sent = Vec::new();
    let answered = Arc::new(Notify::new());
    for turn in 0..times {
        let command = once(key(tenant, 1, 1), creation(tenant));
        let (store, answered) = (stores[turn % stores.len()].clone(), Arc::clone(&answered));
        sent.push(tokio::spawn(async move {
            // The engine may refuse some requests as overloaded. These try again when another request has got its
            // response.
            loop {
                let next = answered.notified();
                let answer = store.write(command.clone()).await;
                answered.notify_waiters();
                match answer {
                    Err(
                        Error::Trouble(Trouble::Overloaded(_))
                        | Error::Trouble(Trouble::TimedOut(_)),
                    ) => next.await,
                    settled => return settled,
                }
            }
        }));
    }
    let mut answers = Vec::new();
    let mut done = 0;
    for outcome in futures_util::future::join_all(sent).await {
        match outcome.expect("no panic").expect("no refusal") {
            Outcome::Done(_, answer) => {
                done += 1;
                answers.push(answer);
            }
            Outcome::Replayed(answer) => answers.push(answer),
            Outcome::OtherBody => panic!("the body is the same"),
        }
    }
    assert_eq!(done, 1);
    answers.dedup();
    assert_eq!(answers.len(), 1);
    assert_eq!(agents(tenant).await, before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_many_concurrent_requests_runs_the_command_on_sqlite() {
    let (test, tenant) = opened(On::Sqlite).await;
    one_of_many(&tenant, std::slice::from_ref(&test.store), 1_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_many_concurrent_requests_runs_the_command_on_two_nodes() {
    let (test, tenant) = opened(On::Postgres).await;
    let clock = Arc::new(ManualClock::new());
    clock.advance(test.clock.now().0 - ManualClock::START.0);
    let second = Store::open(&test.options, clock as _).await;
    let stores = [test.store.clone(), second.expect("the node starts")];
    one_of_many(&tenant, &stores, 300).await;
}
