//! Group commit on PostgreSQL: commands that wait at the same time share a transaction, and so its round trips and its COMMIT.
//!
//! Only commands of one account that have a [`LockOrder`] share. A few runners take what waits; a command never waits for others to
//! come. The commands of a group run one after the other, and the writes of one are sent with the reads of the next.
//!
//! Invariants: no command is answered before COMMIT. A command that is refused leaves nothing, and the others go on. If anything
//! else fails before COMMIT, the transaction is rolled back and each command runs alone, as if there were no group. If the
//! answer to COMMIT is lost, one event of the group shows the outcome of all.

use std::collections::{BTreeSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use heddle_domain::id::{AccountId, EventId};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::Postgres;
use super::ids::PostgresIds;
use super::node::NodeIds;
use super::reach::PATIENCE;
use super::rows::{Commit, PostgresRows};
use crate::error::{Abort, Error, Result, Trouble};
use crate::tx::{LockOrder, Tx, Write};

/// The maximum number of commands of a group, and of bytes that they write.
const MOST_COMMANDS: usize = 16;
const MOST_BYTES: usize = 256 << 10;
/// Begins the transaction of a group, also of a group of one. If another transaction holds a lock for longer than this, the runner
/// does not wait for it: each command runs alone, so only those that need the lock wait.
const BEGIN: &str = "BEGIN; SET LOCAL lock_timeout = '100ms'";

/// The commands that wait for a runner.
#[derive(Debug)]
pub(super) struct Groups {
    waiting: Mutex<Waiting>,
    most_runners: usize,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Box<dyn Job>>,
    /// How many runners there are now.
    runners: usize,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting")
            .field("jobs", &self.jobs.len())
            .field("runners", &self.runners)
            .finish()
    }
}

impl Groups {
    /// Creates the groups of a node that has so many connections. With a quarter of them there are large groups, and the rest is free
    /// for reads and for other commands. (With a half, 64 clients on two cores got a fifth fewer commands done.)
    pub(super) fn new(connections: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            most_runners: (connections / 4).max(1),
        }
    }

    /// Adds a command; returns whether the caller must start one more runner.
    fn add(&self, job: Box<dyn Job>) -> bool {
        let mut waiting = self.waiting.lock();
        waiting.jobs.push_back(job);
        let starts = waiting.runners < self.most_runners;
        waiting.runners += usize::from(starts);
        starts
    }

    /// Takes the next group for a runner: commands of one account, those that came first. Refuses commands that have waited too
    /// long. `None` if nothing waits, so that the runner ends.
    fn take(&self) -> Option<Vec<Box<dyn Job>>> {
        let mut waiting = self.waiting.lock();
        let now = Instant::now();
        // They wait in the order in which they came.
        while let Some(late) = waiting.jobs.pop_front_if(|job| job.waits_until() <= now) {
            let late_error = Trouble::TimedOut("it waited too long to be written");
            late.settle(&Ended::NotBegun(late_error.into()));
        }
        let Some(first) = waiting.jobs.pop_front() else {
            waiting.runners -= 1;
            return None;
        };
        let (account, mut bytes) = (first.order().account, first.weight());
        let (mut group, mut at) = (vec![first], 0);
        while let Some(next) = waiting.jobs.get(at)
            && group.len() < MOST_COMMANDS
        {
            let joins = next.order().account == account && bytes + next.weight() <= MOST_BYTES;
            if joins {
                bytes += next.weight();
                group.extend(waiting.jobs.remove(at));
            } else {
                at += 1;
            }
        }
        Some(group)
    }
}

/// How the transaction of a group ended.
enum Ended {
    Committed,
    /// Nothing was written.
    RolledBack,
    /// The group could not begin.
    NotBegun(Error),
    /// Nobody knows whether the commands that ran were committed.
    Unknown(Error),
}

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

