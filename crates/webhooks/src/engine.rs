//! Finds webhooks with deliveries to send, and runs one worker for each of them.
//!
//! After a commit of its own, a node looks at the changed accounts at once. From time to time it looks at all accounts: for
//! events that other nodes committed, for retries that are due, and for deliveries of a node that died. Each webhook has its own
//! worker, so that a slow receiver delays no other webhook; workers share only the limit on connections.

use std::collections::{BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use heddle_domain::id::{AccountId, WebhookId};
use heddle_store::read::webhooks::WebhooksWithWork;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::hook::Hooks;
use super::node::Node;
use super::worker::{self, End};
use crate::sender::Sender;

/// The maximum number of workers that are started in one look. The next look finds the rest.
const MAX_STARTS: i64 = 500;
/// The pause between two looks for work, so that one look serves many commits.
const PAUSE: Duration = Duration::from_millis(2);
/// The pause between two looks for work while many requests are waiting for the store.
const PAUSE_WHILE_STORE_IS_BUSY: Duration = Duration::from_millis(50);
/// How long after a failure of its worker a webhook gets no new worker.
const RETRY_AFTER_FAILURE: Duration = Duration::from_secs(5);

type Key = (AccountId, WebhookId);

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
    failed: HashMap<Key, Instant>,
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
            workers: AtomicU32::new(0),
        };
        Self {
            node: Arc::new(node),
            grace: options.grace,
            workers: HashMap::new(),
            tasks: JoinSet::new(),
            failed: HashMap::new(),
        }
    }

    /// Delivers until the engine is told to stop. Then waits for running deliveries, but no longer than the grace
    /// period.
    pub async fn run(mut self) {
        let stop = self.node.stop.clone();
        let mut feed = self.node.sender.store.feed();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = self.tasks.join_next() => self.worker_ended(ended).await,
                changed = feed.changed() => {
                    self.look_for_work(&changed.accounts, changed.look).await;
                    let pause = if self.node.is_store_busy() { PAUSE_WHILE_STORE_IS_BUSY } else { PAUSE };
                    tokio::time::sleep(pause).await;
                }
            }
        }
        let finish = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(self.grace, finish).await.is_err() {
            tracing::warn!("deliveries were interrupted; they will be sent again");
        }
    }

    /// Wakes the workers of the changed accounts, and starts workers for webhooks that have none.
    async fn look_for_work(&mut self, accounts: &BTreeSet<AccountId>, everywhere: bool) {
        for ((account, _), wake) in &self.workers {
            if everywhere || accounts.contains(account) {
                wake.notify_one();
            }
        }
        if everywhere {
            self.start_workers(None).await;
        } else {
            for account in accounts {
                self.start_workers(Some(*account)).await;
            }
        }
    }

    /// Starts workers for the webhooks of one account, or of all, that need one and have none.
    async fn start_workers(&mut self, account: Option<AccountId>) {
        let read = WebhooksWithWork {
            holder: self.node.holder.clone(),
            account,
            limit: MAX_STARTS,
        };
        let found = match self.node.sender.store.read(read).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "cannot look for webhooks with deliveries to send");
                return;
            }
        };
        for key in found {
            self.start_worker(key);
        }
    }

    fn start_worker(&mut self, key: Key) {
        let now = Instant::now();
        self.failed.retain(|_, until| *until > now);
        if self.workers.contains_key(&key) || self.failed.contains_key(&key) {
            return;
        }
        let wake = Arc::new(Notify::new());
        self.workers.insert(key, Arc::clone(&wake));
        self.node.workers.fetch_add(1, Ordering::Relaxed);
        let node = Arc::clone(&self.node);
        self.tasks.spawn(async move {
            let (account, id) = key;
            let work = AssertUnwindSafe(worker::run(node, account, id, wake)).catch_unwind();
            let end = work.await.unwrap_or_else(|_| {
                tracing::error!(%account, webhook = %id, "a webhook's worker panicked");
                End::Failed
            });
            (key, end)
        });
    }

    async fn worker_ended(&mut self, ended: Result<(Key, End), tokio::task::JoinError>) {
        let Ok((key, end)) = ended else {
            return;
        };
        self.workers.remove(&key);
        self.node.workers.fetch_sub(1, Ordering::Relaxed);
        match end {
            End::Failed => {
                self.failed
                    .insert(key, Instant::now() + RETRY_AFTER_FAILURE);
            }
            // The worker is started again if needed, because an event may have been committed while it was ending.
            End::Done if !self.node.stop.is_cancelled() => self.start_workers(Some(key.0)).await,
            End::Done => {}
        }
    }
}
