//! What several commands demand before they write.

use heddle_domain::id::{AccountId, AgentId};

use crate::error::{Entity, Refusal, Result};
use crate::rows::account as account_rows;
use crate::stmt::params;
use crate::tx::Tx;

/// Nobody is put in charge who is not an agent of the account.
pub(super) async fn must_be_agent(
    tx: &mut Tx<'_>,
    account: AccountId,
    agent: AgentId,
) -> Result<()> {
    let params = params![account, agent];
    let found = tx
        .fetch(&account_rows::GET_AGENT, params, account_rows::agent)
        .await?;
    match found.is_empty() {
        true => Err(Refusal::NotFound(Entity::Agent).into()),
        false => Ok(()),
    }
}

/// Refuses a change by a caller who has seen another version than the one it would change.
pub(super) fn must_match(expected: Option<i64>, version: i64) -> Result<()> {
    match expected {
        Some(expected) if expected != version => Err(Refusal::Stale.into()),
        _ => Ok(()),
    }
}
