//! Erases whole conversations: with a removed inbox, or because they are old.
//!
//! A command deletes some conversations, so that nothing shows them any more, and marks them (`erased_conversation`). Then the
//! rows of the marked conversations go in chunks, with the files of their attachments; then the texts in the events about them,
//! and the webhook deliveries with their data. The row in `erasure` says how far this is. Anybody may do the next chunk: its
//! lock and the stored progress make sure that none is done twice. After an interruption, a server or the next command goes on.
//!
//! The customers of erased conversations stay. Stored answers of repeated requests stay for their day, unless the caller clears
//! them.

mod chunk;
mod mark;

use heddle_domain::id::{AccountId, ConversationId};

use crate::error::{Error, Refusal, Result};
use crate::rows::{erased as rows, erasure};
use crate::stmt::{Row, params};
use crate::store::Store;
use crate::tx::{Cost, Read, Rows};
use chunk::RunErasure;
pub(crate) use mark::{Erasable, MarkConversations};
use rows::{Progress, Stage};

/// How many conversations one command marks, and the maximum number of which one chunk removes the rows.
pub(crate) const AT_ONCE: i64 = 100;
/// The work is searched in windows of this many events or deliveries; one read searches at most `WINDOWS` windows.
const WINDOW: i64 = 2_000;
const WINDOWS: usize = 10;

/// The work of one chunk.
#[derive(Clone, Debug)]
enum Work {
    /// Conversations whose rows go; empty if none is left.
    Rows(Vec<ConversationId>),
    /// Events as (id, detail), and the id up to which all were searched; `None` instead of the id: the search is complete.
    Events(Vec<(i64, String)>, Option<i64>),
    /// Deliveries as (webhook, delivery), and the pair up to which all were searched; `None`: the search is complete.
    Deliveries(Vec<(i64, i64)>, Option<(i64, i64)>),
}

/// Looks up the next work of an account; `None` if there is none.
#[derive(Clone, Debug)]
struct NextChunk(AccountId);

impl Read for NextChunk {
    type Out = Option<(Progress, Work)>;
    const NAME: &'static str = "next_chunk";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.0)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let found = rows
            .fetch_one(&rows::PROGRESS, params![self.0], rows::progress)
            .await?;
        let Some(progress) = found else {
            return Ok(None);
        };
        let work = match progress.stage {
            Stage::Rows => self.rows(rows).await?,
            Stage::Events => self.events(rows, progress.after).await?,
            Stage::Deliveries => {
                let after = (progress.after, progress.after_delivery);
                self.deliveries(rows, after).await?
            }
        };
        Ok(Some((progress, work)))
    }
}

impl NextChunk {
    async fn rows(&self, rows: &mut Rows<'_>) -> Result<Work> {
        let id = |row: &mut Row<'_>| row.int().map(ConversationId);
        let params = params![self.0, AT_ONCE];
        Ok(Work::Rows(rows.fetch(&rows::SOME, params, id).await?))
    }

    async fn events(&self, rows: &mut Rows<'_>, first: i64) -> Result<Work> {
        let pair = |row: &mut Row<'_>| Ok((row.int()?, row.text()?));
        let mut after = first;
        for _ in 0..WINDOWS {
            let params = params![self.0, after, WINDOW];
            let reached = rows.fetch_one(&erasure::REACHED_EVENT, params, |row| row.int());
            let Some(reached) = reached.await? else {
                return Ok(Work::Events(Vec::new(), (after > first).then_some(after)));
            };
            let params = params![self.0, after, reached, WINDOW];
            let found = rows.fetch(&rows::EVENTS, params, pair).await?;
            after = reached;
            if !found.is_empty() {
                return Ok(Work::Events(found, Some(after)));
            }
        }
        Ok(Work::Events(Vec::new(), Some(after)))
    }

    async fn deliveries(&self, rows: &mut Rows<'_>, first: (i64, i64)) -> Result<Work> {
        let pair = |row: &mut Row<'_>| Ok((row.int()?, row.int()?));
        let mut after = first;
        for _ in 0..WINDOWS {
            let params = params![self.0, after.0, after.1, WINDOW];
            let reached = rows.fetch_one(&erasure::REACHED_DELIVERY, params, pair);
            let Some(reached) = reached.await? else {
                let moved = (after != first).then_some(after);
                return Ok(Work::Deliveries(Vec::new(), moved));
            };
            let params = params![self.0, after.0, after.1, reached.0, reached.1, WINDOW];
            let found = rows.fetch(&rows::DELIVERIES, params, pair).await?;
            after = reached;
            if !found.is_empty() {
                return Ok(Work::Deliveries(found, Some(after)));
            }
        }
        Ok(Work::Deliveries(Vec::new(), Some(after)))
    }
}

/// Reads which of the given accounts have conversations whose erasure is not complete.
#[derive(Clone, Debug)]
pub struct WithErasures(pub Vec<AccountId>);

impl Read for WithErasures {
    type Out = Vec<AccountId>;
    const NAME: &'static str = "with_erasures";

    fn cost(&self) -> Cost {
        Cost::ACROSS
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        // Without a snapshot: the accounts do not depend on each other.
        let params: Vec<_> = self.0.iter().map(|id| [(*id).into()]).collect();
        let found = rows.fetch_many(&rows::PROGRESS, &params, rows::progress);
        let found = self.0.iter().zip(found.await?);
        Ok(found
            .filter(|(_, work)| !work.is_empty())
            .map(|(id, _)| *id)
            .collect())
    }
}

impl Store {
    /// Removes some rows of an account's marked conversations. Returns whether there may be more.
    pub(crate) async fn erase_rows(&self, account: AccountId) -> Result<bool, Error> {
        match self.read(NextChunk(account)).await? {
            Some((progress, Work::Rows(ids))) if !ids.is_empty() => {
                self.run_chunk(account, progress, Work::Rows(ids)).await?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Does one chunk of the erasure of an account's marked conversations. Returns whether there may be more to do.
    ///
    /// # Errors
    /// Returns the errors of [`Store::write`].
    pub async fn erase_chunk(&self, account: AccountId) -> Result<bool, Error> {
        let Some((progress, work)) = self.read(NextChunk(account)).await? else {
            return Ok(false);
        };
        self.run_chunk(account, progress, work).await?;
        Ok(true)
    }

    async fn run_chunk(
        &self,
        account: AccountId,
        progress: Progress,
        work: Work,
    ) -> Result<(), Error> {
        let chunk = RunErasure {
            account,
            progress,
            work,
        };
        match self.write(chunk).await {
            Ok(objects) => {
                // If the process is killed here, the sweeper deletes the files later.
                self.objects().discard_named(&objects).await;
                Ok(())
            }
            // Another process has done this chunk.
            Err(Error::Refused(Refusal::Stale)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Completes the erasure of an account's marked conversations.
    ///
    /// # Errors
    /// Returns the errors of [`Store::write`]. After an error, call this again.
    pub async fn finish_erasure(&self, account: AccountId) -> Result<(), Error> {
        while self.erase_chunk(account).await? {}
        Ok(())
    }
}
