//! Finds webhooks for which there is something to send, and lets a worker send for each.
//!
//! A node looks where its own commits were at once, and everywhere once in a while: for what other nodes committed, for
//! what is due again, and for what a node that died left behind. Each webhook has a worker of its own, so none waits for
//! another; what they share is the bound on connections.

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

/// Webhooks that one look starts at most; the rest are found by the next.
const AT_ONCE: i64 = 500;
/// Between two looks: many commits in a row are one reason to look.
const BREATH: Duration = Duration::from_millis(2);
/// The same while many requests wait for the store.
const LONG_BREATH: Duration = Duration::from_millis(50);
/// A webhook that could not be sent for is left alone this long.
const TROUBLE: Duration = Duration::from_secs(5);

type Key = (AccountId, WebhookId);

/// How an engine works beside others.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name on its leases. A node that starts again with the same name takes its old leases over at once.
    pub holder: String,
    /// How long deliveries that were begun may take once it is told to stop.
    pub grace: Duration,
}

/// The webhooks' engine of one node.
#[derive(Debug)]
pub struct Engine {
    node: Arc<Node>,
    grace: Duration,
    running: HashMap<Key, Arc<Notify>>,
    tasks: JoinSet<(Key, End)>,
    troubled: HashMap<Key, Instant>,
}

impl Engine {
    /// An engine that sends until `stop` is cancelled.
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
            running: HashMap::new(),
            tasks: JoinSet::new(),
            troubled: HashMap::new(),
        }
    }

    /// Sends until told to stop; then lets workers finish what they are sending, for as long as requests are given.
    pub async fn run(mut self) {
        let stop = self.node.stop.clone();
        let mut feed = self.node.sender.store.feed();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = self.tasks.join_next() => self.ended(ended).await,
                changed = feed.changed() => {
                    self.look(&changed.accounts, changed.look).await;
                    let breath = if self.node.is_pressed() { LONG_BREATH } else { BREATH };
                    tokio::time::sleep(breath).await;
                }
            }
        }
        let finish = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(self.grace, finish).await.is_err() {
            tracing::warn!("webhooks were cut off while sending; they are sent again");
        }
    }

    /// Wakes workers where something changed, and starts those that are missing.
    async fn look(&mut self, accounts: &BTreeSet<AccountId>, everywhere: bool) {
        for ((account, _), wake) in &self.running {
            if everywhere || accounts.contains(account) {
                wake.notify_one();
            }
        }
        if everywhere {
            self.start(None).await;
        } else {
            for account in accounts {
                self.start(Some(*account)).await;
            }
        }
    }

    async fn start(&mut self, account: Option<AccountId>) {
        let read = WebhooksWithWork {
            holder: self.node.holder.clone(),
            account,
            limit: AT_ONCE,
        };
        let found = match self.node.sender.store.read(read).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "cannot look for webhooks to send for");
                return;
            }
        };
        for key in found {
            self.start_one(key);
        }
    }

    fn start_one(&mut self, key: Key) {
        let now = Instant::now();
        self.troubled.retain(|_, until| *until > now);
        if self.running.contains_key(&key) || self.troubled.contains_key(&key) {
            return;
        }
        let wake = Arc::new(Notify::new());
        self.running.insert(key, Arc::clone(&wake));
        self.node.workers.fetch_add(1, Ordering::Relaxed);
        let node = Arc::clone(&self.node);
        self.tasks.spawn(async move {
            let (account, id) = key;
            let work = AssertUnwindSafe(worker::run(node, account, id, wake)).catch_unwind();
            let end = work.await.unwrap_or_else(|_| {
                tracing::error!(%account, webhook = %id, "a webhook's worker panicked");
                End::Trouble
            });
            (key, end)
        });
    }

    async fn ended(&mut self, ended: Result<(Key, End), tokio::task::JoinError>) {
        let Ok((key, end)) = ended else {
            return;
        };
        self.running.remove(&key);
        self.node.workers.fetch_sub(1, Ordering::Relaxed);
        match end {
            End::Trouble => {
                self.troubled.insert(key, Instant::now() + TROUBLE);
            }
            // Something may have come while it was leaving.
            End::Done if !self.node.stop.is_cancelled() => self.start(Some(key.0)).await,
            End::Done => {}
        }
    }
}
