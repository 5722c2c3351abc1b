//! Checks that several commands make before they write.

use heddle_domain::id::{AccountId, AgentId, EventId, InboxId};

use crate::error::{Entity, Refusal, Result};
use crate::rows::account as account_rows;
use crate::stmt::params;
use crate::tx::Tx;

/// Checks that an assignee is an agent of the account.
pub(super) async fn must_be_agent(
    tx: &mut Tx<'_>,
    account: AccountId,
    agent: AgentId,
) -> Result<()> {
    match is_agent(tx, account, agent).await? {
        true => Ok(()),
        false => Err(Refusal::NotFound(Entity::Agent).into()),
    }
}

/// Whether the account has this agent, and the agent was not removed.
pub(super) async fn is_agent(tx: &mut Tx<'_>, account: AccountId, agent: AgentId) -> Result<bool> {
    let params = params![account, agent];
    let found = tx.fetch_one(&account_rows::PRESENT_AGENT, params, account_rows::agent);
    Ok(found.await?.is_some())
}

/// Checks that an agent of the account exists and is no team: only a person, or the built-in agent, can act.
pub(super) async fn must_be_person(
    tx: &mut Tx<'_>,
    account: AccountId,
    agent: AgentId,
) -> Result<()> {
    let params = params![account, agent];
    tx.fetch_one(&account_rows::PRESENT_AGENT, params, account_rows::agent)
        .await?
        .filter(|agent| !agent.team)
        .ok_or(Refusal::NotFound(Entity::Agent))?;
    Ok(())
}

/// Checks that every inbox exists, and keeps it from being removed until the transaction ends: so a removal finds what the command
/// writes about the inbox.
pub(super) async fn must_be_inboxes(
    tx: &mut Tx<'_>,
    account: AccountId,
    inboxes: impl IntoIterator<Item = InboxId>,
) -> Result<()> {
    for inbox in inboxes {
        let params = params![account, inbox];
        tx.fetch_one(&account_rows::HOLD_INBOX, params, |row| row.int())
            .await?
            .ok_or(Refusal::NotFound(Entity::Inbox))?;
    }
    Ok(())
}

/// Refuses a change if the caller expects another version.
pub(super) fn must_match(expected: Option<i64>, version: i64) -> Result<()> {
    match expected {
        Some(expected) if expected != version => Err(Refusal::Stale.into()),
        _ => Ok(()),
    }
}

/// Refuses a write if the entity was changed since the caller's rights were checked on it.
pub(super) fn must_be_as_seen(seen: Option<EventId>, version: EventId) -> Result<()> {
    must_match(seen.map(EventId::get), version.get())
}
