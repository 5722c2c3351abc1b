//! Who a caller is: the look-up by hash with its cache, and the limit on wrong credentials.
//!
//! Every secret that opens an API was minted by Heddle with 124 random bits or more and is stored as SHA-256
//! (`store.md` 8); what a caller presents is hashed and looked up, so an unknown one costs one indexed read and tells
//! nothing by its timing. A caller's state is kept for five seconds, and dropped at once when this node revokes it.

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

/// How long a caller's state is believed without a look at the store.
const FRESH_MS: i64 = 5_000;
/// More callers than this are not kept at once.
const MOST_CALLERS: usize = 50_000;

/// No key, token, name or password that Heddle minted is longer, in bytes.
pub const LONGEST_SECRET: usize = 256;

/// What a caller is looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// A key or token: whoever presents it is the caller.
    Secret(&'a str),
    /// A public name (user name, client id): the API must still compare the secret that comes with it.
    Name(&'a str),
}

/// The hash of a look-up. API and sort are part of it: a secret of one API opens no other, and a public name presented
/// as a token opens nothing.
#[must_use]
pub fn key_hash(api: ApiName, lookup: Lookup<'_>) -> SecretHash {
    let (sort, presented) = match lookup {
        Lookup::Secret(secret) => ("secret", secret),
        Lookup::Name(name) => ("name", name),
    };
    Sha256::new()
        .chain_update(api.as_str())
        .chain_update(":")
        .chain_update(sort)
        .chain_update(":")
        .chain_update(presented)
        .finalize()
        .into()
}

/// The stored hash of the secret half of a credential that has a public one.
#[must_use]
pub fn secret_hash(secret: &str) -> SecretHash {
    Sha256::digest(secret).into()
}

/// Whether a presented secret is the stored one, in constant time.
#[must_use]
pub fn is_secret(presented: &str, stored: Option<&[u8]>) -> bool {
    stored.is_some_and(|stored| secret_hash(presented).ct_eq(stored).into())
}

#[derive(Debug)]
struct Kept {
    principal: Arc<Principal>,
    read_at: Timestamp,
}

impl Kept {
    /// A clock that was set back makes nothing last longer.
    fn is_fresh(&self, now: Timestamp) -> bool {
        (0..FRESH_MS).contains(&(now.0 - self.read_at.0))
    }
}

/// The callers that were looked up lately.
#[derive(Debug, Default)]
struct Callers {
    kept: HashMap<SecretHash, Kept>,
    /// How often something was forgotten. What was read across such a moment may be older than the change that caused it,
    /// and is not kept.
    forgotten: u64,
}

impl Callers {
    /// The caller if it is fresh; otherwise what [`Self::keep`] wants to know of the moment before the store is read.
    fn look(&self, hash: &SecretHash, now: Timestamp) -> Result<Arc<Principal>, u64> {
        let fresh = self.kept.get(hash).filter(|kept| kept.is_fresh(now));
        fresh.map_or(Err(self.forgotten), |kept| Ok(Arc::clone(&kept.principal)))
    }

    /// Keeps what was read at `now`, unless something was forgotten in the meantime.
    fn keep(
        &mut self,
        hash: SecretHash,
        found: Option<&Arc<Principal>>,
        now: Timestamp,
        forgotten: u64,
    ) {
        let Some(principal) = found else {
            self.kept.remove(&hash);
            return;
        };
        if self.forgotten != forgotten {
            return;
        }
        if self.kept.len() >= MOST_CALLERS {
            self.kept.retain(|_, kept| kept.is_fresh(now));
        }
        if self.kept.len() < MOST_CALLERS {
            let principal = Arc::clone(principal);
            self.kept.insert(
                hash,
                Kept {
                    principal,
                    read_at: now,
                },
            );
        }
    }

    fn forget(&mut self, is_stale: impl Fn(&Principal) -> bool) {
        self.forgotten += 1;
        self.kept.retain(|_, kept| !is_stale(&kept.principal));
    }
}

/// Why a caller is not let in.
#[derive(Debug)]
pub enum Denied {
    /// The credential is wrong: unknown, revoked or expired, or its other half does not fit.
    Wrong,
    /// The address sent too many wrong ones; it may try again in so many seconds.
    TooMany(u32),
    /// The state of the caller cannot be read. It is never guessed.
    Store(Error),
}

impl From<Error> for Denied {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// Finds callers and counts wrong credentials.
#[derive(Debug)]
pub struct Authentication {
    store: Store,
    callers: Mutex<Callers>,
    failures: Failures,
}

impl Authentication {
    /// A limit of 0 wrong credentials a minute and address is none.
    #[must_use]
    pub fn new(store: Store, failures_per_minute: u32) -> Self {
        Self {
            store,
            callers: Mutex::default(),
            failures: Failures::new(failures_per_minute),
        }
    }

    /// The caller that `lookup` leads to at `api`: known, not revoked, not expired. A secret half, if the credential
    /// has one, is for the API to compare.
    ///
    /// # Errors
    /// The store's: the state of a caller that cannot be read is never guessed (the API answers 503).
    pub async fn find(
        &self,
        api: ApiName,
        lookup: Lookup<'_>,
    ) -> Result<Option<Arc<Principal>>, Error> {
        let hash = key_hash(api, lookup);
        let now = self.store.clock().now();
        let usable = |p: &Principal| {
            !p.credential.revoked
                && p.credential.api == api.as_str()
                && p.expires_at.is_none_or(|end| now < end)
        };
        let forgotten = match self.callers.lock().look(&hash, now) {
            Ok(known) => return Ok(Some(known).filter(|p| usable(p))),
            Err(forgotten) => forgotten,
        };
        let read = FindPrincipal {
            api,
            key_hash: hash,
        };
        let found = self.store.read(read).await?.map(Arc::new);
        let mut callers = self.callers.lock();
        callers.keep(hash, found.as_ref(), now, forgotten);
        drop(callers);
        Ok(found.filter(|p| usable(p)))
    }

    /// The caller that presents `lookup`, if `is_right` says that whatever else it presented is right. A wrong credential
    /// counts against the address it came from. A missing one does not: the API answers it without asking here.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn authenticate(
        &self,
        api: ApiName,
        lookup: Lookup<'_>,
        peer: IpAddr,
        is_right: impl FnOnce(&Principal) -> bool,
    ) -> Result<Arc<Principal>, Denied> {
        let (Lookup::Secret(presented) | Lookup::Name(presented)) = lookup;
        let found = if (1..=LONGEST_SECRET).contains(&presented.len()) {
            self.find(api, lookup).await?
        } else {
            None
        };
        found
            .filter(|principal| is_right(principal))
            .ok_or_else(|| self.deny(peer))
    }

    /// Counts a wrong credential against the address it came from (`rules.md` 24).
    pub fn deny(&self, peer: IpAddr) -> Denied {
        let verdict = self.failures.record(peer, self.store.clock().now().0);
        if verdict.allowed {
            Denied::Wrong
        } else {
            Denied::TooMany(verdict.retry_after_s)
        }
    }

    /// Forgets a credential that was just changed on this node.
    pub fn forget(&self, account: AccountId, credential: CredentialId) {
        self.callers.lock().forget(|principal| {
            let known = &principal.credential;
            (known.account, known.id) == (account, credential)
        });
    }

    /// Forgets everything about an account whose settings or inboxes were just changed on this node.
    pub fn forget_account(&self, account: AccountId) {
        self.callers
            .lock()
            .forget(|principal| principal.credential.account == account);
    }
}

#[cfg(test)]
mod tests {
    use heddle_domain::account::AccountSettings;
    use heddle_testkit::{On, TestStore};

    use super::*;
    use crate::provision::{self, Grant};

    const NAME: ApiName = ApiName::named("test");

    const NOW: Timestamp = Timestamp(1_000_000);

    /// A caller as the store tells of it.
    async fn caller() -> (SecretHash, Arc<Principal>) {
        let test = TestStore::open(On::Sqlite).await;
        let account = provision::account(&test.store, "Here", AccountSettings::default());
        let account = account.await.expect("an account");
        let grant = Grant::full(NAME, Vec::new());
        let key = provision::key(&test.store, &account, grant, "key").await;
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
    async fn a_caller_is_known_for_five_seconds() {
        let (hash, principal) = caller().await;
        let mut callers = Callers::default();
        let before = callers.look(&hash, NOW).expect_err("nobody is known");
        callers.keep(hash, Some(&principal), NOW, before);
        assert!(callers.look(&hash, NOW.plus_ms(4_999)).is_ok());
        assert!(callers.look(&hash, NOW.plus_ms(5_000)).is_err());
        assert!(callers.look(&hash, NOW.plus_ms(-1)).is_err());
        callers.keep(hash, None, NOW, before);
        assert!(callers.look(&hash, NOW).is_err());
    }

    #[tokio::test]
    async fn what_was_read_before_a_revocation_is_not_kept_after_it() {
        let (hash, principal) = caller().await;
        let mut callers = Callers::default();
        let before = callers.look(&hash, NOW).expect_err("nobody is known");
        // Between the read and the keeping of another request, the credential is revoked on this node.
        callers.forget(|_| true);
        callers.keep(hash, Some(&principal), NOW, before);
        let after = callers.look(&hash, NOW).expect_err("nobody is known");
        callers.keep(hash, Some(&principal), NOW, after);
        assert!(callers.look(&hash, NOW).is_ok());
    }
}
