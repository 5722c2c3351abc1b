//! The next work of an erasure: a read looks it up, then a chunk does it.

use heddle_domain::id::{AccountId, ConversationId};

use crate::error::Result;
use crate::rows::erased::{self as rows, Progress, Stage};
use crate::rows::erasure;
use crate::stmt::{Row, params};
use crate::tx::{Cost, Read, Rows};

/// How many conversations one command marks, and the maximum number of which one chunk removes the rows.
pub(crate) const AT_ONCE: i64 = 100;
/// The work is searched in windows of this many events or deliveries; one read searches at most `WINDOWS` windows.
const WINDOW: i64 = 2_000;
const WINDOWS: usize = 10;

/// The work of one chunk.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// Conversations whose rows are removed next; empty if no marked conversation is left.
    Rows(Vec<ConversationId>),
    /// Events as (id, detail), and the id up to which all were searched; `None` instead of the id: the search is complete.
    Events(Vec<(i64, String)>, Option<i64>),
    /// Deliveries as (webhook, delivery), and the pair up to which all were searched; `None`: the search is complete.
    Deliveries(Vec<(i64, i64)>, Option<(i64, i64)>),
}

/// Looks up the next work of an account; `None` if there is none.
#[derive(Clone, Debug)]
pub(super) struct NextChunk(pub(super) AccountId);

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
