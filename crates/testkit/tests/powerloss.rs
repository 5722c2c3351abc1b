//! The shim and the rebuild against programs that sync, half sync and do not sync at all.
//!
//! The programs are this test binary itself, started again with the name of what it shall do in `ROLE`: see [`child`].

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, IoSlice, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use heddle_testkit::powerloss::{Loss, Recording, Shim};
use rusqlite::Connection;
use tempfile::TempDir;

/// Relative path and content of every file; folders end in `/` and have none.
type Tree = BTreeMap<String, String>;

/// One program, what its folder holds before it, and what the power failure at its end leaves.
struct Case {
    name: &'static str,
    before: &'static [(&'static str, &'static str)],
    act: fn(&Path),
    left: &'static [(&'static str, &'static str)],
}

const CASES: &[Case] = &[
    Case {
        name: "data written after the sync is lost",
        before: &[("a", "")],
        act: |root| {
            let mut file = writable(&root.join("a"));
            file.write_all(b"kept").unwrap();
            file.sync_all().unwrap();
            file.write_all(b" and lost").unwrap();
        },
        left: &[("a", "kept")],
    },
    Case {
        name: "fdatasync counts as well",
        before: &[("a", "old")],
        act: |root| {
            let file = writable(&root.join("a"));
            file.write_all_at(b"N", 0).unwrap();
            file.sync_data().unwrap();
        },
        left: &[("a", "Nld")],
    },
    Case {
        name: "a sync covers what another descriptor of the file wrote",
        before: &[("a", "....")],
        act: |root| {
            let (mut one, other) = (
                writable(&root.join("a")),
                File::open(root.join("a")).unwrap(),
            );
            one.try_clone().unwrap().seek(SeekFrom::Start(1)).unwrap();
            one.write_all(b"xy").unwrap();
            other.sync_all().unwrap();
        },
        left: &[("a", ".xy.")],
    },
    Case {
        name: "every way to write is seen",
        before: &[("a", ""), ("log", "1,")],
        act: |root| {
            let mut file = writable(&root.join("a"));
            let parts = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"cd")];
            assert_eq!(file.write_vectored(&parts).unwrap(), 4);
            file.set_len(6).unwrap();
            file.write_all_at(b"ef", 5).unwrap();
            file.sync_all().unwrap();
            let mut log = OpenOptions::new()
                .append(true)
                .open(root.join("log"))
                .unwrap();
            log.write_all(b"2,").unwrap();
            log.write_all(b"3,").unwrap();
            log.sync_all().unwrap();
        },
        left: &[("a", "abcd\0ef"), ("log", "1,2,3,")],
    },
    Case {
        name: "a truncation without a sync is undone",
        before: &[("a", "content"), ("b", "content")],
        act: |root| {
            File::create(root.join("a")).unwrap();
            writable(&root.join("b")).set_len(2).unwrap();
        },
        left: &[("a", "content"), ("b", "content")],
    },
    Case {
        name: "a new file whose folder is not synced vanishes",
        before: &[],
        act: |root| write_synced(&root.join("a"), "synced"),
        left: &[],
    },
    Case {
        name: "a new file whose folder is synced stays",
        before: &[],
        act: |root| {
            write_synced(&root.join("a"), "synced");
            fs::write(root.join("b"), "never synced").unwrap();
            sync_folder(root);
            fs::write(root.join("c"), "too late").unwrap();
        },
        left: &[("a", "synced"), ("b", "")],
    },
    Case {
        name: "a rename without a folder sync is undone",
        before: &[("a", "old")],
        act: |root| {
            write_synced(&root.join("a.new"), "new");
            sync_folder(root);
            fs::rename(root.join("a.new"), root.join("a")).unwrap();
        },
        left: &[("a", "old"), ("a.new", "new")],
    },
    Case {
        name: "a rename with a folder sync stays",
        before: &[("a", "old")],
        act: |root| {
            write_synced(&root.join("a.new"), "new");
            fs::rename(root.join("a.new"), root.join("a")).unwrap();
            sync_folder(root);
        },
        left: &[("a", "new")],
    },
    Case {
        name: "a rename across folders needs both syncs",
        before: &[("here/a", "1"), ("here/b", "2"), ("there/", "")],
        act: |root| {
            fs::rename(root.join("here/a"), root.join("there/a")).unwrap();
            sync_folder(&root.join("there"));
            fs::rename(root.join("here/b"), root.join("there/b")).unwrap();
        },
        left: &[
            ("here/", ""),
            ("here/a", "1"),
            ("here/b", "2"),
            ("there/", ""),
            ("there/a", "1"),
        ],
    },
    Case {
        name: "a removal without a folder sync is undone",
        before: &[("x/a", "back"), ("y/a", "gone")],
        act: |root| {
            fs::remove_file(root.join("x/a")).unwrap();
            fs::remove_file(root.join("y/a")).unwrap();
            sync_folder(&root.join("y"));
            fs::remove_dir(root.join("y")).unwrap();
        },
        left: &[("x/", ""), ("x/a", "back"), ("y/", "")],
    },
    Case {
        name: "a folder's own entry needs its parent's sync",
        before: &[],
        act: |root| {
            for name in ["kept", "lost"] {
                fs::create_dir(root.join(name)).unwrap();
                write_synced(&root.join(name).join("a"), "synced");
                sync_folder(&root.join(name));
                if name == "kept" {
                    sync_folder(root);
                }
            }
        },
        left: &[("kept/", ""), ("kept/a", "synced")],
    },
    Case {
        name: "a link is another name for the same data",
        before: &[("a", "old")],
        act: |root| {
            fs::hard_link(root.join("a"), root.join("b")).unwrap();
            sync_folder(root);
            fs::remove_file(root.join("a")).unwrap();
            write_synced(&root.join("b"), "new");
        },
        left: &[("a", "new"), ("b", "new")],
    },
    Case {
        name: "a name used again means the new file",
        before: &[("a", "first")],
        act: |root| {
            fs::remove_file(root.join("a")).unwrap();
            write_synced(&root.join("a"), "second");
        },
        left: &[("a", "first")],
    },
    Case {
        name: "a copy is seen although the kernel could do it alone",
        before: &[("a", "content")],
        act: |root| {
            fs::copy(root.join("a"), root.join("b")).unwrap();
            File::open(root.join("b")).unwrap().sync_all().unwrap();
            sync_folder(root);
        },
        left: &[("a", "content"), ("b", "content")],
    },
    Case {
        name: "shared memory of SQLite is left out",
        before: &[("db", "")],
        act: |root| {
            write_synced(&root.join("db-shm"), "index");
            sync_folder(root);
        },
        left: &[("db", "")],
    },
];

