//! How many conversations a list has.

use heddle_domain::id::AgentId;

use super::expr::Expr;
use super::scope::{Rest, Scope};
use super::walk::Walk;
use crate::error::Result;
use crate::rows::{entry as rows, folder};
use crate::stmt::{Value, keys};
use crate::tx::Rows;

/// Up to this number a list is counted in the index. Above it, the counts of the folders say it.
const EXACT: i64 = 100_000;
/// The maximum number of entries of an index that one step of an estimate reads.
const STEP: usize = 1_000;

impl Scope<'_> {
    /// Counts the conversations of the list's inboxes and phases, perhaps only those of an agent (or of nobody).
    pub(super) async fn count(
        &self,
        rows: &mut Rows<'_>,
        holder: Option<Option<AgentId>>,
    ) -> Result<i64> {
        let kept = self.kept_count(rows, holder).await?;
        if kept > EXACT {
            return Ok(kept);
        }
        let account = Value::from(self.list.account);
        let mut total = 0;
        for inbox in &self.inboxes {
            for phase in &self.phases {
                let left = Value::from(EXACT + 1 - total);
                let (inbox, phase) = (Value::from(*inbox), Value::from(*phase));
                let found = match holder {
                    None => {
                        rows.fetch_one(&rows::COUNT, &[account, inbox, phase, left], |row| {
                            row.int()
                        })
                        .await?
                    }
                    Some(None) => {
                        rows.fetch_one(&rows::COUNT_FREE, &[account, inbox, phase, left], |row| {
                            row.int()
                        })
                        .await?
                    }
                    Some(Some(agent)) => {
                        let params = [account, agent.into(), inbox, phase, left];
                        rows.fetch_one(&rows::COUNT_HELD, &params, |row| row.int())
                            .await?
                    }
                };
                total += found.unwrap_or_default();
                if total > EXACT {
                    return Ok(kept.max(total));
                }
            }
        }
        Ok(total)
    }

    /// Adds the counts that follow the feed.
    pub(super) async fn kept_count(
        &self,
        rows: &mut Rows<'_>,
        holder: Option<Option<AgentId>>,
    ) -> Result<i64> {
        let keys = keys(self.list.account, self.inboxes.iter().copied());
        let found = rows
            .fetch_many(&folder::OF_INBOX, &keys, folder::count)
            .await?;
        let is_counted = |place: &folder::Place| {
            self.phases.contains(&place.phase) && holder.is_none_or(|agent| place.agent == agent)
        };
        let found = found.into_iter().flatten();
        let found = found.filter(|(place, ..)| is_counted(place));
        Ok(found.map(|(_, conversations, _)| conversations).sum())
    }

    /// Estimates the length of a list by its share of the first entries of the index; exact if these are all.
    pub(super) async fn estimate(&self, rows: &mut Rows<'_>, rest: &Rest) -> Result<i64> {
        let range = self.range(rest.holder, rest.bounds);
        let mut walk = Walk::new(&range, self.list.sort, self.list.descending, None);
        let (mut matched, drafts) = (0, rest.drafts.ids());
        let most = self.list.limits.examined.max(1);
        while walk.examined < most {
            let step = STEP.min(most - walk.examined);
            let Some(entries) = walk.next(rows, step).await? else {
                return Ok(matched);
            };
            let ids = entries.iter().map(|entry| entry.id);
            let ids: Vec<i64> = ids.filter(|id| !drafts.contains(id)).collect();
            matched += self.fulfil(rows, &rest.wanted, &ids).await?;
        }
        let examined = i64::try_from(walk.examined).unwrap_or(i64::MAX);
        let all = self.count(rows, rest.holder).await?;
        Ok(all.saturating_mul(matched) / examined.max(1))
    }

    async fn fulfil(&self, rows: &mut Rows<'_>, wanted: &Expr, ids: &[i64]) -> Result<i64> {
        let found = self.sift(rows, wanted, ids).await?;
        Ok(i64::try_from(found.len()).unwrap_or(i64::MAX))
    }
}
