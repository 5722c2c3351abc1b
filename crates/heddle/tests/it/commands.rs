//! Tests of the commands other than `demo`: configuration, serving, administration.

mod conversations;
mod fields;
mod inboxes;
mod people;
mod search;
mod settings;
mod status;
mod webhooks;

use heddle_testkit::On;
use heddle_testkit::postgres::Cluster;
use serde_json::{Value, json};

use crate::process::{Answer, Home, Serving, mode};

/// Initialises a data folder in a home; returns the arguments that name it.
pub(crate) async fn initialised(home: &Home, on: On) -> Vec<String> {
    home.json(&["init", &home.text("data")]).await;
    let arguments = vec!["--config".to_owned(), home.text("data/heddle.toml")];
    if on == On::Postgres {
        // The URL is set in the environment, so that the password is not on the command line.
        let database = Cluster::shared().create_database().await;
        home.write("url", &database.url());
        let file = home.read("data/heddle.toml");
        let named = format!("url_file = {:?}", home.text("url"));
        let file = file.replace("url = \"sqlite:\"", &named);
        home.write("data/heddle.toml", &file);
    }
    arguments
}

pub(crate) fn with<'a>(command: &[&'a str], source: &'a [String]) -> Vec<&'a str> {
    let source = source.iter().map(String::as_str);
    command.iter().copied().chain(source).collect()
}

/// Creates an account with an agent, an inbox and a customer; returns the arguments that name the store.
pub(crate) async fn furnished(home: &Home, on: On) -> Vec<String> {
    let source = initialised(home, on).await;
    let account = ["account", "create", "--name", "Larkspur House"];
    let made = home.json(&with(&account, &source)).await;
    assert_eq!(made["account"]["id"], 1);
    for (command, what) in [
        (
            "agent create --account 1 --first-name Orla --last-name Finch --email o@larkspur.example",
            "agent",
        ),
        (
            "inbox create --account 1 --name House --default-agent 2 --public-id mykaarma=house-1",
            "inbox",
        ),
        (
            "customer create --account 1 --inbox 1 --first-name Mirela --email m@mail.example",
            "customer",
        ),
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        let made = home.json(&with(&words, &source)).await;
        assert!(made[what]["id"].is_i64(), "{made}");
    }
    source
}

async fn magicline(server: &Serving, key: &str) -> Answer {
    let body = json!({
        "communicationThreadStatus": "CREATED",
        "subject": "Broken locker",
        "content": "Locker 12 does not close.",
        "communicationDirection": "INCOMING",
        "communicationChannel": "PHONE",
    });
    let headers = [("x-api-key", key), ("content-type", "application/json")];
    let path = "/v1/communications/1/threads";
    server.send("POST", path, &headers, &body.to_string()).await
}

pub(crate) fn secret(made: &Value, name: &str) -> String {
    let secret = made["credential"]["secrets"][name].as_str();
    secret
        .unwrap_or_else(|| panic!("{name} in {made}"))
        .to_owned()
}

#[tokio::test]
async fn init_writes_a_private_file_once_and_serve_takes_it() {
    let home = Home::new();
    let made = home.json(&["init", "--data", &home.text("data")]).await;
    let file = made["config"].as_str().expect("a path").to_owned();
    assert_eq!(mode(&home.path("data")), 0o700);
    assert_eq!(mode(&home.path("data/heddle.toml")), 0o600);
    home.write(
        "data/heddle.toml",
        &home
            .read("data/heddle.toml")
            .replace("\"info\"", "\"debug\""),
    );
    let said = home.refused(&["init", &home.text("data")]).await;
    assert!(said.contains("left as it is"), "{said}");
    assert!(home.read("data/heddle.toml").contains("\"debug\""));
    let server = home.serve(&["serve", "--config", &file]).await;
    let ready = server.send("GET", "/readyz", &[], "").await;
    assert_eq!(ready.status, 200, "{ready:?}");
    assert_eq!(mode(&home.path("data/heddle.sqlite")), 0o600);
    assert_eq!(mode(&home.path("data/heddle.search.sqlite")), 0o600);
    assert_eq!(mode(&home.path("data/heddle.sock")), 0o600);
    let ended = server.stop().await;
    assert_eq!(
        (ended.code, ended.rest.as_str()),
        (Some(0), ""),
        "{}",
        ended.log
    );
    assert!(!home.path("data/heddle.sock").exists());
    assert!(
        !home.path("data/heddle.sqlite-wal").exists(),
        "the log is folded in"
    );
}

