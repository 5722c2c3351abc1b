//! Writes events that are not about a conversation, and the delegation history.

use heddle_domain::event::EventKind;
use heddle_domain::id::{AgentId, EventId, InboxId};
use heddle_domain::{Conversation, EventDetail, Timestamp};

use super::caller::Caller;
use crate::error::Result;
use crate::rows::conversation as rows;
use crate::stmt::params;
use crate::tx::{NewEvent, Tx};

/// Writes the delegation row of a changed assignee.
pub(super) fn queue_delegation(
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

/// Writes an event about an entity other than a conversation; returns the event's id, which is the entity's new
/// version.
pub(super) fn append_plain_event(
    tx: &mut Tx<'_>,
    caller: &Caller,
    kind: EventKind,
    entity: i64,
    detail: EventDetail,
) -> Result<EventId> {
    append_event_about(tx, caller, kind, (entity, None), false, detail)
}

/// Writes an event as [`append_plain_event`] does, and also records the entity's home inbox and whether the event is
/// part of an import.
pub(super) fn append_event_about(
    tx: &mut Tx<'_>,
    caller: &Caller,
    kind: EventKind,
    (entity, inbox): (i64, Option<InboxId>),
    imported: bool,
    detail: EventDetail,
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
        detail,
    };
    tx.append_event(caller.account, &event)?;
    Ok(id)
}
