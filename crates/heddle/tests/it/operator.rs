//! Tests of what an operator meets: errors of every command, what the log says, and stores that are
//! moved, copied or damaged.

use std::path::Path;

use heddle_testkit::On;
use heddle_testkit::postgres::Cluster;
use serde_json::Value;

use crate::commands::{furnished, secret, with};
use crate::process::{Home, Serving};

pub(crate) fn words(command: &str) -> Vec<&str> {
    command.split(' ').filter(|word| !word.is_empty()).collect()
}

/// Runs a command that must fail with this status, with and without `--json`. Returns code and message of the error.
pub(crate) async fn failed(home: &Home, command: &[&str], status: i32) -> (String, String) {
    let plain = home.run(command).await;
    let said = String::from_utf8(plain.stderr).expect("UTF-8");
    assert_eq!(plain.status.code(), Some(status), "{command:?}: {said}");
    let command = [command, &["--json"]].concat();
    let output = home.run(&command).await;
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(status), "{command:?}: {said}");
    assert!(output.stdout.is_empty(), "{command:?}");
    let line = said.lines().last().expect("a line");
    let error: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {said}"));
    let text = |name: &str| error["error"][name].as_str().expect("a text").to_owned();
    (text("code"), text("message"))
}

/// The commands that fail without reaching a store, and commands that the store refuses.
const FAILURES: &[(&str, i32, &str, &[&str])] = &[
    ("account list --colour", 2, "usage", &["--colour"]),
    (
        "account",
        2,
        "usage",
        &["requires a subcommand", "create, list"],
    ),
    ("", 2, "usage", &["requires a subcommand", "serve"]),
    ("acount list", 2, "usage", &["acount", "account"]),
    (
        "inbox list --account one",
        2,
        "usage",
        &["one", "--account", "expected a number"],
    ),
    (
        "account update --account 1 --thread-cap many",
        2,
        "usage",
        &["many", "--thread-cap", "from 0 to 1000000"],
    ),
    (
        "customer list --account 1 --limit 0",
        2,
        "usage",
        &["from 1 to 1000"],
    ),
    (
        "account update --account 1 --mews-rate often",
        2,
        "usage",
        &["off, vendor or a number"],
    ),
    (
        "credential create --account 1 --api x --name k",
        2,
        "usage",
        &["possible values", "helpscout"],
    ),
    (
        "serve --listen nonsense",
        3,
        "config",
        &["nonsense", "--listen", "127.0.0.1:8080"],
    ),
    (
        "serve --public-url nonsense",
        3,
        "config",
        &["--public-url", "https://"],
    ),
    (
        "demo --listen nonsense",
        3,
        "config",
        &["--listen", "127.0.0.1:8080"],
    ),
    ("demo --seed nowhere.toml", 3, "config", &["nowhere.toml"]),
    ("demo --data .", 4, "refused", &["--data"]),
    (
        "check-config --log-level loud",
        3,
        "config",
        &["--log-level", "loud", "trace"],
    ),
    (
        "serve --config nowhere.toml",
        3,
        "config",
        &["nowhere.toml", "No such file"],
    ),
    (
        "account list --store mysql://x",
        3,
        "config",
        &["--store", "postgres://"],
    ),
    (
        "account list --data nowhere",
        5,
        "store_missing",
        &["nowhere", "heddle init"],
    ),
    (
        "account list --store postgres://u:s3cret@127.0.0.1:1/contacts",
        5,
        "store_unavailable",
        &[
            "127.0.0.1:1",
            "contacts",
            "connection refused",
            "start PostgreSQL",
        ],
    ),
    (
        "serve --store postgres://u:s3cret@127.0.0.1:1/contacts",
        5,
        "store_unavailable",
        &["127.0.0.1:1", "connection refused", "store.url"],
    ),
    // No machine has this address of a network for documents.
    (
        "serve --listen 192.0.2.1:1",
        6,
        "listen",
        &["192.0.2.1:1", "--listen"],
    ),
];

