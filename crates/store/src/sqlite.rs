//! The SQLite engine: one writer thread with group commit, a small pool of read-only connections.
//!
//! One process owns a database: it holds a lock file beside it. A write is acknowledged after COMMIT with
//! `synchronous=FULL`; [`writer`] describes the behaviour on failures. A read runs on the caller's thread, because
//! most reads take microseconds; a read that declares itself heavy runs on the blocking pool.

pub(crate) mod connection;
pub(crate) mod options;
pub(crate) mod readers;
pub(crate) mod small_ids;
pub(crate) mod writer;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use rusqlite::Connection;
use tokio::sync::{Semaphore, SemaphorePermit};

use heddle_domain::Timestamp;
use heddle_domain::id::TimeId;

use crate::clock::{ClockCheck, SharedClock, check_reserved};
use crate::error::{Error, Refusal, Result, Trouble};
use crate::feed::Hints;
use crate::health::Health;
use crate::rows::node;
use crate::stmt::params;
use crate::tx::{Read, Rows, Write};
use connection::SqliteRows;
use options::SqliteOptions;
use readers::Readers;
use writer::Writer;

/// How long a heavy read waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// An open SQLite store.
#[derive(Debug)]
pub(crate) struct Sqlite {
    writer: Writer,
    readers: Arc<Readers>,
    /// Limits how many heavy reads run at once, so that connections remain for light reads.
    heavy: Semaphore,
    clock: SharedClock,
    patience: Duration,
    path: PathBuf,
}

impl Sqlite {
    /// Takes the lock, migrates the database and starts the writer thread.
    pub(crate) fn open(
        options: &SqliteOptions,
        (clock, check): (SharedClock, ClockCheck),
        health: Arc<Health>,
        hints: Arc<Hints>,
    ) -> Result<Self, Error> {
        let lock = lock_beside(&options.path)?;
        let mut connection = connection::open_writer(options)?;
        crate::migrate::migrate_sqlite(&mut connection, clock.now())?;
        check_clock(&connection, check, clock.now())?;
        let readers = Arc::new(Readers::new(options.path.clone(), options.readers));
        let writer = Writer::start(connection, lock, Arc::clone(&clock), health, hints)?;
        Ok(Self {
            writer,
            readers,
            heavy: Semaphore::new(options.readers.saturating_sub(1).max(1)),
            clock,
            patience: options.patience,
            path: options.path.clone(),
        })
    }

    /// Queues a write and waits for its COMMIT.
    pub(crate) async fn write<W: Write>(&self, command: W) -> Result<W::Out, Error> {
        self.writer.submit(command)?.await.unwrap_or_else(|_| {
            Err(Trouble::UnknownOutcome("the writer stopped before it answered".into()).into())
        })
    }

    /// Runs a read; on a snapshot if it needs one.
    pub(crate) async fn read<R: Read>(&self, read: R) -> Result<R::Out, Error> {
        if R::HEAVY {
            let _turn = take_turn(&self.heavy).await?;
            let (readers, clock) = (Arc::clone(&self.readers), Arc::clone(&self.clock));
            let patience = self.patience;
            let task =
                tokio::task::spawn_blocking(move || run_read(&readers, &clock, patience, &read));
            let panicked = |e| Err(Trouble::Internal(format!("{}: {e}", R::NAME)).into());
            return Ok(task.await.unwrap_or_else(panicked)?);
        }
        Ok(run_read(&self.readers, &self.clock, self.patience, &read)?)
    }

    /// Runs SQLite's integrity check on the whole file; returns its findings, empty if there are none.
    pub(crate) async fn check_integrity(&self) -> Result<Vec<String>, Error> {
        let path = self.path.clone();
        let check = move || {
            let connection = connection::open_reader(&path)?;
            let mut statement = connection
                .prepare("PRAGMA integrity_check")
                .map_err(connection::failure)?;
            let lines = statement
                .query_map([], |row| row.get::<_, String>(0))
                .map_err(connection::failure)?;
            let mut found: Vec<String> = lines
                .collect::<rusqlite::Result<_>>()
                .map_err(connection::failure)?;
            found.retain(|line| line != "ok");
            Ok(found)
        };
        let task = tokio::task::spawn_blocking(check).await;
        task.unwrap_or_else(|e| Err(Trouble::Internal(format!("integrity check: {e}")).into()))
    }

    /// Runs the accepted commands, then closes the database.
    pub(crate) async fn close(&self) -> Result<(), Error> {
        self.readers.close();
        self.writer.close().await
    }
}

/// Waits until a heavy read may run.
async fn take_turn(heavy: &Semaphore) -> Result<SemaphorePermit<'_>> {
    let turn = tokio::time::timeout(LONGEST_WAIT, heavy.acquire()).await;
    let turn = turn.map_err(|_| Trouble::Overloaded("too many long reads run"))?;
    Ok(turn.map_err(|_| Trouble::Overloaded("the store is closed"))?)
}

/// Compares the clock with the reservations.
fn check_clock(connection: &Connection, check: ClockCheck, now: Timestamp) -> Result<()> {
    let latest = connection::fetch(connection, &node::LATEST, params![], |row| row.time())?;
    check_reserved(check, now, latest.first().copied())?;
    // No id can be in such a slot's last reservation, so it can be used again from the right time on.
    if latest.first().is_some_and(|latest| *latest >= TimeId::LAST) {
        connection::execute(connection, &node::FREE_UNUSABLE, params![now, TimeId::LAST])?;
    }
    Ok(())
}

fn run_read<R: Read>(
    readers: &Readers,
    clock: &SharedClock,
    patience: Duration,
    read: &R,
) -> Result<R::Out> {
    readers.with(R::SNAPSHOT, R::BUDGET.max(patience), |connection| {
        let mut rows = Rows::on_sqlite(SqliteRows::new(connection, clock.now()));
        read.run(&mut rows).now_or_never().unwrap_or_else(|| {
            Err(Trouble::Internal(format!("{} waited for something but its rows", R::NAME)).into())
        })
    })
}

/// Returns the path of the lock file of a database.
#[must_use]
pub fn lock_path(database: &Path) -> PathBuf {
    database.with_extension("lock")
}

/// Takes the lock that keeps other processes away from the database.
fn lock_beside(database: &Path) -> Result<File> {
    let path = lock_path(database);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|e| Trouble::Internal(format!("cannot open {}: {e}", path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Refusal::Conflict("another process serves this database; its lock").into())
        }
        Err(TryLockError::Error(e)) => {
            Err(Trouble::Internal(format!("cannot lock {}: {e}", path.display())).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Abort;

    #[tokio::test(start_paused = true)]
    async fn a_heavy_read_waits_five_seconds_for_its_turn() {
        let heavy = Semaphore::new(1);
        let running = take_turn(&heavy).await.expect("a turn");
        let began = tokio::time::Instant::now();
        let refused = take_turn(&heavy).await.map(drop);
        assert!(
            matches!(refused, Err(Abort::Trouble(Trouble::Overloaded(_)))),
            "{refused:?}"
        );
        assert!(began.elapsed() >= LONGEST_WAIT);
        drop(running);
        assert!(take_turn(&heavy).await.is_ok());
    }
}