#[tokio::test]
async fn the_configuration_is_checked_and_shown_without_secrets() {
    let home = Home::new();
    home.write("a.toml", "[store]\nurl = \"postgres://u:s3cret@h/db\"\n");
    let config = home.text("a.toml");
    let shown = home
        .run(&["check-config", "--config", &config, "--listen", "[::1]:99"])
        .await;
    let text = String::from_utf8(shown.stdout).expect("UTF-8");
    assert!(
        text.contains("listen = \"[::1]:99\"") && text.contains("[redacted]"),
        "{text}"
    );
    assert!(!text.contains("s3cret"));
    let shown = home.json(&["check-config", "--config", &config]).await;
    assert_eq!(shown["store"]["url"], "postgres://u:[redacted]@h/db");
    assert_eq!(shown["limits"]["failed_auth_per_minute"], 120);
    home.write("a.toml", "[server]\ncolour = \"blue\"\n");
    for command in ["check-config", "serve", "migrate"] {
        let said = home.refused(&[command, "--config", &config]).await;
        assert!(
            said.contains("server.colour") && said.contains("a.toml"),
            "{said}"
        );
    }
    let mut flag = home.command(&["check-config", "--json"]);
    let output = flag
        .env("HEDDLE_SERVER__LISTEN", "127.0.0.1:7")
        .output()
        .await;
    let shown: Value = serde_json::from_slice(&output.expect("it runs").stdout).expect("JSON");
    assert_eq!(shown["server"]["listen"], "127.0.0.1:7");
}

/// Creates a credential for each API, and returns each with its secrets.
async fn a_credential_for_each_api(home: &Home, source: &[String]) -> Vec<Value> {
    let mut made = Vec::new();
    for rest in [
        "--api magicline --name studio --inbox 1",
        "--api helpscout --name desk --agent 2",
        "--api mews --name chat --inbox 1 --application Chat",
        "--api mews --name all --portfolio --application Chat",
        "--api mykaarma --name partner --inbox 1 --scope conversations.read --scope messages.read",
        "--api native --name own",
    ] {
        let command = format!("credential create --account 1 {rest}");
        let words: Vec<&str> = command.split(' ').collect();
        made.push(home.json(&with(&words, source)).await);
    }
    made
}

/// Returns the secrets of new credentials, without the public names.
fn secrets(made: &[Value]) -> Vec<String> {
    let all = made
        .iter()
        .filter_map(|one| one["credential"]["secrets"].as_object());
    let private = all
        .flatten()
        .filter(|(name, _)| !matches!(name.as_str(), "client_id" | "username"));
    private
        .map(|(_, secret)| secret.as_str().expect("a text").to_owned())
        .collect()
}

#[tokio::test]
async fn an_inbox_that_is_named_twice_counts_once() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let create = "credential create --account 1 --api magicline --name k --inbox 1 --inbox 1";
    let words: Vec<&str> = create.split(' ').collect();
    let made = home.json(&with(&words, &source)).await;
    assert_eq!(made["credential"]["inboxes"], json!([1]));
}

#[tokio::test]
async fn an_inbox_is_shown_with_its_id_in_each_api_that_shows_texts() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let list = with(&["inbox", "list", "--account", "1"], &source);
    let listed = home.json(&list).await;
    let inbox = listed["inboxes"][0].as_object().expect("an inbox");
    let mut members: Vec<&str> = inbox.keys().map(String::as_str).collect();
    members.sort_unstable();
    let expected = [
        "default_agent",
        "id",
        "messaging",
        "mews_public_id",
        "mykaarma_public_id",
        "name",
        "public_id",
    ];
    assert_eq!(members, expected);
    assert_eq!(inbox["mykaarma_public_id"], "house-1");
    assert_eq!(inbox["mews_public_id"], inbox["public_id"]);
    let table = String::from_utf8(home.run(&list).await.stdout).expect("UTF-8");
    for text in ["public id (mews)", "public id (mykaarma)", "house-1"] {
        assert!(table.contains(text), "{table}");
    }
}

async fn administration_before_serving(on: On) {
    let home = Home::new();
    let source = furnished(&home, on).await;
    let made = a_credential_for_each_api(&home, &source).await;
    assert_eq!(
        secrets(&made).len(),
        7,
        "one each, and the new application's client token"
    );
    assert_eq!(
        made[2]["credential"]["application"],
        made[3]["credential"]["application"]
    );
    assert_eq!(
        made[4]["credential"]["scopes"],
        json!(["conversations.read", "messages.read"])
    );
    for list in ["account", "inbox", "agent", "customer", "credential"] {
        let mut command = vec![list, "list"];
        if list != "account" {
            command.extend(["--account", "1"]);
        }
        let output = home.run(&with(&command, &source)).await;
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(output.status.success() && !text.is_empty());
        let json = home.json(&with(&command, &source)).await.to_string();
        for secret in secrets(&made) {
            assert!(!text.contains(&secret) && !json.contains(&secret), "{list}");
        }
    }
    let server = home.serve(&with(&["serve"], &source)).await;
    assert_eq!(
        magicline(&server, &secret(&made[0], "api_key"))
            .await
            .status,
        200
    );
    let ended = server.stop().await;
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    assert!(
        secrets(&made)
            .iter()
            .all(|secret| !ended.log.contains(secret))
    );
}

