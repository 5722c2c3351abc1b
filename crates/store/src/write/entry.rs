//! Stores one message with its body and attachments, and applies its effect on the conversation.

use heddle_domain::conversation::{StatusChange, StatusWish};
use heddle_domain::event::EventKind;
use heddle_domain::id::{
    AgentId, AttachmentId, ConversationId, CustomerId, EventId, MessageId, TimeId,
};
use heddle_domain::message::{Author, MessageFacts, State, effective_at};
use heddle_domain::{Conversation, EntityKind, EventDetail, Field, Status, Timestamp};

use super::caller::Caller;
use super::events;
use super::message::{NewAttachment, NewMessage, Stored};
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
    let id = tx.next_message_id(conversation.last_message_id)?;
    let recorded_at = recorded_at(TimeId(id.get()), tx.now());
    let occurred_at = entry.message.occurred_at.unwrap_or(recorded_at);
    let facts = facts(entry.message, id, (recorded_at, occurred_at));
    let status = take_effect(conversation, caller, entry, &facts);
    let stored = Stored {
        id,
        recorded_at,
        customer: entry.customer,
        occurred_at,
        effective_at: facts.effective_at,
        status,
    };
    insert_row(tx, caller, conversation, entry, &stored)?;
    insert_files(tx, caller, conversation.id, (entry.message, id))?;
    if entry.customer != conversation.customer {
        let guest = params![caller.account, entry.customer, conversation.id];
        tx.queue(&guest::ADD, guest)?;
    }
    Ok(stored)
}

fn facts(
    message: &NewMessage,
    id: MessageId,
    (recorded_at, occurred_at): (Timestamp, Timestamp),
) -> MessageFacts {
    MessageFacts {
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
    }
}

/// Changes the conversation as the message does. Returns the change of its status.
fn take_effect(
    conversation: &mut Conversation,
    caller: &Caller,
    entry: &Entry<'_>,
    facts: &MessageFacts,
) -> Option<StatusChange> {
    let message = entry.message;
    conversation.record(facts);
    let status = conversation.apply_wish(entry.wish, facts, facts.recorded_at, caller.agent);
    if message.assign.is_some() && message.state == State::Published {
        conversation.assign(message.assign, facts.recorded_at);
    }
    // Guests (other customers with messages in the conversation) can read its subject (Mews), so a note or a draft must
    // not change it.
    if let Some(subject) = &message.subject
        && facts.is_contact()
    {
        conversation.subject.clone_from(subject);
    }
    status
}

/// Inserts the message's row, and its body if it is long.
fn insert_row(
    tx: &mut Tx<'_>,
    caller: &Caller,
    conversation: &Conversation,
    entry: &Entry<'_>,
    stored: &Stored,
) -> Result<()> {
    let message = entry.message;
    let files = i64::try_from(message.attachments.len() + message.uploads.len())
        .map_err(|_| Trouble::Internal("too many attachments".into()))?;
    let recipients = rows::recipients_text(&message.recipients);
    let recorded_apart = recorded_apart(TimeId(stored.id.get()), tx.now());
    let key = [caller.account.into(), conversation.id.into()];
    let last = [files.into(), (&recipients).into(), recorded_apart.into()];
    tx.queue(&rows::INSERT, &row(key, entry, stored, last))?;
    if message.body.len() > rows::BODY_IN_ROW {
        let params = params![caller.account, conversation.id, stored.id, &message.body];
        tx.queue(&rows::INSERT_BODY, params)?;
    }
    Ok(())
}

/// Returns the values of a message's row, in the order of the statement.
fn row<'a>(
    [account, conversation]: [Value<'a>; 2],
    Entry {
        message,
        customer,
        opened_with,
        ..
    }: &Entry<'a>,
    stored: &Stored,
    [files, recipients, recorded_apart]: [Value<'a>; 3],
) -> [Value<'a>; 27] {
    let (author, author_agent) = rows::author_words(message.author);
    let status_set = stored.status.map(|change| change.to).or(*opened_with);
    let is_short = message.body.len() <= rows::BODY_IN_ROW;
    [
        account,
        conversation,
        stored.id.into(),
        (*customer).into(),
        message.kind.as_str().into(),
        message.channel.as_str().into(),
        message.direction.as_str().into(),
        message.state.as_str().into(),
        message.format.as_str().into(),
        author.into(),
        author_agent.into(),
        (&message.agent_name).into(),
        (&message.subject).into(),
        is_short.then_some(message.body.as_str()).into(),
        stored.effective_at.into(),
        (&message.zone).into(),
        message.imported.into(),
        message.automated.into(),
        recipients,
        status_set.map(Status::as_str).into(),
        (&message.extra).into(),
        files,
        message.moves_last_message.into(),
        message.status_wish.map(StatusWish::as_str).into(),
        rows::occurred_apart(stored.occurred_at, stored.effective_at).into(),
        recorded_apart,
        message.assign_wish().into(),
    ]
}

/// Inserts the message's attachments, and attaches its uploads.
fn insert_files(
    tx: &mut Tx<'_>,
    caller: &Caller,
    conversation: ConversationId,
    (message, id): (&NewMessage, MessageId),
) -> Result<()> {
    for file in &message.attachments {
        insert_file(tx, caller, (conversation, id), file)?;
    }
    for upload in &message.uploads {
        upload::attach(tx, caller.account, *upload, (conversation, id))?;
    }
    Ok(())
}

/// Inserts an attachment of a message.
pub(super) fn insert_file(
    tx: &mut Tx<'_>,
    caller: &Caller,
    (conversation, message): (ConversationId, MessageId),
    file: &NewAttachment,
) -> Result<AttachmentId> {
    if let Some(object) = &file.object {
        objects::must_be_fresh(object, caller.account, tx.now())?;
    }
    let id = AttachmentId(tx.next_small_id(caller.account, EntityKind::Attachment)?);
    tx.queue(
        &attachment::INSERT,
        params![
            caller.account,
            id,
            conversation,
            message,
            &file.file_name,
            &file.mime_type,
            file.size,
            file.data.as_deref().map_or(Value::Null, Value::Bytes),
            &file.object,
            &file.link,
            &file.extra,
        ],
    )?;
    Ok(id)
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