/// A command behind a trait object: a group has commands of several types.
trait Job: Send {
    fn weight(&self) -> usize;
    fn order(&self) -> LockOrder;
    /// Returns when the command has waited too long.
    fn waits_until(&self) -> Instant;
    /// Runs the command in the transaction of its group. An error ends the group.
    fn run<'a>(
        &'a mut self,
        rows: &'a mut PostgresRows,
        node: &'a Arc<NodeIds>,
    ) -> BoxFuture<'a, Result<()>>;
    /// Returns the event of a command that was done.
    fn event(&self) -> Option<(AccountId, EventId)>;
    /// Whether the command was done.
    fn is_done(&self) -> bool;
    /// Makes the command's small ids free again, after the rollback.
    fn give_back(&mut self);
    /// Answers the caller, or returns the job if it must run alone.
    fn settle(self: Box<Self>, ended: &Ended) -> Option<Box<dyn Job>>;
    /// Runs the command in a transaction of its own, and answers the caller.
    fn alone(self: Box<Self>, on: Postgres) -> BoxFuture<'static, ()>;
}

struct Packed<W: Write> {
    command: W,
    order: LockOrder,
    until: Instant,
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

    fn alone(self: Box<Self>, on: Postgres) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let written = on.run(&self.command).await;
            let _ = self.answer.send(written.map_err(Error::from));
        })
    }
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
            answer,
            ran: Ran::NotYet,
            ids: None,
        };
        if self.groups.add(Box::new(job)) {
            let runner = self.clone();
            tokio::spawn(async move { runner.run_groups().await });
        }
        // If the command panics alone, its sender is dropped.
        let panicked = |_| Err(Trouble::Internal(format!("{} panicked", W::NAME)).into());
        written.await.unwrap_or_else(panicked)
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
                tokio::spawn(job.alone(self.clone()));
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

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing(usize);

    impl Write for Nothing {
        type Out = ();
        const NAME: &'static str = "nothing";

        fn weight(&self) -> usize {
            self.0
        }

        async fn apply(&self, _tx: &mut Tx<'_>) -> Result<()> {
            Ok(())
        }
    }

    type Answer = oneshot::Receiver<Result<(), Error>>;

    fn job(account: i64, weight: usize, until: Instant) -> (Box<dyn Job>, Answer) {
        let (answer, answered) = oneshot::channel();
        let order = LockOrder {
            account: AccountId(account),
            conversation: None,
        };
        let job = Packed {
            command: Nothing(weight),
            order,
            until,
            answer,
            ran: Ran::NotYet,
            ids: None,
        };
        (Box::new(job), answered)
    }

    fn add(groups: &Groups, account: i64, weight: usize) -> bool {
        groups.add(job(account, weight, Instant::now() + PATIENCE).0)
    }

    fn taken(groups: &Groups) -> Vec<(i64, usize)> {
        let group = groups.take().unwrap_or_default();
        let of = |job: Box<dyn Job>| (job.order().account.get(), job.weight());
        group.into_iter().map(of).collect()
    }

    #[test]
    fn a_group_has_commands_of_one_account_within_the_limits() {
        let groups = Groups::new(2);
        for (account, weight) in [(1, 10), (2, 20), (1, MOST_BYTES), (1, 30), (2, 40)] {
            add(&groups, account, weight);
        }
        assert_eq!(taken(&groups), [(1, 10), (1, 30)]);
        assert_eq!(taken(&groups), [(2, 20), (2, 40)]);
        assert_eq!(taken(&groups), [(1, MOST_BYTES)]);
        for _ in 0..MOST_COMMANDS + 1 {
            add(&groups, 1, 1);
        }
        assert_eq!(taken(&groups).len(), MOST_COMMANDS);
        assert_eq!(taken(&groups).len(), 1);
    }

    #[test]
    fn a_runner_starts_for_each_command_up_to_a_limit_and_ends_when_nothing_waits() {
        let groups = Groups::new(8);
        let starts = [1, 1, 1].map(|account| add(&groups, account, 1));
        assert_eq!(starts, [true, true, false], "a quarter of the connections");
        assert_eq!(taken(&groups).len(), 3);
        assert!(groups.take().is_none());
        assert!(add(&groups, 1, 1), "one of the runners has ended");
    }

    #[test]
    fn a_command_that_waited_too_long_is_refused() {
        let groups = Groups::new(2);
        let (late, mut answered) = job(1, 1, Instant::now());
        groups.add(late);
        add(&groups, 1, 2);
        assert_eq!(taken(&groups), [(1, 2)]);
        let refused = answered.try_recv().expect("an answer");
        let is_late = matches!(refused, Err(Error::Trouble(Trouble::TimedOut(_))));
        assert!(is_late, "{refused:?}");
    }
}
