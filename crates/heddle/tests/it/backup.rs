//! Tests of `heddle backup` and `heddle restore`, with the real program: under load, after a kill, with damaged files.

mod damage;
mod point_in_time;
mod postgres;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use heddle_domain::AccountId;
use heddle_store::read::feed::ReadFeed;
use heddle_store::{Store, SystemClock};
use heddle_testkit::On;
use serde_json::{Value, json};

use crate::commands::{furnished, secret, with};
use crate::faults::load::{Server, base64};
use crate::faults::{everything_is_there, sqlite_in, under_recorded_load};
use crate::operator::{failed, words};
use crate::process::{Answer, Home, Serving, mode};

/// Runs a command of the program with `--json`, which must succeed.
fn run(arguments: &[&str]) -> Value {
    let output = output(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn output(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heddle"));
    command.args(arguments).arg("--json").env_clear();
    command.output().expect("it starts")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Returns the positions of all events of the first account.
async fn positions(data: &Path) -> Vec<i64> {
    let store = Store::open(&sqlite_in(data), Arc::new(SystemClock)).await;
    let store = store.expect("it opens");
    let mut all = Vec::new();
    let mut after = 0;
    loop {
        let page = ReadFeed {
            account: AccountId(1),
            after,
            limit: 1_000,
        };
        let page = store.read(page).await.expect("a page");
        if page.events.is_empty() {
            break;
        }
        after = page.reached;
        all.extend(page.events.iter().map(|event| event.position));
    }
    store.close().await.expect("it closes");
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_has_all_that_was_acknowledged_before_and_nothing_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let (data, series, target) = (path("data"), path("series"), path("target"));
    let mut server = Server::demo(|command| {
        command.arg("--data").arg(&data);
    });
    let (mut before, mut taken) = (None, Value::Null);
    under_recorded_load(&mut server, 150, |server, ledger| {
        before = Some(ledger.so_far());
        taken = run(&["backup", text(&series), "--data", text(&data)]);
        // The load goes on after the backup.
        ledger.wait_for(ledger.acknowledged() + 20);
        server.kill();
    });
    let objects = taken["backup"]["manifest"]["objects"]["count"].as_u64();
    assert!(objects.expect("a number") > 3, "{taken}");
    let verified = run(&["backup", "verify", text(&series)]);
    assert_eq!(verified["backups"][0]["problems"], json!([]));
    run(&["restore", text(&series), "--into", text(&target)]);
    let before = before.expect("the load has begun");
    everything_is_there(&sqlite_in(&target), &before, "the restored store").await;
    let (all, restored) = (positions(&data).await, positions(&target).await);
    let last = taken["backup"]["manifest"]["last_events"]["1"].as_i64();
    let last = last.expect("a position");
    let expected: Vec<i64> = all.iter().copied().filter(|at| *at <= last).collect();
    assert_eq!(restored, expected, "one point in time");
    assert_eq!(restored.last(), Some(&last));
    assert!(all.len() > restored.len(), "the load went on");
}

/// Starts a server on a furnished store, and writes conversations with a large file each.
pub(crate) struct Furnished {
    pub(crate) home: Home,
    pub(crate) source: Vec<String>,
    key: String,
}

impl Furnished {
    pub(crate) async fn new(on: On) -> Self {
        let home = Home::new();
        let source = furnished(&home, on).await;
        let create = words("credential create --account 1 --api helpscout --name desk --agent 2");
        let made = home.json(&with(&create, &source)).await;
        let key = format!(
            "{} {}",
            secret(&made, "client_id"),
            secret(&made, "client_secret")
        );
        Self { home, source, key }
    }

    /// Serves while conversations with these texts are written, each with a file of 50,000 bytes.
    pub(crate) async fn write(&self, texts: &[&str]) {
        let server = self.home.serve(&with(&["serve"], &self.source)).await;
        self.write_to(&server, texts).await;
        assert_eq!(server.stop().await.code, Some(0));
    }

    /// Asks for a token of Help Scout's API.
    pub(crate) async fn sign_in(&self, server: &Serving) -> Answer {
        let (id, secret) = self.key.split_once(' ').expect("two words");
        let token = json!({
            "grant_type": "client_credentials", "client_id": id, "client_secret": secret,
        });
        let is_json = ("content-type", "application/json");
        let path = "/v2/oauth2/token";
        server
            .send("POST", path, &[is_json], &token.to_string())
            .await
    }

    /// Does the same on a running server.
    async fn write_to(&self, server: &Serving, texts: &[&str]) {
        let is_json = ("content-type", "application/json");
        let answer = self.sign_in(server).await;
        let token = answer.json()["access_token"]
            .as_str()
            .expect("a token")
            .to_owned();
        for text in texts {
            let file = json!({
                "fileName": "a.bin", "mimeType": "application/octet-stream",
                "data": base64(&text.repeat(50_000).as_bytes()[..50_000]),
            });
            let thread = json!({
                "type": "phone", "text": text, "customer": { "id": 1 }, "attachments": [file],
            });
            let body = json!({
                "subject": text, "type": "phone", "mailboxId": 1, "status": "active",
                "customer": { "id": 1 }, "threads": [thread],
            });
            let headers = [is_json, ("authorization", &*format!("Bearer {token}"))];
            let path = "/v2/conversations";
            let made = server.send("POST", path, &headers, &body.to_string()).await;
            assert_eq!(made.status, 201, "{made:?}");
        }
    }

    async fn backup(&self) -> Value {
        let command = ["backup", &self.home.text("series")];
        let taken = self.home.json(&with(&command, &self.source)).await;
        taken["backup"].clone()
    }

    async fn fails(&self, command: &[&str], status: i32) -> (String, String) {
        failed(&self.home, command, status).await
    }

    fn series(&self) -> PathBuf {
        self.home.path("series")
    }

    /// Returns the files of all objects in a folder of objects.
    pub(crate) fn objects(&self, folder: &str) -> Vec<PathBuf> {
        let account = self.home.path(folder).join("1");
        let files = std::fs::read_dir(account).expect("read");
        let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        files.sort();
        files
    }
}

#[tokio::test]
async fn a_second_backup_copies_no_object_again() {
    let store = Furnished::new(On::Sqlite).await;
    store.write(&["first", "second"]).await;
    let first = store.backup().await;
    assert_eq!(first["copied_objects"], 2, "{first}");
    let written = |path: &PathBuf| {
        std::fs::metadata(path)
            .and_then(|file| file.modified())
            .expect("a time")
    };
    let before: Vec<_> = store
        .objects("series/objects")
        .iter()
        .map(written)
        .collect();
    let again = store.backup().await;
    assert_eq!(again["copied_objects"], 0, "{again}");
    let after: Vec<_> = store
        .objects("series/objects")
        .iter()
        .map(written)
        .collect();
    assert_eq!(after, before);
    store.write(&["third"]).await;
    let third = store.backup().await;
    assert_eq!(third["copied_objects"], 1, "{third}");
    assert_eq!(third["manifest"]["objects"]["count"], 3);
    let listed = store
        .home
        .json(&["backup", "list", &store.home.text("series")])
        .await;
    let listed: Vec<_> = listed["backups"]
        .as_array()
        .expect("a list")
        .iter()
        .collect();
    assert_eq!(listed.len(), 3);
    for (listed, taken) in listed.iter().zip([&first, &again, &third]) {
        assert_eq!(listed["name"], taken["name"]);
        assert_eq!(listed["objects"], taken["manifest"]["objects"]["count"]);
    }
    // An old backup of the series is restored as it was.
    let (series, target) = (store.home.text("series"), store.home.text("target"));
    let name = first["name"].as_str().expect("a name");
    let restore = ["restore", &series, "--into", &target, "--backup", name];
    assert_eq!(store.home.json(&restore).await["restored"]["objects"], 2);
    assert_eq!(store.objects("target/objects").len(), 2);
}

#[tokio::test]
async fn old_backups_are_removed_with_the_files_that_only_they_have() {
    let store = Furnished::new(On::Sqlite).await;
    let mut names = Vec::new();
    for text in ["first", "second", "third"] {
        store.write(&[text]).await;
        let taken = store.backup().await;
        names.push(taken["name"].as_str().expect("a name").to_owned());
    }
    // A file that only the oldest backup has: as if its customer had been erased since.
    let oldest = store.series().join(&names[0]);
    let only = format!("1/{}.{}", "0".repeat(64), "1".repeat(32));
    let home = &store.home;
    let other = store.objects("series/objects")[0].clone();
    let only_file = home.path("series/objects").join(&only);
    std::fs::copy(&other, &only_file).expect("copied");
    home.write("series/objects/README", "not an object");
    let series = home.text("series");
    let prune = |further: &'static [&'static str]| {
        let command: Vec<&str> = [&["backup", "prune", &series], further].concat();
        let words: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        async move {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            home.json(&words).await["pruned"].clone()
        }
    };
    let only_said = prune(&["--keep", "2", "--dry-run"]).await;
    assert_eq!(only_said["removed"], json!([names[0]]));
    assert_eq!(only_said["removed_objects"], 1, "{only_said}");
    assert!(oldest.is_dir() && only_file.is_file(), "nothing is removed");
    // All three are of today.
    let none = prune(&["--keep", "1", "--days", "1", "--dry-run"]).await;
    assert_eq!(none["removed"], json!([]), "{none}");
    // What a killed run has left.
    let left = store.series().join(format!(".part-pruned-{}", names[0]));
    std::fs::create_dir(&left).expect("made");

    let done = prune(&["--keep", "2"]).await;
    assert_eq!(done["removed"], json!([names[0]]));
    assert_eq!(done["kept"], json!(names[1..]));
    assert_eq!(done["removed_bytes"], only_said["removed_bytes"]);
    assert!(!oldest.exists() && !only_file.exists() && !left.exists());
    assert!(
        home.path("series/objects/README").is_file(),
        "nobody knows what that is"
    );
    assert_eq!(
        store.objects("series/objects").len(),
        3,
        "the others need them"
    );
    let verified = home.json(&["backup", "verify", &series]).await;
    assert_eq!(verified["backups"].as_array().expect("a list").len(), 2);
    assert_eq!(prune(&["--keep", "2"]).await["removed"], json!([]));

    // Without its list of files, nobody knows what the kept backup needs.
    std::fs::write(store.series().join(&names[2]).join("objects.txt"), "").expect("written");
    for (command, status, code) in [
        (
            &["backup", "prune", &series, "--keep", "1"][..],
            1,
            "backup_damaged",
        ),
        (&["backup", "prune", &series], 2, "usage"),
        (&["backup", "prune", &series, "--keep", "0"], 2, "usage"),
        (
            &["backup", "prune", &home.text("tmp"), "--keep", "1"],
            4,
            "not_found",
        ),
    ] {
        let (found, said) = store.fails(command, status).await;
        assert_eq!(found, code, "{command:?}: {said}");
    }
    assert!(
        store.series().join(&names[1]).is_dir(),
        "nothing is removed"
    );
    assert_eq!(store.objects("series/objects").len(), 3);
}

#[tokio::test]
async fn a_restored_store_serves_and_searches() {
    let store = Furnished::new(On::Sqlite).await;
    store.home.write("data/sealing.key", &"7".repeat(64));
    store.write(&["Moth in the wardrobe"]).await;
    let printed = store
        .home
        .run(&with(
            &["backup", &store.home.text("series")],
            &store.source,
        ))
        .await;
    let printed = String::from_utf8(printed.stdout).expect("UTF-8");
    let key = store.home.text("data/sealing.key");
    assert!(
        printed.contains(&key) && printed.contains("is not in the backup"),
        "{printed}"
    );
    assert_eq!(mode(&store.series()), 0o700);
    assert!(
        !holds(&store.series(), &"7".repeat(64)),
        "the key is nowhere in the backup"
    );
    let (series, target) = (store.home.text("series"), store.home.text("target"));
    let restored = store
        .home
        .run(&["restore", &series, "--into", &target])
        .await;
    let printed = String::from_utf8(restored.stdout).expect("UTF-8");
    for part in ["sealing.key", "--new-sealing-key", "heddle serve --data"] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    assert_eq!(mode(&store.home.path("target")), 0o700);
    assert_eq!(mode(&store.home.path("target/heddle.sqlite")), 0o600);
    let there = ["--data", &target].map(str::to_owned);
    let (code, _) = failed(&store.home, &with(&["serve"], &there), 5).await;
    assert_eq!(code, "sealing_key", "without its key it does not start");
    store.home.write("target/sealing.key", &"7".repeat(64));
    let server = store.home.serve(&with(&["serve"], &there)).await;
    assert_eq!(server.stop().await.code, Some(0));
    let found = store
        .home
        .json(&with(&["search", "find", "wardrobe"], &there))
        .await;
    assert_eq!(
        found["search"]["found"][0]["subject"],
        "Moth in the wardrobe"
    );
    assert_eq!(store.objects("target/objects").len(), 1);
    // What was written is still in the store itself.
    store.write(&["Another moth"]).await;
}

/// Whether a file below a folder contains a text.
fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).expect("read").any(|entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            return holds(&path, text);
        }
        let bytes = std::fs::read(&path).expect("read");
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    })
}

