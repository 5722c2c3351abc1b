//! Runs the program itself with `export` and `import`. A store moves to the other engine and back, and a killed import continues. `crates/store/tests/conformance/moving.rs` has the tests of every table.

use std::process::Stdio;

use heddle_testkit::On;
use heddle_testkit::postgres::Cluster;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::backup::Furnished;
use crate::commands::{secret, with};
use crate::operator::{failed, words};
use crate::process::{Answer, Home, Serving, in_time, mode};

/// The secret of a webhook.
const SEALED: &str = "whsec_b3Blbi10aGUtYmFybGV5LWdhdGUtbm93";

/// A store for an import: the arguments that name it.
pub(crate) async fn empty(home: &Home, name: &str, on: On) -> Vec<String> {
    let mut source = vec!["--data".to_owned(), home.text(name)];
    if on == On::Postgres {
        let database = Cluster::shared().create_database().await;
        source.extend(["--store".to_owned(), database.url()]);
    }
    home.json(&["init", "--data", &home.text(name)]).await;
    source
}

pub(crate) async fn export(home: &Home, source: &[String], name: &str) -> Vec<u8> {
    let file = home.text(name);
    let command = ["export", "--all", "--output", &file];
    let done = home.json(&with(&command, source)).await;
    let bytes = std::fs::read(&file).expect("an export");
    assert_eq!(done["export"]["bytes"], bytes.len(), "{done}");
    assert_eq!(mode(&home.path(name)), 0o600);
    bytes
}

pub(crate) async fn import(home: &Home, source: &[String], name: &str) -> Value {
    let file = home.text(name);
    home.json(&with(&["import", &file], source)).await["import"].clone()
}

/// Returns all texts of a value.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

async fn call(server: &Serving, token: &str, method: &str, path: &str, body: &str) -> Answer {
    let token = format!("Bearer {token}");
    let headers = [
        ("authorization", &*token),
        ("content-type", "application/json"),
    ];
    server.send(method, path, &headers, body).await
}

/// Returns what the native API shows of an account.
async fn shown(server: &Serving, token: &str) -> Vec<Value> {
    let mut shown = Vec::new();
    for path in [
        "/api/v1/conversations?limit=100",
        "/api/v1/conversations/1/messages",
        "/api/v1/customers?limit=100",
        "/api/v1/inboxes",
        "/api/v1/agents",
        "/api/v1/tags",
        "/api/v1/events?limit=100",
    ] {
        let answer = call(server, token, "GET", path, "").await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        shown.push(answer.json());
    }
    shown
}

/// Makes a credential for the native API, and returns its token.
async fn token(home: &Home, source: &[String]) -> String {
    let create = words("credential create --account 1 --api native --name new");
    let made = home.json(&with(&create, source)).await;
    secret(&made, "token")
}

