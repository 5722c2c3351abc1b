//! Writes events, and the delegation history.

use heddle_domain::event::EventKind;
use heddle_domain::id::{AgentId, EventId, InboxId};
use heddle_domain::{Conversation, EventDetail};

use super::caller::Caller;
use crate::error::Result;
use crate::rows::conversation as rows;
use crate::stmt::params;
use crate::tx::{NewEvent, Tx};

/// Writes an event about a conversation, which becomes its last event, and a delegation row if the assignee changed.
pub(super) fn announce(
    tx: &mut Tx<'_>,
    caller: &Caller,
    assignee_before: Option<AgentId>,
    conversation: &mut Conversation,
    event: &NewEvent<'_>,
) -> Result<EventId> {
    let id = tx.append_event(caller.account, conversation.last_event_id, event)?;
    conversation.last_event_id = id.get();
    if conversation.assignee != assignee_before {
        tx.queue(
            &rows::INSERT_DELEGATION,
            params![
                caller.account,
                id,
                conversation.id,
                conversation.assignee,
                assignee_before,
                caller.actor.agent,
                conversation.delegated_at,
            ],
        )?;
    }
    Ok(id)
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
    append_event_above(tx, caller, 0, kind, (entity, None), detail)
}

/// Writes an event as [`append_plain_event`] does, and also records the entity's inbox.
pub(super) fn append_event_about(
    tx: &mut Tx<'_>,
    caller: &Caller,
    kind: EventKind,
    about: (i64, Option<InboxId>),
    detail: EventDetail,
) -> Result<EventId> {
    append_event_above(tx, caller, 0, kind, about, detail)
}

/// Writes an event as [`append_event_about`] does, with an id greater than `above`.
pub(super) fn append_event_above(
    tx: &mut Tx<'_>,
    caller: &Caller,
    above: i64,
    kind: EventKind,
    (entity, inbox): (i64, Option<InboxId>),
    detail: EventDetail,
) -> Result<EventId> {
    let event = NewEvent {
        kind,
        conversation: None,
        inbox,
        entity,
        actor: &caller.actor,
        imported: false,
        detail,
    };
    tx.append_event(caller.account, above, &event)
}
