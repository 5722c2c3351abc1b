//! Copies a SQLite database, and looks into the copy.
//!
//! The copy is made with SQLite's backup interface inside one read transaction: it shows one point in time, needs no help from
//! the server, and never makes a commit wait. But while it runs, the write-ahead log of the server only grows. So the copy is
//! given up when the log has become long, before the server would refuse writes. Everything slow (compression, checksums,
//! objects) works from the copy.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use heddle_domain::Timestamp;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::contents::{Contents, ReadContents};
use crate::error::{Error, Result, Trouble};
use crate::sqlite::connection::{PATIENCE, SqliteRows, failure};
use crate::sqlite::{findings, open_mark, run_read};
use crate::tx::Rows;

/// How many pages are copied between two looks at the log: 4 MiB.
const PAGES_AT_ONCE: i32 = 1_000;
/// The length of the log at which a copy is given up: half of the length at which the server refuses writes.
const LONGEST_LOG: u64 = 512 << 20;

/// Where the header of a database says whether it has a write-ahead log: two bytes, for writers and for readers.
const FORMAT_VERSIONS: u64 = 18;
const LEGACY: [u8; 2] = [1, 1];
/// Where the header has the mark of an open database (`open_mark`): `user_version`.
const USER_VERSION: u64 = 60;

/// Copies a database to a new file, as it is at one moment. A server may write meanwhile. `on_progress` gets the copied pages
/// and all pages.
///
/// # Errors
/// [`Trouble::LogMissing`] if the log of the database is missing, unless `accept_missing_log`. [`Trouble::DiskFull`] if there
/// is no room for the copy. [`Trouble::TimedOut`] if the log grows too long meanwhile. [`Trouble::Engine`] for other failures
/// of SQLite.
pub fn copy_database(
    database: &Path,
    to: &Path,
    accept_missing_log: bool,
    on_progress: &mut dyn FnMut(u64, u64),
) -> Result<(), Error> {
    open_mark::refuse_without_log(database, accept_missing_log)?;
    let longest_log = LONGEST_LOG.max(length(&open_mark::log_of(database)));
    let is_log_long = || length(&open_mark::log_of(database)) > longest_log;
    copy_while(database, to, on_progress, &is_log_long)?;
    settle(to).map_err(|error| unwritable(to, &error).into())
}

/// Returns the length of a file; 0 if there is none. It must not open the file: on its closing the system would take away the
/// locks that SQLite holds on it in this process.
fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

fn copy_while(
    database: &Path,
    to: &Path,
    on_progress: &mut dyn FnMut(u64, u64),
    is_log_long: &dyn Fn() -> bool,
) -> Result<(), Error> {
    let source = open_source(database).map_err(failure)?;
    let mut target = open_target(to)?;
    // The first read decides which moment the copy shows.
    let begun = source.execute_batch("BEGIN").and_then(|()| {
        source.pragma_query_value(None, "schema_version", |row| row.get::<_, i64>(0))
    });
    begun.map_err(failure)?;
    let backup = Backup::new(&source, &mut target).map_err(failure)?;
    loop {
        let step = backup.step(PAGES_AT_ONCE).map_err(failure)?;
        let progress = backup.progress();
        let (all, left) = (pages(progress.pagecount), pages(progress.remaining));
        on_progress(all.saturating_sub(left), all);
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More if is_log_long() => {
                return Err(Trouble::TimedOut(
                    "the copy of the database takes so long that the server's write-ahead log becomes too long",
                )
                .into());
            }
            StepResult::More => {}
            // Nobody else uses the target, and a reader does not wait for the writer of a write-ahead log.
            other => {
                return Err(Trouble::Engine(format!("sqlite: the copy stopped: {other:?}")).into());
            }
        }
    }
}

fn pages(count: i32) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// Opens a database that other processes may write. The connection writes nothing itself, not even a checkpoint: the log of a
/// killed server must stay.
fn open_source(database: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(database, flags)?;
    source.busy_timeout(PATIENCE)?;
    source.execute_batch("PRAGMA query_only=ON; PRAGMA mmap_size=0; PRAGMA cache_size=-8192;")?;
    Ok(source)
}

/// Opens a new file for a copy. It needs no journal, because a copy that was not finished is thrown away.
fn open_target(to: &Path) -> Result<Connection, Error> {
    let mut options = OpenOptions::new();
    let made = options.write(true).create_new(true).mode(0o600).open(to);
    made.map_err(|error| unwritable(to, &error))?;
    let opened = Connection::open(to).and_then(|target| {
        target.execute_batch("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")?;
        Ok(target)
    });
    Ok(opened.map_err(failure)?)
}

fn unwritable(to: &Path, error: &std::io::Error) -> Trouble {
    match error.kind() {
        std::io::ErrorKind::StorageFull => Trouble::DiskFull,
        _ => Trouble::Engine(format!("cannot write {}: {error}", to.display())),
    }
}

