//! Group commit on PostgreSQL: commands that wait at the same time share a transaction, and so its round trips and its COMMIT.
//!
//! Only commands of one account that have a [`LockOrder`] share. A few runners take what waits; a command never waits for others to
//! come. The commands of a group run one after the other, and the writes of one are sent with the reads of the next.
//!
//! Invariants: no command is answered before COMMIT. A command that is refused leaves nothing, and the others go on. If anything
//! else fails before COMMIT, the transaction is rolled back and each command runs alone, as if there were no group. If the
//! answer to COMMIT is lost, one event of the group shows the outcome of all.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use heddle_domain::id::{AccountId, EventId};
use tokio::sync::oneshot;

use super::Postgres;
use super::ids::PostgresIds;
use super::node::NodeIds;
use super::reach::PATIENCE;
use super::rows::{Commit, PostgresRows};
use super::waiting::{Ended, Job};
use crate::apart;
use crate::error::{Abort, Error, Result, Trouble};
use crate::tx::{LockOrder, Tx, Write};

/// Begins the transaction of a group, also of a group of one. If another transaction holds a lock for longer than this, the runner
/// does not wait for it: each command runs alone, so only those that need the lock wait.
const BEGIN: &str = "BEGIN; SET LOCAL lock_timeout = '100ms'";

/// How a command ran in its group.
enum Ran<O> {
    NotYet,
    Done(O),
    /// Nothing of the command is left, and the group went on.
    Refused(Abort),
    /// The command must run alone, because it lost a race or needs more ids. Nothing of it is left.
    Again,
    /// The command ended the group.
    Failed,
}

struct Packed<W: Write> {
    command: W,
    order: LockOrder,
    until: Instant,
    /// Runs the command alone, if it must.
    on: Postgres,
    answer: oneshot::Sender<Result<W::Out, Error>>,
    ran: Ran<W::Out>,
    /// The ids that the command has taken in the group.
    ids: Option<PostgresIds>,
}

impl<W: Write> Job for Packed<W> {
    fn weight(&self) -> usize {
        self.command.weight()
    }

    fn order(&self) -> LockOrder {
        self.order
    }

    fn waits_until(&self) -> Instant {
        self.until
    }

    fn run<'a>(
        &'a mut self,
        rows: &'a mut PostgresRows,
        node: &'a Arc<NodeIds>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mark = rows.written();
            let ids = self.ids.insert(PostgresIds::new(Arc::clone(node)));
            let mut tx = Tx::on_postgres(rows, ids);
            let ran = AssertUnwindSafe(self.command.apply(&mut tx));
            let ran = ran.catch_unwind().await.unwrap_or_else(|_| {
                // Alone it panics again, and only its own caller gets the error.
                Err(Trouble::Internal(format!("{} panicked", W::NAME)).into())
            });
            let error = match ran {
                Ok(out) => {
                    self.ran = Ran::Done(out);
                    return Ok(());
                }
                Err(error) => error,
            };
            self.ran = match error {
                Abort::Refused(_) | Abort::StartOver | Abort::Reserve(_)
                    if !rows.take_back(mark) =>
                {
                    Ran::Failed
                }
                Abort::Refused(_) => Ran::Refused(error.clone()),
                Abort::StartOver | Abort::Reserve(_) => Ran::Again,
                Abort::Trouble(_) => Ran::Failed,
            };
            if matches!(self.ran, Ran::Failed) {
                return Err(error);
            }
            self.give_back();
            Ok(())
        })
    }

    fn event(&self) -> Option<(AccountId, EventId)> {
        match self.ran {
            Ran::Done(_) => self.ids.as_ref().and_then(PostgresIds::event),
            _ => None,
        }
    }

    fn is_done(&self) -> bool {
        matches!(self.ran, Ran::Done(_))
    }

    fn give_back(&mut self) {
        if let Some(ids) = self.ids.take() {
            ids.give_back();
        }
    }

    fn settle(mut self: Box<Self>, ended: &Ended) -> Option<Box<dyn Job>> {
        let ran = std::mem::replace(&mut self.ran, Ran::NotYet);
        let answer = match (ended, ran) {
            (Ended::Committed, Ran::Done(out)) => Ok(out),
            (Ended::Committed, Ran::Refused(refused)) => Err(refused.into()),
            (Ended::Unknown(error), Ran::Done(_) | Ran::Failed) | (Ended::NotBegun(error), _) => {
                Err(error.clone())
            }
            // A refusal may rest on what another command of the group wrote.
            (Ended::Committed | Ended::RolledBack | Ended::Unknown(_), _) => return Some(self),
        };
        // The send fails if the caller no longer waits; what is committed stays.
        let _ = self.answer.send(answer);
        None
    }

    fn alone(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(run_alone(self.on, self.command, self.answer))
    }
}

