//! Tests that no acknowledged write is lost: after `kill -9` under load, on SQLite and PostgreSQL, with a webhook; after a power failure (SQLite
//! and attachments, rebuilt from what was synced); and with a full disk at any write.
//!
//! The test command runs few rounds, `cargo xtask faults` many (`HEDDLE_FAULT_ROUNDS`).

pub(crate) mod load;
mod subscriber;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use heddle_store::read::dump::DumpTables;
use heddle_store::{Engine, Options, PostgresOptions, SqliteOptions, Store, SystemClock};
use heddle_testkit::TIMEOUT;
use heddle_testkit::postgres::{Cluster, Options as ClusterOptions};
use heddle_testkit::powerloss::{Loss, Recording};
use parking_lot::{Condvar, Mutex};
use serde_json::{Value, json};

use self::load::{Client, Server, base64};
use self::subscriber::Subscriber;

const WRITERS: usize = 8;

fn rounds() -> usize {
    std::env::var("HEDDLE_FAULT_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(5)
}

/// Returns a random number below `most`. The caller prints it, so that a failure can be repeated.
fn random(most: usize) -> usize {
    (uuid::Uuid::new_v4().as_u128() % most as u128) as usize
}

/// The record that the clients keep of their writes.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    page: Mutex<Page>,
    /// Notified after every change of the record.
    changed: Condvar,
    /// Whether the writers must end.
    stop: AtomicBool,
}

#[derive(Debug, Default)]
struct Page {
    /// The text of each acknowledged message, with the message's id.
    acknowledged: HashMap<String, i64>,
    /// The number of writers that have not ended.
    writing: usize,
}

impl Ledger {
    fn acknowledge(&self, text: &str, id: i64) {
        self.page.lock().acknowledged.insert(text.to_owned(), id);
        self.changed.notify_all();
    }

    /// Returns how many writes are acknowledged so far.
    pub(crate) fn acknowledged(&self) -> usize {
        self.page.lock().acknowledged.len()
    }

    /// Returns the greatest id of the messages that are acknowledged so far.
    pub(crate) fn greatest(&self) -> i64 {
        let page = self.page.lock();
        page.acknowledged.values().copied().max().unwrap_or(0)
    }

    /// Returns a record of only those writes that are acknowledged so far.
    pub(crate) fn so_far(&self) -> Self {
        let page = Page {
            acknowledged: self.page.lock().acknowledged.clone(),
            writing: 0,
        };
        Self {
            page: Mutex::new(page),
            ..Self::default()
        }
    }

    /// Waits until this many writes are acknowledged, or until all writers have ended.
    pub(crate) fn wait_for(&self, enough: usize) {
        let mut page = self.page.lock();
        let goes_on = |page: &mut Page| page.acknowledged.len() < enough && page.writing > 0;
        let waited = self.changed.wait_while_for(&mut page, goes_on, TIMEOUT);
        assert!(
            !waited.timed_out(),
            "{} of {enough}",
            page.acknowledged.len()
        );
    }
}

/// Counts a writer as running; when it is dropped, the writer has ended.
struct Writing(Arc<Ledger>);

impl Writing {
    fn in_ledger(ledger: &Arc<Ledger>) -> Self {
        ledger.page.lock().writing += 1;
        Self(Arc::clone(ledger))
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.page.lock().writing -= 1;
        self.0.changed.notify_all();
    }
}

/// Writes through two APIs until the server has ended, or until the record says stop. Writes threads, and phone threads
/// with small and large attachments.
fn write_until_gone(url: &str, demo: &Value, writer: usize, ledger: &Ledger) {
    let mut client = Client::new(url);
    let Some(token) = helpscout_token(&mut client, demo) else {
        return;
    };
    let key = demo["magicline"]["api_key"]
        .as_str()
        .expect("a key")
        .to_owned();
    let customer = demo["magicline"]["customer_id"].as_i64().expect("an id");
    for number in 0.. {
        if ledger.stop.load(Ordering::SeqCst) {
            return;
        }
        let text = format!("writer {writer} entry {number} {}", uuid::Uuid::new_v4());
        let body = json!({
            "communicationThreadStatus": "ONGOING", "subject": "Load", "content": text,
            "communicationDirection": "INCOMING", "communicationChannel": "PHONE",
        });
        let path = format!("/v1/communications/{customer}/threads");
        let Some(answer) = client.post(&path, &[("x-api-key", &key)], &body) else {
            return;
        };
        if answer.status != 200 {
            continue;
        }
        let id = answer.json()["communicationId"].as_i64().expect("an id");
        ledger.acknowledge(&text, id);
        let thread = answer.json()["threadId"].as_i64().expect("an id");
        let text = format!("phone {text}");
        let size = if number % 5 == 0 { 50_000 } else { 100 };
        let body = json!({
            "text": text, "customer": { "id": customer },
            "attachments": [{ "fileName": "a.bin", "mimeType": "application/octet-stream", "data": base64(&vec![b'x'; size]) }],
        });
        let bearer = format!("Bearer {token}");
        let path = format!("/v2/conversations/{thread}/phones");
        let Some(answer) = client.post(&path, &[("authorization", &bearer)], &body) else {
            return;
        };
        if answer.status == 201 {
            ledger.acknowledge(&text, answer.header("resource-id").parse().expect("an id"));
        }
    }
}

