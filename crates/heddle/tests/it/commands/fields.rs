//! Tests of `heddle field` and `heddle conversation`.

use heddle_testkit::On;
use serde_json::json;

use super::{furnished, with};
use crate::process::Home;

async fn fields_are_defined(home: &Home, source: &[String]) {
    let run = async |command: &str| {
        let words: Vec<&str> = command.split(' ').collect();
        home.json(&with(&words, source)).await
    };
    let made = run("field create --account 1 --inbox 1 --name Model --kind dropdown --option K-200 --option K-300").await;
    let (id, options) = (
        made["field"]["id"].clone(),
        made["field"]["options"].clone(),
    );
    assert_eq!(
        made["field"],
        json!({ "id": id, "name": "Model", "kind": "dropdown", "order": 1, "required": false, "options": options })
    );
    assert_eq!(options[1]["label"], "K-300");
    let changed = run(&format!("field update --account 1 --inbox 1 --field {id} --required on --order 4 --option K-300 --option K-400")).await;
    assert_eq!(
        (
            &changed["field"]["required"],
            &changed["field"]["options"][0]
        ),
        (&json!(true), &options[1])
    );
    assert_eq!(
        run("field list --account 1 --inbox 1").await["fields"],
        json!([changed["field"]])
    );
    assert_eq!(
        run(&format!("field remove --account 1 --inbox 1 --field {id}")).await["fields"],
        json!([])
    );
    for (command, code) in [
        ("field list --account 1 --inbox 9".to_owned(), "not_found"),
        (
            format!("field remove --account 1 --inbox 1 --field {id}"),
            "not_found",
        ),
        (
            "field create --account 1 --inbox 1 --name X --kind dropdown".to_owned(),
            "invalid",
        ),
        (
            "conversation delete --account 1 --conversation 9".to_owned(),
            "not_found",
        ),
        (
            "conversation restore --account 1 --conversation 9".to_owned(),
            "not_found",
        ),
    ] {
        let words: Vec<&str> = command.split(' ').chain(["--json"]).collect();
        let output = home.run(&with(&words, source)).await;
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(4), "{command}: {said}");
        assert!(
            said.contains(&format!("\"code\":\"{code}\"")),
            "{command}: {said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_defined_on_sqlite() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    fields_are_defined(&home, &source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_defined_on_postgres() {
    let home = Home::new();
    let source = furnished(&home, On::Postgres).await;
    fields_are_defined(&home, &source).await;
}
