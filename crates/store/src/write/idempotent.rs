//! Idempotent commands: a repeated request with the same key runs the command once (`rules.md` 29).
//!
//! Invariants: in the command's own transaction, the first statement claims the key's row and the last stores the
//! answer. So a refused command leaves no key, and a committed command always has its answer. If two transactions
//! use one key, the second waits for the first, on SQLite and PostgreSQL. Deliberately missing: waiting without a database
//! connection; the server does that in memory before it sends the command.

use std::fmt;
use std::sync::Arc;

use heddle_domain::Timestamp;
use heddle_domain::id::AccountId;

use crate::error::{Abort, Error, Result};
use crate::rows::idempotent as rows;
use crate::stmt::{Row, params};
use crate::store::Store;
use crate::tx::{Cost, LockOrder, Read, Rows, Tx, Write};

/// How long an answer is stored, in milliseconds.
pub const KEPT_MS: i64 = 24 * 3_600_000;
/// The maximum number of keys that one transaction deletes.
const SWEPT_AT_ONCE: i64 = 500;

/// Identifies a request. Two requests with the same key are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Account of the credential that sent the request.
    pub account: AccountId,
    /// SHA-256 of credential, method, path and the key that the client sent.
    pub hash: [u8; 32],
    /// SHA-256 of the request's body. A request with a known `hash` and another body is refused.
    pub body: [u8; 32],
}

/// A stored answer; the store does not interpret it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The rest of the answer, serialised by the caller. Never empty.
    pub text: String,
}

/// The result of an idempotent command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<O> {
    /// The command ran now.
    Done(O, Answer),
    /// The command ran earlier; this is its stored answer.
    Replayed(Answer),
    /// The command ran earlier, but its answer was removed, because it could show a customer who was erased since.
    Cleared,
    /// The key was used with another body; the command did not run.
    OtherBody,
}

/// A function that makes the answer from the command's result, inside the transaction.
pub type Render<O> = Arc<dyn Fn(&O) -> Result<Answer> + Send + Sync>;

/// A command with an idempotency key.
#[derive(Clone)]
pub struct Idempotent<W: Write> {
    /// The key of the request. `None` runs the command on every request.
    pub key: Option<Key>,
    /// The command to run.
    pub command: W,
    /// Makes the answer that is stored with the key.
    pub answer: Render<W::Out>,
}

impl<W: Write + fmt::Debug> fmt::Debug for Idempotent<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idempotent")
            .field("key", &self.key)
            .field("command", &self.command)
            .finish_non_exhaustive()
    }
}

impl<W: Write> Write for Idempotent<W> {
    type Out = Outcome<W::Out>;
    const NAME: &'static str = W::NAME;

    fn weight(&self) -> usize {
        // The weight counts twice, because the stored answer is about as long as what the command writes.
        2 * self.command.weight()
    }

    /// True with a key: a second run finds the key with its answer, so it changes nothing. Without a key, the wrapped
    /// command decides.
    fn may_repeat(&self) -> bool {
        self.key.is_some() || self.command.may_repeat()
    }

    /// None with a key: another command with the same key waits for its row.
    fn lock_order(&self) -> Option<LockOrder> {
        match self.key {
            Some(_) => None,
            None => self.command.lock_order(),
        }
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Outcome<W::Out>> {
        if let Some(key) = &self.key
            && let Some(outcome) = claim(tx, key).await?
        {
            return Ok(outcome);
        }
        let out = self.command.apply(tx).await?;
        let answer = (self.answer)(&out)?;
        if let Some(Key { account, hash, .. }) = &self.key {
            let status = i64::from(answer.status);
            let params = params![*account, hash.as_slice(), status, &answer.text];
            tx.queue(&rows::SETTLE, params)?;
        }
        Ok(Outcome::Done(out, answer))
    }
}

/// Claims the key. If the key was used before, returns the earlier outcome.
async fn claim<O>(tx: &mut Tx<'_>, key: &Key) -> Result<Option<Outcome<O>>> {
    let (account, hash, body) = (key.account, key.hash.as_slice(), key.body.as_slice());
    let now = tx.now();
    let free = params![account, hash, body, now];
    if tx.execute(&rows::CLAIM, free).await? > 0 {
        return Ok(None);
    }
    let kept = tx
        .fetch_one(&rows::GET, params![account, hash], kept)
        .await?
        .ok_or(Abort::StartOver)?;
    if let Some(outcome) = kept.outcome(key, now) {
        return Ok(Some(outcome));
    }
    let expired = params![account, hash, body, now, kept.created_at];
    match tx.execute(&rows::RECLAIM, expired).await? {
        0 => Err(Abort::StartOver),
        _ => Ok(None),
    }
}

/// The stored row of a key.
struct StoredAnswer {
    body: Option<Vec<u8>>,
    answer: Answer,
    created_at: Timestamp,
}

impl StoredAnswer {
    /// Returns the outcome for a request with the same key; `None` if the row has expired.
    fn outcome<O>(&self, key: &Key, now: Timestamp) -> Option<Outcome<O>> {
        if now.0 - self.created_at.0 >= KEPT_MS {
            return None;
        }
        Some(if self.body.as_deref() != Some(&key.body) {
            Outcome::OtherBody
        } else if self.answer.text.is_empty() {
            Outcome::Cleared
        } else {
            Outcome::Replayed(self.answer.clone())
        })
    }
}

fn kept(row: &mut Row<'_>) -> Result<StoredAnswer> {
    Ok(StoredAnswer {
        body: row.opt_bytes()?,
        answer: Answer {
            status: u16::try_from(row.int()?).unwrap_or_default(),
            text: row.text()?,
        },
        created_at: row.time()?,
    })
}

/// Reads the row of a key before the command is prepared; `None` if the command has not run.
#[derive(Clone, Copy, Debug)]
pub struct Look(pub Key);

impl Read for Look {
    type Out = Option<Outcome<()>>;
    const NAME: &'static str = "look_for_answer";

    fn cost(&self) -> Cost {
        Cost::Keys(self.0.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.0.account, self.0.hash.as_slice()];
        let found = rows.fetch_one(&rows::GET, params, kept).await?;
        let now = rows.now();
        Ok(found.and_then(|kept| kept.outcome(&self.0, now)))
    }
}

/// Deletes an account's expired keys, as many as one transaction may.
#[derive(Clone, Copy, Debug)]
struct Sweep {
    account: AccountId,
    before: Timestamp,
}

impl Write for Sweep {
    type Out = u64;
    const NAME: &'static str = "sweep_answers";

    /// True: a second run may delete further expired keys, which is allowed, because all of them are to be deleted.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64> {
        let params = params![self.account, self.before, SWEPT_AT_ONCE];
        tx.execute(&rows::SWEEP, params).await
    }
}

impl Store {
    /// Deletes the answers stored a day before `now` or earlier; returns how many. Several nodes may run it at the same
    /// time.
    ///
    /// # Errors
    /// Returns the errors of [`Store::write`].
    pub async fn sweep_answers(&self, now: Timestamp) -> Result<u64, Error> {
        let before = now.plus_ms(-KEPT_MS);
        let mut swept = 0;
        for account in self.account_ids().await? {
            loop {
                let some = self.write(Sweep { account, before }).await?;
                swept += some;
                if some < SWEPT_AT_ONCE as u64 {
                    break;
                }
            }
        }
        Ok(swept)
    }
}
