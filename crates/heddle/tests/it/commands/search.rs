//! Tests of `heddle search`: beside a running server and alone, on both engines.

use heddle_testkit::{On, TIMEOUT};
use serde_json::{Value, json};

use super::{furnished, magicline, secret, with};
use crate::process::Home;

/// Creates a Magicline key; returns it.
async fn key(home: &Home, source: &[String]) -> String {
    let create = "credential create --account 1 --api magicline --name studio --inbox 1";
    let words: Vec<&str> = create.split(' ').collect();
    secret(&home.json(&with(&words, source)).await, "api_key")
}

async fn search(home: &Home, source: &[String], words: &[&str]) -> Value {
    let command = [&["search"], words].concat();
    home.json(&with(&command, source)).await
}

/// Returns the subjects of what is found.
fn subjects(found: &Value) -> Vec<&str> {
    let all = found["search"]["found"].as_array().expect("a list").iter();
    all.map(|one| one["subject"].as_str().expect("a text"))
        .collect()
}

/// Waits until the server has indexed what was written.
async fn until_found(home: &Home, source: &[String], query: &str) -> Value {
    let look = async {
        loop {
            let found = search(home, source, &["find", query]).await;
            if !subjects(&found).is_empty() {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    let found = tokio::time::timeout(TIMEOUT, look).await;
    found.expect("the server indexes what was written")
}

async fn finds_and_rebuilds(on: On) {
    let home = Home::new();
    let source = furnished(&home, on).await;
    let key = key(&home, &source).await;
    let server = home.serve(&with(&["serve"], &source)).await;
    assert_eq!(magicline(&server, &key).await.status, 200);
    // The server does the work.
    let found = until_found(&home, &source, "locker customer:mirela").await;
    let one = &found["search"]["found"][0];
    for (member, value) in [
        ("number", json!(1)),
        ("status", json!("new")),
        ("subject", json!("Broken locker")),
        ("inbox_name", json!("House")),
        ("customer_name", json!("Mirela")),
    ] {
        assert_eq!(one[member], value, "{member}: {found}");
    }
    assert_eq!(one["messages"][0]["text"], "Locker 12 does not close.");
    assert_eq!(one["messages"][0]["hits"], json!([[0, 6]]));
    assert_eq!(found["search"]["complete"], true);
    let built = search(&home, &source, &["rebuild", "--account", "1"]).await;
    assert_eq!(
        (
            &built["indexes"][0]["account"],
            &built["indexes"][0]["rebuild"]
        ),
        (&json!(1), &Value::Null),
        "{built}"
    );
    assert_eq!(
        subjects(&search(&home, &source, &["find", "locker"]).await),
        ["Broken locker"]
    );
    assert_eq!(magicline(&server, &key).await.status, 200);
    assert_eq!(server.stop().await.code, Some(0));
    // No server runs: the command reads what is missing, and builds the index itself.
    let both = search(
        &home,
        &source,
        &[
            "find",
            "--account",
            "1",
            "--sort",
            "relevance",
            "locker -close",
        ],
    )
    .await;
    assert_eq!(subjects(&both), [] as [&str; 0]);
    assert_eq!(
        subjects(&search(&home, &source, &["find", "locker", "close"]).await).len(),
        2
    );
    let limited = search(&home, &source, &["find", "locker", "--limit", "1"]).await;
    assert_eq!(
        (subjects(&limited).len(), &limited["search"]["complete"]),
        (1, &json!(false))
    );
    let built = search(&home, &source, &["rebuild"]).await;
    assert_eq!(
        (
            &built["indexes"][0]["up_to_date"],
            &built["indexes"][0]["rebuild"]
        ),
        (&json!(true), &Value::Null),
        "{built}"
    );
    assert_eq!(search(&home, &source, &["status"]).await, built);
    assert_eq!(
        subjects(&search(&home, &source, &["find", "locker"]).await).len(),
        2
    );
}

#[tokio::test]
async fn an_index_that_was_deleted_is_built_anew() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let key = key(&home, &source).await;
    let server = home.serve(&with(&["serve"], &source)).await;
    assert_eq!(magicline(&server, &key).await.status, 200);
    until_found(&home, &source, "locker").await;
    assert_eq!(server.stop().await.code, Some(0));
    let index = home.path("data/heddle.search.sqlite");
    std::fs::remove_file(&index).expect("there is an index");
    let server = home.serve(&with(&["serve"], &source)).await;
    until_found(&home, &source, "locker customer:mirela").await;
    assert_eq!(server.stop().await.code, Some(0));
    // A file that is no index is replaced, too.
    std::fs::write(&index, "no database, but longer than the header of one").expect("written");
    let found = search(&home, &source, &["find", "locker"]).await;
    assert_eq!(subjects(&found), ["Broken locker"]);
}

#[tokio::test]
async fn the_command_line_finds_and_rebuilds_on_sqlite() {
    finds_and_rebuilds(On::Sqlite).await;
}

#[tokio::test]
async fn the_command_line_finds_and_rebuilds_on_postgres() {
    finds_and_rebuilds(On::Postgres).await;
}

#[tokio::test]
async fn what_is_found_is_shown_as_text_without_marks() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let key = key(&home, &source).await;
    let server = home.serve(&with(&["serve"], &source)).await;
    assert_eq!(magicline(&server, &key).await.status, 200);
    until_found(&home, &source, "locker").await;
    // Standard output is no terminal here.
    let output = home
        .run(&with(
            &["search", "find", "close", "--time-zone", "Asia/Tokyo"],
            &source,
        ))
        .await;
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    for part in [
        "1  new  ",
        "Broken locker",
        "inbox 1 (House), customer 1 (Mirela)",
        "Locker 12 does not close.",
        "found: 1",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains(['\u{2}', '\u{3}', '\u{1b}']), "{text}");
    let nothing = home.run(&with(&["search", "find", "zebra"], &source)).await;
    assert_eq!(
        String::from_utf8_lossy(&nothing.stdout).trim(),
        "nothing was found"
    );
    for (query, words) in [
        ("(a", "column 1"),
        ("tag:", "column 1"),
        ("a \"b", "column 3"),
    ] {
        let said = home
            .refused(&with(&["search", "find", query], &source))
            .await;
        assert!(said.contains(words), "{query}: {said}");
    }
    let said = home
        .refused(&with(&["search", "status", "--account", "7"], &source))
        .await;
    assert!(said.contains("no account 7"), "{said}");
    let account = ["account", "create", "--name", "Second"];
    home.json(&with(&account, &source)).await;
    let said = home.refused(&with(&["search", "find", "a"], &source)).await;
    assert!(said.contains("--account"), "{said}");
    assert_eq!(server.stop().await.code, Some(0));
}

#[tokio::test]
async fn search_that_is_switched_off_is_refused() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let file = home.read("data/heddle.toml");
    home.write(
        "data/heddle.toml",
        &file.replace("enabled = true", "enabled = false"),
    );
    for words in [&["search", "find", "a"][..], &["search", "rebuild"]] {
        let said = home.refused(&with(words, &source)).await;
        assert!(said.contains("search.enabled"), "{said}");
    }
    let server = home.serve(&with(&["serve"], &source)).await;
    let said = home.refused(&with(&["search", "find", "a"], &source)).await;
    assert!(said.contains("search.enabled"), "{said}");
    // `status` still answers.
    assert!(search(&home, &source, &["status"]).await["indexes"][0]["position"].is_i64());
    assert_eq!(server.stop().await.code, Some(0));
}
