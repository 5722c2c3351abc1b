//! Who did what: the events of an account, newest first, with filters.
//!
//! Events are found by their id, which is their time; the other filters are asked of each row. A read looks at a bounded
//! number of rows and tells how far it came, so that a rare filter on a long history costs many short reads and none that
//! lasts. Deliberately missing: an index for each filter, which every write would pay for.

use heddle_domain::Timestamp;
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, AgentId, ConversationId, CredentialId, MAX_ID, TimeId};

use super::feed::FeedEvent;
use crate::error::Result;
use crate::rows::{event as rows, feed as feed_rows};
use crate::stmt::params;
use crate::tx::{Read, Rows};

/// So many rows are read at once, and so many times.
const ROWS: i64 = 1_000;
const TURNS: usize = 4;

/// Which events.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Caused through this credential.
    pub credential: Option<CredentialId>,
    /// Caused by this agent.
    pub agent: Option<AgentId>,
    /// Of one of these kinds; empty: of any.
    pub kinds: Vec<EventKind>,
    /// About the entity with this id.
    pub entity: Option<i64>,
    /// About this conversation.
    pub conversation: Option<ConversationId>,
    /// Asked for from this address, as it is written out.
    pub address: Option<String>,
    /// Recorded at this time or later.
    pub from: Option<Timestamp>,
    /// Recorded before this time.
    pub before: Option<Timestamp>,
}

impl AuditFilter {
    fn passes(&self, event: &FeedEvent) -> bool {
        let is = |wanted: Option<i64>, found: Option<i64>| wanted.is_none() || wanted == found;
        event.kind != EventKind::Void
            && is(
                self.credential.map(CredentialId::get),
                event.credential.map(CredentialId::get),
            )
            && is(self.agent.map(AgentId::get), event.agent.map(AgentId::get))
            && is(self.entity, Some(event.entity))
            && is(
                self.conversation.map(ConversationId::get),
                event.conversation.map(ConversationId::get),
            )
            && (self.kinds.is_empty() || self.kinds.contains(&event.kind))
            && (self.address.is_none() || self.address == event.address)
    }
}

/// Events, newest first, older than one.
#[derive(Clone, Debug)]
pub struct ReadAudit {
    /// Whose.
    pub account: AccountId,
    /// The last id that was seen; `None` for the first page.
    pub older_than: Option<i64>,
    /// Which.
    pub filter: AuditFilter,
    /// At most so many.
    pub limit: usize,
}

/// A page of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPage {
    /// The events. Positions are not told: they stand in no order of the audit's.
    pub events: Vec<FeedEvent>,
    /// The id to go on behind; `None` if there is nothing further. A page may be short, or empty, and not the last.
    pub next: Option<i64>,
}

impl Read for ReadAudit {
    type Out = AuditPage;
    const NAME: &'static str = "read_audit";
    const SNAPSHOT: bool = true;
    const HEAVY: bool = true;

    async fn run(&self, rows: &mut Rows<'_>) -> Result<AuditPage> {
        let filter = &self.filter;
        let least = filter.from.map_or(0, |at| TimeId::first_at(at).0);
        let newest = filter.before.map_or(MAX_ID, |at| TimeId::first_at(at).0);
        let mut below = self.older_than.map_or(newest, |id| id.min(newest));
        let mut events = Vec::new();
        for _ in 0..TURNS {
            let params = params![self.account, least, below, ROWS];
            let found = rows.fetch(&rows::AUDIT, params, feed_rows::event).await?;
            let is_last = (found.len() as i64) < ROWS;
            for event in found {
                if events.len() == self.limit {
                    return Ok(page(events, Some(below)));
                }
                below = event.id.get();
                if filter.passes(&event) {
                    events.push(event);
                }
            }
            if is_last {
                return Ok(page(events, None));
            }
        }
        Ok(page(events, Some(below)))
    }
}

fn page(events: Vec<FeedEvent>, next: Option<i64>) -> AuditPage {
    AuditPage { events, next }
}
