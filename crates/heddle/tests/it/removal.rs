//! Tests of `heddle account remove` and `heddle agent remove` with the real program. `crates/store/tests/conformance/removal.rs` has the tests of every table.

use std::sync::Arc;

use heddle_store::{ObjectOptions, Objects, SystemClock};
use heddle_testkit::On;
use heddle_testkit::bucket::S3;
use serde_json::json;

use crate::backup::Furnished;
use crate::commands::{secret, with};
use crate::objects::use_bucket;
use crate::operator::{failed, words};
use crate::process::{Home, Serving};

/// Runs a command that must fail with this status, and whose message has these parts.
pub(crate) async fn refuses(
    home: &Home,
    source: &[String],
    (command, status, parts): (&str, i32, &[&str]),
) {
    let (_, said) = failed(home, &with(&words(command), source), status).await;
    assert!(
        parts.iter().all(|part| said.contains(part)),
        "{command}: {said}"
    );
}

/// A store with two accounts. The first one has conversations with files.
async fn two_accounts(on: On) -> Furnished {
    let store = Furnished::new(on).await;
    let create = ["account", "create", "--name", "Bramble Inn"];
    let made = store.home.json(&with(&create, &store.source)).await;
    assert_eq!(made["account"]["id"], 2);
    store.write(&["Moth one", "Moth two"]).await;
    store
}

pub(crate) async fn token(home: &Home, source: &[String], account: &str) -> String {
    let create = format!("credential create --account {account} --api native --name new");
    let made = home.json(&with(&words(&create), source)).await;
    secret(&made, "token")
}

async fn export(home: &Home, source: &[String], account: &str, name: &str) -> Vec<u8> {
    let file = home.text(name);
    let command = ["export", "--account", account, "--output", &file];
    home.json(&with(&command, source)).await;
    std::fs::read(&file).expect("an export")
}

async fn status_of(server: &Serving, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let answer = server.send("GET", "/api/v1/inboxes", &headers, "").await;
    answer.status
}

async fn an_account_is_removed_after_its_export(on: On) {
    let store = two_accounts(on).await;
    let (home, source) = (&store.home, &store.source);
    let first = token(home, source, "1").await;
    let second = token(home, source, "2").await;
    let other = export(home, source, "2", "other.ndjson").await;
    let before = export(home, source, "1", "before.ndjson").await;
    assert_eq!(store.objects("data/objects").len(), 2);

    // The dry run also works while a server runs; the removal does not.
    let server = home.serve(&with(&["serve"], source)).await;
    assert_eq!(status_of(&server, &first).await, 200);
    let dry = words("account remove --account 1 --dry-run");
    let counted = home.json(&with(&dry, source)).await;
    let contents = &counted["removal"]["contents"];
    assert_eq!(counted["removal"]["name"], "Larkspur House");
    assert_eq!(
        [
            &contents["conversations"],
            &contents["messages"],
            &contents["attachments"],
            &contents["attachment_bytes"]
        ],
        [&json!(2), &json!(2), &json!(2), &json!(100_000)],
        "{counted}"
    );
    let remove = words("account remove --account 1 --no-export --yes");
    let (code, said) = failed(home, &with(&remove, source), 5).await;
    assert_eq!(code, "store_busy");
    assert!(said.contains("stop"), "{said}");
    assert_eq!(status_of(&server, &first).await, 200);
    assert_eq!(server.stop().await.code, Some(0));

    let file = home.text("last.ndjson");
    for (command, status, parts) in [
        (
            "account remove --account 1",
            2,
            &["--no-export", "--dry-run"][..],
        ),
        (
            "account remove --account 1 --no-export --export x",
            2,
            &["--no-export"],
        ),
        (
            "account remove --account 1 --export - --yes",
            2,
            &["--export"],
        ),
        (
            "account remove --account 1 --no-export",
            4,
            &["conversations: 2", "Larkspur House", "--yes"],
        ),
        (
            "account remove --account 9 --no-export --yes",
            4,
            &["there is no account 9"],
        ),
        (
            "account remove --account 9 --dry-run",
            4,
            &["there is no account 9"],
        ),
        (
            "account remove --account 1 --export before.ndjson --yes",
            4,
            &["exists already"],
        ),
    ] {
        refuses(home, source, (command, status, parts)).await;
    }
    assert!(!home.path("x").exists());
    assert!(
        export(home, source, "1", "again.ndjson").await == before,
        "nothing has changed"
    );

    let remove = [
        "account",
        "remove",
        "--account",
        "1",
        "--export",
        &file,
        "--yes",
    ];
    let removed = home.json(&with(&remove, source)).await["removal"].clone();
    assert_eq!(
        [&removed["files"], &removed["continued"]],
        [&json!(2), &json!(false)],
        "{removed}"
    );
    assert!(
        std::fs::read(&file).expect("an export") == before,
        "the exports are equal"
    );
    assert!(!home.path("data/objects/1").exists(), "the files are gone");
    assert!(
        export(home, source, "2", "after.ndjson").await == other,
        "the other account stays"
    );
    let (code, _) = failed(home, &with(&remove, source), 4).await;
    assert_eq!(code, "not_found");

    let server = home.serve(&with(&["serve"], source)).await;
    assert_eq!(status_of(&server, &first).await, 401);
    assert_eq!(status_of(&server, &second).await, 200);
    assert_eq!(server.stop().await.code, Some(0));
    let create = ["account", "create", "--name", "Third"];
    let made = home.json(&with(&create, source)).await;
    assert_eq!(made["account"]["id"], 3, "the number 1 never comes again");

    // The export brings the account back.
    home.json(&with(&["import", &file], source)).await;
    assert!(
        export(home, source, "1", "back.ndjson").await == before,
        "the exports are equal"
    );
    let looked = home.json(&with(&["doctor"], source)).await;
    assert_eq!(looked["problems"], json!([]), "{looked}");
}

