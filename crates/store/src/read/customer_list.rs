//! Lists customers by pages with numbers, for the Help Scout API: any condition, four orders, two directions.
//!
//! A page begins after a place in its order (a sort value and an id), or, if the caller knows only its number, after as many
//! customers as the earlier pages have. A walk from place to place neither repeats nor skips a customer that does not change
//! its place meanwhile.
//!
//! Every read is limited. A condition that selects few customers has its own index, which finds them; they are sorted in
//! memory, and their number is exact. Otherwise the index of the order is walked along; a page may then have few customers, or
//! none, although the list goes on.

mod condition;
mod order;
mod walk;

use heddle_domain::InboxScope;
use heddle_domain::customer::Customer;
use heddle_domain::id::{AccountId, InboxId};

pub use self::condition::Condition;
use self::condition::Test;
pub use self::order::{Order, Place, SortValue};
use super::customers::{CustomerView, views};
use crate::error::Result;
use crate::rows::{account as account_rows, customer as rows, customer_list as list_rows};
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

/// The maximum number of customers that are sorted in memory.
const SORTED: usize = 5_000;
/// The maximum number of index entries that a walk examines for one page.
const WALKED: usize = 100_000;
/// The maximum number of customers that a walk reads for one page, to test a condition.
const TESTED: usize = 10_000;
/// The maximum number of entries that one step of a walk reads, and of customers that `GET_MANY` returns.
const AT_ONCE: usize = 1_000;
/// Up to this number the customers of a list without conditions are counted.
pub const MOST_COUNTED: i64 = 100_000;

/// Reads a page of customers.
#[derive(Clone, Debug)]
pub struct ListCustomers {
    /// Account whose data is read.
    pub account: AccountId,
    /// Inboxes that the caller may use; customers with another home are left out.
    pub inboxes: InboxScope,
    /// Restricts the list to customers with this home inbox.
    pub home: Option<InboxId>,
    /// What the customers must fulfil.
    pub condition: Condition,
    /// Order of the list.
    pub order: Order,
    /// Whether the greatest value comes first.
    pub descending: bool,
    /// The number of the page, from 1.
    pub page: i64,
    /// The page begins after this place; `None` goes by the number.
    pub after: Option<Place>,
    /// The maximum number of customers on a page.
    pub size: usize,
}

/// A page of customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberedPage {
    /// The customers, in order.
    pub customers: Vec<CustomerView>,
    /// The number of customers on all pages. If they are too many to be counted, the number that is known: at least one more
    /// than the pages up to this one have, if there are more.
    pub total: i64,
    /// The place where the next page begins; `None` if this page is the last.
    pub next: Option<Place>,
}

/// The part of a list that a page shows.
struct Found {
    ids: Vec<i64>,
    /// The exact number of customers, if it is known.
    total: Option<i64>,
    next: Option<Place>,
}

impl Read for ListCustomers {
    type Out = NumberedPage;
    const NAME: &'static str = "list_customers";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<NumberedPage> {
        let homes = self.homes(rows).await?;
        let test = self.condition.resolve(rows, self.account).await?;
        let found = match self.candidates(rows, &test, &homes).await? {
            Some(ids) => self.sorted(rows, &ids, &test).await?,
            None => self.walk(rows, &test, &homes).await?,
        };
        let total = match found.total {
            Some(total) => total,
            None => self.count(rows, &test, &homes).await?,
        };
        let before = (self.page - 1).saturating_mul(self.size as i64);
        let shown = before.saturating_add(found.ids.len() as i64);
        let known = match (found.ids.is_empty(), found.next.is_some()) {
            (true, false) => 0,
            (_, more) => shown.saturating_add(i64::from(more)),
        };
        let mut customers = self.get(rows, &found.ids).await?;
        let place = |id: i64| found.ids.iter().position(|found| *found == id);
        customers.sort_by_key(|customer| place(customer.id.get()));
        Ok(NumberedPage {
            customers: views(rows, self.account, customers).await?,
            total: total.max(known),
            next: found.next,
        })
    }
}

