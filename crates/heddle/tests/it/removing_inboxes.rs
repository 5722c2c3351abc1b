//! Tests of `heddle inbox remove` with the real program. `crates/store/tests/conformance/removing_inboxes.rs` has the tests of every
//! table.

use std::process::Stdio;
use std::time::{Duration, Instant};

use heddle_testkit::On;
use serde_json::{Value, json};

use crate::backup::Furnished;
use crate::commands::with;
use crate::moving::{empty, export, import};
use crate::operator::words;
use crate::process::{Answer, Home, Serving};
use crate::removal::{refuses, token};

const PATIENCE: Duration = Duration::from_secs(30);

async fn get(server: &Serving, token: &str, path: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    server.send("GET", path, &headers, "").await
}

/// Returns the conversations that a search finds.
async fn found(server: &Serving, token: &str, word: &str) -> usize {
    let path = format!("/api/v1/search?q={word}");
    let found = get(server, token, &path).await;
    assert_eq!(found.status, 200, "{found:?}");
    found.json()["data"].as_array().expect("hits").len()
}

/// Returns how many events of a kind the feed has.
async fn kinds(server: &Serving, token: &str, kind: &str) -> usize {
    let events = get(server, token, "/api/v1/events?limit=100").await;
    let events = events.json();
    let kinds = events["data"].as_array().expect("events").iter();
    kinds.filter(|event| event["kind"] == kind).count()
}