#[test]
fn what_is_left_is_what_the_model_says() {
    for case in CASES {
        let bench = Bench::new();
        bench.fill(case.before);
        let recording = bench.recording();
        assert!(bench.run(&recording, case.name).success(), "{}", case.name);
        assert_eq!(
            bench.rebuilt(&recording, Loss::Unsynced),
            tree_of(case.left),
            "{}",
            case.name
        );
    }
}

#[test]
fn without_a_loss_the_rebuilt_folder_is_the_real_one() {
    for name in CASES
        .iter()
        .map(|case| case.name)
        .chain(["commit full", "checkpoint and close"])
    {
        let bench = Bench::new();
        if let Some(case) = CASES.iter().find(|case| case.name == name) {
            bench.fill(case.before);
        }
        let recording = bench.recording();
        assert!(bench.run(&recording, name).success(), "{name}");
        let mut real = read_tree(&bench.root());
        real.retain(|path, _| !path.ends_with("-shm"));
        assert!(
            !real.is_empty() || name.contains("vanishes"),
            "{name} left nothing to compare"
        );
        assert_eq!(bench.rebuilt(&recording, Loss::Nothing), real, "{name}");
    }
}

#[test]
fn a_prefix_of_the_unsynced_writes_survives_and_depends_on_the_seed_alone() {
    let bench = Bench::new();
    bench.fill(&[("a", "")]);
    let recording = bench.recording();
    assert!(bench.run(&recording, "write ten letters").success());
    let left = |seed| bench.rebuilt(&recording, Loss::Prefix { seed })["a"].clone();
    let all: Vec<String> = (0..40).map(left).collect();
    assert!(
        all.iter()
            .all(|text| "01abcdefgh".starts_with(text.as_str()) && text.len() >= 2),
        "{all:?}"
    );
    assert!(
        all.iter().any(|text| text.len() > 2 && text.len() < 10),
        "{all:?}"
    );
    assert_eq!(all, (0..40).map(left).collect::<Vec<_>>());
}

