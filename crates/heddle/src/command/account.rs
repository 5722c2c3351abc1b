//! `heddle account`: tenants and what the operator decides for each.

use clap::{Args, Subcommand};
use heddle_access::provision;
use heddle_domain::account::{Account, AccountSettings, SettingsChange};
use heddle_domain::id::AccountId;
use heddle_store::read::account::{GetPublicId, ListAccounts};
use heddle_store::write::account::UpdateAccount;
use heddle_store::{PublicKind, Store};
use serde::{Deserialize, Serialize};

use super::administration::{Done, Reply, Stale, get_account, told};
use super::argument::{Name, Rate};
use super::output::{self, Row};

const PAGE: i64 = 500;

#[derive(Debug, Deserialize, Serialize, Subcommand)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    /// Make an account
    Create(Create),
    /// List all accounts
    List,
    /// Change an account; what is not named stays
    Update(Update),
}

#[derive(Args, Debug, Deserialize, Serialize)]
pub(crate) struct Create {
    /// What people call it
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
    /// Its new name
    #[arg(long)]
    name: Option<Name>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args, Debug, Deserialize, Serialize)]
struct Settings {
    /// Help Scout refuses further threads at this number; 0 = never [vendor: 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..=1_000_000_000))]
    thread_cap: Option<i64>,
    /// Help Scout locks conversations whose newest thread is older than so many days; 0 = never
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(0..=1_000_000))]
    lock_after_days: Option<i64>,
    /// Help Scout: off, vendor, or requests a minute
    #[arg(long, value_name = "RATE")]
    helpscout_rate: Option<Rate>,
    /// Magicline: off, vendor, or requests a minute for each endpoint
    #[arg(long, value_name = "RATE")]
    magicline_rate: Option<Rate>,
    /// Mews: off, vendor, or requests in 30 seconds for each access token
    #[arg(long, value_name = "RATE")]
    mews_rate: Option<Rate>,
}

impl Settings {
    fn change(&self) -> SettingsChange {
        let rate = |new: Option<Rate>| new.map(|Rate(limit)| limit);
        SettingsChange {
            thread_cap: self.thread_cap,
            lock_after_days: self.lock_after_days,
            helpscout_rate: rate(self.helpscout_rate),
            magicline_rate: rate(self.magicline_rate),
            mews_rate: rate(self.mews_rate),
        }
    }
}

impl Command {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "account create",
            Self::List => "account list",
            Self::Update(_) => "account update",
        }
    }

    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Done> {
        match self {
            Self::Create(create) => {
                let settings = create.settings.change().over(&AccountSettings::default());
                let made = provision::account(store, create.name.as_str(), settings).await;
                let view = AccountView::of(store, made.map_err(told)?).await?;
                Ok(Done::new(Reply::Account(view)))
            }
            Self::List => Ok(Done::new(Reply::Accounts(list(store).await?))),
            Self::Update(update) => update.perform(store).await,
        }
    }
}

impl Update {
    async fn perform(self, store: &Store) -> anyhow::Result<Done> {
        let old = get_account(store, self.account).await?;
        let command = UpdateAccount {
            caller: None,
            expected: None,
            id: old.id,
            name: self.name.map(Name::into_string),
            settings: self.settings.change(),
        };
        let changed = store.write(command).await.map_err(told)?;
        let stale = Stale::Account(changed.id);
        let view = AccountView::of(store, changed).await?;
        Ok(Done::changing(Reply::Account(view), stale))
    }
}

async fn list(store: &Store) -> anyhow::Result<Vec<AccountView>> {
    let mut views = Vec::new();
    let mut after = AccountId(0);
    loop {
        let page = ListAccounts { after, limit: PAGE };
        let page = store.read(page).await.map_err(told)?;
        let Some(last) = page.last() else {
            return Ok(views);
        };
        after = last.id;
        for account in page {
            views.push(AccountView::of(store, account).await?);
        }
    }
}

/// An account as the command line shows it.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct AccountView {
    id: i64,
    name: String,
    /// myKaarma's dealer UUID, Mews' chain id.
    public_id: String,
    thread_cap: i64,
    lock_after_days: i64,
    helpscout_rate: Rate,
    magicline_rate: Rate,
    mews_rate: Rate,
}

impl AccountView {
    async fn of(store: &Store, account: Account) -> anyhow::Result<Self> {
        let read = GetPublicId {
            account: account.id,
            kind: PublicKind::Account,
            entity: account.id.get(),
            api: heddle_native::NAME,
        };
        let public_id = store.read(read).await.map_err(told)?.unwrap_or_default();
        let AccountSettings {
            thread_cap,
            lock_after_days,
            helpscout_rate,
            magicline_rate,
            mews_rate,
        } = account.settings;
        Ok(Self {
            id: account.id.get(),
            name: account.name,
            public_id,
            thread_cap,
            lock_after_days,
            helpscout_rate: Rate(helpscout_rate),
            magicline_rate: Rate(magicline_rate),
            mews_rate: Rate(mews_rate),
        })
    }
}

impl Row for AccountView {
    const HEAD: &'static [&'static str] = &[
        "account",
        "name",
        "public id",
        "thread cap",
        "lock after days",
        "Help Scout rate",
        "Magicline rate",
        "Mews rate",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.name.clone(),
            self.public_id.clone(),
            output::or_off(self.thread_cap),
            output::or_off(self.lock_after_days),
            self.helpscout_rate.to_string(),
            self.magicline_rate.to_string(),
            self.mews_rate.to_string(),
        ]
    }
}
