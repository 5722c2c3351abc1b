//! Tests that no input makes the server fail: hostile values in every field of each valid request, and arbitrary JSON
//! and bytes at every route. No response is 5xx, and every refusal has the API's error format.

use heddle::config::Overrides;
use heddle_testkit::On;
use heddle_testkit::described::places;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::catalogue::{Fixture, Row, Sample, rows};
use crate::harness::{Answer, World};

/// Returns the values that are put into every field, as JSON text.
fn hostile_values() -> Vec<String> {
    let deep = |open: &str, close: &str, depth: usize| {
        format!("{}{}", open.repeat(depth), close.repeat(depth))
    };
    let mut values: Vec<String> = [
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1",
        "-0",
        "0.5",
        "1e3",
        "1e400",
        "-1e400",
        "2147483648",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "\"\"",
        "\" \"",
        "\"\\u0000\"",
        "\"a\\u0000b\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\uffff\"",
        "\"\\ufeff\"",
        "\"\\u202e\"",
        "\"../../etc/passwd\"",
        "\"%00\"",
        "\"' OR 1=1 --\"",
        "\"$1\"",
        "\"{}\"",
        "\"[]\"",
        "\"null\"",
        "\"9223372036854775808\"",
        "\"-1\"",
        "\"1e400\"",
        "\"2026-02-30T00:00:00Z\"",
        "\"9999-12-31T23:59:59Z\"",
        "\"0001-01-01T00:00:00Z\"",
        "\"+292278994-08-17T07:12:55Z\"",
        "\"00000000-0000-0000-0000-000000000000\"",
        "\"ffffffff-ffff-8fff-bfff-ffffffffffff\"",
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "[{}]",
        "{\"\":null}",
        "{\"id\":null,\"id\":-1}",
        "[1,\"a\",null,{},[]]",
        "NaN",
        "Infinity",
        "'x'",
        "tru",
        "\"unterminated",
    ]
    .map(str::to_owned)
    .into();
    values.push(format!("\"{}\"", "x".repeat(1 << 20)));
    values.push(format!("\"{}\"", "\u{1F9F5}".repeat(3_000)));
    values.push(deep("[", "]", 5_000));
    values.push(deep("{\"a\":", "}", 5_000).replacen("}", "1}", 1));
    values.push(format!("[{}]", vec!["1"; 5_000].join(",")));
    values
}

/// Returns the body with raw JSON text in one place.
fn with_raw(body: &Value, place: &str, raw: &str) -> String {
    const MARK: &str = "put the value here";
    let mut body = body.clone();
    *body.pointer_mut(place).expect("the place exists") = Value::String(MARK.into());
    body.to_string().replace(&format!("\"{MARK}\""), raw)
}

/// Returns what is wrong with the response to hostile input; `None` if nothing is.
fn fault(answer: &Answer, what: &str) -> Option<String> {
    let body = String::from_utf8_lossy(&answer.body);
    let start: String = body.chars().take(300).collect();
    let enveloped =
        || serde_json::from_slice::<Value>(&answer.body).is_ok_and(|body| body.is_object());
    // The page of consent is for browsers, so its refusals are pages, too.
    let is_page = || answer.header("content-type").starts_with("text/html");
    let bare =
        answer.status.is_client_error() && !answer.body.is_empty() && !enveloped() && !is_page();
    (answer.status.as_u16() >= 500 || bare).then(|| format!("{what}: {} {start}", answer.status))
}

/// Starts a test server without a limit of threads per conversation.
async fn roomy(on: On) -> World {
    let settings = [heddle_helpscout::settings::THREAD_CAP.to(0)]
        .into_iter()
        .collect();
    World::with(on, settings, Overrides::default()).await
}

