//! What the workers of one node share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::hook::Hooks;
use crate::sender::Sender;

/// So many commands that wait for the store are many.
const PRESSED: u64 = 16;

/// What the workers of a node share.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) sender: Sender,
    /// The parts that APIs have in webhooks.
    pub(super) hooks: Hooks,
    /// Its name on leases.
    pub(super) holder: String,
    pub(super) lease: Duration,
    pub(super) stop: CancellationToken,
    pub(super) workers: AtomicU32,
}

impl Node {
    /// How many webhooks it sends for.
    pub(super) fn workers(&self) -> u32 {
        self.workers.load(Ordering::Relaxed)
    }

    /// Whether many requests wait for the store.
    pub(super) fn is_pressed(&self) -> bool {
        self.sender.store.health().queued.load(Ordering::Relaxed) >= PRESSED
    }

    pub(super) fn lease_ms(&self) -> i64 {
        i64::try_from(self.lease.as_millis()).unwrap_or(i64::MAX)
    }
}