async fn an_inbox_is_removed_while_a_server_runs(on: On) {
    let store = Furnished::new(on).await;
    let (home, source) = (&store.home, &store.source);
    store.write(&["Moth one", "Moth two"]).await;
    let token = token(home, source, "1").await;
    let server = home.serve(&with(&["serve"], source)).await;
    let refused = [
        (
            "inbox remove --account 1 --inbox 1 --yes",
            4,
            &["only one of account 1"][..],
        ),
        (
            "inbox remove --account 1 --inbox 9 --erase --yes",
            4,
            &["there is no inbox 9"],
        ),
    ];
    for refusal in refused {
        refuses(home, source, refusal).await;
    }
    for name in ["Second", "Third"] {
        let create = ["inbox", "create", "--account", "1", "--name", name];
        home.json(&with(&create, source)).await;
    }
    for (command, status, parts) in [
        (
            "inbox remove --account 1 --inbox 1 --yes",
            4,
            &["2 conversations", "--move-to INBOX", "--erase"][..],
        ),
        (
            "inbox remove --account 1 --inbox 1 --move-to 1 --yes",
            4,
            &["name another one"],
        ),
        (
            "inbox remove --account 1 --inbox 1 --move-to 9 --yes",
            4,
            &["there is no inbox 9"],
        ),
        (
            "inbox remove --account 1 --inbox 1 --move-to 2 --erase",
            2,
            &["--erase"],
        ),
        (
            "inbox remove --account 1 --inbox 1 --customers-to 2",
            2,
            &["--erase"],
        ),
        (
            "inbox remove --account 1 --inbox 1 --move-to 2",
            4,
            &["conversations: 2", "files: 2", "--yes"],
        ),
        (
            "inbox remove --account 7 --inbox 1 --erase --yes",
            4,
            &["there is no account 7"],
        ),
    ] {
        refuses(home, source, (command, status, parts)).await;
    }
    let limited = words("credential create --account 1 --api native --name limited --inbox 1");
    let limited = home.json(&with(&limited, source)).await["credential"]["id"].clone();
    let command = "inbox remove --account 1 --inbox 1 --move-to 2 --yes";
    let only = format!("only inbox of the credentials {limited}");
    refuses(
        home,
        source,
        (command, 4, &[&only, "heddle credential revoke"]),
    )
    .await;
    let revoke = format!("credential revoke --account 1 --credential {limited}");
    home.json(&with(&words(&revoke), source)).await;

    let dry = words("inbox remove --account 1 --inbox 1 --dry-run");
    let counted = home.json(&with(&dry, source)).await["removal"].clone();
    let counts = |value: &Value| {
        let contents = &value["contents"];
        ["conversations", "messages", "attachments", "files"].map(|name| contents[name].clone())
    };
    assert_eq!(
        counts(&counted),
        [2, 2, 2, 2].map(|it| json!(it)),
        "{counted}"
    );
    assert_eq!(get(&server, &token, "/api/v1/inboxes/1").await.status, 200);

    let removed = home.json(&with(&words(command), source)).await["removal"].clone();
    assert_eq!(counts(&removed), counts(&counted));
    assert_eq!(
        (&removed["moved_to"], &removed["continued"]),
        (&json!(2), &json!(false))
    );
    assert_eq!(get(&server, &token, "/api/v1/inboxes/1").await.status, 404);
    let inboxes = get(&server, &token, "/api/v1/inboxes").await.json();
    let ids: Vec<_> = inboxes["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| &it["id"])
        .collect();
    assert_eq!(ids, [2, 3], "{inboxes}");
    let desk = store.sign_in(&server).await.json()["access_token"].clone();
    let desk = desk.as_str().expect("a token");
    assert_eq!(get(&server, desk, "/v2/mailboxes/1").await.status, 404);
    let moved = get(&server, &token, "/api/v1/conversations/1").await.json();
    assert_eq!(moved["inbox_id"], 2, "{moved}");
    assert_eq!(found(&server, &token, "moth").await, 2);
    assert_eq!(store.objects("data/objects").len(), 2);

    let erase = words("inbox remove --account 1 --inbox 2 --erase --customers-to 3 --yes");
    let erased = home.json(&with(&erase, source)).await["removal"].clone();
    assert_eq!(counts(&erased), counts(&counted));
    for path in [
        "/api/v1/inboxes/2",
        "/api/v1/conversations/1",
        "/api/v1/conversations/2",
    ] {
        assert_eq!(get(&server, &token, path).await.status, 404, "{path}");
    }
    assert_eq!(get(&server, desk, "/v2/conversations/1").await.status, 404);
    assert_eq!(found(&server, &token, "moth").await, 0);
    assert_eq!(store.objects("data/objects").len(), 0);
    // On PostgreSQL an event gets its place in the feed a moment after its command.
    let told = async {
        while kinds(&server, &token, "inbox.removed").await < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, told).await.expect("events");
    assert_eq!(kinds(&server, &token, "conversation.deleted").await, 2);
    let again = home.json(&with(&erase, source)).await["removal"].clone();
    assert_eq!(
        (&again["continued"], &again["contents"]["conversations"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(server.stop().await.code, Some(0));
    let looked = home.json(&with(&["doctor"], source)).await;
    assert_eq!(looked["problems"], json!([]), "{looked}");
}

/// More conversations than three commands move or mark.
const MANY: usize = 320;

/// Adds conversations to the first inbox, through the native API.
async fn fill(store: &Furnished) {
    let (home, source) = (&store.home, &store.source);
    let bearer = format!("Bearer {}", token(home, source, "1").await);
    let server = home.serve(&with(&["serve"], source)).await;
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    for number in 0..MANY {
        let body = json!({
            "inbox_id": 1, "customer_id": 1, "subject": format!("Moth {number}"),
            "messages": [{ "channel": "phone", "direction": "incoming", "body": "Moths" }],
        });
        let (path, body) = ("/api/v1/conversations", body.to_string());
        let made = server.send("POST", path, &headers, &body).await;
        assert_eq!(made.status, 201, "{made:?}");
    }
    assert_eq!(server.stop().await.code, Some(0));
}

/// Returns a store with everything of an export.
async fn target(home: &Home, name: &str, on: On) -> Vec<String> {
    let source = empty(home, name, on).await;
    import(home, &source, "all.ndjson").await;
    source
}

/// Runs a removal again and again, kills it each time a little later, and stops when one has ended. Returns how many were killed
/// between the mark of the inbox and the last of its conversations.
async fn kill_often(home: &Home, source: &[String], command: &str, took: Duration) -> usize {
    let (mut limit, mut halfway) = (took / 4, 0);
    loop {
        let arguments = with(&words(command), source);
        let mut removal = home
            .command(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        if let Ok(ended) = tokio::time::timeout(limit, removal.wait()).await {
            assert!(ended.expect("a status").success());
            return halfway;
        }
        removal.kill().await.expect("it is killed");
        limit += took / 20;
        let dry = format!("{command} --dry-run");
        let left = home.json(&with(&words(&dry), source)).await["removal"].clone();
        let conversations = left["contents"]["conversations"].as_u64();
        if left["continued"] == true && conversations.expect("a number") > 0 {
            halfway += 1;
        }
    }
}

/// Returns what a store has, without what depends on when a command ran, and without the numbers of events.
async fn contents(home: &Home, source: &[String], name: &str) -> Vec<String> {
    let export = export(home, source, name).await;
    let mut records = Vec::new();
    for line in String::from_utf8(export).expect("UTF-8").lines() {
        let mut record: Value = serde_json::from_str(line).expect("JSON");
        let fields = record.as_object_mut().expect("an object");
        let kind = fields.get("record").and_then(Value::as_str);
        let changing: &[&str] = match kind.unwrap_or_default() {
            "header" | "trailer" | "counter" => continue,
            "event" => &["id", "recorded_at", "position", "detail"],
            _ => &[
                "version",
                "updated_at",
                "last_event_id",
                "removed_at",
                "agent_acted_at",
            ],
        };
        for field in changing {
            fields.remove(*field);
        }
        records.push(record.to_string());
    }
    records.sort();
    records
}

async fn a_killed_removal_goes_on(on: On) {
    let store = Furnished::new(On::Sqlite).await;
    let home = &store.home;
    store.write(&["Moth one", "Moth two"]).await;
    fill(&store).await;
    let second = words("inbox create --account 1 --name Second");
    home.json(&with(&second, &store.source)).await;
    export(home, &store.source, "all.ndjson").await;
    for (name, fate) in [
        ("move", "--move-to 2"),
        ("erase", "--erase --customers-to 2"),
    ] {
        let command = format!("inbox remove --account 1 --inbox 1 {fate} --yes");
        let whole = target(home, &format!("{name}-whole"), on).await;
        let begun = Instant::now();
        let removed = home.json(&with(&words(&command), &whole)).await["removal"].clone();
        let took = begun.elapsed();
        assert_eq!(removed["contents"]["conversations"], MANY + 2, "{removed}");
        let killed = target(home, &format!("{name}-killed"), on).await;
        let halfway = kill_often(home, &killed, &command, took).await;
        assert!(halfway > 0, "{name}: no run was killed halfway");
        let expected = contents(home, &whole, &format!("{name}-whole.ndjson")).await;
        let found = contents(home, &killed, &format!("{name}-killed.ndjson")).await;
        let differing = found.iter().zip(&expected).find(|(a, b)| a != b);
        assert_eq!(differing, None, "{name}");
        assert_eq!(found.len(), expected.len(), "{name}");
        let looked = home.json(&with(&["doctor"], &killed)).await;
        assert_eq!(looked["problems"], json!([]), "{name}: {looked}");
    }
}

#[tokio::test]
async fn a_killed_removal_from_sqlite_goes_on() {
    a_killed_removal_goes_on(On::Sqlite).await;
}

#[tokio::test]
async fn a_killed_removal_from_postgres_goes_on() {
    a_killed_removal_goes_on(On::Postgres).await;
}

#[tokio::test]
async fn an_inbox_is_removed_from_sqlite_while_a_server_runs() {
    an_inbox_is_removed_while_a_server_runs(On::Sqlite).await;
}

#[tokio::test]
async fn an_inbox_is_removed_from_postgres_while_a_server_runs() {
    an_inbox_is_removed_while_a_server_runs(On::Postgres).await;
}
