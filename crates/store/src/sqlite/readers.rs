//! The pool of read-only connections.
//!
//! A read holds one connection and never awaits, so the number of connections in use is at most the number of threads
//! that read. Each read has a time limit: a long read would prevent the writer from resetting its log.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;

use super::connection::{self, failure};
use super::options::SqliteOptions;
use crate::error::{Result, Trouble};

/// SQLite checks the limits of a read after this many steps of its virtual machine. Short reads never check them.
const STEPS_BETWEEN_LOOKS: u32 = 20_000;

/// The limits of a read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// How long the read may take.
    pub(crate) time: Duration,
    /// The steps of SQLite's virtual machine, rounded up to the next [`STEPS_BETWEEN_LOOKS`]; `None` means any number.
    pub(crate) steps: Option<u32>,
}

impl Budget {
    pub(crate) fn of_time(time: Duration) -> Self {
        Self { time, steps: None }
    }
}

/// The limits of the running read.
#[derive(Debug, Default)]
struct Limits {
    /// The deadline, in microseconds since `origin`; 0 while no read runs.
    deadline: AtomicU64,
    /// How often SQLite may still check the limits.
    looks: AtomicU32,
}

impl Limits {
    /// Counts a look. Returns whether it was one too many.
    fn are_used_up(&self) -> bool {
        let left = self.looks.load(Ordering::Relaxed);
        self.looks.store(left.saturating_sub(1), Ordering::Relaxed);
        left == 0
    }
}

struct Reader {
    connection: Connection,
    limits: Arc<Limits>,
}

/// How long the closing waits for reads that are being cut.
const LONGEST_CUT: Duration = Duration::from_secs(2);

/// The connections for reading. If none is idle, another one is opened.
#[derive(Default)]
struct Pool {
    idle: Vec<Reader>,
    /// Number of connections that a read uses.
    in_use: usize,
}

/// The read connections of a database.
pub(crate) struct Readers {
    path: PathBuf,
    /// The file of the search index.
    index: Option<PathBuf>,
    keep: usize,
    cache_mib: u32,
    origin: Instant,
    pool: Mutex<Pool>,
    /// Told when a read has ended.
    ended: Condvar,
    /// Whether the store is closing: long reads are cut then, so that the process can end.
    is_closing: Arc<AtomicBool>,
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
    /// `index` is the file of the search index, if these connections read it.
    pub(crate) fn new(options: &SqliteOptions, index: Option<PathBuf>) -> Self {
        Self {
            path: options.path.clone(),
            index,
            keep: options.readers,
            cache_mib: options.cache_mib,
            origin: Instant::now(),
            pool: Mutex::default(),
            ended: Condvar::new(),
            is_closing: Arc::default(),
        }
    }

    /// Runs `work` on a connection; if `snapshot`, inside one read transaction.
    pub(crate) fn with<R>(
        &self,
        snapshot: bool,
        budget: Budget,
        work: impl FnOnce(&mut Connection) -> Result<R>,
    ) -> Result<R> {
        let mut lent = self.lend();
        let mut reader = lent.idle.take().map_or_else(|| self.open(), Ok)?;
        let looks = budget
            .steps
            .map_or(u32::MAX, |steps| steps / STEPS_BETWEEN_LOOKS);
        let deadline = self.micros(Instant::now() + budget.time);
        reader.limits.looks.store(looks, Ordering::Relaxed);
        reader.limits.deadline.store(deadline, Ordering::Relaxed);
        let result = if snapshot {
            in_snapshot(&mut reader.connection, work)
        } else {
            work(&mut reader.connection)
        };
        reader.limits.deadline.store(0, Ordering::Relaxed);
        lent.idle = Some(reader).filter(|reader| reader.connection.is_autocommit());
        result
    }

