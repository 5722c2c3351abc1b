//! The only thread that writes: group commit, and the failure rules of `store.md` 3 as a state machine.
//!
//! ```text
//! idle -> batch open -> command -> kept | refused before it wrote -> ... -> COMMIT -> acknowledge
//!                          |  | failed after it had written                 | failed
//!                          |  v                                             v
//!                          | spoiled batch: rolled back; every        every caller gets UnknownOutcome;
//!                          | command runs once more, each in a        stop writing unless the disk is full
//!                          | savepoint of one transaction
//!                          |
//!                          v the whole transaction is gone (disk full)
//!                     dead batch: every command runs once more, each in a transaction of its own
//! ```
//!
//! Most refusals come before the first write, so a batch begins without savepoints: with a savepoint, SQLite copies each page that
//! the command changes. If a command fails after it has written, the next `CAREFUL` commands have savepoints. Otherwise a client with many
//! such commands could make the commands of others run twice.
//!
//! Invariants: no command is answered before COMMIT; a batch takes the queued commands and never waits for more; no
//! command runs in a transaction that SQLite has rolled back; no command runs after the store has failed; the
//! writer's connection is never interrupted.

mod checkpoint;
mod job;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel,
};
use std::thread;
use std::time::{Duration, Instant};

use heddle_domain::{AccountId, Timestamp};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::connection::{self, failure};
use super::open_mark;
use super::small_ids::SmallIds;
use super::turns::Turns;
use crate::clock::SharedClock;
use crate::error::{Error, Result, Trouble};
use crate::feed::Hints;
use crate::health::{BATCHES, COMMITS, Health};
use crate::ids::TimeIds;
use crate::rows::node as slot_rows;
use crate::stmt::params;
use crate::tx::Write;
use job::{Ask, Job, Place, Verdict};

/// Limits of the queue and of a batch.
#[derive(Clone, Copy, Debug)]
struct Limits {
    queue_commands: usize,
    queue_bytes: usize,
    batch_commands: usize,
    batch_bytes: usize,
    batch_time: Duration,
    /// A command that has waited longer than this is refused and not run.
    deadline: Duration,
}

const LIMITS: Limits = Limits {
    queue_commands: 4_096,
    queue_bytes: 64 << 20,
    batch_commands: 64,
    batch_bytes: 256 << 10,
    batch_time: Duration::from_millis(5),
    deadline: Duration::from_secs(5),
};

/// The maximum number of runs of one command: it runs again after a lost race, or after more ids were reserved.
const MOST_RUNS: usize = 8;
/// How many commands run in savepoints after one that failed after it had written.
const CAREFUL: usize = 1_000;
/// The maximum length of the log: 1 GiB in pages of 4 KiB. Beyond it writes are refused until a checkpoint succeeds.
const WAL_LIMIT_PAGES: u64 = (1 << 30) / 4_096;

enum Order {
    Run(Box<dyn Job>),
    Close(oneshot::Sender<Result<(), Error>>),
}

/// The callers' handle to the writer thread.
#[derive(Debug)]
pub(crate) struct Writer {
    orders: SyncSender<Order>,
    queued_bytes: Arc<AtomicUsize>,
    health: Arc<Health>,
    limits: Limits,
}

impl Writer {
    /// Starts the thread. The first batch makes the first id reservation, so opening writes nothing. The lock is held
    /// until the connection is closed.
    pub(crate) fn start(
        connection: Connection,
        lock: File,
        clock: SharedClock,
        (health, hints, turns): (Arc<Health>, Arc<Hints>, Arc<Turns>),
    ) -> Result<Self, Error> {
        let shared = (Arc::clone(&health), hints, turns);
        let thread = WriterThread::new(connection, clock, shared, LIMITS)?;
        let (writer, inbox) = Self::new(Arc::clone(&health), LIMITS);
        thread::Builder::new()
            .name("heddle-writer".into())
            .spawn(move || {
                let ran = catch_unwind(AssertUnwindSafe(|| thread.run(inbox, lock)));
                if ran.is_err() {
                    health.fail("the writer panicked");
                }
            })
            .map_err(|e| Trouble::Internal(format!("cannot start the writer: {e}")))?;
        Ok(writer)
    }