fn helpscout_token(client: &mut Client, demo: &Value) -> Option<String> {
    let body = json!({
        "grant_type": "client_credentials",
        "client_id": demo["helpscout"]["client_id"],
        "client_secret": demo["helpscout"]["client_secret"],
    });
    let answer = client.post("/v2/oauth2/token", &[], &body)?;
    answer.json()["access_token"].as_str().map(str::to_owned)
}

/// Sends writes from several threads, and calls `end` when enough are acknowledged.
pub(crate) fn under_load(
    server: &mut Server,
    enough: usize,
    end: impl FnOnce(&mut Server),
) -> Arc<Ledger> {
    under_recorded_load(server, enough, |server, _| end(server))
}

/// The same; `end` also gets the record.
pub(crate) fn under_recorded_load(
    server: &mut Server,
    enough: usize,
    end: impl FnOnce(&mut Server, &Ledger),
) -> Arc<Ledger> {
    let ledger = Arc::new(Ledger::default());
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (url, demo) = (server.url().to_owned(), server.demo.clone());
            let writing = Writing::in_ledger(&ledger);
            thread::spawn(move || write_until_gone(&url, &demo, writer, &writing.0))
        })
        .collect();
    ledger.wait_for(enough);
    end(server, &ledger);
    ledger.stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.join().expect("a writer does not panic");
    }
    ledger
}

/// Opens the store of a server that has ended, and checks that it contains everything that the record lists as
/// acknowledged.
pub(crate) async fn everything_is_there(options: &Options, ledger: &Ledger, round: &str) {
    let store = Store::open(options, Arc::new(SystemClock))
        .await
        .expect("the store opens again");
    let problems = store.check().await.expect("a check");
    assert_eq!(problems, Vec::<String>::new(), "{round}");
    let lines = store.read(DumpTables).await.expect("a dump");
    let messages: Vec<&String> = lines
        .iter()
        .filter(|line| line.starts_with("message"))
        .collect();
    let acknowledged = ledger.page.lock().acknowledged.clone();
    assert!(!acknowledged.is_empty(), "{round}: the load wrote nothing");
    for (text, id) in acknowledged {
        let stored = messages
            .iter()
            .any(|line| line.contains(&text) && line.contains(&id.to_string()));
        assert!(
            stored,
            "{round}: the acknowledged message {id} {text:?} is lost"
        );
    }
    store.close().await.expect("the store closes");
}

pub(crate) fn sqlite_in(folder: &Path) -> Options {
    Options {
        engine: Engine::Sqlite(SqliteOptions::new(folder.join("heddle.sqlite"))),
        objects: folder.join("objects").into(),
    }
}

