//! Reads the messages that events are about, with their conversations; for webhooks whose bodies contain messages.

use heddle_domain::conversation::Conversation;
use heddle_domain::id::{AccountId, ConversationId, MessageId};
use heddle_domain::message::Message;

use super::conversations::get;
use crate::error::Result;
use crate::rows::message as message_rows;
use crate::stmt::Value;
use crate::tx::{Read, Rows};

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
}

/// The result for one event.
#[derive(Clone, Debug)]
pub struct ConversationMessages {
    /// The conversation as it is now. For a merged conversation, the survivor (the conversation that remains).
    pub conversation: Conversation,
    /// The messages of the event that are in the conversation, in the order of the event.
    pub messages: Vec<Message>,
}

impl Read for EventMessages {
    /// One result per event, in the same order; `None` if the conversation no longer exists.
    type Out = Vec<Option<ConversationMessages>>;
    const NAME: &'static str = "event_messages";
    const SNAPSHOT: bool = true;

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let mut results = Vec::with_capacity(self.events.len());
        for event in &self.events {
            results.push(self.one(rows, event).await?);
        }
        Ok(results)
    }
}

impl EventMessages {
    async fn one(
        &self,
        rows: &mut Rows<'_>,
        about: &MessageEvent,
    ) -> Result<Option<ConversationMessages>> {
        let mut found = get(rows, self.account, about.conversation).await?;
        if let Some(survivor) = found.as_ref().and_then(|c| c.merged_into) {
            found = get(rows, self.account, survivor).await?;
        }
        let Some(conversation) = found else {
            return Ok(None);
        };
        let messages = keys(self.account, conversation.id, &about.messages);
        let messages = rows
            .fetch_many(&message_rows::GET, &messages, message_rows::message)
            .await?;
        Ok(Some(ConversationMessages {
            conversation,
            messages: messages.into_iter().flatten().collect(),
        }))
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
