//! The sequencer: assigns positions in the feed to committed events (`store.md` 2).
//!
//! Events are committed without a position and in no fixed order. The sequencer locks the account's head row, gives
//! positions to the pending events in the order of their ids, and moves the head (the last assigned position). The row
//! lock allows one such transaction per account at a time, and the next begins after this one is committed. So no
//! position ever appears below one that a reader has seen. Every serving node runs a sequencer; the row lock alone
//! makes that correct.

use std::collections::{BTreeSet, VecDeque};
use std::future::Future;
use std::time::Duration;

use futures_util::pin_mut;
use heddle_domain::AccountId;

use super::Postgres;
use super::connection::{MOST_RUNS, pause};
use super::positions::{AT_ONCE, stamp};
use super::rows::{Commit, PostgresRows};
use crate::error::{Abort, Error, Result};
use crate::rows::feed as rows;
use crate::tx::{Cost, Read, Rows};

/// READ COMMITTED: each statement sees what is committed when the statement begins. A frozen node may hold an account's
/// head; the short time limit lets the other accounts go on.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '250ms'";
/// How often the sequencer looks for events without a position that another node left: each node numbers its own events at
/// once, so these are events of a node that died or hangs.
const LOOK: Duration = Duration::from_secs(1);
/// Pause between two rounds, so that a busy node gives positions to many events in one transaction.
const REST: Duration = Duration::from_millis(20);
/// The maximum pause while the database returns errors, or an account cannot be numbered. The other accounts wait for
/// this long, too.
const LONGEST_REST: Duration = Duration::from_secs(1);

impl Postgres {
    /// Gives positions in the feed to committed events, until `ending` completes.
    pub(crate) async fn sequence(&self, ending: impl Future<Output = ()>) {
        let working = self.sequence_for_ever();
        pin_mut!(ending, working);
        // If this future is dropped during a transaction, its connection is closed, which rolls the transaction back.
        tokio::select! {
            () = ending => {}
            () = working => {}
        }
    }

    async fn sequence_for_ever(&self) {
        let mut feed = self.committed.listen(Some(LOOK));
        let mut rest = REST;
        let mut failing = BTreeSet::new();
        loop {
            let changed = feed.changed().await;
            let round = self.sequence_round(changed.accounts, changed.look, &mut failing);
            match round.await {
                Ok(()) if rest > REST => {
                    tracing::info!("events are numbered again");
                    rest = REST;
                }
                Ok(()) => {}
                Err(error) => {
                    if rest == REST {
                        tracing::warn!(%error, "events cannot be numbered; the sequencer tries again");
                    }
                    rest = (rest * 2).min(LONGEST_REST);
                    feed.look_within(rest);
                }
            }
            tokio::time::sleep(rest).await;
        }
    }

    async fn sequence_round(
        &self,
        mut accounts: BTreeSet<AccountId>,
        look: bool,
        failing: &mut BTreeSet<AccountId>,
    ) -> Result<(), Error> {
        if look {
            accounts.extend(self.read(Pending).await?);
        }
        // Accounts take turns, so that a busy account does not delay the others. Those that failed in the last round
        // come last.
        let (last, first): (Vec<_>, Vec<_>) = accounts
            .into_iter()
            .partition(|account| failing.contains(account));
        let mut waiting: VecDeque<AccountId> = first.into_iter().chain(last).collect();
        failing.clear();
        let mut result = Ok(());
        while let Some(account) = waiting.pop_front() {
            match self.stamp(account).await {
                Ok(AT_ONCE) => waiting.push_back(account),
                Ok(_) => {}
                Err(error) => {
                    failing.insert(account);
                    result = Err(error.into());
                }
            }
        }
        result
    }

    /// Gives positions in the feed to all events that are committed now.
    pub(crate) async fn drain_feed(&self) -> Result<(), Error> {
        loop {
            let pending: BTreeSet<AccountId> = self.read(Pending).await?.into_iter().collect();
            if pending.is_empty() {
                return Ok(());
            }
            let mut failing = BTreeSet::new();
            self.sequence_round(pending, false, &mut failing).await?;
        }
    }

    /// Gives positions to some events of one account; returns how many.
    async fn stamp(&self, account: AccountId) -> Result<u64> {
        for attempt in 0..MOST_RUNS {
            match self.try_stamp(account).await {
                Err(Abort::StartOver) => pause(attempt).await,
                // Without pending events, a command or another node has given them their positions, and readers here have no
                // hint yet.
                Ok(stamped) => {
                    self.stamped.tell(&BTreeSet::from([account]));
                    self.notices.tell(account);
                    return Ok(stamped);
                }
                Err(error) => return Err(error),
            }
        }
        Err(Abort::StartOver)
    }

    async fn try_stamp(&self, account: AccountId) -> Result<u64> {
        let mut rows = PostgresRows::begun_by(BEGIN, self.lease().await?, self.clock.now());
        let result = match stamp(&mut rows, account).await {
            // The transaction has written nothing; it only holds a lock, so no COMMIT is needed.
            Ok(0) => Ok(0),
            Ok(stamped) => match rows.commit().await {
                Ok(Commit::Done) => Ok(stamped),
                // If the commit was lost, the next run repeats it. If it succeeded, the next run finds no event without
                // a position.
                Ok(Commit::Unknown) => Err(Abort::StartOver),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        let open = !matches!(result, Ok(1..)) && rows.has_begun();
        rows.end(open).await;
        result
    }
}

/// Reads the accounts that have events without a position.
struct Pending;

impl Read for Pending {
    type Out = Vec<AccountId>;
    const NAME: &'static str = "pending";

    fn cost(&self) -> Cost {
        Cost::ACROSS
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        rows.fetch(&rows::PENDING, &[], |row| row.int().map(AccountId))
            .await
    }
}
