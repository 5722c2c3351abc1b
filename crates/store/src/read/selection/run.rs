//! Runs a list: finds the places of its page, and reads what is shown of them.

use std::collections::{BTreeSet, HashMap};

use heddle_domain::conversation::Conversation;
use heddle_domain::customer::Customer;
use heddle_domain::id::{CustomerId, InboxId};
use heddle_domain::message::State;

use super::deadline::Deadline;
use super::expr::{Condition, Expr, Known};
use super::list::{SelectConversations, Selection};
use super::order::{Place, Sort};
use super::scope::{ALWAYS, Rest, Scope};
use super::walk::{Entry, Part, Walk};
use crate::error::{Result, Trouble};
use crate::read::customers;
use crate::read::views::views;
use crate::rows::conversation as conversation_rows;
use crate::rows::entry::{self as rows, AT_ONCE, Facts};
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

/// How many entries a walk reads at once.
const STEP: usize = 1_000;
/// How many conversations that fulfil the conditions a sort without an index keeps at most.
const KEPT: usize = 100_000;

/// How many characters of a text decide the order. Texts that are the same up to there are sorted by id.
const SORTED_CHARACTERS: usize = 200;

impl Read for SelectConversations {
    type Out = Selection;
    const NAME: &'static str = "select_conversations";