/// Runs a command in a transaction of its own, and answers the caller.
async fn run_alone<W: Write>(
    on: Postgres,
    command: W,
    answer: oneshot::Sender<Result<W::Out, Error>>,
) {
    let written = on.run(&command).await;
    // The send fails if the caller no longer waits; what is committed stays.
    let _ = answer.send(written.map_err(Error::from));
}

/// Waits for the answer to a command. If the command panics alone, its sender is dropped.
async fn answered<W: Write>(
    answer: oneshot::Receiver<Result<W::Out, Error>>,
) -> Result<W::Out, Error> {
    let panicked = |_| Err(Trouble::Internal(format!("{} panicked", W::NAME)).into());
    answer.await.unwrap_or_else(panicked)
}

impl Postgres {
    /// Runs a command, in one transaction with those that wait at the same time.
    pub(super) async fn write_in_group<W: Write>(
        &self,
        command: W,
        order: LockOrder,
    ) -> Result<W::Out, Error> {
        let (answer, written) = oneshot::channel();
        let job = Packed {
            command,
            order,
            until: Instant::now() + PATIENCE,
            on: self.clone(),
            answer,
            ran: Ran::NotYet,
            ids: None,
        };
        if self.groups.add(Box::new(job)) {
            let runner = self.clone();
            apart::start(Box::pin(async move { runner.run_groups().await }));
        }
        answered::<W>(written).await
    }

    /// Runs a command in a task of its own, so that a caller who goes leaves no transaction open.
    pub(super) async fn write_alone<W: Write>(&self, command: W) -> Result<W::Out, Error> {
        let (answer, written) = oneshot::channel();
        apart::start(Box::pin(run_alone(self.clone(), command, answer)));
        answered::<W>(written).await
    }

    /// Runs groups until nothing waits.
    async fn run_groups(&self) {
        while let Some(group) = self.groups.take() {
            // A runner that panicked would be missing from then on.
            let ran = AssertUnwindSafe(self.run_group(group)).catch_unwind().await;
            if ran.is_err() {
                tracing::error!("a command panicked");
            }
        }
    }

    async fn run_group(&self, mut group: Vec<Box<dyn Job>>) {
        // The order of arrival decides between commands for the same conversation.
        group.sort_by_key(|job| job.order());
        let ended = self.try_group(&mut group).await;
        for job in group {
            if let Some(job) = job.settle(&ended) {
                apart::start(job.alone());
            }
        }
    }

    async fn try_group(&self, group: &mut [Box<dyn Job>]) -> Ended {
        let begun = async {
            self.ids.reserve(&self.pool, &self.clock, None).await?;
            self.lease().await
        };
        let lease = match begun.await {
            Ok(lease) => lease,
            Err(Abort::StartOver) => return Ended::RolledBack,
            Err(error) => return Ended::NotBegun(error.into()),
        };
        let mut rows = PostgresRows::begun_by(BEGIN, lease, self.clock.now());
        let mut ran = Ok(());
        for job in &mut *group {
            ran = job.run(&mut rows, &self.ids).await;
            if ran.is_err() {
                break;
            }
        }
        let done = group.iter().filter(|job| job.is_done()).count();
        let committed = match ran {
            Err(error) => Err(error),
            Ok(()) if done == 0 => {
                let open = rows.has_begun();
                rows.end(open).await;
                return Ended::Committed;
            }
            Ok(()) => rows.commit().await,
        };
        let open = !matches!(committed, Ok(Commit::Done)) && rows.has_begun();
        let rolled_back = rows.end(open).await;
        let events: Vec<(AccountId, EventId)> =
            group.iter().filter_map(|job| job.event()).collect();
        let is_committed = match (committed, events.first()) {
            (Ok(Commit::Done), _) => Ok(true),
            (Ok(Commit::Unknown), Some(event)) => self.fence(*event).await,
            (Ok(Commit::Unknown), None) => {
                Err(Trouble::UnknownOutcome("the answer to COMMIT is missing".into()).into())
            }
            (Err(error @ Abort::Trouble(Trouble::UnknownOutcome(_))), _) => Err(error),
            (Err(_), _) => {
                if rolled_back {
                    group.iter_mut().for_each(|job| job.give_back());
                }
                Ok(false)
            }
        };
        match is_committed {
            Ok(true) => {
                let accounts: BTreeSet<AccountId> =
                    events.into_iter().map(|(account, _)| account).collect();
                self.committed.tell(&accounts);
                self.count_commit(done);
                Ended::Committed
            }
            Ok(false) => Ended::RolledBack,
            Err(error) => Ended::Unknown(error.into()),
        }
    }
}
