//! What the names in a query stand for.

use std::collections::HashMap;

use heddle_domain::TagName;
use heddle_domain::id::{AccountId, AgentId, CustomerId, InboxId, TagId};
use heddle_search::document::{Limits, tokens};
use heddle_search::query::{Assignee, Expr, Filter, Scope, Term};

use super::Search;
use super::property::is_indexed;
use crate::error::Result;
use crate::read::customers::follow;
use crate::rows::search::sqlite;
use crate::rows::{account as account_rows, customer as customer_rows, tag as tag_rows};
use crate::stmt::params;
use crate::tx::Rows;

/// A query may name agents and inboxes among the first so many of an account.
const MOST_NAMED: i64 = 1_000;

/// A beginning of a word stands for at most so many words in a query of SQLite's index, and all of a query together for so many.
const MOST_WORDS: usize = 400;
const MOST_OF_QUERY: usize = 2_000;

/// The words that begin like a word of the query.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Beginning<'a> {
    /// The engine finds them itself.
    ForTheEngine,
    /// These words.
    Of(&'a [String]),
    /// More than a query can name.
    OfTooMany,
}

/// The names in a query, resolved.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    pub(crate) search: &'a Search,
    pub(crate) me: Option<AgentId>,
    pub(crate) tags: HashMap<&'a TagName, Option<TagId>>,
    customers: HashMap<CustomerId, CustomerId>,
    agents: Vec<(AgentId, Vec<Vec<String>>)>,
    inboxes: Vec<(InboxId, Vec<String>)>,
    /// The words that begin like a word of the query; `None` if they are too many.
    beginnings: HashMap<&'a str, Option<Vec<String>>>,
}

impl<'a> Names<'a> {
    /// Looks up the names of a search.
    pub(crate) async fn of(rows: &mut Rows<'_>, search: &'a Search) -> Result<Self> {
        let mut wanted = Wanted::default();
        wanted.add(&search.query);
        let account = search.account;
        let mut names = Self {
            search,
            me: search.me,
            tags: HashMap::new(),
            customers: HashMap::new(),
            agents: Vec::new(),
            inboxes: Vec::new(),
            beginnings: HashMap::new(),
        };
        for tag in wanted.tags {
            let params = params![account, tag.as_str()];
            let found = rows.fetch_one(&tag_rows::FIND, params, |row| row.int());
            names.tags.insert(tag, found.await?.map(TagId));
        }
        for id in wanted.customers {
            let found = follow(rows, &customer_rows::PEEK, account, id).await?;
            names
                .customers
                .insert(id, found.map_or(id, |found| found.id));
        }
        if wanted.agents && search.sees_agents {
            names.agents = agents(rows, account).await?;
        }
        if wanted.inboxes {
            names.inboxes = inboxes(rows, search).await?;
        }
        // FTS5 would read all documents of all these words before it returns the first one.
        let beginnings = match rows.is_sqlite() {
            true => wanted.beginnings,
            false => Vec::new(),
        };
        let mut left = MOST_OF_QUERY;
        for word in beginnings {
            let most = MOST_WORDS.min(left);
            let end = format!("{word}\u{10ffff}");
            let params = params![word, &end, most as i64 + 1];
            let found = rows.fetch(&sqlite::WORDS, params, |row| row.text()).await?;
            let found = Some(found).filter(|found| found.len() <= most);
            left -= found.as_ref().map_or(0, Vec::len);
            names.beginnings.insert(word, found);
        }
        Ok(names)
    }

    /// Returns the words that begin like a word of the query.
    pub(crate) fn words_beginning(&self, word: &str) -> Beginning<'_> {
        match self.beginnings.get(word) {
            None => Beginning::ForTheEngine,
            Some(Some(words)) => Beginning::Of(words),
            Some(None) => Beginning::OfTooMany,
        }
    }

    /// Returns the customer that an id stands for: the survivor if it was merged.
    pub(crate) fn customer(&self, id: CustomerId) -> CustomerId {
        self.customers.get(&id).copied().unwrap_or(id)
    }

    /// Returns the agents whose name or address contains a term.
    pub(crate) fn agents_named(&self, term: &Term) -> Vec<AgentId> {
        let fits = |texts: &Vec<Vec<String>>| texts.iter().any(|text| contains(text, term));
        let found = self.agents.iter().filter(|(_, texts)| fits(texts));
        found.map(|(id, _)| *id).collect()
    }

    /// Returns the inboxes whose name contains a term.
    pub(crate) fn inboxes_named(&self, term: &Term) -> Vec<InboxId> {
        let found = self.inboxes.iter().filter(|(_, name)| contains(name, term));
        found.map(|(id, _)| *id).collect()
    }
}

fn contains(text: &[String], term: &Term) -> bool {
    term.occurs_in(text.iter().map(String::as_str))
}

async fn agents(
    rows: &mut Rows<'_>,
    account: AccountId,
) -> Result<Vec<(AgentId, Vec<Vec<String>>)>> {
    let params = params![account, 0_i64, MOST_NAMED];
    let found = rows.fetch(&account_rows::ALL_AGENTS, params, account_rows::agent);
    let texts = |first: &str, last: &str, email: &str| {
        let name = format!("{first} {last}");
        vec![
            tokens(&name, Limits::HEADING),
            tokens(email, Limits::HEADING),
        ]
    };
    let found = found.await?.into_iter();
    Ok(found
        .map(|agent| {
            (
                agent.id,
                texts(&agent.first_name, &agent.last_name, &agent.email),
            )
        })
        .collect())
}

/// Only the inboxes that the caller may read have names for it.
async fn inboxes(rows: &mut Rows<'_>, search: &Search) -> Result<Vec<(InboxId, Vec<String>)>> {
    let params = params![search.account, 0_i64, MOST_NAMED];
    let found = rows.fetch(&account_rows::INBOXES, params, account_rows::inbox);
    let found = found.await?.into_iter();
    Ok(found
        .filter(|inbox| search.inboxes.contains(inbox.id))
        .map(|inbox| (inbox.id, tokens(&inbox.name, Limits::HEADING)))
        .collect())
}

/// What must be looked up for a query.
#[derive(Debug, Default)]
struct Wanted<'a> {
    tags: Vec<&'a TagName>,
    customers: Vec<CustomerId>,
    agents: bool,
    inboxes: bool,
    beginnings: Vec<&'a str>,
}

impl<'a> Wanted<'a> {
    fn add(&mut self, query: &'a Expr) {
        match query {
            Expr::All => {}
            Expr::Text(scope, term) => {
                self.agents |= *scope == Scope::From;
                let last = term.words.last().filter(|_| term.is_prefix);
                let is_letter =
                    |word: &str| word.chars().count() == 1 && word.chars().all(is_indexed);
                // Single letters have a token of their own.
                let last = last.filter(|last| term.words.len() > 1 || !is_letter(last));
                self.beginnings.extend(last.map(String::as_str));
            }
            Expr::Not(inner) => self.add(inner),
            Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| self.add(part)),
            Expr::Filter(filter) => match filter {
                Filter::Tag(tag) => self.tags.push(tag),
                Filter::Customer(id) => self.customers.push(CustomerId(*id)),
                Filter::Assignee(Assignee::Named(_)) => self.agents = true,
                Filter::InboxNamed(_) => self.inboxes = true,
                _ => {}
            },
        }
    }
}
