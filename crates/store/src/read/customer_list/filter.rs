//! Lists customers by lists of ids, addresses and names, and by times, newest first, for the Mews API.
//!
//! If the filters select few customers by an index, these are sorted in memory. Otherwise the customers are walked along in
//! the order of their creation; a page that is not full when the walk has examined as many as it may is an error, because
//! the client takes a short page for the last one.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use heddle_domain::customer::{Customer, name_key};
use heddle_domain::id::{AccountId, CustomerId};
use heddle_domain::{ApiName, EntityKind, InboxScope, Timestamp};

use super::condition::{Condition, read_facts};
use super::limits::Limits;
use super::list::ListCustomers;
use super::order::Order;
use crate::error::{Result, Trouble};
use crate::read::account::{by_public_id, by_public_ids};
use crate::read::applications::Span;
use crate::read::customers::follow;
use crate::read::position::Position;
use crate::read::principal::public_ids;
use crate::rows::customer as customer_rows;
use crate::rows::customer_list::{self as rows, AT_ONCE, Facts, by_time};
use crate::stmt::{Stmt, keys, params};
use crate::tx::{Cost, Read, Rows};

/// Reads a page of customers. A filter that is `None` selects all; those that are given must all be fulfilled.
#[derive(Clone, Debug)]
pub struct FilterCustomers {
    /// Account whose data is read.
    pub account: AccountId,
    /// API whose public ids are used.
    pub api: ApiName,
    /// Inboxes that the caller may use; customers with another home are left out.
    pub inboxes: InboxScope,
    /// Customers with one of these public ids; at most 1,000. That of a merged customer selects the survivor.
    pub public_ids: Option<Vec<String>>,
    /// Owners of one of these e-mail addresses, normalised; at most 1,000.
    pub emails: Option<Vec<String>>,
    /// Customers with one of these first names, without regard to case.
    pub first_names: Option<Vec<String>>,
    /// Customers with one of these last names, without regard to case.
    pub last_names: Option<Vec<String>>,
    /// Customers recorded in this period.
    pub created: Option<Span>,
    /// Customers that were last changed in this period.
    pub updated: Option<Span>,
    /// Public id of the customer after whom the page begins. If the caller sees no such customer, the page is empty.
    pub after: Option<String>,
    /// The maximum number of customers on a page.
    pub size: usize,
    /// How much the list may read; usually [`Limits::USUAL`].
    pub limits: Limits,
}

/// A page of customers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilteredPage {
    /// The customers with their public ids, the newest first.
    pub customers: Vec<(Customer, String)>,
    /// How many rows and entries of indexes were read.
    pub rows_read: usize,
}

/// What the walk did not finish in time.
const TOO_MANY: Trouble = Trouble::TimedOut("a page of few customers among many");

impl Read for FilterCustomers {
    type Out = FilteredPage;
    const NAME: &'static str = "filter_customers";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<FilteredPage> {
        let Some(start) = self.start(rows).await? else {
            return Ok(FilteredPage::default());
        };
        let test = Test::of(self);
        let ids = match self.candidates(rows).await? {
            Some(ids) => self.sorted(rows, &ids, (start, &test)).await?,
            None => self.walked(rows, (start, &test)).await?,
        };
        let customers = self.shown(rows, &ids).await?;
        Ok(FilteredPage {
            customers,
            rows_read: rows.returned(),
        })
    }
}

impl FilterCustomers {
    /// Returns the position after which the page begins. A customer that was merged or erased since keeps its position.
    async fn start(&self, rows: &mut Rows<'_>) -> Result<Option<Position>> {
        let Some(after) = &self.after else {
            return Ok(Some(Position::NEWEST));
        };
        let (account, kind) = (self.account, EntityKind::Customer);
        let Some(id) = by_public_id(rows, account, kind, after, self.api).await? else {
            return Ok(None);
        };
        let params = params![account, id];
        let found = rows.fetch_one(&customer_rows::GET, params, customer_rows::customer);
        let found = found.await?;
        let found = found.filter(|customer| self.inboxes.reaches_home(customer.home));
        Ok(found.map(|customer| Position {
            at: customer.created_at,
            id: customer.id.get(),
        }))
    }

