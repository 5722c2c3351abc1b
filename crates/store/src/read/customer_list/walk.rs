//! Walks along the index of an order, and tests each customer.

use heddle_domain::id::InboxId;

use super::condition::Test;
use super::list::{Found, ListCustomers};
use super::order::{Order, Place, SortValue};
use crate::error::{Result, Trouble};
use crate::read::merge::Merge;
use crate::rows::customer_list::{self as list_rows, AT_ONCE, by_change, by_name, by_time};
use crate::stmt::{Value, params};
use crate::tx::Rows;

/// Behind every name: no name begins with this character.
const LAST_NAME: &str = "\u{10ffff}";

/// How many entries of an index a walk without conditions reads at once.
const PASSED_AT_ONCE: usize = 5_000;

type Key = (i64, i64);

impl ListCustomers {
    /// Reads steps along the order until the page is full, the end is reached, or the limit of examined entries is reached.
    pub(super) async fn walk(
        &self,
        rows: &mut Rows<'_>,
        test: &Test,
        homes: &[Option<InboxId>],
    ) -> Result<Found> {
        let skipped = match self.after {
            Some(_) => Some(0),
            None => usize::try_from(self.page - 1)
                .ok()
                .and_then(|pages| pages.checked_mul(self.size)),
        };
        let mut skip = skipped.ok_or(TOO_FAR)?;
        let (most, at_once) = match test.is_none() {
            true => (self.limits.walked, PASSED_AT_ONCE.min(self.limits.walked)),
            false => (self.limits.tested, AT_ONCE),
        };
        let (mut behind, mut looked_at) = (self.start(test), 0);
        let mut page: Vec<Place> = Vec::with_capacity(self.size);
        let mut step = self.size + 1;
        loop {
            step = step.max(skip.saturating_add(self.size + 1)).min(at_once);
            let (read, last) = self.step(rows, test, homes, (&behind, step)).await?;
            looked_at += step;
            for place in read {
                if page.len() == self.size {
                    return Ok(self.found(page, true));
                }
                match skip {
                    0 => page.push(place),
                    _ => skip -= 1,
                }
            }
            match last {
                None => return Ok(self.found(page, false)),
                Some(_) if looked_at >= most && skip > 0 => return Err(TOO_FAR.into()),
                Some(last) if looked_at >= most => {
                    let ids = page.iter().map(|place| place.id).collect();
                    return Ok(Found {
                        ids,
                        total: None,
                        next: Some(last),
                    });
                }
                Some(last) => behind = last,
            }
            step *= 2;
        }
    }

    fn found(&self, page: Vec<Place>, more: bool) -> Found {
        Found {
            ids: page.iter().map(|place| place.id).collect(),
            total: None,
            next: page.into_iter().next_back().filter(|_| more),
        }
    }

    /// Returns the place where the walk begins.
    fn start(&self, test: &Test) -> Place {
        let (from, to) = match self.order {
            Order::Updated => test.changed(),
            Order::Created | Order::FirstName | Order::LastName => (i64::MIN, i64::MAX),
        };
        let (value, id) = match (self.order, self.descending) {
            (Order::Created | Order::Updated, true) => (SortValue::Time(to), i64::MAX),
            (Order::Created | Order::Updated, false) => {
                (SortValue::Time(from.saturating_sub(1)), i64::MAX)
            }
            (_, true) => (SortValue::Name(LAST_NAME.to_owned()), i64::MAX),
            (_, false) => (SortValue::Name(String::new()), i64::MIN),
        };
        let start = Place { value, id };
        match &self.after {
            Some(after) if self.descending => after.clone().min(start),
            Some(after) => after.clone().max(start),
            None => start,
        }
    }

    /// Reads the next entries behind a place. Returns those that fulfil the test, and the last of all; `None` if the list ends.
    async fn step(
        &self,
        rows: &mut Rows<'_>,
        test: &Test,
        homes: &[Option<InboxId>],
        (behind, step): (&Place, usize),
    ) -> Result<(Vec<Place>, Option<Place>)> {
        let mut places = self.entries(rows, test, homes, (behind, step)).await?;
        let last = places.last().filter(|_| places.len() >= step);
        let last = last.map(|(place, _)| place.clone());
        places.retain(|(_, is_home)| *is_home);
        let places: Vec<Place> = places.into_iter().map(|(place, _)| place).collect();
        let places = match test.is_none() {
            true => places,
            false => self.tested(rows, test, places).await?,
        };
        Ok((places, last))
    }

    async fn tested(
        &self,
        rows: &mut Rows<'_>,
        test: &Test,
        places: Vec<Place>,
    ) -> Result<Vec<Place>> {
        let ids: Vec<i64> = places.iter().map(|place| place.id).collect();
        let kept = test.keep_ids(rows, self.account, &ids).await?;
        let places = places.into_iter();
        Ok(places.filter(|place| kept.contains(&place.id)).collect())
    }

