//! Writing one message with its body, attachments and effect on its conversation.

use heddle_domain::conversation::{StatusChange, StatusWish};
use heddle_domain::customer::CustomerRef;
use heddle_domain::event::EventKind;
use heddle_domain::id::{AgentId, AttachmentId, CustomerId, EventId, MessageId};
use heddle_domain::message::{
    Author, Channel, Direction, Format, Kind, MessageFacts, Recipients, State,
};
use heddle_domain::{Conversation, Status, Timestamp};

use super::{Caller, queue_delegation, upload};
use crate::counted::Counted;
use crate::detail::Detail;
use crate::error::{Error, Result};
use crate::objects;
use crate::rows::{attachment, guest, message as rows};
use crate::stmt::{Value, params};
use crate::tx::{NewEvent, Tx};

/// A message to be stored.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Its customer; `None`: the conversation's.
    pub customer: Option<CustomerRef>,
    /// What sort of entry it is.
    pub kind: Kind,
    /// Its channel.
    pub channel: Channel,
    /// Its direction.
    pub direction: Direction,
    /// Published or draft.
    pub state: State,
    /// How the body is written.
    pub format: Format,
    /// Who wrote it.
    pub author: Author,
    /// The employee's name as free text.
    pub agent_name: Option<String>,
    /// A subject, which the conversation then shows if this is a published contact.
    pub subject: Option<String>,
    /// The text, kept byte for byte.
    pub body: String,
    /// When the contact took place; `None`: when it is recorded.
    pub occurred_at: Option<Timestamp>,
    /// The zone named beside that time.
    pub zone: Option<String>,
    /// Brought across from elsewhere.
    pub imported: bool,
    /// Sent by a machine.
    pub automated: bool,
    /// A note that moves the time of the last message.
    pub moves_last_message: bool,
    /// Copied addresses.
    pub recipients: Recipients,
    /// The agent whom it puts in charge of its conversation, once it is published.
    pub assign: Option<AgentId>,
    /// The status that a draft gives its conversation once it is published; others name theirs beside the message.
    pub status_wish: Option<Status>,
    /// What its API must give back and nobody else understands (a JSON object).
    pub extra: Option<String>,
    /// Its attachments, in order.
    pub attachments: Vec<NewAttachment>,
    /// Files uploaded before, which become its attachments too.
    pub uploads: Vec<AttachmentId>,
}

impl NewMessage {
    /// A live, published plain message of the conversation's customer; the rest is set with struct update syntax.
    #[must_use]
    pub fn new(
        channel: Channel,
        direction: Direction,
        author: Author,
        body: impl Into<String>,
    ) -> Self {
        Self {
            customer: None,
            kind: Kind::Message,
            channel,
            direction,
            state: State::Published,
            format: Format::Plain,
            author,
            agent_name: None,
            subject: None,
            body: body.into(),
            occurred_at: None,
            zone: None,
            imported: false,
            automated: false,
            moves_last_message: false,
            recipients: Recipients::default(),
            assign: None,
            status_wish: None,
            extra: None,
            attachments: Vec::new(),
            uploads: Vec::new(),
        }
    }

    /// About how many bytes it writes.
    pub(crate) fn weight(&self) -> usize {
        let inline = self
            .attachments
            .iter()
            .map(|a| a.data.as_ref().map_or(0, Vec::len) + 256);
        let extra = self.extra.as_ref().map_or(0, String::len);
        let uploads = self.uploads.len() * objects::IN_ROW_BYTES;
        512 + self.body.len() + extra + uploads + inline.sum::<usize>()
    }
}

/// An attachment to be stored: bytes in the row, an object already written, or a link.
#[derive(Clone, Debug)]
pub struct NewAttachment {
    /// The file's name, as sent.
    pub file_name: String,
    /// The media type, as sent.
    pub mime_type: String,
    /// Length in bytes; 0 for a link.
    pub size: i64,
    /// The bytes, if they lie in the row (up to 32 KiB).
    pub data: Option<Vec<u8>>,
    /// The object's name, if they lie there.
    pub object: Option<String>,
    /// The address, if they lie elsewhere.
    pub link: Option<String>,
    /// What its API must give back (a JSON object).
    pub extra: Option<String>,
}