    /// Returns customers among which are all that the filters select, if an index finds few.
    async fn candidates(&self, rows: &mut Rows<'_>) -> Result<Option<BTreeSet<i64>>> {
        let named = match &self.public_ids {
            Some(public_ids) => Some(self.of_public_ids(rows, public_ids).await?),
            None => None,
        };
        let owners = match &self.emails {
            Some(emails) => Some(self.owners(rows, emails).await?),
            None => None,
        };
        match (named, owners) {
            (Some(named), Some(owners)) => return Ok(Some(&named & &owners)),
            (Some(ids), None) | (None, Some(ids)) => return Ok(Some(ids)),
            (None, None) => {}
        }
        for (names, stmt) in [
            (&self.last_names, &rows::OF_LAST_NAME),
            (&self.first_names, &rows::OF_FIRST_NAME),
        ] {
            if let Some(names) = names
                && let Some(found) = self.of_names(rows, names, stmt).await?
            {
                return Ok(Some(found));
            }
        }
        self.changed(rows).await
    }

    async fn of_public_ids(
        &self,
        rows: &mut Rows<'_>,
        public_ids: &[String],
    ) -> Result<BTreeSet<i64>> {
        let wanted = public_ids.iter();
        let wanted: Vec<_> = wanted
            .map(|text| (EntityKind::Customer, text.as_str()))
            .collect();
        let ids = by_public_ids(rows, self.account, self.api, &wanted).await?;
        self.survivors(rows, ids.into_iter().flatten()).await
    }

    async fn owners(&self, rows: &mut Rows<'_>, emails: &[String]) -> Result<BTreeSet<i64>> {
        let keys = keys(self.account, emails.iter().map(String::as_str));
        let found = rows.fetch_many(&customer_rows::EMAIL_OWNER, &keys, |row| row.int());
        let ids = found.await?.into_iter().flatten();
        self.survivors(rows, ids).await
    }

    /// Returns some customers without those that were erased; instead of a merged one, its survivor.
    async fn survivors(
        &self,
        rows: &mut Rows<'_>,
        ids: impl Iterator<Item = i64>,
    ) -> Result<BTreeSet<i64>> {
        let keys = keys(self.account, ids);
        let pinned = rows.fetch_many(&customer_rows::PEEK, &keys, customer_rows::pinned);
        let mut found = BTreeSet::new();
        for customer in pinned.await?.into_iter().flatten() {
            let survivor = match customer.merged_into {
                None => Some(customer),
                Some(into) => follow(rows, &customer_rows::PEEK, self.account, into).await?,
            };
            let survivor = survivor.filter(|customer| !customer.erased);
            found.extend(survivor.map(|customer| customer.id.get()));
        }
        Ok(found)
    }

    /// Returns the customers with one of some names, if they are few.
    async fn of_names(
        &self,
        rows: &mut Rows<'_>,
        names: &[String],
        stmt: &'static Stmt,
    ) -> Result<Option<BTreeSet<i64>>> {
        let names: BTreeSet<String> = names.iter().map(|name| name_key(Some(name))).collect();
        let mut all = BTreeSet::new();
        for name in &names {
            let left = self.limits.sorted - all.len();
            let params = params![self.account, name, left as i64 + 1];
            let found = rows.fetch(stmt, params, |row| row.int()).await?;
            if found.len() > left {
                return Ok(None);
            }
            all.extend(found);
        }
        Ok(Some(all))
    }

    /// Returns the customers that were changed in the period, if they are few.
    async fn changed(&self, rows: &mut Rows<'_>) -> Result<Option<BTreeSet<i64>>> {
        let Some(updated) = self.updated else {
            return Ok(None);
        };
        let list = self.by_change();
        let homes = list.homes(rows).await?;
        let (times, most) = ((updated.start.0, updated.end.0 - 1), self.limits.sorted);
        let found = list.changed(rows, &homes, times, most + 1).await?;
        let ids: BTreeSet<i64> = found.into_iter().map(|(_, id)| id).collect();
        Ok((ids.len() <= most).then_some(ids))
    }

    /// Returns the list by change, which knows how to read the indexes of the homes.
    fn by_change(&self) -> ListCustomers {
        ListCustomers {
            account: self.account,
            inboxes: self.inboxes.clone(),
            home: None,
            condition: Condition::none(),
            order: Order::Updated,
            descending: true,
            page: 1,
            after: None,
            size: self.size,
            limits: self.limits,
        }
    }

    /// Reads the facts of some customers; returns those of them that are on the page, in order.
    async fn sorted(
        &self,
        rows: &mut Rows<'_>,
        ids: &BTreeSet<i64>,
        (start, test): (Position, &Test),
    ) -> Result<Vec<i64>> {
        let ids: Vec<i64> = ids.iter().copied().collect();
        let mut found = read_facts(rows, self.account, &ids).await?;
        found.retain(|facts| {
            self.inboxes.reaches_home(facts.home) && test.accepts(facts) && place(facts) < start
        });
        found.sort_unstable_by_key(|facts| std::cmp::Reverse(place(facts)));
        Ok(found.iter().take(self.size).map(|facts| facts.id).collect())
    }

