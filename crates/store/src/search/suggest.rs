//! Suggestions for what somebody is typing.

use std::collections::HashSet;

use heddle_domain::InboxScope;
use heddle_domain::customer::Customer;
use heddle_domain::id::{CustomerId, TagId};
use heddle_domain::person::Agent;
use heddle_search::words::words;

use super::document::Person;
use super::{Suggest, Suggestions};
use crate::error::Result;
use crate::read::tags::ListTags;
use crate::rows::search::index;
use crate::rows::{account as account_rows, customer as customer_rows};
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

/// How many customers with the longest word of the text are examined, whether or not the other words fit.
const EXAMINED: i64 = 500;
/// How many agents and tags of an account are examined.
const LISTED: usize = 1_000;

impl Read for Suggest {
    type Out = Suggestions;
    const NAME: &'static str = "suggest";

    fn cost(&self) -> Cost {
        Cost::Search(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Suggestions> {
        let typed: Vec<String> = words(&self.text)
            .into_iter()
            .map(|word| word.text)
            .collect();
        let mut found = Suggestions::default();
        if typed.is_empty() {
            return Ok(found);
        }
        if self.customers {
            found.customers = self.find_customers(rows, &typed).await?;
        }
        if self.agents {
            found.agents = self.find_agents(rows, &typed).await?;
        }
        if self.tags {
            found.tags = self.find_tags(rows, &typed).await?;
        }
        Ok(found)
    }
}

impl Suggest {
    async fn find_customers(&self, rows: &mut Rows<'_>, typed: &[String]) -> Result<Vec<Customer>> {
        let longest = typed.iter().max_by_key(|word| word.chars().count());
        let Some(longest) = longest else {
            return Ok(Vec::new());
        };
        let end = format!("{longest}\u{10ffff}");
        let params = params![self.account, longest, &end, EXAMINED];
        let ids = rows.fetch(&index::NAMED, params, |row| row.int().map(CustomerId));
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        for id in ids.await? {
            if found.len() == self.limit {
                break;
            }
            if seen.insert(id)
                && let Some(customer) = self.customer(rows, id, typed).await?
            {
                found.push(customer);
            }
        }
        Ok(found)
    }

    /// Returns a customer that the caller may read and whose words begin like the typed ones.
    async fn customer(
        &self,
        rows: &mut Rows<'_>,
        id: CustomerId,
        typed: &[String],
    ) -> Result<Option<Customer>> {
        let key = params![self.account, id];
        let pinned = rows.fetch_one(&customer_rows::PEEK, key, customer_rows::pinned);
        let may_see = pinned.await?.is_some_and(|pinned| {
            pinned.merged_into.is_none() && !pinned.erased && self.inboxes.reaches_home(pinned.home)
        });
        if !may_see {
            return Ok(None);
        }
        let found = rows.fetch_one(&customer_rows::GET, key, customer_rows::customer);
        let Some(customer) = found.await? else {
            return Ok(None);
        };
        let addresses = rows.fetch(&customer_rows::PLACED, key, customer_rows::placed);
        let person = Person {
            customer,
            addresses: addresses.await?,
        };
        let texts = person.texts().join("\n");
        Ok(begins_like(&texts, typed).then_some(person.customer))
    }

    async fn find_agents(&self, rows: &mut Rows<'_>, typed: &[String]) -> Result<Vec<Agent>> {
        let limit = i64::try_from(LISTED).unwrap_or(i64::MAX);
        let params = params![self.account, 0_i64, limit];
        let all = rows.fetch(&account_rows::AGENTS, params, account_rows::agent);
        let fits = |agent: &Agent| {
            let text = format!("{} {} {}", agent.first_name, agent.last_name, agent.email);
            begins_like(&text, typed)
        };
        Ok(all
            .await?
            .into_iter()
            .filter(fits)
            .take(self.limit)
            .collect())
    }

    async fn find_tags(&self, rows: &mut Rows<'_>, typed: &[String]) -> Result<Vec<String>> {
        let list = ListTags {
            account: self.account,
            inboxes: match &self.inboxes {
                InboxScope::All => InboxScope::All,
                only => only.clone(),
            },
            after: TagId(0),
            limit: LISTED,
        };
        let all = list.run(rows).await?.tags.into_iter();
        let fits = all
            .map(|tag| tag.name)
            .filter(|name| begins_like(name, typed));
        Ok(fits.take(self.limit).collect())
    }
}

/// Whether every typed word is the beginning of a word of the text.
fn begins_like(text: &str, typed: &[String]) -> bool {
    let words = words(text);
    typed.iter().all(|typed| {
        words
            .iter()
            .any(|word| word.text.starts_with(typed.as_str()))
    })
}
