//! The one thread that writes: group commit, and the failure contract of `store.md` 3 as a state machine.
//!
//! ```text
//! idle -> batch open -> command in its savepoint -> released | rolled back -> ... -> COMMIT -> acknowledge
//!                           | the whole transaction is gone (disk full)        | failed
//!                           v                                                  v
//!                     dead batch: every command runs once more,          everyone gets Unavailable;
//!                     each in a transaction of its own                   not plain disk-full: stop writing
//! ```
//!
//! Invariants: nobody is answered before COMMIT; a batch takes what is queued and never waits for more; nothing runs
//! in a batch whose transaction SQLite has rolled back; the writer's connection is never interrupted.

mod job;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use heddle_domain::Timestamp;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::connection::{self, failure};
use crate::clock::SharedClock;
use crate::error::{Error, Result};
use crate::health::Health;
use crate::ids::TimeIds;
use crate::rows::node as slot_rows;
use crate::tx::{Write, params};
use job::{Ask, Job, Verdict};

const QUEUE_COMMANDS: usize = 4_096;
const QUEUE_BYTES: usize = 64 << 20;
const BATCH_COMMANDS: usize = 64;
const BATCH_BYTES: usize = 256 << 10;
const BATCH_TIME: Duration = Duration::from_millis(5);
/// A command that waited longer is refused instead of run.
const COMMAND_DEADLINE: Duration = Duration::from_secs(5);
/// How often a command may ask to run again (a race lost, an id reservation to extend).
const MOST_RUNS: usize = 8;
const CHECKPOINT_PAGES: u64 = 2_000;
/// 1 GiB of log in pages of 4 KiB: beyond it writes are refused until a checkpoint gets through.
const WAL_LIMIT_PAGES: u64 = (1 << 30) / 4_096;

enum Order {
    Run(Box<dyn Job>),
    Close(oneshot::Sender<Result<()>>),
}

/// The handle that callers hold.
#[derive(Debug)]
pub(crate) struct Writer {
    orders: SyncSender<Order>,
    queued_bytes: Arc<AtomicUsize>,
    health: Arc<Health>,
}

impl Writer {
    /// Starts the thread. The first id reservation is made by the first batch, so that opening writes nothing.
    pub(crate) fn start(
        connection: Connection,
        clock: SharedClock,
        health: Arc<Health>,
    ) -> Result<Self> {
        let (orders, inbox) = sync_channel(QUEUE_COMMANDS);
        let queued_bytes = Arc::new(AtomicUsize::new(0));
        let thread = WriterThread::new(
            connection,
            clock,
            Arc::clone(&health),
            Arc::clone(&queued_bytes),
        )?;
        thread::Builder::new()
            .name("heddle-writer".into())
            .spawn(move || thread.run(&inbox))
            .map_err(|e| Error::Internal(format!("cannot start the writer: {e}")))?;
        Ok(Self {
            orders,
            queued_bytes,
            health,
        })
    }

    /// Puts a command into the queue, if there is room for it.
    pub(crate) fn submit<W: Write>(&self, command: W) -> Result<oneshot::Receiver<Result<W::Out>>> {
        if let Some(reason) = self.health.failure() {
            return Err(Error::Unavailable(reason));
        }
        if self.health.wal_pages.load(Ordering::Relaxed) > WAL_LIMIT_PAGES {
            return Err(Error::Overloaded("the write-ahead log is too long"));
        }
        let (job, answer) = job::pack(command, Instant::now() + COMMAND_DEADLINE);
        let weight = job.weight();
        let queued = self.queued_bytes.fetch_add(weight, Ordering::Relaxed);
        if queued > 0 && queued + weight > QUEUE_BYTES {
            self.queued_bytes.fetch_sub(weight, Ordering::Relaxed);
            return Err(Error::Overloaded("too many bytes wait to be written"));
        }
        Health::add(&self.health.queued, 1);
        self.orders.try_send(Order::Run(job)).map_err(|refused| {
            self.queued_bytes.fetch_sub(weight, Ordering::Relaxed);
            self.health.queued.fetch_sub(1, Ordering::Relaxed);
            match refused {
                TrySendError::Full(_) => Error::Overloaded("too many commands wait to be written"),
                TrySendError::Disconnected(_) => {
                    Error::Unavailable("the writer has stopped".into())
                }
            }
        })?;
        Ok(answer)
    }

    /// Runs what is queued, then closes the database.
    pub(crate) async fn close(&self) -> Result<()> {
        let (done, closed) = oneshot::channel();
        let orders = self.orders.clone();
        let sent = tokio::task::spawn_blocking(move || orders.send(Order::Close(done))).await;
        if !matches!(sent, Ok(Ok(()))) {
            return Ok(());
        }
        closed.await.unwrap_or(Ok(()))
    }
}

struct WriterThread {
    connection: Connection,
    clock: SharedClock,
    ids: TimeIds,
    health: Arc<Health>,
    queued_bytes: Arc<AtomicUsize>,
    /// A command that did not fit into the last batch.
    next: Option<Box<dyn Job>>,
}

