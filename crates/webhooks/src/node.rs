//! State and tools that the workers of one node share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::hook::Hooks;
use crate::sender::Sender;

/// The store counts as busy while this many commands wait for it.
const BUSY_QUEUE: u64 = 16;

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
    pub(super) workers: AtomicU32,
}

impl Node {
    /// Returns how many webhooks the node is sending for.
    pub(super) fn workers(&self) -> u32 {
        self.workers.load(Ordering::Relaxed)
    }

    /// Whether many requests are waiting for the store.
    pub(super) fn is_store_busy(&self) -> bool {
        self.sender.store.health().queued.load(Ordering::Relaxed) >= BUSY_QUEUE
    }

    pub(super) fn lease_ms(&self) -> i64 {
        i64::try_from(self.lease.as_millis()).unwrap_or(i64::MAX)
    }
}
