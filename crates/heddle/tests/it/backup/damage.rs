//! Tests of broken backups: damaged files, killed backups, a full disk. None of them may look whole.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use heddle_testkit::powerloss::Recording;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::pipe::fcntl_setpipe_size;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;

use super::*;
use crate::process::in_time;

/// Returns the findings of `heddle backup verify`, which must fail, as one text.
async fn problems(store: &Furnished) -> String {
    let command = ["backup", "verify", "series", "--json"];
    let output = store.home.run(&command).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("backup_damaged"), "{said}");
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    found["backups"][0]["problems"].to_string()
}

pub(super) fn change_byte(path: &Path, at: usize) {
    let mut bytes = fs::read(path).expect("read");
    bytes[at] ^= 1;
    fs::write(path, bytes).expect("written");
}

fn truncate(path: &Path) {
    let file = OpenOptions::new().write(true).open(path).expect("opened");
    let length = file.metadata().expect("a length").len();
    file.set_len(length - 1).expect("cut");
}

#[tokio::test]
async fn every_damaged_file_is_found_and_not_restored() {
    let store = Furnished::new(On::Sqlite).await;
    store.write(&["first", "second"]).await;
    let taken = store.backup().await;
    let backup = PathBuf::from(taken["folder"].as_str().expect("a path"));
    let object = store.objects("series/objects")[1].clone();
    let files = [
        backup.join("database.sqlite.zst"),
        backup.join("objects.txt"),
        backup.join("manifest.json"),
        object,
    ];
    for path in &files {
        let whole = fs::read(path).expect("read");
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name");
        type Damage = fn(&Path);
        let damages: [(&str, Damage); 4] = [
            ("cut", truncate),
            ("changed", |path| change_byte(path, 0)),
            ("extended", |path| {
                let mut file = OpenOptions::new().append(true).open(path).expect("opened");
                file.write_all(b"x").expect("written");
            }),
            ("gone", |path| fs::remove_file(path).expect("removed")),
        ];
        for (what, damage) in damages {
            // A manifest is text, to which a line end more or less does no harm.
            if name == "manifest.json" && what == "cut" {
                continue;
            }
            damage(path);
            let found = problems(&store).await;
            assert!(found.contains(name), "{what} {name}: {found}");
            let restore = ["restore", "series", "--into", "target"];
            let (code, message) = store.fails(&restore, 1).await;
            assert!(["backup_damaged", "failed"].contains(&&*code), "{message}");
            assert!(message.contains(name), "{what} {name}: {message}");
            assert!(!store.home.path("target").exists(), "{what} {name}");
            fs::write(path, &whole).expect("mended");
        }
    }
    store.home.json(&["backup", "verify", "series"]).await;
    store
        .home
        .json(&["restore", "series", "--into", "target"])
        .await;
}

#[tokio::test]
async fn a_database_that_names_a_file_which_the_backup_lacks_is_found() {
    let store = Furnished::new(On::Sqlite).await;
    store.write(&["first"]).await;
    let object = store.objects("data/objects")[0].clone();
    let bytes = fs::read(&object).expect("read");
    for damage in ["gone", "changed"] {
        match damage {
            "gone" => fs::remove_file(&object).expect("removed"),
            _ => fs::write(&object, [&bytes[1..], b"?"].concat()).expect("changed"),
        }
        let backup = with(&["backup", "series", "--json"], &store.source);
        let output = store.home.run(&backup).await;
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains("backup_damaged") && said.contains("lacks 1 attachment files"),
            "{said}"
        );
    }
    // The backup says itself what it lacks, so it is as whole as its store.
    store.home.json(&["backup", "verify", "series"]).await;
    let listed = store.home.json(&["backup", "list", "series"]).await;
    let name = listed["backups"][0]["name"]
        .as_str()
        .expect("a name")
        .to_owned();
    let manifest = store.series().join(name).join("manifest.json");
    let mut changed: Value =
        serde_json::from_slice(&fs::read(&manifest).expect("read")).expect("JSON");
    changed["objects"]["lost"] = json!([]);
    fs::write(&manifest, changed.to_string()).expect("written");
    let found = problems(&store).await;
    assert!(found.contains("which the backup lacks"), "{found}");
}

#[tokio::test]
async fn a_killed_backup_leaves_nothing_that_looks_whole() {
    let store = Furnished::new(On::Sqlite).await;
    store.write(&["first"]).await;
    // After it has copied the database, the backup waits until somebody reads this pipe, which is smaller than the object.
    fs::create_dir_all(store.series().join("objects")).expect("made");
    store.home.write("series/heddle-backups.json", "{}");
    let unfinished = store.series().join("objects/.part-object");
    mknodat(CWD, &unfinished, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
    let mut pipe = pipe::OpenOptions::new()
        .read_write(true)
        .open_receiver(&unfinished)
        .expect("opened");
    fcntl_setpipe_size(&pipe, 4096).expect("it is empty");
    let command = with(&["backup", "series"], &store.source);
    let mut backup = store.home.command(&command).spawn().expect("it starts");
    let read = in_time("the first byte", pipe.read_u8()).await;
    read.expect("it is written");
    let (code, message) = store.fails(&command, 4).await;
    assert_eq!(code, "refused", "{message}");
    assert!(
        message.contains("another backup is being made"),
        "{message}"
    );
    backup.kill().await.expect("it is killed");
    drop(pipe);
    let copy = store.series().join(".part-backup/database.sqlite");
    assert!(copy.exists(), "it was killed in the middle");
    for command in [
        &["backup", "verify", "series"][..],
        &["restore", "series", "--into", "target"],
    ] {
        let (code, message) = store.fails(command, 4).await;
        assert_eq!(code, "not_found", "{message}");
        assert!(message.contains("no finished backup"), "{message}");
    }
    let listed = store.home.json(&["backup", "list", "series"]).await;
    assert_eq!(listed["backups"], json!([]));
    fs::remove_file(&unfinished).expect("removed");
    let taken = store.backup().await;
    assert_eq!(taken["copied_objects"], 1, "{taken}");
    assert!(!store.series().join(".part-backup").exists());
    store.home.json(&["backup", "verify", "series"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_fails_the_backup_and_says_so() {
    let store = Furnished::new(On::Sqlite).await;
    store.write(&["first", "second"]).await;
    let series = store.series();
    let mut whole = 0;
    for full_after in 1.. {
        let log = store.home.path(&format!("shim-{full_after}"));
        let recording = Recording::start(&series, &log)
            .expect("a recording")
            .full_after(full_after);
        let mut command = Command::new(env!("CARGO_BIN_EXE_heddle"));
        command
            .args(with(&["backup", "series"], &store.source))
            .current_dir(store.home.path(""));
        recording.attach(&mut command).expect("the shim attaches");
        let output = command.output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            whole = full_after;
            break;
        }
        assert_eq!(output.status.code(), Some(1), "{full_after}: {said}");
        assert!(
            said.contains("there is no room for"),
            "{full_after}: {said}"
        );
        if series.join("heddle-backups.json").exists() {
            let listed = store.home.json(&["backup", "list", "series"]).await;
            assert_eq!(listed["backups"], json!([]), "{full_after}");
            assert!(!series.join(".part-backup").exists(), "it frees its space");
        }
    }
    assert!(whole > 5, "the disk was full at {whole} writes");
    store.home.json(&["backup", "verify", "series"]).await;
}
