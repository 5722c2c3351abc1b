//! One chunk of an erasure: a transaction that removes some rows and records the progress.

use heddle_domain::id::{AccountId, ConversationId};

use super::next::Work;
use crate::detail::redacted;
use crate::error::{Refusal, Result};
use crate::rows::erased::{self as rows, Progress, Stage};
use crate::rows::{conversation, delivery, erasure, feed, folder};
use crate::stmt::params;
use crate::tx::{Tx, Write};
use crate::write::folders::FolderCounts;
use crate::write::reader::Reader;

/// A chunk ends after about this many written rows (`store.md` 3 allows 4,000).
const ROWS: u64 = 1_500;
/// How many messages of a conversation go at once.
const SLICE: i64 = 500;
/// How many attachments go at once. No limit holds for those of one message: an import takes any number.
const ATTACHMENTS: i64 = 1_000;
/// How many conversations that were merged into one go with it at once.
const MERGED: i64 = 100;

/// Does one chunk of an account's erasure.
pub(super) struct RunErasure {
    pub(super) account: AccountId,
    /// The progress for which the work was looked up.
    pub(super) progress: Progress,
    pub(super) work: Work,
}

impl Write for RunErasure {
    /// The names of the objects (attachment files) to delete because nothing refers to them any more.
    type Out = Vec<String>;
    const NAME: &'static str = "run_erasure";

    fn weight(&self) -> usize {
        64 << 10
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Vec<String>> {
        let locked = tx
            .fetch_one(&rows::LOCK, params![self.account], rows::progress)
            .await?;
        if locked != Some(self.progress) {
            return Err(Refusal::Stale.into());
        }
        let mut objects = Vec::new();
        let next = match &self.work {
            Work::Rows(ids) if ids.is_empty() => at(Stage::Events, (0, 0)),
            Work::Rows(ids) => {
                // The reader that counts folders changes this row first. So it does not count a conversation again that goes here.
                let reader = params![self.account, FolderCounts::NAME];
                let place = tx.fetch_one(&feed::LOCK_READER, reader, |row| row.int());
                place.await?;
                let mut chunk = Chunk {
                    account: self.account,
                    objects: &mut objects,
                    rows: 0,
                };
                chunk.conversations(tx, ids).await?;
                Some(self.progress)
            }
            Work::Events(events, reached) => {
                self.redact(tx, events)?;
                match reached {
                    Some(reached) => at(Stage::Events, (*reached, 0)),
                    None => at(Stage::Deliveries, (0, 0)),
                }
            }
            Work::Deliveries(deliveries, reached) => {
                self.remove_deliveries(tx, deliveries)?;
                reached.and_then(|reached| at(Stage::Deliveries, reached))
            }
        };
        match next {
            Some(next) => {
                let (stage, after) = (next.stage.as_str(), next.after);
                let params = params![self.account, stage, after, next.after_delivery];
                tx.queue(&rows::ADVANCE, params)?;
            }
            None => tx.queue(&rows::END, params![self.account])?,
        }
        Ok(objects)
    }
}

impl RunErasure {
    fn redact(&self, tx: &mut Tx<'_>, events: &[(i64, String)]) -> Result<()> {
        for (id, detail) in events {
            let redacted = redacted(detail);
            if redacted != *detail {
                let params = params![self.account, *id, &redacted];
                tx.queue(&erasure::REDACT_EVENT, params)?;
            }
        }
        Ok(())
    }

    /// Deletes webhook deliveries with their attempts. So pending ones are not sent.
    fn remove_deliveries(&self, tx: &mut Tx<'_>, deliveries: &[(i64, i64)]) -> Result<()> {
        for of_webhook in deliveries.chunk_by(|a, b| a.0 == b.0) {
            let ids: Vec<i64> = of_webhook.iter().map(|(_, id)| *id).collect();
            let params = params![self.account, of_webhook[0].0, ids.as_slice()];
            tx.queue(&delivery::REMOVE_ATTEMPTS, params)?;
            tx.queue(&delivery::REMOVE, params)?;
        }
        Ok(())
    }
}

const fn at(stage: Stage, (after, after_delivery): (i64, i64)) -> Option<Progress> {
    Some(Progress {
        stage,
        after,
        after_delivery,
    })
}

/// The part of a chunk that removes the rows of conversations.
struct Chunk<'a> {
    account: AccountId,
    objects: &'a mut Vec<String>,
    /// Number of rows removed so far.
    rows: u64,
}

