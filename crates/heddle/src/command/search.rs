//! `heddle search`: finds conversations, and looks after the search index.
//!
//! A command that runs beside no server does the work of the index itself, and shows its progress on standard error. Otherwise the
//! server does it, and the command only watches.

mod find;
mod found;
mod of_account;
mod progress;
mod status;

use clap::Subcommand;
use heddle_store::Store;

use super::failure::{Code, Failure};
use super::outcome::Outcome;
use find::Find;
use of_account::OfAccount;
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

    /// Whether a command that waits for a rebuild sends this one again and again.
    pub(crate) const fn is_poll(&self) -> bool {
        matches!(self, Self::Status(_))
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
