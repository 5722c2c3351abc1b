//! Lets the requests of this node that concern one thing run one after the other.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

/// One lock for each thing whose turn somebody has. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Turns<K>(Arc<Mutex<HashMap<K, Arc<tokio::sync::Mutex<()>>>>>);

impl<K> Default for Turns<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Copy + Eq + Hash> Turns<K> {
    /// Waits until nobody else has the turn of this thing. Those who wait get it in the order in which they came.
    pub async fn take(&self, key: K) -> Turn<K> {
        let lock = Arc::clone(self.0.lock().entry(key).or_default());
        // Created before the wait, so that a request that gives up waiting removes its entry, too.
        let mut turn = Turn {
            held: None,
            key,
            all: self.clone(),
        };
        turn.held = Some(lock.lock_owned().await);
        turn
    }
}

/// While this value exists, nobody else has the turn.
#[derive(Debug)]
pub struct Turn<K: Copy + Eq + Hash> {
    held: Option<OwnedMutexGuard<()>>,
    key: K,
    all: Turns<K>,
}

impl<K: Copy + Eq + Hash> Drop for Turn<K> {
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
    async fn who_wants_the_same_waits_and_leaves_nothing_behind() {
        let all = Turns::default();
        let first = all.take(7).await;
        let waiting = all.take(7);
        tokio::pin!(waiting);
        assert!(futures_util::poll!(&mut waiting).is_pending());
        let other = std::pin::pin!(all.take(8));
        assert!(futures_util::poll!(other).is_ready());
        drop(first);
        drop(waiting.await);
        // A request that gives up waiting leaves no entry behind either.
        let first = all.take(7).await;
        let mut given_up = Box::pin(all.take(7));
        assert!(futures_util::poll!(given_up.as_mut()).is_pending());
        drop(given_up);
        drop(first);
        assert!(all.0.lock().is_empty());
    }
}
