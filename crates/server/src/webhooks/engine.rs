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

use super::client::Client;
use super::worker::{self, End};
use crate::App;
use crate::config;

/// Webhooks that one look starts at most; the rest are found by the next.
const AT_ONCE: i64 = 500;
/// Between two looks: many commits in a row are one reason to look.
const BREATH: Duration = Duration::from_millis(2);
/// The same while many requests wait for the store.
const LONG_BREATH: Duration = Duration::from_millis(50);
/// So many commands that wait for the store are many.
const PRESSED: u64 = 16;
/// A webhook that could not be sent for is left alone this long.
const TROUBLE: Duration = Duration::from_secs(5);

type Key = (AccountId, WebhookId);

/// What the workers of a node share.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) app: App,
    pub(super) client: Client,
    /// Its name on leases.
    pub(super) holder: String,
    pub(super) lease: Duration,
    pub(super) stop: CancellationToken,
    workers: AtomicU32,
}

impl Node {
    /// How many webhooks it sends for.
    pub(super) fn workers(&self) -> u32 {
        self.workers.load(Ordering::Relaxed)
    }

    /// Whether many requests wait for the store.
    pub(super) fn is_pressed(&self) -> bool {
        self.app.store.health().queued.load(Ordering::Relaxed) >= PRESSED
    }

    pub(super) fn lease_ms(&self) -> i64 {
        i64::try_from(self.lease.as_millis()).unwrap_or(i64::MAX)
    }
}

/// The webhooks' engine of one node.
#[derive(Debug)]
pub struct Engine {
    node: Arc<Node>,
    running: HashMap<Key, Arc<Notify>>,
    tasks: JoinSet<(Key, End)>,
    troubled: HashMap<Key, Instant>,
}

impl Engine {
    /// An engine that sends until `stop` is cancelled.
    #[must_use]
    pub fn new(app: App, stop: CancellationToken) -> Self {
        let holder = match app.config.store.engine() {
            // One process has the database: what its predecessor held is its own.
            config::Engine::Sqlite { .. } => "this".to_owned(),
            config::Engine::Postgres { .. } => uuid::Uuid::new_v4().to_string(),
        };
        Self::named(app, stop, holder)
    }

    /// The same with a name of one's own on leases.
    #[must_use]
    pub fn named(app: App, stop: CancellationToken, holder: String) -> Self {
        let settings = &app.config.webhooks;
        let node = Node {
            client: app.webhook_client.clone(),
            holder,
            lease: Duration::from_secs(settings.lease_seconds.get().into()),
            stop,
            workers: AtomicU32::new(0),
            app,
        };
        Self {
            node: Arc::new(node),
            running: HashMap::new(),
            tasks: JoinSet::new(),
            troubled: HashMap::new(),
        }
    }

    /// Sends until told to stop; then lets workers finish what they are sending, for as long as requests are given.
    pub async fn run(mut self) {
        let stop = self.node.stop.clone();
        let mut feed = self.node.app.store.feed();
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
        let grace = Duration::from_secs(self.node.app.config.server.grace_seconds.into());
        let finish = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, finish).await.is_err() {
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
        let found = match self.node.app.store.read(read).await {
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
