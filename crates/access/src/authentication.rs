//! Finds the principal of a credential, with a cache, and limits wrong credentials.
//!
//! Heddle creates every secret of a client with 124 random bits or more, and stores its SHA-256 (`store.md` 8). The secret that a
//! client sends is hashed and looked up, so that an unknown one costs one indexed read, and its timing reveals nothing. A
//! principal is cached for five seconds; if this node changes or revokes its credential, it is removed at once.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use heddle_domain::id::{AccountId, CredentialId};
use heddle_domain::{ApiName, Timestamp};
use heddle_store::read::principal::{FindPrincipal, Principal};
use heddle_store::write::credential::SecretHash;
use heddle_store::{Error, Store};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use heddle_http::limit::Failures;

/// How long a cached principal is used without a read from the store.
const CACHE_MS: i64 = 5_000;
/// The maximum number of cached principals of one generation.
const MAX_CACHED: usize = 50_000;

/// The maximum length of a key, token, name or password, in bytes. Heddle creates shorter ones.
pub const LONGEST_SECRET: usize = 256;

/// How a credential is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// By a key or token. It alone authenticates the client.
    Secret(&'a str),
    /// By a public name (user name or client id). The API must also compare the secret that the client sends with it.
    Name(&'a str),
}

/// Returns the hash by which a credential is stored and looked up. API and kind are part of the hash, so that a secret
/// is valid in one API only, and a public name is not valid as a token.
#[must_use]
pub fn key_hash(api: ApiName, lookup: Lookup<'_>) -> SecretHash {
    let (kind, presented) = match lookup {
        Lookup::Secret(secret) => ("secret", secret),
        Lookup::Name(name) => ("name", name),
    };
    Sha256::new()
        .chain_update(api.as_str())
        .chain_update(":")
        .chain_update(kind)
        .chain_update(":")
        .chain_update(presented)
        .finalize()
        .into()
}

/// Returns the hash by which the secret that belongs to a public name is stored.
#[must_use]
pub fn secret_hash(secret: &str) -> SecretHash {
    Sha256::digest(secret).into()
}

/// Whether a client's secret has the stored hash. Compares in constant time.
#[must_use]
pub fn is_secret(presented: &str, stored: Option<&[u8]>) -> bool {
    stored.is_some_and(|stored| secret_hash(presented).ct_eq(stored).into())
}

#[derive(Debug)]
struct CachedPrincipal {
    principal: Arc<Principal>,
    read_at: Timestamp,
}

impl CachedPrincipal {
    /// Whether the entry is not older than [`CACHE_MS`]. An entry from the future, which exists after the clock was set
    /// back, is not fresh.
    fn is_fresh(&self, now: Timestamp) -> bool {
        (0..CACHE_MS).contains(&(now.0 - self.read_at.0))
    }
}

type Entries = HashMap<SecretHash, CachedPrincipal>;

/// A cache of principals (authenticated callers), by the hash that [`key_hash`] returns. Entries expire by generation:
/// after [`CACHE_MS`] the current generation becomes the previous one, and the generation before is dropped as a whole.
/// So no entry stays longer than twice that time, and expiry reads no entries.
#[derive(Debug, Default)]
struct PrincipalCache {
    current: Entries,
    previous: Entries,
    /// When `current` began; `None` before the first entry.
    began_at: Option<Timestamp>,
    /// How many times [`Self::forget`] was called. If this number changes while a principal is being read, the result may be
    /// out of date and is not cached.
    invalidations: u64,
}

impl PrincipalCache {
    /// Returns the principal if it is cached and fresh. Otherwise returns the number of invalidations, which
    /// [`Self::insert`] needs later.
    fn get(&self, hash: &SecretHash, now: Timestamp) -> Result<Arc<Principal>, u64> {
        let found = self.current.get(hash).or_else(|| self.previous.get(hash));
        let fresh = found.filter(|entry| entry.is_fresh(now));
        fresh.map_or(Err(self.invalidations), |entry| {
            Ok(Arc::clone(&entry.principal))
        })
    }

    /// Caches the result of a read at `now`, unless [`Self::forget`] was called since the read began. Returns the expired
    /// entries, which the caller drops after it has released the lock.
    #[must_use]
    fn insert(
        &mut self,
        hash: SecretHash,
        found: Option<&Arc<Principal>>,
        now: Timestamp,
        invalidations: u64,
    ) -> Entries {
        let expired = self.turn(now);
        let Some(principal) = found else {
            self.current.remove(&hash);
            self.previous.remove(&hash);
            return expired;
        };
        if self.invalidations == invalidations && self.current.len() < MAX_CACHED {
            let principal = Arc::clone(principal);
            let read_at = now;
            self.current
                .insert(hash, CachedPrincipal { principal, read_at });
        }
        expired
    }

    /// Begins a new generation if the current one is old enough, or from the future after the clock was set back. Returns
    /// the generation that expired.
    fn turn(&mut self, now: Timestamp) -> Entries {
        let is_young = |began: Timestamp| (0..CACHE_MS).contains(&(now.0 - began.0));
        if self.began_at.is_some_and(is_young) {
            return Entries::new();
        }
        self.began_at = Some(now);
        let ended = std::mem::take(&mut self.current);
        std::mem::replace(&mut self.previous, ended)
    }

    fn forget(&mut self, is_stale: impl Fn(&Principal) -> bool) {
        self.invalidations += 1;
        for entries in [&mut self.current, &mut self.previous] {
            entries.retain(|_, entry| !is_stale(&entry.principal));
        }
    }
}

/// Why authentication fails.
#[derive(Debug)]
pub enum Denied {
    /// The credential is wrong: unknown, revoked or expired, or its secret does not match.
    Wrong,
    /// The address has sent too many wrong credentials. It may try again after this many seconds.
    TooMany(u32),
    /// The store cannot be read, so that the result is unknown.
    Store(Error),
}

impl From<Error> for Denied {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// Finds principals and counts wrong credentials.
#[derive(Debug)]
pub struct Authentication {
    store: Store,
    cache: Mutex<PrincipalCache>,
    failures: Failures,
}

impl Authentication {
    /// Creates the limiter and the cache. `failures_per_minute` is the maximum number of wrong credentials per address;
    /// 0 means no limit.
    #[must_use]
    pub fn new(store: Store, failures_per_minute: u32) -> Self {
        Self {
            store,
            cache: Mutex::default(),
            failures: Failures::new(failures_per_minute),
        }
    }

    /// Returns the principal of the credential with this secret. A wrong secret counts against the address `peer`. For a request
    /// without a credential, the API does not call this function.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn by_secret(
        &self,
        api: ApiName,
        secret: &str,
        peer: IpAddr,
    ) -> Result<Arc<Principal>, Denied> {
        let found = self.find(api, Lookup::Secret(secret)).await?;
        found.ok_or_else(|| self.deny(peer))
    }

    /// Returns the principal of the credential with this public name, if the secret is right. Otherwise like [`Self::by_secret`].
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn by_name(
        &self,
        api: ApiName,
        name: &str,
        secret: &str,
        peer: IpAddr,
    ) -> Result<Arc<Principal>, Denied> {
        let fits = secret.len() <= LONGEST_SECRET;
        let found = self.find(api, Lookup::Name(name)).await?;
        found
            .filter(|principal| fits && is_secret(secret, principal.secret_hash.as_deref()))
            .ok_or_else(|| self.deny(peer))
    }

    /// Returns the principal (authenticated caller) of the credential with this key or name in `api`, if the credential
    /// is neither revoked nor expired. Compares no secret and counts no failure. Does not look for texts that no
    /// credential can have.
    async fn find(
        &self,
        api: ApiName,
        lookup: Lookup<'_>,
    ) -> Result<Option<Arc<Principal>>, Error> {
        let (Lookup::Secret(presented) | Lookup::Name(presented)) = lookup;
        if !(1..=LONGEST_SECRET).contains(&presented.len()) {
            return Ok(None);
        }
        let hash = key_hash(api, lookup);
        let now = self.store.clock().now();
        let usable = |p: &Principal| {
            !p.credential.revoked
                && p.credential.api == api.as_str()
                && p.expires_at.is_none_or(|end| now < end)
        };
        let invalidations = match self.cache.lock().get(&hash, now) {
            Ok(known) => return Ok(Some(known).filter(|p| usable(p))),
            Err(invalidations) => invalidations,
        };
        let read = FindPrincipal {
            api,
            key_hash: hash,
        };
        let found = self.store.read(read).await?.map(Arc::new);
        let mut cache = self.cache.lock();
        let expired = cache.insert(hash, found.as_ref(), now, invalidations);
        drop(cache);
        drop(expired);
        Ok(found.filter(|p| usable(p)))
    }

    /// Whether the address `peer` may still send wrong credentials. An API that finds the credential in the body asks before it
    /// reads a large body.
    ///
    /// # Errors
    /// The number of seconds after which the address may try again, if it has sent too many wrong credentials.
    pub fn may_try(&self, peer: IpAddr) -> Result<(), u32> {
        let now = self.store.clock().now().0;
        self.failures.foresee(peer, now).into_result()
    }

    /// Counts a wrong credential against the address `peer` (`rules.md` 24).
    pub fn deny(&self, peer: IpAddr) -> Denied {
        let verdict = self.failures.record(peer, self.store.clock().now().0);
        if verdict.allowed {
            Denied::Wrong
        } else {
            Denied::TooMany(verdict.retry_after_s)
        }
    }

    /// Removes a credential from the cache after this node changed it.
    pub fn forget(&self, account: AccountId, credential: CredentialId) {
        self.cache.lock().forget(|principal| {
            let known = &principal.credential;
            (known.account, known.id) == (account, credential)
        });
    }

    /// Removes all credentials of an account from the cache after this node changed its settings or inboxes.
    pub fn forget_account(&self, account: AccountId) {
        self.cache
            .lock()
            .forget(|principal| principal.credential.account == account);
    }
}

#[cfg(test)]
mod tests {
    use heddle_domain::account::AccountSettings;
    use heddle_testkit::{On, TestStore};

    use super::*;
    use crate::provision;
    use heddle_domain::credential::Grant;

    const NAME: ApiName = ApiName::named("test");

    const NOW: Timestamp = Timestamp(1_000_000);

    /// Returns a principal as the store returns it, and the hash of its key.
    async fn caller() -> (SecretHash, Arc<Principal>) {
        let test = TestStore::open(On::Sqlite).await;
        let account = provision::create_account(&test.store, "Here", AccountSettings::default());
        let account = account.await.expect("an account");
        let grant = Grant::full(NAME, heddle_domain::InboxScope::All);
        let key = provision::create_key(&test.store, &account, grant, "key").await;
        key.expect("a key");
        let key_hash = key_hash(NAME, Lookup::Secret("key"));
        let read = test
            .store
            .read(FindPrincipal {
                api: NAME,
                key_hash,
            })
            .await;
        let found = read.expect("a read").expect("a caller");
        (key_hash, Arc::new(found))
    }

    #[tokio::test]
    async fn a_principal_is_cached_for_five_seconds() {
        let (hash, principal) = caller().await;
        let mut cache = PrincipalCache::default();
        let before = cache.get(&hash, NOW).expect_err("nobody is known");
        let _ = cache.insert(hash, Some(&principal), NOW, before);
        assert!(cache.get(&hash, NOW.plus_ms(4_999)).is_ok());
        assert!(cache.get(&hash, NOW.plus_ms(5_000)).is_err());
        assert!(cache.get(&hash, NOW.plus_ms(-1)).is_err());
        let _ = cache.insert(hash, None, NOW, before);
        assert!(cache.get(&hash, NOW).is_err());
    }

    #[tokio::test]
    async fn a_principal_read_before_a_revocation_is_not_cached_after_it() {
        let (hash, principal) = caller().await;
        let mut cache = PrincipalCache::default();
        let before = cache.get(&hash, NOW).expect_err("nobody is known");
        // In this test the node revokes the credential after another request has read it, and before that request
        // caches the result.
        cache.forget(|_| true);
        let _ = cache.insert(hash, Some(&principal), NOW, before);
        let after = cache.get(&hash, NOW).expect_err("nobody is known");
        let _ = cache.insert(hash, Some(&principal), NOW, after);
        assert!(cache.get(&hash, NOW).is_ok());
    }

    #[tokio::test]
    async fn cached_principals_do_not_stay_after_they_expire() {
        let (hash, principal) = caller().await;
        let mut cache = PrincipalCache::default();
        let _ = cache.insert(hash, Some(&principal), NOW, 0);
        for (at, kept) in [(5_000, true), (10_000, false)] {
            let _ = cache.insert([0; 32], None, NOW.plus_ms(at), 0);
            let held = cache.current.len() + cache.previous.len();
            assert_eq!(held == 1, kept, "after {at} ms");
        }
        assert_eq!(Arc::strong_count(&principal), 1);
    }
}