    fn cost(&self) -> Cost {
        Cost::Search(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Selection> {
        let wanted = self.wanted.clone().resolved(rows, self.account).await?;
        let known = Known::of(rows, self.account, &wanted).await?;
        let (mut inboxes, mut phases) = (self.inboxes.clone(), BTreeSet::from([0, 1, 2, 3]));
        for condition in wanted.required() {
            match condition {
                Condition::Inbox(named) => inboxes.retain(|inbox| named.contains(inbox)),
                Condition::Phase(named) => phases.retain(|phase| named.contains(phase)),
                _ => {}
            }
        }
        let scope = Scope {
            list: self,
            inboxes: inboxes.into_iter().collect(),
            phases: phases.into_iter().collect(),
            known: &known,
            deadline: Deadline::begin(),
        };
        let found = match scope.inboxes.is_empty() || scope.phases.is_empty() {
            true => Found::default(),
            false => scope.find(rows, &wanted).await?,
        };
        self.shown(rows, &scope.inboxes, found).await
    }
}

/// The places of a page, and what is known of the whole list.
#[derive(Debug, Default)]
struct Found {
    places: Vec<Place>,
    has_more: bool,
    total: i64,
}

impl SelectConversations {
    /// Returns how many conversations stand before the page.
    fn skipped(&self) -> usize {
        let size = i64::try_from(self.size).unwrap_or(i64::MAX);
        let skipped = (self.page - 1).max(0).saturating_mul(size);
        usize::try_from(skipped).unwrap_or(usize::MAX)
    }

    /// Reads what is shown of the conversations of a page. Leaves out those that no longer belong to the caller's list.
    async fn shown(
        &self,
        rows: &mut Rows<'_>,
        inboxes: &[InboxId],
        found: Found,
    ) -> Result<Selection> {
        let ids: Vec<i64> = found.places.iter().map(|place| place.id).collect();
        let mut read: HashMap<i64, Conversation> = HashMap::new();
        for some in ids.chunks(AT_ONCE) {
            let params = params![self.account, some];
            let stmt = &conversation_rows::GET_MANY;
            let some = rows.fetch(stmt, params, conversation_rows::conversation);
            read.extend(some.await?.into_iter().map(|c| (c.id.get(), c)));
        }
        let is_listed = |c: &Conversation| {
            c.merged_into.is_none()
                && c.state != State::Hidden
                && inboxes.binary_search(&c.inbox).is_ok()
        };
        let in_order = ids.iter().filter_map(|id| read.remove(id));
        let conversations = views(rows, self.account, in_order.filter(is_listed).collect());
        let seen = self.skipped().saturating_add(found.places.len());
        let least = i64::try_from(seen).unwrap_or(i64::MAX);
        let least = match (found.places.is_empty(), found.has_more) {
            (true, _) => 0,
            (false, has_more) => least.saturating_add(i64::from(has_more)),
        };
        Ok(Selection {
            conversations: conversations.await?,
            rows_read: rows.returned(),
            total: found.total.max(least),
            next: found.places.last().filter(|_| found.has_more).cloned(),
        })
    }
}

/// Returns the beginning of a text, without regard to case, by which a list is sorted.
fn sorted_text(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .take(SORTED_CHARACTERS)
        .collect()
}

impl Scope<'_> {
    async fn find(&self, rows: &mut Rows<'_>, wanted: &Expr) -> Result<Found> {
        let rest = self.rest(wanted);
        let is_open = rest.is_open();
        let few = match is_open {
            true => self.few(rows, wanted).await?,
            false => None,
        };
        let few = match few {
            None if !self.list.sort.has_index() || (is_open && self.phases.len() < 4) => {
                self.all_if_few(rows).await?
            }
            None if self.list.sort == Sort::Changed && self.phases.len() < 4 => {
                self.all_if_few(rows).await?
            }
            few => few,
        };
        match few {
            Some(few) => self.sorted(rows, wanted, few).await,
            None if self.list.sort.has_index() => {
                let rest = self.with_drafts(rows, rest).await?;
                self.walked_page(rows, &rest).await
            }
            None => self.compared(rows, wanted).await,
        }
    }

    /// Returns the places of some conversations in the list.
    async fn places(&self, rows: &mut Rows<'_>, found: &[Facts]) -> Result<Vec<Place>> {
        let (sort, descending) = (self.list.sort, self.list.descending);
        let texts = match sort.is_by_text() {
            true => self.texts(rows, found).await?,
            false => HashMap::new(),
        };
        let place = |of: &Facts| {
            let text = texts.get(&of.id).cloned().unwrap_or_default();
            sort.place(of, text, descending)
        };
        Ok(found.iter().map(place).collect())
    }

    /// Reads the texts by which the list is sorted.
    async fn texts(&self, rows: &mut Rows<'_>, found: &[Facts]) -> Result<HashMap<i64, String>> {
        let account = self.list.account;
        let mut texts = HashMap::new();
        for some in found.chunks(AT_ONCE) {
            self.deadline.check()?;
            if self.list.sort == Sort::Subject {
                let ids: Vec<i64> = some.iter().map(|of| of.id).collect();
                let params = params![account, ids.as_slice()];
                let subjects = rows.fetch(&rows::SUBJECTS, params, |row| {
                    Ok((row.int()?, sorted_text(&row.text()?)))
                });
                texts.extend(subjects.await?);
                continue;
            }
            let ids: BTreeSet<CustomerId> = some.iter().map(|of| of.customer).collect();
            let ids: Vec<CustomerId> = ids.into_iter().collect();
            let read = customers(rows, account, &ids).await?;
            let text = |c: Customer| match self.list.sort {
                Sort::CustomerEmail => sorted_text(&c.email.unwrap_or_default()),
                _ => {
                    let first = c.profile.first_name.unwrap_or_default();
                    let last = c.profile.last_name.unwrap_or_default();
                    sorted_text(format!("{first} {last}").trim())
                }
            };
            let of_customer: HashMap<CustomerId, String> =
                read.into_iter().map(|c| (c.id, text(c))).collect();
            texts.extend(some.iter().map(|of| {
                let text = of_customer.get(&of.customer);
                (of.id, text.cloned().unwrap_or_default())
            }));
        }
        Ok(texts)
    }

    /// Sorts few conversations and returns the page.
    async fn sorted(
        &self,
        rows: &mut Rows<'_>,
        wanted: &Expr,
        few: BTreeSet<i64>,
    ) -> Result<Found> {
        let ids: Vec<i64> = few.into_iter().collect();
        let found = self.sift(rows, wanted, &ids).await?;
        let places = self.places(rows, &found).await?;
        Ok(self.cut(places))
    }

    /// Compares all conversations of the list, for an order that has no index.
    async fn compared(&self, rows: &mut Rows<'_>, wanted: &Expr) -> Result<Found> {
        let mut walk = Walk::new(&self.range(Part::All, ALWAYS), Sort::Started, true, None);
        let mut places = Vec::new();
        while let Some(entries) = walk.next(rows, STEP).await? {
            let ids: Vec<i64> = entries.iter().map(|entry| entry.id).collect();
            let found = self.sift(rows, wanted, &ids).await?;
            places.extend(self.places(rows, &found).await?);
            if places.len() > KEPT {
                return Err(Trouble::TimedOut("the list is too long for this order").into());
            }
        }
        Ok(self.cut(places))
    }

    /// Sorts all places of a list and returns the page.
    fn cut(&self, mut places: Vec<Place>) -> Found {
        let descending = self.list.descending;
        places.sort_unstable_by(|a, b| a.compare(b, descending));
        let total = i64::try_from(places.len()).unwrap_or(i64::MAX);
        let first = match &self.list.after {
            Some(after) => places.partition_point(|p| p.compare(after, descending).is_le()),
            None => self.list.skipped().min(places.len()),
        };
        let mut page = places.split_off(first);
        let has_more = page.len() > self.list.size;
        page.truncate(self.list.size);
        Found {
            places: page,
            has_more,
            total,
        }
    }

    /// Reads a page along the index of the order.
    async fn walked_page(&self, rows: &mut Rows<'_>, rest: &Rest) -> Result<Found> {
        let (sort, descending) = (self.list.sort, self.list.descending);
        let after = self.list.after.as_ref().map(|place| Entry {
            rank: place.rank,
            at: place.at,
            id: place.id,
        });
        let mut skipped = match after {
            Some(_) => 0,
            None => self.list.skipped(),
        };
        let mut walk = Walk::new(&self.range(rest.part, rest.bounds), sort, descending, after);
        let (is_open, drafts) = (rest.is_open(), rest.drafts.ids());
        let (mut page, mut matched) = (Vec::new(), 0_usize);
        let mut step = skipped.saturating_add(self.list.size + 1).min(STEP);
        let mut is_over = false;
        while page.len() <= self.list.size {
            self.deadline.check()?;
            let Some(mut entries) = walk.next(rows, step).await? else {
                is_over = true;
                break;
            };
            step = (step * 2).min(if is_open { STEP } else { STEP * 20 });
            entries.retain(|entry| !drafts.contains(&entry.id));
            if is_open {
                let ids: Vec<i64> = entries.iter().map(|entry| entry.id).collect();
                let kept = self.sift(rows, &rest.wanted, &ids).await?;
                let kept: BTreeSet<i64> = kept.into_iter().map(|of| of.id).collect();
                entries.retain(|entry| kept.contains(&entry.id));
            }
            matched += entries.len();
            let passed = skipped.min(entries.len());
            skipped -= passed;
            let place = |entry: Entry| Place {
                rank: entry.rank,
                at: entry.at,
                text: String::new(),
                id: entry.id,
            };
            page.extend(entries.into_iter().skip(passed).map(place));
        }
        let has_more = page.len() > self.list.size;
        page.truncate(self.list.size);
        let total = match is_over && after.is_none() {
            true => i64::try_from(matched).unwrap_or(i64::MAX),
            false => self.total(rows, rest).await?,
        };
        Ok(Found {
            places: page,
            has_more,
            total,
        })
    }
}
