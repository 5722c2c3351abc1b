//! The requests with an idempotency key that are under way on this node.

use std::collections::HashMap;
use std::sync::Arc;

use heddle_domain::AccountId;
use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

type Twin = (AccountId, [u8; 32]);

/// The keys whose requests are under way on this node.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashMap<Twin, Arc<tokio::sync::Mutex<()>>>>>);

impl InFlight {
    /// Waits until no other request with this key is under way.
    pub(crate) async fn turn(&self, twin: Twin) -> Turn {
        let lock = Arc::clone(self.0.lock().entry(twin).or_default());
        let mut turn = Turn {
            held: None,
            twin,
            all: self.clone(),
        };
        turn.held = Some(lock.lock_owned().await);
        turn
    }
}

/// The only request of its key that is under way.
#[derive(Debug)]
pub(crate) struct Turn {
    held: Option<OwnedMutexGuard<()>>,
    twin: Twin,
    all: InFlight,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.held = None;
        let mut all = self.all.0.lock();
        let is_last = |lock: &Arc<_>| Arc::strong_count(lock) == 1;
        if all.get(&self.twin).is_some_and(is_last) {
            all.remove(&self.twin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn twins_take_turns_and_leave_nothing_behind() {
        let (all, twin) = (InFlight::default(), (AccountId(1), [7; 32]));
        let first = all.turn(twin).await;
        let waiting = all.turn(twin);
        tokio::pin!(waiting);
        assert!(futures_util::poll!(&mut waiting).is_pending());
        assert!(futures_util::poll!(std::pin::pin!(all.turn((AccountId(2), [7; 32])))).is_ready());
        drop(first);
        drop(waiting.await);
        // One that gives up waiting goes without a trace too.
        let first = all.turn(twin).await;
        let mut given_up = Box::pin(all.turn(twin));
        assert!(futures_util::poll!(given_up.as_mut()).is_pending());
        drop(given_up);
        drop(first);
        assert!(all.0.lock().is_empty());
    }
}