#[test]
fn an_operation_outside_of_the_model_fails_the_rebuild() {
    let bench = Bench::new();
    let recording = bench.recording();
    assert!(bench.run(&recording, "make a symbolic link").success());
    let error = recording
        .rebuild(Loss::Unsynced, &bench.folder("rebuilt"))
        .unwrap_err();
    assert!(
        format!("{error:#}").contains("a symbolic link"),
        "{error:#}"
    );
}

#[test]
fn only_one_process_may_touch_the_folder() {
    let bench = Bench::new();
    let recording = bench.recording();
    assert!(
        bench
            .run(&recording, "start a program that stays outside")
            .success()
    );
    assert_eq!(
        bench.rebuilt(&recording, Loss::Nothing),
        tree_of(&[("a", "")])
    );

    let bench = Bench::new();
    let recording = bench.recording();
    assert!(
        bench
            .run(&recording, "start a program that looks inside")
            .success()
    );
    let error = recording
        .rebuild(Loss::Nothing, &bench.folder("rebuilt"))
        .unwrap_err();
    assert!(error.to_string().contains("two processes"), "{error:#}");
}

#[test]
fn a_full_disk_stays_full_until_space_is_freed() {
    let bench = Bench::new();
    bench.fill(&[("a", "")]);
    let recording = bench.recording().full_after(3);
    let mut child = bench.spawn(&recording, "write until told to stop");
    let mut lines = child.lines();
    assert_eq!(
        lines.by_ref().take(4).collect::<Vec<_>>(),
        ["ok", "ok", "StorageFull", "StorageFull"]
    );
    recording.free_space().unwrap();
    assert!(lines.any(|line| line == "ok"), "space is there again");
    child.kill();
}

#[test]
fn a_full_disk_may_be_full_only_once_and_only_when_armed() {
    let bench = Bench::new();
    bench.fill(&[("a", "")]);
    let recording = bench.recording().full_once(2).armed_later();
    let mut child = bench.spawn(&recording, "write until told to stop");
    let mut lines = child.lines();
    assert_eq!(lines.by_ref().take(5).collect::<Vec<_>>(), ["ok"; 5]);
    recording.arm().unwrap();
    assert!(lines.by_ref().any(|line| line == "StorageFull"));
    assert_eq!(lines.by_ref().take(5).collect::<Vec<_>>(), ["ok"; 5]);
    child.kill();
}

#[test]
fn a_failing_sync_makes_nothing_durable() {
    let bench = Bench::new();
    bench.fill(&[("a", "")]);
    let recording = bench.recording().sync_fails_after(2);
    assert!(
        bench
            .run(&recording, "sync twice, the second in vain")
            .success()
    );
    assert_eq!(
        bench.rebuilt(&recording, Loss::Unsynced),
        tree_of(&[("a", "1")])
    );
}

#[test]
fn synchronous_full_keeps_every_acknowledged_row() {
    let bench = Bench::new();
    let recording = bench.recording();
    let acknowledged = bench.rows_acknowledged_before_kill(&recording, "commit full");
    assert!(acknowledged.len() >= 30);
    for loss in (0..12)
        .map(|seed| Loss::Prefix { seed })
        .chain([Loss::Unsynced])
    {
        let stored = bench.stored_rows(&recording, loss);
        assert!(
            acknowledged.iter().all(|row| stored.contains(row)),
            "{loss:?}: {stored:?}"
        );
    }
}

