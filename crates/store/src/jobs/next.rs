//! The next work of a job: a read looks it up, then a chunk does it.

use heddle_domain::customer::{JobKind, JobStage as Stage};
use heddle_domain::id::{AccountId, ConversationId, CustomerId};
use heddle_domain::{EventDetail, Fact};

use crate::detail::to_text;
use crate::error::Result;
use crate::rows::job::Job;
use crate::rows::{customer, erasure, guest};
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

/// The maximum number of conversations that one chunk handles (`store.md` 5).
const CHUNK: i64 = 100;
/// The maximum number of followers (customers merged earlier) that one chunk handles.
const FOLLOWERS: i64 = 1_000;
/// A job searches the events in windows of this many events; one read searches at most `WINDOWS` windows.
const WINDOW: i64 = 2_000;
const WINDOWS: usize = 10;

/// The work of one chunk.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// The followers: customers that were merged into this one earlier; empty if all are handled.
    Followers(Vec<CustomerId>),
    /// The conversations to handle; empty if all are handled.
    Conversations(Vec<ConversationId>),
    /// The events to redact as (id, detail), and the id up to which all events were searched. `None` instead of the id:
    /// the search is complete.
    Events(Vec<(i64, String)>, Option<i64>),
    /// The deliveries to delete as (webhook, delivery), and the pair up to which all deliveries were searched. `None`
    /// instead of the pair: the search is complete.
    Deliveries(Vec<(i64, i64)>, Option<(i64, i64)>),
    /// The work of this stage needs no look-up.
    Nothing,
}

/// Looks up the next work of a job.
#[derive(Clone, Debug)]
pub(super) struct NextWork {
    account: AccountId,
    customer: CustomerId,
    kind: JobKind,
    stage: Stage,
    after: i64,
    after_message: i64,
    id: i64,
}

impl NextWork {
    pub(super) fn of(account: AccountId, job: &Job) -> Self {
        Self {
            account,
            customer: job.customer,
            kind: job.kind,
            stage: job.stage,
            after: job.after,
            after_message: job.after_message,
            id: job.id,
        }
    }
}

impl Read for NextWork {
    type Out = Work;
    const NAME: &'static str = "next_work";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Work> {
        match self.stage {
            Stage::Followers => self.followers(rows).await,
            Stage::Conversations | Stage::ConversationsAgain => self.conversations(rows).await,
            Stage::Guests => self.guests(rows).await,
            Stage::Events => self.events(rows).await,
            Stage::Deliveries => self.deliveries(rows).await,
            Stage::Answers | Stage::Done => Ok(Work::Nothing),
        }
    }
}

impl NextWork {
    async fn followers(&self, rows: &mut Rows<'_>) -> Result<Work> {
        // A merge redirects the customers that it has handled, so the list contains only the others and is always read
        // from its start.
        let after = match self.kind {
            JobKind::Merge => 0,
            JobKind::Erase => self.after,
        };
        let params = params![self.account, self.customer, after, FOLLOWERS];
        let found = rows.fetch(&customer::FOLLOWERS, params, |row| {
            row.int().map(CustomerId)
        });
        Ok(Work::Followers(found.await?))
    }

    async fn conversations(&self, rows: &mut Rows<'_>) -> Result<Work> {
        if self.after_message > 0 {
            return Ok(Work::Conversations(vec![ConversationId(self.after)]));
        }
        let id = |row: &mut crate::stmt::Row<'_>| row.int().map(ConversationId);
        let found = match self.kind {
            JobKind::Merge => {
                let params = params![self.account, self.customer, CHUNK];
                rows.fetch(&erasure::SOME_CONVERSATIONS, params, id).await?
            }
            JobKind::Erase => {
                let params = params![self.account, self.customer, self.after, CHUNK];
                rows.fetch(&erasure::CONVERSATIONS, params, id).await?
            }
        };
        Ok(Work::Conversations(found))
    }

    async fn guests(&self, rows: &mut Rows<'_>) -> Result<Work> {
        if self.after_message > 0 {
            return Ok(Work::Conversations(vec![ConversationId(self.after)]));
        }
        // The list no longer contains the conversations that are handled, so it is read from its start.
        let params = params![self.account, self.customer, CHUNK];
        let found = rows.fetch(&guest::CONVERSATIONS, params, |row| {
            row.int().map(ConversationId)
        });
        Ok(Work::Conversations(found.await?))
    }

    /// Searches for the next window with an event to redact, at most `WINDOWS` windows per read.
    async fn events(&self, rows: &mut Rows<'_>) -> Result<Work> {
        let mut after = self.after;
        for _ in 0..WINDOWS {
            let params = params![self.account, after, WINDOW];
            let reached = rows
                .fetch_one(&erasure::REACHED_EVENT, params, |row| row.int())
                .await?;
            let Some(reached) = reached else {
                let moved = (after > self.after).then_some(after);
                return Ok(Work::Events(Vec::new(), moved));
            };
            let params = params![self.account, after, reached, self.customer, WINDOW];
            let found = rows
                .fetch(&erasure::EVENTS_TO_REDACT, params, |row| {
                    Ok((row.int()?, row.text()?))
                })
                .await?;
            after = reached;
            if !found.is_empty() {
                return Ok(Work::Events(found, Some(reached)));
            }
        }
        Ok(Work::Events(Vec::new(), Some(after)))
    }

    /// Searches for the next window with a delivery to delete, at most `WINDOWS` windows per read.
    async fn deliveries(&self, rows: &mut Rows<'_>) -> Result<Work> {
        let pair = |row: &mut crate::stmt::Row<'_>| Ok((row.int()?, row.int()?));
        let own = EventDetail {
            facts: vec![Fact::Erased(true), Fact::Job(self.id)],
            ..EventDetail::default()
        };
        // The erasure's own events end with these two facts, because the text of a detail has its members in the order of their
        // names. So `%` and this text matches them.
        let own = to_text(&own).map(|text| format!("%{}", &text[1..]));
        let first = (self.after, self.after_message);
        let mut after = first;
        for _ in 0..WINDOWS {
            let params = params![self.account, after.0, after.1, WINDOW];
            let reached = rows.fetch_one(&erasure::REACHED_DELIVERY, params, pair);
            let Some(reached) = reached.await? else {
                return Ok(Work::Deliveries(
                    Vec::new(),
                    (after != first).then_some(after),
                ));
            };
            let params = params![
                self.account,
                after.0,
                after.1,
                reached.0,
                reached.1,
                self.customer,
                self.id,
                &own,
                WINDOW
            ];
            let found = rows
                .fetch(&erasure::DELIVERIES_TO_DELETE, params, pair)
                .await?;
            after = reached;
            if !found.is_empty() {
                return Ok(Work::Deliveries(found, Some(reached)));
            }
        }
        Ok(Work::Deliveries(Vec::new(), Some(after)))
    }
}
