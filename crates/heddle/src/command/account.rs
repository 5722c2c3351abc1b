//! `heddle account`: creates, lists and changes accounts (tenants) and their settings.

use clap::{Args, Subcommand};
use heddle_access::provision;
use heddle_domain::account::Account;
use heddle_domain::id::AccountId;
use heddle_store::read::account::{GetPublicId, ListAccounts};
use heddle_store::write::account::UpdateAccount;
use heddle_store::{PublicKind, Store};
use serde::{Deserialize, Serialize};

use super::argument::Name;
use super::outcome::{Invalidation, Outcome, get_account, read_all};
use super::output::Row;
use super::settings::Settings;

const PAGE: i64 = 500;

#[derive(Debug, Deserialize, Serialize, Subcommand)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    /// Make an account
    Create(Create),
    /// List all accounts
    List,
    /// Change an account; values that are not given stay
    Update(Update),
}

#[derive(Args, Debug, Deserialize, Serialize)]
pub(crate) struct Create {
    /// Display name
    #[arg(long)]
    name: Name,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args, Debug, Deserialize, Serialize)]
pub(crate) struct Update {
    /// The account's number
    #[arg(long, value_name = "N")]
    account: i64,
    /// New name
    #[arg(long)]
    name: Option<Name>,
    #[command(flatten)]
    settings: Settings,
}

impl Command {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "account create",
            Self::List => "account list",
            Self::Update(_) => "account update",
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
        }
    }
}

impl Update {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let old = get_account(store, self.account).await?;
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
    for account in read_all(store, page).await? {
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
        let read = GetPublicId {
            account: account.id,
            kind: PublicKind::Account,
            entity: account.id.get(),
            api: heddle_native::NAME,
        };
        let public_id = store.read(read).await?.unwrap_or_default();
        Ok(Self {
            id: account.id.get(),
            name: account.name,
            public_id,
            settings: Settings::of(&account.settings),
        })
    }
}

impl Row for AccountView {
    const HEAD: &'static [&'static str] = &["account", "name", "public id"];

    fn head() -> Vec<&'static str> {
        [Self::HEAD.to_vec(), Settings::headings()].concat()
    }

    fn cells(&self) -> Vec<String> {
        let own = vec![
            self.id.to_string(),
            self.name.clone(),
            self.public_id.clone(),
        ];
        [own, self.settings.cells()].concat()
    }
}
