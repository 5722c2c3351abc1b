//! Stores one message with its body and attachments, and applies its effect on the conversation.

use heddle_domain::conversation::{StatusChange, StatusWish};
use heddle_domain::event::EventKind;
use heddle_domain::id::{AgentId, CustomerId, EventId, TimeId};
use heddle_domain::message::{Author, MessageFacts, State, effective_at};
use heddle_domain::{Conversation, EntityKind, EventDetail, Field, Status, Timestamp};

use super::caller::Caller;
use super::events;
use super::message::{NewMessage, Stored};
use super::upload;
use crate::clock::{recorded_apart, recorded_at};
use crate::error::{Result, Trouble};
use crate::objects;
use crate::rows::{attachment, guest, message as rows};
use crate::stmt::{Value, params};
use crate::tx::{NewEvent, Tx};

/// Returns the customer of a message: the next one of `senders` if the message names a customer, else the
/// conversation's customer.
pub(super) fn sender(
    message: &NewMessage,
    senders: &mut impl Iterator<Item = CustomerId>,
    conversation: &Conversation,
) -> CustomerId {
    let named = message.customer.as_ref();
    named
        .and_then(|_| senders.next())
        .unwrap_or(conversation.customer)
}

/// A message to store, with its context.
pub(super) struct Entry<'a> {
    pub(super) message: &'a NewMessage,
    pub(super) customer: CustomerId,
    pub(super) wish: StatusWish,
    /// The initial status of a new conversation, if this message set it.
    pub(super) opened_with: Option<Status>,
}

/// Stores a message and updates its conversation in memory. The caller must have locked or created the conversation,
/// and must write its row.
pub(super) fn store(
    tx: &mut Tx<'_>,
    caller: &Caller,
    conversation: &mut Conversation,
    entry: &Entry<'_>,
) -> Result<Stored> {
    let message = entry.message;
    let id = tx.next_message_id(conversation.last_message_id)?;
    let recorded_at = recorded_at(TimeId(id.get()), tx.now());
    let occurred_at = message.occurred_at.unwrap_or(recorded_at);
    let facts = MessageFacts {
        id,
        recorded_at,
        effective_at: effective_at(occurred_at, recorded_at, message.imported),
        kind: message.kind,
        channel: message.channel,
        direction: message.direction,
        state: message.state,
        imported: message.imported,
        automated: message.automated,
        moves_last_message: message.moves_last_message,
        by_agent: match message.author {
            Author::Agent(agent) => Some(agent),
            Author::Customer | Author::Application => None,
        },
    };
    conversation.record(&facts);
    let status = conversation.apply_wish(entry.wish, &facts, recorded_at, caller.agent);
    if message.assign.is_some() && message.state == State::Published {
        conversation.assign(message.assign, recorded_at);
    }
    // Guests (other customers with messages in the conversation) can read its subject (Mews), so a note or a draft must
    // not change it.
    if let Some(subject) = &message.subject
        && facts.is_contact()
    {
        conversation.subject.clone_from(subject);
    }
    let status_set = status.map(|change| change.to).or(entry.opened_with);
    let stored = Stored {
        id,
        recorded_at,
        customer: entry.customer,
        occurred_at,
        effective_at: facts.effective_at,
        status,
    };
    insert(
        tx,
        caller,
        conversation,
        entry,
        (&facts, occurred_at),
        status_set,
    )?;
    Ok(stored)
}

