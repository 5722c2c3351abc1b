//! What comes next in a job: looked up beside the writer, decided in the chunk.

use crate::detail::to_text;
use heddle_domain::customer::{JobKind, JobStage as Stage};
use heddle_domain::id::{AccountId, ConversationId, CustomerId};
use heddle_domain::{EventDetail, Fact};

use crate::error::Result;
use crate::rows::job::Job;
use crate::rows::{customer, erasure, guest};
use crate::stmt::params;
use crate::tx::{Read, Rows};

/// How many entities one chunk takes (`store.md` 5).
const CHUNK: i64 = 100;
/// How many followers one chunk takes.
const FOLLOWERS: i64 = 1_000;
/// How many events one window of the walk through them holds, and how many windows one read looks at.
const WINDOW: i64 = 2_000;
const WINDOWS: usize = 10;

/// What a chunk is to do.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// These who were merged before; none: all are done.
    Followers(Vec<CustomerId>),
    /// These conversations; none: all are done.
    Conversations(Vec<ConversationId>),
    /// These events as (id, detail), which stand up to that id; `None`: there are no more.
    Events(Vec<(i64, String)>, Option<i64>),
    /// These deliveries as (webhook, delivery), which stand up to that one; `None`: there are no more.
    Deliveries(Vec<(i64, i64)>, Option<(i64, i64)>),
    /// What needs no looking up.
    Nothing,
}

/// Finds the next work of a job.
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
    const HEAVY: bool = true;

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
        // Those of a merge lead elsewhere once they are done.
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
        // Those that are done are on the list no more.
        let params = params![self.account, self.customer, CHUNK];
        let found = rows.fetch(&guest::CONVERSATIONS, params, |row| {
            row.int().map(ConversationId)
        });
        Ok(Work::Conversations(found.await?))
    }

    /// The first window that holds something to redact, or the last of those looked at.
    async fn events(&self, rows: &mut Rows<'_>) -> Result<Work> {
        let mut after = self.after;
        for _ in 0..WINDOWS {
            let params = params![self.account, after, WINDOW];
            let reached = rows
                .fetch(&erasure::REACHED_EVENT, params, |row| row.int())
                .await?;
            let Some(reached) = reached.first().copied() else {
                let moved = (after > self.after).then_some(after);
                return Ok(Work::Events(Vec::new(), moved));
            };
            let params = params![self.account, after, reached, self.customer, WINDOW];
            let telling = rows
                .fetch(&erasure::TELLING_EVENTS, params, |row| {
                    Ok((row.int()?, row.text()?))
                })
                .await?;
            after = reached;
            if !telling.is_empty() {
                return Ok(Work::Events(telling, Some(reached)));
            }
        }
        Ok(Work::Events(Vec::new(), Some(after)))
    }

    /// The same for what was sent to webhooks.
    async fn deliveries(&self, rows: &mut Rows<'_>) -> Result<Work> {
        let pair = |row: &mut crate::stmt::Row<'_>| Ok((row.int()?, row.int()?));
        let own = EventDetail {
            facts: vec![Fact::Erased(true), Fact::Job(self.id)],
            ..EventDetail::default()
        };
        let own = to_text(&own);
        let first = (self.after, self.after_message);
        let mut after = first;
        for _ in 0..WINDOWS {
            let params = params![self.account, after.0, after.1, WINDOW];
            let reached = rows.fetch(&erasure::REACHED_DELIVERY, params, pair).await?;
            let Some(reached) = reached.first().copied() else {
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
            let telling = rows
                .fetch(&erasure::TELLING_DELIVERIES, params, pair)
                .await?;
            after = reached;
            if !telling.is_empty() {
                return Ok(Work::Deliveries(telling, Some(reached)));
            }
        }
        Ok(Work::Deliveries(Vec::new(), Some(after)))
    }
}