#[test]
fn synchronous_normal_or_off_loses_acknowledged_rows() {
    for role in ["commit normal", "commit off"] {
        let bench = Bench::new();
        let recording = bench.recording();
        let acknowledged = bench.rows_acknowledged_before_kill(&recording, role);
        let stored = bench.stored_rows(&recording, Loss::Unsynced);
        assert!(
            acknowledged.iter().any(|row| !stored.contains(row)),
            "{role} lost nothing"
        );
    }
}

/// Not a test of its own: what the tests above run in a second process.
#[test]
#[ignore = "the other tests start it as their child process"]
fn child() {
    let role = std::env::var("ROLE").expect("only another test starts this one");
    let root = std::env::var("POWERLOSS_ROOT").expect("the recording sets it");
    act(&role, Path::new(&root));
}

fn act(role: &str, root: &Path) {
    match role {
        "commit full" => commit_rows(root, "FULL"),
        "commit normal" => commit_rows(root, "NORMAL"),
        "commit off" => commit_rows(root, "OFF"),
        "checkpoint and close" => checkpoint_and_close(root),
        "write ten letters" => {
            let mut file = writable(&root.join("a"));
            file.write_all(b"01").unwrap();
            file.sync_all().unwrap();
            b"abcdefgh"
                .chunks(1)
                .for_each(|letter| file.write_all(letter).unwrap());
        }
        "make a symbolic link" => std::os::unix::fs::symlink("a", root.join("b")).unwrap(),
        "start a program that stays outside" => {
            File::create(root.join("a")).unwrap();
            assert!(Command::new("true").status().unwrap().success());
        }
        "start a program that looks inside" => {
            File::create(root.join("a")).unwrap();
            assert!(
                Command::new("cat")
                    .arg(root.join("a"))
                    .status()
                    .unwrap()
                    .success()
            );
        }
        "write until told to stop" => {
            let mut file = writable(&root.join("a"));
            loop {
                let written = file.write_all(b"x");
                say(&written.map_or_else(|error| format!("{:?}", error.kind()), |()| "ok".into()));
            }
        }
        "sync twice, the second in vain" => {
            let mut file = writable(&root.join("a"));
            file.write_all(b"1").unwrap();
            file.sync_all().unwrap();
            file.write_all(b"2").unwrap();
            assert!(file.sync_all().is_err());
        }
        other => (CASES
            .iter()
            .find(|case| case.name == other)
            .expect("a role")
            .act)(root),
    }
}

/// Commits one row at a time and says so after each; ends by itself after 300.
fn commit_rows(root: &Path, synchronous: &str) {
    let db = Connection::open(root.join("db")).unwrap();
    db.pragma_update(None, "journal_mode", "WAL").unwrap();
    db.pragma_update(None, "synchronous", synchronous).unwrap();
    // Small, so that checkpoints happen too.
    db.pragma_update(
        None,
        "wal_autocheckpoint",
        if synchronous == "FULL" { 20 } else { 1000 },
    )
    .unwrap();
    db.execute_batch("CREATE TABLE entry (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
        .unwrap();
    for id in 0..300 {
        db.execute(
            "INSERT INTO entry VALUES (?1, ?2)",
            (id, "words ".repeat(50)),
        )
        .unwrap();
        say(&id.to_string());
    }
    // Without this the connection's end would checkpoint and sync.
    std::mem::forget(db);
}

fn checkpoint_and_close(root: &Path) {
    let db = Connection::open(root.join("db")).unwrap();
    db.pragma_update(None, "journal_mode", "WAL").unwrap();
    db.execute_batch(
        "CREATE TABLE entry (id INTEGER PRIMARY KEY); INSERT INTO entry VALUES (1), (2);",
    )
    .unwrap();
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO entry VALUES (3); VACUUM;")
        .unwrap();
    db.close().unwrap();
}

/// One line for the parent, told apart from what the test harness prints.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nSAYS {text}").unwrap();
    out.flush().unwrap();
}

