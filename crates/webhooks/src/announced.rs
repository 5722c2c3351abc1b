//! The messages that events announce, for APIs whose webhooks report messages.

use heddle_domain::event::EventKind;
use heddle_domain::id::MessageId;
use heddle_store::Error;
use heddle_store::read::event_messages::{ConversationMessages, EventMessages, MessageEvent};
use heddle_store::read::feed::FeedEvent;

use crate::hook::HookContext;

/// Returns the messages of a webhook's events, in the order of the events: those of new conversations, new and changed ones.
/// Leaves out events of other inboxes, and conversations that no longer exist.
///
/// # Errors
/// If the store cannot be read.
pub async fn announced<'a>(
    context: HookContext<'_>,
    events: impl Iterator<Item = &'a FeedEvent>,
) -> Result<Vec<(&'a FeedEvent, ConversationMessages)>, Error> {
    let covered = events.filter(|event| context.covers(event));
    let found = covered.filter_map(|event| Some((event, message_event(event)?)));
    let (found, events): (Vec<_>, Vec<_>) = found.unzip();
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let read = EventMessages {
        account: context.account,
        events,
    };
    let results = context.store.read(read).await?;
    let announced = found.into_iter().zip(results);
    Ok(announced
        .filter_map(|(event, result)| Some((event, result?)))
        .collect())
}

/// Messages that were split off were announced when they were added.
fn message_event(event: &FeedEvent) -> Option<MessageEvent> {
    let message = match event.kind {
        EventKind::ConversationCreated if !event.detail.known().is_split() => None,
        EventKind::MessageAdded | EventKind::MessageUpdated => Some(MessageId(event.entity)),
        _ => return None,
    };
    Some(MessageEvent {
        event: event.id,
        conversation: event.conversation?,
        message,
    })
}
