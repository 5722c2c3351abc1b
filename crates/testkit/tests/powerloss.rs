//! Tests of recordings and rebuilds of programs that sync everything, something or nothing.
//!
//! The programs are the roles of `src/bin/powerloss-subject.rs`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use heddle_testkit::powerloss::{Loss, Recording, Shim};
use rusqlite::Connection;
use tempfile::TempDir;

/// Path and content of every file and folder, by relative path. The path of a folder ends in `/`, and its content is
/// empty.
type Tree = BTreeMap<String, String>;

/// A role of the program, the files in its folder before the role starts, and the files that a power failure at its end
/// leaves.
struct Case {
    role: &'static str,
    before: &'static [(&'static str, &'static str)],
    left: &'static [(&'static str, &'static str)],
}

const CASES: &[Case] = &[
    Case {
        role: "data written after the sync is lost",
        before: &[("a", "")],
        left: &[("a", "kept")],
    },
    Case {
        role: "fdatasync counts as well",
        before: &[("a", "old")],
        left: &[("a", "Nld")],
    },
    Case {
        role: "a sync covers what another descriptor of the file wrote",
        before: &[("a", "....")],
        left: &[("a", ".xy.")],
    },
    Case {
        role: "every way to write is seen",
        before: &[("a", ""), ("log", "1,")],
        left: &[("a", "abcd\0ef"), ("log", "1,2,3,")],
    },
    Case {
        role: "a truncation without a sync is undone",
        before: &[("a", "content"), ("b", "content")],
        left: &[("a", "content"), ("b", "content")],
    },
    Case {
        role: "a new file whose folder is not synced vanishes",
        before: &[],
        left: &[],
    },
    Case {
        role: "a new file whose folder is synced stays",
        before: &[],
        left: &[("a", "synced"), ("b", "")],
    },
    Case {
        role: "a rename without a folder sync is undone",
        before: &[("a", "old")],
        left: &[("a", "old"), ("a.new", "new")],
    },
    Case {
        role: "a rename with a folder sync stays",
        before: &[("a", "old")],
        left: &[("a", "new")],
    },
    Case {
        role: "a rename across folders needs both syncs",
        before: &[("here/a", "1"), ("here/b", "2"), ("there/", "")],
        left: &[
            ("here/", ""),
            ("here/a", "1"),
            ("here/b", "2"),
            ("there/", ""),
            ("there/a", "1"),
        ],
    },
    Case {
        role: "a removal without a folder sync is undone",
        before: &[("x/a", "back"), ("y/a", "gone")],
        left: &[("x/", ""), ("x/a", "back"), ("y/", "")],
    },
    Case {
        role: "a folder's own entry needs its parent's sync",
        before: &[],
        left: &[("kept/", ""), ("kept/a", "synced")],
    },
    Case {
        role: "a link is another name for the same data",
        before: &[("a", "old")],
        left: &[("a", "new"), ("b", "new")],
    },
    Case {
        role: "a name used again means the new file",
        before: &[("a", "first")],
        left: &[("a", "first")],
    },
    Case {
        role: "a copy is seen although the kernel could do it alone",
        before: &[("a", "content")],
        left: &[("a", "content"), ("b", "content")],
    },
    Case {
        role: "shared memory of SQLite is left out",
        before: &[("db", "")],
        left: &[("db", "")],
    },
];

#[test]
fn the_rebuilt_files_match_the_model() {
    for case in CASES {
        let bench = Bench::new();
        bench.fill(case.before);
        let recording = bench.recording();
        assert!(bench.run(&recording, case.role).success(), "{}", case.role);
        assert_eq!(
            bench.rebuilt(&recording, Loss::Unsynced),
            tree_of(case.left),
            "{}",
            case.role
        );
    }
}

#[test]
fn without_a_loss_the_rebuilt_folder_is_the_real_one() {
    for name in CASES
        .iter()
        .map(|case| case.role)
        .chain(["commit full", "checkpoint and close"])
    {
        let bench = Bench::new();
        if let Some(case) = CASES.iter().find(|case| case.role == name) {
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
    let mut child = bench.spawn(&recording, "write until killed");
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
fn a_full_disk_can_fail_once_and_only_when_armed() {
    let bench = Bench::new();
    bench.fill(&[("a", "")]);
    let recording = bench.recording().full_once(2).armed_later();
    let mut child = bench.spawn(&recording, "write until killed");
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

/// A temporary folder with the watched folder, the journal and the rebuilt copies.
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
        let mut command = Command::new(env!("CARGO_BIN_EXE_powerloss-subject"));
        command.arg(role).arg(self.root()).stdout(Stdio::piped());
        recording.attach(&mut command).unwrap();
        Talker(command.spawn().unwrap())
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

    /// Kills the program while it works. Returns the rows that it had printed by then, which count as acknowledged.
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
        out.lines().map_while(Result::ok)
    }

    /// Sends SIGKILL, as `kill -9` does.
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
                // The conversion loses nothing of a text; for databases, equal bytes give equal strings.
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
