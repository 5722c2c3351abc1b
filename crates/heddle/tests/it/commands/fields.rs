//! Tests of `heddle field`, `heddle opt-out` and `heddle conversation`.

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

async fn opt_outs_are_recorded(home: &Home, source: &[String]) {
    let run = async |command: &str| {
        let words: Vec<&str> = command.split(' ').collect();
        home.json(&with(&words, source)).await
    };
    let place = "--account 1 --inbox 1 --kind text --value";
    let shown = run(&format!("opt-out show {place} +49-30")).await;
    assert_eq!(
        shown["opt_out"],
        json!({ "kind": "text", "value": "4930", "state": "opted_in", "changed_at": null })
    );
    let set = run(&format!("opt-out set {place} 4930 --state opted_out")).await;
    assert_eq!(set["opt_out"]["state"], "opted_out");
    assert_eq!(
        run(&format!("opt-out show {place} 4930")).await["opt_out"],
        set["opt_out"]
    );
    for (command, code) in [
        (format!("opt-out show {place} x"), "invalid"),
        (
            "opt-out show --account 1 --inbox 9 --kind text --value 1".to_owned(),
            "not_found",
        ),
        (
            "opt-out set --account 1 --inbox 9 --kind text --value 1 --state opted_in".to_owned(),
            "not_found",
        ),
    ] {
        let words: Vec<&str> = command.split(' ').chain(["--json"]).collect();
        let output = home.run(&with(&words, source)).await;
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(
            said.contains(&format!("\"code\":\"{code}\"")),
            "{command}: {said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn opt_outs_are_recorded_on_sqlite() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    opt_outs_are_recorded(&home, &source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opt_outs_are_recorded_on_postgres() {
    let home = Home::new();
    let source = furnished(&home, On::Postgres).await;
    opt_outs_are_recorded(&home, &source).await;
}
