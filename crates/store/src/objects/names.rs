//! Names in the place of the objects: of objects, and of the few files beside them.

use heddle_domain::{AccountId, Timestamp};
use sha2::{Digest, Sha256};

use crate::error::{Result, Trouble};

/// How long after its upload a command may refer to an object, in milliseconds.
const FRESH_MS: i64 = 3_600_000;
/// Age from which an unreferenced object is removed, in milliseconds.
const ABANDONED_MS: i64 = 86_400_000;

/// Names of notes: small files beside the objects, in folders that no account has.
pub(super) const UNFINISHED: &str = "unfinished";
pub(super) const BACKUPS: &str = "backups";
pub(super) const REMOVALS: &str = "removals";
pub(super) const NODES: &str = "nodes";
pub(super) const PROBES: &str = "probes";

/// Returns a new nonce, which begins with the time of the upload.
pub(super) fn nonce(now: Timestamp) -> String {
    format!("{:012x}t{}", now.0, uuid::Uuid::new_v4().simple())
}

/// Returns the name of an object with these bytes.
pub(super) fn name(account: AccountId, digest: &[u8; 32], nonce: &str) -> String {
    format!(
        "{account}/{}.{nonce}",
        base16ct::lower::encode_string(digest)
    )
}

/// Returns the name of an object with these bytes, and a nonce of its own.
pub(super) fn new_name(account: AccountId, bytes: &[u8], now: Timestamp) -> String {
    name(account, &Sha256::digest(bytes).into(), &nonce(now))
}

/// Returns the SHA-256 that the name of an object contains, in hexadecimal. Returns `None` for every other text, so a name with a
/// digest cannot contain `..` or lead out of the folder of the objects.
#[must_use]
pub fn object_digest(name: &str) -> Option<&str> {
    let (account, rest) = name.split_once('/')?;
    let (digest, nonce) = rest.split_once('.')?;
    let is_hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let is_account = !account.is_empty() && account.bytes().all(|b| b.is_ascii_digit());
    let is_nonce = !nonce.is_empty() && nonce.bytes().all(|b| b.is_ascii_alphanumeric());
    (is_account && is_nonce && digest.len() == 64 && is_hex(digest)).then_some(digest)
}

/// Refuses an object of another account, and one so old that the sweeper may be removing it.
pub(crate) fn must_be_fresh(name: &str, account: AccountId, now: Timestamp) -> Result<()> {
    match parts(name) {
        Some((owner, uploaded_at)) if owner == account => match now.0 - uploaded_at.0 {
            age if age > FRESH_MS => {
                Err(Trouble::TimedOut("an attachment was uploaded too long ago").into())
            }
            _ => Ok(()),
        },
        _ => Err(Trouble::Internal(format!("{name} is no object of account {account}")).into()),
    }
}

/// Parses account and time of upload from an object's name.
pub(super) fn parts(name: &str) -> Option<(AccountId, Timestamp)> {
    let (account, rest) = name.split_once('/')?;
    let (_, nonce) = rest.split_once('.')?;
    let (at, _) = nonce.split_once('t')?;
    let account = account.parse().ok()?;
    let at = i64::from_str_radix(at, 16).ok()?;
    Some((AccountId(account), Timestamp(at)))
}

/// Returns the account of an object that was uploaded at least a day before `now`.
pub(super) fn abandoned(name: &str, now: Timestamp) -> Option<AccountId> {
    let (account, uploaded_at) = parts(name)?;
    (now.0 - uploaded_at.0 >= ABANDONED_MS).then_some(account)
}
