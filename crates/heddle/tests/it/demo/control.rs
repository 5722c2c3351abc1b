//! Tests of the control API of `heddle demo`, below `/__demo__/`.

use std::time::{Duration, Instant};

use heddle_testkit::On;
use heddle_testkit::TIMEOUT;
use heddle_testkit::receiver::{Receiver, Reply};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{helpscout, lasting_store, magicline, phone, words};
use crate::process::{Answer, Home, Serving, in_time};

/// Calls the control API.
async fn control(demo: &Serving, method: &str, path: &str, body: Value) -> Answer {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    demo.send(method, &format!("/__demo__/{path}"), &[], &body)
        .await
}

/// Calls the control API; the call must succeed. Returns its body, null if there is none.
pub(super) async fn done(demo: &Serving, method: &str, path: &str, body: Value) -> Value {
    let answer = control(demo, method, path, body).await;
    assert!(
        (200..300).contains(&answer.status),
        "{method} {path}: {answer:?}"
    );
    match answer.body.is_empty() {
        true => Value::Null,
        false => answer.json(),
    }
}

/// Calls the native API with the demo's token.
async fn native(demo: &Serving, method: &str, path: &str, body: Value) -> Answer {
    let token = format!("Bearer {}", demo.text("/native/token"));
    let headers = [
        ("authorization", token.as_str()),
        ("content-type", "application/json"),
    ];
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    demo.send(method, path, &headers, &body).await
}

/// Creates a conversation; returns its id.
async fn create(demo: &Serving) -> i64 {
    let key = demo.text("/magicline/api_key");
    let made = magicline(demo, key, demo.id("/magicline/customer_id")).await;
    assert_eq!(made.status, 200, "{made:?}");
    made.json()["threadId"].as_i64().expect("an id")
}

/// Returns the ids of all conversations.
async fn conversations(demo: &Serving) -> Vec<i64> {
    let answer = native(demo, "GET", "/api/v1/conversations?limit=100", Value::Null).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = answer.json();
    let items = answer["data"].as_array().expect("a list");
    items
        .iter()
        .map(|item| item["id"].as_i64().expect("an id"))
        .collect()
}

#[tokio::test]
async fn a_reset_brings_the_sample_data_back() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let before = conversations(&demo).await;
    for _ in 0..2 {
        let created = create(&demo).await;
        assert_eq!(phone(&demo, created).await.status, 201);
        let grant = json!({ "api": "native", "name": "Extra", "scopes": ["account.read"] });
        let extra = native(&demo, "POST", "/api/v1/credentials", grant).await;
        assert_eq!(extra.status, 201, "{extra:?}");
        let token = extra.json()["secrets"]["token"].as_str().map(str::to_owned);
        let bearer = format!("Bearer {}", token.expect("a token"));
        let extra = async || {
            let headers = [("authorization", bearer.as_str())];
            demo.send("GET", "/api/v1/account", &headers, "")
                .await
                .status
        };
        assert_eq!(extra().await, 200);
        done(
            &demo,
            "POST",
            "faults",
            json!({ "status": 500, "path": "/never" }),
        )
        .await;
        done(&demo, "POST", "reset", Value::Null).await;
        assert_eq!(extra().await, 401, "the token is gone, from caches too");
        assert_eq!(conversations(&demo).await, before);
        assert_eq!(
            done(&demo, "GET", "faults", Value::Null).await["faults"],
            json!([])
        );
        let requests = done(&demo, "GET", "requests", Value::Null).await;
        assert_eq!(
            requests["total"], 2,
            "only those after the reset: {requests}"
        );
    }
    let first = create(&demo).await;
    done(&demo, "POST", "reset", Value::Null).await;
    assert_eq!(create(&demo).await, first, "the same ids again");
}

