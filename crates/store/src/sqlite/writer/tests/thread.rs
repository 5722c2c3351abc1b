//! Tests of the thread around the batches: closing, the lock, a panic, checkpoints blocked by readers.

use std::fs::TryLockError;

use futures_util::FutureExt;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::*;
use crate::sqlite::writer::checkpoint::{CHECKPOINT_PAGES, LONG_PAGES};

fn locked(folder: &Path) -> File {
    let file = File::create(folder.join("lock")).unwrap();
    file.try_lock().unwrap();
    file
}

fn is_locked(folder: &Path) -> bool {
    let file = File::create(folder.join("lock")).unwrap();
    matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

#[test]
fn closing_runs_queued_commands_and_refuses_later_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    let bench = Bench::open(&SqliteOptions::new(&path), WIDE);
    let queued: Vec<Answer> = (1..=5).map(|id| bench.queue(&Probe::new(id))).collect();
    let (done, mut closed) = oneshot::channel();
    assert!(bench.writer.orders.send(Order::Close(done)).is_ok());
    let behind = bench.queue(&Probe::new(6));
    let lock = locked(folder.path());
    assert!(is_locked(folder.path()));

    bench.thread.run(bench.inbox, lock);
    assert!(queued.into_iter().all(|answer| heard(answer) == Ok(0)));
    assert_eq!(heard(behind), Err(CLOSED));
    assert_eq!(closed.try_recv().unwrap(), Ok(()));
    assert!(!is_locked(folder.path()));
    assert_eq!(stored(&path), [1, 2, 3, 4, 5]);

    let late = bench.writer.submit(Probe::new(7));
    assert_eq!(late.map(drop), Err(CLOSED));
    assert_eq!(bench.writer.health.queued.load(Ordering::Relaxed), 0);
}

#[test]
fn the_lock_is_held_until_the_last_command_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    let mut bench = Bench::open(&SqliteOptions::new(&path), WIDE);
    bench.thread.reserve_ahead().unwrap();
    let held = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let (seen, watched) = (Arc::clone(&held), folder.path().to_owned());
    let hook = move || {
        seen.lock().push(is_locked(&watched));
        false
    };
    bench.thread.connection.commit_hook(Some(hook)).unwrap();
    // This drops the store instead of closing it, while a command is queued.
    let answer = bench.queue(&Probe::new(1));
    drop(bench.writer);
    bench.thread.run(bench.inbox, locked(folder.path()));
    assert_eq!(heard(answer), Ok(0));
    // One commit is the command's; the other records that the database is closed.
    assert_eq!(*held.lock(), [true, true]);
    assert!(!is_locked(folder.path()));
}

/// A clock that panics: simulates a bug in the writer itself.
#[derive(Debug)]
struct BrokenClock(AtomicUsize);

impl Clock for BrokenClock {
    fn now(&self) -> Timestamp {
        assert!(self.0.fetch_add(1, Ordering::Relaxed) == 0, "no more time");
        Timestamp(START)
    }
}

#[tokio::test]
async fn a_writer_that_panics_stops_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    let connection = connection::open_writer(&SqliteOptions::new(&path)).unwrap();
    let health = Arc::new(Health::default());
    let clock = Arc::new(BrokenClock(AtomicUsize::new(0)));
    let lock = locked(folder.path());
    let handles = (Arc::clone(&health), Arc::default(), Turns::new(1));
    let writer = Writer::start(connection, lock, clock, handles).unwrap();
    let answer = writer.submit(Probe::new(1)).unwrap();
    assert!(answer.await.is_err());
    assert!(health.until_failed().await.contains("panicked"));
    let later = writer.submit(Probe::new(2));
    assert!(matches!(
        later,
        Err(Error::Trouble(Trouble::UnknownOutcome(_)))
    ));
}