    fn new(health: Arc<Health>, limits: Limits) -> (Self, Receiver<Order>) {
        let (orders, inbox) = sync_channel(limits.queue_commands);
        let writer = Self {
            orders,
            queued_bytes: Arc::default(),
            health,
            limits,
        };
        (writer, inbox)
    }

    /// Queues a command if the limits allow it.
    pub(crate) fn submit<W: Write>(
        &self,
        command: W,
    ) -> Result<oneshot::Receiver<job::Answer<W>>, Error> {
        if let Some(reason) = self.health.failure() {
            return Err(Trouble::UnknownOutcome(reason).into());
        }
        if self.health.wal_pages.load(Ordering::Relaxed) > WAL_LIMIT_PAGES {
            return Err(Trouble::Overloaded("the write-ahead log is too long").into());
        }
        let most = self.limits.queue_bytes;
        let place = Place::take(&self.health, &self.queued_bytes, command.weight(), most)
            .ok_or(Trouble::Overloaded("too many bytes wait to be written"))?;
        let (job, answer) = job::pack(command, place, Instant::now() + self.limits.deadline);
        match self.orders.try_send(Order::Run(job)) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_)) => {
                Err(Trouble::Overloaded("too many commands wait to be written").into())
            }
            Err(TrySendError::Disconnected(_)) => Err(CLOSED),
        }
    }

    /// Runs the queued commands, closes the database and releases the lock.
    pub(crate) async fn close(&self) -> Result<(), Error> {
        let (done, closed) = oneshot::channel();
        let orders = self.orders.clone();
        let sent = tokio::task::spawn_blocking(move || orders.send(Order::Close(done))).await;
        if !matches!(sent, Ok(Ok(()))) {
            return Ok(());
        }
        closed.await.unwrap_or(Ok(()))
    }
}

/// The answer to a command that arrives after the order to close: the command was not run.
const CLOSED: Error = Error::Trouble(Trouble::Overloaded("the store is closed"));

struct WriterThread {
    connection: Connection,
    clock: SharedClock,
    ids: TimeIds,
    small_ids: SmallIds,
    health: Arc<Health>,
    hints: Arc<Hints>,
    turns: Arc<Turns>,
    /// Whether lists wait until the log has started anew.
    holds_lists: bool,
    /// When the writer may try again to start a long log anew; `None`: at once.
    restart_at: Option<Instant>,
    /// Accounts to notify after COMMIT. May include accounts whose command was rolled back.
    changed: BTreeSet<AccountId>,
    limits: Limits,
    /// A command that did not fit into the last batch.
    next: Option<Box<dyn Job>>,
    /// How many more commands run in savepoints.
    careful: usize,
    /// Whether each command of the open batch runs in a savepoint.
    has_savepoints: bool,
    /// The time up to which ids must be reserved for commands that will run again.
    asked: Option<Timestamp>,
    /// For tests: how many COMMITs fail as on a full disk.
    #[cfg(test)]
    commits_without_room: u32,
    /// For tests: how many batches lost their transaction.
    #[cfg(test)]
    dead_batches: u32,
}

/// State of the batch's transaction.
enum Batch {
    Open,
    /// SQLite rolled back the whole transaction.
    Dead,
    /// A command failed after it had written, so the transaction was rolled back.
    Spoiled,
}

