//! Follows `docs/point-in-time.md`, with the settings and statements of that page: a store on PostgreSQL is written under load, and recovered
//! to a moment in the middle of it.

use std::path::Path;

use heddle_store::{Engine, Options, PostgresOptions};
use heddle_testkit::postgres::{self, BaseBackup, Cluster, Database};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::*;
use crate::faults::Ledger;
use crate::faults::load::Client;
use crate::process::{in_time, send_to};

const PAGE: &str = include_str!("../../../../../docs/point-in-time.md");
/// The bytes of the attachments that are written after the moment. Large enough for a file of its own.
static LATE: [u8; 50_000] = [b'z'; 50_000];
const LATE_CONVERSATIONS: usize = 2;

/// Returns the blocks of the page in a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let begin = format!("```{language}\n");
    let blocks = PAGE.split(&*begin).skip(1);
    blocks
        .map(|rest| rest.split_once("```").expect("an end").0)
        .collect()
}

/// Returns the settings of a block, with other values.
fn settings(block: &str, change: impl Fn(&str, String) -> String) -> Vec<(String, String)> {
    let setting = |line: &str| {
        let (name, value) = line.split_once(" = ").expect("a setting");
        let value = value.trim_matches('\'').to_owned();
        (name.to_owned(), change(name, value))
    };
    block.lines().map(setting).collect()
}

/// Starts a cluster that archives its log in its own folder.
fn archiving() -> (Cluster, Vec<(String, String)>) {
    // PostgreSQL runs the command in its data folder.
    let settings = settings(blocks("ini")[0], |_, value| {
        value.replace("/archive/", "../")
    });
    let cluster = Cluster::start(postgres::Options {
        settings: settings.clone(),
        ..postgres::Options::default()
    });
    (cluster, settings)
}

/// Recovers a base backup to a moment, with the archive of the old cluster.
fn recover(
    old: &Cluster,
    archiving: Vec<(String, String)>,
    base: BaseBackup,
    moment: &str,
) -> Cluster {
    let archive = old.socket_dir().with_file_name("");
    let recovering = settings(blocks("ini")[1], |name, value| match name {
        "recovery_target_time" => moment.to_owned(),
        "archive_command" => value.replace("/archive-2/", "../"),
        _ => value.replace("/archive/", text(&archive)),
    });
    Cluster::start(postgres::Options {
        settings: [archiving, recovering].concat(),
        base: Some(base),
        ..postgres::Options::default()
    })
}

/// Writes conversations with a large attachment each. Returns their ids.
fn write_late(server: &Server) -> Vec<i64> {
    let helpscout = &server.demo["helpscout"];
    let token = helpscout["access_token"].as_str().expect("a token");
    let bearer = format!("Bearer {token}");
    let customer = json!({ "id": helpscout["customer_id"] });
    let file = json!({ "fileName": "a.bin", "mimeType": "application/octet-stream", "data": base64(&LATE) });
    let thread =
        json!({ "type": "phone", "text": "late", "customer": customer, "attachments": [file] });
    let body = json!({
        "subject": "late", "type": "phone", "mailboxId": helpscout["mailbox_id"], "status": "active",
        "customer": customer, "threads": [thread],
    });
    let mut client = Client::new(server.url());
    let mut write = || {
        let answer = client.post("/v2/conversations", &[("authorization", &bearer)], &body);
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 201);
        answer.header("resource-id").parse().expect("an id")
    };
    (0..LATE_CONVERSATIONS).map(|_| write()).collect()
}

/// Reads the feed from a position to its end. Returns the events, and the position after which it goes on.
async fn feed(url: &str, token: &str, mut after: i64) -> (Vec<Value>, i64) {
    let bearer = format!("Bearer {token}");
    let mut events = Vec::new();
    loop {
        let path = format!("/api/v1/events?limit=100&after={after}");
        let page = send_to(url, "GET", &path, &[("authorization", &bearer)], "").await;
        assert_eq!(page.status, 200, "{page:?}");
        let page = page.json();
        events.extend(page["data"].as_array().expect("a list").iter().cloned());
        after = page["next_after"].as_i64().expect("a position");
        if page["more"] == false {
            return (events, after);
        }
    }
}

/// What was known when the old server was killed.
struct Known {
    base: BaseBackup,
    /// The moment to return to, as PostgreSQL writes it.
    moment: String,
    /// What was acknowledged before the moment.
    before: Ledger,
    /// The conversations that were written after the moment.
    late: Vec<i64>,
    /// Where a reader of the feed had come.
    position: i64,
}

/// Lives with the old server until it is killed.
fn live(server: &mut Server, ledger: &Ledger, old: &Cluster, database: &Database) -> Known {
    let wait = || ledger.wait_for(ledger.acknowledged() + 20);
    let base = old.back_up();
    wait();
    let before = ledger.so_far();
    let token = server.demo["native"]["token"].as_str().expect("a token");
    let moment = block_in_place(|| Handle::current().block_on(database.time()));
    let late = write_late(server);
    wait();
    let read = feed(server.url(), token, 0);
    let (_, position) = block_in_place(|| Handle::current().block_on(read));
    server.kill();
    Known {
        base,
        moment,
        before,
        late,
        position,
    }
}

