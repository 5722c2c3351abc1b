//! Changes of an existing message: a new text for a draft or a note, and the publication of a draft.

use heddle_domain::conversation::{Conversation, StatusChange, StatusWish};
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, AgentId, ConversationId, MessageId};
use heddle_domain::message::{Direction, Format, Kind, Message, MessageFacts, State, effective_at};
use heddle_domain::{Fact, Field, InboxScope, Status, Timestamp};

use super::caller::Caller;
use super::change::lock;
use super::entry::{Heading, detail};
use super::events::announce;
use super::merge::facts;
use super::must::{is_agent, must_be_agent};
use crate::error::{Entity, Refusal, Result};
use crate::rows::{conversation as rows, message as message_rows};
use crate::stmt::params;
use crate::tx::{NewEvent, Tx, Write};

/// Changes a message; `None` keeps the old value.
#[derive(Clone, Debug)]
pub struct EditMessage {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// The message's conversation.
    pub conversation: ConversationId,
    /// The message to change.
    pub message: MessageId,
    /// The revision that the message must have; `None` means any.
    pub expected: Option<i64>,
    /// New text. Only drafts and notes can get one, because other messages were already sent or received.
    pub body: Option<String>,
    /// Format of the new text.
    pub format: Option<Format>,
    /// How to publish the message, if it is a draft that is to be published.
    pub publish: Option<Publishing>,
}

/// Options for publishing a draft.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Publishing {
    /// When the contact took place; `None` means now.
    pub occurred_at: Option<Timestamp>,
    /// The conversation's new status. `None`: what the draft named, or else the usual effect of such a message.
    pub status: Option<Status>,
    /// The conversation's new assignee; `Some(None)` removes the assignee. `None`: what the draft named, or else no
    /// change.
    pub assignee: Option<Option<AgentId>>,
}

/// A message and its conversation after the change.
#[derive(Clone, Debug)]
pub struct Edited {
    /// The message after the change.
    pub message: Message,
    /// The message's conversation after the change.
    pub conversation: Conversation,
}

impl Write for EditMessage {
    type Out = Edited;
    const NAME: &'static str = "edit_message";

    fn weight(&self) -> usize {
        1_024 + self.body.as_ref().map_or(0, String::len)
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Edited> {
        let before = lock(tx, &self.caller, &self.inboxes, self.conversation).await?;
        self.edit(tx, &before).await
    }
}

impl EditMessage {
    /// Changes a message of a locked conversation.
    async fn edit(&self, tx: &mut Tx<'_>, before: &Conversation) -> Result<Edited> {
        let account = self.caller.account;
        let params = params![account, self.conversation, self.message];
        let old = tx
            .fetch_one(&message_rows::GET, params, message_rows::message)
            .await?
            .ok_or(Refusal::NotFound(Entity::Message))?;
        self.check(&old)?;
        if let Some(Some(agent)) = self.publish.and_then(|publishing| publishing.assignee) {
            must_be_agent(tx, account, agent).await?;
        }
        let mut conversation = before.clone();
        let mut message = old.clone();
        if let Some(agent) = message.assign_wish.filter(|_| self.publish.is_some())
            && !is_agent(tx, account, agent).await?
        {
            // The agent was removed since the draft was written.
            message.assign_wish = None;
        }
        if let Some(body) = &self.body {
            message.body.clone_from(body);
        }
        message.format = self.format.unwrap_or(message.format);
        let status = self.publish(tx.now(), &mut message, &mut conversation);
        if message == old {
            return Ok(Edited {
                message,
                conversation,
            });
        }
        conversation.touch(tx.now());
        let heading = Heading::of(before);
        self.announce(
            tx,
            &old,
            &mut message,
            (&heading, &mut conversation),
            (status, before.assignee),
        )?;
        write_message(tx, account, &message)?;
        rows::update(tx, account, before, &conversation)?;
        Ok(Edited {
            message,
            conversation,
        })
    }
}

/// The maximum number of drafts that one command publishes, because a command writes at most 4,000 rows (`store.md` 3).
const DRAFTS_MOST: usize = 500;

/// Publishes a draft conversation: one whose messages are all drafts. Each draft takes effect as it says itself. Changes
/// nothing if the conversation is no draft.
#[derive(Clone, Debug)]
pub struct PublishConversation {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// The conversation to publish.
    pub conversation: ConversationId,
}

impl Write for PublishConversation {
    type Out = Conversation;
    const NAME: &'static str = "publish_conversation";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Conversation> {
        let mut conversation = lock(tx, &self.caller, &self.inboxes, self.conversation).await?;
        if conversation.published > 0 {
            return Ok(conversation);
        }
        let most = DRAFTS_MOST as i64;
        let all = facts(tx, self.caller.account, conversation.id, most).await?;
        let Some(all) = all else {
            let reason = format!("the conversation has more than {DRAFTS_MOST} messages");
            return Err(Refusal::invalid("messages", reason).into());
        };
        let drafts = all
            .into_iter()
            .map(|(message, _)| message)
            .filter(|message| message.state == State::Draft);
        for draft in drafts {
            let edit = EditMessage {
                caller: self.caller.clone(),
                inboxes: InboxScope::All,
                conversation: self.conversation,
                message: draft.id,
                expected: None,
                body: None,
                format: None,
                publish: Some(Publishing::default()),
            };
            conversation = edit.edit(tx, &conversation).await?.conversation;
        }
        Ok(conversation)
    }
}

