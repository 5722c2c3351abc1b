//! Reads agents and teams page by page, and what an agent signs in with.

use heddle_domain::id::{AccountId, AgentId};
use heddle_domain::person::{Agent, Team};

use crate::error::Result;
use crate::rows::account as rows;
use crate::stmt::{Row, keys, params};
use crate::tx::{Cost, Read, Rows};
use crate::write::agent::compared;
use crate::write::team::MOST_MEMBERS;

/// The maximum number of agents that a list with numbered pages shows. Such a list must read all ids before its page.
pub const MOST_LISTED: i64 = 10_000;

/// Which agents a list shows.
#[derive(Clone, Debug)]
pub enum AgentGroup {
    /// All agents, teams included.
    All,
    /// The teams.
    Teams,
    /// The members of a team; nobody if there is no such team.
    MembersOf(AgentId),
    /// The agent with this e-mail address, whatever its case.
    WithEmail(String),
}

/// One page of a list of agents with numbered pages.
#[derive(Clone, Debug, Default)]
pub struct AgentPage {
    /// The agents of the page, by id.
    pub agents: Vec<Agent>,
    /// How many agents the whole list has.
    pub total: i64,
}

/// Reads one page of a list of agents, wherever it begins.
#[derive(Clone, Debug)]
pub struct ListAgentPage {
    /// Account whose data is read.
    pub account: AccountId,
    /// Which agents the list shows.
    pub group: AgentGroup,
    /// How many agents of the list come before the page.
    pub skipped: i64,
    /// How many agents a page has.
    pub size: i64,
}

impl Read for ListAgentPage {
    type Out = AgentPage;
    const NAME: &'static str = "list_agent_page";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<AgentPage> {
        let account = self.account;
        let id = |row: &mut Row<'_>| Ok(AgentId(row.int()?));
        let ids = match &self.group {
            AgentGroup::All => {
                let all = params![account, MOST_LISTED];
                rows.fetch(&rows::AGENT_IDS, all, id).await?
            }
            AgentGroup::Teams => {
                let all = params![account, 0_i64, MOST_LISTED];
                rows.fetch(&rows::TEAM_IDS, all, id).await?
            }
            AgentGroup::MembersOf(team) => {
                let all = params![account, *team, MOST_LISTED];
                rows.fetch(&rows::MEMBERS, all, id).await?
            }
            AgentGroup::WithEmail(email) => {
                let email = compared(email);
                let email = params![account, &email];
                rows.fetch(&rows::AGENT_OF_EMAIL, email, id).await?
            }
        };
        let skipped = usize::try_from(self.skipped);
        let shown = ids.iter().skip(skipped.unwrap_or(usize::MAX));
        let shown = shown.copied().take(usize::try_from(self.size).unwrap_or(0));
        let keys = keys(account, shown);
        let found = rows
            .fetch_many(&rows::PRESENT_AGENT, &keys, rows::agent)
            .await?;
        Ok(AgentPage {
            agents: found.into_iter().flatten().collect(),
            total: ids.len() as i64,
        })
    }
}

/// Reads one team; `None` if the agent of this id is no team.
#[derive(Clone, Debug)]
pub struct GetTeam {
    /// Account whose data is read.
    pub account: AccountId,
    /// Id of the team.
    pub id: AgentId,
}

impl Read for GetTeam {
    type Out = Option<Team>;
    const NAME: &'static str = "get_team";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Option<Team>> {
        let team = params![self.account, self.id];
        let found = rows
            .fetch_one(&rows::PRESENT_AGENT, team, rows::agent)
            .await?;
        match found.filter(|agent| agent.team) {
            Some(agent) => Ok(with_members(rows, self.account, vec![agent]).await?.pop()),
            None => Ok(None),
        }
    }
}

/// Reads a page of teams in the order of their ids, starting after a given id.
#[derive(Clone, Debug)]
pub struct ListTeams {
    /// Account whose data is read.
    pub account: AccountId,
    /// The last id of the previous page; 0 for the first page.
    pub after: AgentId,
    /// The maximum number of rows to return.
    pub limit: i64,
}

impl Read for ListTeams {
    type Out = Vec<Team>;
    const NAME: &'static str = "list_teams";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Vec<Team>> {
        let page = params![self.account, self.after, self.limit];
        let ids = rows.fetch(&rows::TEAM_IDS, page, |row| row.int()).await?;
        let keys = keys(self.account, ids);
        let found = rows
            .fetch_many(&rows::PRESENT_AGENT, &keys, rows::agent)
            .await?;
        let found = found.into_iter().flatten().collect();
        with_members(rows, self.account, found).await
    }
}

async fn with_members(
    rows: &mut Rows<'_>,
    account: AccountId,
    teams: Vec<Agent>,
) -> Result<Vec<Team>> {
    let most = MOST_MEMBERS as i64;
    let keys: Vec<_> = teams
        .iter()
        .map(|team| [account.into(), team.id.into(), most.into()])
        .collect();
    let members = rows
        .fetch_many(&rows::MEMBERS, &keys, |row| Ok(AgentId(row.int()?)))
        .await?;
    let teams = teams.into_iter().zip(members);
    Ok(teams
        .map(|(agent, members)| Team { agent, members })
        .collect())
}

/// What an agent signs in with.
#[derive(Clone)]
pub struct SignIn {
    /// The agent.
    pub agent: AgentId,
    /// The hash of their password, with its salt and costs.
    pub password_hash: String,
}

/// Finds the agent who signs in with an e-mail address, whatever its case. `None` if there is no such agent, or the agent
/// has no password.
#[derive(Clone, Debug)]
pub struct FindSignIn {
    /// Account whose data is read.
    pub account: AccountId,
    /// The address.
    pub email: String,
}

impl Read for FindSignIn {
    type Out = Option<SignIn>;
    const NAME: &'static str = "find_sign_in";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Option<SignIn>> {
        let email = compared(&self.email);
        let owner = params![self.account, &email];
        let owner = rows.fetch_one(&rows::AGENT_OF_EMAIL, owner, |row| row.int());
        let Some(agent) = owner.await?.map(AgentId) else {
            return Ok(None);
        };
        let password = params![self.account, agent];
        let hash = rows
            .fetch_one(&rows::PASSWORD, password, |row| row.text())
            .await?;
        Ok(hash.map(|password_hash| SignIn {
            agent,
            password_hash,
        }))
    }
}
