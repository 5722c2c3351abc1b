//! Named readers of the feed, and the deletion of old events.
//!
//! A reader stores the data derived from events together with its position, in one transaction. So each event takes
//! effect exactly once, even if a process is killed. Several nodes may run the same reader; a node whose position is
//! no longer the stored one writes nothing. An effect outside the store (a webhook) can only happen at least once, so
//! it needs another mechanism.

use heddle_domain::id::AccountId;
use heddle_domain::{EventId, Timestamp};

use super::counts::Counts;
pub use super::reader::Reader;
use crate::clock::MOST_AHEAD_MS;
use crate::error::{Error, Result, Trouble};
use crate::read::feed::{ReadFeed, ReaderPosition};
use crate::rows::feed as rows;
use crate::stmt::params;
use crate::store::Store;
use crate::tx::{Tx, Write};

/// The readers that every store has. An event is deleted only after all of them have read it.
pub(crate) const READERS: [&str; 1] = [Counts::NAME];

/// The maximum number of events that a reader reads at once.
const PAGE: usize = 500;
/// The maximum number of events that one transaction deletes.
const DELETED_AT_ONCE: i64 = 1_000;
/// How many readers' positions are read at once.
const READERS_AT_ONCE: i64 = 1_000;

/// Moves a reader from one position to another, and stores the data derived from the events between.
#[derive(Debug)]
pub struct Advance<R: Reader> {
    /// The account of the feed.
    pub account: AccountId,
    /// The position that the reader must have.
    pub from: i64,
    /// The reader's new position.
    pub to: i64,
    /// The data derived from the events between.
    pub digest: R::Digest,
}

impl<R: Reader> Write for Advance<R> {
    /// Whether the reader moved. If false, its position was not `from`, and nothing was stored.
    type Out = bool;
    const NAME: &'static str = "advance";

    /// True: a second run finds another position than `from`, so it changes nothing.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        // The row is locked first, so that only one of two concurrent commands continues.
        let moved = match self.from {
            0 => {
                let params = params![self.account, R::NAME, self.to];
                tx.execute(&rows::BEGIN_READER, params).await?
            }
            _ => {
                let params = params![self.account, R::NAME, self.from, self.to];
                tx.execute(&rows::MOVE_READER, params).await?
            }
        };
        if moved == 0 {
            return Ok(false);
        }
        R::take(tx, self.account, &self.digest).await?;
        Ok(true)
    }
}

impl Store {
    /// Lets a reader process all events after its position. It is safe to drop the future, and to run several at once.
    ///
    /// # Errors
    /// Returns the errors of [`Store::write`]; [`Trouble::Internal`] if events were deleted that it has not read.
    pub async fn catch_up<R: Reader>(&self, account: AccountId) -> Result<(), Error> {
        let position = ReaderPosition {
            account,
            reader: R::NAME.to_owned(),
        };
        let mut from = self.read(position.clone()).await?;
        loop {
            let page = self
                .read(ReadFeed {
                    account,
                    after: from,
                    limit: PAGE,
                })
                .await?;
            if page.gone {
                let reason = format!("events were deleted that {} has not read", R::NAME);
                return Err(Trouble::Internal(reason).into());
            }
            if page.reached == from {
                return Ok(());
            }
            let advance: Advance<R> = Advance {
                account,
                from,
                to: page.reached,
                digest: R::digest(&page.events),
            };
            from = match self.write(advance).await? {
                true if !page.more => return Ok(()),
                true => page.reached,
                // Another node has moved the reader, so its position must be read again.
                false => self.read(position.clone()).await?,
            };
        }
    }

    /// Deletes an account's events recorded before `before`, except those that a reader has not read; returns how many.
    /// Several nodes may run it at the same time.
    ///
    /// # Errors
    /// Returns the errors of [`Store::write`].
    pub async fn forget_events(&self, account: AccountId, before: Timestamp) -> Result<u64, Error> {
        let mut forgotten = 0;
        loop {
            let deleted = self.write(ForgetEvents { account, before }).await?;
            forgotten += deleted;
            if deleted < DELETED_AT_ONCE.unsigned_abs() {
                return Ok(forgotten);
            }
        }
    }
}

/// Deletes the oldest events of an account, up to a limit.
struct ForgetEvents {
    account: AccountId,
    before: Timestamp,
}

impl Write for ForgetEvents {
    /// How many events were deleted.
    type Out = u64;
    const NAME: &'static str = "forget_events";

    /// True: a second run may delete further events, which is allowed, because all of them are to be deleted.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64> {
        let read_by_all = self.slowest_reader(tx).await?;
        let params = params![self.account, read_by_all, DELETED_AT_ONCE];
        let oldest = tx.fetch(&rows::OLDEST, params, rows::oldest).await?;
        let params = params![self.account, self.before];
        let apart = tx.fetch_one(&rows::LAST_APART, params, |row| row.int());
        let apart = apart.await?.unwrap_or(0);
        let now = tx.now();
        let old: Vec<_> = oldest
            .into_iter()
            .take_while(|event| self.is_old(event, apart, now))
            .collect();
        let Some(last) = old.last() else {
            return Ok(0);
        };
        let greatest = old.iter().map(|event| event.id).max();
        let greatest = greatest.unwrap_or(EventId(0));
        let start = params![self.account, last.position, greatest];
        tx.queue(&rows::MOVE_START, start)?;
        tx.execute(&rows::DELETE_UP_TO, params![self.account, last.position])
            .await
    }
}

impl ForgetEvents {
    /// Whether an event was recorded before the limit. A recorded time in the future is wrong; such an event is as old as
    /// the later ones, of which the one at the position `apart` was recorded before the limit.
    fn is_old(&self, event: &rows::Oldest, apart: i64, now: Timestamp) -> bool {
        let is_wrong = event.recorded_at.0 - now.0 > MOST_AHEAD_MS;
        event.recorded_at < self.before || (is_wrong && event.position <= apart)
    }

    /// Returns the smallest position of all readers. The position of a reader that has not started is 0.
    async fn slowest_reader(&self, tx: &mut Tx<'_>) -> Result<i64> {
        let mut slowest = i64::MAX;
        let mut missing = READERS.to_vec();
        let mut after = String::new();
        loop {
            let params = params![self.account, &after, READERS_AT_ONCE];
            let readers = tx.fetch(&rows::READERS, params, rows::reader).await?;
            for (name, position) in &readers {
                slowest = slowest.min(*position);
                missing.retain(|missing| missing != name);
            }
            match readers.into_iter().next_back() {
                Some((last, _)) => after = last,
                None if missing.is_empty() => return Ok(slowest),
                None => return Ok(0),
            }
        }
    }
}