#[test]
fn a_checkpoint_that_a_reader_blocked_is_retried_while_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    let mut bench = Bench::open(&SqliteOptions::new(&path), WIDE);
    bench.run(&[Probe::new(1)]);
    let reader = Connection::open(&path).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM probe")
        .unwrap();
    let large = Probe {
        size: 4_096 * CHECKPOINT_PAGES as usize,
        ..Probe::new(2)
    };
    bench.run(&[large]);
    bench.thread.checkpoint_if_due();
    assert!(
        bench.thread.is_checkpoint_due(),
        "the reader still uses the log"
    );

    reader.execute_batch("COMMIT").unwrap();
    // The checkpoint callback drops the last handle, so the wait ends after the checkpoint and not before.
    let mut last = Some(bench.writer);
    let authorizer = move |seen: AuthContext<'_>| {
        if let AuthAction::Pragma {
            pragma_name: "wal_checkpoint",
            ..
        } = seen.action
        {
            drop(last.take());
        }
        Authorization::Allow
    };
    bench
        .thread
        .connection
        .authorizer(Some(authorizer))
        .unwrap();
    assert!(bench.thread.next_order(&bench.inbox).is_none());
    assert!(!bench.thread.is_checkpoint_due());
}

#[tokio::test]
async fn a_long_log_starts_anew_once_the_running_lists_have_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    let mut bench = Bench::open(&SqliteOptions::new(&path), WIDE);
    bench.run(&[Probe::new(1)]);
    let turns = Arc::clone(&bench.thread.turns);
    let take = || Box::pin(turns.take(ACCOUNT)).now_or_never();
    let running = take().expect("a turn").unwrap();
    let reader = Connection::open(&path).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM probe")
        .unwrap();
    let large = Probe {
        size: 4_096 * LONG_PAGES as usize,
        ..Probe::new(2)
    };
    bench.run(&[large]);
    bench.thread.checkpoint_if_due();
    assert!(bench.thread.must_restart());

    reader.execute_batch("COMMIT").unwrap();
    drop(running);
    assert!(take().is_none(), "the gate is closed");
    bench.thread.checkpoint_if_due();
    assert!(take().is_some(), "the gate is open");
    bench.run(&[Probe::new(3)]);
    let pages = bench.writer.health.wal_pages.load(Ordering::Relaxed);
    assert!(pages < 10, "{pages}");
}

#[tokio::test]
async fn a_long_log_that_something_else_uses_keeps_no_list_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    let mut bench = Bench::open(&SqliteOptions::new(&path), WIDE);
    bench.run(&[Probe::new(1)]);
    let reader = Connection::open(&path).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM probe")
        .unwrap();
    let large = Probe {
        size: 4_096 * LONG_PAGES as usize,
        ..Probe::new(2)
    };
    bench.run(&[large]);
    bench.thread.checkpoint_if_due();
    assert!(!bench.thread.must_restart(), "the writer pauses");
    let turns = Arc::clone(&bench.thread.turns);
    let turn = Box::pin(turns.take(ACCOUNT)).now_or_never();
    assert!(turn.is_some(), "the gate is open");
}

#[tokio::test]
async fn lists_go_on_if_another_process_made_the_log_start_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    let mut bench = Bench::open(&SqliteOptions::new(&path), WIDE);
    bench.run(&[Probe::new(1)]);
    let turns = Arc::clone(&bench.thread.turns);
    let take = || Box::pin(turns.take(ACCOUNT)).now_or_never();
    let running = take().expect("a turn").unwrap();
    let large = Probe {
        size: 4_096 * LONG_PAGES as usize,
        ..Probe::new(2)
    };
    bench.run(&[large]);
    bench.thread.checkpoint_if_due();
    drop(running);
    assert!(take().is_none(), "the gate is closed");

    let other = Connection::open(&path).unwrap();
    let truncate = "PRAGMA wal_checkpoint(TRUNCATE)";
    let was_busy: bool = other.query_row(truncate, [], |row| row.get(0)).unwrap();
    assert!(!was_busy);
    bench.run(&[Probe::new(3)]);
    bench.thread.checkpoint_if_due();
    assert!(take().is_some(), "the gate is open");
}