fn writable(path: &Path) -> File {
    OpenOptions::new().write(true).open(path).unwrap()
}

fn write_synced(path: &Path, content: &str) {
    let mut file = File::create(path).unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file.sync_all().unwrap();
}

fn sync_folder(path: &Path) {
    File::open(path).unwrap().sync_all().unwrap();
}

/// A scratch folder with the watched folder, the journal and the rebuilt copies in it.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        fs::create_dir(bench.root()).unwrap();
        bench
    }

    fn folder(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn root(&self) -> std::path::PathBuf {
        self.folder("root")
    }

    fn fill(&self, files: &[(&str, &str)]) {
        for (path, content) in files {
            let path = self.root().join(path);
            if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
                fs::create_dir_all(&path).unwrap();
            } else {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, content).unwrap();
            }
        }
    }

    fn recording(&self) -> Recording {
        Recording::start(&self.root(), &self.folder("log")).unwrap()
    }

    fn spawn(&self, recording: &Recording, role: &str) -> Talker {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args([
                "--exact",
                "child",
                "--ignored",
                "--nocapture",
                "--test-threads=1",
            ])
            .env("ROLE", role);
        recording.attach(&mut command).unwrap();
        Talker(command.stdout(Stdio::piped()).spawn().unwrap())
    }

    fn run(&self, recording: &Recording, role: &str) -> ExitStatus {
        let mut child = self.spawn(recording, role);
        child.lines().for_each(drop);
        child.0.wait().unwrap()
    }

    fn rebuilt(&self, recording: &Recording, loss: Loss) -> Tree {
        let into = tempfile::tempdir_in(self.0.path()).unwrap();
        recording.rebuild(loss, into.path()).unwrap();
        read_tree(into.path())
    }

    /// Kills the program in the middle of its work; what it had said by then is acknowledged.
    fn rows_acknowledged_before_kill(&self, recording: &Recording, role: &str) -> Vec<i64> {
        let mut child = self.spawn(recording, role);
        let mut lines = child.lines();
        let mut said: Vec<String> = lines.by_ref().take(30).collect();
        child.kill();
        said.extend(lines);
        said.iter().map(|id| id.parse().unwrap()).collect()
    }

    fn stored_rows(&self, recording: &Recording, loss: Loss) -> Vec<i64> {
        let into = tempfile::tempdir_in(self.0.path()).unwrap();
        recording.rebuild(loss, into.path()).unwrap();
        let db = Connection::open(into.path().join("db")).unwrap();
        let check: String = db
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(check, "ok", "{loss:?}");
        let Ok(mut query) = db.prepare("SELECT id FROM entry") else {
            return Vec::new();
        };
        let rows = query.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }
}

struct Talker(Child);

impl Talker {
    fn lines(&mut self) -> impl Iterator<Item = String> + use<> {
        let out = BufReader::new(self.0.stdout.take().expect("asked for once"));
        out.lines()
            .map_while(Result::ok)
            .filter_map(|line| Some(line.strip_prefix("SAYS ")?.to_owned()))
    }

    /// SIGKILL, as `kill -9`.
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Talker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn tree_of(files: &[(&str, &str)]) -> Tree {
    files
        .iter()
        .map(|(path, content)| ((*path).to_owned(), (*content).to_owned()))
        .collect()
}

fn read_tree(root: &Path) -> Tree {
    fn walk(root: &Path, at: &Path, tree: &mut Tree) {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            if path.is_dir() {
                tree.insert(format!("{name}/"), String::new());
                walk(root, &path, tree);
            } else {
                // Lossless for text; for databases equal bytes give equal strings.
                let bytes = fs::read(&path).unwrap();
                tree.insert(name, bytes.iter().map(|&byte| char::from(byte)).collect());
            }
        }
    }
    let mut tree = Tree::new();
    walk(root, root, &mut tree);
    tree
}

#[test]
fn the_shim_is_built_once() {
    assert_eq!(Shim::build().unwrap(), Shim::build().unwrap());
}
