//! Finds webhooks with deliveries to send, and runs one worker for each of them.
//!
//! After a commit of its own, a node looks at the changed accounts at once. A timer wakes it when a retry is due. If there are
//! other nodes, it also looks at all accounts: often while it has workers, because an event of another node may be for one of
//! their webhooks; otherwise every ten seconds, for what a node that died has left. Each webhook has its own worker, so that a
//! slow receiver delays no other webhook; workers share only the limit on connections.

#[cfg(test)]
mod tests;
mod wakes;

use std::collections::{BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt;
use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, WebhookId};
use heddle_store::read::webhooks::{WaitingWebhooks, WebhooksWithWork};
use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::hook::Hooks;
use super::node::{MOST_WRITES, Node};
use super::worker::{self, End};
use crate::sender::Sender;
use wakes::{Key, Wakes};

/// How many webhooks with something to send are read at once. A look goes through all pages.
const PAGE: usize = 500;
/// The shortest pause between two looks for work, so that one look serves many commits. After a long look the pause is
/// twice as long as the look was, up to [`LONGEST_PAUSE`], so that looking takes at most a third of the time.
const PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// The pause between two looks for work while many requests are waiting for the store.
const PAUSE_WHILE_STORE_IS_BUSY: Duration = Duration::from_millis(50);
/// How often a node with workers looks for what other nodes have committed.
const LOOK_WHILE_WORKING: Duration = Duration::from_millis(100);
/// The pause before a look that failed is repeated.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How often the times of the retries of other nodes are read.
const READ_TIMES: Duration = Duration::from_secs(10);
/// How often the figures of the engine are logged, at the level "debug".
const FIGURES: Duration = Duration::from_secs(5);

type Ended = Result<(Key, End), tokio::task::JoinError>;

/// The part of the engine's configuration that differs between nodes.
#[derive(Clone, Debug)]
pub struct Options {
    /// The node's name on its leases. A node that restarts with the same name takes over its old leases at once.
    pub holder: String,
    /// How long running deliveries may take after the engine was told to stop.
    pub grace: Duration,
}

/// The engine of one node.
#[derive(Debug)]
pub struct Engine {
    node: Arc<Node>,
    grace: Duration,
    workers: HashMap<Key, Arc<Notify>>,
    tasks: JoinSet<(Key, End)>,
    /// Webhooks whose workers have failed, and until when they get no new ones.
    failed: HashMap<Key, Instant>,
    /// When webhooks without a worker must be looked at.
    wakes: Wakes,
    /// When the times of retries were last read.
    times_read: Option<Instant>,
    /// Whether a look could not read the store.
    look_failed: bool,
    /// How many webhooks with something to send are read at once.
    page: usize,
}

impl Engine {
    /// Creates an engine that delivers until `stop` is cancelled.
    #[must_use]
    pub fn new(sender: Sender, hooks: Hooks, options: Options, stop: CancellationToken) -> Self {
        let node = Node {
            lease: Duration::from_secs(sender.settings.lease_seconds.get().into()),
            sender,
            hooks,
            holder: options.holder,
            stop,
            workers: watch::Sender::new(0),
            writes: Semaphore::new(MOST_WRITES),
            slow: Mutex::default(),
            timed_out: Mutex::default(),
        };
        Self {
            node: Arc::new(node),
            grace: options.grace,
            workers: HashMap::new(),
            tasks: JoinSet::new(),
            failed: HashMap::new(),
            wakes: Wakes::default(),
            times_read: None,
            look_failed: false,
            page: PAGE,
        }
    }

    /// Reads this many webhooks with something to send at once, instead of 500.
    #[must_use]
    pub fn with_page(mut self, webhooks: usize) -> Self {
        self.page = webhooks.max(1);
        self
    }

    /// Returns the number of workers of this engine: of webhooks for which it is sending, or waits a few seconds for more
    /// to send.
    #[must_use]
    pub fn workers(&self) -> watch::Receiver<usize> {
        self.node.workers.subscribe()
    }