/// Commands that the store refuses, whether a server runs them or not.
const REFUSALS: &[(&str, &str, &[&str])] = &[
    ("inbox list --account 7", "not_found", &["no account 7"]),
    (
        "inbox create --account 1 --name X --default-agent 99",
        "not_found",
        &["no agent 99 in account 1"],
    ),
    (
        "inbox update --account 1 --inbox 9 --messaging off",
        "not_found",
        &["no inbox 9 in account 1"],
    ),
    (
        "inbox update --account 1 --inbox 1 --default-agent 98",
        "not_found",
        &["no agent 98 in account 1"],
    ),
    (
        "customer create --account 1 --first-name A --inbox 5",
        "not_found",
        &["no inbox 5 in account 1"],
    ),
    (
        "credential create --account 1 --api helpscout --name k --agent 9",
        "not_found",
        &["no agent 9 in account 1"],
    ),
    (
        "credential revoke --account 1 --credential 3",
        "not_found",
        &["no credential 3 in account 1", "revoked already"],
    ),
    (
        "inbox create --account 1 --name X --public-id mykaarma=house-1",
        "conflict",
        &["public id"],
    ),
    ("customer create --account 1", "invalid", &["needs a name"]),
    (
        "agent create --account 1 --first-name A --last-name B --email x",
        "invalid",
        &["x", "e-mail"],
    ),
];

#[tokio::test]
async fn every_failure_has_a_code_a_status_and_a_cure() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    for (command, status, code, parts) in FAILURES {
        let named = ["--store", "--data", "--config"]
            .iter()
            .any(|flag| command.contains(flag));
        let mut all = words(command);
        if !named && (3..7).contains(status) && !command.starts_with("demo") {
            all.extend(source.iter().map(String::as_str));
        }
        if command.contains("postgres://") {
            all.extend(source.iter().map(String::as_str));
        }
        let (found, message) = failed(&home, &all, *status).await;
        assert_eq!(found, *code, "{command}: {message}");
        for part in *parts {
            assert!(message.contains(part), "{command}: {part}: {message}");
        }
        assert!(!message.contains("s3cret"), "{message}");
    }
    let data = home.text("data");
    let (code, message) = failed(&home, &["init", &data], 4).await;
    assert_eq!(code, "conflict", "{message}");
    assert_eq!(home.left_in_tmp(), 0);
}

#[tokio::test]
async fn a_refusal_has_the_same_code_with_and_without_a_server() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let mut server: Option<Serving> = None;
    for _ in 0..2 {
        for (command, code, parts) in REFUSALS {
            let (found, message) = failed(&home, &with(&words(command), &source), 4).await;
            assert_eq!(found, *code, "{command}: {message}");
            for part in *parts {
                assert!(message.contains(part), "{command}: {part}: {message}");
            }
        }
        if server.is_none() {
            server = Some(home.serve(&with(&["serve"], &source)).await);
        }
    }
    let server = server.expect("it runs");
    let (code, message) = failed(&home, &with(&["migrate"], &source), 5).await;
    assert_eq!(code, "store_busy", "{message}");
    assert_eq!(server.stop().await.code, Some(0));
}

/// Returns the lines of a log that contain all parts.
fn lines<'a>(log: &'a str, parts: &[&str]) -> Vec<&'a str> {
    let lines = log.lines();
    let has_all = |line: &&str| parts.iter().all(|part| line.contains(part));
    lines.filter(has_all).collect()
}

