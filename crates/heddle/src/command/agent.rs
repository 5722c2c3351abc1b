//! `heddle agent`: creates, lists and changes agents, the employees who reply to customers.

use clap::{Args, Subcommand};
use heddle_access::provision;
use heddle_domain::account::Account;
use heddle_domain::customer;
use heddle_domain::id::AgentId;
use heddle_domain::person::Agent;
use heddle_store::read::account::{GetAgent, GetPublicId, ListAgents};
use heddle_store::{PublicKind, Store};
use serde::{Deserialize, Serialize};

use super::argument::{Name, PublicId};
use super::outcome::{Outcome, get_account, read_all};
use super::output::Row;

const PAGE: i64 = 500;

#[derive(Debug, Deserialize, Serialize, Subcommand)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    /// Make an agent
    Create(Create),
    /// List an account's agents
    List(List),
}

#[derive(Args, Debug, Deserialize, Serialize)]
pub(crate) struct Create {
    /// The account's number
    #[arg(long, value_name = "N")]
    account: i64,
    #[arg(long, value_name = "NAME")]
    first_name: Name,
    #[arg(long, value_name = "NAME")]
    last_name: Name,
    /// E-mail address
    #[arg(long)]
    email: Name,
    /// The id that clients know the agent by: a GUID for all APIs, mews=GUID or mykaarma=TEXT for one
    #[arg(long, value_name = "[API=]TEXT")]
    public_id: Vec<PublicId>,
}

#[derive(Args, Debug, Deserialize, Serialize)]
pub(crate) struct List {
    /// The account's number
    #[arg(long, value_name = "N")]
    account: i64,
}

impl Command {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "agent create",
            Self::List(_) => "agent list",
        }
    }

    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        match self {
            Self::Create(create) => create.perform(store).await,
            Self::List(list) => {
                let account = get_account(store, list.account).await?;
                let views = views(store, &account).await?;
                Outcome::list("agents", &views)
            }
        }
    }
}

impl Create {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = get_account(store, self.account).await?;
        anyhow::ensure!(
            customer::normalise_email(self.email.as_str()).is_some(),
            "{:?} is not an e-mail address",
            self.email.as_str()
        );
        let name = (self.first_name.as_str(), self.last_name.as_str());
        let public_ids = self.public_id.into_iter().map(PublicId::into_api_id);
        let email = self.email.as_str();
        let made = provision::create_agent(store, &account, name, email, public_ids.collect());
        let id = made.await?;
        let account = account.id;
        let found = store.read(GetAgent { account, id }).await?;
        let agent = found.expect("an agent is never deleted");
        let view = AgentView::of(store, account, agent).await?;
        Outcome::one("agent", &view)
    }
}

async fn views(store: &Store, account: &Account) -> anyhow::Result<Vec<AgentView>> {
    let page = |last: Option<&Agent>| ListAgents {
        account: account.id,
        after: last.map_or(AgentId(0), |last| last.id),
        limit: PAGE,
    };
    let mut views = Vec::new();
    for agent in read_all(store, page).await? {
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
    /// myKaarma's user UUID.
    mykaarma_public_id: String,
}

impl AgentView {
    async fn of(
        store: &Store,
        account: heddle_domain::AccountId,
        agent: Agent,
    ) -> anyhow::Result<Self> {
        let read = GetPublicId {
            account,
            kind: PublicKind::Agent,
            entity: agent.id.get(),
            api: heddle_mykaarma::NAME,
        };
        let public_id = store.read(read).await?.unwrap_or_default();
        let Agent {
            id,
            first_name,
            last_name,
            email,
            built_in,
            created_at: _,
            version: _,
        } = agent;
        Ok(Self {
            id: id.get(),
            first_name,
            last_name,
            email,
            built_in,
            mykaarma_public_id: public_id,
        })
    }
}

impl Row for AgentView {
    const HEAD: &'static [&'static str] = &[
        "agent",
        "first name",
        "last name",
        "e-mail",
        "myKaarma user",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.first_name.clone(),
            self.last_name.clone(),
            self.email.clone(),
            self.mykaarma_public_id.clone(),
        ]
    }
}