impl Chunk<'_> {
    async fn conversations(&mut self, tx: &mut Tx<'_>, ids: &[ConversationId]) -> Result<()> {
        // All are locked first, in the order of their ids.
        let locked = conversation::lock_all(tx, self.account, ids.iter().copied().collect());
        drop(locked.await?);
        for id in ids {
            let is_gone = self.conversation(tx, *id).await?;
            if !is_gone || self.rows >= ROWS {
                break;
            }
        }
        Ok(())
    }

    /// Removes a conversation and those that were merged into it. Returns whether nothing of them is left.
    async fn conversation(&mut self, tx: &mut Tx<'_>, id: ConversationId) -> Result<bool> {
        let params = params![self.account, id, MERGED];
        let merged = tx
            .fetch(&conversation::MERGED_INTO, params, |row| {
                row.int().map(ConversationId)
            })
            .await?;
        for merged in &merged {
            if !self.rows_of(tx, *merged).await? {
                return Ok(false);
            }
        }
        let has_more = merged.len() as i64 == MERGED;
        Ok(!has_more && self.rows_of(tx, id).await?)
    }

    /// Removes the rows of one conversation, its oldest messages first, and their attachments before them. Returns whether nothing of
    /// it is left.
    async fn rows_of(&mut self, tx: &mut Tx<'_>, id: ConversationId) -> Result<bool> {
        let params = params![self.account, id, 0_i64, SLICE + 1];
        let mut messages = tx
            .fetch(&erasure::MESSAGES, params, |row| row.int())
            .await?;
        let is_last = messages.len() as i64 <= SLICE;
        messages.truncate(SLICE as usize);
        if let Some(end) = messages.last().copied() {
            if !self.attachments(tx, id, end).await? {
                return Ok(false);
            }
            let range = params![self.account, id, 0_i64, end, 0_i64];
            tx.queue(&erasure::DELETE_BODIES, range)?;
            let moved = params![self.account, messages.as_slice()];
            tx.queue(&rows::DROP_MOVED, moved)?;
            let dropped = params![self.account, id, end];
            self.rows += 2 * tx.execute(&rows::DROP_MESSAGES, dropped).await?;
        }
        if is_last {
            self.row(tx, id).await?;
        }
        Ok(is_last)
    }

    /// Removes attachments of a conversation's messages up to an id. Returns whether none is left.
    async fn attachments(&mut self, tx: &mut Tx<'_>, id: ConversationId, end: i64) -> Result<bool> {
        let params = params![self.account, id, end, ATTACHMENTS];
        let found = tx.fetch(&rows::SOME_ATTACHMENTS, params, |row| {
            Ok((row.int()?, row.opt_text()?))
        });
        let (ids, objects): (Vec<i64>, Vec<Option<String>>) = found.await?.into_iter().unzip();
        self.objects.extend(objects.into_iter().flatten());
        if !ids.is_empty() {
            tx.queue(
                &rows::DROP_ATTACHMENTS,
                params![self.account, ids.as_slice()],
            )?;
        }
        self.rows += ids.len() as u64;
        Ok((ids.len() as i64) < ATTACHMENTS)
    }

    /// Removes a conversation without messages.
    async fn row(&mut self, tx: &mut Tx<'_>, id: ConversationId) -> Result<()> {
        let key = params![self.account, id];
        let place = tx.fetch_one(&rows::PLACE, key, rows::place).await?;
        if let Some(place) = place {
            let agent = place.agent.map_or(0, |agent| agent.get());
            let (inbox, phase, draft) = (place.inbox, place.phase, place.is_draft);
            let params = params![self.account, inbox, phase, agent, draft, -1_i64, tx.now()];
            tx.queue(&folder::ADD, params)?;
        }
        for stmt in [
            &erasure::DELETE_FIELDS,
            &erasure::DELETE_TAGS,
            &rows::DROP_GUESTS,
            &rows::DROP_DELEGATIONS,
            &rows::DROP_PLACE,
            &rows::DROP,
            &rows::UNMARK,
        ] {
            tx.queue(stmt, key)?;
        }
        self.rows += 7;
        Ok(())
    }
}
