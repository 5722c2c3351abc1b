//! Walks to the end of both lists give every visible item exactly once and in order, whatever was written before, and while others
//! are added (contract section 7.2).

use heddle_domain::conversation::Status;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::*;
use crate::threads::change;
use heddle_testkit::on_both;

/// How many random histories are walked on each engine.
const HISTORIES: usize = 24;

/// How many lists [`lists`] returns if there are threads.
const LISTS: usize = 4;

/// A write. A number names one of the threads that exist by then.
#[derive(Clone, Debug)]
enum Step {
    AddThread,
    AddMessage(prop::sample::Index),
    Reply(prop::sample::Index),
    Close(prop::sample::Index),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let thread = any::<prop::sample::Index>;
    prop_oneof![
        4 => Just(Step::AddThread),
        2 => thread().prop_map(Step::AddMessage),
        1 => thread().prop_map(Step::Reply),
        1 => thread().prop_map(Step::Close),
        // Often several threads have the same second, and sometimes the same millisecond.
        3 => prop_oneof![Just(1_i64), 1..2_000_i64].prop_map(Step::Wait),
    ]
}

/// What is written before a walk, the length of a page, and what is written after each page.
#[derive(Clone, Debug)]
struct History {
    before: Vec<Step>,
    count: usize,
    meanwhile: Vec<Vec<Step>>,
}

fn history() -> impl Strategy<Value = History> {
    let count = prop_oneof![3 => 1..6_usize, 1 => 6..=1_000_usize, 1 => Just(1_000)];
    let some = |most| prop::collection::vec(step(), 0..most);
    let meanwhile = prop::collection::vec(some(4), 8);
    (some(40), count, meanwhile).prop_map(|(before, count, meanwhile)| History {
        before,
        count,
        meanwhile,
    })
}

/// The threads and messages of one application, oldest first.
#[derive(Default)]
struct Made {
    threads: Vec<Value>,
    messages: Vec<String>,
}

impl Made {
    async fn take(&mut self, world: &World, tokens: Tokens<'_>, step: &Step) {
        match step {
            Step::AddThread => self.threads.push(add_thread(world, tokens, "Van").await),
            Step::Wait(ms) => world.test.clock.advance(*ms),
            Step::AddMessage(_) | Step::Reply(_) | Step::Close(_) if self.threads.is_empty() => {}
            Step::AddMessage(at) => {
                let message = add_message(world, tokens, at.get(&self.threads), "Hello").await;
                self.messages
                    .push(message["Id"].as_str().expect("an id").to_owned());
            }
            Step::Reply(at) => {
                let thread = at.get(&self.threads);
                let stored = reply(world, &world.here, thread, "Yes").await.messages;
                let listed = messages(
                    world,
                    tokens,
                    json!({ "MessageThreadIds": [thread["Id"]], "Limitation": { "Count": 1 } }),
                )
                .await;
                assert_eq!(
                    parts(&listed[0]["Id"], GuidKind::Message).id,
                    stored[0].id.get()
                );
                self.messages
                    .push(listed[0]["Id"].as_str().expect("an id").to_owned());
            }
            Step::Close(at) => change(world, at.get(&self.threads), Status::Closed).await,
        }
    }

    fn thread_ids(&self) -> Vec<String> {
        column(&self.threads, "Id")
    }
}

/// A list with a filter that selects everything.
struct List {
    path: &'static str,
    name: &'static str,
    filter: Value,
    /// The ids that the walk must return.
    expected: Vec<String>,
}

fn lists(made: &Made) -> Vec<List> {
    let list = |path, name, filter: Value, ids: &[String]| List {
        path,
        name,
        filter,
        expected: ids.iter().rev().cloned().collect(),
    };
    let ids = made.thread_ids();
    let mut lists = vec![
        list(
            GET_THREADS,
            "MessageThreads",
            json!({ "CreatedUtc": month() }),
            &ids,
        ),
        list(
            GET_THREADS,
            "MessageThreads",
            json!({ "UpdatedUtc": month() }),
            &ids,
        ),
    ];
    if !ids.is_empty() {
        let named = json!({ "MessageThreadIds": ids });
        lists.push(list(GET_THREADS, "MessageThreads", named.clone(), &ids));
        lists.push(list(GET_MESSAGES, "Messages", named, &made.messages));
    }
    lists
}

/// Returns an interval in which all histories happen.
fn month() -> Value {
    json!({ "StartUtc": "2026-03-04T00:00:00Z", "EndUtc": "2026-04-04T00:00:00Z" })
}

/// Creates an application of its own for a history.
async fn tokens(world: &World) -> (String, String) {
    let (client, access) = (heddle_mews::mint_token(), heddle_mews::mint_token());
    let (store, account) = (world.store(), &world.here.account);
    let application = provision::create_application(store, account, "Walk", &client).await;
    let grant = heddle_domain::credential::Grant {
        application: Some(application.expect("an application")),
        ..heddle_domain::credential::Grant::full(
            heddle_mews::NAME,
            InboxScope::only([world.here.main]),
        )
    };
    let made = provision::create_key(store, account, grant, &access).await;
    made.expect("a key");
    (client, access)
}

on_both! {
    async fn every_thread_and_message_is_walked_exactly_once(world: World) {
        let mut runner = TestRunner::deterministic();
        let mut walked = 0;
        for _ in 0..HISTORIES {
            let history = history().new_tree(&mut runner).expect("a history").current();
            let (client, access) = tokens(&world).await;
            let tokens = Tokens { client: &client, access: &access };
            let mut made = Made::default();
            for step in &history.before {
                made.take(&world, tokens, step).await;
            }
            for kind in 0..LISTS {
                let Some(list) = lists(&made).into_iter().nth(kind) else {
                    continue;
                };
                let (mut cursor, mut found) = (Value::Null, Vec::new());
                let mut meanwhile = history.meanwhile.iter();
                loop {
                    let mut properties = list.filter.clone();
                    properties["Limitation"] = json!({ "Count": history.count, "Cursor": cursor });
                    let body = ok(&world, list.path, tokens, properties).await;
                    let elements = page(&body, list.name);
                    assert!(elements.len() <= history.count, "{history:?}");
                    cursor = body["Cursor"].clone();
                    found.extend(column(&elements, "Id"));
                    if elements.is_empty() {
                        break;
                    }
                    for step in meanwhile.next().into_iter().flatten() {
                        made.take(&world, tokens, step).await;
                    }
                }
                walked += found.len();
                assert_eq!(found, list.expected, "{} {}: {history:?}", list.path, list.filter);
            }
        }
        assert!(walked > 500, "{walked}");
    }
}