#[tokio::test]
async fn the_log_names_client_account_credential_and_the_request_id_as_told() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let create = "credential create --account 1 --api helpscout --name desk --agent 2";
    let made = home.json(&with(&words(create), &source)).await;
    let public = ["serve", "--public-url", "https://contact.example.org"];
    let server = home.serve(&with(&public, &source)).await;
    let listen = server.text("/listen").to_owned();
    assert!(!listen.ends_with(":0"), "{listen}");
    let url = format!("http://{listen}");
    let post = async |secret: &str| {
        let body = serde_json::json!({
            "grant_type": "client_credentials", "client_id": secret_of(&made, "client_id"), "client_secret": secret,
        });
        let headers = [("content-type", "application/json")];
        crate::process::send_to(
            &url,
            "POST",
            "/v2/oauth2/token",
            &headers,
            &body.to_string(),
        )
        .await
    };
    let right = post(&secret(&made, "client_secret")).await;
    let wrong = post("wrong").await;
    assert_eq!((right.status, wrong.status), (200, 401));
    let id = wrong.header("correlation-id").to_owned();
    let log = server.stop().await.log;
    assert_eq!(lines(&log, &["serving on", &listen]).len(), 1, "{log}");
    assert!(
        lines(&log, &["other machines can reach"]).is_empty(),
        "{log}"
    );
    let failures = lines(&log, &[" WARN ", "authentication failed"]);
    assert_eq!(failures.len(), 1, "{log}");
    assert!(
        failures[0].ends_with("authentication failed from 127.0.0.1"),
        "{log}"
    );
    let found: Vec<_> = log.lines().filter_map(scanned).collect();
    assert_eq!(found, ["127.0.0.1"], "{log}");
    let told = format!("request.id={id}");
    assert_eq!(
        lines(&log, &[&told, "answered 401", "client=127.0.0.1"]).len(),
        1,
        "{log}"
    );
    let answered = [
        "answered 200",
        "client=127.0.0.1",
        "account=1",
        "credential=1",
    ];
    assert_eq!(lines(&log, &answered).len(), 1, "{log}");
}

/// Returns the address that fail2ban finds in a line with the manual's filter. It removes the time first.
fn scanned(line: &str) -> Option<&str> {
    let manual = include_str!("../../../../docs/operating.md");
    let filter = manual
        .lines()
        .find_map(|line| line.strip_prefix("failregex = "));
    let filter = filter.expect("a filter").replace("<HOST>", r"(\S+)");
    let filter = regex::Regex::new(&filter).expect("a regular expression");
    let (_, line) = line.split_once('Z')?;
    let found = filter.captures(line)?;
    found.get(1).map(|host| host.as_str())
}

fn secret_of(made: &Value, name: &str) -> String {
    secret(made, name)
}

/// Copies a folder with all files in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("made");
    for entry in std::fs::read_dir(from).expect("read") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), &to).expect("copied");
        }
    }
}