#[tokio::test]
async fn an_account_is_removed_from_sqlite_after_its_export() {
    an_account_is_removed_after_its_export(On::Sqlite).await;
}

#[tokio::test]
async fn an_account_is_removed_from_postgres_after_its_export() {
    an_account_is_removed_after_its_export(On::Postgres).await;
}

#[tokio::test]
async fn a_server_refuses_a_store_until_the_removal_is_finished() {
    let store = two_accounts(On::Sqlite).await;
    let (home, source) = (&store.home, &store.source);
    // A backup that is being made keeps the files, so the removal cannot end.
    let options = ObjectOptions::from(home.path("data/objects"));
    let objects = Objects::open(&options, Arc::new(SystemClock)).expect("a folder");
    let kept = objects.keep().await.expect("it locks");
    let remove = words("account remove --account 1 --no-export --yes");
    let (_, said) = failed(home, &with(&remove, source), 5).await;
    assert!(
        said.contains("backup")
            && said.contains("heddle account remove --account 1 --no-export --yes"),
        "{said}"
    );
    let accounts = home.json(&with(&["account", "list"], source)).await;
    assert_eq!(
        accounts["accounts"].as_array().map(Vec::len),
        Some(1),
        "{accounts}"
    );
    let (code, said) = failed(home, &with(&["serve"], source), 5).await;
    assert_eq!(code, "store_incomplete");
    assert!(
        said.contains("heddle account remove --account 1 --no-export --yes"),
        "{said}"
    );
    drop(kept);
    let removed = home.json(&with(&remove, source)).await["removal"].clone();
    assert_eq!(
        [&removed["files"], &removed["continued"]],
        [&json!(2), &json!(true)],
        "{removed}"
    );
    let server = home.serve(&with(&["serve"], source)).await;
    assert_eq!(server.stop().await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_removed_account_leave_the_bucket() {
    let s3 = S3::start().await;
    let store = Furnished::new(On::Sqlite).await;
    use_bucket(&store.home, &s3, "data/heddle.toml");
    store.write(&["Moth one", "Moth two"]).await;
    assert_eq!(s3.objects().len(), 2);
    let file = store.home.text("last.ndjson");
    let remove = [
        "account",
        "remove",
        "--account",
        "1",
        "--export",
        &file,
        "--yes",
    ];
    let removed = store.home.json(&with(&remove, &store.source)).await["removal"].clone();
    assert_eq!(removed["files"], 2, "{removed}");
    assert_eq!(s3.objects(), Vec::<String>::new());
    // The export has the bytes of the files, and brings them back.
    store
        .home
        .json(&with(&["import", &file], &store.source))
        .await;
    assert_eq!(s3.objects().len(), 2);
    let looked = store.home.json(&with(&["doctor"], &store.source)).await;
    assert_eq!(looked["problems"], json!([]), "{looked}");
}

async fn an_agent_is_removed_while_a_server_runs(on: On) {
    let store = Furnished::new(on).await;
    let (home, source) = (&store.home, &store.source);
    let create = words(
        "agent create --account 1 --first-name Ada --last-name Rook --email ada@larkspur.example",
    );
    let heir = home.json(&with(&create, source)).await["agent"]["id"].clone();
    assert_eq!(heir, 3);
    let token = token(home, source, "1").await;
    let server = home.serve(&with(&["serve"], source)).await;
    let bearer = format!("Bearer {token}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let make = json!({
        "inbox_id": 1, "customer_id": 1, "subject": "Moth", "assignee_id": 2,
        "messages": [{ "channel": "phone", "direction": "incoming", "body": "Hello" }],
    });
    let made = server
        .send("POST", "/api/v1/conversations", &headers, &make.to_string())
        .await;
    assert_eq!(made.status, 201, "{made:?}");

    for (command, status, parts) in [
        (
            "agent remove --account 1 --agent 2",
            2,
            &["--reassign-to"][..],
        ),
        (
            "agent remove --account 1 --agent 2 --reassign-to Ada",
            2,
            &["or none"],
        ),
        (
            "agent remove --account 1 --agent 2 --reassign-to 3",
            4,
            &["assigned conversations: 1", "Orla Finch", "--yes"],
        ),
        (
            "agent remove --account 1 --agent 2 --reassign-to 2 --yes",
            4,
            &["--reassign-to"],
        ),
        (
            "agent remove --account 1 --agent 2 --reassign-to 9 --yes",
            4,
            &["there is no agent 9"],
        ),
        (
            "agent remove --account 1 --agent 9 --reassign-to 3 --yes",
            4,
            &["there is no agent 9"],
        ),
        (
            "agent remove --account 1 --agent 1 --reassign-to 3 --yes",
            4,
            &["built-in agent"],
        ),
        (
            "agent remove --account 7 --agent 2 --reassign-to 3 --yes",
            4,
            &["there is no account 7"],
        ),
    ] {
        refuses(home, source, (command, status, parts)).await;
    }
    let remove = "agent remove --account 1 --agent 2 --reassign-to 3";
    let dry = format!("{remove} --dry-run");
    let counted = home.json(&with(&words(&dry), source)).await["removal"].clone();
    let expected =
        json!({ "conversations": 1, "inboxes": 1, "teams": 0, "followed": 0, "credentials": 1 });
    assert_eq!(counted["contents"], expected, "{counted}");
    let shown = server
        .send("GET", "/api/v1/conversations/1", &headers, "")
        .await
        .json();
    assert_eq!(shown["assignee_id"], 2, "{shown}");

    let yes = format!("{remove} --yes");
    let removed = home.json(&with(&words(&yes), source)).await["removal"].clone();
    assert_eq!(
        [
            &removed["contents"],
            &removed["dry_run"],
            &removed["continued"]
        ],
        [&expected, &json!(false), &json!(false)]
    );
    // The removal can be run again, as if it had been interrupted.
    let again = home.json(&with(&words(&yes), source)).await["removal"].clone();
    let nothing =
        json!({ "conversations": 0, "inboxes": 0, "teams": 0, "followed": 0, "credentials": 0 });
    assert_eq!(
        [&again["contents"], &again["continued"]],
        [&nothing, &json!(true)]
    );
    let shown = server
        .send("GET", "/api/v1/conversations/1", &headers, "")
        .await
        .json();
    assert_eq!(shown["assignee_id"], 3, "{shown}");
    let agents = server
        .send("GET", "/api/v1/agents", &headers, "")
        .await
        .json();
    let ids: Vec<_> = agents["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| &it["id"])
        .collect();
    assert_eq!(ids, [1, 3], "{agents}");
    let gone = server.send("GET", "/api/v1/agents/2", &headers, "").await;
    assert_eq!(gone.status, 404, "{gone:?}");
    // The agent's own app of Help Scout opens nothing any more, and the users of another one lack the agent.
    let listed = home
        .json(&with(&words("agent list --account 1"), source))
        .await;
    assert_eq!(
        listed["agents"].as_array().map(Vec::len),
        Some(2),
        "{listed}"
    );
    assert_eq!(store.sign_in(&server).await.status, 401);
    assert_eq!(server.stop().await.code, Some(0));
    let looked = home.json(&with(&["doctor"], source)).await;
    assert_eq!(looked["problems"], json!([]), "{looked}");
}

#[tokio::test]
async fn an_agent_is_removed_from_sqlite_while_a_server_runs() {
    an_agent_is_removed_while_a_server_runs(On::Sqlite).await;
}

#[tokio::test]
async fn an_agent_is_removed_from_postgres_while_a_server_runs() {
    an_agent_is_removed_while_a_server_runs(On::Postgres).await;
}