    /// Takes an idle connection, if there is one, and counts a read.
    fn lend(&self) -> Lent<'_> {
        let mut pool = self.pool.lock();
        pool.in_use += 1;
        Lent {
            idle: pool.idle.pop(),
            readers: self,
        }
    }

    /// Closes the idle connections, cuts the long reads that still run, and waits for them. The writer's connection must
    /// close last, because SQLite removes its log then.
    pub(crate) fn close(&self) {
        self.is_closing.store(true, Ordering::Relaxed);
        let until = Instant::now() + LONGEST_CUT;
        let mut pool = self.pool.lock();
        pool.idle.clear();
        while pool.in_use > 0 && !self.ended.wait_until(&mut pool, until).timed_out() {}
    }

    /// Opens a connection. Not while the store is closing: when it has closed, somebody may replace the file.
    fn open(&self) -> Result<Reader> {
        if self.is_closing.load(Ordering::Relaxed) {
            return Err(Trouble::Overloaded("the store is closed").into());
        }
        let mut connection =
            connection::open_reader(&self.path, self.index.as_deref(), self.cache_mib)?;
        let limits = Arc::new(Limits::default());
        let (watched, origin) = (Arc::clone(&limits), self.origin);
        let is_closing = Arc::clone(&self.is_closing);
        let must_end = move || {
            let deadline = watched.deadline.load(Ordering::Relaxed);
            let is_late =
                || u64::try_from(origin.elapsed().as_micros()).is_ok_and(|now| now > deadline);
            deadline != 0
                && (watched.are_used_up() || is_closing.load(Ordering::Relaxed) || is_late())
        };
        connection
            .progress_handler(STEPS_BETWEEN_LOOKS.cast_signed(), Some(must_end))
            .map_err(failure)?;
        Ok(Reader { connection, limits })
    }

    fn micros(&self, at: Instant) -> u64 {
        u64::try_from(at.duration_since(self.origin).as_micros()).unwrap_or(u64::MAX)
    }
}

/// A read that uses a connection, and the connection while it is idle.
struct Lent<'a> {
    readers: &'a Readers,
    idle: Option<Reader>,
}

