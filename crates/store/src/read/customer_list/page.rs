//! Reads a page: chooses how the customers are found, and counts them.

use heddle_domain::id::InboxId;

use super::condition::{Index, Test, read_facts};
use super::list::{Found, ListCustomers, MOST_COUNTED, NumberedPage};
use super::order::{Order, Place};
use crate::error::Result;
use crate::read::customers::views;
use crate::rows::customer as customer_rows;
use crate::rows::customer_list::{self as list_rows, AT_ONCE, Facts};
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

impl Read for ListCustomers {
    type Out = NumberedPage;
    const NAME: &'static str = "list_customers";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<NumberedPage> {
        let homes = self.homes(rows).await?;
        let test = self.condition.resolve(rows, self.index()).await?;
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
        let mut customers = Vec::with_capacity(found.ids.len());
        for ids in found.ids.chunks(AT_ONCE) {
            let params = params![self.account, ids];
            let read = rows.fetch(&customer_rows::GET_MANY, params, customer_rows::customer);
            customers.extend(read.await?);
        }
        let place = |id: i64| found.ids.iter().position(|found| *found == id);
        customers.sort_by_key(|customer| place(customer.id.get()));
        Ok(NumberedPage {
            customers: views(rows, self.account, customers).await?,
            total: total.max(known),
            next: found.next,
            rows_read: rows.returned(),
        })
    }
}

impl ListCustomers {
    const fn index(&self) -> Index {
        Index {
            account: self.account,
            most: self.limits.sorted,
        }
    }

    /// Returns the customers that one condition selects, if they are few. Others may exclude some of them.
    async fn candidates(
        &self,
        rows: &mut Rows<'_>,
        test: &Test,
        homes: &[Option<InboxId>],
    ) -> Result<Option<Vec<i64>>> {
        if let Some(ids) = test.candidates(rows, self.index()).await? {
            return Ok(Some(ids.into_iter().collect()));
        }
        let (from, to) = test.changed();
        let is_by_change = self.order == Order::Updated;
        if !self.is_of_some_homes() && (is_by_change || from == i64::MIN) {
            return Ok(None);
        }
        let most = self.limits.sorted;
        let entries = self.changed(rows, homes, (from, to), most + 1).await?;
        let ids: Vec<i64> = entries.into_iter().map(|(_, id)| id).collect();
        Ok((ids.len() <= most).then_some(ids))
    }

    /// Sorts the selected customers and returns the page.
    async fn sorted(&self, rows: &mut Rows<'_>, ids: &[i64], test: &Test) -> Result<Found> {
        let mut found = read_facts(rows, self.account, ids).await?;
        found.retain(|customer| self.has_home(customer.home));
        let found = test.keep(rows, self.account, found).await?;
        let place = |customer: &Facts| Place {
            value: self.order.value(customer),
            id: customer.id,
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
