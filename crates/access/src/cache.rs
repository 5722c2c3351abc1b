//! The cache of principals (authenticated callers), by the hash that [`key_hash`](crate::authentication::key_hash) returns.
//!
//! The callers of an account share one list of its inboxes. Nothing walks over the entries: a change of a credential or
//! of an account gets a number, and an entry that was read before that change counts as missing. Entries expire by
//! generation: after [`CACHE_MS`] the current generation becomes the previous one, and the generation before is dropped
//! as a whole. So no entry stays longer than twice that time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use heddle_domain::id::{AccountId, CredentialId};
use heddle_domain::{ApiName, Timestamp};
use heddle_store::read::principal::{InboxView, Principal};
use heddle_store::write::credential::SecretHash;

/// How long an entry is used without a read from the store.
pub(crate) const CACHE_MS: i64 = 5_000;
/// The maximum number of cached principals of one generation.
const MAX_CACHED: usize = 50_000;

/// What this node has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Changed {
    /// Settings or inboxes of an account.
    Account(AccountId),
    /// One credential.
    Credential(AccountId, CredentialId),
}

#[derive(Clone, Debug)]
struct Entry<T> {
    value: T,
    read_at: Timestamp,
    /// How many changes there had been when the value was read.
    changes: u64,
}

impl<T> Entry<T> {
    /// Whether the entry is not older than [`CACHE_MS`]. An entry from the future, which exists after the clock was set
    /// back, is not fresh.
    fn is_fresh(&self, now: Timestamp) -> bool {
        (0..CACHE_MS).contains(&(now.0 - self.read_at.0))
    }
}

type Inboxes = Arc<[InboxView]>;

/// What was cached in one period.
#[derive(Debug, Default)]
pub(crate) struct Generation {
    callers: HashMap<SecretHash, Entry<Arc<Principal>>>,
    inboxes: HashMap<(AccountId, ApiName), Entry<Inboxes>>,
    /// The number of the last change of each thing that was changed in this period.
    changed: HashMap<Changed, u64>,
}

/// The cache.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    current: Generation,
    previous: Generation,
    /// When `current` began; `None` before the first entry.
    began_at: Option<Timestamp>,
    /// The number of the last change.
    changes: u64,
}

impl Cache {
    /// Returns the principal if it is cached and fresh. Otherwise returns the number of changes until now, which
    /// [`Self::keep_caller`] needs later.
    pub(crate) fn caller(&self, hash: &SecretHash, now: Timestamp) -> Result<Arc<Principal>, u64> {
        let found = self.newest(|generation| generation.callers.get(hash));
        let valid = found.filter(|entry| {
            let credential = &entry.value.credential;
            let own = Changed::Credential(credential.account, credential.id);
            let of_account = Changed::Account(credential.account);
            entry.is_fresh(now) && self.is_unchanged(&[own, of_account], entry.changes)
        });
        valid.map_or(Err(self.changes), |entry| Ok(Arc::clone(&entry.value)))
    }

    /// Returns the inboxes of an account and when they were read, if they are cached and fresh; and the number of changes
    /// until now, which [`Self::keep_inboxes`] needs.
    pub(crate) fn inboxes(
        &self,
        account: AccountId,
        api: ApiName,
        now: Timestamp,
    ) -> (Option<(Inboxes, Timestamp)>, u64) {
        let found = self.newest(|generation| generation.inboxes.get(&(account, api)));
        let of_account = [Changed::Account(account)];
        let valid = found
            .filter(|entry| entry.is_fresh(now) && self.is_unchanged(&of_account, entry.changes));
        let known = valid.map(|entry| (Arc::clone(&entry.value), entry.read_at));
        (known, self.changes)
    }

    fn newest<'a, T>(&'a self, find: impl Fn(&'a Generation) -> Option<T>) -> Option<T> {
        find(&self.current).or_else(|| find(&self.previous))
    }

    fn is_unchanged(&self, things: &[Changed], since: u64) -> bool {
        let last = |thing| self.newest(|generation| generation.changed.get(thing));
        things
            .iter()
            .filter_map(last)
            .all(|change| *change <= since)
    }

    /// Caches a principal. `read_at` is when it was read, and `changes` the number of changes that the cache knew then.
    pub(crate) fn keep_caller(
        &mut self,
        hash: SecretHash,
        value: Arc<Principal>,
        read_at: Timestamp,
        changes: u64,
    ) {
        keep(&mut self.current.callers, hash, value, (read_at, changes));
    }

    /// Caches the inboxes of an account, like [`Self::keep_caller`].
    pub(crate) fn keep_inboxes(
        &mut self,
        account: AccountId,
        api: ApiName,
        value: Inboxes,
        read_at: Timestamp,
        changes: u64,
    ) {
        let key = (account, api);
        keep(&mut self.current.inboxes, key, value, (read_at, changes));
    }

    /// Removes a principal that no longer exists.
    pub(crate) fn forget_caller(&mut self, hash: &SecretHash) {
        self.current.callers.remove(hash);
        self.previous.callers.remove(hash);
    }

    /// Makes the entries of what was changed invalid, also those that are being read now.
    pub(crate) fn record(&mut self, what: Changed) {
        self.changes += 1;
        self.current.changed.insert(what, self.changes);
    }

    /// Begins a new generation if the current one is old enough, or from the future after the clock was set back. Returns
    /// the generation that expired, which the caller drops after it has released the lock.
    #[must_use]
    pub(crate) fn turn(&mut self, now: Timestamp) -> Generation {
        let is_young = |began: Timestamp| (0..CACHE_MS).contains(&(now.0 - began.0));
        if self.began_at.is_some_and(is_young) {
            return Generation::default();
        }
        self.began_at = Some(now);
        let ended = std::mem::take(&mut self.current);
        std::mem::replace(&mut self.previous, ended)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.current.callers.len() + self.previous.callers.len()
    }
}

fn keep<K: Eq + Hash, T>(
    entries: &mut HashMap<K, Entry<T>>,
    key: K,
    value: T,
    (read_at, changes): (Timestamp, u64),
) {
    if entries.len() < MAX_CACHED {
        let entry = Entry {
            value,
            read_at,
            changes,
        };
        entries.insert(key, entry);
    }
}
