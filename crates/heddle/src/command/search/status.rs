//! `heddle search status`: how far the indexes are.

use heddle_domain::AccountId;
use heddle_store::Store;
use heddle_store::search::Progress;
use serde::{Deserialize, Serialize};

use super::super::outcome::Outcome;
use super::super::output::{Columns, Row};

/// How far the index of an account is, as the command line shows it.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Status {
    pub(super) account: i64,
    /// The position of the last event in the index, and of the account's last event.
    position: i64,
    head: i64,
    pub(super) up_to_date: bool,
    /// For a rebuild that is under way: how many customers and conversations are done, and of how many.
    pub(super) rebuild: Option<Rebuild>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Rebuild {
    pub(super) done: u64,
    pub(super) total: u64,
}

impl Status {
    pub(super) fn of(progress: &Progress) -> Self {
        let rebuild = progress.rebuild;
        Self {
            account: progress.account.get(),
            position: progress.position,
            head: progress.head,
            up_to_date: progress.is_up_to_date(),
            rebuild: rebuild.map(|(done, total)| Rebuild { done, total }),
        }
    }
}

impl Row for Status {
    fn columns() -> Columns<Self> {
        let state = |it: &Self| match it.rebuild {
            Some(Rebuild { done, total }) => format!("rebuild, {done} of {total}"),
            None if it.up_to_date => "up to date".to_owned(),
            None => "behind".to_owned(),
        };
        Columns::new()
            .with("account", |it: &Self| it.account.to_string())
            .with("position", |it| it.position.to_string())
            .with("last event", |it| it.head.to_string())
            .with("index", state)
    }
}

/// Returns how far the indexes of these accounts are.
pub(super) async fn show(store: &Store, accounts: &[AccountId]) -> anyhow::Result<Outcome> {
    let mut all = Vec::with_capacity(accounts.len());
    for account in accounts {
        all.push(Status::of(&store.index_progress(*account).await?));
    }
    Outcome::list("indexes", &all)
}
