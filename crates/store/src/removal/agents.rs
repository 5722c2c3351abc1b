//! Removes agents: first what depends on the agent goes to another one, then the agent is marked.
//!
//! Each step is an ordinary command with its own event, so webhooks and the feed see it, and an interrupted removal goes on when
//! it is called again.

use heddle_domain::InboxScope;
use heddle_domain::customer::FollowerChange;
use heddle_domain::id::{AccountId, AgentId, ConversationId, CredentialId, CustomerId, InboxId};
use heddle_domain::person::Agent;
use serde::Serialize;

use crate::error::{Entity, Error, Refusal, Result};
use crate::read::account::GetAgent;
use crate::read::people::GetTeam;
use crate::rows::{account as account_rows, removal as rows};
use crate::stmt::{Row, Stmt, params};
use crate::store::Store;
use crate::tx::{Cost, Read, Rows};
use crate::write::agent::RemoveAgent;
use crate::write::caller::Caller;
use crate::write::change::{CHANGES_MOST, Change, ChangeConversations, ChangeItem};
use crate::write::credential::{RevokeCredential, Within};
use crate::write::customers::UpdateFollowers;
use crate::write::inbox::UpdateInbox;
use crate::write::team::UpdateTeam;

/// How many followed customers are read at once.
const FOLLOWED_AT_ONCE: i64 = 100;

/// What depends on an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Duties {
    /// Conversations that are assigned to the agent, closed ones included, merged and deleted ones not.
    pub conversations: i64,
    /// Inboxes whose default agent it is.
    pub inboxes: i64,
    /// Teams that have the agent as a member.
    pub teams: i64,
    /// Customers whom the agent follows.
    pub followed: i64,
    /// Credentials that act as the agent, and are not revoked.
    pub credentials: i64,
}

/// An agent, and what depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentContents {
    /// The agent.
    pub agent: Agent,
    /// Whether the agent was removed already. Then the duties are what an interrupted removal has left.
    pub is_removed: bool,
    /// What depends on the agent.
    pub duties: Duties,
}

/// Reads an agent, and whether it was removed.
async fn find(
    rows: &mut Rows<'_>,
    account: AccountId,
    id: AgentId,
) -> Result<Option<(Agent, bool)>> {
    let key = params![account, id];
    let known = rows.fetch_one(&account_rows::GET_AGENT, key, account_rows::agent);
    let known = known.await?;
    let present = rows.fetch_one(&account_rows::PRESENT_AGENT, key, account_rows::agent);
    let is_removed = present.await?.is_none();
    Ok(known.map(|agent| (agent, is_removed)))
}

/// Counts what depends on an agent; `None` if there was never such an agent.
#[derive(Clone, Debug)]
pub struct CountDuties {
    /// Account of the agent.
    pub account: AccountId,
    /// The agent, also a removed one.
    pub id: AgentId,
}

impl Read for CountDuties {
    type Out = Option<AgentContents>;
    const NAME: &'static str = "count_duties";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Everything
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.id];
        let Some((agent, is_removed)) = find(rows, self.account, self.id).await? else {
            return Ok(None);
        };
        let duties = |row: &mut Row<'_>| {
            Ok(Duties {
                conversations: row.int()?,
                inboxes: row.int()?,
                teams: row.int()?,
                followed: row.int()?,
                credentials: row.int()?,
            })
        };
        let counted = rows.fetch_one(&rows::DUTIES, params, duties).await?;
        Ok(Some(AgentContents {
            agent,
            is_removed,
            duties: counted.unwrap_or_default(),
        }))
    }
}

/// Reads an agent, and whether it was removed; `None` if there was never such an agent.
struct FindAgent {
    account: AccountId,
    id: AgentId,
}

impl Read for FindAgent {
    type Out = Option<(Agent, bool)>;
    const NAME: &'static str = "find_agent";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        find(rows, self.account, self.id).await
    }
}

/// Reads ids that depend on an agent.
struct OfAgent {
    account: AccountId,
    id: AgentId,
    stmt: &'static Stmt,
}

impl Read for OfAgent {
    type Out = Vec<i64>;
    const NAME: &'static str = "of_agent";

    fn cost(&self) -> Cost {
        Cost::Everything
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Vec<i64>> {
        let params = params![self.account, self.id];
        rows.fetch(self.stmt, params, |row| row.int()).await
    }
}

/// Reads some conversations that are assigned to an agent.
struct Assigned(AccountId, AgentId);

impl Read for Assigned {
    type Out = Vec<ConversationId>;
    const NAME: &'static str = "assigned";

    fn cost(&self) -> Cost {
        Cost::List(self.0)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let most = i64::try_from(CHANGES_MOST).unwrap_or(i64::MAX);
        let params = params![self.0, self.1, most];
        let id = |row: &mut Row<'_>| Ok(ConversationId(row.int()?));
        rows.fetch(&rows::ASSIGNED, params, id).await
    }
}

/// Reads whom an agent follows, after a customer and an inbox.
struct Followed {
    account: AccountId,
    id: AgentId,
    after: (CustomerId, InboxId),
}

impl Read for Followed {
    type Out = Vec<(CustomerId, InboxId)>;
    const NAME: &'static str = "followed";

