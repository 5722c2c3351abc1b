//! Tests with a node that is killed at each named step of a delivery, as with `kill -9`. Each event arrives at least
//! once, first attempts of an ordered webhook arrive in the order of the feed, and receivers that do not answer do not affect the others.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::Instant;

use heddle_testkit::Receiver;
use heddle_testkit::postgres::{Cluster, Database};
use heddle_testkit::receiver::{Received, Reply};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::faults::load::{Client, Server};

/// Each step of a delivery, and at which visit of this step the node ends. Retries come from deliveries that are sent
/// again.
const STEPS: [(&str, u32); 7] = [
    ("claimed", 1),
    ("before_send", 7),
    ("after_send", 7),
    ("before_settle", 2),
    ("after_settle", 2),
    ("before_retry", 2),
    ("after_retry", 2),
];
const EVENTS: usize = 40;
/// The length of a lease in seconds: short, so that another node soon takes over.
const LEASE_SECONDS: u32 = 2;

/// A store on which a test can start several nodes.
struct Place {
    folder: TempDir,
    database: Option<Database>,
}

impl Place {
    async fn new(on_postgres: bool) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            database: match on_postgres {
                true => Some(Cluster::shared().create_database().await),
                false => None,
            },
        }
    }

    /// Starts a node. If a step is given, the node ends at this step.
    fn start(&self, crash_at: Option<(&str, u32)>) -> Server {
        Server::demo(|command: &mut Command| {
            command.arg("--data").arg(self.folder.path().join("data"));
            command
                .env("HEDDLE_WEBHOOKS__ALLOW", "127.0.0.1")
                .env("HEDDLE_WEBHOOKS__LEASE_SECONDS", LEASE_SECONDS.to_string());
            // Nothing listens at this proxy: a node that used it could not deliver.
            for proxy in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
                command.env(proxy, "http://127.0.0.1:1");
            }
            if let Some(database) = &self.database {
                command.arg("--store").arg(database.url());
            }
            if let Some((step, nth)) = crash_at {
                command.env("HEDDLE_CRASH_AT", format!("{step}:{nth}"));
            }
        })
    }
}

/// A client of one node's native API.
struct Node {
    client: Client,
    bearer: String,
}

impl Node {
    fn of(server: &Server) -> Self {
        let token = server.demo["native"]["token"].as_str().expect("a token");
        Self {
            client: Client::new(server.url()),
            bearer: format!("Bearer {token}"),
        }
    }

    /// Posts a body and returns the body of the response; `None` if the node has ended.
    fn post(&mut self, path: &str, body: &Value) -> Option<Value> {
        let headers = [("authorization", self.bearer.as_str())];
        let answer = self.client.post(path, &headers, body)?;
        assert!(
            (200..300).contains(&answer.status),
            "{path}: {}",
            answer.json()
        );
        Some(answer.json())
    }

    fn subscribe(&mut self, url: &str, ordered: bool) -> i64 {
        let body = json!({ "url": url, "events": ["agent.created"], "ordered": ordered });
        let made = self.post("/api/v1/webhooks", &body).expect("a webhook");
        made["id"].as_i64().expect("an id")
    }

    /// Creates an agent; `None` if the node has ended.
    fn create_agent(&mut self, number: usize) -> Option<i64> {
        let body = json!({ "first_name": format!("n{number}"), "last_name": "Quill" });
        self.post("/api/v1/agents", &body)?["id"].as_i64()
    }
}

/// Returns the delivered agents with their events, in the order of their first arrival.
fn first_arrivals(received: &[Received]) -> Vec<(i64, i64)> {
    let mut seen = BTreeSet::new();
    let mut first = Vec::new();
    for request in received {
        let data = request.json()["data"].clone();
        let number = |name: &str| data[name].as_i64().expect("a number");
        if seen.insert(number("id")) {
            first.push((number("id"), number("entity_id")));
        }
    }
    first
}

/// Waits until all agents were delivered. Checks the order if requests are sent one at a time.
async fn wait_until_delivered(receiver: &Receiver, created: &[i64], ordered: bool, case: &str) {
    let all_delivered = |received: &[Received]| {
        let first = first_arrivals(received);
        let delivered: BTreeSet<i64> = first.iter().map(|(_, agent)| *agent).collect();
        match created.iter().all(|agent| delivered.contains(agent)) {
            true => Ok(()),
            false => Err(format!("{case}: {} of {}", delivered.len(), created.len())),
        }
    };
    let first = first_arrivals(&receiver.wait_until(all_delivered).await);
    let sorted = first.windows(2).all(|pair| pair[0].0 < pair[1].0);
    assert!(
        sorted || !ordered,
        "{case}: first attempts out of order: {first:?}"
    );
}

