//! Every row of every account as sorted text, for tests that compare two stores. Left out is what may differ between
//! equal stores: counters, node slots, leases, feed positions, and the counts of conversations, which are delayed.

use heddle_domain::AccountId;

use crate::error::Result;
use crate::rows::{account as account_rows, dump as rows};
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

const MOST_ACCOUNTS: i64 = 1_000;

/// Reads all rows as lines `table|column|column|...`, by account, table and key.
#[derive(Clone, Copy, Debug)]
pub struct DumpTables;

impl Read for DumpTables {
    type Out = Vec<String>;
    const NAME: &'static str = "dump_tables";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Everything
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Vec<String>> {
        let accounts = rows
            .fetch(
                &account_rows::LIST_IDS,
                params![0_i64, MOST_ACCOUNTS],
                |row| Ok(AccountId(row.int()?)),
            )
            .await?;
        let mut lines = Vec::new();
        for account in accounts {
            lines.extend(dump(rows, account).await?);
        }
        Ok(lines)
    }
}

/// Reads the rows of one account in the same form.
#[derive(Clone, Copy, Debug)]
pub struct DumpAccount(pub AccountId);

impl Read for DumpAccount {
    type Out = Vec<String>;
    const NAME: &'static str = "dump_account";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Everything
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Vec<String>> {
        dump(rows, self.0).await
    }
}

/// Returns the rows of one account.
async fn dump(rows: &mut Rows<'_>, account: AccountId) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for stmt in rows::ALL {
        let table = stmt.name.to_lowercase();
        let found = rows.fetch(stmt, params![account], |row| row.show()).await?;
        lines.extend(
            found
                .into_iter()
                .map(|columns| format!("{table}|{columns}")),
        );
    }
    Ok(lines)
}