    fn cost(&self) -> Cost {
        Cost::Everything
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let (customer, inbox) = self.after;
        let params = params![self.account, self.id, customer, inbox, FOLLOWED_AT_ONCE];
        let pair = |row: &mut Row<'_>| Ok((CustomerId(row.int()?), InboxId(row.int()?)));
        rows.fetch(&rows::FOLLOWED, params, pair).await
    }
}

impl Store {
    /// Removes an agent. The agent's conversations are assigned to `heir`, or to nobody; so are the inboxes whose default agent
    /// it was, unless the heir is a team. The agent leaves all teams and follows nobody, and its credentials are revoked.
    ///
    /// Of an agent that is removed already, handles what an interrupted removal has left.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if the agent does not exist, or the one who gets its conversations; [`Refusal::Invalid`] if both are
    /// the same; [`Refusal::Conflict`] if the agent is built in or a team. After these errors nothing has changed. After an error
    /// of [`Store::write`], call this again to finish the removal.
    pub async fn remove_agent(
        &self,
        caller: &Caller,
        id: AgentId,
        heir: Option<AgentId>,
    ) -> Result<(), Error> {
        let account = caller.account;
        let no_such = || Error::from(Refusal::NotFound(Entity::Agent));
        let found = self.read(FindAgent { account, id }).await?;
        let (agent, was_removed) = found.ok_or_else(no_such)?;
        if agent.built_in || agent.team {
            return Err(Refusal::Conflict(
                "the built-in agent or a team, which cannot be removed,",
            )
            .into());
        }
        if heir == Some(id) {
            return Err(Refusal::invalid("heir", "is the agent itself").into());
        }
        let default = match heir {
            Some(id) => {
                let heir = self.read(GetAgent { account, id }).await?;
                Some(heir.ok_or_else(no_such)?).filter(|heir| !heir.team)
            }
            None => None,
        };
        let default = default.map(|heir| heir.id);
        self.reassign(caller, id, heir).await?;
        self.end_duties(caller, id, default).await?;
        let remove = RemoveAgent {
            caller: caller.clone(),
            id,
        };
        if was_removed {
            return Ok(());
        }
        match self.write(remove).await {
            // Another run of the command has removed the agent meanwhile.
            Ok(()) | Err(Error::Refused(Refusal::NotFound(Entity::Agent))) => {}
            Err(error) => return Err(error),
        }
        // What the agent was given meanwhile.
        self.reassign(caller, id, heir).await?;
        self.end_duties(caller, id, default).await
    }

    async fn reassign(
        &self,
        caller: &Caller,
        id: AgentId,
        heir: Option<AgentId>,
    ) -> Result<(), Error> {
        loop {
            let assigned = self.read(Assigned(caller.account, id)).await?;
            if assigned.is_empty() {
                return Ok(());
            }
            let item = |conversation| ChangeItem {
                conversation,
                expected: None,
                change: Change {
                    assignee: Some(heir),
                    ..Change::default()
                },
            };
            let changes = ChangeConversations {
                caller: caller.clone(),
                inboxes: InboxScope::All,
                items: assigned.into_iter().map(item).collect(),
            };
            let changed = self.write(changes).await?;
            // Another command may have deleted or merged some meanwhile. If nothing was changed, the next round would not either.
            if changed.iter().all(std::result::Result::is_err)
                && let Some(Err(refusal)) = changed.into_iter().next()
            {
                return Err(refusal.into());
            }
        }
    }

    async fn end_duties(
        &self,
        caller: &Caller,
        id: AgentId,
        default: Option<AgentId>,
    ) -> Result<(), Error> {
        let account = caller.account;
        let of_agent = |stmt| self.read(OfAgent { account, id, stmt });
        for inbox in of_agent(&rows::INBOXES_OF_AGENT).await? {
            let update = UpdateInbox {
                caller: caller.clone(),
                id: InboxId(inbox),
                expected: None,
                name: None,
                default_agent: Some(default),
                messaging_off: None,
            };
            self.write(update).await?;
        }
        for team in of_agent(&rows::TEAMS_OF_AGENT).await? {
            let id_of_team = AgentId(team);
            let Some(team) = self
                .read(GetTeam {
                    account,
                    id: id_of_team,
                })
                .await?
            else {
                continue;
            };
            let members = team.members.into_iter().filter(|member| *member != id);
            let update = UpdateTeam {
                caller: caller.clone(),
                id: id_of_team,
                expected: Some(team.agent.version),
                name: None,
                members: Some(members.collect()),
            };
            self.write(update).await?;
        }
        self.unfollow(caller, id).await?;
        for credential in of_agent(&rows::CREDENTIALS_OF_AGENT).await? {
            let revoke = RevokeCredential {
                caller: caller.clone(),
                id: CredentialId(credential),
                expected: None,
                within: Within::everything(),
            };
            self.write(revoke).await?;
        }
        Ok(())
    }

    async fn unfollow(&self, caller: &Caller, id: AgentId) -> Result<(), Error> {
        let mut after = (CustomerId(0), InboxId(0));
        loop {
            let account = caller.account;
            let followed = self.read(Followed { account, id, after }).await?;
            let Some(last) = followed.last() else {
                return Ok(());
            };
            after = *last;
            for (customer, inbox) in followed {
                let update = UpdateFollowers {
                    caller: caller.clone(),
                    inboxes: InboxScope::All,
                    id: customer,
                    expected: None,
                    changes: vec![FollowerChange {
                        inbox,
                        agent: id,
                        notes: Some(false),
                        messages: Some(false),
                    }],
                };
                match self.write(update).await {
                    // A merged or erased customer is followed by nobody; its rows go with the job that moves or empties them.
                    Ok(_)
                    | Err(Error::Refused(Refusal::MergedCustomer(_) | Refusal::ErasedCustomer)) => {
                    }
                    Err(error) => return Err(error),
                }
            }
        }
    }
}
