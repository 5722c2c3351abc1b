//! Creates and changes agents, and sets their passwords. An e-mail address belongs to one agent of an account, whatever its
//! case. Teams are in `team`.

use std::fmt;

use heddle_domain::customer::{ProfileField, normalise_email};
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, AgentId};
use heddle_domain::person::Agent;
use heddle_domain::{EntityKind, EventDetail, Fact, Field};

use super::caller::Caller;
use super::events::append_plain_event;
use super::must::must_match;
use super::public_id::{self, ApiPublicId, put_public_id};
use crate::error::{Entity, Refusal, Result};
use crate::rows::{account as rows, credential as credential_rows};
use crate::stmt::params;
use crate::tx::{Tx, Write};

/// Creates an agent.
#[derive(Clone, Debug)]
pub struct CreateAgent {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address; may be empty.
    pub email: String,
    /// Public ids to store, each with its API.
    pub public_ids: Vec<ApiPublicId>,
}

impl Write for CreateAgent {
    type Out = Agent;
    const NAME: &'static str = "create_agent";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Agent> {
        let account = self.caller.account;
        let id = AgentId(tx.next_small_id(account, EntityKind::Agent)?);
        claim(tx, account, id, &self.email).await?;
        let mut detail = EventDetail::default();
        detail
            .set(Field::profile(ProfileField::FirstName), &self.first_name)
            .set(Field::profile(ProfileField::LastName), &self.last_name)
            .set(Field::Email, &self.email);
        public_id::describe(&mut detail, &self.public_ids);
        let kind = EventKind::AgentCreated;
        let event = append_plain_event(tx, &self.caller, kind, id.get(), detail)?;
        tx.queue(
            &rows::INSERT_AGENT,
            params![
                account,
                id,
                &self.first_name,
                &self.last_name,
                &self.email,
                false,
                false,
                tx.now(),
                event
            ],
        )?;
        for (api, text) in &self.public_ids {
            put_public_id(tx, account, EntityKind::Agent, id.get(), api, text).await?;
        }
        Ok(Agent {
            id,
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            email: self.email.clone(),
            built_in: false,
            team: false,
            signs_in: false,
            created_at: tx.now(),
            version: event.get(),
        })
    }
}

/// Returns the form in which addresses are compared; empty if there is no address.
pub(crate) fn compared(email: &str) -> String {
    normalise_email(email).unwrap_or_else(|| email.trim().to_lowercase())
}

/// Takes an e-mail address for an agent. Does nothing without an address.
///
/// # Errors
/// [`Refusal::Conflict`] if another agent of the account has the address.
async fn claim(tx: &mut Tx<'_>, account: AccountId, agent: AgentId, email: &str) -> Result<()> {
    let email = compared(email);
    if email.is_empty() {
        return Ok(());
    }
    let params = params![account, &email, agent];
    match tx.execute(&rows::CLAIM_AGENT_EMAIL, params).await? {
        0 => Err(Refusal::Conflict("an agent with this e-mail address").into()),
        _ => Ok(()),
    }
}

/// Gives an agent's e-mail address back. If another agent shows the same one, that agent owns it from now on: an older
/// version allowed doubles.
async fn release(tx: &mut Tx<'_>, account: AccountId, agent: AgentId, email: &str) -> Result<()> {
    let email = compared(email);
    if email.is_empty() {
        return Ok(());
    }
    let params = params![account, &email, agent];
    // First, because it waits for a command that makes this agent the owner, and the next statement sees what that one wrote.
    if tx.execute(&rows::DROP_DOUBLE, params).await? > 0 {
        return Ok(());
    }
    if tx.execute(&rows::RELEASE_AGENT_EMAIL, params).await? == 0 {
        return Ok(());
    }
    let waiting = params![account, &email];
    let next = tx.fetch_one(&rows::NEXT_DOUBLE, waiting, |row| row.int());
    if let Some(next) = next.await? {
        let params = params![account, &email, next];
        tx.queue(&rows::DROP_DOUBLE, params)?;
        tx.queue(&rows::CLAIM_AGENT_EMAIL, params)?;
    }
    Ok(())
}

/// Changes an agent; `None` keeps the old value. The built-in agent cannot be changed.
#[derive(Clone, Debug)]
pub struct UpdateAgent {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The agent to change.
    pub id: AgentId,
    /// The version that the agent must have; `None` means any.
    pub expected: Option<i64>,
    /// New first name.
    pub first_name: Option<String>,
    /// New last name.
    pub last_name: Option<String>,
    /// New e-mail address; an empty text removes it.
    pub email: Option<String>,
}

impl Write for UpdateAgent {
    type Out = Agent;
    const NAME: &'static str = "update_agent";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Agent> {
        let account = self.caller.account;
        let before = lock_person(tx, account, self.id, self.expected).await?;
        let mut after = self.changed(&before);
        let detail = difference(&before, &after);
        if detail.changes.is_empty() {
            return Ok(after);
        }
        if compared(&before.email) != compared(&after.email) {
            claim(tx, account, self.id, &after.email).await?;
            release(tx, account, self.id, &before.email).await?;
        }
        let (kind, id) = (EventKind::AgentUpdated, self.id.get());
        let event = append_plain_event(tx, &self.caller, kind, id, detail)?;
        after.version = event.get();
        let names = (&after.first_name, &after.last_name);
        let params = params![account, self.id, names.0, names.1, &after.email, event];
        tx.queue(&rows::UPDATE_AGENT, params)?;
        Ok(after)
    }
}

