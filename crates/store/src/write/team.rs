//! Creates and changes teams: agents with members, to whom conversations can be assigned.

use std::collections::BTreeSet;

use heddle_domain::customer::ProfileField;
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, AgentId};
use heddle_domain::person::{Agent, Team};
use heddle_domain::{EntityKind, EventDetail, Fact, Field};

use super::caller::Caller;
use super::events::append_plain_event;
use super::must::{must_be_person, must_match};
use super::public_id::{self, ApiPublicId, put_public_id};
use crate::error::{Entity, Refusal, Result};
use crate::rows::account as rows;
use crate::stmt::params;
use crate::tx::{Tx, Write};

/// The maximum number of members of a team.
pub const MOST_MEMBERS: usize = 1_000;

/// Creates a team.
#[derive(Clone, Debug)]
pub struct CreateTeam {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Name of the team.
    pub name: String,
    /// The members.
    pub members: BTreeSet<AgentId>,
    /// Public ids to store, each with its API.
    pub public_ids: Vec<ApiPublicId>,
}

impl Write for CreateTeam {
    type Out = Team;
    const NAME: &'static str = "create_team";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Team> {
        let account = self.caller.account;
        must_be_members(tx, account, &self.members).await?;
        let id = AgentId(tx.next_small_id(account, EntityKind::Agent)?);
        let members: Vec<_> = self.members.iter().copied().collect();
        let mut detail = EventDetail::default();
        detail
            .set(Field::profile(ProfileField::FirstName), &self.name)
            .set(Field::Members, &members)
            .with(Fact::Team(true));
        public_id::describe(&mut detail, &self.public_ids);
        let kind = EventKind::AgentCreated;
        let event = append_plain_event(tx, &self.caller, kind, id.get(), detail)?;
        let names = (&self.name, "", "");
        tx.queue(
            &rows::INSERT_AGENT,
            params![
                account,
                id,
                names.0,
                names.1,
                names.2,
                false,
                true,
                tx.now(),
                event
            ],
        )?;
        for member in &members {
            tx.queue(&rows::INSERT_MEMBER, params![account, id, *member])?;
        }
        for (api, text) in &self.public_ids {
            put_public_id(tx, account, EntityKind::Agent, id.get(), api, text).await?;
        }
        let agent = Agent {
            id,
            first_name: self.name.clone(),
            last_name: String::new(),
            email: String::new(),
            built_in: false,
            team: true,
            signs_in: false,
            created_at: tx.now(),
            version: event.get(),
        };
        Ok(Team { agent, members })
    }
}

/// Checks that every member is an agent who is no team, and that there are not too many.
async fn must_be_members(
    tx: &mut Tx<'_>,
    account: AccountId,
    members: &BTreeSet<AgentId>,
) -> Result<()> {
    if members.len() > MOST_MEMBERS {
        let reason = format!("must be at most {MOST_MEMBERS}");
        return Err(Refusal::invalid("members", reason).into());
    }
    for member in members {
        must_be_person(tx, account, *member).await?;
    }
    Ok(())
}

/// Changes a team; `None` keeps the old value. An agent who is no team is not found.
#[derive(Clone, Debug)]
pub struct UpdateTeam {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The team to change.
    pub id: AgentId,
    /// The version that the team must have; `None` means any.
    pub expected: Option<i64>,
    /// New name.
    pub name: Option<String>,
    /// All members from now on.
    pub members: Option<BTreeSet<AgentId>>,
}

impl Write for UpdateTeam {
    type Out = Team;
    const NAME: &'static str = "update_team";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Team> {
        let account = self.caller.account;
        let before = self.lock(tx).await?;
        let mut after = before.clone();
        if let Some(name) = &self.name {
            after.agent.first_name.clone_from(name);
        }
        if let Some(members) = &self.members {
            must_be_members(tx, account, members).await?;
            after.members = members.iter().copied().collect();
        }
        let mut detail = EventDetail::default();
        let name = Field::profile(ProfileField::FirstName);
        detail
            .change(name, &before.agent.first_name, &after.agent.first_name)
            .change(Field::Members, &before.members, &after.members);
        if detail.changes.is_empty() {
            return Ok(after);
        }
        detail.with(Fact::Team(true));
        let (kind, id) = (EventKind::AgentUpdated, self.id.get());
        let event = append_plain_event(tx, &self.caller, kind, id, detail)?;
        after.agent.version = event.get();
        let params = params![account, self.id, &after.agent.first_name, "", "", event];
        tx.queue(&rows::UPDATE_AGENT, params)?;
        for (stmt, from, to) in [
            (&rows::DELETE_MEMBER, &before, &after),
            (&rows::INSERT_MEMBER, &after, &before),
        ] {
            let gone = from.members.iter().filter(|id| !to.members.contains(id));
            for member in gone {
                tx.queue(stmt, params![account, self.id, *member])?;
            }
        }
        Ok(after)
    }
}

impl UpdateTeam {
    async fn lock(&self, tx: &mut Tx<'_>) -> Result<Team> {
        let account = self.caller.account;
        let team = params![account, self.id];
        let found = tx.fetch_one(&rows::LOCK_AGENT, team, rows::agent).await?;
        let agent = found
            .filter(|agent| agent.team)
            .ok_or(Refusal::NotFound(Entity::Agent))?;
        must_match(self.expected, agent.version)?;
        let members = params![account, self.id, MOST_MEMBERS as i64];
        let members = tx.fetch(&rows::MEMBERS, members, |row| Ok(AgentId(row.int()?)));
        Ok(Team {
            agent,
            members: members.await?,
        })
    }
}
