//! The commands that wait for a transaction that they share ([`groups`](super::groups) runs them).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;
use heddle_domain::id::{AccountId, EventId};
use parking_lot::Mutex;

use super::node::NodeIds;
use super::rows::PostgresRows;
use crate::error::{Error, Result, Trouble};
use crate::tx::LockOrder;

/// The maximum number of commands of a group, and of bytes that they write.
const MOST_COMMANDS: usize = 16;
const MOST_BYTES: usize = 256 << 10;

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
    pub(super) fn add(&self, job: Box<dyn Job>) -> bool {
        let mut waiting = self.waiting.lock();
        waiting.jobs.push_back(job);
        let starts = waiting.runners < self.most_runners;
        waiting.runners += usize::from(starts);
        starts
    }

    /// Takes the next group for a runner: commands of one account, those that came first. Refuses commands that have waited too
    /// long. `None` if nothing waits, so that the runner ends.
    pub(super) fn take(&self) -> Option<Vec<Box<dyn Job>>> {
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
pub(super) enum Ended {
    Committed,
    /// Nothing was written.
    RolledBack,
    /// The group could not begin.
    NotBegun(Error),
    /// Nobody knows whether the commands that ran were committed.
    Unknown(Error),
}

/// A command behind a trait object: a group has commands of several types.
pub(super) trait Job: Send {
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
    fn alone(self: Box<Self>) -> BoxFuture<'static, ()>;
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;
    use crate::postgres::reach::PATIENCE;

    /// A command that is only queued.
    struct Queued {
        account: i64,
        weight: usize,
        until: Instant,
        refused: Option<oneshot::Sender<Error>>,
    }

    impl Job for Queued {
        fn weight(&self) -> usize {
            self.weight
        }

        fn order(&self) -> LockOrder {
            LockOrder {
                account: AccountId(self.account),
                conversation: None,
            }
        }

        fn waits_until(&self) -> Instant {
            self.until
        }

        fn run<'a>(
            &'a mut self,
            _rows: &'a mut PostgresRows,
            _node: &'a Arc<NodeIds>,
        ) -> BoxFuture<'a, Result<()>> {
            unreachable!("no group runs here")
        }

        fn event(&self) -> Option<(AccountId, EventId)> {
            None
        }

        fn is_done(&self) -> bool {
            false
        }

        fn give_back(&mut self) {}

        fn settle(self: Box<Self>, ended: &Ended) -> Option<Box<dyn Job>> {
            if let (Some(refused), Ended::NotBegun(error)) = (self.refused, ended) {
                refused.send(error.clone()).expect("the test waits");
            }
            None
        }

        fn alone(self: Box<Self>) -> BoxFuture<'static, ()> {
            unreachable!("no group runs here")
        }
    }

    fn add(groups: &Groups, account: i64, weight: usize) -> bool {
        groups.add(Box::new(Queued {
            account,
            weight,
            until: Instant::now() + PATIENCE,
            refused: None,
        }))
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
        let (refused, mut told) = oneshot::channel();
        groups.add(Box::new(Queued {
            account: 1,
            weight: 1,
            until: Instant::now(),
            refused: Some(refused),
        }));
        add(&groups, 1, 2);
        assert_eq!(taken(&groups), [(1, 2)]);
        let error = told.try_recv().expect("an error");
        let is_late = matches!(error, Error::Trouble(Trouble::TimedOut(_)));
        assert!(is_late, "{error:?}");
    }
}
