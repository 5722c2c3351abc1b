//! Commands that are carried out once however often they are sent (`rules.md` 29).
//!
//! Invariants: the first statement claims the key's row, the last stores the answer, in the command's own transaction: a
//! refused command leaves no key, a committed one always has its answer. Of two transactions with one key the second
//! waits for the first, on both engines. Deliberately missing: waiting without a connection, which the server does in
//! memory before it sends the command.

use std::fmt;
use std::sync::Arc;

use heddle_domain::Timestamp;
use heddle_domain::id::AccountId;

use crate::error::{Abort, Error, Result};
use crate::rows::idempotent as rows;
use crate::stmt::{Row, params};
use crate::store::Store;
use crate::tx::{Read, Rows, Tx, Write};

/// How long an answer is kept.
pub const KEPT_MS: i64 = 24 * 3_600_000;
/// So many keys are forgotten in one transaction.
const SWEPT_AT_ONCE: i64 = 500;

/// What makes two requests the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The account.
    pub account: AccountId,
    /// SHA-256 of credential, method, path and the client's key.
    pub hash: [u8; 32],
    /// SHA-256 of the body: the same key with another one is refused.
    pub body: [u8; 32],
}

/// An answer as it is kept; the store does not look into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its HTTP status.
    pub status: u16,
    /// Everything else about it.
    pub text: String,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<O> {
    /// It was carried out now.
    Done(O, Answer),
    /// It was carried out before.
    Replayed(Answer),
    /// The key was used for another body; nothing was done.
    OtherBody,
}

/// Makes the answer from what the command gives, inside its transaction.
pub type Render<O> = Arc<dyn Fn(&O) -> Result<Answer> + Send + Sync>;

/// A command under a key.
#[derive(Clone)]
pub struct Once<W: Write> {
    /// What makes it the same; without one it is carried out however often it is sent.
    pub key: Option<Key>,
    /// What is to be done.
    pub command: W,
    /// How it is answered.
    pub answer: Render<W::Out>,
}

impl<W: Write + fmt::Debug> fmt::Debug for Once<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once")
            .field("key", &self.key)
            .field("command", &self.command)
            .finish_non_exhaustive()
    }
}

impl<W: Write> Write for Once<W> {
    type Out = Outcome<W::Out>;
    const NAME: &'static str = W::NAME;

    fn weight(&self) -> usize {
        // The answer tells of what was written.
        2 * self.command.weight()
    }

    /// The second time the key is there, with the answer.
    fn may_repeat(&self) -> bool {
        self.key.is_some() || self.command.may_repeat()
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

/// Takes the key for this transaction, or tells what it was used for.
async fn claim<O>(tx: &mut Tx<'_>, key: &Key) -> Result<Option<Outcome<O>>> {
    let (account, hash, body) = (key.account, key.hash.as_slice(), key.body.as_slice());
    let now = tx.now();
    let free = params![account, hash, body, now];
    if tx.execute(&rows::CLAIM, free).await? > 0 {
        return Ok(None);
    }
    let found = tx.fetch(&rows::GET, params![account, hash], kept).await?;
    let kept = found.into_iter().next().ok_or(Abort::StartOver)?;
    if let Some(outcome) = kept.outcome(key, now) {
        return Ok(Some(outcome));
    }
    let expired = params![account, hash, body, now, kept.created_at];
    match tx.execute(&rows::RECLAIM, expired).await? {
        0 => Err(Abort::StartOver),
        _ => Ok(None),
    }
}

/// What is kept under a key.
struct Kept {
    body: Option<Vec<u8>>,
    answer: Answer,
    created_at: Timestamp,
}

impl Kept {
    /// What it means for a request with the same key; `None` if it is out of date.
    fn outcome<O>(&self, key: &Key, now: Timestamp) -> Option<Outcome<O>> {
        if now.0 - self.created_at.0 >= KEPT_MS {
            return None;
        }
        Some(match self.body.as_deref() == Some(&key.body) {
            true => Outcome::Replayed(self.answer.clone()),
            false => Outcome::OtherBody,
        })
    }
}

fn kept(row: &mut Row<'_>) -> Result<Kept> {
    Ok(Kept {
        body: row.opt_bytes()?,
        answer: Answer {
            status: u16::try_from(row.int()?).unwrap_or_default(),
            text: row.text()?,
        },
        created_at: row.time()?,
    })
}

/// What is kept under a key, before the command is made ready; `None` if the command is still to be carried out.
#[derive(Clone, Copy, Debug)]
pub struct Look(pub Key);

impl Read for Look {
    type Out = Option<Outcome<()>>;
    const NAME: &'static str = "look_for_answer";

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.0.account, self.0.hash.as_slice()];
        let found = rows.fetch(&rows::GET, params, kept).await?;
        let now = rows.now();
        Ok(found.first().and_then(|kept| kept.outcome(&self.0, now)))
    }
}

/// Forgets an account's keys that are out of date, as many as one transaction may.
#[derive(Clone, Copy, Debug)]
struct Sweep(AccountId);

impl Write for Sweep {
    type Out = u64;
    const NAME: &'static str = "sweep_answers";

    /// The second time it goes on where the first ended.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64> {
        let before = tx.now().plus_ms(-KEPT_MS);
        tx.execute(&rows::SWEEP, params![self.0, before, SWEPT_AT_ONCE])
            .await
    }
}

impl Store {
    /// Forgets the answers that were kept for a day; says how many. Several nodes may do it at once.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn sweep_answers(&self) -> Result<u64, Error> {
        let mut swept = 0;
        let mut after = AccountId(0);
        loop {
            let list = crate::read::account::ListAccountIds { after, limit: 500 };
            let accounts = self.read(list).await?;
            let Some(last) = accounts.last().copied() else {
                return Ok(swept);
            };
            after = last;
            for account in accounts {
                loop {
                    let some = self.write(Sweep(account)).await?;
                    swept += some;
                    if some < SWEPT_AT_ONCE as u64 {
                        break;
                    }
                }
            }
        }
    }
}
