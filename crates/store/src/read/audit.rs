//! The audit history: the events of an account, newest first, with filters.
//!
//! Events are read in the order of their ids, which encode the time; the other filters are applied to each row. One
//! read examines a limited number of rows and returns where it stopped. So a rare filter on a long history takes many
//! short reads instead of one long read. Deliberately missing: an index per filter, because every write would have to
//! update it.

use heddle_domain::Timestamp;
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, AgentId, ConversationId, CredentialId, MAX_ID, TimeId};

use super::conversations::survivor;
use super::details::with_details;
use super::feed::FeedEvent;
use super::room::Room;
use crate::error::Result;
use crate::rows::feed::BriefEvent;
use crate::rows::{event as rows, feed as feed_rows};
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

/// Rows of one batch. One read fetches at most `TURNS` batches.
const ROWS: i64 = 1_000;
const TURNS: usize = 4;

/// Filters of the audit history; all must match.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Events caused through this credential.
    pub credential: Option<CredentialId>,
    /// Events caused by this agent.
    pub agent: Option<AgentId>,
    /// Events of one of these kinds; empty means any kind.
    pub kinds: Vec<EventKind>,
    /// Events about the entity with this id.
    pub entity: Option<i64>,
    /// Events about this conversation, and about the one that it was merged into.
    pub conversation: Option<ConversationId>,
    /// Events whose request came from this address, in text form.
    pub address: Option<String>,
    /// Events recorded at this time or later.
    pub from: Option<Timestamp>,
    /// Events recorded before this time.
    pub before: Option<Timestamp>,
}

impl AuditFilter {
    fn passes(&self, event: &FeedEvent, survivor: Option<ConversationId>) -> bool {
        let is = |wanted: Option<i64>, found: Option<i64>| wanted.is_none() || wanted == found;
        event.kind != EventKind::Void
            && is(
                self.credential.map(CredentialId::get),
                event.credential.map(CredentialId::get),
            )
            && is(self.agent.map(AgentId::get), event.agent.map(AgentId::get))
            && is(self.entity, Some(event.entity))
            && (self.conversation.is_none()
                || self.conversation == event.conversation
                || (survivor.is_some() && survivor == event.conversation))
            && self.from.is_none_or(|from| event.recorded_at >= from)
            && self.before.is_none_or(|before| event.recorded_at < before)
            && (self.kinds.is_empty() || self.kinds.contains(&event.kind))
            && (self.address.is_none() || self.address == event.address)
    }
}

/// Reads events older than a given one, newest first.
#[derive(Clone, Debug)]
pub struct ReadAudit {
    /// Account whose data is read.
    pub account: AccountId,
    /// The id of the last event seen; `None` for the first page.
    pub older_than: Option<i64>,
    /// Filters that the listed entries must match.
    pub filter: AuditFilter,
    /// The maximum number of rows to return.
    pub limit: usize,
}

/// A page of the audit history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPage {
    /// The events. Their positions are not set, because the history is not sorted by position.
    pub events: Vec<FeedEvent>,
    /// The value of `older_than` for the next page; `None` if this page is the last. Other pages may be short or
    /// empty too.
    pub next: Option<i64>,
}

impl Read for ReadAudit {
    type Out = AuditPage;
    const NAME: &'static str = "read_audit";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<AuditPage> {
        let filter = &self.filter;
        let least = filter.from.map_or(0, |at| TimeId::first_at(at).0);
        let newest = self.newest(rows).await?;
        let survivor = match filter.conversation {
            Some(id) => survivor(rows, self.account, id).await?,
            None => None,
        };
        let mut below = self.older_than.map_or(newest, |id| id.min(newest));
        let (mut events, mut room) = (Vec::new(), Room::new());
        for _ in 0..TURNS {
            let params = params![self.account, least, below, ROWS];
            let found = rows.fetch(&rows::AUDIT, params, feed_rows::brief).await?;
            let is_last = (found.len() as i64) < ROWS;
            for next in found {
                let passes = filter.passes(&next.event, survivor);
                if events.len() == self.limit || (passes && !room.takes(next.bytes())) {
                    return self.page(rows, events, Some(below)).await;
                }
                below = next.event.id.get();
                if passes {
                    events.push(next);
                }
            }
            if is_last {
                return self.page(rows, events, None).await;
            }
        }
        self.page(rows, events, Some(below)).await
    }
}

impl ReadAudit {
    async fn page(
        &self,
        rows: &mut Rows<'_>,
        found: Vec<BriefEvent>,
        next: Option<i64>,
    ) -> Result<AuditPage> {
        // All statements see one snapshot, so no detail can be missing.
        let (events, _) = with_details(rows, self.account, found).await?;
        Ok(AuditPage { events, next })
    }

    /// Returns the first id that is too new. An id can be far ahead of the recorded time; then the recorded time alone
    /// decides.
    async fn newest(&self, rows: &mut Rows<'_>) -> Result<i64> {
        let Some(before) = self.filter.before else {
            return Ok(MAX_ID);
        };
        let params = params![self.account];
        let apart = rows.fetch_one(&rows::RECORDED_APART, params, |row| row.int());
        Ok(match apart.await? {
            Some(_) => MAX_ID,
            None => TimeId::first_at(before).0,
        })
    }
}
