//! `heddle search`: finds conversations, and looks after the search index.
//!
//! A command that runs beside no server does the work of the index itself, and shows its progress on standard error. Otherwise the
//! server does it, and the command only watches.

mod find;
mod found;
mod progress;
mod status;

use clap::{Args, Subcommand};
use heddle_domain::AccountId;
use heddle_store::Store;

use super::argument::id;
use super::failure::{Code, Failure};
use super::outcome::Outcome;
use find::Find;
pub(crate) use progress::Rebuilding;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find conversations, such as `heddle search find 'invoice from:smith -is:closed'`
    Find(Find),
    /// Build the index anew, and wait until it is done. The old index answers meanwhile
    Rebuild(OfAccount),
    /// Show how far the index is
    Status(OfAccount),
}

/// The account that a command is about.
#[derive(Args, Clone, Debug)]
pub(crate) struct OfAccount {
    /// The account's number; without it, all accounts
    #[arg(long, value_name = "N", value_parser = id)]
    account: Option<i64>,
}

impl OfAccount {
    /// Returns the account that is named, or all.
    ///
    /// # Errors
    /// Fails if there is no such account.
    async fn get(&self, store: &Store) -> anyhow::Result<Vec<AccountId>> {
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

impl Command {
    /// Runs the command. A rebuild is only begun.
    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        match self {
            Self::Find(find) => find.perform(store).await,
            Self::Rebuild(of) => {
                let accounts = of.get(store).await?;
                for account in &accounts {
                    store.rebuild_index(*account).await?;
                }
                let begun = status::show(store, &accounts).await?;
                Ok(begun.reindexing(accounts))
            }
            Self::Status(of) => status::show(store, &of.get(store).await?).await,
        }
    }

    /// Brings the index up to date that the command reads, because no server does it.
    pub(crate) async fn prepare(&self, store: &Store) -> anyhow::Result<()> {
        match self {
            Self::Find(find) => {
                let account = find.account(store).await?;
                progress::bring_up_to_date(store, &[account.id]).await
            }
            Self::Rebuild(_) | Self::Status(_) => Ok(()),
        }
    }

    /// Returns what the command waits for after it was performed.
    pub(crate) fn rebuilding(&self) -> Option<Rebuilding> {
        match self {
            Self::Rebuild(of) => Some(Rebuilding(of.clone())),
            Self::Find(_) | Self::Status(_) => None,
        }
    }

    /// Refuses the command if it needs an index, for a configuration that has switched search off.
    pub(crate) fn check_without_search(&self) -> Result<(), Failure> {
        match self {
            Self::Status(_) => Ok(()),
            Self::Find(_) | Self::Rebuild(_) => {
                let text = "search is switched off in the configuration: search.enabled is false";
                Err(Failure::new(Code::Refused, text))
            }
        }
    }
}
