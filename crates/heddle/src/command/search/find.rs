//! `heddle search find`: finds conversations, as an operator who may read everything.

use clap::Args;
use clap::builder::PossibleValuesParser;
use heddle_domain::account::Account;
use heddle_domain::{AccountId, InboxScope};
use heddle_search::query::{self, Expr, NATIVE, Scope, Term};
use heddle_store::Store;
use heddle_store::read::account::GetAccount;
use heddle_store::search::{Order, Search};
use jiff::tz::TimeZone;

use super::super::argument::{id, whole_number};
use super::super::failure::{Code, Failure};
use super::super::outcome::Outcome;
use super::found;

#[derive(Args, Debug)]
pub(crate) struct Find {
    /// What to find: words, "phrases", beg* for a beginning, tag:vip from:smith is:open, AND, OR, NOT, parentheses. Put it in
    /// quotation marks for the shell
    #[arg(required = true, value_name = "QUERY")]
    query: Vec<String>,
    /// The account's number; needed if there are several
    #[arg(long, value_name = "N", value_parser = id)]
    account: Option<i64>,
    /// The most conversations to show
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = whole_number(1, 100))]
    limit: i64,
    /// time: by the newest message that fulfils the query. relevance: the best first
    #[arg(long, default_value = "time", value_parser = PossibleValuesParser::new(["time", "relevance"]))]
    sort: String,
    /// Where the days of the query begin, and whose times are shown
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    time_zone: TimeZone,
}

fn zone(name: &str) -> Result<TimeZone, &'static str> {
    TimeZone::get(name).map_err(|_| "expected a time zone such as Europe/Berlin")
}

impl Find {
    pub(super) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account(store).await?;
        let query = self.parse(store)?;
        let terms: Vec<Term> = query.terms_in(Scope::Body).into_iter().cloned().collect();
        let search = Search {
            account: account.id,
            inboxes: InboxScope::All,
            sees_customers: true,
            sees_agents: true,
            me: None,
            query,
            order: match self.sort.as_str() {
                "relevance" => Order::Relevance,
                _ => Order::Newest,
            },
            after: None,
            limit: usize::try_from(self.limit).unwrap_or(1),
            with_facets: false,
        };
        let page = store.read(search).await?;
        let is_complete = page.is_complete && page.next.is_none();
        let found = found::views(store, account.id, page.found, &terms).await?;
        found::outcome(&found, is_complete, &self.time_zone)
    }

    fn parse(&self, store: &Store) -> Result<Expr, Failure> {
        let query = query::parse(&self.query.join(" "), &NATIVE);
        let query = query.map_err(|error| Failure::invalid(format!("the query, {error}")))?;
        Ok(query.at(store.clock().now(), &self.time_zone))
    }

    /// Returns the account that is named, or the only one.
    ///
    /// # Errors
    /// Fails if there is no such account, or if none is named and there is not exactly one.
    pub(super) async fn account(&self, store: &Store) -> anyhow::Result<Account> {
        let Some(number) = self.account else {
            return only_account(store).await;
        };
        let found = store.read(GetAccount(AccountId(number))).await?;
        found.ok_or_else(|| {
            let text = format!("there is no account {number}");
            Failure::new(Code::NotFound, text).into()
        })
    }
}

async fn only_account(store: &Store) -> anyhow::Result<Account> {
    let accounts = store.account_ids().await?;
    let [only] = accounts[..] else {
        let text = format!(
            "there are {} accounts; name one with --account",
            accounts.len()
        );
        return Err(Failure::invalid(text).into());
    };
    let account = store.read(GetAccount(only)).await?;
    Ok(account.expect("an account is never deleted"))
}