#[tokio::test]
async fn with_the_clock_at_the_same_time_even_new_ids_are_the_same() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let clock = json!({ "clock": { "now": "2026-02-01T08:00:00Z", "runs": false } });
        done(&demo, "POST", "reset", clock).await;
        let created = create(&demo).await;
        let threads = format!("/v2/conversations/{created}/threads");
        seen.push((created, helpscout(&demo, "GET", &threads, "").await.body));
    }
    assert_eq!(seen[0], seen[1]);
    assert!(seen[0].1.contains("2026-02-01T08:00:00Z"), "{}", seen[0].1);
    let early = json!({ "clock": { "now": "2026-01-12T09:00:00Z" } });
    let refused = control(&demo, "POST", "reset", early).await;
    assert_eq!(refused.status, 422, "ids would be later than the clock");
}

#[tokio::test]
async fn a_demo_is_reset_after_a_restart_too() {
    let home = Home::new();
    let data = home.text("data");
    let demo = home.serve(&["demo", "--data", &data]).await;
    let before = conversations(&demo).await;
    create(&demo).await;
    done(&demo, "POST", "snapshots", json!({ "name": "one-more" })).await;
    demo.stop().await;
    let demo = home
        .serve(&["demo", "--data", &data, "--vendor-limits"])
        .await;
    let with_one_more = conversations(&demo).await;
    assert_eq!(with_one_more.len(), before.len() + 1);
    done(&demo, "POST", "reset", Value::Null).await;
    assert_eq!(conversations(&demo).await, before);
    let me = helpscout(&demo, "GET", "/v2/users/me", "").await;
    let header = |name: &str| me.header(name).parse::<i64>().expect("a number");
    let used = header("x-ratelimit-limit-minute") - header("x-ratelimit-remaining-minute");
    assert_eq!(used, 1, "the vendors' limits hold after the reset");
    done(&demo, "POST", "snapshots/one-more", Value::Null).await;
    assert_eq!(conversations(&demo).await, with_one_more);
    demo.stop().await;
    let demo = home.serve(&["demo", "--data", &data]).await;
    assert_eq!(conversations(&demo).await, with_one_more);
}

#[tokio::test]
async fn a_snapshot_keeps_data_and_clock() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let created = create(&demo).await;
    let saved = done(&demo, "POST", "snapshots", json!({ "name": "one" })).await;
    assert_eq!(saved, json!({ "name": "one" }));
    let with_one = conversations(&demo).await;
    assert!(with_one.contains(&created));
    done(&demo, "PUT", "clock", json!({ "advance_ms": 86_400_000 })).await;
    create(&demo).await;
    done(&demo, "POST", "snapshots", json!({ "name": "two" })).await;
    let listed = done(&demo, "GET", "snapshots", Value::Null).await;
    assert_eq!(listed, json!({ "snapshots": ["one", "two"] }));
    let tomorrow = time(&done(&demo, "GET", "clock", Value::Null).await);
    done(&demo, "POST", "snapshots/one", Value::Null).await;
    assert_eq!(conversations(&demo).await, with_one);
    let today = time(&done(&demo, "GET", "clock", Value::Null).await);
    assert!(today < tomorrow, "{today} {tomorrow}");
    done(&demo, "POST", "snapshots/two", Value::Null).await;
    assert_eq!(conversations(&demo).await.len(), with_one.len() + 1);
    assert!(time(&done(&demo, "GET", "clock", Value::Null).await) >= tomorrow);
    for (method, path, body, status) in [
        ("POST", "snapshots/three", Value::Null, 404),
        ("POST", "snapshots/..", Value::Null, 404),
        ("POST", "snapshots", json!({ "name": "a/b" }), 422),
        ("POST", "snapshots", json!({}), 422),
    ] {
        let answer = control(&demo, method, path, body).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
    }
}

fn time(clock: &Value) -> jiff::Timestamp {
    let text = clock["now"].as_str().expect("a time");
    text.parse().expect("a time")
}

