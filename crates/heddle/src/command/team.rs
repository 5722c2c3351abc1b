//! `heddle team`: creates, lists and changes teams, to whom conversations can be assigned.

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use heddle_access::provision;
use heddle_domain::id::AgentId;
use heddle_domain::person::Team;
use heddle_store::read::people::{GetTeam, ListTeams};
use heddle_store::write::team::UpdateTeam;
use heddle_store::{Entity, Store};
use serde::Serialize;

use super::argument::{InAccount, Name, id, person};
use super::failure::Failure;
use super::outcome::Outcome;
use super::output::{self, Columns, Row};

/// The maximum number of records that one read of a list returns.
const PAGE: i64 = 500;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a team
    Create(Create),
    /// List an account's teams
    List(InAccount),
    /// Change the name of a team, add members, or remove them
    Change(Change),
}

#[derive(Args, Debug)]
pub(crate) struct Create {
    #[command(flatten)]
    account: InAccount,
    #[arg(long, value_parser = person)]
    name: Name,
    /// An agent who belongs to the team; may be given several times
    #[arg(long, value_name = "AGENT", value_parser = id)]
    member: Vec<i64>,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = true, args = ["name", "add", "remove"])]
pub(crate) struct Change {
    #[command(flatten)]
    account: InAccount,
    /// The team's number
    #[arg(long, value_name = "TEAM", value_parser = id)]
    team: i64,
    /// The new name
    #[arg(long, value_parser = person)]
    name: Option<Name>,
    /// An agent to add; may be given several times
    #[arg(long, value_name = "AGENT", value_parser = id)]
    add: Vec<i64>,
    /// An agent to remove; may be given several times
    #[arg(long, value_name = "AGENT", value_parser = id)]
    remove: Vec<i64>,
}

impl Command {
    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        match self {
            Self::Create(create) => create.perform(store).await,
            Self::List(account) => {
                let account = account.get(store).await?.id;
                let page = |last: Option<&Team>| ListTeams {
                    account,
                    after: last.map_or(AgentId(0), |last| last.agent.id),
                    limit: PAGE,
                };
                let teams = store.read_all(page).await?;
                let views: Vec<_> = teams.into_iter().map(TeamView::from).collect();
                Outcome::list("teams", &views)
            }
            Self::Change(change) => change.perform(store).await,
        }
    }
}

impl Create {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let members = self.member.into_iter().map(AgentId).collect();
        let made = provision::create_team(store, &account, self.name.as_str(), members).await;
        let made = made.map_err(|error| Failure::naming(error, account.id, &[]))?;
        Outcome::one("team", &TeamView::from(made))
    }
}

impl Change {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let id = AgentId(self.team);
        let read = GetTeam {
            account: account.id,
            id,
        };
        let before = store.read(read).await?;
        let before = before.ok_or_else(|| Failure::no_such(Entity::Agent, id.get(), account.id))?;
        let mut members: BTreeSet<AgentId> = before.members.into_iter().collect();
        members.extend(self.add.into_iter().map(AgentId));
        for member in self.remove {
            members.remove(&AgentId(member));
        }
        let command = UpdateTeam {
            caller: provision::operator_caller(&account),
            id,
            // Another change meanwhile would be lost.
            expected: Some(before.agent.version),
            name: self.name.map(Name::into_string),
            members: Some(members),
        };
        let changed = store.write(command).await;
        let changed = changed.map_err(|error| Failure::naming(error, account.id, &[]))?;
        Outcome::one("team", &TeamView::from(changed))
    }
}

/// A team as the command line shows it.
#[derive(Debug, Serialize)]
struct TeamView {
    id: i64,
    name: String,
    members: Vec<i64>,
}

impl From<Team> for TeamView {
    fn from(team: Team) -> Self {
        Self {
            id: team.agent.id.get(),
            name: team.agent.first_name,
            members: team.members.into_iter().map(AgentId::get).collect(),
        }
    }
}

impl TeamView {
    fn members_cell(&self) -> String {
        let members: Vec<_> = self.members.iter().map(i64::to_string).collect();
        output::or_dash(&Some(members.join(", ")).filter(|text| !text.is_empty()))
    }
}

impl Row for TeamView {
    fn columns() -> Columns<Self> {
        Columns::new()
            .with("team", |it: &Self| it.id.to_string())
            .with("name", |it| it.name.clone())
            .with("members", Self::members_cell)
    }
}
