//! Looks customers up by what a person says of them: the beginnings of the names, e-mail address, date of birth.
//!
//! Every read is limited. Of the conditions, the one that selects the fewest customers is read from its index; the others are
//! tested in memory.

use std::collections::BTreeSet;

use heddle_domain::InboxScope;
use heddle_domain::customer::{name_key, normalise_email};
use heddle_domain::id::{AccountId, CustomerId};

use super::customer_details::details_of;
use super::customers::{CustomerView, views};
use crate::error::Result;
use crate::rows::customer as customer_rows;
use crate::rows::customer_list::{self as list_rows, AT_ONCE, Facts};
use crate::rows::preference as rows;
use crate::stmt::{Stmt, params};
use crate::tx::{Cost, Read, Rows};

/// The maximum number of customers that one condition selects. Further ones are not looked at.
pub const MOST_MATCHED: usize = 5_000;

/// Looks up the customers that fulfil all given conditions. Without a condition, none.
#[derive(Clone, Debug)]
pub struct MatchCustomers {
    /// Account whose data is read.
    pub account: AccountId,
    /// Inboxes that the caller may use; customers with another home are left out.
    pub inboxes: InboxScope,
    /// The beginning of the first name, without regard to case.
    pub first_name: Option<String>,
    /// The beginning of the last name, without regard to case.
    pub last_name: Option<String>,
    /// One of the e-mail addresses, without regard to case.
    pub email: Option<String>,
    /// The date of birth, as `YYYY-MM-DD`.
    pub date_of_birth: Option<String>,
    /// The maximum number of customers to return.
    pub limit: usize,
}

impl Read for MatchCustomers {
    /// The customers, by last name, first name and id.
    type Out = Vec<CustomerView>;
    const NAME: &'static str = "match_customers";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Vec<CustomerView>> {
        let ids: Vec<i64> = self.candidates(rows).await?.into_iter().collect();
        let mut found = Vec::new();
        for some in ids.chunks(AT_ONCE) {
            let params = params![self.account, some];
            let facts = rows.fetch(&list_rows::FACTS, params, list_rows::facts);
            found.extend(facts.await?.into_iter().filter(|facts| self.accepts(facts)));
        }
        found = self.born(rows, found).await?;
        found.sort_by(|a, b| {
            (&a.last_key, &a.first_key, a.id).cmp(&(&b.last_key, &b.first_key, b.id))
        });
        found.truncate(self.limit.min(AT_ONCE));
        self.views(rows, &found).await
    }
}

impl MatchCustomers {
    /// Returns the customers that one condition selects: the one that selects the fewest.
    async fn candidates(&self, rows: &mut Rows<'_>) -> Result<BTreeSet<i64>> {
        let mut all = Vec::new();
        if let Some(email) = &self.email {
            let email = normalise_email(email).unwrap_or_default();
            let params = params![self.account, &email];
            let owner = rows.fetch(&customer_rows::EMAIL_OWNER, params, |row| row.int());
            // An address has at most one owner, so no other condition selects fewer.
            return Ok(owner.await?.into_iter().collect());
        }
        if let Some(day) = &self.date_of_birth {
            let params = params![self.account, day, MOST_MATCHED as i64];
            let born = rows.fetch(&rows::BORN, params, |row| row.int());
            all.push(born.await?.into_iter().collect::<BTreeSet<_>>());
        }
        for (name, stmt) in [
            (&self.last_name, &list_rows::LAST_NAME_BEGINS),
            (&self.first_name, &list_rows::FIRST_NAME_BEGINS),
        ] {
            if let Some(name) = name {
                all.push(self.begins(rows, stmt, name).await?);
            }
        }
        all.sort_by_key(BTreeSet::len);
        Ok(all.into_iter().next().unwrap_or_default())
    }

    async fn begins(
        &self,
        rows: &mut Rows<'_>,
        stmt: &'static Stmt,
        name: &str,
    ) -> Result<BTreeSet<i64>> {
        let from = name_key(Some(name));
        let to = format!("{from}{}", char::MAX);
        let params = params![self.account, &from, &to, MOST_MATCHED as i64];
        let found = rows.fetch(stmt, params, |row| row.int());
        Ok(found.await?.into_iter().collect())
    }

    fn accepts(&self, facts: &Facts) -> bool {
        let begins = |key: &str, name: &Option<String>| {
            let name = name.as_deref();
            name.is_none_or(|name| key.starts_with(&name_key(Some(name))))
        };
        self.inboxes.reaches_home(facts.home)
            && begins(&facts.first_key, &self.first_name)
            && begins(&facts.last_key, &self.last_name)
    }

    /// Returns those who were born on the day that is looked for.
    async fn born(&self, rows: &mut Rows<'_>, found: Vec<Facts>) -> Result<Vec<Facts>> {
        if self.date_of_birth.is_none() {
            return Ok(found);
        }
        let ids: Vec<_> = found.iter().map(|facts| CustomerId(facts.id)).collect();
        let details = details_of(rows, self.account, &ids).await?;
        let is_born = |facts: &Facts| {
            let details = details.get(&CustomerId(facts.id));
            details.is_some_and(|details| details.date_of_birth == self.date_of_birth)
        };
        Ok(found.into_iter().filter(is_born).collect())
    }

    /// Reads the customers in the order of the facts.
    async fn views(&self, rows: &mut Rows<'_>, facts: &[Facts]) -> Result<Vec<CustomerView>> {
        let ids: Vec<i64> = facts.iter().map(|facts| facts.id).collect();
        let params = params![self.account, ids.as_slice()];
        let found = rows.fetch(&customer_rows::GET_MANY, params, customer_rows::customer);
        let found = found.await?;
        let mut found = views(rows, self.account, found).await?;
        let place = |id: i64| ids.iter().position(|known| *known == id);
        found.sort_by_key(|view| place(view.customer.id.get()));
        Ok(found)
    }
}