#[tokio::test]
async fn the_sample_data_moves_to_postgres_and_back_without_secrets() {
    let home = Home::new();
    let demo = home.serve(&["demo", "--data", &home.text("data")]).await;
    let native = demo.text("/native/token").to_owned();
    let webhook = json!({
        "label": "Hall", "url": "https://hooks.example.com/in?Token=sesame", "events": ["*"],
        "secret": SEALED,
    });
    let made = call(
        &demo,
        &native,
        "POST",
        "/api/v1/webhooks",
        &webhook.to_string(),
    )
    .await;
    assert_eq!(made.status, 201, "{made:?}");
    let before = shown(&demo, &native).await;
    let secrets: Vec<String> = ["helpscout", "mews", "magicline", "mykaarma", "native"]
        .iter()
        .flat_map(|api| {
            let fields = demo.line[api].as_object().expect("an object").iter();
            let secret = |name: &str| {
                ["token", "secret", "key", "password"]
                    .iter()
                    .any(|part| name.contains(part))
            };
            fields.filter(move |(name, _)| secret(name))
        })
        .flat_map(|(_, value)| texts(value))
        .map(str::to_owned)
        .collect();
    assert!(secrets.len() >= 6, "{secrets:?}");
    assert_eq!(demo.stop().await.code, Some(0));

    let first = vec!["--data".to_owned(), home.text("data")];
    let exported = export(&home, &first, "first.ndjson").await;
    for secret in secrets.iter().map(String::as_str).chain(["sesame", SEALED]) {
        assert!(!has(&exported, secret), "{secret} is in the export");
    }
    let mut last = "first.ndjson".to_owned();
    for (name, on) in [("second", On::Postgres), ("third", On::Sqlite)] {
        let source = empty(&home, name, on).await;
        let taken = import(&home, &source, &last).await;
        // Those of the sample data, and the one above.
        assert_eq!(taken["webhooks_to_set"], 3, "{taken}");
        last = format!("{name}.ndjson");
        let again = export(&home, &source, &last).await;
        assert!(again == exported, "{name}: the exports are equal");

        // The imported store serves, shows the same, and takes new writes.
        home.json(&with(&["doctor"], &source)).await;
        let token = token(&home, &source).await;
        let server = home.serve(&with(&["serve"], &source)).await;
        let mut after = shown(&server, &token).await;
        let events = after.pop().expect("events")["data"].clone();
        let known = before.last().expect("events")["data"].clone();
        let [events, known] = [&events, &known].map(|list| list.as_array().expect("a list"));
        assert!(events.starts_with(known), "the feed has the same positions");
        assert_eq!(after, before[..before.len() - 1]);
        let hooks = call(&server, &token, "GET", "/api/v1/webhooks", "")
            .await
            .json();
        let hooks = hooks["data"].as_array().expect("a list");
        let hook = hooks.iter().find(|hook| hook["label"] == "Hall");
        let hook = hook.expect("the webhook");
        assert_eq!(
            json!([
                hook["label"],
                hook["state"],
                hook["disabled_reason"],
                hook["url"]
            ]),
            json!(["Hall", "disabled", "unreadable", null]),
            "{hook}"
        );
        let change = json!({ "url": "https://hooks.example.com/in", "state": "enabled" });
        let path = format!("/api/v1/webhooks/{}", hook["id"]);
        let changed = call(&server, &token, "PATCH", &path, &change.to_string()).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        let customers = before[2]["data"].as_array().expect("a list");
        let create = json!({
            "inbox_id": before[3]["data"][0]["id"], "customer_id": customers[0]["id"],
            "subject": "After the move",
            "messages": [{ "channel": "phone", "direction": "incoming", "body": "Hello again" }],
        });
        let made = call(
            &server,
            &token,
            "POST",
            "/api/v1/conversations",
            &create.to_string(),
        )
        .await;
        assert_eq!(made.status, 201, "{made:?}");
        let id = made.json()["id"].as_i64().expect("a number");
        let ids = before[0]["data"].as_array().expect("a list").iter();
        assert!(
            ids.filter_map(|it| it["id"].as_i64())
                .all(|known| known < id),
            "{id} is new"
        );
        let message = json!({ "channel": "phone", "direction": "outgoing", "body": "One more" });
        let known = before[0]["data"][0]["id"].as_i64().expect("a number");
        for conversation in [known, id] {
            let path = format!("/api/v1/conversations/{conversation}/messages");
            let added = call(&server, &token, "POST", &path, &message.to_string()).await;
            assert_eq!(added.status, 201, "{added:?}");
        }
        assert_eq!(server.stop().await.code, Some(0));
        home.json(&with(&["doctor"], &source)).await;
    }
}

/// Starts an import from standard input, writes a part of the export to it, and kills it.
async fn killed_import(home: &Home, source: &[String], part: &[u8]) {
    let command = with(&["import", "-", "--step-rows", "1"], source);
    let mut child = home
        .command(&command)
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("piped");
    // The pipe and the buffer take some of it; the rest is taken only when what is before it was imported.
    in_time("the import", input.write_all(part))
        .await
        .expect("it reads");
    child.kill().await.expect("it can be killed");
}

