//! Finds the principal of a credential, with a cache, and limits wrong credentials.
//!
//! Heddle creates every secret of a client with 124 random bits or more, and stores its SHA-256 (`store.md` 8). The secret that a
//! client sends is hashed and looked up, so that an unknown one costs one indexed read, and its timing reveals nothing. A
//! principal is cached for five seconds; if this node changes or revokes its credential, it is removed at once.

use std::net::IpAddr;
use std::sync::Arc;

use heddle_domain::id::{AccountId, AgentId, CredentialId};
use heddle_domain::{ApiName, Timestamp};
use heddle_store::read::account::ListInboxes;
use heddle_store::read::people::FindSignIn;
use heddle_store::read::principal::{FindCaller, FindPrincipal, FoundCaller, InboxView, Principal};
use heddle_store::write::credential::SecretHash;
use heddle_store::{Error, Store};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::cache::{Cache, Changed};
use crate::passwords::{self, Passwords};
use heddle_http::limit::Failures;
use heddle_http::request_log;

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
    cache: Mutex<Cache>,
    failures: Failures,
    passwords: Passwords,
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
            passwords: Passwords::default(),
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
        self.admit(found, peer)
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
        let found =
            found.filter(|principal| fits && is_secret(secret, principal.secret_hash.as_deref()));
        self.admit(found, peer)
    }

    /// Returns the principal of the credential with this public name, without a secret: for pages that ask people whether an
    /// app may act for them. Counts no failure, because a public name is no secret.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`].
    pub async fn by_public_name(
        &self,
        api: ApiName,
        name: &str,
    ) -> Result<Option<Arc<Principal>>, Error> {
        self.find(api, Lookup::Name(name)).await
    }

    /// Returns the agent who signs in with this e-mail address and password. A wrong one counts against the address `peer`, and
    /// an address with too many gets no further answer: a guessed password is not to be told from a right one.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn sign_in(
        &self,
        account: AccountId,
        email: &str,
        password: &str,
        peer: IpAddr,
    ) -> Result<AgentId, Denied> {
        self.may_try(peer).map_err(Denied::TooMany)?;
        let fits = passwords::LENGTH.contains(&password.chars().count()) && !email.contains('\0');
        let email = if fits {
            email.to_owned()
        } else {
            String::new()
        };
        let found = self.store.read(FindSignIn { account, email }).await?;
        let (agent, hash) = found
            .map(|found| (found.agent, found.password_hash))
            .unzip();
        let password = if fits {
            password.to_owned()
        } else {
            String::new()
        };
        let is_right = self.passwords.is(password, hash).await?;
        agent.filter(|_| is_right).ok_or_else(|| self.deny(peer))
    }

    /// Returns the hash of a password that an agent will sign in with.
    ///
    /// # Errors
    /// Fails if too many passwords are computed at the moment.
    pub async fn hash_password(&self, password: String) -> Result<String, Error> {
        self.passwords.hash(password).await
    }

    /// Names the caller in the log lines of the request; counts a wrong credential.
    fn admit(&self, found: Option<Arc<Principal>>, peer: IpAddr) -> Result<Arc<Principal>, Denied> {
        let principal = found.ok_or_else(|| self.deny(peer))?;
        let credential = &principal.credential;
        request_log::note_caller(credential.account.get(), credential.id.get());
        Ok(principal)
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
        self.find_again(api, key_hash(api, lookup)).await
    }

    /// Returns the principal of a credential that was found before, by the hash that [`key_hash`] returned; `None` if it was
    /// revoked or has expired since. For answers that last longer than a moment. Counts no failure.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`].
    pub async fn find_again(
        &self,
        api: ApiName,
        hash: SecretHash,
    ) -> Result<Option<Arc<Principal>>, Error> {
        let now = self.store.clock().now();
        let usable = |p: &Principal| {
            !p.credential.revoked
                && p.credential.api == api.as_str()
                && p.expires_at.is_none_or(|end| now < end)
        };
        let changes = match self.cache.lock().caller(&hash, now) {
            Ok(known) => return Ok(Some(known).filter(|p| usable(p))),
            Err(changes) => changes,
        };
        let read = FindCaller(FindPrincipal {
            api,
            key_hash: hash,
        });
        let Some(found) = self.store.read(read).await? else {
            self.cache.lock().forget_caller(&hash);
            return Ok(None);
        };
        let (inboxes, inboxes_at) = self.inboxes(&found, api, now).await?;
        let found = Arc::new(found.with(inboxes));
        // The principal is as old as the older of its parts.
        let read_at = now.min(inboxes_at);
        let expired = {
            let mut cache = self.cache.lock();
            let expired = cache.turn(now);
            cache.keep_caller(hash, Arc::clone(&found), read_at, changes);
            expired
        };
        drop(expired);
        Ok(Some(found).filter(|p| usable(p)))
    }

    /// Returns all inboxes of a caller's account, and when they were read. If the cached list lacks one that the caller
    /// may use, the list is older than the credential and is read again.
    async fn inboxes(
        &self,
        caller: &FoundCaller,
        api: ApiName,
        now: Timestamp,
    ) -> Result<(Arc<[InboxView]>, Timestamp), Error> {
        let account = caller.account();
        let (known, changes) = self.cache.lock().inboxes(account, api, now);
        if let Some(known) = known.filter(|(inboxes, _)| caller.has_all(inboxes)) {
            return Ok(known);
        }
        let inboxes: Arc<[InboxView]> = self.store.read(ListInboxes { account, api }).await?.into();
        let mut cache = self.cache.lock();
        cache.keep_inboxes(account, api, Arc::clone(&inboxes), now, changes);
        Ok((inboxes, now))
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

    /// Counts a wrong credential against the address `peer` (`rules.md` 24), and logs it: scanners of logs, such as
    /// fail2ban, look for this line.
    pub fn deny(&self, peer: IpAddr) -> Denied {
        tracing::warn!("authentication failed from {peer}");
        let verdict = self.failures.record(peer, self.store.clock().now().0);
        if verdict.allowed {
            Denied::Wrong
        } else {
            Denied::TooMany(verdict.retry_after_s)
        }
    }

    /// Removes a credential from the cache after this node changed it.
    pub fn forget(&self, account: AccountId, credential: CredentialId) {
        self.changed(Changed::Credential(account, credential));
    }

    /// Removes all credentials of an account from the cache after this node changed its settings or inboxes.
    pub fn forget_account(&self, account: AccountId) {
        self.changed(Changed::Account(account));
    }

    fn changed(&self, what: Changed) {
        let now = self.store.clock().now();
        let expired = {
            let mut cache = self.cache.lock();
            let expired = cache.turn(now);
            cache.record(what);
            expired
        };
        drop(expired);
    }
}

#[cfg(test)]
mod tests;