/// What became of a stored message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: MessageId,
    /// Its customer, merges followed.
    pub customer: CustomerId,
    /// When the contact took place.
    pub occurred_at: Timestamp,
    /// What it did to the status.
    pub status: Option<StatusChange>,
}

/// The customer of a message, whom it named: then the next of the `senders`; else the conversation's.
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

/// How a message enters a conversation.
pub(super) struct Entry<'a> {
    pub(super) message: &'a NewMessage,
    pub(super) customer: CustomerId,
    pub(super) wish: StatusWish,
    /// The status that a new conversation got with this message.
    pub(super) opened_with: Option<Status>,
}

/// Stores a message and lets it act on its (locked or new) conversation, which the caller writes afterwards.
pub(super) fn store(
    tx: &mut Tx<'_>,
    caller: &Caller,
    conversation: &mut Conversation,
    entry: &Entry<'_>,
) -> Result<Stored> {
    let message = entry.message;
    let id = tx.next_message_id(conversation.last_message_id)?;
    let occurred_at = message.occurred_at.unwrap_or_else(|| id.created_at());
    let facts = MessageFacts {
        id,
        occurred_at,
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
    let status = conversation.wish(entry.wish, &facts, id.created_at(), caller.agent);
    if message.assign.is_some() && message.state == State::Published {
        conversation.assign(message.assign, id.created_at());
    }
    // Guests read the conversation's subject (Mews): a note or a draft must not rename it.
    if let Some(subject) = &message.subject
        && facts.is_contact()
    {
        conversation.subject.clone_from(subject);
    }
    let status_set = status.map(|change| change.to).or(entry.opened_with);
    insert(tx, caller, conversation, entry, &facts, status_set)?;
    Ok(Stored {
        id,
        customer: entry.customer,
        occurred_at,
        status,
    })
}

fn insert(
    tx: &mut Tx<'_>,
    caller: &Caller,
    conversation: &Conversation,
    entry: &Entry<'_>,
    facts: &MessageFacts,
    status_set: Option<Status>,
) -> Result<()> {
    let message = entry.message;
    let (author, author_agent) = rows::author_words(message.author);
    let in_row = message.body.len() <= rows::BODY_IN_ROW;
    let count = i64::try_from(message.attachments.len() + message.uploads.len())
        .map_err(|_| Error::Internal("too many attachments".into()))?;
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
            facts.occurred_at,
            &message.zone,
            message.imported,
            message.automated,
            &rows::recipients_text(&message.recipients),
            status_set.map(Status::as_str),
            &message.extra,
            count,
            message.moves_last_message,
            message.status_wish.map(Status::as_str),
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
        let id = tx.next_small_id(caller.account, Counted::Attachment)?;
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

/// Writes the event of an added message, and the delegation row if the assignee changed with it.
pub(super) fn announce(
    tx: &mut Tx<'_>,
    caller: &Caller,
    assignee_before: Option<AgentId>,
    conversation: &mut Conversation,
    stored: &Stored,
    imported: bool,
) -> Result<EventId> {
    let id = tx.next_event_id(conversation.last_event_id)?;
    conversation.last_event_id = id.get();
    let delegated = assignee_before != conversation.assignee;
    let event = NewEvent {
        id,
        kind: EventKind::MessageAdded,
        conversation: Some(conversation.id),
        inbox: Some(conversation.inbox),
        entity: stored.id.get(),
        actor: &caller.actor,
        imported,
        detail: detail(stored.status, (assignee_before, conversation.assignee)).into_text(),
    };
    tx.append_event(caller.account, &event)?;
    if delegated {
        queue_delegation(
            tx,
            caller,
            id.get(),
            assignee_before,
            conversation,
            stored.id.created_at(),
        )?;
    }
    Ok(id)
}

/// Status and assignee, as far as they changed.
pub(super) fn detail(
    status: Option<StatusChange>,
    (before, after): (Option<AgentId>, Option<AgentId>),
) -> Detail {
    let mut detail = Detail::default();
    if let Some(StatusChange { from, to }) = status {
        detail.change("status", from.as_str(), to.as_str());
    }
    detail.change(
        "assignee",
        before.map(AgentId::get),
        after.map(AgentId::get),
    );
    detail
}