/// Makes a copy complete in one file: it has no write-ahead log, and is not marked as a database that needs one. Both are in
/// the header of the file; SQLite itself would make further files to change them.
fn settle(copy: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::FileExt;
    let file = OpenOptions::new().write(true).open(copy)?;
    file.write_all_at(&LEGACY, FORMAT_VERSIONS)?;
    file.write_all_at(&[0; 4], USER_VERSION)?;
    file.sync_all()
}

/// A copy of a SQLite database in one file, which nobody else uses.
#[derive(Debug)]
pub struct DatabaseCopy(Connection);

impl DatabaseCopy {
    /// Opens a copy for reading.
    ///
    /// # Errors
    /// [`Trouble::Engine`] if the file is no SQLite database.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(path, flags).map_err(failure)?;
        Ok(Self(opened))
    }

    /// Reads what the copy contains.
    ///
    /// # Errors
    /// Fails if the copy is damaged, contains no store, or has a schema that is too old.
    pub fn contents(&mut self) -> Result<Contents, Error> {
        let rows = SqliteRows::new(&mut self.0, Timestamp(0));
        Ok(run_read(&ReadContents, rows)?)
    }

    /// Returns the rows of the copy.
    pub(crate) fn rows(&mut self) -> Rows<'_> {
        Rows::on_sqlite(SqliteRows::new(&mut self.0, Timestamp(0)))
    }

    /// Runs SQLite's integrity check; returns its findings, empty if there are none.
    ///
    /// # Errors
    /// Fails if the copy is so damaged that the check cannot run.
    pub fn check_integrity(&self) -> Result<Vec<String>, Error> {
        Ok(findings(&self.0)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database in WAL mode with `rows` rows of 8,000 bytes, whose writer is still open.
    fn database(folder: &Path, rows: i64) -> (std::path::PathBuf, Connection) {
        let path = folder.join("a.sqlite");
        let writer = Connection::open(&path).expect("a database");
        writer
            .execute_batch(
                "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; PRAGMA user_version=1;
                 CREATE TABLE line (id INTEGER PRIMARY KEY, text BLOB); PRAGMA wal_checkpoint(TRUNCATE);",
            )
            .expect("a table");
        for _ in 0..rows {
            add(&writer);
        }
        (path, writer)
    }

    fn add(writer: &Connection) {
        writer
            .execute("INSERT INTO line (text) VALUES (zeroblob(8000))", [])
            .expect("a row");
    }

    fn rows(path: &Path) -> i64 {
        let copy = DatabaseCopy::open(path).expect("a copy");
        assert_eq!(copy.check_integrity(), Ok(Vec::new()));
        let count = copy
            .0
            .query_row("SELECT count(*) FROM line", [], |row| row.get(0));
        count.expect("a count")
    }

    #[test]
    fn a_copy_shows_the_moment_at_which_it_began_although_the_writer_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, writer) = database(folder.path(), 3_000);
        let to = folder.path().join("copy");
        let mut seen = Vec::new();
        let mut on_progress = |done, all| {
            add(&writer);
            seen.push((done, all));
        };
        copy_database(&path, &to, false, &mut on_progress).expect("a copy");
        assert!(seen.len() > 3, "{seen:?}");
        assert!(
            seen.is_sorted_by(|a, b| a.0 < b.0 && a.1 == b.1),
            "{seen:?}"
        );
        assert_eq!(rows(&to), 3_000);
        // The copy is complete in one file, and says so.
        assert!(!folder.path().join("copy-wal").exists());
        assert!(open_mark::refuse_without_log(&to, false).is_ok());
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &fs::metadata(&to).expect("a file").permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_copy_contains_the_log_of_a_writer_that_was_killed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, writer) = database(folder.path(), 5);
        // What a killed process leaves: the files as they are, with nobody who has them open.
        let killed = folder.path().join("killed.sqlite");
        for end in ["", "-wal"] {
            let [from, to] = [&path, &killed].map(|path| format!("{}{end}", path.display()));
            fs::copy(from, to).expect("copied");
        }
        drop(writer);
        let to = folder.path().join("copy");
        copy_database(&killed, &to, false, &mut |_, _| {}).expect("a copy");
        assert_eq!(rows(&to), 5);
        let log = folder.path().join("killed.sqlite-wal");
        assert!(length(&log) > 0, "the log stays");
        fs::remove_file(&log).expect("removed");
        fs::remove_file(&to).expect("removed");
        let refused = copy_database(&killed, &to, false, &mut |_, _| {});
        let is_missing = matches!(&refused, Err(Error::Trouble(Trouble::LogMissing(_))));
        assert!(is_missing, "{refused:?}");
        assert!(!to.exists());
        copy_database(&killed, &to, true, &mut |_, _| {}).expect("a copy of what is there");
        assert_eq!(rows(&to), 0);
    }

    #[test]
    fn a_copy_is_given_up_when_the_log_becomes_long() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, writer) = database(folder.path(), 3_000);
        let log = open_mark::log_of(&path);
        let before = length(&log);
        let to = folder.path().join("copy");
        let mut on_progress = |_, _| add(&writer);
        let copied = copy_while(&path, &to, &mut on_progress, &|| length(&log) > before);
        let error = copied.expect_err("it is given up").to_string();
        assert!(error.contains("write-ahead log"), "{error}");
    }
}