async fn every_value_in_every_field(on: On) {
    let world = roomy(on).await;
    let fixture = Fixture::new(&world).await;
    let values = hostile_values();
    assert!(values.len() >= 40);
    let mut faults: Vec<String> = Vec::new();
    for row in rows(&world, &fixture) {
        let Some(body) = &row.sample.body else {
            continue;
        };
        let mut found = Vec::new();
        places(body, "", &mut found);
        for place in &found {
            for raw in &values {
                let answer = row
                    .sample
                    .send_text(&world, with_raw(body, place, raw).into_bytes())
                    .await;
                let shown: String = raw.chars().take(40).collect();
                faults.extend(fault(
                    &answer,
                    &format!("{} {} {place} = {shown}", row.method, row.template),
                ));
            }
        }
        duplicates(&world, &row, body, &mut faults).await;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whether Magicline says that another customer has the address.
fn is_told_of_another(answer: &Answer) -> bool {
    let body = answer.json();
    let message = body["errorMessage"].as_str().unwrap_or_default();
    message.starts_with("Another customer has")
}

/// Sends each member twice. The last one counts, and wrong types of both must do no harm.
async fn duplicates(world: &World, row: &Row, body: &Value, faults: &mut Vec<String>) {
    let text = body.to_string();
    // A list has no members.
    let Some(inner) = text.strip_prefix('{') else {
        return;
    };
    for name in body.as_object().expect("an object").keys() {
        let doubled = format!("{{\"{name}\":[],{inner}");
        let answer = row.sample.send_text(world, doubled.into_bytes()).await;
        // An action that is possible only once may have succeeded before. Then a refusal is correct, because the
        // request was read.
        let once = row.template.ends_with("/split") || row.template.ends_with("/messages/{}");
        // Magicline says 400 if a customer has the address already.
        let taken = row.template.starts_with("/v1/") && row.template.ends_with("/create");
        let is_done = answer.status == 409
            || (once && answer.status == 422)
            || (taken && answer.status == 400 && is_told_of_another(&answer));
        if answer.status != row.success && !is_done {
            faults.push(format!(
                "{} {}: the last {name} wins, but {}",
                row.method, row.template, answer.status
            ));
        }
    }
}

#[tokio::test]
async fn hostile_values_on_sqlite() {
    every_value_in_every_field(On::Sqlite).await;
}

#[tokio::test]
async fn hostile_values_on_postgres() {
    every_value_in_every_field(On::Postgres).await;
}

/// Path segments that are not valid ids.
const SEGMENTS: [&str; 14] = [
    "%00",
    "a%00b",
    "%ff",
    "%2e%2e",
    "..",
    "-",
    "0x10",
    "1.0",
    "%20",
    "9223372036854775808",
    "%F0%9F%A7%B5",
    "'",
    "%25",
    "{}",
];

#[tokio::test]
async fn hostile_paths() {
    for on in On::BOTH {
        let world = World::new(on).await;
        let fixture = Fixture::new(&world).await;
        for row in rows(&world, &fixture) {
            let parts: Vec<&str> = row.sample.path.split('/').collect();
            for (at, _) in row
                .template
                .split('/')
                .enumerate()
                .filter(|(_, part)| *part == "{}")
            {
                for segment in SEGMENTS {
                    let mut parts = parts.clone();
                    parts[at] = segment;
                    let sample = Sample {
                        path: parts.join("/"),
                        ..row.sample.clone()
                    };
                    if sample.path.parse::<http::Uri>().is_ok() {
                        let found = fault(&sample.send(&world).await, &sample.path);
                        assert_eq!(found, None);
                    }
                }
            }
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z]{0,12}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Sends arbitrary bodies to every route. Some JSON bodies are the valid request with a random member replaced.
fn throw(cases: u32, strategy: impl Strategy<Value = Throw>) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (world, fixture) = runtime.block_on(async {
        let world = roomy(On::Sqlite).await;
        let fixture = Fixture::new(&world).await;
        (world, fixture)
    });
    let rows = rows(&world, &fixture);
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    });
    let thrown = runner.run(&strategy, |throw| {
        for row in &rows {
            let body = throw.body(row.sample.body.as_ref());
            let answer = runtime.block_on(row.sample.send_text(&world, body));
            prop_assert_eq!(
                fault(&answer, &format!("{} {}", row.method, row.template)),
                None
            );
        }
        Ok(())
    });
    thrown.expect("nothing fails");
    runtime.shutdown_background();
}

#[derive(Clone, Debug)]
enum Throw {
    Bytes(Vec<u8>),
    Json(Value),
    Member(prop::sample::Index, Value),
}

impl Throw {
    fn body(&self, valid: Option<&Value>) -> Vec<u8> {
        match (self, valid) {
            (Self::Bytes(bytes), _) => bytes.clone(),
            (Self::Member(at, value), Some(valid)) => {
                let mut found = Vec::new();
                places(valid, "", &mut found);
                with_raw(valid, at.get::<String>(&found), &value.to_string()).into_bytes()
            }
            (Self::Json(value) | Self::Member(_, value), _) => value.to_string().into_bytes(),
        }
    }
}

#[test]
fn arbitrary_bytes_and_json() {
    throw(
        128,
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200).prop_map(Throw::Bytes),
            any_json().prop_map(Throw::Json),
            (any::<prop::sample::Index>(), any_json())
                .prop_map(|(at, value)| Throw::Member(at, value)),
        ],
    );
}