    /// Reads the next entries behind a place, each with whether its home is in the list. Those by change are within the times of
    /// the test.
    async fn entries(
        &self,
        rows: &mut Rows<'_>,
        test: &Test,
        homes: &[Option<InboxId>],
        (behind, step): (&Place, usize),
    ) -> Result<Vec<(Place, bool)>> {
        let limit = step as i64;
        let (first, last) = (self.order == Order::FirstName, self.descending);
        match &behind.value {
            SortValue::Time(at) if self.order == Order::Updated => {
                let found = self
                    .changed_from(rows, homes, ((*at, behind.id), step), test.changed())
                    .await?;
                let place = |(at, id)| {
                    let value = SortValue::Time(at);
                    (Place { value, id }, true)
                };
                Ok(found.into_iter().map(place).collect())
            }
            SortValue::Time(at) => {
                let params = params![self.account, *at, behind.id, limit];
                let stmt = match self.descending {
                    true => &list_rows::CREATED_DESC,
                    false => &list_rows::CREATED_ASC,
                };
                let found = rows.fetch(stmt, params, by_time).await?;
                let place = |entry: list_rows::Entry<i64>| {
                    let (value, id) = (SortValue::Time(entry.key), entry.id);
                    (Place { value, id }, self.has_home(entry.home))
                };
                Ok(found.into_iter().map(place).collect())
            }
            SortValue::Name(name) => {
                let params = params![self.account, name, behind.id, limit];
                let stmt = match (first, last) {
                    (true, true) => &list_rows::FIRST_NAME_DESC,
                    (true, false) => &list_rows::FIRST_NAME_ASC,
                    (false, true) => &list_rows::LAST_NAME_DESC,
                    (false, false) => &list_rows::LAST_NAME_ASC,
                };
                let found = rows.fetch(stmt, params, by_name).await?;
                let place = |entry: list_rows::Entry<String>| {
                    let (value, id) = (SortValue::Name(entry.key), entry.id);
                    (Place { value, id }, self.has_home(entry.home))
                };
                Ok(found.into_iter().map(place).collect())
            }
        }
    }

    /// Reads the customers of some homes that changed between two times, at most `wanted`, the latest change first.
    pub(super) async fn changed(
        &self,
        rows: &mut Rows<'_>,
        homes: &[Option<InboxId>],
        times: (i64, i64),
        wanted: usize,
    ) -> Result<Vec<Key>> {
        let list = Self {
            descending: true,
            ..self.clone()
        };
        let behind = (times.1, i64::MAX);
        list.changed_from(rows, homes, (behind, wanted), times)
            .await
    }

    /// Reads the next customers by their last change, which was between two times, from the indexes of their homes, and merges
    /// them.
    async fn changed_from(
        &self,
        rows: &mut Rows<'_>,
        homes: &[Option<InboxId>],
        (behind, wanted): (Key, usize),
        (from, to): (i64, i64),
    ) -> Result<Vec<Key>> {
        let last = if self.descending { from } else { to };
        let key = |found: &Key| *found;
        let mut merge = Merge::new(homes.len(), self.turned(behind), wanted, key);
        while !merge.open().is_empty() {
            let piece = merge.piece() as i64;
            let mut read = Vec::new();
            for (run, behind) in merge.open() {
                let (at, id) = self.turned(*behind);
                let found = self
                    .of_home(rows, homes[*run], [at, id, piece, last])
                    .await?;
                read.push(found.into_iter().map(|key| self.turned(key)).collect());
            }
            merge.take(read);
        }
        let found = merge.into_page().into_iter();
        Ok(found.map(|key| self.turned(key)).collect())
    }

    async fn of_home(
        &self,
        rows: &mut Rows<'_>,
        home: Option<InboxId>,
        [at, id, limit, last]: [i64; 4],
    ) -> Result<Vec<Key>> {
        let (stmt, home) = match (home, self.descending) {
            (Some(home), true) => (&list_rows::UPDATED_DESC, Some(Value::from(home))),
            (Some(home), false) => (&list_rows::UPDATED_ASC, Some(Value::from(home))),
            (None, true) => (&list_rows::HOMELESS_DESC, None),
            (None, false) => (&list_rows::HOMELESS_ASC, None),
        };
        let mut params = vec![Value::from(self.account)];
        params.extend(home);
        params.extend([at, id, limit, last].map(Value::from));
        rows.fetch(stmt, &params, by_change).await
    }

    /// Converts a key so that it decreases along the order in both directions. It is its own inverse.
    const fn turned(&self, (at, id): Key) -> Key {
        match self.descending {
            true => (at, id),
            false => (!at, !id),
        }
    }
}

/// The page of a list with conditions that has only a number, and lies behind more customers than a request examines.
const TOO_FAR: Trouble = Trouble::TimedOut("a page far behind the beginning of a list");
