//! `heddle customer`: the people and firms in contact. Most are created by the APIs; an operator can create some beforehand.

use anyhow::ensure;
use clap::{Args, Subcommand};
use heddle::apis;
use heddle_access::provision;
use heddle_domain::EntityKind;
use heddle_domain::customer::{Customer, Profile, normalise_email};
use heddle_domain::id::{AccountId, CustomerId, InboxId};
use heddle_store::read::account::{GetCustomer, ListCustomers};
use heddle_store::write::account::ApiPublicId;
use heddle_store::{Entity, Store};
use serde::Serialize;

use super::argument::{InAccount, Name, id, public_id, whole_number};
use super::failure::Failure;
use super::outcome::Outcome;
use super::output::{self, Columns, Row};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a customer
    Create(Box<Create>),
    /// List an account's customers by number
    List(List),
}

#[derive(Args, Debug)]
pub(crate) struct Create {
    #[command(flatten)]
    account: InAccount,
    /// The home inbox: Magicline and myKaarma see the customer there only. Without one they see it everywhere
    #[arg(long, value_name = "INBOX", value_parser = id)]
    inbox: Option<i64>,
    #[arg(long, value_name = "NAME")]
    first_name: Option<Name>,
    #[arg(long, value_name = "NAME")]
    last_name: Option<Name>,
    /// E-mail address; no other customer of the account may have it
    #[arg(long)]
    email: Option<Name>,
    #[arg(long)]
    phone: Option<Name>,
    #[arg(long)]
    organization: Option<Name>,
    #[arg(long)]
    job_title: Option<Name>,
    #[arg(long)]
    location: Option<Name>,
    /// The id that clients know the customer by: mews=GUID or mykaarma=TEXT
    #[arg(long, value_name = "API=TEXT", value_parser = public_id)]
    public_id: Vec<ApiPublicId>,
}

#[derive(Args, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    account: InAccount,
    /// Only customers with greater numbers than this one
    #[arg(long, value_name = "CUSTOMER", default_value_t = 0, value_parser = id)]
    after: i64,
    /// The most customers to list
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = whole_number(1, 1_000))]
    limit: i64,
}

impl Command {
    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        match self {
            Self::Create(create) => create.perform(store).await,
            Self::List(list) => list.perform(store).await,
        }
    }
}

impl Create {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        self.check()?;
        let text = |name: Option<Name>| name.map(Name::into_string);
        let profile = Profile {
            first_name: text(self.first_name),
            last_name: text(self.last_name),
            phone: text(self.phone),
            organization: text(self.organization),
            job_title: text(self.job_title),
            location: text(self.location),
            ..Profile::default()
        };
        let home = self.inbox.map(InboxId);
        let email = text(self.email);
        let made = provision::create_customer(
            store,
            &account,
            home,
            email.as_deref(),
            profile,
            self.public_id,
        );
        let named = self.inbox.map(|inbox| (Entity::Inbox, inbox));
        let id = made
            .await
            .map_err(|error| Failure::naming(error, account.id, named.as_slice()))?;
        let view = CustomerView::find(store, account.id, id).await?;
        Outcome::one("customer", &view)
    }

    fn check(&self) -> anyhow::Result<()> {
        let named = [&self.first_name, &self.last_name, &self.email, &self.phone];
        ensure!(
            named.iter().any(|name| name.is_some()),
            Failure::invalid("a customer needs a name, an e-mail address or a phone number")
        );
        if let Some(email) = &self.email {
            let valid = normalise_email(email.as_str()).is_some();
            let text = format!("{:?} is not an e-mail address", email.as_str());
            ensure!(valid, Failure::invalid(text));
        }
        ensure!(
            self.public_id.iter().all(|(api, _)| !api.is_empty()),
            Failure::invalid(
                "a customer's shared public id is made by Heddle; name the API, as in mykaarma=TEXT"
            )
        );
        Ok(())
    }
}

impl List {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let page = ListCustomers {
            account: account.id,
            after: CustomerId(self.after),
            limit: self.limit,
        };
        let mut views = Vec::new();
        for customer in store.read(page).await? {
            views.push(CustomerView::of(store, account.id, customer).await?);
        }
        Outcome::list("customers", &views)
    }
}

/// A customer as the command line shows it.
#[derive(Debug, Serialize)]
struct CustomerView {
    id: i64,
    inbox: Option<i64>,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    /// myKaarma's customer UUID.
    mykaarma_public_id: String,
}

impl CustomerView {
    async fn find(store: &Store, account: AccountId, id: CustomerId) -> anyhow::Result<Self> {
        let found = store.read(GetCustomer { account, id }).await?;
        let customer = found.expect("a customer that was just made is there");
        Self::of(store, account, customer).await
    }

    async fn of(store: &Store, account: AccountId, customer: Customer) -> anyhow::Result<Self> {
        let id = customer.id.get();
        let (kind, api) = (EntityKind::Customer, apis::SHOWS_IDS_OF_PEOPLE);
        let public_id = store.find_public_id(account, kind, id, api).await?;
        Ok(Self {
            id,
            inbox: customer.home.map(InboxId::get),
            first_name: customer.profile.first_name,
            last_name: customer.profile.last_name,
            email: customer.email,
            phone: customer.profile.phone,
            mykaarma_public_id: public_id.unwrap_or_default(),
        })
    }
}

impl Row for CustomerView {
    fn columns() -> Columns<Self> {
        Columns::new()
            .with("customer", |it: &Self| it.id.to_string())
            .with("first name", |it| output::or_dash(&it.first_name))
            .with("last name", |it| output::or_dash(&it.last_name))
            .with("e-mail", |it| output::or_dash(&it.email))
            .with("phone", |it| output::or_dash(&it.phone))
            .with("home inbox", |it| output::or_dash(&it.inbox))
            .with("myKaarma customer", |it| it.mykaarma_public_id.clone())
    }
}
