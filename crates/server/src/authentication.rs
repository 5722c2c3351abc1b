//! Who a caller is: the look-up by hash with its cache, and the limit on wrong credentials.
//!
//! Every secret that opens a door was minted by Heddle with 124 random bits or more and is stored as SHA-256
//! (`store.md` 8); what a caller presents is hashed and looked up, so an unknown one costs one indexed read and tells
//! nothing by its timing. A caller's state is kept for five seconds, and dropped at once when this node revokes it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use heddle_domain::id::{AccountId, CredentialId};
use heddle_domain::{Door, Timestamp};
use heddle_store::read::principal::{FindPrincipal, Principal};
use heddle_store::write::credential::SecretHash;
use heddle_store::{Error, Store};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::kit::limit::{Failures, Verdict};

/// How long a caller's state is believed without a look at the store.
const FRESH_MS: i64 = 5_000;
/// More callers than this are not kept at once.
const MOST_CALLERS: usize = 50_000;

/// What a caller is looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// A key or token: whoever presents it is the caller.
    Secret(&'a str),
    /// A public name (user name, client id): the door must still compare the secret that comes with it.
    Name(&'a str),
}

/// The hash of a look-up. Door and sort are part of it: a secret of one door opens no other, and a public name presented
/// as a token opens nothing.
#[must_use]
pub fn key_hash(door: Door, lookup: Lookup<'_>) -> SecretHash {
    let (sort, presented) = match lookup {
        Lookup::Secret(secret) => ("secret", secret),
        Lookup::Name(name) => ("name", name),
    };
    Sha256::new()
        .chain_update(door.as_str())
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

/// Finds callers and counts wrong credentials.
#[derive(Debug)]
pub struct Authentication {
    store: Store,
    callers: Mutex<HashMap<SecretHash, Kept>>,
    failures: Failures,
}

impl Authentication {
    pub(crate) fn new(store: Store, failures_per_minute: u32) -> Self {
        Self {
            store,
            callers: Mutex::new(HashMap::new()),
            failures: Failures::new(failures_per_minute),
        }
    }

    /// The caller that `lookup` leads to at `door`: known, not revoked, not expired. A secret half, if the credential
    /// has one, is for the door to compare.
    ///
    /// # Errors
    /// The store's: the state of a caller that cannot be read is never guessed (the door answers 503).
    pub async fn find(
        &self,
        door: Door,
        lookup: Lookup<'_>,
    ) -> Result<Option<Arc<Principal>>, Error> {
        let hash = key_hash(door, lookup);
        let now = self.store.clock().now();
        let usable = |p: &Principal| {
            !p.credential.revoked
                && p.credential.door == door.as_str()
                && p.expires_at.is_none_or(|end| now < end)
        };
        if let Some(kept) = self.callers.lock().get(&hash)
            && now.0 - kept.read_at.0 < FRESH_MS
        {
            return Ok(Some(Arc::clone(&kept.principal)).filter(|p| usable(p)));
        }
        let found = self
            .store
            .read(FindPrincipal {
                door,
                key_hash: hash,
            })
            .await?
            .map(Arc::new);
        let mut callers = self.callers.lock();
        match &found {
            Some(principal) => {
                if callers.len() >= MOST_CALLERS {
                    callers.retain(|_, kept| now.0 - kept.read_at.0 < FRESH_MS);
                }
                if callers.len() < MOST_CALLERS {
                    callers.insert(
                        hash,
                        Kept {
                            principal: Arc::clone(principal),
                            read_at: now,
                        },
                    );
                }
            }
            None => drop(callers.remove(&hash)),
        }
        drop(callers);
        Ok(found.filter(|p| usable(p)))
    }

    /// Forgets a credential that was just changed on this node.
    pub fn forget(&self, account: AccountId, credential: CredentialId) {
        self.callers.lock().retain(|_, kept| {
            let known = &kept.principal.credential;
            (known.account, known.id) != (account, credential)
        });
    }

    /// Forgets everything about an account whose settings or inboxes were just changed on this node.
    pub fn forget_account(&self, account: AccountId) {
        self.callers
            .lock()
            .retain(|_, kept| kept.principal.credential.account != account);
    }

    /// Counts a wrong credential; a refusal means the address is over its limit and gets 429 instead of 401. A missing
    /// credential is not counted, a valid one is never refused (`rules.md` 24).
    #[must_use]
    pub fn count_failure(&self, peer: IpAddr) -> Verdict {
        self.failures.record(peer, self.store.clock().now().0)
    }
}