#[tokio::test]
async fn credentials_created_before_serving_are_accepted_on_sqlite() {
    administration_before_serving(On::Sqlite).await;
}

#[tokio::test]
async fn credentials_created_before_serving_are_accepted_on_postgres() {
    administration_before_serving(On::Postgres).await;
}

#[tokio::test]
async fn a_running_server_performs_commands_at_once() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let server = home.serve(&with(&["serve"], &source)).await;
    let made = a_credential_for_each_api(&home, &source).await;
    let key = secret(&made[0], "api_key");
    assert_eq!(magicline(&server, &key).await.status, 200);
    // The server drops the cached account and credential as soon as the change is made, not five seconds later.
    let command = [
        "account",
        "update",
        "--account",
        "1",
        "--magicline-rate",
        "1",
    ];
    let changed = home.json(&with(&command, &source)).await;
    assert_eq!(changed["account"]["magicline_rate"], "1");
    let statuses = [
        magicline(&server, &key).await.status,
        magicline(&server, &key).await.status,
    ];
    assert!(statuses.contains(&429), "{statuses:?}");
    let revoke = [
        "credential",
        "revoke",
        "--account",
        "1",
        "--credential",
        "1",
    ];
    let revoked = home.json(&with(&revoke, &source)).await;
    assert_eq!(revoked["credential"]["revoked"], true);
    assert_eq!(magicline(&server, &key).await.status, 401);
    let said = home.refused(&with(&revoke, &source)).await;
    assert!(said.contains("revoked already"), "{said}");
    let ended = server.stop().await;
    assert!(
        ended.log.contains("administration: credential revoke"),
        "{}",
        ended.log
    );
    assert!(
        secrets(&made)
            .iter()
            .all(|secret| !ended.log.contains(secret))
    );
    // No server runs now, so the command opens the store itself.
    let list = ["credential", "list", "--account", "1"];
    let left = home.json(&with(&list, &source)).await;
    assert_eq!(left["credentials"].as_array().map(Vec::len), Some(6));
}

#[tokio::test]
async fn disabling_messaging_takes_effect_in_the_server() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let server = home.serve(&with(&["serve"], &source)).await;
    let made = a_credential_for_each_api(&home, &source).await;
    let add = async || {
        let body = json!({
            "ClientToken": secret(&made[2], "client_token"),
            "AccessToken": secret(&made[2], "access_token"),
            "Client": "Test 1.0",
            "OriginalSender": "Ilka Varga",
            "Subject": "An extra cot",
        });
        let path = "/api/connector/v1/messageThreads/add";
        let json = [("content-type", "application/json")];
        server.send("POST", path, &json, &body.to_string()).await
    };
    let before = add().await.status;
    let off = [
        "inbox",
        "update",
        "--account",
        "1",
        "--inbox",
        "1",
        "--messaging",
        "off",
    ];
    let changed = home.json(&with(&off, &source)).await;
    assert_eq!(
        (
            &changed["inbox"]["messaging"],
            &changed["inbox"]["default_agent"]
        ),
        (&json!("off"), &json!(2))
    );
    assert_eq!((before, add().await.status), (200, 403));
}

#[tokio::test]
async fn a_second_server_is_refused() {
    let home = Home::new();
    let source = initialised(&home, On::Sqlite).await;
    let server = home.serve(&with(&["serve"], &source)).await;
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"]] {
        let said = home.refused(&with(command, &source)).await;
        assert!(
            said.contains("another process serves") && said.contains("heddle.sqlite"),
            "{said}"
        );
    }
    let ready = server.send("GET", "/readyz", &[], "").await;
    assert_eq!(ready.status, 200, "the first one goes on");
    server.kill().await;
    // A killed server does not remove its socket and lock file. Neither file stops the next server.
    let server = home.serve(&with(&["serve"], &source)).await;
    let list = home.json(&with(&["account", "list"], &source)).await;
    assert_eq!(list, json!({ "accounts": [] }));
    assert_eq!(server.stop().await.code, Some(0));
}

