//! Tests of `heddle inbox profile`.

use heddle_testkit::On;
use serde_json::json;

use super::{furnished, with};
use crate::process::Home;

async fn a_profile_is_set_and_shown(home: &Home, source: &[String]) {
    let run = async |words: &[&str]| home.json(&with(words, source)).await;
    let place = ["--account", "1", "--inbox", "1"];
    let show = || ["inbox", "profile", "show"].into_iter().chain(place);
    let set = |values: &[&'static str]| -> Vec<&'static str> {
        let words = ["inbox", "profile", "set"].into_iter().chain(place);
        words.chain(values.iter().copied()).collect()
    };
    let empty = run(&show().collect::<Vec<_>>()).await;
    assert_eq!(empty, json!({ "profile": {} }));
    let values = [
        "--time-zone",
        "Europe/Berlin",
        "--phone",
        "+49 40 1",
        "--city",
        "Ulm",
        "--latitude",
        "-1.5",
    ];
    let expected = json!({ "profile": { "time_zone": "Europe/Berlin", "phone": "+49 40 1", "address": { "city": "Ulm", "latitude": -1.5 } } });
    assert_eq!(run(&set(&values)).await, expected);
    let changed = run(&set(&[
        "--phone",
        "",
        "--latitude",
        "",
        "--city",
        "",
        "--currency",
        "EUR",
    ]))
    .await;
    assert_eq!(
        changed,
        json!({ "profile": { "time_zone": "Europe/Berlin", "currency": "EUR" } })
    );
    assert_eq!(run(&show().collect::<Vec<_>>()).await, changed);
    for (command, code) in [
        ("set --account 1 --inbox 1 --time-zone Berlin", "invalid"),
        ("set --account 1 --inbox 1 --latitude north", "invalid"),
        ("set --account 1 --inbox 1 --latitude 91", "invalid"),
        ("set --account 1 --inbox 9 --phone 1", "not_found"),
        ("show --account 1 --inbox 9", "not_found"),
    ] {
        let words: Vec<&str> = ["inbox", "profile"]
            .into_iter()
            .chain(command.split(' '))
            .chain(["--json"])
            .collect();
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
async fn a_profile_is_set_and_shown_on_sqlite() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    a_profile_is_set_and_shown(&home, &source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_set_and_shown_on_postgres() {
    let home = Home::new();
    let source = furnished(&home, On::Postgres).await;
    a_profile_is_set_and_shown(&home, &source).await;
}
