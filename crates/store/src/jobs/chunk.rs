//! One chunk of a job: a transaction that does a bounded piece of work and records the job's progress.

use heddle_domain::EventDetail;
use heddle_domain::conversation::Conversation;
use heddle_domain::customer::{JobKind, JobStage as Stage};
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, ConversationId, CustomerId};

use super::next::Work;
use crate::detail::redacted;
use crate::error::{Refusal, Result, Trouble};
use crate::read::customers::follow;
use crate::rows::job::{self as rows, Job};
use crate::rows::{conversation, customer, delivery, erasure, idempotent};
use crate::stmt::params;
use crate::tx::{NewEvent, Tx, Write};

/// How long a node holds a job's lease, in milliseconds; every chunk renews it.
pub(super) const LEASE_MS: i64 = 30_000;

/// A chunk ends after about this many written rows (`store.md` 3 allows 4,000).
pub(super) const ROWS: u64 = 1_500;
/// A conversation with more messages than this is handled in slices of this many.
pub(super) const SLICE: i64 = 500;
/// The maximum number of stored answers that one chunk removes.
const ANSWERS: i64 = 500;

/// Runs one chunk of a job.
pub(super) struct RunChunk {
    pub(super) account: AccountId,
    pub(super) job: Job,
    pub(super) work: Work,
}

impl Write for RunChunk {
    /// The job after the chunk, and the names of the objects (attachment files) to delete because nothing refers to
    /// them any more.
    type Out = (Job, Vec<String>);
    const NAME: &'static str = "run_chunk";

    fn weight(&self) -> usize {
        64 << 10
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Self::Out> {
        let mut job = self.lock(tx).await?;
        let mut objects = Vec::new();
        match &self.work {
            Work::Followers(ids) => self.followers(tx, &mut job, ids).await?,
            Work::Conversations(ids) if ids.is_empty() => job.step_on(),
            Work::Conversations(ids) => {
                let mut chunk = Chunk {
                    account: self.account,
                    job: &mut job,
                    objects: &mut objects,
                    rows: 0,
                };
                chunk.conversations(tx, ids).await?;
            }
            Work::Events(events, reached) => self.events(tx, &mut job, events, *reached)?,
            Work::Deliveries(deliveries, reached) => {
                self.deliveries(tx, &mut job, deliveries, *reached)?;
            }
            Work::Nothing => self.answers(tx, &mut job).await?,
        }
        if job.stage == Stage::Done {
            job.done_at = Some(tx.now());
        }
        job.leased_until = tx.now().plus_ms(LEASE_MS);
        let params = params![
            self.account,
            job.customer,
            job.id,
            job.stage.as_str(),
            job.after,
            job.after_message,
            job.conversations,
            job.leased_until,
            job.done_at,
        ];
        tx.queue(&rows::ADVANCE, params)?;
        Ok((job, objects))
    }
}

impl RunChunk {
    /// Locks the job's row. Returns [`Refusal::Stale`] if the job has made progress since its work was looked up.
    async fn lock(&self, tx: &mut Tx<'_>) -> Result<Job> {
        let seen = &self.job;
        let key = params![self.account, seen.customer, seen.id];
        let found = tx.fetch_one(&rows::LOCK, key, rows::job).await?;
        let place = |job: &Job| (job.stage, job.after, job.after_message);
        let mine = |job: &Job| {
            job.holder == seen.holder && job.done_at.is_none() && place(job) == place(seen)
        };
        found.filter(mine).ok_or_else(|| Refusal::Stale.into())
    }

    /// Handles followers: customers that were merged into this one earlier. Redirects them to the survivor (the
    /// customer that remains after a merge), or erases them too. The command that marked the customer has already
    /// handled the first ones.
    async fn followers(&self, tx: &mut Tx<'_>, job: &mut Job, ids: &[CustomerId]) -> Result<()> {
        let Some(last) = ids.last() else {
            job.step_on();
            return Ok(());
        };
        let survivor = survivor(tx, self.account, job).await?;
        for id in ids {
            match job.kind {
                JobKind::Merge => {
                    tx.queue(&customer::REDIRECT, params![self.account, *id, survivor])?;
                }
                JobKind::Erase => {
                    let params = params![self.account, *id, job.created_at, job.id];
                    tx.queue(&customer::ERASE, params)?;
                }
            }
        }
        job.after = last.get();
        Ok(())
    }

    fn events(
        &self,
        tx: &mut Tx<'_>,
        job: &mut Job,
        events: &[(i64, String)],
        reached: Option<i64>,
    ) -> Result<()> {
        for (id, detail) in events {
            let redacted = redacted(detail);
            if redacted != *detail {
                tx.queue(
                    &erasure::REDACT_EVENT,
                    params![self.account, *id, &redacted],
                )?;
            }
        }
        match reached {
            Some(reached) => job.after = reached,
            None => job.step_on(),
        }
        Ok(())
    }

