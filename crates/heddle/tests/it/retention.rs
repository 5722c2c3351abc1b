//! Tests of `heddle retention` with the real program. `crates/store/tests/conformance/retention.rs` has the tests of the rules.

use heddle_testkit::On;
use serde_json::{Value, json};

use crate::backup::Furnished;
use crate::commands::with;
use crate::operator::words;
use crate::removal::refuses;

async fn rules_are_set_shown_and_applied(on: On) {
    let store = Furnished::new(on).await;
    let (home, source) = (&store.home, &store.source);
    store.write(&["Moth one"]).await;
    let run = async |command: &str| -> Value {
        home.json(&with(&words(command), source)).await["retention"].clone()
    };
    let never =
        json!({ "account": 1, "closed": null, "spam": null, "archived": null, "deleted": null });
    assert_eq!(run("retention show --account 1").await, never);
    for (command, status, parts) in [
        ("retention set --account 1", 2, &["--closed"][..]),
        ("retention set --account 1 --closed 0", 2, &["never"]),
        ("retention set --account 1 --closed 36501", 2, &["36500"]),
        (
            "retention set --account 7 --closed 3",
            4,
            &["there is no account 7"],
        ),
        (
            "retention run --account 1 --yes",
            4,
            &["no retention rules", "heddle retention set"],
        ),
    ] {
        refuses(home, source, (command, status, parts)).await;
    }
    let counted = run("retention set --account 1 --closed 30 --deleted 1 --dry-run").await;
    let nothing = json!({ "conversations": 0, "messages": 0, "attachments": 0, "files": 0 });
    assert_eq!(
        counted["contents"],
        json!({ "closed": nothing, "deleted": nothing })
    );
    assert_eq!(run("retention show --account 1").await, never, "a dry run");
    let set = run("retention set --account 1 --closed 30 --deleted 1").await;
    assert_eq!((&set["closed"], &set["deleted"]), (&json!(30), &json!(1)));
    let set = run("retention set --account 1 --deleted never").await;
    assert_eq!(
        (&set["closed"], &set["deleted"]),
        (&json!(30), &Value::Null)
    );
    refuses(
        home,
        source,
        ("retention run --account 1", 4, &["closed: 0", "--yes"]),
    )
    .await;
    let ran = run("retention run --account 1 --yes").await;
    assert_eq!(ran["erased"], nothing, "{ran}");
    assert_eq!(store.objects("data/objects").len(), 1);
}

#[tokio::test]
async fn rules_are_set_shown_and_applied_on_sqlite() {
    rules_are_set_shown_and_applied(On::Sqlite).await;
}

#[tokio::test]
async fn rules_are_set_shown_and_applied_on_postgres() {
    rules_are_set_shown_and_applied(On::Postgres).await;
}
