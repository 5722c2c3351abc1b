//! The requests with an idempotency key that this node is handling now.

use std::collections::HashMap;
use std::sync::Arc;

use heddle_domain::AccountId;
use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

/// An account and the hash of its idempotency key.
type RequestKey = (AccountId, [u8; 32]);

/// One lock for each key whose request is being handled.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashMap<RequestKey, Arc<tokio::sync::Mutex<()>>>>>);

impl InFlight {
    /// Waits until no other request with this key is being handled.
    pub(crate) async fn acquire(&self, key: RequestKey) -> InFlightGuard {
        let lock = Arc::clone(self.0.lock().entry(key).or_default());
        // Created before the wait, so that a request that gives up waiting removes its entry, too.
        let mut guard = InFlightGuard {
            held: None,
            key,
            all: self.clone(),
        };
        guard.held = Some(lock.lock_owned().await);
        guard
    }
}

/// While this value exists, no other request with its key continues.
#[derive(Debug)]
pub(crate) struct InFlightGuard {
    held: Option<OwnedMutexGuard<()>>,
    key: RequestKey,
    all: InFlight,
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.held = None;
        let mut all = self.all.0.lock();
        let is_last = |lock: &Arc<_>| Arc::strong_count(lock) == 1;
        if all.get(&self.key).is_some_and(is_last) {
            all.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_with_one_key_wait_for_each_other_and_leave_nothing_behind() {
        let (all, key) = (InFlight::default(), (AccountId(1), [7; 32]));
        let first = all.acquire(key).await;
        let waiting = all.acquire(key);
        tokio::pin!(waiting);
        assert!(futures_util::poll!(&mut waiting).is_pending());
        let other = std::pin::pin!(all.acquire((AccountId(2), [7; 32])));
        assert!(futures_util::poll!(other).is_ready());
        drop(first);
        drop(waiting.await);
        // A request that gives up waiting leaves no entry behind either.
        let first = all.acquire(key).await;
        let mut given_up = Box::pin(all.acquire(key));
        assert!(futures_util::poll!(given_up.as_mut()).is_pending());
        drop(given_up);
        drop(first);
        assert!(all.0.lock().is_empty());
    }
}
