//! Reads the messages that events are about, with their conversations; for webhooks whose bodies contain messages.

use heddle_domain::conversation::Conversation;
use heddle_domain::id::{AccountId, ConversationId, EventId, MessageId, TimeId};
use heddle_domain::message::Message;

use super::conversations::get;
use crate::error::Result;
use crate::rows::message as message_rows;
use crate::stmt::params;
use crate::tx::{Read, Rows};

/// The maximum number of messages that the event of a new conversation reports.
const MOST_FIRST: i64 = 100;

/// An event and the entity that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageEvent {
    /// Id of the event.
    pub event: EventId,
    /// The conversation of the event.
    pub conversation: ConversationId,
    /// The message of the event; `None` means the messages with which the conversation was created.
    pub message: Option<MessageId>,
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
    /// The messages, oldest first.
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
            results.push(self.one(rows, *event).await?);
        }
        Ok(results)
    }
}

impl EventMessages {
    async fn one(
        &self,
        rows: &mut Rows<'_>,
        about: MessageEvent,
    ) -> Result<Option<ConversationMessages>> {
        let mut found = get(rows, self.account, about.conversation).await?;
        if let Some(survivor) = found.as_ref().and_then(|c| c.merged_into) {
            found = get(rows, self.account, survivor).await?;
        }
        let Some(conversation) = found else {
            return Ok(None);
        };
        let messages = self.messages(rows, conversation.id, about).await?;
        Ok(Some(ConversationMessages {
            conversation,
            messages,
        }))
    }

    async fn messages(
        &self,
        rows: &mut Rows<'_>,
        conversation: ConversationId,
        about: MessageEvent,
    ) -> Result<Vec<Message>> {
        let ids = match about.message {
            Some(id) => vec![id.get()],
            None => {
                // The conversation's first messages have ids of the same millisecond as the event, or of the next one:
                // event ids and message ids are two sequences, and one of them may be a step ahead. So this looks for
                // ids below the event's time plus 2 ms. A message that was added by another command within this time is
                // reported twice.
                let end = TimeId::first_at(about.event.created_at().plus_ms(2)).0;
                let params = params![self.account, conversation, end, MOST_FIRST];
                rows.fetch(&message_rows::RECORDED_BEFORE, params, |row| row.int())
                    .await?
            }
        };
        let params: Vec<_> = ids
            .into_iter()
            .map(|id| [self.account.into(), conversation.into(), id.into()])
            .collect();
        let found = rows
            .fetch_many(&message_rows::GET, &params, message_rows::message)
            .await?;
        Ok(found.into_iter().flatten().collect())
    }
}
