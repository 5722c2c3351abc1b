//! Finds the accounts whose index is not up to date.

use heddle_domain::id::AccountId;

use crate::error::{Error, Result};
use crate::rows::search::postgres;
use crate::stmt::params;
use crate::store::Store;
use crate::tx::{Cost, Read, Rows};

/// The maximum number of accounts that one read returns.
const PAGE: i64 = 500;

/// Reads accounts whose index is not up to date, on PostgreSQL.
#[derive(Clone, Copy, Debug)]
struct Behind {
    after: AccountId,
}

impl Read for Behind {
    type Out = Vec<AccountId>;
    const NAME: &'static str = "index_behind";

    fn cost(&self) -> Cost {
        Cost::ACROSS
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.after, PAGE];
        let account = |row: &mut crate::stmt::Row<'_>| row.int().map(AccountId);
        rows.fetch(&postgres::BEHIND, params, account).await
    }
}

impl Store {
    /// Returns the accounts whose index is not up to date. On SQLite, where nobody else writes, this is asked rarely, and reads every
    /// account.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`].
    pub async fn find_unindexed(&self) -> Result<Vec<AccountId>, Error> {
        if !self.has_other_nodes() {
            let mut found = Vec::new();
            for account in self.account_ids().await? {
                if !self.index_progress(account).await?.is_up_to_date() {
                    found.push(account);
                }
            }
            return Ok(found);
        }
        let page = |last: Option<&AccountId>| Behind {
            after: last.copied().unwrap_or(AccountId(0)),
        };
        self.read_all(page).await
    }
}
