//! A queued command: it runs inside the writer's transaction and is answered after COMMIT.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures_util::FutureExt;
use heddle_domain::Timestamp;
use heddle_domain::id::AccountId;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::clock::SharedClock;
use crate::counted::Reserve;
use crate::error::{Abort, Error, Result, Trouble};
use crate::health::Health;
use crate::ids::TimeIds;
use crate::sqlite::connection::SqliteRows;
use crate::sqlite::small_ids::SmallIds;
use crate::tx::{Tx, Write};

/// The result that the caller of a command gets.
pub(super) type Answer<W> = Result<<W as Write>::Out, Error>;

/// Why a command must run again.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ask {
    /// The command lost a race.
    StartOver,
    /// Ids must be reserved up to this time first.
    Reserve(Timestamp),
}

/// What the writer does with the changes of a command.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verdict {
    Keep,
    Undo,
    Again(Ask),
}

/// A command's share of the queue, in bytes. Freed on drop, so on every path.
pub(super) struct Place {
    health: Arc<Health>,
    bytes: Arc<AtomicUsize>,
    weight: usize,
}

impl Place {
    /// Reserves `weight` bytes if the total stays within `most`. If the queue is empty, a command of any size is
    /// accepted.
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

/// A command behind a trait object: the writer thread does not know its types.
pub(super) trait Job: Send {
    fn weight(&self) -> usize;
    fn is_overdue(&self) -> bool;
    /// Runs the command once. Stores the result for [`Job::settle`], and adds to `changed` the accounts whose feed
    /// grows.
    fn run(
        &mut self,
        connection: &mut Connection,
        ids: &mut TimeIds,
        small_ids: &mut SmallIds,
        changed: &mut BTreeSet<AccountId>,
        clock: &SharedClock,
    ) -> Verdict;
    /// Whether the last run succeeded.
    fn has_succeeded(&self) -> bool;
    /// Answers the caller with `error`, or with the result of the last run.
    fn settle(self: Box<Self>, error: Option<&Error>);
}

struct Packed<W: Write> {
    command: W,
    place: Place,
    deadline: Instant,
    result: Option<Result<W::Out>>,
    answer: oneshot::Sender<Answer<W>>,
}

/// Wraps a command for the queue.
pub(super) fn pack<W: Write>(
    command: W,
    place: Place,
    deadline: Instant,
) -> (Box<dyn Job>, oneshot::Receiver<Answer<W>>) {
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
        small_ids: &mut SmallIds,
        changed: &mut BTreeSet<AccountId>,
        clock: &SharedClock,
    ) -> Verdict {
        let mut tx = Tx::on_sqlite(
            SqliteRows::new(connection, clock.now()),
            ids,
            small_ids,
            changed,
        );
        let run = catch_unwind(AssertUnwindSafe(|| {
            self.command.apply(&mut tx).now_or_never()
        }));
        let result = match run {
            Ok(Some(result)) => result,
            Ok(None) => Err(Trouble::Internal(format!(
                "{} waited for something but its transaction",
                W::NAME
            ))
            .into()),
            Err(_) => Err(Trouble::Internal(format!("{} panicked", W::NAME)).into()),
        };
        let verdict = match &result {
            Ok(_) => Verdict::Keep,
            Err(Abort::StartOver) => Verdict::Again(Ask::StartOver),
            Err(Abort::Reserve(Reserve::Time(until))) => Verdict::Again(Ask::Reserve(*until)),
            Err(_) => Verdict::Undo,
        };
        self.result = Some(result);
        verdict
    }

    fn has_succeeded(&self) -> bool {
        matches!(self.result, Some(Ok(_)))
    }

    fn settle(self: Box<Self>, error: Option<&Error>) {
        let never_ran = || Err(Trouble::Internal(format!("{} was never run", W::NAME)).into());
        let answer = match error {
            Some(error) => Err(error.clone()),
            None => self.result.unwrap_or_else(never_ran).map_err(Error::from),
        };
        drop(self.place);
        // The send fails if the caller no longer waits; the committed changes stay.
        let _ = self.answer.send(answer);
    }
}