#[tokio::test]
async fn readers_see_one_state_or_the_other() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let sample = conversations(&demo).await;
    create(&demo).await;
    let more = conversations(&demo).await;
    done(&demo, "POST", "snapshots", json!({ "name": "more" })).await;
    let replace = async {
        for round in 0..20 {
            let path = ["reset", "snapshots/more"][round % 2];
            done(&demo, "POST", path, Value::Null).await;
        }
    };
    let read = async {
        loop {
            let seen = conversations(&demo).await;
            assert!(seen == sample || seen == more, "{seen:?}");
        }
    };
    tokio::select! {
        () = replace => {}
        () = read => {}
    }
    assert_eq!(conversations(&demo).await, more);
}

#[tokio::test]
async fn a_reset_does_not_wait_for_streams_and_slow_requests() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let address = demo.text("/url").trim_start_matches("http://").to_owned();
    let token = demo.text("/native/token");
    let mut stream = TcpStream::connect(&address).await.expect("a connection");
    let head = format!(
        "GET /api/v1/events/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut first = [0; 12];
    in_time("the stream", stream.read_exact(&mut first))
        .await
        .expect("a status");
    assert_eq!(&first, b"HTTP/1.1 200");
    let mut slow = TcpStream::connect(&address).await.expect("a connection");
    let key = demo.text("/magicline/api_key");
    let customer = demo.id("/magicline/customer_id");
    let head = format!(
        "POST /v1/communications/{customer}/threads HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{"
    );
    slow.write_all(head.as_bytes()).await.expect("sent");
    // The request has arrived when it is in the list.
    wait_until("the slow request", async || {
        let requests = done(&demo, "GET", "requests", Value::Null).await;
        let list = requests["requests"].as_array().expect("a list").clone();
        list.iter()
            .any(|request| request["method"] == "POST")
            .then_some(())
    })
    .await;
    done(&demo, "POST", "reset", Value::Null).await;
    let mut rest = Vec::new();
    in_time("the end of the stream", stream.read_to_end(&mut rest))
        .await
        .expect("read");
    let mut answer = [0; 12];
    in_time("an answer", slow.read_exact(&mut answer))
        .await
        .expect("a status");
    assert_eq!(&answer, b"HTTP/1.1 503");
}

/// Asks until there is something.
async fn wait_until<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let asked = async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
        }
    };
    in_time(what, asked).await
}

async fn me(demo: &Serving, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    demo.send("GET", "/v2/users/me", &headers, "").await.status
}

#[tokio::test]
async fn tokens_and_locks_by_age_follow_the_clock() {
    let home = Home::new();
    let data = home.text("data");
    let demo = home.serve(&["demo", "--data", &data]).await;
    let grant = json!({
        "grant_type": "client_credentials",
        "client_id": demo.text("/helpscout/client_id"),
        "client_secret": demo.text("/helpscout/client_secret"),
    });
    let json = ("content-type", "application/json");
    let answer = demo
        .send("POST", "/v2/oauth2/token", &[json], &grant.to_string())
        .await;
    let token = answer.json()["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    let lock = [
        "account",
        "update",
        "--account",
        "1",
        "--lock-after-days",
        "10",
    ];
    home.json(&[&lock[..], &["--data", &data]].concat()).await;
    let created = create(&demo).await;
    assert_eq!(
        (me(&demo, &token).await, phone(&demo, created).await.status),
        (200, 201)
    );
    let before = time(&done(&demo, "GET", "clock", Value::Null).await);
    let days = json!({ "advance_ms": 3 * 86_400_000_i64 });
    let after = done(&demo, "PUT", "clock", days).await;
    assert_eq!(after["runs"], true);
    assert!(time(&after) >= before + jiff::SignedDuration::from_hours(72));
    assert_eq!(me(&demo, &token).await, 401, "it was valid for two days");
    assert_eq!(phone(&demo, created).await.status, 201);
    let days = json!({ "advance_ms": 11 * 86_400_000_i64 });
    done(&demo, "PUT", "clock", days).await;
    assert_eq!(
        phone(&demo, created).await.status,
        412,
        "the last message is too old"
    );
    assert_eq!(me(&demo, demo.text("/helpscout/access_token")).await, 200);
}