    /// Delivers until the engine is told to stop. Then waits for running deliveries, but no longer than the grace
    /// period.
    pub async fn run(mut self) {
        let stop = self.node.stop.clone();
        let mut feed = self.node.sender.store.feed();
        let mut figures = tokio::time::interval(FIGURES);
        let mut moves = self.node.sender.store.clock().moves();
        loop {
            if std::mem::take(&mut self.look_failed) {
                feed.look_within(LOOK_AGAIN);
            }
            if !self.workers.is_empty() && self.node.sender.store.has_other_nodes() {
                feed.look_within(LOOK_WHILE_WORKING);
            }
            let wake = self.wakes.next();
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = self.tasks.join_next() => self.workers_ended(ended).await,
                _ = figures.tick() => self.log_figures(),
                () = clock_moved(&mut moves) => self.follow_clock(),
                () = tokio::time::sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => self.wake_up().await,
                changed = feed.changed() => {
                    let begun = Instant::now();
                    self.look_for_work(&changed.accounts, changed.look).await;
                    self.pause(begun.elapsed()).await;
                }
            }
        }
        let finish = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(self.grace, finish).await.is_err() {
            tracing::warn!("deliveries were interrupted; they will be sent again");
        }
    }

    async fn pause(&self, look: Duration) {
        let shortest = match self.node.is_store_busy() {
            true => PAUSE_WHILE_STORE_IS_BUSY,
            false => PAUSE,
        };
        tokio::time::sleep((look * 2).clamp(shortest, LONGEST_PAUSE)).await;
    }

    fn log_figures(&self) {
        let store = self.node.sender.store.health();
        tracing::debug!(
            workers = self.node.workers(),
            connections = self.node.sender.client.connections(),
            reads = store.reads.load(Ordering::Relaxed),
            commands = store.commands.load(Ordering::Relaxed),
            "webhooks"
        );
    }

    /// Wakes the workers of webhooks with something to send, and starts workers where there are none: in some accounts, or
    /// everywhere.
    async fn look_for_work(&mut self, accounts: &BTreeSet<AccountId>, everywhere: bool) {
        self.failed.retain(|_, until| *until > Instant::now());
        if everywhere {
            self.look_in(None).await;
            self.read_times().await;
        } else {
            for account in accounts {
                self.look_in(Some(*account)).await;
            }
        }
    }

    /// Goes through all webhooks of one account, or of all, that have something to send and that no other node sends for.
    /// Those of this node are among them, but they are only woken, and keep nobody from getting a worker.
    async fn look_in(&mut self, account: Option<AccountId>) {
        let mut after = (AccountId(0), WebhookId(0));
        loop {
            let read = WebhooksWithWork {
                holder: self.node.holder.clone(),
                account,
                after,
                limit: self.page as i64,
            };
            let found = match self.node.sender.store.read(read).await {
                Ok(found) => found,
                Err(error) => {
                    tracing::warn!(%error, "cannot look for webhooks with deliveries to send");
                    self.look_failed = true;
                    return;
                }
            };
            let is_last = found.len() < self.page;
            for key in found {
                after = key;
                match self.workers.get(&key) {
                    Some(wake) => wake.notify_one(),
                    None => self.start_worker(key),
                }
            }
            if is_last {
                return;
            }
        }
    }

    /// Reads when retries are due: of the process before this one, and from time to time of other nodes. Of this node's
    /// own retries the workers tell.
    async fn read_times(&mut self) {
        let is_known = self
            .times_read
            .is_some_and(|read| read.elapsed() < READ_TIMES);
        if is_known {
            return;
        }
        let mut after = (AccountId(0), WebhookId(0));
        loop {
            let limit = self.page as i64;
            let read = WaitingWebhooks { after, limit };
            let found = match self.node.sender.store.read(read).await {
                Ok(found) => found,
                Err(error) => {
                    tracing::warn!(%error, "cannot read when webhooks are to be tried again");
                    self.look_failed = true;
                    return;
                }
            };
            let is_last = found.len() < self.page;
            for (key, due) in found {
                after = key;
                if let Some(due) = due.filter(|_| !self.workers.contains_key(&key)) {
                    self.wake_at(key, due);
                }
            }
            if is_last {
                self.times_read = Some(Instant::now());
                return;
            }
        }
    }

    /// Makes the engine look at a webhook at a time of the store's clock, unless the webhook pauses after a failure: then the
    /// end of the pause decides.
    fn wake_at(&mut self, key: Key, due: Timestamp) {
        if self.failed.contains_key(&key) {
            return;
        }
        let wait = u64::try_from(due.0 - self.node.sender.now().0).unwrap_or(0);
        let at = Instant::now() + Duration::from_millis(wait);
        self.wakes.set(key, at, due);
    }

    /// Plans everything anew that waits for a time of the store's clock, because somebody has moved the clock.
    fn follow_clock(&mut self) {
        for (key, due) in self.wakes.due_by_clock() {
            self.wake_at(key, due);
        }
        for wake in self.workers.values() {
            wake.notify_one();
        }
    }

    /// Looks at the webhooks whose time has come.
    async fn wake_up(&mut self) {
        let woken = self.wakes.take_until(Instant::now());
        let accounts = woken.iter().map(|(key, _)| key.0).collect();
        self.look_for_work(&accounts, false).await;
        let now = self.node.sender.now();
        for (key, due) in woken {
            // The store's clock was set back meanwhile.
            if due > now && !self.workers.contains_key(&key) {
                self.wake_at(key, due);
            }
        }
    }

    fn start_worker(&mut self, key: Key) {
        if let Some(until) = self.failed.get(&key) {
            self.wakes.set(key, *until, Timestamp(0));
            return;
        }
        self.wakes.cancel(key);
        let wake = Arc::new(Notify::new());
        self.workers.insert(key, Arc::clone(&wake));
        self.node.workers.send_replace(self.workers.len());
        let node = Arc::clone(&self.node);
        self.tasks.spawn(async move {
            let (account, id) = key;
            let work = AssertUnwindSafe(worker::run(node, account, id, wake)).catch_unwind();
            let end = work.await.unwrap_or_else(|_| {
                tracing::error!(%account, webhook = %id, "a webhook's worker panicked");
                End::Failed(worker::RETRY_SOON)
            });
            (key, end)
        });
    }

    /// Removes the workers that have ended. Their accounts are looked at again, because an event may have been committed
    /// while a worker was ending.
    async fn workers_ended(&mut self, first: Ended) {
        let mut accounts = BTreeSet::new();
        let mut next = Some(first);
        while let Some(ended) = next {
            if let Ok((key, end)) = ended {
                self.workers.remove(&key);
                match end {
                    End::Failed(pause) => {
                        let until = Instant::now() + pause;
                        self.failed.insert(key, until);
                        self.wakes.set(key, until, Timestamp(0));
                    }
                    End::Done(due) => {
                        if let Some(due) = due {
                            self.wake_at(key, due);
                        }
                        accounts.insert(key.0);
                    }
                }
            }
            next = self.tasks.try_join_next();
        }
        self.node.workers.send_replace(self.workers.len());
        if !self.node.stop.is_cancelled() {
            self.look_for_work(&accounts, false).await;
        }
    }
}

/// Waits until somebody moves the clock: for ever, if nobody can.
async fn clock_moved(moves: &mut Option<watch::Receiver<()>>) {
    if let Some(moves) = moves
        && moves.changed().await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}