impl ListCustomers {
    /// Returns the homes of the customers in the list; `None` stands for customers without a home.
    async fn homes(&self, rows: &mut Rows<'_>) -> Result<Vec<Option<InboxId>>> {
        if let Some(home) = self.home {
            let reached = self.inboxes.contains(home);
            return Ok(reached.then_some(Some(home)).into_iter().collect());
        }
        if self.inboxes != InboxScope::All {
            let inboxes = self.inboxes.limit().map(Some);
            return Ok(inboxes.chain([None]).collect());
        }
        let mut homes = vec![None];
        let mut after = InboxId(0);
        loop {
            let params = params![self.account, after, AT_ONCE as i64];
            let inboxes = rows.fetch(&account_rows::INBOXES, params, account_rows::inbox);
            let inboxes = inboxes.await?;
            homes.extend(inboxes.iter().map(|inbox| Some(inbox.id)));
            match inboxes.last() {
                Some(last) if inboxes.len() == AT_ONCE => after = last.id,
                _ => return Ok(homes),
            }
        }
    }

    /// Whether a customer with this home is in the list.
    fn has_home(&self, home: Option<InboxId>) -> bool {
        self.inboxes.reaches_home(home) && (self.home.is_none() || self.home == home)
    }

    /// Whether the list has customers of some homes only.
    fn is_of_some_homes(&self) -> bool {
        self.home.is_some() || self.inboxes != InboxScope::All
    }

    /// Returns the customers that one condition selects, if they are few. Others may exclude some of them.
    async fn candidates(
        &self,
        rows: &mut Rows<'_>,
        test: &Test,
        homes: &[Option<InboxId>],
    ) -> Result<Option<Vec<i64>>> {
        if let Some(ids) = test.candidates(rows, self.account).await? {
            return Ok(Some(ids.into_iter().collect()));
        }
        let (from, to) = test.changed();
        let is_by_change = self.order == Order::Updated;
        if !self.is_of_some_homes() && (is_by_change || from == i64::MIN) {
            return Ok(None);
        }
        let entries = self
            .changed(rows, homes, (to, i64::MAX), SORTED + 1)
            .await?;
        let entries = entries.into_iter().take_while(|(at, _)| *at >= from);
        let ids: Vec<i64> = entries.map(|(_, id)| id).collect();
        Ok((ids.len() <= SORTED).then_some(ids))
    }

    async fn get(&self, rows: &mut Rows<'_>, ids: &[i64]) -> Result<Vec<Customer>> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(AT_ONCE) {
            let params = params![self.account, ids];
            found.extend(rows.fetch(&rows::GET_MANY, params, rows::customer).await?);
        }
        Ok(found)
    }

    /// Sorts the selected customers and returns the page.
    async fn sorted(&self, rows: &mut Rows<'_>, ids: &[i64], test: &Test) -> Result<Found> {
        let mut found = self.get(rows, ids).await?;
        found.retain(|customer| self.has_home(customer.home));
        let found = test.keep(rows, self.account, found).await?;
        let place = |customer: &Customer| Place {
            value: self.order.value(customer),
            id: customer.id.get(),
        };
        let mut places: Vec<Place> = found.iter().map(place).collect();
        places.sort_unstable();
        if self.descending {
            places.reverse();
        }
        let total = places.len() as i64;
        let first = match &self.after {
            Some(after) if self.descending => places.partition_point(|place| place >= after),
            Some(after) => places.partition_point(|place| place <= after),
            None => usize::try_from(self.page - 1)
                .unwrap_or(usize::MAX)
                .saturating_mul(self.size),
        };
        let rest = places.get(first..).unwrap_or_default();
        let page = &rest[..rest.len().min(self.size)];
        Ok(Found {
            ids: page.iter().map(|place| place.id).collect(),
            total: Some(total),
            next: page.last().filter(|_| rest.len() > page.len()).cloned(),
        })
    }

    /// Counts the customers of a list whose only condition is the time of the last change. For other lists, returns 0.
    async fn count(
        &self,
        rows: &mut Rows<'_>,
        test: &Test,
        homes: &[Option<InboxId>],
    ) -> Result<i64> {
        let (from, to) = test.changed();
        if to != i64::MAX || !test.is_only_changed() {
            return Ok(0);
        }
        let mut total = 0;
        for home in homes {
            let left = MOST_COUNTED + 1 - total;
            let count = match home {
                Some(home) => {
                    let params = params![self.account, *home, from, left];
                    rows.fetch_one(&list_rows::COUNT, params, |row| row.int())
                        .await?
                }
                None => {
                    let params = params![self.account, from, left];
                    let stmt = &list_rows::COUNT_HOMELESS;
                    rows.fetch_one(stmt, params, |row| row.int()).await?
                }
            };
            total += count.unwrap_or_default();
        }
        Ok(total.min(MOST_COUNTED))
    }
}
