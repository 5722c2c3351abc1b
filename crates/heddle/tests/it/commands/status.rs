//! Tests of `heddle status`: beside a running server and alone, on both engines.

use heddle_testkit::{On, TIMEOUT};
use serde_json::{Value, json};

use super::{furnished, with};
use crate::process::Home;

async fn status(home: &Home, source: &[String]) -> Value {
    home.json(&with(&["status"], source)).await["status"].clone()
}

/// Returns by how many events each reader is behind.
fn lags(status: &Value) -> Vec<(String, i64)> {
    let readers = status["readers"].as_array().expect("a list").iter();
    let lag = |reader: &Value| {
        let name = reader["name"].as_str().expect("a name").to_owned();
        (name, reader["behind"].as_i64().expect("a number"))
    };
    readers.map(lag).collect()
}

/// Waits until the server has read all events.
async fn until_read(home: &Home, source: &[String]) {
    let look = async {
        loop {
            let lags = lags(&status(home, source).await);
            if !lags.is_empty() && lags.iter().all(|(_, behind)| *behind == 0) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let read = tokio::time::timeout(TIMEOUT, look).await;
    read.expect("the server reads all events");
}

async fn shows_server_readers_and_backup(on: On) {
    let home = Home::new();
    let source = furnished(&home, on).await;
    let before = status(&home, &source).await;
    assert_eq!(before["server"], Value::Null);
    assert_eq!(before["newest_backup"], Value::Null);
    assert_eq!(
        (&before["accounts"], &before["objects"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(before["schema"], heddle_store::newest_schema());
    assert!(
        before["database_bytes"].as_u64() > Some(100_000),
        "{before}"
    );
    let server = home.serve(&with(&["serve"], &source)).await;
    until_read(&home, &source).await;
    let served = status(&home, &source).await;
    match on {
        On::Sqlite => {
            assert_eq!(served["engine"], "sqlite");
            assert_eq!(served["server"]["pid"], server.pid());
            assert!(served["server"]["uptime_seconds"].is_u64(), "{served}");
            assert!(served["log_bytes"].as_u64() > Some(0), "{served}");
        }
        On::Postgres => {
            assert_eq!(served["engine"], "postgres");
            assert_eq!(served["server"], Value::Null);
            assert_eq!(served["log_bytes"], Value::Null);
        }
    }
    assert_eq!(served["not_ready"], Value::Null);
    assert_eq!(server.stop().await.code, Some(0));
    // Without a server nobody reads this event.
    let create = [
        "customer",
        "create",
        "--account",
        "1",
        "--first-name",
        "Ada",
    ];
    home.json(&with(&create, &source)).await;
    let taken = home.json(&with(&["backup", "series"], &source)).await;
    if on == On::Postgres {
        // The event gets its position when a process with the store drains the feed.
        home.json(&with(&["search", "find", "--account", "1", "x"], &source))
            .await;
    }
    let after = status(&home, &source).await;
    let lags = lags(&after);
    assert!(
        !lags.is_empty() && lags.iter().all(|(_, behind)| *behind == 1),
        "{after}"
    );
    let newest = &after["newest_backup"];
    assert_eq!(newest["name"], taken["backup"]["name"]);
    assert_eq!(
        newest["folder"],
        home.text(&format!(
            "series/{}",
            newest["name"].as_str().expect("a name")
        ))
    );
    let printed = home.run(&with(&["status"], &source)).await;
    let printed = String::from_utf8(printed.stdout).expect("UTF-8");
    for part in [
        "1 events behind",
        "newest backup",
        "The store accepts writes.",
    ] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
}

#[tokio::test]
async fn status_shows_server_readers_and_backup_on_sqlite() {
    shows_server_readers_and_backup(On::Sqlite).await;
}

#[tokio::test]
async fn status_shows_server_readers_and_backup_on_postgres() {
    shows_server_readers_and_backup(On::Postgres).await;
}
