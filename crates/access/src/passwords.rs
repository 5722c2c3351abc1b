//! Passwords that people choose, stored as argon2id with a salt of their own.
//!
//! A computation takes 19 MiB of memory and about 50 ms of a core, so only a few run at once, and only a few more wait.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use heddle_store::{Error, Trouble};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;
use tokio::task;

use crate::secrets::mint_key;

/// How many characters a password has. Not more is computed, whatever a client sends.
pub const LENGTH: RangeInclusive<usize> = 10..=200;
/// How many computations run at once.
const AT_ONCE: usize = 2;
/// How many computations run or wait.
const MOST_WAITING: usize = 64;
/// Memory of a computation, in KiB; its passes; and its lanes.
const COSTS: (u32, u32, u32) = (19_456, 2, 1);
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
const PREFIX: &str = "$argon2id$v=19$";

/// Computes and compares the hashes of passwords.
#[derive(Debug)]
pub(crate) struct Passwords {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            running: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Arc::new(Semaphore::new(MOST_WAITING)),
        }
    }
}

impl Passwords {
    /// Returns the hash of a password, as it is stored.
    ///
    /// # Errors
    /// Returns [`Trouble::Overloaded`] if too many passwords are computed.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Error> {
        self.compute(move || Hash::new(&password).to_string()).await
    }

    /// Whether a password has the stored hash. Without one, computes as long and returns false, so that the time of the answer
    /// does not tell who has a password.
    ///
    /// # Errors
    /// As [`Self::hash`].
    pub(crate) async fn is(&self, password: String, hash: Option<String>) -> Result<bool, Error> {
        self.compute(move || {
            let stored = hash.as_deref().and_then(Hash::parse);
            let compared = stored.clone().unwrap_or_else(Hash::of_nobody);
            compared.is_of(&password) && stored.is_some()
        })
        .await
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let busy = || Error::Trouble(Trouble::Overloaded("too many people sign in"));
        let waiting = Arc::clone(&self.waiting).try_acquire_owned();
        let waiting = waiting.map_err(|_| busy())?;
        let running = Arc::clone(&self.running).acquire_owned().await;
        let running = running.map_err(|_| busy())?;
        // A client that goes away does not end the computation, so its permits go with it.
        let done = task::spawn_blocking(move || {
            let result = work();
            drop((waiting, running));
            result
        });
        let failed = |_| Trouble::Internal("the hash of a password was not computed".into());
        done.await.map_err(|error| Error::Trouble(failed(error)))
    }
}

/// Returns a new random password of 122 bits, for an operator who sets one for somebody else.
#[must_use]
pub fn mint_password() -> String {
    mint_key().chars().take(32).collect()
}

/// Returns the hash of a password, for the command line, which computes only one.
#[must_use]
pub fn hash_password(password: &str) -> String {
    Hash::new(password).to_string()
}

/// A salt, and what argon2id makes of it and a password.
#[derive(Clone, PartialEq, Eq)]
struct Hash {
    costs: (u32, u32, u32),
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Hash {
    fn new(password: &str) -> Self {
        let mut salt = vec![0; SALT_BYTES];
        getrandom::fill(&mut salt).expect("the system has random numbers");
        Self {
            hash: derive(password, &salt, COSTS).expect("our own costs are valid"),
            salt,
            costs: COSTS,
        }
    }

    /// Returns a hash that no password has.
    fn of_nobody() -> Self {
        Self {
            costs: COSTS,
            salt: vec![0; SALT_BYTES],
            hash: vec![0; HASH_BYTES],
        }
    }

    fn is_of(&self, password: &str) -> bool {
        let derived = derive(password, &self.salt, self.costs);
        derived.is_some_and(|derived| derived.ct_eq(&self.hash).into())
    }

    /// Reads the text that [`fmt::Display`] writes.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(PREFIX)?.split('$');
        let (costs, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
        let mut numbers = costs.split(',').zip(["m=", "t=", "p="]);
        let mut number = || {
            let (part, name) = numbers.next()?;
            part.strip_prefix(name)?.parse().ok()
        };
        let decode = |text| BASE64_STANDARD_NO_PAD.decode(text).ok();
        Some(Self {
            costs: (number()?, number()?, number()?),
            salt: decode(salt)?,
            hash: decode(hash)?,
        })
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (m, t, p) = self.costs;
        let [salt, hash] = [&self.salt, &self.hash].map(|part| BASE64_STANDARD_NO_PAD.encode(part));
        write!(f, "{PREFIX}m={m},t={t},p={p}${salt}${hash}")
    }
}

/// Returns what argon2id makes of a password; `None` if the costs or the salt are not valid.
fn derive(password: &str, salt: &[u8], (m, t, p): (u32, u32, u32)) -> Option<Vec<u8>> {
    let params = Params::new(m, t, p, Some(HASH_BYTES)).ok()?;
    let mut hash = vec![0; HASH_BYTES];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut hash)
        .ok()?;
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_same_password_has_the_hash() {
        let passwords = Passwords::default();
        let stored = passwords
            .hash("correct horse".into())
            .await
            .expect("a hash");
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        assert!(!stored.contains("horse"));
        let other = passwords
            .hash("correct horse".into())
            .await
            .expect("a hash");
        assert_ne!(stored, other, "each has a salt of its own");
        for (password, hash, right) in [
            ("correct horse", Some(stored.clone()), true),
            ("correct horsf", Some(stored.clone()), false),
            ("", Some(stored), false),
            (
                "correct horse",
                Some("$argon2id$v=19$m=1,t=1$x".into()),
                false,
            ),
            ("correct horse", Some(String::new()), false),
            ("correct horse", None, false),
        ] {
            let found = passwords.is(password.into(), hash.clone()).await;
            assert_eq!(found.expect("computed"), right, "{password} {hash:?}");
        }
    }

    /// Computed by the C library of the designers of argon2.
    #[test]
    fn the_hash_is_that_of_argon2id() {
        let text = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$K13EBUiG7JV+9ZxztmHFTdb7J0WQsnj2V8bZaqyPptE";
        let hash = Hash::parse(text).expect("a hash");
        assert!(hash.is_of("password") && !hash.is_of("Password"));
        assert_eq!(hash.to_string(), text);
    }

    #[tokio::test]
    async fn too_many_at_once_are_refused() {
        let passwords = Passwords::default();
        let held = passwords
            .waiting
            .clone()
            .acquire_many_owned(MOST_WAITING as u32);
        let held = held.await.expect("all permits");
        let refused = passwords.hash("correct horse".into()).await;
        let busy = matches!(refused, Err(Error::Trouble(Trouble::Overloaded(_))));
        assert!(busy, "{refused:?}");
        drop(held);
        assert!(passwords.hash("correct horse".into()).await.is_ok());
    }
}