#[tokio::test]
async fn windows_of_rate_limits_follow_the_clock() {
    let home = Home::new();
    let demo = home.serve(&["demo", "--vendor-limits"]).await;
    done(&demo, "PUT", "clock", json!({ "runs": false })).await;
    let token = demo.text("/helpscout/access_token");
    let mut answered = 0;
    while me(&demo, token).await == 200 {
        answered += 1;
        assert!(answered < 1_000, "there is no limit");
    }
    assert_eq!(me(&demo, token).await, 429);
    done(&demo, "PUT", "clock", json!({ "advance_ms": 60_000 })).await;
    assert_eq!(me(&demo, token).await, 200);
}

#[tokio::test]
async fn the_clock_stands_runs_and_never_goes_back() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let set = json!({ "now": "2080-05-04T09:30:00Z", "runs": false });
    let shown = json!({ "now": "2080-05-04T09:30:00.000Z", "runs": false });
    assert_eq!(done(&demo, "PUT", "clock", set).await, shown);
    assert_eq!(done(&demo, "GET", "clock", Value::Null).await, shown);
    let running = done(&demo, "PUT", "clock", json!({ "runs": true })).await;
    assert_eq!(running["runs"], true);
    assert!(time(&running) >= time(&shown));
    for (change, status) in [
        (json!({ "now": "2026-05-04T09:30:00Z" }), 409),
        (json!({ "advance_ms": -1 }), 422),
        (json!({ "now": "2090-01-01T00:00:00Z" }), 422),
        (json!({ "advance_ms": i64::MAX }), 422),
        (json!({ "now": "tomorrow" }), 422),
        (
            json!({ "now": "2081-01-01T00:00:00Z", "advance_ms": 1 }),
            422,
        ),
        (json!({ "later": true }), 422),
        (json!({}), 422),
    ] {
        let refused = control(&demo, "PUT", "clock", change.clone()).await;
        assert_eq!(refused.status, status, "{change}: {refused:?}");
        let detail = refused.json()["detail"].as_str().map(str::to_owned);
        assert!(detail.is_some_and(|detail| !detail.is_empty()), "{change}");
    }
    create(&demo).await;
}

#[tokio::test]
async fn requests_are_listed_and_control_calls_are_not() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    create(&demo).await;
    helpscout(&demo, "GET", "/v2/conversations?status=all", "").await;
    helpscout(&demo, "GET", "/v2/reports/company", "").await;
    let listed = done(&demo, "GET", "requests", Value::Null).await;
    let short = |listed: &Value| -> Vec<Value> {
        let list = listed["requests"].as_array().expect("a list").iter();
        let members = ["api", "method", "path", "query", "status", "unsupported"];
        let kept = |one: &Value| members.map(|name| one[name].clone()).to_vec().into();
        list.map(kept).collect()
    };
    let path = format!(
        "/v1/communications/{}/threads",
        demo.id("/magicline/customer_id")
    );
    let token = json!(["helpscout", "POST", "/v2/oauth2/token", null, 200, null]);
    assert_eq!(
        short(&listed),
        [
            json!(["magicline", "POST", path, null, 200, null]),
            token.clone(),
            json!([
                "helpscout",
                "GET",
                "/v2/conversations",
                "status=all",
                200,
                null
            ]),
            token,
            json!([
                "helpscout",
                "GET",
                "/v2/reports/company",
                null,
                404,
                "GET /v2/reports/company"
            ]),
        ]
    );
    assert_eq!(listed["requests"][4]["number"], 5);
    assert_eq!(
        control(&demo, "DELETE", "requests", Value::Null)
            .await
            .status,
        204
    );
    let listed = done(&demo, "GET", "requests", Value::Null).await;
    assert_eq!(listed, json!({ "requests": [], "total": 0 }));
}

