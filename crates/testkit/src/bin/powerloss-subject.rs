//! The program that the tests of the recorder run. Its first argument is a role of [`ROLES`], the second a folder.
//!
//! For each role, `tests/powerloss.rs` says what a power failure leaves in the folder.

use std::fs::{self, File, OpenOptions};
use std::io::{IoSlice, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use rusqlite::Connection;

type Role = (&'static str, fn(&Path) -> Result<()>);

const ROLES: &[Role] = &[
    ("data written after the sync is lost", |root| {
        let mut file = writable(&root.join("a"))?;
        file.write_all(b"kept")?;
        file.sync_all()?;
        file.write_all(b" and lost")?;
        Ok(())
    }),
    ("fdatasync counts as well", |root| {
        let file = writable(&root.join("a"))?;
        file.write_all_at(b"N", 0)?;
        file.sync_data()?;
        Ok(())
    }),
    (
        "a sync covers what another descriptor of the file wrote",
        |root| {
            let (mut one, other) = (writable(&root.join("a"))?, File::open(root.join("a"))?);
            one.try_clone()?.seek(SeekFrom::Start(1))?;
            one.write_all(b"xy")?;
            other.sync_all()?;
            Ok(())
        },
    ),
    ("every way to write is seen", |root| {
        let mut file = writable(&root.join("a"))?;
        let parts = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"cd")];
        assert_eq!(file.write_vectored(&parts)?, 4);
        file.set_len(6)?;
        file.write_all_at(b"ef", 5)?;
        file.sync_all()?;
        let mut log = OpenOptions::new().append(true).open(root.join("log"))?;
        log.write_all(b"2,")?;
        log.write_all(b"3,")?;
        log.sync_all()?;
        Ok(())
    }),
    ("a truncation without a sync is undone", |root| {
        File::create(root.join("a"))?;
        writable(&root.join("b"))?.set_len(2)?;
        Ok(())
    }),
    ("a new file whose folder is not synced vanishes", |root| {
        write_synced(&root.join("a"), "synced")
    }),
    ("a new file whose folder is synced stays", |root| {
        write_synced(&root.join("a"), "synced")?;
        fs::write(root.join("b"), "never synced")?;
        sync_folder(root)?;
        fs::write(root.join("c"), "too late")?;
        Ok(())
    }),
    ("a rename without a folder sync is undone", |root| {
        write_synced(&root.join("a.new"), "new")?;
        sync_folder(root)?;
        fs::rename(root.join("a.new"), root.join("a"))?;
        Ok(())
    }),
    ("a rename with a folder sync stays", |root| {
        write_synced(&root.join("a.new"), "new")?;
        fs::rename(root.join("a.new"), root.join("a"))?;
        sync_folder(root)?;
        Ok(())
    }),
    ("a rename across folders needs both syncs", |root| {
        fs::rename(root.join("here/a"), root.join("there/a"))?;
        sync_folder(&root.join("there"))?;
        fs::rename(root.join("here/b"), root.join("there/b"))?;
        Ok(())
    }),
    ("a removal without a folder sync is undone", |root| {
        fs::remove_file(root.join("x/a"))?;
        fs::remove_file(root.join("y/a"))?;
        sync_folder(&root.join("y"))?;
        fs::remove_dir(root.join("y"))?;
        Ok(())
    }),
    ("a folder's own entry needs its parent's sync", |root| {
        for name in ["kept", "lost"] {
            fs::create_dir(root.join(name))?;
            write_synced(&root.join(name).join("a"), "synced")?;
            sync_folder(&root.join(name))?;
            if name == "kept" {
                sync_folder(root)?;
            }
        }
        Ok(())
    }),
    ("a link is another name for the same data", |root| {
        fs::hard_link(root.join("a"), root.join("b"))?;
        sync_folder(root)?;
        fs::remove_file(root.join("a"))?;
        write_synced(&root.join("b"), "new")?;
        Ok(())
    }),
    ("a name used again means the new file", |root| {
        fs::remove_file(root.join("a"))?;
        write_synced(&root.join("a"), "second")?;
        Ok(())
    }),
    (
        "a copy is seen although the kernel could do it alone",
        |root| {
            fs::copy(root.join("a"), root.join("b"))?;
            File::open(root.join("b"))?.sync_all()?;
            sync_folder(root)?;
            Ok(())
        },
    ),
    ("shared memory of SQLite is left out", |root| {
        write_synced(&root.join("db-shm"), "index")?;
        sync_folder(root)?;
        Ok(())
    }),
    ("write ten letters", |root| {
        let mut file = writable(&root.join("a"))?;
        file.write_all(b"01")?;
        file.sync_all()?;
        for letter in b"abcdefgh".chunks(1) {
            file.write_all(letter)?;
        }
        Ok(())
    }),
    ("make a symbolic link", |root| {
        Ok(std::os::unix::fs::symlink("a", root.join("b"))?)
    }),
    ("start a program that stays outside", |root| {
        File::create(root.join("a"))?;
        run(&mut Command::new("true"))
    }),
    ("start a program that looks inside", |root| {
        File::create(root.join("a"))?;
        run(Command::new("cat").arg(root.join("a")))
    }),
    ("write until killed", |root| {
        let mut file = writable(&root.join("a"))?;
        loop {
            match file.write_all(b"x") {
                Ok(()) => println!("ok"),
                Err(error) => println!("{:?}", error.kind()),
            }
        }
    }),
    ("sync twice, the second in vain", |root| {
        let mut file = writable(&root.join("a"))?;
        file.write_all(b"1")?;
        file.sync_all()?;
        file.write_all(b"2")?;
        ensure!(file.sync_all().is_err());
        Ok(())
    }),
    ("checkpoint and close", |root| {
        let db = open_wal(root, "FULL")?;
        db.execute_batch("INSERT INTO entry VALUES (1, ''), (2, '')")?;
        db.execute_batch(
            "PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO entry VALUES (3, ''); VACUUM;",
        )?;
        db.close().map_err(|(_, error)| error.into())
    }),
    ("commit full", |root| commit_rows(open_wal(root, "FULL")?)),
    ("commit normal", |root| {
        commit_rows(open_wal(root, "NORMAL")?)
    }),
    ("commit off", |root| commit_rows(open_wal(root, "OFF")?)),
];

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let role = arguments.next().context("the role comes first")?;
    let root = arguments.next().context("the folder comes second")?;
    let (_, act) = ROLES
        .iter()
        .find(|(name, _)| *name == role)
        .context("an unknown role")?;
    act(Path::new(&root))
}