    /// Walks along the customers in the order of their creation until the page is full.
    async fn walked(
        &self,
        rows: &mut Rows<'_>,
        (start, test): (Position, &Test),
    ) -> Result<Vec<i64>> {
        let most = match test.is_only_creation() {
            true => self.limits.walked,
            false => self.limits.tested,
        };
        let end = self
            .created
            .map_or(Position::NEWEST, |span| Position::before(span.end));
        // Nobody was changed before being created.
        let end = self
            .updated
            .map_or(end, |span| end.min(Position::before(span.end)));
        let oldest = self.created.map_or(Timestamp(i64::MIN), |span| span.start);
        let (mut behind, mut page, mut examined) = (start.min(end), Vec::new(), 0);
        let mut step = (self.size + 1).min(AT_ONCE);
        loop {
            let params = params![self.account, behind.at, behind.id, step as i64];
            let found = rows.fetch(&rows::CREATED_DESC, params, by_time).await?;
            let is_end = found.len() < step || found.last().is_some_and(|last| last.key < oldest.0);
            examined += found.len();
            if let Some(last) = found.last() {
                behind = Position {
                    at: Timestamp(last.key),
                    id: last.id,
                };
            }
            let inside = found
                .into_iter()
                .filter(|entry| entry.key >= oldest.0 && self.inboxes.reaches_home(entry.home));
            let ids = inside.map(|entry| entry.id).collect();
            page.extend(self.tested(rows, ids, test).await?);
            if page.len() >= self.size || is_end {
                page.truncate(self.size);
                return Ok(page);
            }
            if examined >= most {
                return Err(TOO_MANY.into());
            }
            step = (step * 2).min(AT_ONCE);
        }
    }

    /// Returns those of some customers that fulfil the filters, in the given order.
    async fn tested(&self, rows: &mut Rows<'_>, ids: Vec<i64>, test: &Test) -> Result<Vec<i64>> {
        if test.is_only_creation() || ids.is_empty() {
            return Ok(ids);
        }
        let facts = read_facts(rows, self.account, &ids).await?.into_iter();
        let accepted = facts.filter(|facts| test.accepts(facts));
        let accepted: HashSet<i64> = accepted.map(|facts| facts.id).collect();
        Ok(ids.into_iter().filter(|id| accepted.contains(id)).collect())
    }

    /// Reads the customers of the page, in the given order.
    async fn shown(&self, rows: &mut Rows<'_>, ids: &[i64]) -> Result<Vec<(Customer, String)>> {
        let params = params![self.account, ids];
        let found = rows.fetch(&customer_rows::GET_MANY, params, customer_rows::customer);
        let found = found.await?.into_iter();
        let mut found: BTreeMap<CustomerId, Customer> =
            found.map(|customer| (customer.id, customer)).collect();
        let kind = EntityKind::Customer;
        let names = public_ids(rows, self.account, kind, ids, self.api).await?;
        let named = ids.iter().zip(names);
        let shown = named.filter_map(|(id, name)| {
            Some((found.remove(&CustomerId(*id))?, name.unwrap_or_default()))
        });
        Ok(shown.collect())
    }
}

const fn place(facts: &Facts) -> Position {
    Position {
        at: facts.created_at,
        id: facts.id,
    }
}

/// The filters that the facts of a customer decide. Public ids and addresses decide by themselves, so they are not here.
struct Test {
    first_names: Option<HashSet<String>>,
    last_names: Option<HashSet<String>>,
    created: Option<Span>,
    updated: Option<Span>,
}

impl Test {
    fn of(filter: &FilterCustomers) -> Self {
        let keys = |names: &Option<Vec<String>>| {
            let names = names.as_ref()?.iter();
            Some(names.map(|name| name_key(Some(name))).collect())
        };
        Self {
            first_names: keys(&filter.first_names),
            last_names: keys(&filter.last_names),
            created: filter.created,
            updated: filter.updated,
        }
    }

    /// Whether the order of creation decides everything.
    const fn is_only_creation(&self) -> bool {
        self.first_names.is_none() && self.last_names.is_none() && self.updated.is_none()
    }

    fn accepts(&self, facts: &Facts) -> bool {
        let has = |names: &Option<HashSet<String>>, name: &str| {
            names.as_ref().is_none_or(|names| names.contains(name))
        };
        has(&self.first_names, &facts.first_key)
            && has(&self.last_names, &facts.last_key)
            && self.created.is_none_or(|span| span.holds(facts.created_at))
            && self.updated.is_none_or(|span| span.holds(facts.updated_at))
    }
}