async fn accounts(home: &Home, source: &[String]) -> usize {
    let list = home.json(&with(&["account", "list"], source)).await;
    list["accounts"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn a_copied_or_moved_folder_is_a_store_of_its_own() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    copy(&home.path("data"), &home.path("copy"));
    let copied = vec!["--config".to_owned(), home.text("copy/heddle.toml")];
    let create = ["account", "create", "--name", "Second"];
    home.json(&with(&create, &copied)).await;
    assert_eq!(accounts(&home, &source).await, 1);
    assert_eq!(accounts(&home, &copied).await, 2);
    std::fs::rename(home.path("copy"), home.path("moved")).expect("moved");
    let moved = vec!["--config".to_owned(), home.text("moved/heddle.toml")];
    assert_eq!(accounts(&home, &moved).await, 2);
    let shown = home.json(&with(&["check-config"], &moved)).await;
    assert_eq!(shown["store"]["data"], home.text("moved"));
}

async fn no_command_makes_a_store_by_mistake(on: On) {
    let home = Home::new();
    let source = furnished(&home, on).await;
    match on {
        On::Sqlite => std::fs::remove_file(home.path("data/heddle.sqlite")).expect("removed"),
        On::Postgres => home.write("url", &Cluster::shared().create_database().await.url()),
    }
    for command in [
        &["account", "list"][..],
        &["serve"],
        &["migrate"],
        &["doctor"],
    ] {
        let (code, message) = failed(&home, &with(command, &source), 5).await;
        assert_eq!(code, "store_missing", "{command:?}: {message}");
        assert!(message.contains("heddle serve --create"), "{message}");
    }
    let (code, message) = failed(&home, &with(&["doctor", "--create"], &source), 2).await;
    assert_eq!(code, "usage");
    assert!(message.contains("remove --create"), "{message}");
    assert!(!home.path("data/heddle.sqlite").exists());
    let made = home.serve(&with(&["serve", "--create"], &source)).await;
    assert_eq!(made.stop().await.code, Some(0));
    assert_eq!(accounts(&home, &source).await, 0);
}

#[tokio::test]
async fn no_command_makes_a_store_by_mistake_on_sqlite() {
    no_command_makes_a_store_by_mistake(On::Sqlite).await;
}

#[tokio::test]
async fn no_command_makes_a_store_by_mistake_on_postgres() {
    no_command_makes_a_store_by_mistake(On::Postgres).await;
}

#[tokio::test]
async fn a_missing_log_is_noticed() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let server = home.serve(&with(&["serve"], &source)).await;
    home.json(&with(&["account", "create", "--name", "Second"], &source))
        .await;
    // A copy of the database file alone lacks the latest writes.
    std::fs::create_dir(home.path("alone")).expect("made");
    for name in ["heddle.toml", "heddle.sqlite"] {
        std::fs::copy(home.path("data").join(name), home.path("alone").join(name)).expect("copied");
    }
    server.kill().await;
    assert_eq!(
        accounts(&home, &source).await,
        2,
        "a killed server loses nothing"
    );
    let server = home.serve(&with(&["serve"], &source)).await;
    home.json(&with(&["account", "create", "--name", "Third"], &source))
        .await;
    server.kill().await;
    std::fs::remove_file(home.path("data/heddle.sqlite-wal")).expect("removed");
    let alone = vec!["--config".to_owned(), home.text("alone/heddle.toml")];
    for source in [&source, &alone] {
        for command in [&["serve"][..], &["account", "list"]] {
            let (code, message) = failed(&home, &with(command, source), 5).await;
            assert_eq!(code, "store_incomplete", "{message}");
            for part in ["heddle.sqlite-wal", "--accept-missing-log"] {
                assert!(message.contains(part), "{message}");
            }
        }
    }
    let accept = ["serve", "--accept-missing-log"];
    let server = home.serve(&with(&accept, &source)).await;
    let ended = server.stop().await;
    assert_eq!(ended.code, Some(0));
    assert!(ended.log.contains(" ERROR "), "{}", ended.log);
    // After an orderly end nothing is missing.
    assert_eq!(accounts(&home, &source).await, 2);
}

/// Initialises another data folder for the same PostgreSQL database; returns the arguments that name it.
async fn second_node(home: &Home) -> Vec<String> {
    home.json(&["init", &home.text("second")]).await;
    let file = home.read("second/heddle.toml");
    let named = format!("url_file = {:?}", home.text("url"));
    let shared = format!("url = \"folder:{}\"", home.text("data/objects"));
    home.write(
        "second/heddle.toml",
        &file
            .replace("url = \"sqlite:\"", &named)
            .replace("url = \"folder:\"", &shared),
    );
    vec!["--config".to_owned(), home.text("second/heddle.toml")]
}

#[tokio::test]
async fn a_second_server_without_the_sealing_key_is_refused() {
    let home = Home::new();
    let first = furnished(&home, On::Postgres).await;
    let second = second_node(&home).await;
    let server = home.serve(&with(&["serve"], &first)).await;
    assert!(home.path("data/sealing.key").exists());
    let (code, message) = failed(&home, &with(&["serve"], &second), 5).await;
    assert_eq!(code, "sealing_key", "{message}");
    for part in [
        "has no sealing key",
        &home.text("second/sealing.key"),
        "secrets.sealing_key",
        "--new-sealing-key",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(!home.path("second/sealing.key").exists());
    let (code, message) = failed(&home, &with(&["doctor"], &first), 5).await;
    assert_eq!(code, "store_busy", "{message}");
    assert!(message.contains("stop all servers"), "{message}");
    home.write("second/sealing.key", &"7".repeat(64));
    let (code, message) = failed(&home, &with(&["serve"], &second), 5).await;
    assert_eq!(code, "sealing_key", "{message}");
    assert!(message.contains("has the key"), "{message}");
    std::fs::copy(
        home.path("data/sealing.key"),
        home.path("second/sealing.key"),
    )
    .expect("copied");
    let other = home.serve(&with(&["serve"], &second)).await;
    for server in [server, other] {
        assert_eq!(server.stop().await.code, Some(0));
    }
}

#[tokio::test]
async fn a_store_that_was_restored_without_its_sealing_key_is_refused() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    home.write("data/sealing.key", &"7".repeat(64));
    home.serve(&with(&["serve"], &source)).await.stop().await;
    std::fs::remove_file(home.path("data/sealing.key")).expect("removed");
    let (code, message) = failed(&home, &with(&["serve"], &source), 5).await;
    assert_eq!(code, "sealing_key", "{message}");
    let server = home
        .serve(&with(&["serve", "--new-sealing-key"], &source))
        .await;
    assert_eq!(server.stop().await.code, Some(0));
    let server = home.serve(&with(&["serve"], &source)).await;
    assert_eq!(server.stop().await.code, Some(0));
}