/// Gives the connection back, or closes it. A read that panics leaves no connection here.
impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let readers = self.readers;
        let mut pool = readers.pool.lock();
        // Read under the lock: either the end finds that the store is closing, or `close` finds the connection.
        let keeps = !readers.is_closing.load(Ordering::Relaxed) && pool.idle.len() < readers.keep;
        if keeps {
            pool.idle.extend(self.idle.take());
        } else if let Some(superfluous) = self.idle.take() {
            // It counts as used until it is closed, which takes system calls.
            drop(pool);
            drop(superfluous);
            pool = readers.pool.lock();
        }
        pool.in_use -= 1;
        readers.ended.notify_all();
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

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::error::{Abort, Trouble};

    const LONG: Budget = Budget {
        time: Duration::from_secs(3_600),
        steps: None,
    };

    fn database(folder: &tempfile::TempDir) -> (Connection, Readers) {
        let path = folder.path().join("read.sqlite");
        let writer = Connection::open(&path).unwrap();
        writer
            .execute_batch("PRAGMA journal_mode=WAL; CREATE TABLE line (id INTEGER PRIMARY KEY)")
            .unwrap();
        (writer, Readers::new(&SqliteOptions::new(path), None))
    }

    fn lines(connection: &Connection) -> Result<i64> {
        let count = connection.query_row("SELECT count(*) FROM line", [], |row| row.get(0));
        Ok(count.map_err(failure)?)
    }

    fn lines_of(connection: &mut Connection) -> Result<i64> {
        lines(connection)
    }

    fn add_line(writer: &Connection) {
        writer
            .execute("INSERT INTO line DEFAULT VALUES", [])
            .unwrap();
    }

    /// Counts to a million: many more steps than SQLite runs between two checks of the clock.
    fn count_long(connection: &Connection) -> Result<i64> {
        let long =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
            SELECT count(*) FROM n";
        let count = connection.query_row(long, [], |row| row.get(0));
        Ok(count.map_err(failure)?)
    }

    #[test]
    fn a_snapshot_shows_one_state() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, readers) = database(&folder);
        for (snapshot, seen) in [(true, (0, 0)), (false, (1, 2)), (true, (2, 2))] {
            let found = readers.with(snapshot, LONG, |connection| {
                let before = lines(connection)?;
                add_line(&writer);
                Ok((before, lines(connection)?))
            });
            assert_eq!(found, Ok(seen), "{snapshot}");
        }
        assert_eq!(
            readers.pool.lock().idle.len(),
            1,
            "one connection was used for both"
        );
    }

    #[test]
    fn a_read_that_ends_while_the_store_closes_leaves_no_connection() {
        let folder = tempfile::tempdir().unwrap();
        let (_writer, readers) = database(&folder);
        readers.with(false, LONG, lines_of).unwrap();
        assert_eq!(readers.pool.lock().idle.len(), 1);
        let (begun, wait) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let read = scope.spawn(|| {
                readers.with(false, LONG, |connection| {
                    begun.send(()).unwrap();
                    while count_long(connection).is_ok() {}
                    Ok(())
                })
            });
            wait.recv().unwrap();
            readers.close();
            assert_eq!(readers.pool.lock().in_use, 0, "it was waited for");
            read.join().unwrap().unwrap();
        });
        assert_eq!(readers.pool.lock().idle.len(), 0);
    }

    #[test]
    fn reads_that_end_at_the_moment_of_closing_leave_no_connection() {
        let folder = tempfile::tempdir().unwrap();
        let (_writer, first) = database(&folder);
        let options = SqliteOptions::new(first.path.clone());
        for round in 0..300 {
            let readers = Readers::new(&options, None);
            let barrier = std::sync::Barrier::new(3);
            std::thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| {
                        let read = readers.with(false, LONG, |_| {
                            barrier.wait();
                            Ok(())
                        });
                        read.unwrap();
                    });
                }
                barrier.wait();
                let began = Instant::now();
                readers.close();
                assert!(
                    began.elapsed() < LONGEST_CUT,
                    "round {round}: an end was missed"
                );
                assert_eq!(readers.pool.lock().idle.len(), 0, "round {round}");
            });
        }
    }

    #[test]
    fn a_read_over_its_time_limit_is_interrupted_and_its_connection_stays_usable() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, readers) = database(&folder);
        for snapshot in [true, false] {
            let cut = readers.with(snapshot, Budget::of_time(Duration::ZERO), |connection| {
                lines(connection)?;
                count_long(connection)
            });
            assert!(
                matches!(cut, Err(Abort::Trouble(Trouble::TimedOut(_)))),
                "{cut:?}"
            );
            // The next read must see the new row, and it has a time limit of its own.
            add_line(&writer);
            let expected = lines(&writer);
            assert_eq!(
                readers.with(snapshot, LONG, |connection| lines(connection)),
                expected
            );
        }
    }

    #[test]
    fn a_read_that_fails_ends_its_snapshot() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, readers) = database(&folder);
        let failed: Result<()> = readers.with(true, LONG, |connection| {
            lines(connection)?;
            Err(Trouble::Internal("a read fails on purpose".into()).into())
        });
        assert!(failed.is_err());
        add_line(&writer);
        assert_eq!(
            readers.with(true, LONG, |connection| lines(connection)),
            Ok(1)
        );
        assert_eq!(readers.pool.lock().idle.len(), 1);
    }

    #[test]
    fn a_connection_left_in_a_transaction_is_not_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, readers) = database(&folder);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            readers.with(true, LONG, |connection| -> Result<()> {
                lines(connection)?;
                panic!("a read panics on purpose")
            })
        }));
        assert!(panicked.is_err());
        assert_eq!(readers.pool.lock().idle.len(), 0);
        // This works only if the connection is not in a transaction, because BEGIN fails inside one.
        let left_open = readers.with(false, LONG, |connection| {
            Ok(connection.execute_batch("BEGIN").map_err(failure)?)
        });
        assert_eq!(left_open, Ok(()));
        assert_eq!(readers.pool.lock().idle.len(), 0);
        add_line(&writer);
        assert_eq!(
            readers.with(true, LONG, |connection| lines(connection)),
            Ok(1)
        );
    }
}
