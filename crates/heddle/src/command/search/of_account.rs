//! The accounts whose indexes a command is about.

use clap::Args;
use heddle_domain::AccountId;
use heddle_store::Store;

use super::super::argument::id;
use super::super::failure::{Code, Failure};

/// One account, or all.
#[derive(Args, Clone, Debug)]
pub(crate) struct OfAccount {
    /// The account's number; without it, all accounts
    #[arg(long, value_name = "N", value_parser = id)]
    pub(super) account: Option<i64>,
}

impl OfAccount {
    /// Returns the account that is named, or all.
    ///
    /// # Errors
    /// Fails if there is no such account.
    pub(super) async fn get(&self, store: &Store) -> anyhow::Result<Vec<AccountId>> {
        let mut accounts = store.account_ids().await?;
        let Some(number) = self.account else {
            return Ok(accounts);
        };
        accounts.retain(|account| account.get() == number);
        if accounts.is_empty() {
            let text = format!("there is no account {number}");
            return Err(Failure::new(Code::NotFound, text).into());
        }
        Ok(accounts)
    }
}