/// Returns how a message changes the status of its conversation if the request names no status.
#[must_use]
pub fn usual_wish(kind: Kind, direction: Direction, automated: bool) -> StatusWish {
    match kind {
        Kind::Message if direction == Direction::Incoming || !automated => StatusWish::Reopen,
        Kind::Message | Kind::Note | Kind::LineItem => StatusWish::Keep,
    }
}

impl EditMessage {
    fn check(&self, old: &Message) -> Result<()> {
        let refused = |field, reason: &str| Err(Refusal::invalid(field, reason).into());
        if self
            .expected
            .is_some_and(|version| version != old.revision())
        {
            return Err(Refusal::Stale.into());
        }
        let rewritten = self.body.as_ref().is_some_and(|body| *body != old.body)
            || self.format.is_some_and(|format| format != old.format);
        let open =
            old.state == State::Draft || (old.kind == Kind::Note && old.state == State::Published);
        if rewritten && !open {
            return refused("body", "only drafts and notes can be rewritten");
        }
        if self.publish.is_some() && old.state == State::Hidden {
            return refused("state", "a hidden message cannot be published");
        }
        Ok(())
    }

    /// Publishes a draft. Does nothing if the draft is already published.
    fn publish(
        &self,
        now: Timestamp,
        message: &mut Message,
        conversation: &mut Conversation,
    ) -> Option<StatusChange> {
        let publishing = self.publish?;
        if message.state != State::Draft {
            return None;
        }
        message.state = State::Published;
        message.occurred_at = publishing.occurred_at.unwrap_or(now);
        message.effective_at = effective_at(message.occurred_at, now, message.imported);
        let (kept, assign) = (message.status_wish.take(), message.assign_wish.take());
        let wish = publishing.status.map(StatusWish::Set).or(kept);
        let wish =
            wish.unwrap_or_else(|| usual_wish(message.kind, message.direction, message.automated));
        let facts: MessageFacts = message.facts();
        conversation.take_effect(&facts);
        let change = conversation.apply_wish(wish, &facts, now, self.caller.agent);
        message.status_set = change.map(|change| change.to);
        if let Some(assignee) = publishing.assignee.or(assign.map(Some)) {
            conversation.assign(assignee, now);
        }
        if let Some(subject) = message.subject.as_ref().filter(|_| facts.is_contact()) {
            conversation.subject.clone_from(subject);
        }
        change
    }

    /// Writes the event; its id becomes the new version of message and conversation.
    fn announce(
        &self,
        tx: &mut Tx<'_>,
        old: &Message,
        message: &mut Message,
        (heading, conversation): (&Heading, &mut Conversation),
        (status, assignee): (Option<StatusChange>, Option<AgentId>),
    ) -> Result<()> {
        let mut detail = detail(status, (assignee, conversation.assignee));
        heading.describe(&mut detail, &Heading::of(conversation));
        detail
            .change(Field::State, &old.state, &message.state)
            .change(Field::Format, &old.format, &message.format);
        if old.body != message.body {
            detail.with(Fact::Body("changed".into()));
        }
        let kind = EventKind::MessageUpdated;
        let event = NewEvent {
            entity: message.id.get(),
            imported: message.imported,
            ..NewEvent::about(conversation, kind, &self.caller.actor, detail)
        };
        message.version = announce(tx, &self.caller, assignee, conversation, &event)?.get();
        Ok(())
    }
}

/// Writes a changed message with its body.
pub(super) fn write_message(tx: &mut Tx<'_>, account: AccountId, message: &Message) -> Result<()> {
    let key = (message.conversation, message.id);
    let in_row = message.body.len() <= message_rows::BODY_IN_ROW;
    tx.queue(
        &message_rows::UPDATE,
        params![
            account,
            key.0,
            key.1,
            message.state.as_str(),
            in_row.then_some(message.body.as_str()),
            message.format.as_str(),
            message.effective_at,
            message.status_set.map(Status::as_str),
            message.status_wish.map(StatusWish::as_str),
            message.version,
            message_rows::occurred_apart(message.occurred_at, message.effective_at),
            message.assign_wish,
        ],
    )?;
    tx.queue(&message_rows::DROP_BODY, params![account, key.0, key.1])?;
    if !in_row {
        let params = params![account, key.0, key.1, &message.body];
        tx.queue(&message_rows::INSERT_BODY, params)?;
    }
    Ok(())
}
