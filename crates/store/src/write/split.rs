//! Splits messages off a conversation into a new one.

use heddle_domain::conversation::{Conversation, Opening};
use heddle_domain::event::EventKind;
use heddle_domain::id::{ConversationId, MessageId};
use heddle_domain::message::MessageFacts;
use heddle_domain::{EntityKind, EventDetail, Fact, Field, InboxScope, Timestamp};

use super::caller::Caller;
use super::change::lock;
use super::entry::Heading;
use super::events::announce;
use super::label::{self, Labels};
use super::merge::{MOVE_MOST, MOVED_ROWS_MOST, RECOUNT_MOST, attachments, facts, moved_rows};
use super::must::must_match;
use crate::error::{Refusal, Result};
use crate::read::contents::LabelledConversation;
use crate::rows::{conversation as rows, guest, message as message_rows};
use crate::stmt::params;
use crate::tx::{NewEvent, Tx, Write};

/// Which messages are moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parting {
    /// Moves this message and all messages recorded after it.
    From(MessageId),
    /// Moves exactly these messages.
    These(Vec<MessageId>),
}

impl Parting {
    const fn field(&self) -> &'static str {
        match self {
            Self::From(_) => "from_message_id",
            Self::These(_) => "message_ids",
        }
    }

    fn takes(&self, id: MessageId) -> bool {
        match self {
            Self::From(first) => *first <= id,
            Self::These(ids) => ids.contains(&id),
        }
    }

    fn refused(&self, reason: String) -> Refusal {
        Refusal::invalid(self.field(), reason)
    }
}

/// Moves messages of a conversation to a new one with the same customer, inbox, status and assignee. Counts, times
/// and waiting of both are recomputed from their messages; tags and custom fields stay with the old conversation.
#[derive(Clone, Debug)]
pub struct SplitConversation {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// The conversation to split.
    pub conversation: ConversationId,
    /// The version that the conversation must have; `None` means any.
    pub expected: Option<i64>,
    /// The messages to move; at least one must move and one must stay.
    pub parting: Parting,
    /// Subject of the new conversation; `None` copies the old conversation's subject.
    pub subject: Option<String>,
}

/// The two conversations after a split.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The original conversation with the messages that stayed.
    pub rest: LabelledConversation,
    /// The new conversation.
    pub new: LabelledConversation,
}

impl Write for SplitConversation {
    type Out = Parts;
    const NAME: &'static str = "split_conversation";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Parts> {
        let (caller, account) = (&self.caller, self.caller.account);
        let before = lock(tx, caller, &self.inboxes, self.conversation).await?;
        must_match(self.expected, before.last_event_id)?;
        let (kept, moved) = self.parted(tx).await?;
        let labels = label::read(tx, account, before.id).await?;
        let messages: Vec<MessageId> = moved.iter().map(|message| message.id).collect();
        let ids: Vec<i64> = messages.iter().map(|id| id.get()).collect();
        let id = ConversationId(tx.next_small_id(account, EntityKind::Conversation)?);
        for stmt in [
            &message_rows::MOVE,
            &message_rows::MOVE_BODIES,
            &message_rows::MOVE_ATTACHMENTS,
        ] {
            let params = params![account, before.id, id, ids.as_slice()];
            tx.queue(stmt, params)?;
        }
        tx.queue(&message_rows::RECORD_MOVE, params![account, id])?;
        // Copies all guests (other customers with messages in the conversation), whether or not their messages move: a
        // superfluous row costs only a look-up.
        let guests = params![account, before.id, id, before.customer];
        tx.queue(&guest::COPY, guests)?;
        let mut new = self.open(tx.now(), id, &before);
        new.recount(&moved);
        self.announce_new(tx, &mut new, &messages)?;
        rows::insert(tx, account, &new)?;
        let mut rest = before.clone();
        rest.recount(&kept);
        rest.touch(tx.now());
        let mut detail = EventDetail::default();
        detail.with(Fact::Into(id)).with(Fact::Messages(messages));
        let kind = EventKind::ConversationSplit;
        let event = NewEvent::about(&rest, kind, &caller.actor, detail);
        announce(tx, caller, before.assignee, &mut rest, &event)?;
        rows::update(tx, account, &before, &rest)?;
        Ok(Parts {
            rest: LabelledConversation {
                conversation: rest,
                labels,
            },
            new: LabelledConversation {
                conversation: new,
                labels: Labels::default(),
            },
        })
    }
}