fn insert(
    tx: &mut Tx<'_>,
    caller: &Caller,
    conversation: &Conversation,
    entry: &Entry<'_>,
    (facts, occurred_at): (&MessageFacts, Timestamp),
    status_set: Option<Status>,
) -> Result<()> {
    let message = entry.message;
    let (author, author_agent) = rows::author_words(message.author);
    let in_row = message.body.len() <= rows::BODY_IN_ROW;
    let count = i64::try_from(message.attachments.len() + message.uploads.len())
        .map_err(|_| Trouble::Internal("too many attachments".into()))?;
    tx.queue(
        &rows::INSERT,
        params![
            caller.account,
            conversation.id,
            facts.id,
            entry.customer,
            message.kind.as_str(),
            message.channel.as_str(),
            message.direction.as_str(),
            message.state.as_str(),
            message.format.as_str(),
            author,
            author_agent,
            &message.agent_name,
            &message.subject,
            in_row.then_some(message.body.as_str()),
            facts.effective_at,
            &message.zone,
            message.imported,
            message.automated,
            &rows::recipients_text(&message.recipients),
            status_set.map(Status::as_str),
            &message.extra,
            count,
            message.moves_last_message,
            message.status_wish.map(StatusWish::as_str),
            rows::occurred_apart(occurred_at, facts.effective_at),
            recorded_apart(TimeId(facts.id.get()), tx.now()),
            message.assign_wish(),
        ],
    )?;
    if !in_row {
        tx.queue(
            &rows::INSERT_BODY,
            params![caller.account, conversation.id, facts.id, &message.body],
        )?;
    }
    if entry.customer != conversation.customer {
        tx.queue(
            &guest::ADD,
            params![caller.account, entry.customer, conversation.id],
        )?;
    }
    for file in &message.attachments {
        if let Some(object) = &file.object {
            objects::must_be_fresh(object, caller.account, tx.now())?;
        }
        let id = tx.next_small_id(caller.account, EntityKind::Attachment)?;
        tx.queue(
            &attachment::INSERT,
            params![
                caller.account,
                id,
                conversation.id,
                facts.id,
                &file.file_name,
                &file.mime_type,
                file.size,
                file.data.as_deref().map_or(Value::Null, Value::Bytes),
                &file.object,
                &file.link,
                &file.extra,
            ],
        )?;
    }
    for id in &message.uploads {
        upload::attach(tx, caller.account, *id, (conversation.id, facts.id))?;
    }
    Ok(())
}

/// Writes the event of an added message, and a delegation row if the assignee changed.
pub(super) fn announce(
    tx: &mut Tx<'_>,
    caller: &Caller,
    before: &Standing,
    conversation: &mut Conversation,
    stored: &Stored,
    imported: bool,
) -> Result<EventId> {
    let kind = EventKind::MessageAdded;
    let mut detail = detail(stored.status, (before.assignee, conversation.assignee));
    let heading = Heading::of(conversation);
    before.heading.describe(&mut detail, &heading);
    let event = NewEvent {
        entity: stored.id.get(),
        imported,
        ..NewEvent::about(conversation, kind, &caller.actor, detail)
    };
    events::announce(tx, caller, before.assignee, conversation, &event)
}

/// What a message can change of a conversation beside the status, before the change.
pub(super) struct Standing {
    assignee: Option<AgentId>,
    heading: Heading,
}

impl Standing {
    pub(super) fn of(conversation: &Conversation) -> Self {
        Self {
            assignee: conversation.assignee,
            heading: Heading::of(conversation),
        }
    }
}

/// Subject, ticket and archive flag of a conversation, for an event.
pub(super) struct Heading {
    subject: Option<String>,
    ticket_number: Option<String>,
    ticket_link: Option<String>,
    archived: bool,
}

impl Heading {
    pub(super) fn of(conversation: &Conversation) -> Self {
        let subject = conversation.subject.as_str();
        Self {
            subject: (!subject.is_empty()).then(|| subject.to_owned()),
            ticket_number: conversation.ticket_number.clone(),
            ticket_link: conversation.ticket_link.clone(),
            archived: conversation.archived,
        }
    }

    /// Returns the subject and the ticket before a conversation is created: none.
    pub(super) const fn before(created: &Conversation) -> Self {
        Self {
            subject: None,
            ticket_number: None,
            ticket_link: None,
            archived: created.archived,
        }
    }

    /// Adds what differs from `after` to the detail of an event.
    pub(super) fn describe(&self, detail: &mut EventDetail, after: &Self) {
        detail
            .change(Field::Subject, &self.subject, &after.subject)
            .change(
                Field::TicketNumber,
                &self.ticket_number,
                &after.ticket_number,
            )
            .change(Field::TicketLink, &self.ticket_link, &after.ticket_link)
            .change(Field::Archived, &self.archived, &after.archived);
    }
}

/// Returns the changes of status and assignee, for the event.
pub(super) fn detail(
    status: Option<StatusChange>,
    (before, after): (Option<AgentId>, Option<AgentId>),
) -> EventDetail {
    let mut detail = EventDetail::default();
    if let Some(StatusChange { from, to }) = status {
        detail.change(Field::Status, &from, &to);
    }
    detail.change(Field::Assignee, &before, &after);
    detail
}
