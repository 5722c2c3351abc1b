//! The turns of the reads that may examine many rows.
//!
//! Only a few such reads run at once, so that they leave processor time and connections to the requests that find
//! their rows by keys. Accounts take turns: a free place goes to the account that has waited longest since its last
//! turn, not to the read that has waited longest, so one account's long queue delays no other account.
//!
//! The writer closes the gate when its log has become long. No read begins then; once the running reads have ended,
//! nothing uses the log, and the writer starts it anew. Without the gate, reads that overlap would use the log for ever.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use heddle_domain::AccountId;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::error::{Result, Trouble};

/// How long a read waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
struct State {
    running: usize,
    is_closed: bool,
    /// The reads that wait, by account. An account without such reads has no entry.
    waiting: HashMap<AccountId, VecDeque<oneshot::Sender<Turn>>>,
    /// The accounts in `waiting`, in the order of their next turns.
    order: VecDeque<AccountId>,
}

impl State {
    fn enqueue(&mut self, account: AccountId, waiter: oneshot::Sender<Turn>) {
        let queue = self.waiting.entry(account).or_default();
        if queue.is_empty() {
            self.order.push_back(account);
        }
        queue.push_back(waiter);
    }

    /// Removes the read whose turn is next.
    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        let account = self.order.pop_front()?;
        let queue = self.waiting.get_mut(&account)?;
        let waiter = queue.pop_front();
        if queue.is_empty() {
            self.waiting.remove(&account);
        } else {
            self.order.push_back(account);
        }
        waiter
    }
}

/// Gives out turns.
#[derive(Debug)]
pub(crate) struct Turns {
    /// How many reads run at once.
    most: usize,
    state: Mutex<State>,
}

/// The right to run one read. Dropping it ends the turn.
#[derive(Debug)]
pub(crate) struct Turn(Arc<Turns>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.state.lock().running -= 1;
        self.0.grant();
    }
}

impl Turns {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            state: Mutex::default(),
        })
    }

    /// Waits until a read of this account may run.
    ///
    /// # Errors
    /// [`Trouble::Overloaded`] after 5 seconds.
    pub(crate) async fn take(self: &Arc<Self>, account: AccountId) -> Result<Turn> {
        let (waiter, turn) = oneshot::channel();
        self.state.lock().enqueue(account, waiter);
        self.grant();
        match tokio::time::timeout(LONGEST_WAIT, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(Trouble::Overloaded("too many long reads run").into()),
        }
    }

    /// Gives the free places to the reads whose turns are next.
    fn grant(self: &Arc<Self>) {
        loop {
            let mut state = self.state.lock();
            if state.is_closed || state.running >= self.most {
                return;
            }
            let Some(waiter) = state.next() else {
                return;
            };
            // A read whose caller has gone needs no turn.
            if waiter.is_closed() {
                continue;
            }
            state.running += 1;
            drop(state);
            // If the caller goes right now, the turn comes back and is dropped, which ends it.
            drop(waiter.send(Turn(Arc::clone(self))));
        }
    }

    /// Closes the gate: no read begins until it is opened.
    pub(crate) fn close(&self) {
        self.state.lock().is_closed = true;
    }

    pub(crate) fn open(self: &Arc<Self>) {
        self.state.lock().is_closed = false;
        self.grant();
    }

    /// Whether no read runs.
    pub(crate) fn is_idle(&self) -> bool {
        self.state.lock().running == 0
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::error::Abort;

    const BUSY: AccountId = AccountId(1);
    const CALM: AccountId = AccountId(2);

    #[tokio::test(start_paused = true)]
    async fn a_read_waits_five_seconds_for_its_turn() {
        let turns = Turns::new(1);
        let running = turns.take(BUSY).await.expect("a turn");
        let began = tokio::time::Instant::now();
        let refused = turns.take(CALM).await.map(drop);
        assert!(
            matches!(refused, Err(Abort::Trouble(Trouble::Overloaded(_)))),
            "{refused:?}"
        );
        assert!(began.elapsed() >= LONGEST_WAIT);
        drop(running);
        assert!(turns.take(CALM).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn an_account_with_many_waiting_reads_delays_no_other_account() {
        let turns = Turns::new(1);
        let running = turns.take(BUSY).await.expect("a turn");
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut reads = tokio::task::JoinSet::new();
        for account in [BUSY, BUSY, BUSY, BUSY, CALM, CALM] {
            let (turns, order) = (Arc::clone(&turns), Arc::clone(&order));
            reads.spawn(async move {
                let turn = turns.take(account).await.expect("a turn");
                order.lock().push(account);
                drop(turn);
            });
        }
        // On this runtime every task runs until it waits for its turn.
        tokio::task::yield_now().await;
        drop(running);
        reads.join_all().await;
        assert_eq!(*order.lock(), [BUSY, CALM, BUSY, CALM, BUSY, BUSY]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_has_gone_takes_no_turn() {
        let turns = Turns::new(1);
        let running = turns.take(BUSY).await.expect("a turn");
        let mut gone = Box::pin(turns.take(BUSY));
        assert!(gone.as_mut().now_or_never().is_none());
        let mut waiting = Box::pin(turns.take(CALM));
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(gone);
        drop(running);
        let turn = waiting.await.expect("a turn");
        assert!(!turns.is_idle());
        drop(turn);
        assert!(turns.is_idle());
    }

    #[tokio::test(start_paused = true)]
    async fn no_read_begins_while_the_gate_is_closed() {
        let turns = Turns::new(2);
        let running = turns.take(BUSY).await.expect("a turn");
        turns.close();
        let mut waiting = Box::pin(turns.take(CALM));
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(running);
        assert!(turns.is_idle());
        assert!(waiting.as_mut().now_or_never().is_none());
        turns.open();
        assert!(waiting.await.is_ok());
    }
}