/// The key was made after the start that could have recorded it.
#[tokio::test]
async fn a_sealed_secret_shows_its_key_if_none_is_recorded() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let create = [
        "credential",
        "create",
        "--account",
        "1",
        "--api",
        "native",
        "--name",
        "t",
    ];
    let made = home.json(&with(&create, &source)).await;
    let bearer = format!("Bearer {}", secret(&made, "token"));
    let server = home.serve(&with(&["serve"], &source)).await;
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let webhook = r#"{"url":"https://93.184.216.34/hook","events":["conversation.created"]}"#;
    let made = server
        .send("POST", "/api/v1/webhooks", &headers, webhook)
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    server.stop().await;
    let key = std::fs::read_to_string(home.path("data/sealing.key")).expect("a key");
    for other in [None, Some("7".repeat(64))] {
        std::fs::remove_file(home.path("data/sealing.key")).expect("removed");
        if let Some(other) = &other {
            home.write("data/sealing.key", other);
        }
        let (code, message) = failed(&home, &with(&["serve"], &source), 5).await;
        assert_eq!(code, "sealing_key", "{other:?}: {message}");
        home.write("data/sealing.key", &key);
    }
    let server = home.serve(&with(&["serve"], &source)).await;
    assert_eq!(server.stop().await.code, Some(0));
}

#[tokio::test]
async fn a_demo_starts_on_a_full_disk_if_its_store_can() {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let home = Home::new();
    let database = Cluster::shared().create_database().await;
    let (data, url) = (home.text("data"), database.url());
    let arguments = ["demo", "--data", &data, "--store", &url];
    home.serve(&arguments).await.stop().await;
    // No file can grow: every write to one fails, as on a full disk.
    let program = env!("CARGO_BIN_EXE_heddle");
    let script = format!(
        "trap '' XFSZ; ulimit -f 0; exec {program} demo --data '{data}' --store '{url}' --json --listen 127.0.0.1:0"
    );
    let mut demo = tokio::process::Command::new("/bin/sh")
        .args(["-c", &script])
        .current_dir(home.path(""))
        .env_clear()
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("it starts");
    let mut stdout = BufReader::new(demo.stdout.take().expect("piped"));
    let mut line = String::new();
    let read = crate::process::in_time("the demo's line", stdout.read_line(&mut line)).await;
    read.expect("it can be read");
    let line: Value = serde_json::from_str(&line).expect("the line of JSON");
    let url = line["url"].as_str().expect("an address");
    let health = crate::process::send_to(url, "GET", "/healthz", &[], "").await;
    assert_eq!(health.status, 200);
    let pid = demo.id().expect("it runs").to_string();
    let kill = tokio::process::Command::new("/bin/kill")
        .args(["-s", "TERM", &pid])
        .status()
        .await;
    assert!(kill.expect("kill can be run").success());
    let output = crate::process::in_time("the end", demo.wait_with_output()).await;
    let output = output.expect("it can be waited for");
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("demo.json"), "{said}");
}