#[tokio::test]
async fn a_store_whose_server_was_killed_is_backed_up_with_its_log() {
    let store = Furnished::new(On::Sqlite).await;
    let server = store.home.serve(&with(&["serve"], &store.source)).await;
    let create = with(&["account", "create", "--name", "Second"], &store.source);
    store.home.json(&create).await;
    server.kill().await;
    let taken = store.backup().await;
    let accounts = taken["manifest"]["last_events"]
        .as_object()
        .expect("accounts");
    assert_eq!(accounts.len(), 2, "{taken}");
    // The store itself lost nothing by that.
    let list = store
        .home
        .json(&with(&["account", "list"], &store.source))
        .await;
    assert_eq!(list["accounts"].as_array().map(Vec::len), Some(2));
    std::fs::remove_file(store.home.path("data/heddle.sqlite")).expect("removed");
    let backup = with(&["backup", "series"], &store.source);
    assert_eq!(store.fails(&backup, 5).await.0, "store_missing");
}

#[tokio::test]
async fn a_folder_that_is_no_place_for_backups_is_refused() {
    let store = Furnished::new(On::Sqlite).await;
    let home = &store.home;
    home.write("foreign", "a file");
    std::fs::create_dir_all(home.path("full/sub")).expect("made");
    for (folder, part) in [
        ("data/backups", "inside the data folder"),
        ("data", "inside the data folder"),
        ("data/../data/x/y", "inside the data folder"),
        ("full", "contains sub and no backups"),
        (".", "and no backups"),
    ] {
        let (code, message) = store
            .fails(&with(&["backup", folder], &store.source), 4)
            .await;
        assert_eq!(code, "refused", "{message}");
        assert!(message.contains(part), "{folder}: {message}");
        assert!(
            !home.path(folder).join("heddle-backups.json").exists(),
            "{folder}"
        );
    }
    let (code, message) = store
        .fails(&with(&["backup", "foreign"], &store.source), 1)
        .await;
    assert_eq!(code, "failed", "{message}");
    store.backup().await;
    for command in [
        &["backup", "verify", "full"][..],
        &["backup", "list", "full"],
        &["restore", "full", "--into", "target"],
        &["backup", "verify", "series", "--backup", "2026"],
        &["restore", "series", "--into", "target", "--backup", "2026"],
    ] {
        let (code, message) = store.fails(command, 4).await;
        assert_eq!(code, "not_found", "{command:?}: {message}");
    }
    let (code, message) = store
        .fails(&["restore", "series", "--into", "full"], 4)
        .await;
    assert_eq!(code, "refused", "{message}");
    assert!(
        message.contains("is not empty (it contains sub)"),
        "{message}"
    );
    assert_eq!(
        std::fs::read_dir(home.path("full")).expect("read").count(),
        1
    );
    // The backups of two stores are not mixed.
    home.json(&["init", &home.text("other")]).await;
    let other = vec!["--config".to_owned(), home.text("other/heddle.toml")];
    home.json(&with(&["account", "create", "--name", "Other"], &other))
        .await;
    let (code, message) = store.fails(&with(&["backup", "series"], &other), 4).await;
    assert_eq!(code, "refused", "{message}");
    assert!(message.contains("another store"), "{message}");
    let (code, message) = store.fails(&with(&["backup"], &store.source), 2).await;
    assert_eq!(code, "usage", "{message}");
}
