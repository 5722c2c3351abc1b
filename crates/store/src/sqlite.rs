//! The SQLite engine: one writer thread with group commit, a small pool of read-only connections.
//!
//! One process owns a database: it holds a lock file beside it. A write is acknowledged after COMMIT with
//! `synchronous=FULL`; [`writer`] describes the behaviour on failures. A read by keys runs on the caller's thread,
//! because it takes microseconds. Every other read runs on the blocking pool when its turn comes ([`turns`]).

pub(crate) mod connection;
pub(crate) mod index;
pub(crate) mod open_mark;
pub(crate) mod options;
pub(crate) mod readers;
pub(crate) mod small_ids;
pub(crate) mod turns;
pub(crate) mod writer;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use rusqlite::Connection;

use heddle_domain::Timestamp;
use heddle_domain::id::TimeId;

use crate::apart;
use crate::clock::{ACCOUNTS_AT_ONCE, ClockCheck, SharedClock, after, check_reserved};
use crate::error::{Abort, Error, Refusal, Result, Trouble};
use crate::feed::Hints;
use crate::health::Health;
use crate::rows::account::LIST_IDS;
use crate::rows::{mend, node};
use crate::search::LONGEST;
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows, Write};
use connection::{DAMAGED, SqliteRows};
use index::{Index, path_beside};
use options::SqliteOptions;
use readers::{Budget, Readers};
use turns::{Turn, Turns};
use writer::Writer;

/// Time limit of a read: a long one prevents the writer from starting its log anew.
const BUDGET: Duration = Duration::from_millis(250);
/// Time limit of an operator's read of all data.
const WHOLE_BUDGET: Duration = Duration::from_secs(600);
/// Time limit of the integrity check. Only the end of the process should cut it.
const CHECK_BUDGET: Duration = Duration::from_secs(86_400);
/// What a read may do on the thread that serves its request: some milliseconds of work. It is counted in rows and in steps of
/// SQLite, not in time, because on a busy machine a short read may take long.
const HERE_ROWS: usize = 500;
const HERE_STEPS: u32 = 200_000;

