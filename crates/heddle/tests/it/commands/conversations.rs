//! Tests of `heddle conversation merge`.

use heddle_testkit::On;
use serde_json::{Value, json};

use super::{furnished, magicline, secret, with};
use crate::process::{Home, Serving};

/// Returns a conversation as the native API shows it.
async fn shown(server: &Serving, token: &str, id: i64) -> (u16, Value) {
    let bearer = format!("Bearer {token}");
    let path = format!("/api/v1/conversations/{id}");
    let headers = [("authorization", bearer.as_str())];
    let answer = server.send("GET", &path, &headers, "").await;
    (answer.status, answer.json())
}

async fn conversations_are_merged(home: &Home, source: &[String]) {
    let run = async |command: &str| {
        let words: Vec<&str> = command.split(' ').collect();
        home.json(&with(&words, source)).await
    };
    let studio = run("credential create --account 1 --api magicline --name studio --inbox 1").await;
    let own = run("credential create --account 1 --api native --name own").await;
    let (key, token) = (secret(&studio, "api_key"), secret(&own, "token"));
    let server = home.serve(&with(&["serve"], source)).await;
    let mut made = Vec::new();
    for _ in 0..3 {
        let answer = magicline(&server, &key).await;
        assert_eq!(answer.status, 200);
        made.push(answer.json()["threadId"].as_i64().expect("an id"));
    }
    let [one, two, three] = made[..] else {
        panic!("{made:?}")
    };
    let merge = |from: i64, into: i64, more: &str| {
        format!("conversation merge --account 1 --conversation {from} --into {into}{more}")
    };
    let merged = run(&merge(one, two, " --status pending")).await;
    assert_eq!(
        merged["conversation"],
        json!({ "id": two, "deleted": false, "merged": one })
    );
    let (status, survivor) = shown(&server, &token, two).await;
    assert_eq!((status, &survivor["status"]), (200, &json!("pending")));
    let (status, _) = shown(&server, &token, one).await;
    assert_eq!(status, 301, "the number leads to the survivor");
    // The survivor of an earlier merge is meant by its old number, too; without `--status` it stays as it is.
    let merged = run(&merge(three, one, "")).await;
    assert_eq!(
        merged["conversation"],
        json!({ "id": two, "deleted": false, "merged": three })
    );
    let (_, survivor) = shown(&server, &token, two).await;
    assert_eq!(survivor["status"], "pending");
    for (command, exit, code) in [
        (merge(two, two, ""), 4, "invalid"),
        (merge(two, 999, ""), 4, "not_found"),
        (merge(999, two, ""), 4, "not_found"),
        (merge(two, three, " --status gone"), 2, "usage"),
        (
            format!("conversation merge --account 9 --conversation {one} --into {two}"),
            4,
            "not_found",
        ),
    ] {
        let words: Vec<&str> = command.split(' ').chain(["--json"]).collect();
        let output = home.run(&with(&words, source)).await;
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(exit), "{command}: {said}");
        let expected = format!("\"code\":\"{code}\"");
        assert!(said.contains(&expected), "{command}: {said}");
        let names_it = code != "not_found" || said.contains("999") || said.contains("account 9");
        assert!(names_it, "{command}: {said}");
    }
    assert_eq!(server.stop().await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_are_merged_on_sqlite() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    conversations_are_merged(&home, &source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_are_merged_on_postgres() {
    let home = Home::new();
    let source = furnished(&home, On::Postgres).await;
    conversations_are_merged(&home, &source).await;
}