/// Creates agents through a node until the node ends or all are created. It is unknown whether the last request
/// succeeded.
fn create_until_gone(node: &mut Node, created: &mut Vec<i64>) {
    while created.len() < EVENTS {
        match node.create_agent(created.len()) {
            Some(agent) => created.push(agent),
            None => return,
        }
    }
}

async fn survives(on_postgres: bool, ordered: bool, (step, nth): (&str, u32)) {
    let case = format!(
        "{step}:{nth} on {}{}",
        if on_postgres { "PostgreSQL" } else { "SQLite" },
        if ordered { ", ordered" } else { "" }
    );
    let place = Place::new(on_postgres).await;
    let receiver = Receiver::start().await;
    let silent = Receiver::answering(|_| Reply::Silence).await;
    // A node without a crash point creates the webhook, so that the steps are counted from the first delivery on.
    let mut calm = place.start(None);
    let mut node = Node::of(&calm);
    let id = node.subscribe(receiver.url(), ordered);
    node.subscribe(silent.url(), false);
    node.subscribe("http://127.0.0.1:1/", false);
    calm.kill();

    let mut created = Vec::new();
    let mut crashing = place.start(Some((step, nth)));
    // On PostgreSQL, a second node runs during the whole test. It takes over the first node's work when the first node
    // ends.
    let other = on_postgres.then(|| place.start(None));
    create_until_gone(&mut Node::of(&crashing), &mut created);
    if step.ends_with("retry") {
        let mut node = Node::of(other.as_ref().unwrap_or(&crashing));
        wait_until_delivered(&receiver, &created, ordered, &case).await;
        replay(&mut node, id);
    }
    if other.is_none() {
        assert!(crashing.ended(), "{case}: the node never reached the step");
    }
    let survivor = match other {
        Some(other) => other,
        None => place.start(None),
    };
    create_until_gone(&mut Node::of(&survivor), &mut created);
    assert_eq!(created.len(), EVENTS, "{case}");
    wait_until_delivered(&receiver, &created, ordered, &case).await;
    if step.ends_with("retry") {
        wait_until_half_are_sent_again(&receiver, &case).await;
    }
}

/// Asks to send every delivery again. If the node ends during the request, the request is repeated.
fn replay(node: &mut Node, id: i64) {
    let range = json!({ "from": "2026-01-01T00:00:00Z" });
    node.post(&format!("/api/v1/webhooks/{id}/replay"), &range);
}

/// Waits until half of the deliveries were received twice.
async fn wait_until_half_are_sent_again(receiver: &Receiver, case: &str) {
    let half = |received: &[Received]| {
        let mut times = BTreeMap::<i64, u32>::new();
        for request in received {
            let id = request.json()["data"]["id"].as_i64().expect("an id");
            *times.entry(id).or_default() += 1;
        }
        let again = times.values().filter(|times| **times > 1).count();
        match again >= EVENTS / 2 {
            true => Ok(()),
            false => Err(format!("{case}: {again} were sent again")),
        }
    };
    receiver.wait_until(half).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crash_at_any_step_loses_no_delivery_on_sqlite() {
    for step in STEPS {
        for ordered in [true, false] {
            survives(false, ordered, step).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crash_at_any_step_loses_no_delivery_on_postgres() {
    for step in STEPS {
        for ordered in [true, false] {
            survives(true, ordered, step).await;
        }
    }
}

/// Measures how long a thousand events take to arrive, without other webhooks and beside two receivers that do not
/// answer. It checks no limit.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dead_receivers_do_not_affect_the_others() {
    let silent = Receiver::answering(|_| Reply::Silence).await;
    let mut took = Vec::new();
    for dead in [false, true] {
        let place = Place::new(false).await;
        let receiver = Receiver::start().await;
        let server = place.start(None);
        let mut node = Node::of(&server);
        node.subscribe(receiver.url(), true);
        if dead {
            node.subscribe(silent.url(), false);
            node.subscribe("http://127.0.0.1:1/", false);
        }
        let mut created = Vec::new();
        let mut waits = Vec::new();
        for number in 0..200 {
            let asked = Instant::now();
            created.push(node.create_agent(number).expect("an agent"));
            receiver.wait_for(number + 1).await;
            waits.push(asked.elapsed());
        }
        waits.sort();
        wait_until_delivered(&receiver, &created, true, "latency").await;
        took.push((waits[waits.len() / 2], waits[waits.len() * 99 / 100]));
    }
    let [(alone, alone_99), (beside, beside_99)] = took[..] else {
        panic!("two figures")
    };
    println!(
        "from the request to its arrival: alone p50 {alone:?} p99 {alone_99:?}, beside dead receivers p50 {beside:?} p99 {beside_99:?}"
    );
}
