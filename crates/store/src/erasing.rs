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
mod next;

use heddle_domain::id::AccountId;

use crate::error::{Error, Refusal, Result};
use crate::rows::erased::{self as rows, Progress};
use crate::store::Store;
use crate::tx::{Cost, Read, Rows};
use chunk::RunErasure;
pub(crate) use mark::{Erasable, MarkConversations};
pub(crate) use next::AT_ONCE;
use next::{NextChunk, Work};

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