/// Locks an agent who is neither a team nor the built-in agent.
async fn lock_person(
    tx: &mut Tx<'_>,
    account: AccountId,
    id: AgentId,
    expected: Option<i64>,
) -> Result<Agent> {
    let params = params![account, id];
    let found = tx.fetch_one(&rows::LOCK_AGENT, params, rows::agent);
    let agent = found.await?.ok_or(Refusal::NotFound(Entity::Agent))?;
    must_match(expected, agent.version)?;
    if agent.built_in {
        return Err(Refusal::Conflict("the built-in agent, which cannot be changed,").into());
    }
    if agent.team {
        return Err(Refusal::Conflict("a team of this id, which is no person,").into());
    }
    Ok(agent)
}

/// Sets or removes an agent's password. An agent signs in with e-mail address and password to let apps act for them.
/// Removing it also ends what the agent allowed: codes, refresh tokens and access tokens of all apps are deleted.
#[derive(Clone)]
pub struct SetPassword {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The agent.
    pub id: AgentId,
    /// The version that the agent must have; `None` means any.
    pub expected: Option<i64>,
    /// The hash of the password, with its salt and costs; `None` removes the password.
    pub hash: Option<String>,
}

impl fmt::Debug for SetPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let removes = self.hash.is_none();
        f.debug_struct("SetPassword")
            .field("id", &self.id)
            .field("removes", &removes)
            .finish_non_exhaustive()
    }
}

impl Write for SetPassword {
    type Out = Agent;
    const NAME: &'static str = "set_password";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Agent> {
        let account = self.caller.account;
        let before = lock_person(tx, account, self.id, self.expected).await?;
        let mut after = before.clone();
        after.signs_in = self.hash.is_some();
        if !before.signs_in && !after.signs_in {
            return Ok(after);
        }
        if after.signs_in && compared(&before.email).is_empty() {
            return Err(Refusal::invalid("email", "the agent needs an e-mail address").into());
        }
        let mut detail = EventDetail::default();
        detail.change(Field::SignsIn, &before.signs_in, &after.signs_in);
        if before.signs_in && after.signs_in {
            detail.with(Fact::SecretRotated(true));
        }
        let (kind, id) = (EventKind::AgentUpdated, self.id.get());
        let event = append_plain_event(tx, &self.caller, kind, id, detail)?;
        after.version = event.get();
        let agent = params![account, self.id];
        match &self.hash {
            Some(hash) => tx.queue(&rows::SET_PASSWORD, params![account, self.id, hash])?,
            None => {
                tx.queue(&rows::DELETE_PASSWORD, agent)?;
                tx.queue(&credential_rows::DROP_CONSENTS_OF_AGENT, agent)?;
                tx.queue(&credential_rows::DROP_KEYS_OF_AGENT, agent)?;
            }
        }
        let params = params![account, self.id, after.signs_in, event];
        tx.queue(&rows::SET_SIGNS_IN, params)?;
        Ok(after)
    }
}

/// Removes an agent: nobody can be assigned, sign in or act as the agent any more, and no list shows the agent. The row stays for
/// the names on old messages. Teams and the built-in agent cannot be removed.
#[derive(Clone, Debug)]
pub struct RemoveAgent {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The agent.
    pub id: AgentId,
}

impl Write for RemoveAgent {
    type Out = ();
    const NAME: &'static str = "remove_agent";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        let account = self.caller.account;
        let before = lock_person(tx, account, self.id, None).await?;
        release(tx, account, self.id, &before.email).await?;
        let mut detail = EventDetail::default();
        detail.change(Field::Enabled, &true, &false).change(
            Field::SignsIn,
            &before.signs_in,
            &false,
        );
        let (kind, id) = (EventKind::AgentUpdated, self.id.get());
        let event = append_plain_event(tx, &self.caller, kind, id, detail)?;
        let agent = params![account, self.id];
        tx.queue(&rows::DELETE_PASSWORD, agent)?;
        tx.queue(&credential_rows::DROP_CONSENTS_OF_AGENT, agent)?;
        tx.queue(&credential_rows::DROP_KEYS_OF_AGENT, agent)?;
        let params = params![account, self.id, tx.now(), event];
        tx.queue(&rows::REMOVE_AGENT, params)
    }
}

impl UpdateAgent {
    fn changed(&self, before: &Agent) -> Agent {
        let mut after = before.clone();
        for (field, new) in [
            (&mut after.first_name, &self.first_name),
            (&mut after.last_name, &self.last_name),
            (&mut after.email, &self.email),
        ] {
            if let Some(new) = new {
                field.clone_from(new);
            }
        }
        after
    }
}

/// Returns the differences between two states of an agent, for the event.
fn difference(before: &Agent, after: &Agent) -> EventDetail {
    let (first, last) = (ProfileField::FirstName, ProfileField::LastName);
    let mut detail = EventDetail::default();
    detail
        .change(Field::profile(first), &before.first_name, &after.first_name)
        .change(Field::profile(last), &before.last_name, &after.last_name)
        .change(Field::Email, &before.email, &after.email);
    detail
}