#[tokio::test]
async fn several_servers_share_one_postgres_database() {
    let home = Home::new();
    let source = furnished(&home, On::Postgres).await;
    let migrated = home.json(&with(&["migrate"], &source)).await;
    assert_eq!(migrated["schema"], heddle_store::newest_schema());
    let first = home.serve(&with(&["serve"], &source)).await;
    let second = home.serve(&with(&["serve"], &source)).await;
    let made = a_credential_for_each_api(&home, &source).await;
    let key = secret(&made[0], "api_key");
    for server in [&first, &second] {
        assert_eq!(magicline(server, &key).await.status, 200);
    }
    assert_eq!(first.stop().await.code, Some(0));
    assert_eq!(second.stop().await.code, Some(0));
}

#[tokio::test]
async fn invalid_commands_are_refused_and_change_nothing() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    for (command, word) in [
        ("inbox create --account 7 --name X", "no account 7"),
        (
            "inbox create --account 1 --name X --default-agent 99",
            "no agent 99",
        ),
        (
            "inbox create --account 1 --name X --public-id mykaarma=house-1",
            "public id",
        ),
        (
            "inbox update --account 1 --inbox 9 --messaging off",
            "no inbox 9",
        ),
        (
            "agent create --account 1 --first-name A --last-name B --email nonsense",
            "nonsense",
        ),
        ("customer create --account 1", "needs a name"),
        (
            "customer create --account 1 --email M@mail.example",
            "e-mail address",
        ),
        (
            "customer create --account 1 --first-name A --inbox 5",
            "no inbox 5",
        ),
        (
            "credential create --account 1 --api magicline --name k",
            "--inbox",
        ),
        (
            "credential create --account 1 --api magicline --name k --inbox 5",
            "no inbox 5",
        ),
        (
            "credential create --account 1 --api helpscout --name k",
            "--agent",
        ),
        (
            "credential create --account 1 --api helpscout --name k --agent 9",
            "no agent 9",
        ),
        (
            "credential create --account 1 --api native --name k --portfolio",
            "--portfolio",
        ),
        (
            "credential create --account 1 --api mews --name k --inbox 1",
            "--application",
        ),
        (
            "credential create --account 1 --api mews --name k --inbox 1 --application 4",
            "no application 4",
        ),
        (
            "credential revoke --account 1 --credential 3",
            "no credential 3",
        ),
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        let said = home.refused(&with(&words, &source)).await;
        assert!(said.contains(word), "{command}: {said}");
    }
    for (list, count) in [
        ("inbox", 1),
        ("agent", 2),
        ("customer", 1),
        ("credential", 0),
    ] {
        let listed = home
            .json(&with(&[list, "list", "--account", "1"], &source))
            .await;
        let all = listed.as_object().and_then(|named| named.values().next());
        assert_eq!(
            all.and_then(Value::as_array).map(Vec::len),
            Some(count),
            "{listed}"
        );
    }
    for nonsense in [
        "account update --account 1 --mews-rate often",
        "credential create --account 1 --api x --name k",
    ] {
        let words: Vec<&str> = nonsense.split(' ').collect();
        assert_eq!(
            home.run(&with(&words, &source)).await.status.code(),
            Some(2)
        );
    }
    let said = home
        .refused(&["account", "list", "--data", &home.text("nowhere")])
        .await;
    assert!(said.contains("heddle init"), "{said}");
    assert!(!home.path("nowhere").exists());
}

#[tokio::test]
async fn the_old_spelling_of_an_api_is_still_accepted() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let create = ["credential", "create", "--account", "1", "--door", "native"];
    let create = [create.as_slice(), &["--name", "Robot"]].concat();
    let made = home.json(&with(&create, &source)).await;
    assert_eq!(made["credential"]["api"], "native");
}

#[tokio::test]
async fn everything_that_the_rules_of_an_api_forbid_is_named_at_once() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let create = ["credential", "create", "--account", "1", "--name", "Robot"];
    for (options, texts) in [
        (
            &["--api", "magicline", "--agent", "1", "--portfolio"][..],
            &["--agent is not", "--portfolio is not", "--inbox must be"][..],
        ),
        (&["--api", "helpscout"], &["--agent is needed"]),
        (
            &["--api", "mews"],
            &["--application (", "--inbox must be exactly one"],
        ),
    ] {
        let command = [create.as_slice(), options].concat();
        let error = home.refused(&with(&command, &source)).await;
        for text in texts {
            assert!(error.contains(text), "{text}: {error}");
        }
    }
    let create = [create.as_slice(), &["--api", "native", "--agent", "1"]].concat();
    let made = home.json(&with(&create, &source)).await;
    assert_eq!(made["credential"]["agent"], 1);
}