#[tokio::test]
async fn the_next_requests_fail_as_asked() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let fault = json!({
        "count": 2, "method": "POST", "path": "/v1/communications/*", "status": 503,
        "body": { "message": "down" }, "headers": { "retry-after": "7" },
    });
    let added = done(&demo, "POST", "faults", fault).await;
    assert_eq!(
        (&added["number"], &added["remaining"]),
        (&json!(1), &json!(2))
    );
    assert!(!conversations(&demo).await.is_empty(), "another path");
    let key = demo.text("/magicline/api_key").to_owned();
    let customer = demo.id("/magicline/customer_id");
    for left in [json!([1]), json!([])] {
        let failed = magicline(&demo, &key, customer).await;
        assert_eq!((failed.status, failed.header("retry-after")), (503, "7"));
        assert_eq!(failed.json(), json!({ "message": "down" }));
        let faults = done(&demo, "GET", "faults", Value::Null).await;
        let faults = faults["faults"].as_array().expect("a list").clone();
        let remaining: Vec<Value> = faults.iter().map(|it| it["remaining"].clone()).collect();
        assert_eq!(Value::from(remaining), left);
    }
    assert_eq!(magicline(&demo, &key, customer).await.status, 200);
    let delay = Duration::from_millis(120);
    done(&demo, "POST", "faults", json!({ "delay_ms": 120 })).await;
    let began = Instant::now();
    assert_eq!(
        magicline(&demo, &key, customer).await.status,
        200,
        "it is only late"
    );
    assert!(began.elapsed() >= delay);
    let requests = done(&demo, "GET", "requests", Value::Null).await;
    assert_eq!(requests["requests"][1]["fault"], 1, "{requests}");
    assert_eq!(requests["requests"][1]["status"], 503, "{requests}");
    done(&demo, "POST", "faults", json!({ "status": 500 })).await;
    assert_eq!(
        control(&demo, "DELETE", "faults", Value::Null).await.status,
        204
    );
    assert_eq!(magicline(&demo, &key, customer).await.status, 200);
}

#[tokio::test]
async fn a_connection_is_cut_without_an_answer() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let before = conversations(&demo).await;
    done(&demo, "POST", "faults", json!({ "cut": true })).await;
    let address = demo.text("/url").trim_start_matches("http://").to_owned();
    let mut connection = TcpStream::connect(address).await.expect("a connection");
    let request = b"GET /v2/users/me HTTP/1.1\r\nhost: x\r\n\r\n";
    connection.write_all(request).await.expect("sent");
    let mut answer = Vec::new();
    // The end may come as a reset.
    let _ = in_time("the end", connection.read_to_end(&mut answer)).await;
    assert_eq!(String::from_utf8_lossy(&answer), "");
    let requests = done(&demo, "GET", "requests", Value::Null).await;
    let cut = requests["requests"]
        .as_array()
        .and_then(|list| list.last())
        .expect("one")
        .clone();
    assert_eq!(
        (&cut["path"], &cut["status"]),
        (&json!("/v2/users/me"), &Value::Null)
    );
    assert_eq!(conversations(&demo).await, before, "the demo goes on");
}

#[tokio::test]
async fn deliveries_are_shown_and_their_retries_follow_the_clock() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let mut answered = 0;
    let receiver = Receiver::answering(move |_| {
        answered += 1;
        if answered == 1 {
            Reply::status(500)
        } else {
            Reply::ok()
        }
    })
    .await;
    let webhook = json!({ "url": receiver.url(), "events": ["conversation.created"] });
    let made = native(&demo, "POST", "/api/v1/webhooks", webhook).await;
    assert_eq!(made.status, 201, "{made:?}");
    create(&demo).await;
    let failed = wait_until("a failed delivery", async || {
        let shown = done(&demo, "GET", "deliveries", Value::Null).await;
        let first = shown["deliveries"][0].clone();
        first["attempts"][0]["status"].is_i64().then_some(first)
    })
    .await;
    assert_eq!(
        (&failed["state"], &failed["api"]),
        (&json!("pending"), &json!("native"))
    );
    assert_eq!(failed["attempts"][0]["status"], 500);
    assert!(failed["next_attempt_at"].is_string(), "{failed}");
    let body: Value = serde_json::from_str(failed["body"].as_str().expect("a text")).expect("JSON");
    assert_eq!(body["type"], "conversation.created", "{body}");
    // Waiting for the retry itself would take longer than the test may.
    assert!(TIMEOUT < Duration::from_secs(3_600));
    done(&demo, "PUT", "clock", json!({ "advance_ms": 3_600_000 })).await;
    receiver.wait_for(2).await;
    let delivered = wait_until("a second attempt", async || {
        let shown = done(&demo, "GET", "deliveries", Value::Null).await;
        let first = shown["deliveries"][0].clone();
        (first["state"] == "delivered").then_some(first)
    })
    .await;
    assert_eq!(delivered["attempts"][1]["status"], 200);
}

