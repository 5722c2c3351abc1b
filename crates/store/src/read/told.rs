//! The messages that events tell of, with their conversations: what webhooks of APIs need that tell messages.

use heddle_domain::conversation::Conversation;
use heddle_domain::id::{AccountId, ConversationId, EventId, MessageId, TimeId};
use heddle_domain::message::Message;

use crate::error::Result;
use crate::rows::{conversation as rows, message as message_rows};
use crate::stmt::params;
use crate::tx::{Read, Rows};

/// A new conversation's event tells no more messages than this.
const MOST_FIRST: i64 = 100;
/// A chain of merges is followed no further.
const LONGEST_CHAIN: usize = 64;

/// What an event tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The event.
    pub event: EventId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its message; `None`: those with which the conversation was made.
    pub message: Option<MessageId>,
}

/// The messages that some events tell of.
#[derive(Clone, Debug)]
pub struct ToldMessages {
    /// The account.
    pub account: AccountId,
    /// The events, in the order of the feed.
    pub wanted: Vec<Wanted>,
}

/// What one event tells of.
#[derive(Clone, Debug)]
pub struct Told {
    /// The conversation as it is now; the survivor, if it was merged.
    pub conversation: Conversation,
    /// The messages, oldest first.
    pub messages: Vec<Message>,
}

impl Read for ToldMessages {
    /// For each event; `None` if the conversation is not there any more.
    type Out = Vec<Option<Told>>;
    const NAME: &'static str = "told_messages";
    const SNAPSHOT: bool = true;

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let mut told = Vec::with_capacity(self.wanted.len());
        for wanted in &self.wanted {
            told.push(self.one(rows, *wanted).await?);
        }
        Ok(told)
    }
}

impl ToldMessages {
    async fn one(&self, rows: &mut Rows<'_>, wanted: Wanted) -> Result<Option<Told>> {
        let mut id = wanted.conversation;
        for _ in 0..LONGEST_CHAIN {
            let params = params![self.account, id];
            let found = rows.fetch(&rows::GET, params, rows::conversation).await?;
            let Some(conversation) = found.into_iter().next() else {
                return Ok(None);
            };
            match conversation.merged_into {
                Some(survivor) => id = survivor,
                None => {
                    let messages = self.messages(rows, id, wanted).await?;
                    return Ok(Some(Told {
                        conversation,
                        messages,
                    }));
                }
            }
        }
        Ok(None)
    }

    async fn messages(
        &self,
        rows: &mut Rows<'_>,
        conversation: ConversationId,
        wanted: Wanted,
    ) -> Result<Vec<Message>> {
        let params = |id| params![self.account, conversation, id].to_vec();
        let ids = match wanted.message {
            Some(id) => vec![id.get()],
            None => {
                // Recorded in the transaction of the event, by the same clock, but counted apart from it within a
                // millisecond, and so many may run into the next. One that comes so soon after is told twice.
                let end = TimeId::first_at(wanted.event.created_at().plus_ms(2)).0;
                let params = params![self.account, conversation, end, MOST_FIRST];
                rows.fetch(&message_rows::RECORDED_BEFORE, params, |row| row.int())
                    .await?
            }
        };
        let params: Vec<_> = ids.into_iter().map(params).collect();
        let params: Vec<_> = params.iter().map(Vec::as_slice).collect();
        let found = rows
            .fetch_many(&message_rows::GET, &params, message_rows::message)
            .await?;
        Ok(found.into_iter().flatten().collect())
    }
}
