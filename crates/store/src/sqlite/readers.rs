//! The pool of read-only connections.
//!
//! A connection is taken for the length of one read, which never awaits, so as many are in use as threads read. Read
//! transactions end within [`READ_BUDGET`]: a longer one would keep the writer from resetting its log.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rusqlite::Connection;

use super::connection::{self, failure};
use crate::error::Result;

/// How long one read transaction may take.
pub(crate) const READ_BUDGET: Duration = Duration::from_millis(250);
/// How many steps of SQLite's machine pass between two looks at the clock: short reads never look.
const STEPS_BETWEEN_LOOKS: i32 = 20_000;

struct Reader {
    connection: Connection,
    /// Microseconds since `origin` at which the running read must end; 0 while none runs.
    deadline: Arc<AtomicU64>,
}

/// Idle read connections; more are opened when all are in use.
pub(crate) struct Readers {
    path: PathBuf,
    keep: usize,
    origin: Instant,
    idle: Mutex<Vec<Reader>>,
}

impl std::fmt::Debug for Readers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Readers")
            .field("path", &self.path)
            .field("keep", &self.keep)
            .finish_non_exhaustive()
    }
}

impl Readers {
    pub(crate) fn new(path: PathBuf, keep: usize) -> Self {
        Self {
            path,
            keep,
            origin: Instant::now(),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Runs `work` on a connection, inside one read transaction if `snapshot` is asked for.
    pub(crate) fn with<R>(
        &self,
        snapshot: bool,
        work: impl FnOnce(&mut Connection) -> Result<R>,
    ) -> Result<R> {
        let idle = self.idle.lock().pop();
        let mut reader = idle.map_or_else(|| self.open(), Ok)?;
        reader
            .deadline
            .store(self.micros(Instant::now() + READ_BUDGET), Ordering::Relaxed);
        let result = if snapshot {
            in_snapshot(&mut reader.connection, work)
        } else {
            work(&mut reader.connection)
        };
        reader.deadline.store(0, Ordering::Relaxed);
        let mut idle = self.idle.lock();
        if idle.len() < self.keep && reader.connection.is_autocommit() {
            idle.push(reader);
        }
        result
    }

    /// Closes the idle connections: the writer's must be the last, for SQLite to tidy its log away.
    pub(crate) fn close(&self) {
        self.idle.lock().clear();
    }

    fn open(&self) -> Result<Reader> {
        let mut connection = connection::open_reader(&self.path)?;
        let deadline = Arc::new(AtomicU64::new(0));
        let (watched, origin) = (Arc::clone(&deadline), self.origin);
        let overdue = move || {
            let deadline = watched.load(Ordering::Relaxed);
            deadline != 0
                && u64::try_from(origin.elapsed().as_micros()).is_ok_and(|now| now > deadline)
        };
        connection
            .progress_handler(STEPS_BETWEEN_LOOKS, Some(overdue))
            .map_err(failure)?;
        Ok(Reader {
            connection,
            deadline,
        })
    }

    fn micros(&self, at: Instant) -> u64 {
        u64::try_from(at.duration_since(self.origin).as_micros()).unwrap_or(u64::MAX)
    }
}

fn in_snapshot<R>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<R>,
) -> Result<R> {
    connection
        .prepare_cached("BEGIN")
        .and_then(|mut s| s.raw_execute())
        .map_err(failure)?;
    let result = work(connection);
    if !connection.is_autocommit() {
        connection
            .prepare_cached("COMMIT")
            .and_then(|mut s| s.raw_execute())
            .map_err(failure)?;
    }
    result
}
