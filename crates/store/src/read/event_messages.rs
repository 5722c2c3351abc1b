//! Reads the messages that events are about, with their conversations; for webhooks whose bodies contain messages.

use std::collections::BTreeMap;

use heddle_domain::conversation::Conversation;
use heddle_domain::id::{AccountId, ConversationId, MessageId};
use heddle_domain::message::{Message, State};

use super::conversations::get;
use crate::error::Result;
use crate::rows::message as message_rows;
use crate::stmt::Value;
use crate::tx::{Cost, Read, Rows};

/// The messages that an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageEvent {
    /// The conversation of the event.
    pub conversation: ConversationId,
    /// The messages, in the order of the result.
    pub messages: Vec<MessageId>,
}

/// Reads the messages that some events are about.
#[derive(Clone, Debug)]
pub struct EventMessages {
    /// Account whose data is read.
    pub account: AccountId,
    /// The events, in feed order.
    pub events: Vec<MessageEvent>,
    /// Whether the messages have their bodies; otherwise a long body is empty.
    pub with_bodies: bool,
}

/// Messages of one event that are in one conversation now.
#[derive(Clone, Debug)]
pub struct ConversationMessages {
    /// The conversation as it is now. For a merged conversation, the survivor (the conversation that remains).
    pub conversation: Conversation,
    /// The messages of the event that are in the conversation, in the order of the event.
    pub messages: Vec<Message>,
}

impl Read for EventMessages {
    /// For each event, in the same order, its messages by conversation. Messages that no longer exist are left out.
    type Out = Vec<Vec<ConversationMessages>>;
    const NAME: &'static str = "event_messages";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let mut results = Vec::with_capacity(self.events.len());
        for event in &self.events {
            results.push(self.of_event(rows, event).await?);
        }
        Ok(results)
    }
}

impl EventMessages {
    async fn of_event(
        &self,
        rows: &mut Rows<'_>,
        about: &MessageEvent,
    ) -> Result<Vec<ConversationMessages>> {
        let (first, missing) = self.find(rows, about.conversation, &about.messages).await?;
        let mut found: Vec<_> = first.into_iter().collect();
        for (conversation, messages) in self.moved(rows, missing).await? {
            let (moved, _) = self.find(rows, conversation, &messages).await?;
            found.extend(moved);
        }
        Ok(found)
    }

    /// Finds messages in a conversation, or in the survivor of its merge. Returns those that are there, and the ids of
    /// the others.
    async fn find(
        &self,
        rows: &mut Rows<'_>,
        conversation: ConversationId,
        messages: &[MessageId],
    ) -> Result<(Option<ConversationMessages>, Vec<MessageId>)> {
        let mut found = get(rows, self.account, conversation).await?;
        if let Some(survivor) = found.as_ref().and_then(|c| c.merged_into) {
            found = get(rows, self.account, survivor).await?;
        }
        // A deleted conversation is shown to nobody, so nothing of it may leave in the body of a webhook.
        let Some(conversation) = found.filter(|found| found.state != State::Hidden) else {
            return Ok((None, messages.to_vec()));
        };
        let keys = keys(self.account, conversation.id, messages);
        let stmt = match self.with_bodies {
            true => &message_rows::GET,
            false => &message_rows::BRIEF,
        };
        let found = rows.fetch_many(stmt, &keys, message_rows::message).await?;
        let found: Vec<Message> = found.into_iter().flatten().collect();
        let mut missing = messages.to_vec();
        missing.retain(|id| found.iter().all(|message| message.id != *id));
        let found = (!found.is_empty()).then_some(ConversationMessages {
            conversation,
            messages: found,
        });
        Ok((found, missing))
    }

    /// Returns where splits moved some messages, by conversation.
    async fn moved(
        &self,
        rows: &mut Rows<'_>,
        messages: Vec<MessageId>,
    ) -> Result<BTreeMap<ConversationId, Vec<MessageId>>> {
        let keys: Vec<[Value<'static>; 2]> = messages
            .iter()
            .map(|id| [self.account.into(), (*id).into()])
            .collect();
        let found = rows
            .fetch_many(&message_rows::MOVED_TO, &keys, |row| {
                row.int().map(ConversationId)
            })
            .await?;
        let mut moved: BTreeMap<ConversationId, Vec<MessageId>> = BTreeMap::new();
        for (id, conversation) in messages.into_iter().zip(found) {
            if let Some(conversation) = conversation.into_iter().next() {
                moved.entry(conversation).or_default().push(id);
            }
        }
        Ok(moved)
    }
}

fn keys(
    account: AccountId,
    conversation: ConversationId,
    messages: &[MessageId],
) -> Vec<[Value<'static>; 3]> {
    let key = |id: &MessageId| [account.into(), conversation.into(), (*id).into()];
    messages.iter().map(key).collect()
}
