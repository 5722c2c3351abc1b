//! How many conversations a list has.

use heddle_domain::Timestamp;

use super::expr::Expr;
use super::order::Sort;
use super::scope::{ALWAYS, Rest, Scope};
use super::walk::{Part, Walk};
use crate::error::Result;
use crate::rows::{entry as rows, folder, tag};
use crate::stmt::{Value, keys, params};
use crate::tx::Rows;

/// The maximum number of entries of an index that one step of an estimate reads.
const STEP: usize = 1_000;

impl Scope<'_> {
    /// Returns how many conversations the list has.
    pub(super) async fn total(&self, rows: &mut Rows<'_>, rest: &Rest) -> Result<i64> {
        if rest.is_open() {
            return self.estimate(rows, rest).await;
        }
        match self.count(rows, rest.part).await? {
            Some(all) => Ok(all - rest.drafts.count()),
            None => {
                let estimate = self.estimate(rows, &rest.clone().of_all()).await?;
                Ok(estimate.max(self.list.limits.counted + 1))
            }
        }
    }

    /// Counts the conversations of the list's inboxes and phases in a part of the index; `None` if they are many, and no count is
    /// kept.
    async fn count(&self, rows: &mut Rows<'_>, part: Part) -> Result<Option<i64>> {
        let kept = self.kept_count(rows, part).await?;
        let most = self.list.limits.counted;
        if kept.is_some_and(|kept| kept > most) {
            return Ok(kept);
        }
        let account = Value::from(self.list.account);
        let mut total = 0;
        for inbox in &self.inboxes {
            for phase in &self.phases {
                let (inbox, phase) = (Value::from(*inbox), Value::from(*phase));
                let left = Value::from(most + 1 - total);
                let (stmt, params) = match part {
                    Part::All => (&rows::COUNT, vec![account, inbox, phase, left]),
                    Part::Free => (&rows::COUNT_FREE, vec![account, inbox, phase, left]),
                    Part::Held(agent) => {
                        let params = vec![account, agent.into(), inbox, phase, left];
                        (&rows::COUNT_HELD, params)
                    }
                    Part::Tagged(tag) => {
                        let params = vec![account, tag.into(), inbox, phase, left];
                        (&tag::COUNT_RUN, params)
                    }
                };
                let found = rows.fetch_one(stmt, &params, |row| row.int()).await?;
                total += found.unwrap_or_default();
                if total > most {
                    return Ok(kept.map(|kept| kept.max(total)));
                }
            }
        }
        Ok(Some(total))
    }

    /// Adds the counts that follow the feed; `None` if no count of the part is kept.
    pub(super) async fn kept_count(&self, rows: &mut Rows<'_>, part: Part) -> Result<Option<i64>> {
        if matches!(part, Part::Tagged(_)) {
            return Ok(None);
        }
        let keys = keys(self.list.account, self.inboxes.iter().copied());
        let found = rows
            .fetch_many(&folder::OF_INBOX, &keys, folder::count)
            .await?;
        let is_counted = |place: &folder::Place| {
            self.phases.contains(&place.phase)
                && match part {
                    Part::All | Part::Tagged(_) => true,
                    Part::Held(agent) => place.agent == Some(agent),
                    Part::Free => place.agent.is_none(),
                }
        };
        let found = found.into_iter().flatten();
        let found = found.filter(|(place, ..)| is_counted(place));
        Ok(Some(found.map(|(_, conversations, _)| conversations).sum()))
    }

    /// Estimates the length of a list by its share of the first entries of the index; exact if these are all.
    async fn estimate(&self, rows: &mut Rows<'_>, rest: &Rest) -> Result<i64> {
        let range = self.range(rest.part, rest.bounds);
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
        let all = match rest.bounds {
            ALWAYS => self.count(rows, rest.part).await?,
            bounds => self.count_between(rows, bounds).await?,
        };
        let all = match all {
            Some(all) => all,
            // Too many to be counted: rather too much, so that nobody who pages by number stops too early.
            None => self.kept_count(rows, Part::All).await?.unwrap_or_default(),
        };
        Ok(all.saturating_mul(matched) / examined.max(1))
    }

    /// Counts the entries of a walk between two times; `None` if they are many.
    async fn count_between(
        &self,
        rows: &mut Rows<'_>,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Option<i64>> {
        let (account, most) = (self.list.account, self.list.limits.counted);
        let stmt = match self.list.sort {
            Sort::Changed => &rows::COUNT_CHANGED,
            _ => &rows::COUNT_STARTED,
        };
        let mut total = 0;
        for inbox in &self.inboxes {
            for phase in &self.phases {
                self.deadline.check()?;
                let left = most + 1 - total;
                let params = params![account, *inbox, *phase, from, to, left];
                let found = rows.fetch_one(stmt, params, |row| row.int()).await?;
                total += found.unwrap_or_default();
                if total > most {
                    return Ok(None);
                }
            }
        }
        Ok(Some(total))
    }

    async fn fulfil(&self, rows: &mut Rows<'_>, wanted: &Expr, ids: &[i64]) -> Result<i64> {
        let found = self.sift(rows, wanted, ids).await?;
        Ok(i64::try_from(found.len()).unwrap_or(i64::MAX))
    }
}