#[tokio::test]
async fn errors_are_problem_documents() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let not_json = demo.send("POST", "/__demo__/faults", &[], "{").await;
    let large = "x".repeat(3 << 20);
    let too_large = demo.send("POST", "/__demo__/faults", &[], &large).await;
    let cases = [
        (not_json, 400, "not-json"),
        (too_large, 413, "too-large"),
        (
            control(&demo, "GET", "nothing", Value::Null).await,
            404,
            "not-found",
        ),
        (
            demo.send("GET", "/__demo__", &[], "").await,
            404,
            "not-found",
        ),
        (
            control(&demo, "DELETE", "clock", Value::Null).await,
            405,
            "method-not-allowed",
        ),
        (
            control(&demo, "POST", "faults", json!({})).await,
            422,
            "invalid",
        ),
        (
            control(&demo, "POST", "faults", json!({ "x": 1 })).await,
            422,
            "invalid",
        ),
        (
            control(&demo, "POST", "reset", json!({ "x": 1 })).await,
            422,
            "invalid",
        ),
    ];
    for (answer, status, kind) in cases {
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let problem = answer.json();
        assert_eq!(problem["type"], format!("urn:heddle:problem:{kind}"));
        assert_eq!(problem["status"], status);
        for member in ["title", "detail", "instance"] {
            assert!(problem[member].is_string(), "{problem}");
        }
    }
}

#[tokio::test]
async fn on_postgres_everything_but_copies_works() {
    let home = Home::new();
    let arguments = lasting_store(On::Postgres, &home).await;
    let demo = home.serve(&words(&arguments)).await;
    for (method, path) in [
        ("POST", "reset"),
        ("GET", "snapshots"),
        ("POST", "snapshots/a"),
    ] {
        let refused = control(&demo, method, path, Value::Null).await;
        assert_eq!(refused.status, 501, "{path}: {refused:?}");
        assert_eq!(refused.json()["type"], "urn:heddle:problem:not-implemented");
    }
    let save = control(&demo, "POST", "snapshots", json!({ "name": "a" })).await;
    assert_eq!(save.status, 501);
    done(&demo, "PUT", "clock", json!({ "advance_ms": 86_400_000 })).await;
    create(&demo).await;
    let requests = done(&demo, "GET", "requests", Value::Null).await;
    assert_eq!(requests["total"], 1);
    let deliveries = done(&demo, "GET", "deliveries", Value::Null).await;
    assert_eq!(deliveries, json!({ "deliveries": [] }));
}

#[tokio::test]
async fn the_reference_page_of_a_demo_is_ready_to_send_calls() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let path = "/api/v1/docs/swagger-initializer.js";
    for _ in 0..2 {
        let script = demo.send("GET", path, &[], "").await;
        assert!(
            script.body.contains("\"tryItOutEnabled\":true"),
            "{script:?}"
        );
        done(&demo, "POST", "reset", Value::Null).await;
    }
}

#[tokio::test]
async fn serve_has_no_control_api() {
    let home = Home::new();
    let data = home.text("data");
    let serving = home.serve(&["serve", "--data", &data, "--create"]).await;
    for (method, path) in [
        ("POST", "/__demo__/reset"),
        ("GET", "/__demo__/clock"),
        ("GET", "/__demo__/requests"),
        ("GET", "/__demo__/"),
    ] {
        let answer = serving.send(method, path, &[], "").await;
        assert_eq!(answer.status, 404, "{path}");
    }
}
