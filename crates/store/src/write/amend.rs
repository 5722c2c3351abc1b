//! Rewrites a message that was sent or received already, and hides a message. The first text stays readable.

use heddle_domain::event::EventKind;
use heddle_domain::id::{ConversationId, MessageId};
use heddle_domain::message::{Format, Kind, Message, MessageFacts, State};
use heddle_domain::{Conversation, EventDetail, Fact, Field, InboxScope};

use super::caller::Caller;
use super::change::lock;
use super::edit::write_message;
use super::events::announce;
use super::merge::{RECOUNT_MOST, facts};
use crate::error::{Entity, Refusal, Result};
use crate::rows::{conversation as rows, message as message_rows};
use crate::stmt::params;
use crate::tx::{NewEvent, Tx, Write};

/// Changes a message of any state; `None` keeps the old value.
#[derive(Clone, Debug)]
pub struct AmendMessage {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// The message's conversation.
    pub conversation: ConversationId,
    /// The message to change.
    pub message: MessageId,
    /// New text, with its format. The text from before the first change is kept as the original.
    pub text: Option<(String, Format)>,
    /// Whether the message is hidden. Only a published message can be hidden, and only a hidden one shown again. The
    /// conversation's counts, times and waiting are those of its published messages; its status stays.
    pub hidden: Option<bool>,
}

impl Write for AmendMessage {
    type Out = Message;
    const NAME: &'static str = "amend_message";

    fn weight(&self) -> usize {
        1_024 + self.text.as_ref().map_or(0, |(text, _)| text.len())
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Message> {
        let account = self.caller.account;
        let before = lock(tx, &self.caller, &self.inboxes, self.conversation).await?;
        let key = params![account, self.conversation, self.message];
        let old = tx
            .fetch_one(&message_rows::GET, key, message_rows::message)
            .await?
            .ok_or(Refusal::NotFound(Entity::Message))?;
        let mut message = self.amended(&old)?;
        if message == old {
            return Ok(old);
        }
        let mut conversation = before.clone();
        if message.state != old.state {
            let messages = self.facts_with(tx, message.state).await?;
            conversation.recount(&messages);
        }
        conversation.touch(tx.now());
        self.announce(tx, &old, &mut message, &mut conversation)?;
        if message.body != old.body {
            let kept = params![
                account,
                self.conversation,
                self.message,
                &old.body,
                old.format.as_str()
            ];
            tx.queue(&message_rows::KEEP_ORIGINAL, kept)?;
        }
        write_message(tx, account, &message)?;
        rows::update(tx, account, &before, &conversation)?;
        Ok(message)
    }
}

impl AmendMessage {
    /// Returns the message after the change.
    fn amended(&self, old: &Message) -> Result<Message> {
        let refused = |field, reason: &str| Err(Refusal::invalid(field, reason).into());
        let mut message = old.clone();
        if old.kind == Kind::LineItem {
            return refused("message", "a line item cannot be changed");
        }
        if let Some((text, format)) = self.text.as_ref().filter(|(text, _)| *text != old.body) {
            message.body.clone_from(text);
            message.format = *format;
        }
        message.state = match (self.hidden, old.state) {
            (None, state) => state,
            (Some(_), State::Draft) => return refused("state", "it is not published"),
            (Some(true), _) => State::Hidden,
            (Some(false), _) => State::Published,
        };
        Ok(message)
    }

    /// Returns the facts of all messages of the conversation; the changed message has its new state.
    async fn facts_with(&self, tx: &mut Tx<'_>, state: State) -> Result<Vec<MessageFacts>> {
        let all = facts(tx, self.caller.account, self.conversation, RECOUNT_MOST).await?;
        let Some(all) = all else {
            let reason = format!("the conversation has more than {RECOUNT_MOST} messages");
            return Err(Refusal::invalid("state", reason).into());
        };
        let with_state = |mut message: MessageFacts| {
            if message.id == self.message {
                message.state = state;
            }
            message
        };
        Ok(all.into_iter().map(|(m, _)| with_state(m)).collect())
    }

    /// Writes the event; its id becomes the new version of message and conversation.
    fn announce(
        &self,
        tx: &mut Tx<'_>,
        old: &Message,
        message: &mut Message,
        conversation: &mut Conversation,
    ) -> Result<()> {
        let mut detail = EventDetail::default();
        detail
            .change(Field::State, &old.state, &message.state)
            .change(Field::Format, &old.format, &message.format);
        if old.body != message.body {
            detail.with(Fact::Body("changed".into()));
        }
        let event = NewEvent {
            entity: message.id.get(),
            imported: message.imported,
            ..NewEvent::about(
                conversation,
                EventKind::MessageUpdated,
                &self.caller.actor,
                detail,
            )
        };
        let assignee = conversation.assignee;
        message.version = announce(tx, &self.caller, assignee, conversation, &event)?.get();
        Ok(())
    }
}
