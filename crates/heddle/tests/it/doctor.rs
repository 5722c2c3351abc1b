//! Tests of `heddle doctor` with the real program: broken, missing and unnamed attachment files, and secrets without their key.

use std::fs;

use heddle_testkit::On;
use serde_json::{Value, json};

use crate::backup::Furnished;
use crate::commands::{secret, with};
use crate::operator::words;

/// Runs the doctor, which must end with this status. Returns its problems as texts with their remedies.
async fn problems(store: &Furnished, more: &[&str], status: i32) -> Vec<(String, String)> {
    let command = [&["doctor", "--json"], more].concat();
    let output = store.home.run(&with(&command, &store.source)).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{said} {output:?}");
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let problems = found["problems"].as_array().expect("a list").iter();
    problems
        .map(|one| (text(&one["problem"]), text(&one["remedy"])))
        .collect()
}

fn remedies(problems: &[(String, String)]) -> Vec<&str> {
    problems.iter().map(|(_, remedy)| remedy.as_str()).collect()
}

#[tokio::test]
async fn the_doctor_finds_broken_missing_and_unnamed_files() {
    let store = Furnished::new(On::Sqlite).await;
    store.write(&["first", "second", "third"]).await;
    assert_eq!(problems(&store, &[], 0).await, []);
    let objects = store.objects("data/objects");
    let whole: Vec<_> = objects[..2]
        .iter()
        .map(|path| fs::read(path).expect("read"))
        .collect();
    fs::write(&objects[0], b"something else").expect("changed");
    fs::remove_file(&objects[1]).expect("removed");
    // The name of an object contains the time of its upload, which is two days ago here.
    let name = objects[2]
        .file_name()
        .and_then(|name| name.to_str())
        .expect("a name");
    let (digest, nonce) = name.split_once('.').expect("a digest");
    let (at, rest) = nonce.split_once('t').expect("a time");
    let at = i64::from_str_radix(at, 16).expect("a time") - 2 * 86_400_000;
    let unnamed = objects[2].with_file_name(format!("{digest}.{at:012x}t{rest}"));
    fs::copy(&objects[2], &unnamed).expect("copied");
    let found = problems(&store, &[], 1).await;
    let texts = format!("{found:?}");
    for part in [
        "was changed",
        "is missing",
        "1 attachment files older than a day",
    ] {
        assert!(texts.contains(part), "{part}: {texts}");
    }
    let expected = [
        "cannot be mended",
        "cannot be mended",
        "can be mended with --fix",
    ];
    assert_eq!(remedies(&found), expected);
    assert!(unnamed.exists());
    let mended = problems(&store, &["--mend"], 1).await;
    assert_eq!(
        remedies(&mended),
        ["cannot be mended", "cannot be mended", "mended"]
    );
    assert!(!unnamed.exists() && objects[2].exists());
    for (path, bytes) in objects.iter().zip(whole) {
        fs::write(path, bytes).expect("restored");
    }
    assert_eq!(problems(&store, &[], 0).await, []);
}

#[tokio::test]
async fn the_doctor_finds_secrets_that_cannot_be_unsealed() {
    let store = Furnished::new(On::Sqlite).await;
    let create = words("credential create --account 1 --api native --name t");
    let made = store.home.json(&with(&create, &store.source)).await;
    let bearer = format!("Bearer {}", secret(&made, "token"));
    let server = store.home.serve(&with(&["serve"], &store.source)).await;
    let headers = [
        ("authorization", &*bearer),
        ("content-type", "application/json"),
    ];
    let webhook =
        json!({ "url": "https://93.184.216.34/hook", "events": ["conversation.created"] });
    let made = server
        .send("POST", "/api/v1/webhooks", &headers, &webhook.to_string())
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(server.stop().await.code, Some(0));
    assert_eq!(problems(&store, &[], 0).await, []);
    store.home.write("data/sealing.key", &"7".repeat(64));
    let found = problems(&store, &[], 1).await;
    assert!(found[0].0.contains("cannot be unsealed"), "{found:?}");
    fs::remove_file(store.home.path("data/sealing.key")).expect("removed");
    let found = problems(&store, &["--fix"], 1).await;
    assert!(found[0].0.contains("there is no sealing key"), "{found:?}");
    assert_eq!(remedies(&found), ["cannot be mended"]);
    assert!(
        !store.home.path("data/sealing.key").exists(),
        "no key is made"
    );
}
