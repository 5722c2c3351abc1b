//! A mark in the database file that says whether a write-ahead log must lie beside it.
//!
//! While a process has the database open, its log (`-wal`) holds the latest writes. The log belongs to the database: without
//! it the database is older than its users know, or even inconsistent. The mark is SQLite's `user_version`, in the first page
//! of the file itself, so that it stays with the file if somebody copies or moves only that file.
//!
//! Invariants: the mark is in the file, and synced, before the first write is acknowledged; it is removed after the last
//! write, in the commit that the closing of the database moves from the log to the file. Only a closing that has removed the
//! mark deletes the log (`SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE`). So a database with the mark and without a log has lost its log.
//! Opening costs one commit after an orderly end, and nothing after a kill.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::connection::failure;
use crate::error::{Error, Result, Trouble};

/// The value of the mark while the database is open.
const OPEN: i64 = 1;
/// Where the first page of a database file contains its `user_version`, as 4 bytes in big-endian order.
const OFFSET: usize = 60;

/// Returns the path of a database's write-ahead log. SQLite puts it beside the file itself, not beside a symbolic link.
pub(crate) fn log_of(database: &Path) -> PathBuf {
    let file = fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
    let mut name = file.into_os_string();
    name.push("-wal");
    PathBuf::from(name)
}

/// Refuses a database whose log is missing. Must be called before SQLite opens the file, because SQLite creates a new log.
///
/// # Errors
/// Returns [`Trouble::LogMissing`].
pub(crate) fn refuse_without_log(database: &Path, accept: bool) -> Result<(), Error> {
    if !is_marked(database) || log_of(database).exists() {
        return Ok(());
    }
    let text = format!(
        "{} was not closed, and its write-ahead log {} is missing: the latest writes are lost without it",
        database.display(),
        log_of(database).display()
    );
    if accept {
        tracing::error!("{text}; going on as --accept-missing-log says");
        return Ok(());
    }
    let text = format!(
        "{text}. Put the log back, or restore a whole copy. If this file is a whole copy (such as of SQLite's own backup), or if another program (such as sqlite3) has opened it meanwhile, nothing is missing: start once with --accept-missing-log"
    );
    Err(Trouble::LogMissing(text).into())
}

/// Reads the mark from the file itself. A file that cannot be read, or is too short, has no mark.
fn is_marked(database: &Path) -> bool {
    use std::io::Read;
    let mut head = [0; OFFSET + 4];
    let read = fs::File::open(database).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && i64::from(i32::from_be_bytes([head[60], head[61], head[62], head[63]])) == OPEN
}

/// Writes the mark, and moves it from the log to the file. On a full disk the database stays without a mark.
pub(super) fn set(connection: &Connection, database: &Path) -> Result<()> {
    let in_log = connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
    // A process that was killed while it closed the database may have removed the mark in the log only.
    if is_marked(database) && in_log.map_err(failure)? == OPEN {
        return Ok(());
    }
    let marked = connection
        .pragma_update(None, "user_version", OPEN)
        .and_then(|()| connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())));
    match marked.map_err(failure) {
        Err(Trouble::DiskFull) => {
            tracing::warn!("the disk is full: a missing write-ahead log would not be noticed");
            Ok(())
        }
        marked => Ok(marked?),
    }
}

/// Removes the mark; the closing of the connection moves the change to the file, and deletes the log.
pub(super) fn clear(connection: &Connection) {
    let cleared = connection
        .pragma_update(None, "user_version", 0)
        .and_then(|()| connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false));
    if let Err(error) = cleared {
        tracing::warn!(%error, "cannot record that the database is closed; its log stays: {error}");
    }
}
