//! Replays what published clients have done against a demo: each recorded request is sent to a fresh demo, and each answer must be
//! the recorded one, byte by byte. `cargo xtask conformance --record` makes the recordings.
//!
//! A recording has names in double braces for what differs from start to start: the addresses of the server and of the receiver of
//! webhooks, the id of a request, and the secrets that the server draws at random. A secret takes its value from the first answer
//! that shows it, and must have this value from then on.

use std::collections::BTreeMap;
use std::fmt::Write;

use heddle_testkit::receiver::Receiver;
use serde::Deserialize;
use serde_json::{Value, json};

use super::control::done;
use crate::process::{Answer, Home, Serving};

/// The name of the id of the request. It has another value in each exchange.
const REQUEST_ID: &str = "request id";
/// The names of addresses. All other names are those of secrets.
const SERVER: &str = "server";
const RECEIVER: &str = "receiver";
/// What begins and ends a name.
const MARKS: (&str, &str) = ("{{", "}}");
/// The fewest characters of a secret or id.
const SHORTEST: usize = 19;
/// The headers of an answer that are not recorded.
const NOT_RECORDED: [&str; 4] = ["date", "content-length", "transfer-encoding", "connection"];

/// The first line of a recording.
#[derive(Deserialize)]
struct Beginning {
    /// What the clock showed. It stands, and moves a second with each request.
    started: String,
}

/// A request and its answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    body: String,
    status: u16,
    answer_headers: BTreeMap<String, String>,
    answer: String,
}

/// What the names stand for in this start.
struct Names(BTreeMap<String, String>);

impl Names {
    fn new(server: &str, receiver: &str) -> Self {
        let addresses = [(SERVER, server), (RECEIVER, receiver)];
        Self(
            addresses
                .map(|(name, address)| (name.into(), address.into()))
                .into(),
        )
    }

    /// Returns a recorded text with the values of its names.
    fn fill(&self, recorded: &str) -> String {
        let mut text = String::new();
        for (plain, name) in pieces(recorded) {
            text.push_str(plain);
            if let Some(name) = name {
                let value = self.0.get(name);
                text.push_str(value.unwrap_or_else(|| panic!("no answer showed {name}")));
            }
        }
        text
    }

    /// Compares a text with the recorded one. A name that has no value yet gets it from the text.
    fn compare(&mut self, recorded: &str, text: &str) -> Result<(), String> {
        let mut rest = text;
        let differs = |rest: &str, expected: &str| {
            let at = text.len() - rest.len();
            Err(format!("at byte {at}, {expected:?} is missing: {text}"))
        };
        for (plain, name) in pieces(recorded) {
            match rest.strip_prefix(plain) {
                Some(after) => rest = after,
                None => return differs(rest, plain),
            }
            let Some(name) = name else { continue };
            let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            let (shown, after) = rest.split_at(length.unwrap_or(rest.len()));
            match self.0.get(name) {
                Some(known) => match rest.strip_prefix(known.as_str()) {
                    Some(after) => rest = after,
                    None => return differs(rest, name),
                },
                None if shown.len() < SHORTEST => return differs(rest, name),
                None => {
                    self.0.insert(name.to_owned(), shown.to_owned());
                    rest = after;
                }
            }
        }
        match rest.is_empty() {
            true => Ok(()),
            false => differs(rest, "the end"),
        }
    }
}

/// Splits a recorded text into plain texts, and the name after each but the last.
fn pieces(recorded: &str) -> Vec<(&str, Option<&str>)> {
    let (mut found, mut rest) = (Vec::new(), recorded);
    while let Some((plain, after)) = rest.split_once(MARKS.0) {
        let (name, after) = after.split_once(MARKS.1).expect("the end of a name");
        found.push((plain, Some(name)));
        rest = after;
    }
    found.push((rest, None));
    found
}

async fn send(demo: &Serving, names: &Names, exchange: &Exchange) -> Answer {
    let headers: Vec<(&str, String)> = exchange
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), names.fill(value)))
        .collect();
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    let (path, body) = (names.fill(&exchange.path), names.fill(&exchange.body));
    demo.send(&exchange.method, &path, &headers, &body).await
}

