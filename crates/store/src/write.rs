//! Commands: one logical operation each, written once for both engines.
//!
//! Every command locks in the order of `store.md` 5 (conversations by id, e-mail owners by address, customers by id,
//! event), lets the domain decide, writes rows and event. A command carries what its
//! caller decides; times and ids come from the transaction.

pub mod account;
pub mod agent;
pub mod append;
pub mod change;
pub mod counts;
pub mod create;
pub mod credential;
pub mod customers;
pub mod delegate;
pub mod delivery;
pub mod edit;
pub mod feed;
pub mod idempotent;
pub mod inbox;
pub mod label;
pub mod merge;
mod message;
pub mod send;
pub mod split;
pub mod upload;
pub mod webhook;

use heddle_domain::event::{Actor, EventKind};
use heddle_domain::id::{AccountId, AgentId, EventId, InboxId};
use heddle_domain::{Conversation, Timestamp};

use crate::detail::Detail;
use crate::error::{Entity, Error, Result};
use crate::rows::{account as account_rows, conversation as rows};
use crate::stmt::params;
use crate::tx::{NewEvent, Tx};

pub use append::{Append, AppendMessages, Guard};
pub use create::{CreateConversation, Draft};
pub use customers::Reach;
pub use message::{NewAttachment, NewMessage, Stored};

/// On whose behalf a command runs.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account; everything else is looked for in it and nowhere else.
    pub account: AccountId,
    /// Who caused the change, for the feed.
    pub actor: Actor,
    /// The agent who is named where someone must be: the acting one, else the account's built-in one.
    pub agent: AgentId,
}

/// Nobody is put in charge who is not an agent of the account.
async fn must_be_agent(tx: &mut Tx<'_>, account: AccountId, agent: AgentId) -> Result<()> {
    let params = params![account, agent];
    let found = tx
        .fetch(&account_rows::GET_AGENT, params, account_rows::agent)
        .await?;
    match found.is_empty() {
        true => Err(Error::NotFound(Entity::Agent)),
        false => Ok(()),
    }
}

/// Writes the delegation row of a change of assignee.
fn queue_delegation(
    tx: &mut Tx<'_>,
    caller: &Caller,
    event: i64,
    before: Option<AgentId>,
    conversation: &Conversation,
    now: Timestamp,
) -> Result<()> {
    tx.queue(
        &rows::INSERT_DELEGATION,
        params![
            caller.account,
            event,
            conversation.id,
            conversation.assignee,
            before,
            caller.actor.agent,
            now,
        ],
    )
}

/// Writes an event about an entity that is no conversation, and gives the event's id: the entity's new version.
fn append_plain_event(
    tx: &mut Tx<'_>,
    caller: &Caller,
    kind: EventKind,
    entity: i64,
    detail: Detail,
) -> Result<EventId> {
    append_event_about(tx, caller, kind, (entity, None), false, detail)
}

/// The same for an entity that an inbox is home to, and for a change that may be part of an import.
fn append_event_about(
    tx: &mut Tx<'_>,
    caller: &Caller,
    kind: EventKind,
    (entity, inbox): (i64, Option<InboxId>),
    imported: bool,
    detail: Detail,
) -> Result<EventId> {
    let id = tx.next_event_id(0)?;
    let event = NewEvent {
        id,
        kind,
        conversation: None,
        inbox,
        entity,
        actor: &caller.actor,
        imported,
        detail: detail.into_text(),
    };
    tx.append_event(caller.account, &event)?;
    Ok(id)
}

/// Refuses a change by a caller who has seen another version than the one it would change.
fn must_match(expected: Option<i64>, version: i64) -> Result<()> {
    match expected {
        Some(expected) if expected != version => Err(Error::Stale),
        _ => Ok(()),
    }
}

/// Whether a list of inboxes (empty: all) holds one.
pub(crate) fn reaches(inboxes: &[InboxId], inbox: InboxId) -> bool {
    inboxes.is_empty() || inboxes.contains(&inbox)
}