fn open_wal(root: &Path, synchronous: &str) -> Result<Connection> {
    let db = Connection::open(root.join("db"))?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", synchronous)?;
    // With FULL the log is small, so that checkpoints happen. With the other settings no checkpoint may sync the rows.
    db.pragma_update(
        None,
        "wal_autocheckpoint",
        if synchronous == "FULL" { 20 } else { 100_000 },
    )?;
    db.execute_batch("CREATE TABLE entry (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")?;
    Ok(db)
}

/// Commits one row at a time and prints it when it is committed.
fn commit_rows(db: Connection) -> Result<()> {
    for id in 0..300 {
        db.execute(
            "INSERT INTO entry VALUES (?1, ?2)",
            (id, "words ".repeat(50)),
        )?;
        println!("{id}");
    }
    // The connection is not closed, because closing would run a checkpoint and sync.
    std::mem::forget(db);
    Ok(())
}

fn run(command: &mut Command) -> Result<()> {
    ensure!(command.status()?.success());
    Ok(())
}

fn writable(path: &Path) -> Result<File> {
    Ok(OpenOptions::new().write(true).open(path)?)
}

fn write_synced(path: &Path, content: &str) -> Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content.as_bytes())?;
    Ok(file.sync_all()?)
}

fn sync_folder(path: &Path) -> Result<()> {
    Ok(File::open(path)?.sync_all()?)
}