/// Finds the files that nothing names, and makes them older than a day: their names have the time of the upload.
fn age_late_files(objects: &Path) {
    let files = std::fs::read_dir(objects.join("1")).expect("a folder");
    let files = files.map(|file| file.expect("a file").path());
    let late: Vec<_> = files
        .filter(|file| std::fs::read(file).expect("read") == LATE)
        .collect();
    assert_eq!(late.len(), LATE_CONVERSATIONS);
    for file in late {
        let name = file.file_name().and_then(|name| name.to_str());
        let (digest, rest) = name
            .and_then(|name| name.split_once('.'))
            .expect("a digest");
        let (at, rest) = rest.split_once('t').expect("a time");
        let at = i64::from_str_radix(at, 16).expect("a time") - 2 * 86_400_000;
        let aged = file.with_file_name(format!("{digest}.{at:012x}t{rest}"));
        std::fs::rename(&file, aged).expect("renamed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_returns_to_a_moment_with_all_that_was_acknowledged_before_and_nothing_later() {
    let (old, settings) = archiving();
    let database = old.create_database().await;
    let home = Home::new();
    let (data, there) = (home.path("data"), home.path("there"));
    let mut server = Server::demo(|command| {
        command.args(["--random", "--store", &database.url(), "--data"]);
        command.arg(&data);
    });
    let demo = server.demo.clone();
    let mut known = None;
    let ledger = under_recorded_load(&mut server, 50, |server, ledger| {
        known = Some(live(server, ledger, &old, &database));
    });
    let known = known.expect("the load has begun");
    // An orderly end archives the rest of the log.
    old.stop();
    let new = recover(&old, settings, known.base, &known.moment);
    let database = new.database(database.name());
    let statements = blocks("sql")[0];
    let connection = database.connect().await;
    connection
        .batch_execute(statements)
        .await
        .expect("the statements of the page");
    drop(connection);
    std::fs::create_dir(&there).expect("made");
    for part in ["objects", "sealing.key"] {
        let copied = Command::new("cp")
            .arg("-R")
            .arg(data.join(part))
            .arg(&there)
            .status();
        assert!(copied.expect("cp").success(), "{part}");
    }
    let (url, there_text) = (database.url(), home.text("there"));
    let source = ["--data", &there_text, "--store", &url].map(str::to_owned);
    let doctor = with(&["doctor"], &source);
    assert_eq!(home.json(&doctor).await["problems"], json!([]));
    age_late_files(&there.join("objects"));
    let output = output(&doctor);
    let said = String::from_utf8_lossy(&output.stdout);
    let named = format!("{LATE_CONVERSATIONS} attachment files older than a day");
    assert!(said.contains(&named), "{said}");
    assert_eq!(output.status.code(), Some(1));
    home.json(&with(&["doctor", "--fix"], &source)).await;
    let options = Options {
        engine: Engine::Postgres(PostgresOptions {
            url: url.clone(),
            pool_size: 2,
            notify: false,
        }),
        objects: there.join("objects").into(),
    };
    everything_is_there(&options, &known.before, "recovered").await;
    let server = home.serve(&with(&["serve"], &source)).await;
    let url = format!("http://{}", server.text("/listen"));
    let token = demo["native"]["token"].as_str().expect("a token");
    let bearer = format!("Bearer {token}");
    for id in &known.late {
        let path = format!("/api/v1/conversations/{id}");
        let answer = send_to(&url, "GET", &path, &[("authorization", &bearer)], "").await;
        assert_eq!(answer.status, 404, "{id}: {answer:?}");
    }
    let (conversation, message) = write_again(&url, &demo).await;
    assert!(
        Some(&conversation) > known.late.iter().max(),
        "{conversation}"
    );
    assert!(message > ledger.greatest(), "{message}");
    let told = async {
        loop {
            let (events, _) = feed(&url, token, known.position).await;
            if events
                .iter()
                .any(|event| event["entity_id"] == conversation)
            {
                return;
            }
        }
    };
    in_time(
        "the event of the new conversation, for a reader that had read on",
        told,
    )
    .await;
    assert_eq!(server.stop().await.code, Some(0));
}

/// Writes a conversation; returns its id, and that of its message.
async fn write_again(url: &str, demo: &Value) -> (i64, i64) {
    let magicline = &demo["magicline"];
    let key = magicline["api_key"].as_str().expect("a key");
    let path = format!("/v1/communications/{}/threads", magicline["customer_id"]);
    let body = json!({
        "communicationThreadStatus": "CREATED", "subject": "Again", "content": "Again",
        "communicationDirection": "INCOMING", "communicationChannel": "PHONE",
    });
    let headers = [("x-api-key", key), ("content-type", "application/json")];
    let made = send_to(url, "POST", &path, &headers, &body.to_string()).await;
    assert_eq!(made.status, 200, "{made:?}");
    let made = made.json();
    let id = |name: &str| made[name].as_i64().expect("an id");
    (id("threadId"), id("communicationId"))
}
