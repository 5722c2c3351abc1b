//! Finds few conversations that contain all of a list, by the index of a condition that selects few.

use std::collections::BTreeSet;

use heddle_domain::{TagName, Timestamp};
use heddle_search::query::Term;

use super::expr::{Condition, Expr};
use super::order::Sort;
use super::scope::{ALWAYS, Scope};
use super::walk::{Part, Range, Walk};
use crate::error::Result;
use crate::rows::search::index;
use crate::rows::{
    conversation as conversation_rows, custom_field as field_rows, entry as rows, feed,
};
use crate::search::document::Section;
use crate::search::hits::Hits;
use crate::search::terms::Terms;
use crate::stmt::{Stmt, Value, params};
use crate::tx::Rows;

/// The maximum number of documents of the search index that are examined for a word.
const DOCUMENTS: usize = 20_000;
/// The maximum length of a value of a custom field that the index has, in characters.
const INDEXED: usize = 100;
/// The maximum number of events that the search index has not read yet, and that are read instead.
const EVENTS: usize = 500;

impl Scope<'_> {
    /// Returns conversations among which are all that fulfil the expression; `None` if no index finds few.
    pub(super) async fn few(
        &self,
        rows: &mut Rows<'_>,
        wanted: &Expr,
    ) -> Result<Option<BTreeSet<i64>>> {
        self.deadline.check()?;
        match wanted {
            Expr::Is(condition) => self.fulfilling(rows, condition).await,
            Expr::Not(_) => Ok(None),
            Expr::All(parts) => {
                let mut parts: Vec<&Expr> = parts.iter().collect();
                parts.sort_by_key(|part| cost(part));
                for part in parts {
                    if let Some(found) = Box::pin(self.few(rows, part)).await? {
                        return Ok(Some(found));
                    }
                }
                Ok(None)
            }
            Expr::Any(parts) => {
                let mut all = BTreeSet::new();
                for part in parts {
                    match Box::pin(self.few(rows, part)).await? {
                        Some(found) => all.extend(found),
                        None => return Ok(None),
                    }
                    if all.len() > self.list.limits.sorted {
                        return Ok(None);
                    }
                }
                Ok(Some(all))
            }
        }
    }

    /// Returns the conversations of the list's inboxes and phases, if they are few. The kept counts spare the attempt if
    /// they are many.
    pub(super) async fn all_if_few(&self, rows: &mut Rows<'_>) -> Result<Option<BTreeSet<i64>>> {
        let most = i64::try_from(self.list.limits.sorted).unwrap_or(i64::MAX);
        match self.kept_count(rows, Part::All).await? {
            Some(kept) if kept > most => Ok(None),
            _ => self.walked(rows, Sort::Started, Part::All, ALWAYS).await,
        }
    }

    async fn fulfilling(
        &self,
        rows: &mut Rows<'_>,
        condition: &Condition,
    ) -> Result<Option<BTreeSet<i64>>> {
        match condition {
            // These are narrowed already, or select many.
            Condition::Inbox(_) | Condition::Phase(_) | Condition::Email(_) => Ok(None),
            Condition::Id(id) => Ok(Some([*id].into())),
            Condition::Number(number) => self.numbered(rows, *number).await.map(Some),
            Condition::Customer(customers) => {
                let keys = customers.iter().map(|id| id.get());
                self.of_keys(rows, &conversation_rows::OF_CUSTOMER, keys)
                    .await
            }
            Condition::Tag(names) => self.tagged(rows, names).await,
            Condition::Draft => {
                let inboxes = self.inboxes.iter().map(|inbox| inbox.get());
                self.of_keys(rows, &rows::DRAFTS, inboxes).await
            }
            Condition::Field(_, name, value) => self.valued(rows, name, value).await,
            Condition::Assignee(agent) => {
                let part = agent.map_or(Part::Free, Part::Held);
                self.walked(rows, Sort::Started, part, ALWAYS).await
            }
            Condition::Started(from, to) => {
                self.walked(rows, Sort::Started, Part::All, (*from, *to))
                    .await
            }
            Condition::Changed(from, to) => {
                self.walked(rows, Sort::Changed, Part::All, (*from, *to))
                    .await
            }
            Condition::Subject(term) => self.containing(rows, Section::Subject, term).await,
            Condition::Body(term) => self.containing(rows, Section::Body, term).await,
        }
    }

    /// Reads the conversations of some keys with a statement with the parameters account, key and limit.
    async fn of_keys(
        &self,
        rows: &mut Rows<'_>,
        stmt: &'static Stmt,
        keys: impl Iterator<Item = i64>,
    ) -> Result<Option<BTreeSet<i64>>> {
        let most = self.list.limits.sorted;
        let mut all = BTreeSet::new();
        for key in keys.collect::<Vec<_>>() {
            let params = params![self.list.account, key, most as i64 + 1];
            all.extend(rows.fetch(stmt, params, |row| row.int()).await?);
            if all.len() > self.list.limits.sorted {
                return Ok(None);
            }
        }
        Ok(Some(all))
    }

    /// Returns the conversations of the list's inboxes and phases with one of the tags.
    async fn tagged(
        &self,
        rows: &mut Rows<'_>,
        names: &BTreeSet<TagName>,
    ) -> Result<Option<BTreeSet<i64>>> {
        let mut all = BTreeSet::new();
        for tag in names.iter().filter_map(|name| self.known.tag(name)) {
            let part = Part::Tagged(tag);
            self.deadline.check()?;
            match self.walked(rows, Sort::Started, part, ALWAYS).await? {
                Some(found) => all.extend(found),
                None => return Ok(None),
            }
            if all.len() > self.list.limits.sorted {
                return Ok(None);
            }
        }
        Ok(Some(all))
    }

    /// Returns the conversations with a value of a custom field. The index has no long values.
    async fn valued(
        &self,
        rows: &mut Rows<'_>,
        name: &str,
        value: &str,
    ) -> Result<Option<BTreeSet<i64>>> {
        if value.chars().count() > INDEXED {
            return Ok(None);
        }
        let most = self.list.limits.sorted;
        let params = params![self.list.account, name, value, 0_i64, most as i64 + 1];
        let found = rows.fetch(&field_rows::BEARERS, params, |row| row.int());
        let found: BTreeSet<i64> = found.await?.into_iter().collect();
        Ok(Some(found).filter(|found| found.len() <= most))
    }

    async fn numbered(&self, rows: &mut Rows<'_>, number: i64) -> Result<BTreeSet<i64>> {
        let mut all = BTreeSet::new();
        for inbox in &self.inboxes {
            let run = |phase: &i64| -> [Value<'_>; 4] {
                *params![self.list.account, *inbox, *phase, number]
            };
            let runs: Vec<_> = self.phases.iter().map(run).collect();
            let found = rows.fetch_many(&rows::NUMBERED, &runs, |row| row.int());
            all.extend(found.await?.into_iter().flatten());
        }
        Ok(all)
    }

    async fn walked(
        &self,
        rows: &mut Rows<'_>,
        sort: Sort,
        part: Part,
        bounds: (Timestamp, Timestamp),
    ) -> Result<Option<BTreeSet<i64>>> {
        let range = Range {
            account: self.list.account,
            inboxes: &self.inboxes,
            phases: &self.phases,
            part,
            bounds,
        };
        let walk = Walk::new(&range, sort, true, None);
        walk.all_if_few(rows, self.list.limits.sorted).await
    }

    /// Returns the conversations with a message whose section contains the words, by the search index, and those that
    /// changed since the index was written. The texts are compared afterwards.
    async fn containing(
        &self,
        rows: &mut Rows<'_>,
        section: Section,
        term: &Term,
    ) -> Result<Option<BTreeSet<i64>>> {
        if !self.list.has_index {
            return Ok(None);
        }
        let Some(mut all) = self.changed_since_index(rows).await? else {
            return Ok(None);
        };
        let terms = Terms::words(Some(section), term, false);
        let mut hits = Hits::new(rows, self.list.account, &terms, (ALWAYS, None)).await?;
        let mut examined = 0;
        loop {
            self.deadline.check()?;
            let found = hits.next(rows).await?;
            if found.is_empty() {
                return Ok(Some(all));
            }
            examined += found.len();
            all.extend(found.into_iter().map(|hit| hit.conversation.get()));
            if all.len() > self.list.limits.sorted || examined > DOCUMENTS {
                return Ok(None);
            }
        }
    }

    /// Returns the conversations that events name which the search index has not read; `None` if the index is being
    /// rebuilt, or has too many events to read.
    async fn changed_since_index(&self, rows: &mut Rows<'_>) -> Result<Option<BTreeSet<i64>>> {
        let account = self.list.account;
        let key = params![account];
        let state = rows.fetch_one(&index::STATE, key, |row| Ok((row.int()?, row.int()?)));
        let Some((position, 0)) = state.await? else {
            return Ok(None);
        };
        let params = params![account, position, EVENTS as i64 + 1];
        let events = rows.fetch(&feed::AFTER, params, feed::brief).await?;
        if events.len() > EVENTS {
            return Ok(None);
        }
        let named = events.iter().filter_map(|found| found.event.conversation);
        Ok(Some(named.map(|id| id.get()).collect()))
    }
}

/// Orders conditions: what selects the fewest conversations, or is found most cheaply, comes first.
fn cost(part: &Expr) -> u8 {
    match part {
        Expr::Is(Condition::Id(_) | Condition::Number(_)) => 0,
        Expr::Is(Condition::Customer(_)) => 1,
        Expr::Is(Condition::Draft) => 2,
        Expr::Is(Condition::Tag(_) | Condition::Field(..)) => 3,
        Expr::Is(Condition::Changed(..)) => 4,
        Expr::Is(Condition::Assignee(Some(_))) => 5,
        Expr::Is(Condition::Started(..)) => 6,
        Expr::Any(_) | Expr::All(_) => 7,
        Expr::Is(Condition::Assignee(None)) => 8,
        Expr::Is(_) => 9,
        Expr::Not(_) => 10,
    }
}