    /// Deletes webhook deliveries with their attempts. So pending ones are not sent.
    fn deliveries(
        &self,
        tx: &mut Tx<'_>,
        job: &mut Job,
        deliveries: &[(i64, i64)],
        reached: Option<(i64, i64)>,
    ) -> Result<()> {
        for of_webhook in deliveries.chunk_by(|a, b| a.0 == b.0) {
            let ids: Vec<i64> = of_webhook.iter().map(|(_, id)| *id).collect();
            let params = params![self.account, of_webhook[0].0, ids.as_slice()];
            tx.queue(&delivery::REMOVE_ATTEMPTS, params)?;
            tx.queue(&delivery::REMOVE, params)?;
        }
        match reached {
            Some((webhook, id)) => (job.after, job.after_message) = (webhook, id),
            None => job.step_on(),
        }
        Ok(())
    }

    /// Removes the account's stored answers up to now, a few at a time, because any of them may show the customer. Their
    /// keys stay. `after_message` holds the time of the first chunk, `after` the time that was reached.
    async fn answers(&self, tx: &mut Tx<'_>, job: &mut Job) -> Result<()> {
        if job.after_message == 0 {
            (job.after, job.after_message) = (0, tx.now().0);
        }
        let (after, end) = (job.after, job.after_message);
        let params = params![self.account, after, end, ANSWERS];
        let reached = tx.fetch_one(&idempotent::REACHED, params, |row| row.int());
        match reached.await? {
            Some(reached) => {
                tx.queue(&idempotent::CLEAR, params![self.account, after, reached])?;
                job.after = reached;
            }
            None => job.step_on(),
        }
        Ok(())
    }
}

/// Returns the customer that receives what a merge moves. If the survivor (the customer that remained) has been merged
/// since, this is the survivor of that later merge.
pub(super) async fn survivor(tx: &mut Tx<'_>, account: AccountId, job: &Job) -> Result<CustomerId> {
    let Some(into) = job.into else {
        return Ok(job.customer);
    };
    // Locks the survivor, so that an erasure of it waits until this chunk is committed.
    let found = follow(tx, &customer::PIN, account, into).await?;
    let survivor = found.ok_or_else(|| Trouble::Internal("a survivor does not exist".into()))?;
    Ok(survivor.id)
}

/// The part of a chunk that works on conversations.
pub(super) struct Chunk<'a> {
    pub(super) account: AccountId,
    pub(super) job: &'a mut Job,
    pub(super) objects: &'a mut Vec<String>,
    /// Number of rows written so far.
    pub(super) rows: u64,
}

/// The messages of one conversation that a chunk handles: those with ids in (after, end]. `is_last`: the conversation
/// has no message after `end`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    pub(super) after: i64,
    pub(super) end: i64,
    pub(super) is_last: bool,
}

impl Chunk<'_> {
    async fn conversations(&mut self, tx: &mut Tx<'_>, ids: &[ConversationId]) -> Result<()> {
        let ids = ids.iter().copied().collect();
        let found = conversation::lock_all(tx, self.account, ids).await?;
        if found.is_empty() {
            // They were erased since they were looked up, perhaps between two ranges of messages.
            self.job.after_message = 0;
        }
        let to = survivor(tx, self.account, self.job).await?;
        for before in found {
            let Some(range) = self.range(tx, &before).await? else {
                break;
            };
            match self.job.kind {
                JobKind::Merge => self.hand_over(tx, &before, to, range).await?,
                JobKind::Erase => self.empty(tx, &before, range).await?,
            }
            self.job.after = before.id.get();
            self.job.after_message = if range.is_last { 0 } else { range.end };
            if self.rows >= ROWS || !range.is_last {
                break;
            }
        }
        Ok(())
    }

    /// Returns the range of a conversation's messages that fits into the chunk; `None` if the next chunk must begin
    /// with it.
    async fn range(&self, tx: &mut Tx<'_>, of: &Conversation) -> Result<Option<Range>> {
        let after = match self.job.after == of.id.get() {
            true => self.job.after_message,
            false => 0,
        };
        if after == 0 && of.messages <= SLICE {
            return Ok(Some(Range {
                after,
                end: i64::MAX,
                is_last: true,
            }));
        }
        if self.rows > 0 {
            return Ok(None);
        }
        let params = params![self.account, of.id, after, SLICE];
        let ids = tx
            .fetch(&erasure::MESSAGES, params, |row| row.int())
            .await?;
        let is_last = (ids.len() as i64) < SLICE;
        let end = ids.last().copied().filter(|_| !is_last);
        Ok(Some(Range {
            after,
            end: end.unwrap_or(i64::MAX),
            is_last,
        }))
    }

    /// Writes the event of a change to a conversation; returns the event's id.
    pub(super) fn announce(
        &self,
        tx: &mut Tx<'_>,
        of: &Conversation,
        detail: EventDetail,
    ) -> Result<i64> {
        let kind = EventKind::ConversationUpdated;
        let event = NewEvent::about(of, kind, &self.job.actor, detail);
        let id = tx.append_event(self.account, of.last_event_id, &event)?;
        Ok(id.get())
    }
}