impl SplitConversation {
    /// Returns the messages that stay, and those that move.
    async fn parted(&self, tx: &mut Tx<'_>) -> Result<(Vec<MessageFacts>, Vec<MessageFacts>)> {
        let refused = |reason: String| Err(self.parting.refused(reason).into());
        let all = facts(tx, self.caller.account, self.conversation, RECOUNT_MOST).await?;
        let Some(all) = all else {
            return refused(format!(
                "the conversation has more than {RECOUNT_MOST} messages"
            ));
        };
        let holds = |id: &MessageId| all.iter().any(|(message, _)| message.id == *id);
        let named = match &self.parting {
            Parting::From(first) => std::slice::from_ref(first),
            Parting::These(ids) => ids.as_slice(),
        };
        if let Some(unknown) = named.iter().find(|id| !holds(id)) {
            return refused(format!("{unknown} is no message of the conversation"));
        }
        let (moved, kept): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|(message, _)| self.parting.takes(message.id));
        if moved.len() as i64 > MOVE_MOST || attachments(&moved) > MOVE_MOST {
            return refused(format!(
                "more than {MOVE_MOST} messages or attachments leave"
            ));
        }
        let params = params![self.caller.account, self.conversation, MOVED_ROWS_MOST + 1];
        let guests = tx.fetch_one(&guest::UP_TO, params, |row| row.int()).await?;
        // A row in `moved_message` for each message.
        let records = moved.len() as i64;
        if moved_rows(&moved) + records + guests.unwrap_or(0) > MOVED_ROWS_MOST {
            return refused(format!(
                "the messages that leave, their attachments and the conversation's customers need more than \
                 {MOVED_ROWS_MOST} rows"
            ));
        }
        if moved.is_empty() || kept.is_empty() {
            return refused("at least one message must leave and one must stay".into());
        }
        let facts = |part: Vec<(MessageFacts, i64)>| part.into_iter().map(|(m, _)| m).collect();
        Ok((facts(kept), facts(moved)))
    }

    fn open(&self, now: Timestamp, id: ConversationId, before: &Conversation) -> Conversation {
        let opening = Opening {
            id,
            inbox: before.inbox,
            customer: before.customer,
            application: before.application,
            subject: self
                .subject
                .clone()
                .unwrap_or_else(|| before.subject.clone()),
            kind: before.kind,
            status: before.status,
            assignee: before.assignee,
            ticket_number: None,
            ticket_link: None,
            original_sender: before.original_sender.clone(),
            started_at: None,
            closed_at: before.closed_at,
        };
        let mut new = Conversation::open(opening, now, self.caller.agent);
        new.closed_by = before.closed_by;
        new.archived = before.archived;
        new.state = before.state;
        new
    }

    fn announce_new(
        &self,
        tx: &mut Tx<'_>,
        new: &mut Conversation,
        messages: &[MessageId],
    ) -> Result<()> {
        let mut detail = EventDetail::default();
        detail
            .set(Field::Status, &new.status)
            .set(Field::Assignee, &new.assignee)
            .set(Field::Customer, &new.customer)
            .with(Fact::SplitFrom(self.conversation))
            .with(Fact::Messages(messages.to_vec()));
        if new.archived {
            detail.set(Field::Archived, &new.archived);
        }
        Heading::before(new).describe(&mut detail, &Heading::of(new));
        let kind = EventKind::ConversationCreated;
        let event = NewEvent::about(new, kind, &self.caller.actor, detail);
        announce(tx, &self.caller, None, new, &event).map(drop)
    }
}
