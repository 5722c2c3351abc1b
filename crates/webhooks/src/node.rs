//! State and tools that the workers of one node share.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, EventId, WebhookId};
use heddle_store::{Error, Write};
use parking_lot::Mutex;
use tokio::sync::{Semaphore, watch};

use tokio_util::sync::CancellationToken;

use crate::hook::Hooks;
use crate::sender::Sender;

/// The store counts as busy while this many commands of others wait for it.
const BUSY_QUEUE: u64 = 16;
/// The maximum number of commands of all workers that wait for the store, so that thousands of workers neither fill its
/// queue nor stand in it before everybody else.
pub(super) const MOST_WRITES: usize = 32;

/// State and tools that the workers of a node share.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) sender: Sender,
    /// What the APIs contribute to webhooks.
    pub(super) hooks: Hooks,
    /// The node's name, which its leases contain.
    pub(super) holder: String,
    pub(super) lease: Duration,
    pub(super) stop: CancellationToken,
    /// The number of workers.
    pub(super) workers: watch::Sender<usize>,
    /// Permits for the workers' commands: [`MOST_WRITES`].
    pub(super) writes: Semaphore,
    /// Webhooks whose receivers are slow. A worker ends when it has nothing to do, and the next one knows this at once.
    pub(super) slow: Mutex<HashSet<(AccountId, WebhookId)>>,
    /// Webhooks whose next event cannot be read in time: which event, and since when.
    pub(super) timed_out: Mutex<HashMap<(AccountId, WebhookId), (EventId, Timestamp)>>,
}

impl Node {
    /// Returns how many webhooks the node is sending for.
    pub(super) fn workers(&self) -> usize {
        *self.workers.borrow()
    }

    /// Whether many requests of clients are waiting for the store.
    pub(super) fn is_store_busy(&self) -> bool {
        let own = MOST_WRITES.saturating_sub(self.writes.available_permits());
        let queued = self.sender.store.health().queued.load(Ordering::Relaxed);
        queued >= BUSY_QUEUE + own as u64
    }

    /// Runs a command of a worker when it is its turn.
    pub(super) async fn write<W: Write>(&self, command: W) -> Result<W::Out, Error> {
        let permit = self.writes.acquire().await;
        let _permit = permit.expect("the semaphore is never closed");
        self.sender.store.write(command).await
    }

    pub(super) fn lease_ms(&self) -> i64 {
        i64::try_from(self.lease.as_millis()).unwrap_or(i64::MAX)
    }
}