/// What a batch came to.
enum Batch {
    Open,
    /// SQLite rolled the whole transaction back.
    Dead,
}

impl WriterThread {
    fn new(
        mut connection: Connection,
        clock: SharedClock,
        health: Arc<Health>,
        queued_bytes: Arc<AtomicUsize>,
    ) -> Result<Self> {
        let pages = Arc::clone(&health);
        let record = move |_: &mut rusqlite::hooks::Wal, count: i32| {
            pages
                .wal_pages
                .store(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        };
        connection.wal_hook(Some(record)).map_err(failure)?;
        let reserved =
            connection::fetch(&connection, &slot_rows::RESERVED, params![0_i64], |row| {
                row.time()
            })?;
        let start = reserved
            .first()
            .copied()
            .unwrap_or(Timestamp(0))
            .max(clock.now());
        Ok(Self {
            connection,
            clock,
            ids: TimeIds::new(0, start),
            health,
            queued_bytes,
            next: None,
        })
    }

    fn run(mut self, inbox: &Receiver<Order>) {
        loop {
            let job = match self.next.take() {
                Some(job) => job,
                None => match inbox.recv() {
                    Ok(Order::Run(job)) => job,
                    Ok(Order::Close(done)) => return self.finish(Some(done)),
                    Err(_) => return self.finish(None),
                },
            };
            let close = self.batch(job, inbox);
            self.checkpoint_if_due();
            if let Some(done) = close {
                return self.finish(Some(done));
            }
            if self.health.failure().is_some() {
                return self.refuse_rest(inbox);
            }
        }
    }

    /// Runs one batch; returns the order to close if it came up meanwhile.
    fn batch(
        &mut self,
        first: Box<dyn Job>,
        inbox: &Receiver<Order>,
    ) -> Option<oneshot::Sender<Result<()>>> {
        self.extend_reservation(None);
        let mut done: Vec<Box<dyn Job>> = Vec::with_capacity(BATCH_COMMANDS);
        let mut again: Vec<Box<dyn Job>> = Vec::new();
        let mut close = None;
        if let Err(error) = self.begin() {
            self.queued_bytes
                .fetch_sub(first.weight(), Ordering::Relaxed);
            self.answer(vec![first], Some(&error));
            return None;
        }
        let (started, mut bytes) = (Instant::now(), 0);
        let mut state;
        let mut job = first;
        loop {
            bytes += job.weight();
            self.queued_bytes.fetch_sub(job.weight(), Ordering::Relaxed);
            state = self.command(job, &mut done, &mut again);
            if matches!(state, Batch::Dead)
                || done.len() >= BATCH_COMMANDS
                || started.elapsed() >= BATCH_TIME
            {
                break;
            }
            match inbox.try_recv() {
                Ok(Order::Run(next)) if bytes + next.weight() > BATCH_BYTES => {
                    self.next = Some(next);
                    break;
                }
                Ok(Order::Run(next)) => job = next,
                Ok(Order::Close(answer)) => {
                    close = Some(answer);
                    break;
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        match state {
            Batch::Open => self.commit(done),
            Batch::Dead => {
                done.append(&mut again);
                again = done;
            }
        }
        for job in again {
            self.alone(job);
        }
        close
    }

    /// Runs one command of a batch in its savepoint.
    fn command(
        &mut self,
        mut job: Box<dyn Job>,
        done: &mut Vec<Box<dyn Job>>,
        again: &mut Vec<Box<dyn Job>>,
    ) -> Batch {
        if job.is_overdue() {
            self.answer(
                vec![job],
                Some(&Error::TimedOut("it waited too long to be written")),
            );
            return Batch::Open;
        }
        if let Err(error) = self.step("SAVEPOINT command") {
            self.answer(vec![job], Some(&error));
            return self.state();
        }
        let verdict = job.run(&mut self.connection, &mut self.ids, &self.clock);
        if self.connection.is_autocommit() {
            again.push(job);
            return Batch::Dead;
        }
        let ended = match verdict {
            Verdict::Keep => self.step("RELEASE command"),
            Verdict::Undo | Verdict::Again(_) => self
                .step("ROLLBACK TO command")
                .and_then(|()| self.step("RELEASE command")),
        };
        if ended.is_err() && !self.connection.is_autocommit() {
            // The savepoint could not be ended: nothing in this transaction can be trusted.
            let _ = self.step("ROLLBACK");
        }
        let state = self.state();
        match verdict {
            Verdict::Again(_) => again.push(job),
            Verdict::Keep | Verdict::Undo if matches!(state, Batch::Dead) => again.push(job),
            Verdict::Keep | Verdict::Undo => done.push(job),
        }
        state
    }

    fn state(&self) -> Batch {
        if self.connection.is_autocommit() {
            Batch::Dead
        } else {
            Batch::Open
        }
    }

    /// Commits the batch and answers its commands.
    fn commit(&mut self, done: Vec<Box<dyn Job>>) {
        let wrote = done.iter().any(|job| job.has_written());
        let ended = if wrote {
            self.timed_commit()
        } else {
            self.step("ROLLBACK")
        };
        match ended {
            Ok(()) => {
                Health::add(&self.health.batches, 1);
                Health::add(&self.health.commands, done.len() as u64);
                self.answer(done, None);
            }
            Err(error) => {
                let unknown = self.failed_commit(&error);
                self.answer(done, Some(&unknown));
            }
        }
    }

    fn timed_commit(&mut self) -> Result<()> {
        let started = Instant::now();
        let ended = self.step("COMMIT");
        Health::add(
            &self.health.commit_micros,
            started.elapsed().as_micros() as u64,
        );
        ended
    }

    /// After a failed COMMIT the outcome is unknown. Only a plain full disk lets the store go on: after a failed sync a
    /// later one proves nothing.
    fn failed_commit(&mut self, error: &Error) -> Error {
        if !self.connection.is_autocommit() {
            let _ = self.step("ROLLBACK");
        }
        if *error != Error::DiskFull || !self.connection.is_autocommit() {
            self.health.fail(&format!("COMMIT failed: {error}"));
        }
        Error::Unavailable(format!("COMMIT failed: {error}"))
    }

    fn answer(&self, jobs: Vec<Box<dyn Job>>, error: Option<&Error>) {
        self.health
            .queued
            .fetch_sub(jobs.len() as u64, Ordering::Relaxed);
        for job in jobs {
            job.settle(error);
        }
    }

    /// Runs one command in a transaction of its own, as often as it may ask for.
    fn alone(&mut self, mut job: Box<dyn Job>) {
        for _ in 0..MOST_RUNS {
            if let Err(error) = self.begin() {
                return self.answer(vec![job], Some(&error));
            }
            let verdict = job.run(&mut self.connection, &mut self.ids, &self.clock);
            let lost = self.connection.is_autocommit();
            match verdict {
                Verdict::Keep if !lost => return self.commit(vec![job]),
                Verdict::Keep => {
                    let error =
                        Error::Internal("the transaction vanished under the command".into());
                    return self.answer(vec![job], Some(&error));
                }
                Verdict::Undo => {
                    self.roll_back();
                    return self.answer(vec![job], None);
                }
                Verdict::Again(ask) => {
                    self.roll_back();
                    if let Ask::Reserve(until) = ask {
                        self.extend_reservation(Some(until));
                    }
                }
            }
        }
        self.answer(
            vec![job],
            Some(&Error::Overloaded("the command lost too many races")),
        );
    }

    fn roll_back(&self) {
        if !self.connection.is_autocommit() {
            let _ = self.step("ROLLBACK");
        }
    }

    /// Reserves time-ordered ids ahead of their use, in a transaction of its own. A failure shows itself when a command
    /// finds no id.
    fn extend_reservation(&mut self, at_least: Option<Timestamp>) {
        let wanted = self.ids.wants_reservation(self.clock.now());
        let Some(until) = wanted.max(at_least) else {
            return;
        };
        let holder = std::process::id().to_string();
        let written = self.begin().and_then(|()| {
            connection::execute(
                &self.connection,
                &slot_rows::RESERVE,
                params![0_i64, &holder, until],
            )?;
            self.step("COMMIT")
        });
        match written {
            Ok(()) => self.ids.reserved(until),
            Err(error) => {
                tracing::error!(%error, "cannot reserve ids");
                self.roll_back();
            }
        }
    }

    /// Copies the log into the database once it is long enough. After the answers, so that nobody waits for it.
    fn checkpoint_if_due(&mut self) {
        if self.health.wal_pages.load(Ordering::Relaxed) < CHECKPOINT_PAGES {
            return;
        }
        let passive = self
            .connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
                Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
            });
        match passive {
            // Everything copied: the next commit starts the log anew.
            Ok((length, copied)) if length == copied => {
                self.health.wal_pages.store(0, Ordering::Relaxed)
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "checkpoint failed"),
        }
    }

    fn begin(&self) -> Result<()> {
        self.step("BEGIN IMMEDIATE")
    }

    fn step(&self, sql: &'static str) -> Result<()> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut s| s.raw_execute())
            .map(drop)
            .map_err(failure)
    }

    /// After a fatal failure: nothing more is run.
    fn refuse_rest(mut self, inbox: &Receiver<Order>) {
        let reason = Error::Unavailable(self.health.failure().unwrap_or_default());
        if let Some(job) = self.next.take() {
            job.settle(Some(&reason));
        }
        while let Ok(order) = inbox.recv() {
            match order {
                Order::Run(job) => job.settle(Some(&reason)),
                Order::Close(done) => {
                    let _ = done.send(Err(reason));
                    return;
                }
            }
        }
    }

    fn finish(self, done: Option<oneshot::Sender<Result<()>>>) {
        let closed = self.connection.close().map_err(|(_, error)| failure(error));
        if let Some(done) = done {
            let _ = done.send(closed);
        }
    }
}