async fn a_killed_import_continues(on: On) {
    let store = Furnished::new(On::Sqlite).await;
    let texts: Vec<String> = (0..12).map(|number| format!("Moth {number}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    store.write(&texts).await;
    let home = &store.home;
    let exported = export(home, &store.source, "all.ndjson").await;
    // The bytes of 12 files of 50,000 bytes are more than what the pipe and a buffer take.
    assert!(exported.len() > 700_000);
    let source = empty(home, "target", on).await;
    killed_import(home, &source, &exported[..exported.len() * 9 / 10]).await;

    let (code, said) = failed(home, &with(&["serve"], &source), 5).await;
    assert_eq!(code, "store_incomplete");
    assert!(
        said.contains("heddle import") && said.contains("--discard"),
        "{said}"
    );
    let accounts = home.json(&with(&["account", "list"], &source)).await;
    assert_eq!(accounts["accounts"], json!([]), "nothing is visible");
    let other = export(home, &source, "none.ndjson").await;
    assert!(!has(&other, "Moth"));
    let none = home.text("none.ndjson");
    let (_, said) = failed(home, &with(&["import", &none], &source), 4).await;
    assert!(said.contains("another import is unfinished"), "{said}");

    let taken = import(home, &source, "all.ndjson").await;
    assert_eq!(taken["continued"], true, "{taken}");
    assert!(
        export(home, &source, "again.ndjson").await == exported,
        "the exports are equal"
    );
    let objects = |folder| {
        let mut contents: Vec<_> = store
            .objects(folder)
            .iter()
            .filter(|path| !path.to_string_lossy().contains("incoming"))
            .map(|path| std::fs::read(path).expect("an object"))
            .collect();
        contents.sort();
        contents.dedup();
        contents
    };
    assert!(
        objects("data/objects") == objects("target/objects"),
        "the files are equal"
    );

    // The same again is refused, and a discarded import leaves an empty store.
    let all = home.text("all.ndjson");
    let (code, said) = failed(home, &with(&["import", &all], &source), 4).await;
    assert_eq!(code, "refused");
    assert!(said.contains("account 1 exists already"), "{said}");
    let last = empty(home, "last", on).await;
    killed_import(home, &last, &exported[..exported.len() / 2]).await;
    let done = home.json(&with(&["import", "--discard"], &last)).await;
    assert_eq!(done["discarded"]["accounts"], json!([1]));
    let server = home.serve(&with(&["serve"], &last)).await;
    assert_eq!(server.stop().await.code, Some(0));
    let taken = import(home, &last, "all.ndjson").await;
    assert_eq!(taken["continued"], false, "{taken}");
}

#[tokio::test]
async fn a_killed_import_into_sqlite_continues() {
    a_killed_import_continues(On::Sqlite).await;
}

#[tokio::test]
async fn a_killed_import_into_postgres_continues() {
    a_killed_import_continues(On::Postgres).await;
}

#[tokio::test]
async fn what_an_export_or_import_cannot_do_is_refused() {
    let store = Furnished::new(On::Sqlite).await;
    let home = &store.home;
    export(home, &store.source, "all.ndjson").await;
    let all = home.text("all.ndjson");
    for (command, status, part) in [
        ("export --output x.ndjson", 2, "--all"),
        ("export --all --account 1", 2, "--account"),
        (
            "export --account 9 --output x.ndjson",
            4,
            "there is no account 9",
        ),
        ("export --all --output all.ndjson", 4, "exists already"),
        ("export --all --output no/such/folder", 1, "no/such/folder"),
        ("import", 2, "FILE"),
        ("import nothing.ndjson", 1, "nothing.ndjson"),
        ("import data/heddle.toml", 4, "this is no export"),
        ("import all.ndjson", 4, "account 1 exists already"),
    ] {
        let output = home.run(&with(&words(command), &store.source)).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{command}: {said}");
        assert!(said.contains(part), "{command}: {said}");
    }
    assert!(!home.path("x.ndjson").exists(), "nothing is left");
    let whole = home.read("all.ndjson");
    home.write("cut.ndjson", &whole[..whole.len() - 100]);
    home.write("other.ndjson", &whole.replace("Larkspur", "Larkspus"));
    let empty = empty(home, "empty", On::Sqlite).await;
    // Standard input is empty here.
    for (name, part) in [
        ("cut.ndjson", "cut off"),
        ("other.ndjson", "checksum"),
        ("-", "cut off"),
    ] {
        let (_, said) = failed(home, &with(&["import", name], &empty), 4).await;
        assert!(said.contains(part), "{said}");
        assert!(
            !home.path("empty/heddle.sqlite").exists(),
            "no store was made"
        );
    }

    // An export is made while a server runs; an import is not.
    let server = home.serve(&with(&["serve"], &store.source)).await;
    let piped = home
        .run(&with(&["export", "--account", "1"], &store.source))
        .await;
    assert!(piped.status.success());
    assert!(
        piped.stdout == whole.as_bytes(),
        "standard output has the export"
    );
    let (code, _) = failed(home, &with(&["import", &all], &store.source), 5).await;
    assert_eq!(code, "store_busy");
    let (code, said) = failed(home, &with(&["import", "-"], &store.source), 4).await;
    assert_eq!(
        (&*code, said.contains("cut off")),
        ("refused", true),
        "{said}"
    );
    assert_eq!(server.stop().await.code, Some(0));
}
