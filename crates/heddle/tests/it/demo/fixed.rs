//! Tests of the fixed ids and secrets of `heddle demo`: the same at every start, and refused where they would be a danger.

use heddle_testkit::On;
use serde_json::{Value, json};

use super::{helpscout, lasting, lasting_store, magicline, mews, mykaarma, prose, words};
use crate::process::{Home, Serving};

/// Returns the line without what differs between two folders and starts.
fn fixed(line: &Value) -> Value {
    let mut line = lasting(line);
    line.as_object_mut().expect("an object").remove("data");
    line
}

/// Returns what each API shows of the sample data: conversations with their ids, GUIDs, UUIDs and times.
async fn shown(demo: &Serving) -> Vec<Value> {
    let open = demo.id("/helpscout/conversation_id");
    let mut shown = Vec::new();
    for path in [
        "/v2/conversations?status=all".to_owned(),
        format!("/v2/conversations/{open}/threads"),
        "/v2/customers".to_owned(),
    ] {
        let answer = helpscout(demo, "GET", &path, "").await;
        assert_eq!(answer.status, 200, "{path}");
        // Links begin with the address of the server.
        let text = answer.body.replace(demo.text("/url"), "URL");
        shown.push(serde_json::from_str(&text).expect("JSON"));
    }
    let threads = mews(demo, "/mews/client_token", "/mews/access_token").await;
    shown.push(threads.json());
    let threads = mykaarma(demo, "/mykaarma/department_uuid", json!({})).await;
    let mut threads = threads.json();
    let request = threads
        .as_object_mut()
        .expect("an object")
        .remove("requestUUID");
    assert!(request.is_some_and(|request| request.is_string()));
    shown.push(threads);
    let token = format!("Bearer {}", demo.text("/native/token"));
    for path in [
        "/api/v1/events",
        "/api/v1/agents",
        "/api/v1/inboxes",
        "/api/v1/customers",
    ] {
        let answer = demo
            .send("GET", path, &[("authorization", &token)], "")
            .await;
        assert_eq!(answer.status, 200, "{path}");
        shown.push(answer.json());
    }
    shown
}

#[tokio::test]
async fn every_start_shows_the_same_data() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let home = Home::new();
        let demo = home.serve(&["demo"]).await;
        seen.push((fixed(&demo.line), shown(&demo).await));
    }
    assert_eq!(seen[0].0, seen[1].0);
    for (first, second) in seen[0].1.iter().zip(&seen[1].1) {
        assert_eq!(first, second);
    }
}

/// Ids of messages contain the number of the node, which is another one in each database.
#[tokio::test]
async fn on_postgres_the_line_is_the_same_at_every_start() {
    let sqlite = Home::new().serve(&["demo"]).await.line.clone();
    let home = Home::new();
    let arguments = lasting_store(On::Postgres, &home).await;
    let demo = home.serve(&words(&arguments)).await;
    assert_eq!(fixed(&demo.line), fixed(&sqlite));
}

/// Test suites have recorded these values: a change of them breaks the fixtures of others.
#[tokio::test]
async fn recorded_fixtures_stay_valid() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let threads = mews(&demo, "/mews/client_token", "/mews/access_token").await;
    let first = &threads.json()["MessageThreads"][0];
    let recorded = json!({
        "native": demo.text("/native/token"),
        "customer": demo.text("/mykaarma/customer_uuid"),
        "enterprise": demo.line["mews"]["enterprise_ids"][0],
        "thread": first["Id"],
        "created": first["CreatedUtc"],
        "conversation": demo.id("/helpscout/conversation_id"),
    });
    let expected = json!({
        "native": "1551f304c794a377c6e5d327cd817f9d722d6fcd7972fdd4b5e0f8ae99ad5796",
        "customer": "93d36dca-520b-48fb-a81c-2b3c85314862",
        "enterprise": "5a6f0ca7-4767-402a-9f21-6358c50e876c",
        "thread": "019bb16f-21a8-8200-8000-00000025f585",
        "created": "2026-01-12T09:00:09Z",
        "conversation": 1,
    });
    assert_eq!(recorded, expected);
}

#[tokio::test]
async fn with_random_everything_secret_is_new() {
    let (home, other) = (Home::new(), Home::new());
    let usual = home.serve(&["demo"]).await;
    let random = other.serve(&["demo", "--random"]).await;
    for secret in [
        "/helpscout/client_id",
        "/helpscout/client_secret",
        "/helpscout/access_token",
        "/mews/client_token",
        "/mews/access_token",
        "/mews/enterprise_ids/0",
        "/magicline/api_key",
        "/mykaarma/username",
        "/mykaarma/password",
        "/mykaarma/customer_uuid",
        "/native/token",
    ] {
        let (usual, random) = (usual.text(secret), random.text(secret));
        assert_eq!(usual.len(), random.len(), "{secret}");
        assert_ne!(usual, random, "{secret}");
    }
    let customer = random.id("/magicline/customer_id");
    let key = random.text("/magicline/api_key");
    assert_eq!(magicline(&random, key, customer).await.status, 200);
}

#[tokio::test]
async fn a_folder_keeps_its_kind_of_secrets() {
    let home = Home::new();
    let (fixed, random) = (home.text("fixed"), home.text("random"));
    home.serve(&["demo", "--data", &fixed]).await.stop().await;
    let said = home.refused(&["demo", "--data", &fixed, "--random"]).await;
    assert!(
        said.contains("fixed secrets") && said.contains("--data"),
        "{said}"
    );
    let first = home.serve(&["demo", "--data", &random, "--random"]).await;
    let line = lasting(&first.line);
    first.stop().await;
    let again = home.serve(&["demo", "--data", &random]).await;
    assert_eq!(lasting(&again.line), line);
}

