//! `heddle agent`: creates, lists and removes agents, the employees who reply to customers, and sets their passwords.

mod remove;

use clap::{Args, Subcommand};
use heddle::apis;
use heddle_access::passwords::{hash_password, mint_password};
use heddle_access::provision;
use heddle_domain::EntityKind;
use heddle_domain::account::Account;
use heddle_domain::customer;
use heddle_domain::id::{AccountId, AgentId};
use heddle_domain::person::Agent;
use heddle_store::read::account::{GetAgent, ListAgents};
use heddle_store::write::account::ApiPublicId;
use heddle_store::write::agent::SetPassword;
use heddle_store::{Entity, Error, Refusal, Store};
use serde::Serialize;

use super::argument::{InAccount, Name, id, person, public_id};
use super::failure::Failure;
use super::outcome::{Invalidation, Outcome};
use super::output::{self, Columns, Row};

/// The maximum number of records that one read of a list returns.
const PAGE: i64 = 500;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an agent
    Create(Create),
    /// List an account's agents, teams included
    List(InAccount),
    /// Give an agent a new random password, and print it, once. With it the agent can allow apps to act for them
    SetPassword(Named),
    /// Remove an agent, after the agent's conversations went to another one; old messages keep the name
    Remove(remove::Remove),
    /// Remove an agent's password; tokens of apps that the agent allowed stop working
    RemovePassword(Named),
}

#[derive(Args, Debug)]
pub(crate) struct Named {
    #[command(flatten)]
    account: InAccount,
    /// The agent's number
    #[arg(long, value_name = "AGENT", value_parser = id)]
    agent: i64,
}

#[derive(Args, Debug)]
pub(crate) struct Create {
    #[command(flatten)]
    account: InAccount,
    #[arg(long, value_name = "NAME", value_parser = person)]
    first_name: Name,
    #[arg(long, value_name = "NAME", value_parser = person)]
    last_name: Name,
    /// E-mail address
    #[arg(long)]
    email: Name,
    /// The id that clients know the agent by: a GUID for all APIs, mews=GUID or mykaarma=TEXT for one
    #[arg(long, value_name = "[API=]TEXT", value_parser = public_id)]
    public_id: Vec<ApiPublicId>,
}

impl Command {
    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        match self {
            Self::Create(create) => create.perform(store).await,
            Self::List(account) => {
                let account = account.get(store).await?;
                let views = views(store, &account).await?;
                Outcome::list("agents", &views)
            }
            Self::SetPassword(named) => named.set_password(store).await,
            Self::Remove(remove) => remove.perform(store).await,
            Self::RemovePassword(named) => named.remove_password(store).await,
        }
    }
}

impl Create {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let given = self.email.as_str();
        if customer::normalise_email(given).is_none() {
            return Err(Failure::invalid(format!("{given:?} is not an e-mail address")).into());
        }
        let name = (self.first_name.as_str(), self.last_name.as_str());
        let email = self.email.as_str();
        let made = provision::create_agent(store, &account, name, email, self.public_id);
        let id = made.await?;
        let account = account.id;
        let found = store.read(GetAgent { account, id }).await?;
        let agent = found.expect("it was made just now");
        let view = AgentView::of(store, account, agent).await?;
        Outcome::one("agent", &view)
    }
}

impl Named {
    async fn set_password(self, store: &Store) -> anyhow::Result<Outcome> {
        let password = mint_password();
        let hash = hash_password(&password);
        let changed = self.change(store, Some(hash)).await?;
        let text = format!(
            "{}\n{}\nWrite the password down: it is not shown again.",
            output::table(std::slice::from_ref(&changed)),
            output::draw(
                &["secret", "value"],
                [vec!["password".to_owned(), password.clone()]]
            ),
        );
        let changed = WithPassword {
            agent: changed,
            password,
        };
        Outcome::new("agent", &changed, text)
    }

    async fn remove_password(self, store: &Store) -> anyhow::Result<Outcome> {
        let changed = self.change(store, None).await?;
        let account = AccountId(self.account.number());
        Ok(Outcome::one("agent", &changed)?.invalidating(Invalidation::Account(account)))
    }

    async fn change(&self, store: &Store, hash: Option<String>) -> anyhow::Result<AgentView> {
        let account = self.account.get(store).await?;
        let command = SetPassword {
            caller: provision::operator_caller(&account),
            id: AgentId(self.agent),
            expected: None,
            hash,
        };
        let changed = store.write(command).await.map_err(|error| match error {
            Error::Refused(Refusal::NotFound(Entity::Agent)) => {
                Failure::no_such(Entity::Agent, self.agent, account.id)
            }
            error => Failure::naming(error, account.id, &[]),
        })?;
        AgentView::of(store, account.id, changed).await
    }
}

/// An agent with a new password.
#[derive(Serialize)]
struct WithPassword {
    #[serde(flatten)]
    agent: AgentView,
    password: String,
}

async fn views(store: &Store, account: &Account) -> anyhow::Result<Vec<AgentView>> {
    let page = |last: Option<&Agent>| ListAgents {
        account: account.id,
        after: last.map_or(AgentId(0), |last| last.id),
        limit: PAGE,
    };
    let mut views = Vec::new();
    for agent in store.read_all(page).await? {
        views.push(AgentView::of(store, account.id, agent).await?);
    }
    Ok(views)
}

/// An agent as the command line shows it.
#[derive(Debug, Serialize)]
struct AgentView {
    /// Help Scout's user id.
    id: i64,
    first_name: String,
    last_name: String,
    email: String,
    /// Whether this is the account's own agent "Integration", which APIs show where nobody acted.
    built_in: bool,
    team: bool,
    /// Whether the agent has a password.
    signs_in: bool,
    /// myKaarma's user UUID.
    mykaarma_public_id: String,
}

impl AgentView {
    async fn of(store: &Store, account: AccountId, agent: Agent) -> anyhow::Result<Self> {
        let Agent {
            id,
            first_name,
            last_name,
            email,
            built_in,
            team,
            signs_in,
            created_at: _,
            version: _,
        } = agent;
        let (kind, api) = (EntityKind::Agent, apis::SHOWS_IDS_OF_PEOPLE);
        let public_id = store.find_public_id(account, kind, id.get(), api).await?;
        Ok(Self {
            id: id.get(),
            first_name,
            last_name,
            email,
            built_in,
            team,
            signs_in,
            mykaarma_public_id: public_id.unwrap_or_default(),
        })
    }
}

impl Row for AgentView {
    fn columns() -> Columns<Self> {
        Columns::new()
            .with("agent", |it: &Self| it.id.to_string())
            .with("first name", |it| it.first_name.clone())
            .with("last name", |it| it.last_name.clone())
            .with("e-mail", |it| it.email.clone())
            .with("type", |it| {
                if it.team { "team" } else { "person" }.to_owned()
            })
            .with("signs in", |it| {
                if it.signs_in { "yes" } else { "no" }.to_owned()
            })
            .with("myKaarma user", |it| it.mykaarma_public_id.clone())
    }
}
