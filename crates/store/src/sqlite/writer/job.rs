//! A queued command: runs inside the writer's transaction, is answered after COMMIT.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures_util::FutureExt;
use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, EventId, MessageId};
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::clock::SharedClock;
use crate::counted::{Counted, Reserve};
use crate::error::{Error, Result};
use crate::health::Health;
use crate::ids::TimeIds;
use crate::rows::account::{NEXT_NUMBER, TAKE_BLOCK, USE_NUMBER};
use crate::sqlite::connection::{self, SqliteRows};
use crate::tx::{RowMap, Rows, Stmt, Tx, Value, Write, params};

/// Why a command must run again.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ask {
    /// It lost a race.
    StartOver,
    /// Ids must be reserved up to here first.
    Reserve(Timestamp),
}

/// What the writer does with a command's changes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verdict {
    Keep,
    Undo,
    Again(Ask),
}

/// A command's place among those accepted and not yet answered. It is given back when the command is gone, on whichever
/// path that happens.
pub(super) struct Place {
    health: Arc<Health>,
    bytes: Arc<AtomicUsize>,
    weight: usize,
}

impl Place {
    /// A place for `weight` bytes, if all together stay within `most`; a single command always gets one.
    pub(super) fn take(
        health: &Arc<Health>,
        bytes: &Arc<AtomicUsize>,
        weight: usize,
        most: usize,
    ) -> Option<Self> {
        let before = bytes.fetch_add(weight, Ordering::Relaxed);
        Health::add(&health.queued, 1);
        let place = Self {
            health: Arc::clone(health),
            bytes: Arc::clone(bytes),
            weight,
        };
        (before == 0 || before + weight <= most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.bytes.fetch_sub(self.weight, Ordering::Relaxed);
        self.health.queued.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A command whose types are hidden from the thread that runs it.
pub(super) trait Job: Send {
    fn weight(&self) -> usize;
    fn is_overdue(&self) -> bool;
    /// Runs it once; the result is kept for [`Job::settle`]. Accounts whose feed it adds to are noted in `changed`.
    fn run(
        &mut self,
        connection: &mut Connection,
        ids: &mut TimeIds,
        changed: &mut BTreeSet<AccountId>,
        clock: &SharedClock,
    ) -> Verdict;
    /// Whether the last run succeeded.
    fn has_written(&self) -> bool;
    /// Answers the caller: with `error`, or with the result of the last run.
    fn settle(self: Box<Self>, error: Option<&Error>);
}

struct Packed<W: Write> {
    command: W,
    place: Place,
    deadline: Instant,
    result: Option<Result<W::Out>>,
    answer: oneshot::Sender<Result<W::Out>>,
}

/// Packs a command for the queue.
pub(super) fn pack<W: Write>(
    command: W,
    place: Place,
    deadline: Instant,
) -> (Box<dyn Job>, oneshot::Receiver<Result<W::Out>>) {
    let (answer, receiver) = oneshot::channel();
    (
        Box::new(Packed {
            command,
            place,
            deadline,
            result: None,
            answer,
        }),
        receiver,
    )
}

impl<W: Write> Job for Packed<W> {
    fn weight(&self) -> usize {
        self.command.weight()
    }

    fn is_overdue(&self) -> bool {
        Instant::now() >= self.deadline
    }

    fn run(
        &mut self,
        connection: &mut Connection,
        ids: &mut TimeIds,
        changed: &mut BTreeSet<AccountId>,
        clock: &SharedClock,
    ) -> Verdict {
        let rows = SqliteRows {
            connection,
            now: clock.now(),
        };
        let mut tx = SqliteTx { rows, ids, changed };
        let run = catch_unwind(AssertUnwindSafe(|| {
            self.command.apply(&mut tx).now_or_never()
        }));
        let result = match run {
            Ok(Some(result)) => result,
            Ok(None) => Err(Error::Internal(format!(
                "{} waited for something but its transaction",
                W::NAME
            ))),
            Err(_) => Err(Error::Internal(format!("{} panicked", W::NAME))),
        };
        let verdict = match &result {
            Ok(_) => Verdict::Keep,
            Err(Error::StartOver) => Verdict::Again(Ask::StartOver),
            Err(Error::Reserve(Reserve::Time(until))) => Verdict::Again(Ask::Reserve(*until)),
            Err(_) => Verdict::Undo,
        };
        self.result = Some(result);
        verdict
    }

    fn has_written(&self) -> bool {
        matches!(self.result, Some(Ok(_)))
    }

    fn settle(self: Box<Self>, error: Option<&Error>) {
        let never_ran = || Err(Error::Internal(format!("{} was never run", W::NAME)));
        let answer = match error {
            Some(error) => Err(error.clone()),
            None => self.result.unwrap_or_else(never_ran),
        };
        drop(self.place);
        // Nobody listens if the client went away; what was committed stays.
        let _ = self.answer.send(answer);
    }
}

/// The writer's transaction as commands see it. Its futures are always ready.
struct SqliteTx<'c> {
    rows: SqliteRows<'c>,
    ids: &'c mut TimeIds,
    changed: &'c mut BTreeSet<AccountId>,
}

impl Rows for SqliteTx<'_> {
    fn now(&self) -> Timestamp {
        self.rows.now()
    }

    async fn fetch<R: Send>(
        &mut self,
        stmt: &'static Stmt,
        params: &[Value<'_>],
        map: RowMap<R>,
    ) -> Result<Vec<R>> {
        connection::fetch(self.rows.connection, stmt, params, map)
    }

    async fn fetch_many<R: Send>(
        &mut self,
        stmt: &'static Stmt,
        params: &[&[Value<'_>]],
        map: RowMap<R>,
    ) -> Result<Vec<Vec<R>>> {
        self.rows.fetch_many(stmt, params, map).await
    }

    async fn fetch_pair<A: Send, B: Send>(
        &mut self,
        first: (&'static Stmt, &[Value<'_>], RowMap<A>),
        second: (&'static Stmt, &[Value<'_>], RowMap<B>),
    ) -> Result<(Vec<A>, Vec<B>)> {
        self.rows.fetch_pair(first, second).await
    }
}

impl Tx for SqliteTx<'_> {
    async fn execute(&mut self, stmt: &'static Stmt, params: &[Value<'_>]) -> Result<u64> {
        connection::execute(self.rows.connection, stmt, params)
    }

    fn queue(&mut self, stmt: &'static Stmt, params: &[Value<'_>]) -> Result<()> {
        connection::execute(self.rows.connection, stmt, params).map(drop)
    }

    fn next_message_id(&mut self, above: i64) -> Result<MessageId> {
        self.ids.next_message(self.rows.now, above).map(MessageId)
    }

    fn next_event_id(&mut self, above: i64) -> Result<EventId> {
        self.ids.next_event(self.rows.now, above).map(EventId)
    }

    fn next_small_id(&mut self, account: AccountId, kind: Counted) -> Result<i64> {
        let (connection, counter) = (&*self.rows.connection, params![account, kind.as_str()]);
        let next = connection::fetch(connection, &NEXT_NUMBER, counter, |row| row.int())?;
        if let Some(number) = next.first() {
            connection::execute(connection, &USE_NUMBER, counter)?;
            return Ok(*number);
        }
        // The first is taken: 2 comes next.
        let first = params![account, kind.as_str(), 2_i64, 1_i64];
        connection::fetch(connection, &TAKE_BLOCK, first, |_| Ok(()))?;
        Ok(1)
    }

    fn note_event(&mut self, account: AccountId, _event: EventId) {
        self.changed.insert(account);
    }
}