impl WriterThread {
    fn new(
        mut connection: Connection,
        clock: SharedClock,
        (health, hints, turns): (Arc<Health>, Arc<Hints>, Arc<Turns>),
        limits: Limits,
    ) -> Result<Self, Error> {
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
            small_ids: SmallIds::default(),
            health,
            hints,
            turns,
            holds_lists: false,
            restart_at: None,
            changed: BTreeSet::new(),
            limits,
            next: None,
            careful: 0,
            has_savepoints: false,
            asked: None,
            #[cfg(test)]
            commits_without_room: 0,
            #[cfg(test)]
            dead_batches: 0,
        })
    }

    fn run(mut self, inbox: Receiver<Order>, lock: File) {
        loop {
            let job = match self.next_order(&inbox) {
                Some(Order::Run(job)) => job,
                Some(Order::Close(done)) => return self.finish(inbox, lock, Some(done)),
                None => return self.finish(inbox, lock, None),
            };
            let close = self.batch(job, &inbox);
            if self.health.failure().is_some() {
                return self.refuse_rest(&inbox, close);
            }
            self.checkpoint_if_due();
            if let Some(done) = close {
                return self.finish(inbox, lock, Some(done));
            }
        }
    }

    /// Waits for the next order; `None` when all handles are dropped. While it waits it retries a checkpoint that a
    /// reader blocked: if the log is too long, no write is accepted, so no batch would retry it.
    fn next_order(&mut self, inbox: &Receiver<Order>) -> Option<Order> {
        if let Some(job) = self.next.take() {
            return Some(Order::Run(job));
        }
        while self.is_checkpoint_due() {
            match inbox.recv_timeout(self.checkpoint_retry()) {
                Ok(order) => return Some(order),
                Err(RecvTimeoutError::Timeout) => self.checkpoint_if_due(),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        inbox.recv().ok()
    }

    /// Runs one batch; returns the order to close if one arrived meanwhile.
    fn batch(
        &mut self,
        first: Box<dyn Job>,
        inbox: &Receiver<Order>,
    ) -> Option<oneshot::Sender<Result<(), Error>>> {
        let mut done: Vec<Box<dyn Job>> = Vec::with_capacity(self.limits.batch_commands);
        let mut again: Vec<Box<dyn Job>> = Vec::new();
        let mut close = None;
        if let Err(error) = self.reserve_ahead().and_then(|()| self.begin()) {
            answer(vec![first], Some(&error));
            return None;
        }
        self.has_savepoints = self.careful > 0;
        let (started, mut bytes) = (Instant::now(), 0);
        let mut state;
        let mut job = first;
        loop {
            bytes += job.weight();
            state = self.command(job, &mut done, &mut again);
            if !matches!(state, Batch::Open)
                || done.len() >= self.limits.batch_commands
                || started.elapsed() >= self.limits.batch_time
            {
                break;
            }
            match inbox.try_recv() {
                Ok(Order::Run(next)) if bytes + next.weight() > self.limits.batch_bytes => {
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
            // Nothing but a refusal is left to be told.
            Batch::Spoiled if done.iter().all(|job| !job.has_succeeded()) => answer(done, None),
            Batch::Spoiled => again.append(&mut self.batch_with_savepoints(done)),
        }
        if !again.is_empty() {
            // The error is ignored here: the command that needs the ids gets it.
            let _ = self.reserve_ahead();
        }
        for job in again {
            self.alone(job);
        }
        close
    }

    /// Runs the commands of a spoiled batch again, each in a savepoint, and commits them. Returns those that must run alone.
    fn batch_with_savepoints(&mut self, jobs: Vec<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
        if let Err(error) = self.begin() {
            answer(jobs, Some(&error));
            return Vec::new();
        }
        let (mut done, mut again) = (Vec::with_capacity(jobs.len()), Vec::new());
        let mut jobs = jobs.into_iter();
        let mut state = Batch::Open;
        self.has_savepoints = true;
        while matches!(state, Batch::Open)
            && let Some(job) = jobs.next()
        {
            state = self.command(job, &mut done, &mut again);
        }
        self.has_savepoints = false;
        match state {
            Batch::Open => self.commit(done),
            Batch::Dead | Batch::Spoiled => {
                again.append(&mut done);
                again.extend(jobs);
            }
        }
        again
    }

    /// Runs one command of a batch.
    fn command(
        &mut self,
        mut job: Box<dyn Job>,
        done: &mut Vec<Box<dyn Job>>,
        again: &mut Vec<Box<dyn Job>>,
    ) -> Batch {
        if job.is_overdue() {
            answer(
                vec![job],
                Some(&Trouble::TimedOut("it waited too long to be written").into()),
            );
            return Batch::Open;
        }
        if self.has_savepoints
            && let Err(error) = self.step("SAVEPOINT command")
        {
            answer(vec![job], Some(&error));
            return self.state();
        }
        let changes = self.connection.total_changes();
        let verdict = self.run_job(&mut *job);
        if self.connection.is_autocommit() {
            #[cfg(test)]
            {
                self.dead_batches += 1;
            }
            again.push(job);
            return Batch::Dead;
        }
        match verdict {
            Verdict::Keep => self.small_ids.keep(),
            Verdict::Undo | Verdict::Again(_) => self.small_ids.undo(),
        }
        let must_undo =
            !matches!(verdict, Verdict::Keep) && self.connection.total_changes() != changes;
        self.careful = match must_undo {
            true => CAREFUL,
            false => self.careful.saturating_sub(1),
        };
        let state = if must_undo && !self.has_savepoints {
            self.roll_back();
            Batch::Spoiled
        } else {
            self.end_savepoint(verdict);
            self.state()
        };
        match verdict {
            Verdict::Again(ask) => {
                if let Ask::Reserve(until) = ask {
                    self.asked = self.asked.max(Some(until));
                }
                again.push(job);
            }
            Verdict::Keep | Verdict::Undo if matches!(state, Batch::Dead) => again.push(job),
            Verdict::Keep | Verdict::Undo => done.push(job),
        }
        state
    }

    /// Ends the savepoint of the last command, if it had one: keeps what the command wrote, or takes it back.
    fn end_savepoint(&self, verdict: Verdict) {
        if !self.has_savepoints {
            return;
        }
        let ended = match verdict {
            Verdict::Keep => self.step("RELEASE command"),
            Verdict::Undo | Verdict::Again(_) => self
                .step("ROLLBACK TO command")
                .and_then(|()| self.step("RELEASE command")),
        };
        if ended.is_err() && !self.connection.is_autocommit() {
            // The savepoint could not be ended, so the state of this transaction is unknown.
            self.roll_back();
        }
    }

    fn run_job(&mut self, job: &mut dyn Job) -> Verdict {
        job.run(
            &mut self.connection,
            &mut self.ids,
            &mut self.small_ids,
            &mut self.changed,
            &self.clock,
        )
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
        if let Some(reason) = self.health.failure() {
            return answer(done, Some(&Trouble::UnknownOutcome(reason).into()));
        }
        let wrote = done.iter().any(|job| job.has_succeeded());
        if wrote && let Err(abort) = self.small_ids.store(&self.connection) {
            // Nothing is committed, so the callers may try again.
            self.roll_back();
            self.changed.clear();
            return answer(done, Some(&abort.into()));
        }
        let ended = if wrote {
            self.timed_commit()
        } else {
            self.step("ROLLBACK")
        };
        match ended {
            Ok(()) => {
                Health::add(&self.health.batches, 1);
                Health::add(&self.health.commands, done.len() as u64);
                metrics::histogram!(BATCHES).record(done.len() as f64);
                answer(done, None);
                if wrote {
                    self.hints.tell(&self.changed);
                }
            }
            Err(error) => {
                let unknown = self.failed_commit(&error);
                answer(done, Some(&unknown));
            }
        }
        self.changed.clear();
    }

    fn timed_commit(&mut self) -> Result<(), Error> {
        let started = Instant::now();
        let ended = self.commit_step();
        metrics::histogram!(COMMITS).record(started.elapsed());
        ended
    }

    /// Returns the error for the callers of a failed COMMIT, whose outcome is unknown. Only on a full disk the store
    /// continues: after a failed sync, a later successful sync proves nothing.
    fn failed_commit(&self, error: &Error) -> Error {
        self.health.record_refusal(error);
        if *error != Error::Trouble(Trouble::DiskFull) {
            self.health.fail(&format!("COMMIT failed: {error}"));
        }
        self.roll_back();
        Trouble::UnknownOutcome(format!("COMMIT failed: {error}")).into()
    }

    /// Runs one command in a transaction of its own, up to `MOST_RUNS` times.
    fn alone(&mut self, mut job: Box<dyn Job>) {
        for _ in 0..MOST_RUNS {
            if let Some(reason) = self.health.failure() {
                return answer(vec![job], Some(&Trouble::UnknownOutcome(reason).into()));
            }
            if let Err(error) = self.begin() {
                return answer(vec![job], Some(&error));
            }
            let verdict = self.run_job(&mut *job);
            let lost = self.connection.is_autocommit();
            match verdict {
                Verdict::Keep if !lost => return self.commit(vec![job]),
                Verdict::Keep => {
                    // Reached only if the command continued after a failed statement; its later writes were committed
                    // at once.
                    let vanished = "the transaction vanished under the command";
                    let unknown = Trouble::UnknownOutcome(vanished.into());
                    return answer(vec![job], Some(&unknown.into()));
                }
                Verdict::Undo => {
                    self.roll_back();
                    return answer(vec![job], None);
                }
                Verdict::Again(ask) => {
                    self.roll_back();
                    if let Ask::Reserve(until) = ask
                        && let Err(error) = self.reserve(until)
                    {
                        return answer(vec![job], Some(&error));
                    }
                }
            }
        }
        answer(
            vec![job],
            Some(&Trouble::Overloaded("the command lost too many races").into()),
        );
    }

    /// Ends the transaction, if one is open. If that fails the store stops: later commands would run in the old
    /// transaction.
    fn roll_back(&self) {
        if !self.connection.is_autocommit() {
            let _ = self.step("ROLLBACK");
        }
        if !self.connection.is_autocommit() {
            self.health.fail("a transaction could not be rolled back");
        }
    }

    /// Reserves time-ordered ids before they run out, so that commands need not run twice. On a full disk the batch
    /// continues: some commands need no new ids.
    fn reserve_ahead(&mut self) -> Result<(), Error> {
        let due = self.ids.wants_reservation(self.clock.now());
        match due.max(self.asked.take()) {
            Some(until) => match self.reserve(until) {
                Err(Error::Trouble(Trouble::DiskFull)) => Ok(()),
                other => other,
            },
            None => Ok(()),
        }
    }

    /// Reserves time-ordered ids in a separate transaction.
    fn reserve(&mut self, until: Timestamp) -> Result<(), Error> {
        let holder = std::process::id().to_string();
        self.begin()?;
        let params = params![0_i64, &holder, until];
        if let Err(abort) = connection::execute(&self.connection, &slot_rows::RESERVE, params) {
            self.roll_back();
            return Err(abort.into());
        }
        if let Err(error) = self.commit_step() {
            self.failed_commit(&error);
            return Err(error);
        }
        self.ids.reserved(until);
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Error> {
        self.small_ids.begin();
        self.step("BEGIN IMMEDIATE")
    }

    fn commit_step(&mut self) -> Result<(), Error> {
        #[cfg(test)]
        if self.commits_without_room > 0 {
            self.commits_without_room -= 1;
            self.roll_back();
            return Err(Trouble::DiskFull.into());
        }
        self.step("COMMIT")
    }

    fn step(&self, sql: &'static str) -> Result<(), Error> {
        let ran = self.connection.prepare_cached(sql);
        let ran = ran.and_then(|mut statement| statement.raw_execute());
        ran.map_err(failure)?;
        Ok(())
    }

    /// Refuses all queued commands after a fatal failure.
    fn refuse_rest(
        mut self,
        inbox: &Receiver<Order>,
        close: Option<oneshot::Sender<Result<(), Error>>>,
    ) {
        self.turns.open();
        let reason = Trouble::UnknownOutcome(self.health.failure().unwrap_or_default()).into();
        if let Some(job) = self.next.take() {
            job.settle(Some(&reason));
        }
        let mut close = close;
        loop {
            if let Some(done) = close {
                let _ = done.send(Err(reason));
                return;
            }
            match inbox.recv() {
                Ok(Order::Run(job)) => job.settle(Some(&reason)),
                Ok(Order::Close(done)) => close = Some(done),
                Err(_) => return,
            }
        }
    }

    /// Closes the database; commands that arrive after the order to close are not run.
    fn finish(
        self,
        inbox: Receiver<Order>,
        lock: File,
        done: Option<oneshot::Sender<Result<(), Error>>>,
    ) {
        self.turns.open();
        open_mark::clear(&self.connection);
        let closed = self.connection.close();
        let closed = closed.map_err(|(_, error)| failure(error).into());
        drop(lock);
        while let Ok(order) = inbox.try_recv() {
            match order {
                Order::Run(job) => job.settle(Some(&CLOSED)),
                Order::Close(also) => {
                    let _ = also.send(closed.clone());
                }
            }
        }
        // From here on nothing can be queued, so every later caller gets the answer "the store is closed".
        drop(inbox);
        if let Some(done) = done {
            let _ = done.send(closed);
        }
    }
}

fn answer(jobs: Vec<Box<dyn Job>>, error: Option<&Error>) {
    for job in jobs {
        job.settle(error);
    }
}