#[tokio::test]
async fn other_machines_reach_only_a_demo_with_random_secrets() {
    let home = Home::new();
    for address in ["0.0.0.0:0", "[::]:0"] {
        let said = home.refused(&["demo", "--listen", address]).await;
        assert!(
            said.contains("--random") && said.contains(address),
            "{said}"
        );
    }
    assert_eq!(home.left_in_tmp(), 0);
    let (_demo, text) = prose(&home, &["demo", "--listen", "0.0.0.0:0", "--random"]).await;
    assert!(text.contains("Heddle serves sample data"), "{text}");
}

#[tokio::test]
async fn beyond_the_loopback_the_control_api_needs_the_native_token() {
    let home = Home::new();
    let mut demo = home.serve_at("0.0.0.0:0", &["demo", "--random"]).await;
    let port = demo.text("/url").rsplit(':').next().map(str::to_owned);
    demo.line["url"] = format!("http://127.0.0.1:{}", port.expect("a port")).into();
    let token = format!("Bearer {}", demo.text("/native/token"));
    let clock = async |headers: &[(&str, &str)]| {
        let answer = demo.send("GET", "/__demo__/clock", headers, "").await;
        answer.status
    };
    assert_eq!(clock(&[]).await, 401);
    assert_eq!(clock(&[("authorization", "Bearer wrong")]).await, 401);
    assert_eq!(clock(&[("authorization", &token)]).await, 200);
}

#[tokio::test]
async fn no_page_of_another_site_uses_the_control_api() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    for (headers, status) in [
        (&[("origin", "https://site.example")][..], 403),
        (&[("sec-fetch-site", "cross-site")], 403),
        (&[("origin", "http://localhost:3000")], 204),
    ] {
        let answer = demo.send("POST", "/__demo__/reset", headers, "").await;
        assert_eq!(answer.status, status, "{headers:?}");
    }
}

#[tokio::test]
async fn serve_refuses_a_store_with_the_secrets_of_every_demo() {
    let home = Home::new();
    let data = home.text("data");
    let demo = home.serve(&["demo", "--data", &data]).await;
    demo.stop().await;
    let said = home
        .refused(&["serve", "--data", &data, "--listen", "127.0.0.1:0"])
        .await;
    assert!(
        said.contains("everybody knows") && said.contains("credential revoke"),
        "{said}"
    );
    let listed = home
        .json(&["credential", "list", "--account", "1", "--data", &data])
        .await;
    let credentials = listed["credentials"].as_array().expect("a list");
    assert_eq!(credentials.len(), 8);
    for credential in credentials {
        let number = credential["id"].to_string();
        assert!(said.contains(&number), "{number}: {said}");
        let revoke = [
            "credential",
            "revoke",
            "--account",
            "1",
            "--credential",
            &number,
        ];
        home.json(&[&revoke[..], &["--data", &data]].concat()).await;
    }
    home.serve(&["serve", "--data", &data]).await;
}

#[tokio::test]
async fn serve_accepts_a_store_with_random_secrets() {
    let home = Home::new();
    let data = home.text("data");
    home.serve(&["demo", "--data", &data, "--random"])
        .await
        .stop()
        .await;
    home.serve(&["serve", "--data", &data]).await;
}

#[tokio::test]
async fn the_access_token_of_the_line_is_valid() {
    for more in [None, Some("--random")] {
        let home = Home::new();
        let arguments: Vec<&str> = ["demo"].into_iter().chain(more).collect();
        let demo = home.serve(&arguments).await;
        let bearer = format!("Bearer {}", demo.text("/helpscout/access_token"));
        let me = demo
            .send("GET", "/v2/users/me", &[("authorization", &bearer)], "")
            .await;
        assert_eq!(me.status, 200, "{more:?}");
        assert_eq!(me.json()["id"], demo.id("/helpscout/user_id"));
    }
}

#[tokio::test]
async fn a_demo_of_an_earlier_version_gets_a_token_that_stays() {
    let home = Home::new();
    let data = home.text("data");
    home.serve(&["demo", "--data", &data, "--random"])
        .await
        .stop()
        .await;
    let mut kept: Value = serde_json::from_str(&home.read("data/demo.json")).expect("JSON");
    let members = kept["helpscout"].as_object_mut().expect("an object");
    members.remove("access_token").expect("there is one");
    home.write("data/demo.json", &kept.to_string());
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let demo = home.serve(&["demo", "--data", &data]).await;
        let bearer = format!("Bearer {}", demo.text("/helpscout/access_token"));
        let me = demo
            .send("GET", "/v2/users/me", &[("authorization", &bearer)], "")
            .await;
        assert_eq!(me.status, 200);
        tokens.push(bearer);
        demo.stop().await;
    }
    assert_eq!(tokens[0], tokens[1]);
}

#[tokio::test]
async fn wrong_secrets_are_not_limited() {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let customer = demo.id("/magicline/customer_id");
    // `serve` refuses the 121st within a minute.
    for attempt in 0..130 {
        let answer = magicline(&demo, "wrong", customer).await;
        assert_eq!(answer.status, 401, "attempt {attempt}");
    }
}