fn folders() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    (folder, data)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_under_load_on_sqlite() {
    // After five rounds a new store is used, so that the comparison does not take long.
    for first in (0..rounds()).step_by(5) {
        let (_folder, data) = folders();
        let start = || {
            Server::demo(|command| {
                command.arg("--data").arg(&data);
            })
        };
        let mut subscriber = None;
        for round in first..rounds().min(first + 5) {
            let enough = 10 + random(200);
            let mut server = start();
            if subscriber.is_none() {
                subscriber = Some(Subscriber::of(&server).await);
            }
            let ledger = under_load(&mut server, enough, Server::kill);
            let round = format!("round {round}, {enough} acknowledged");
            everything_is_there(&sqlite_in(&data), &ledger, &round).await;
            subscriber.as_mut().expect("it was made").expect(&ledger);
        }
        let _server = start();
        subscriber.expect("it was made").is_told().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_under_load_on_postgres() {
    let (_folder, data) = folders();
    let cluster = Cluster::start(ClusterOptions::durable());
    let database = cluster.create_database().await;
    let url = database.url();
    let options = Options {
        engine: Engine::Postgres(PostgresOptions {
            url: url.clone(),
            pool_size: 4,
            notify: false,
        }),
        objects: data.join("objects").into(),
    };
    let start = || {
        Server::demo(|command| {
            command.arg("--data").arg(&data).args(["--store", &url]);
            command.env("HEDDLE_WEBHOOKS__LEASE_SECONDS", "5");
        })
    };
    let mut subscriber = None;
    for round in 0..rounds() {
        let enough = 10 + random(200);
        let mut server = start();
        if subscriber.is_none() {
            subscriber = Some(Subscriber::of(&server).await);
        }
        // In every second round, the database crashes as well.
        let with_database = round % 2 == 1;
        let ledger = under_load(&mut server, enough, |server| {
            if with_database {
                cluster.crash();
            }
            server.kill();
        });
        if with_database {
            cluster.restart();
        }
        let round = format!("round {round}, {enough} acknowledged");
        everything_is_there(&options, &ledger, &round).await;
        subscriber.as_mut().expect("it was made").expect(&ledger);
    }
    let _server = start();
    subscriber.expect("at least one round").is_told().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_failure_loses_no_acknowledged_write() {
    for round in 0..rounds() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (data, log) = (folder.path().join("data"), folder.path().join("log"));
        let recording = Recording::start(&data, &log).expect("a recording");
        let enough = 10 + random(100);
        let mut server = recorded(&recording, &data);
        let ledger = under_load(&mut server, enough, Server::kill);
        let seed = random(usize::MAX) as u64;
        for (at, loss) in [Loss::Unsynced, Loss::Prefix { seed }]
            .into_iter()
            .enumerate()
        {
            let left = folder.path().join(format!("left-{at}"));
            recording.rebuild(loss, &left).expect("a rebuilt folder");
            let round =
                format!("round {round}, {enough} acknowledged, prefix seed {seed}, loss {at}");
            everything_is_there(&sqlite_in(&left), &ledger, &round).await;
        }
    }
}

fn recorded(recording: &Recording, data: &Path) -> Server {
    Server::demo(|command: &mut Command| {
        command.arg("--data").arg(data);
        recording.attach(command).expect("the shim attaches");
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_at_any_write_loses_nothing_acknowledged() {
    for round in 0..rounds() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (data, log) = (folder.path().join("data"), folder.path().join("log"));
        let full_after = 1 + random(400);
        let recording = Recording::start(&data, &log)
            .expect("a recording")
            .armed_later()
            .full_after(full_after as u64);
        let mut server = recorded(&recording, &data);
        // Some writes are acknowledged before the disk becomes full.
        let first = under_load(&mut server, 5, |_| {
            recording.arm().expect("the fault is armed");
        });
        // The writers continue with a full disk: they get error responses, and end when the record says stop.
        let refused = until_refused(&server);
        // Without an answer the server has ended itself.
        let ready = Client::new(server.url()).get("/readyz");
        assert!(
            ready.is_none_or(|reply| reply.status == 503),
            "round {round}"
        );
        recording.free_space().expect("space again");
        let after = until_accepted(&mut server);
        if after {
            until_ready(&server);
        }
        server.kill();
        let round = format!(
            "round {round}, full after {full_after} writes, refused with {refused:?}, went on: {after}"
        );
        everything_is_there(&sqlite_in(&data), &first, &round).await;
    }
}

/// Waits until the server has noticed that it can write again.
fn until_ready(server: &Server) {
    let mut client = Client::new(server.url());
    let deadline = Instant::now() + TIMEOUT;
    while client
        .get("/readyz")
        .is_none_or(|reply| reply.status != 200)
    {
        assert!(Instant::now() < deadline, "it stays not ready");
    }
}

/// Creates threads until one is refused because the disk is full, or until the server has ended itself. Returns the
/// status of the refusal.
fn until_refused(server: &Server) -> Option<u16> {
    let mut client = Client::new(server.url());
    for _ in 0..5_000 {
        match create(&mut client, &server.demo) {
            Some(200) => {}
            other => return other,
        }
    }
    panic!("the disk never filled up");
}

/// Checks that the server accepts writes again when there is space. If it does not, it must have ended itself (after a
/// COMMIT with an unknown outcome). It must not hang. Returns whether it accepts writes.
fn until_accepted(server: &mut Server) -> bool {
    let mut client = Client::new(server.url());
    let deadline = Instant::now() + TIMEOUT;
    while Instant::now() < deadline {
        match create(&mut client, &server.demo) {
            Some(200) => return true,
            Some(status) => assert!(
                status >= 500,
                "a full disk is no fault of the client: {status}"
            ),
            None => {
                assert!(
                    server.ended(),
                    "a server that does not answer must have ended"
                );
                return false;
            }
        }
    }
    panic!("there is space again, but writes are still refused");
}

fn create(client: &mut Client, demo: &Value) -> Option<u16> {
    let key = demo["magicline"]["api_key"].as_str().expect("a key");
    let path = format!(
        "/v1/communications/{}/threads",
        demo["magicline"]["customer_id"]
    );
    let body = json!({
        "communicationThreadStatus": "ONGOING", "subject": "Full", "content": "x".repeat(3_000),
        "communicationDirection": "INCOMING", "communicationChannel": "PHONE",
    });
    client
        .post(&path, &[("x-api-key", key)], &body)
        .map(|answer| answer.status)
}