/// An open SQLite store.
#[derive(Debug)]
pub(crate) struct Sqlite {
    path: PathBuf,
    writer: Writer,
    readers: Arc<Readers>,
    /// The connections for searches, which read the index, too. If its file is damaged or gone, only they fail.
    searchers: Arc<Readers>,
    turns: Arc<Turns>,
    clock: SharedClock,
    patience: Duration,
    index: Arc<Index>,
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
        open_mark::refuse_without_log(&options.path, options.accept_missing_log)?;
        let mut connection = connection::open_writer(options)?;
        crate::migrate::migrate_sqlite(&mut connection, clock.now())?;
        check_clock(&connection, check, clock.now())?;
        open_mark::set(&connection, &options.path)?;
        let turns = Turns::new(options.readers.saturating_sub(1).max(1));
        let index = Arc::new(Index::open_or_none(options));
        let readers = Readers::new(options, None);
        let beside = Some(path_beside(&options.path));
        let searchers = Readers::new(options, beside);
        let readers = Arc::new(readers);
        let searchers = Arc::new(searchers);
        let shared = (health, hints, Arc::clone(&turns));
        let writer = Writer::start(connection, lock, Arc::clone(&clock), shared)?;
        Ok(Self {
            path: options.path.clone(),
            writer,
            readers,
            searchers,
            turns,
            clock,
            patience: options.patience,
            index,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Queues a write and waits for its COMMIT.
    pub(crate) async fn write<W: Write>(&self, command: W) -> Result<W::Out, Error> {
        self.writer.submit(command)?.await.unwrap_or_else(|_| {
            Err(Trouble::UnknownOutcome("the writer stopped before it answered".into()).into())
        })
    }

    /// Runs a read; on a snapshot if it needs one.
    pub(crate) async fn read<R: Read>(&self, read: R) -> Result<R::Out, Error> {
        let account = match read.cost() {
            Cost::Keys(account) => match self.read_here(&read) {
                // It was more than a read by keys.
                Err(Abort::Trouble(Trouble::TimedOut(_))) => account,
                done => return Ok(done?),
            },
            Cost::List(account) => account,
            Cost::Search(account) | Cost::Index(account) => {
                let turn = self.turns.take(account).await?;
                let found = self
                    .read_by(&self.searchers, read, LONGEST, Some(turn))
                    .await;
                if let Err(Abort::Trouble(Trouble::Engine(reason))) = &found
                    && reason.starts_with(DAMAGED)
                {
                    self.index.suspect(reason);
                }
                return Ok(found?);
            }
            Cost::Everything => return Ok(self.read_apart(read, WHOLE_BUDGET, None).await?),
        };
        let turn = self.turns.take(account).await?;
        Ok(self.read_apart(read, BUDGET, Some(turn)).await?)
    }

    /// Runs a read on this thread, within the limits of a read by keys.
    fn read_here<R: Read>(&self, read: &R) -> Result<R::Out> {
        let budget = Budget {
            time: BUDGET.max(self.patience),
            steps: Some(HERE_STEPS),
        };
        self.readers.with(R::SNAPSHOT, budget, |connection| {
            let rows = SqliteRows::new(connection, self.clock.now()).within(HERE_ROWS);
            run_read(read, rows)
        })
    }

    /// Runs a read on the blocking pool. Its turn ends with it, even if the caller goes earlier.
    async fn read_apart<R: Read>(
        &self,
        read: R,
        budget: Duration,
        turn: Option<Turn>,
    ) -> Result<R::Out> {
        self.read_by(&self.readers, read, budget, turn).await
    }

    async fn read_by<R: Read>(
        &self,
        readers: &Arc<Readers>,
        read: R,
        budget: Duration,
        turn: Option<Turn>,
    ) -> Result<R::Out> {
        let (readers, clock) = (Arc::clone(readers), Arc::clone(&self.clock));
        let budget = Budget::of_time(budget.max(self.patience));
        apart::block(R::NAME, move || {
            let _turn = turn;
            readers.with(R::SNAPSHOT, budget, |connection| {
                run_read(&read, SqliteRows::new(connection, clock.now()))
            })
        })
        .await?
    }

    /// Runs SQLite's integrity check on the whole file; returns its findings, empty if there are none.
    pub(crate) async fn check_integrity(&self) -> Result<Vec<String>, Error> {
        let readers = Arc::clone(&self.readers);
        let check = move || {
            readers.with(false, Budget::of_time(CHECK_BUDGET), |connection| {
                findings(connection)
            })
        };
        let task = tokio::task::spawn_blocking(check).await;
        let found =
            task.unwrap_or_else(|e| Err(Trouble::Internal(format!("integrity check: {e}")).into()));
        Ok(found?)
    }

    /// The search index.
    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// Runs the accepted commands, then closes the database.
    pub(crate) async fn close(&self) -> Result<(), Error> {
        let (readers, searchers) = (Arc::clone(&self.readers), Arc::clone(&self.searchers));
        let index = Arc::clone(&self.index);
        let close = move || {
            readers.close();
            searchers.close();
            index.close();
        };
        // The error is ignored: it means that the runtime ends, and the process with it.
        let _ = tokio::task::spawn_blocking(close).await;
        self.writer.close().await
    }
}

pub(crate) fn findings(connection: &Connection) -> Result<Vec<String>> {
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
}

/// Compares the clock with the reservations.
fn check_clock(connection: &Connection, check: ClockCheck, now: Timestamp) -> Result<()> {
    let latest = connection::fetch(connection, &node::LATEST, params![], |row| row.time())?;
    let Some(latest) = latest.first().copied() else {
        return Ok(());
    };
    check_reserved(check, now, Some(latest))?;
    match connection::execute(connection, &node::TRUST_FIRST, params![latest.min(now)]) {
        // A store on a full disk can be read. The deletion of old data stores the time again later.
        Err(Abort::Trouble(Trouble::DiskFull)) => {}
        settled => {
            settled?;
        }
    }
    // No id can be in such a reservation, so the slot can be used again.
    if latest >= TimeId::LAST {
        let free = first_free(connection, now)?;
        connection::execute(
            connection,
            &node::FREE_UNUSABLE,
            params![free, TimeId::LAST],
        )?;
    }
    Ok(())
}

/// Returns the first time, at least `now`, that no id of the store has reached. Examines all accounts.
fn first_free(connection: &Connection, now: Timestamp) -> Result<Timestamp> {
    let (mut free, mut last) = (now, 0);
    loop {
        let page = params![last, ACCOUNTS_AT_ONCE];
        let accounts = connection::fetch(connection, &LIST_IDS, page, |row| row.int())?;
        let Some(end) = accounts.last() else {
            return Ok(free);
        };
        last = *end;
        for account in accounts {
            let largest = connection::fetch(connection, &mend::LARGEST, params![account], |row| {
                row.int()
            })?;
            free = largest
                .into_iter()
                .fold(free, |free, id| free.max(after(TimeId(id))));
        }
    }
}

pub(crate) fn run_read<R: Read>(read: &R, rows: SqliteRows<'_>) -> Result<R::Out> {
    let mut rows = Rows::on_sqlite(rows);
    read.run(&mut rows).now_or_never().unwrap_or_else(|| {
        Err(Trouble::Internal(format!("{} waited for something but its rows", R::NAME)).into())
    })
}

/// Returns the path of the search index of a SQLite database.
#[must_use]
pub fn search_index_path(database: &Path) -> PathBuf {
    path_beside(database)
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
mod tests;
