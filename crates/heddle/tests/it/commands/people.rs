//! Teams, passwords of agents, redirect URLs of apps, and the server's TLS, through the command line.

use heddle_testkit::On;
use serde_json::json;

use super::{furnished, secret, with};
use crate::process::Home;

fn words(command: &str) -> Vec<&str> {
    command.split(' ').collect()
}

async fn people(on: On) {
    let home = Home::new();
    let source = furnished(&home, on).await;
    let run = async |command: &str| home.json(&with(&words(command), &source)).await;
    let refused = async |command: &str| home.refused(&with(&words(command), &source)).await;

    let made = run("team create --account 1 --name Desk --member 2 --member 2").await;
    assert_eq!(
        made,
        json!({ "team": { "id": 3, "name": "Desk", "members": [2] } })
    );
    let changed = run("team change --account 1 --team 3 --name Reception --remove 2").await;
    let team = json!({ "id": 3, "name": "Reception", "members": [] });
    assert_eq!(changed, json!({ "team": team }));
    assert_eq!(
        run("team list --account 1").await,
        json!({ "teams": [team] })
    );
    let agents = run("agent list --account 1").await;
    let found: Vec<_> = agents["agents"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|agent| (&agent["id"], &agent["team"], &agent["signs_in"]))
        .collect();
    let (no, yes) = (&json!(false), &json!(true));
    assert_eq!(
        found,
        [
            (&json!(1), no, no),
            (&json!(2), no, no),
            (&json!(3), yes, no)
        ]
    );
    for (command, said) in [
        (
            "team change --account 1 --team 2 --name x",
            "there is no agent 2",
        ),
        (
            "team change --account 1 --team 3 --add 9",
            "there is no such agent",
        ),
        (
            "team create --account 1 --name x --member 3",
            "there is no such agent",
        ),
        ("agent set-password --account 1 --agent 3", "a team"),
        (
            "agent set-password --account 1 --agent 1",
            "the built-in agent",
        ),
        (
            "agent set-password --account 1 --agent 9",
            "there is no agent 9",
        ),
    ] {
        let text = refused(command).await;
        assert!(text.contains(said), "{command}: {text}");
    }

    let set = run("agent set-password --account 1 --agent 2").await;
    let password = set["agent"]["password"].as_str().expect("a password");
    assert_eq!((password.len(), &set["agent"]["signs_in"]), (32, yes));
    let again = run("agent set-password --account 1 --agent 2").await;
    assert_ne!(again["agent"]["password"], password);
    let removed = run("agent remove-password --account 1 --agent 2").await;
    assert_eq!(removed["agent"]["signs_in"], false);
    assert!(removed["agent"].get("password").is_none());

    let create = "credential create --account 1 --api helpscout --name app --agent 2";
    let made = run(&format!(
        "{create} --redirect-url https://app.example/return"
    ))
    .await;
    assert_eq!(
        made["credential"]["redirect_url"],
        "https://app.example/return"
    );
    assert!(!secret(&made, "client_secret").is_empty());
    let id = &made["credential"]["id"];
    let set = format!("credential redirect-url --account 1 --credential {id}");
    let changed = run(&format!("{set} --url http://127.0.0.1:8000/")).await;
    assert_eq!(
        changed["credential"]["redirect_url"],
        "http://127.0.0.1:8000/"
    );
    let changed = run(&format!("{set} --none")).await;
    assert_eq!(changed["credential"]["redirect_url"], json!(null));
    let native = run("credential create --account 1 --api native --name other").await;
    let native = &native["credential"]["id"];
    for wrong in ["--url nowhere", "", "--none --url https://a.example/"] {
        let command = format!("{set} {wrong}");
        let output = home.run(&with(&words(command.trim()), &source)).await;
        assert_eq!(output.status.code(), Some(2), "{command}");
    }
    for (command, said) in [
        (
            format!(
                "credential redirect-url --account 1 --credential {native} --url https://a.example/"
            ),
            "the API native takes no redirect URL",
        ),
        (
            "credential redirect-url --account 1 --credential 99 --none".to_owned(),
            "there is no credential 99",
        ),
        (
            "credential create --account 1 --api native --name x --redirect-url https://a.example/"
                .to_owned(),
            "--redirect-url is not taken by the API native",
        ),
    ] {
        let text = refused(&command).await;
        assert!(text.contains(said), "{command}: {text}");
    }
}

#[tokio::test]
async fn teams_passwords_and_redirect_urls_on_sqlite() {
    people(On::Sqlite).await;
}

#[tokio::test]
async fn teams_passwords_and_redirect_urls_on_postgres() {
    people(On::Postgres).await;
}

#[tokio::test]
async fn a_server_with_a_certificate_and_a_key_speaks_tls() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let file = home.read("data/heddle.toml");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../http/src/tls");
    let certificate = format!("tls_certificate_file = \"{folder}/server.pem\"");
    let key = format!("tls_key_file = \"{folder}/server.key\"");
    let configured = |lines: &str| file.replacen("[server]", &format!("[server]\n{lines}"), 1);
    home.write("data/heddle.toml", &configured(&certificate));
    let text = home.refused(&with(&["serve"], &source)).await;
    assert!(text.contains("set server.tls_key_file, too"), "{text}");
    let wrong = format!("{certificate}\ntls_key_file = \"{folder}/other.key\"");
    home.write("data/heddle.toml", &configured(&wrong));
    let text = home.refused(&with(&["serve"], &source)).await;
    assert!(
        text.contains("the certificate and the key cannot be used"),
        "{text}"
    );
    home.write(
        "data/heddle.toml",
        &configured(&format!("{certificate}\n{key}")),
    );
    let server = home.serve(&with(&["serve"], &source)).await;
    let listen = server.text("/listen").to_owned();
    assert_eq!(server.text("/url"), format!("https://{listen}"));
    let log = server.stop().await.log;
    assert!(!log.contains("other machines can reach"), "{log}");
}