fn compare(names: &mut Names, exchange: &Exchange, answer: &Answer) -> Result<(), String> {
    names.0.remove(REQUEST_ID);
    if answer.status != exchange.status {
        return Err(format!(
            "{} instead of {}: {}",
            answer.status, exchange.status, answer.body
        ));
    }
    let shown: BTreeMap<String, &str> = answer
        .headers()
        .map(|(name, value)| (name.to_lowercase(), value))
        .filter(|(name, _)| !NOT_RECORDED.contains(&name.as_str()))
        .collect();
    let (found, recorded): (Vec<_>, Vec<_>) = (
        shown.keys().collect(),
        exchange.answer_headers.keys().collect(),
    );
    if found != recorded {
        return Err(format!("the headers {found:?} instead of {recorded:?}"));
    }
    for (name, recorded) in &exchange.answer_headers {
        let compared = names.compare(recorded, shown[name]);
        compared.map_err(|difference| format!("header {name}: {difference}"))?;
    }
    names.compare(&exchange.answer, &answer.body)
}

/// Replays a recording against a fresh demo. Returns the bodies of the webhooks that it sent.
async fn replay(recording: &str) -> Vec<String> {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let receiver = Receiver::start().await;
    let mut names = Names::new(demo.text("/url"), receiver.url());
    let mut lines = recording.lines();
    let beginning = lines.next().expect("the first line");
    let beginning: Beginning = serde_json::from_str(beginning).expect("the beginning");
    let clock = json!({ "clock": { "now": beginning.started, "runs": false } });
    done(&demo, "POST", "reset", clock).await;
    let mut differences = String::new();
    for (number, line) in lines.enumerate() {
        let exchange: Exchange = serde_json::from_str(line).expect("an exchange");
        done(&demo, "PUT", "clock", json!({ "advance_ms": 1_000 })).await;
        let answer = send(&demo, &names, &exchange).await;
        if let Err(difference) = compare(&mut names, &exchange, &answer) {
            let Exchange { method, path, .. } = &exchange;
            writeln!(
                differences,
                "{}: {method} {path}: {difference}\n{}",
                number + 1,
                exchange.answer
            )
            .expect("written");
        }
    }
    assert_eq!(differences, "");
    let sent: Value = done(&demo, "GET", "requests", Value::Null).await;
    assert!(sent["total"].as_u64() > Some(100), "{}", sent["total"]);
    let webhooks = receiver.wait_for(1).await;
    let bodies = webhooks.iter().map(|webhook| webhook.json().to_string());
    bodies
        .map(|body| body.replace(demo.text("/url"), "{{server}}"))
        .collect()
}

async fn is_the_same_at_two_starts(recording: &str) {
    let first = replay(recording).await;
    assert_eq!(replay(recording).await, first);
}

#[tokio::test]
async fn the_npm_client_gets_its_recorded_answers() {
    is_the_same_at_two_starts(include_str!("recorded/helpscout-npm.jsonl")).await;
}

#[tokio::test]
async fn the_pypi_client_gets_its_recorded_answers() {
    is_the_same_at_two_starts(include_str!("recorded/helpscout-pypi.jsonl")).await;
}

#[test]
fn a_difference_is_found_wherever_it_is() {
    let secret = "0123456789abcdef0123456789abcdef";
    let mut names = Names::new("http://127.0.0.1:1", "http://127.0.0.1:2");
    let recorded = r#"{"url":"{{server}}/a","token":"{{token 1}}"}"#;
    let text = |token: &str, end: &str| {
        format!(r#"{{"url":"http://127.0.0.1:1/a","token":"{token}"}}{end}"#)
    };
    assert!(names.compare(recorded, &text("short", "")).is_err());
    assert_eq!(names.compare(recorded, &text(secret, "")), Ok(()));
    assert_eq!(names.fill("Bearer {{token 1}}"), format!("Bearer {secret}"));
    assert!(
        names
            .compare(recorded, &text(&secret.replace('0', "1"), ""))
            .is_err()
    );
    assert!(names.compare(recorded, &text(secret, " ")).is_err());
    assert!(
        names
            .compare(recorded, &text(secret, "").replace("/a", "/b"))
            .is_err()
    );
}
