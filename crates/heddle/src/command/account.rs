//! `heddle account`: creates, lists, changes and removes accounts (tenants) and their settings.

pub(super) mod remove;

use clap::{Args, Subcommand};
use heddle::apis;
use heddle_access::provision;
use heddle_domain::EntityKind;
use heddle_domain::account::Account;
use heddle_domain::id::AccountId;
use heddle_store::Store;
use heddle_store::read::account::ListAccounts;
use heddle_store::write::account::UpdateAccount;
use serde::Serialize;

use super::argument::{InAccount, Name};
use super::outcome::{Invalidation, Outcome};
use super::output::{Columns, Row};
use super::settings::Settings;

/// The maximum number of records that one read of a list returns.
const PAGE: i64 = 500;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an account
    Create(Create),
    /// List all accounts
    List,
    /// Change an account; values that are not given stay
    Update(Update),
    /// Remove an account with everything that it has, after an export; no server may run
    Remove(remove::Remove),
}

#[derive(Args, Debug)]
pub(crate) struct Create {
    /// Display name
    #[arg(long)]
    name: Name,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args, Debug)]
pub(crate) struct Update {
    #[command(flatten)]
    account: InAccount,
    /// New name
    #[arg(long)]
    name: Option<Name>,
    #[command(flatten)]
    settings: Settings,
}

impl Command {
    /// Returns the removal of an account, which no other process may watch or disturb.
    pub(crate) fn removal(&self) -> Option<&remove::Remove> {
        match self {
            Self::Remove(remove) if !remove.is_dry_run() => Some(remove),
            _ => None,
        }
    }

    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        match self {
            Self::Create(create) => {
                let settings = create.settings.changes().into_iter().collect();
                let made = provision::create_account(store, create.name.as_str(), settings).await;
                let view = AccountView::of(store, made?).await?;
                Outcome::one("account", &view)
            }
            Self::List => Outcome::list("accounts", &list(store).await?),
            Self::Update(update) => update.perform(store).await,
            Self::Remove(remove) => remove.count(store).await,
        }
    }
}

impl Update {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let old = self.account.get(store).await?;
        let command = UpdateAccount {
            caller: None,
            expected: None,
            id: old.id,
            name: self.name.map(Name::into_string),
            settings: self.settings.changes(),
        };
        let changed = store.write(command).await?;
        let invalidation = Invalidation::Account(changed.id);
        let view = AccountView::of(store, changed).await?;
        Ok(Outcome::one("account", &view)?.invalidating(invalidation))
    }
}

async fn list(store: &Store) -> anyhow::Result<Vec<AccountView>> {
    let page = |last: Option<&Account>| ListAccounts {
        after: last.map_or(AccountId(0), |last| last.id),
        limit: PAGE,
    };
    let mut views = Vec::new();
    for account in store.read_all(page).await? {
        views.push(AccountView::of(store, account).await?);
    }
    Ok(views)
}

/// An account as the command line shows it.
#[derive(Debug, Serialize)]
struct AccountView {
    id: i64,
    name: String,
    /// myKaarma's dealer UUID, which is also Mews' chain id.
    public_id: String,
    #[serde(flatten)]
    settings: Settings,
}

impl AccountView {
    async fn of(store: &Store, account: Account) -> anyhow::Result<Self> {
        let (id, kind) = (account.id, EntityKind::Account);
        let public_id = store
            .find_public_id(id, kind, id.get(), apis::NATIVE)
            .await?;
        Ok(Self {
            id: id.get(),
            name: account.name,
            public_id: public_id.unwrap_or_default(),
            settings: Settings::of(&account.settings),
        })
    }
}

impl Row for AccountView {
    fn columns() -> Columns<Self> {
        let own = Columns::new()
            .with("account", |it: &Self| it.id.to_string())
            .with("name", |it| it.name.clone())
            .with("public id", |it| it.public_id.clone());
        Settings::columns(own, |it| &it.settings)
    }
}
