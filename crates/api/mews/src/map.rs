//! Converts between the vendor's ids and values and Heddle's (`rules.md` 7, 10 and 20; contract sections 8 and 10).

pub(crate) mod customer;
pub(crate) mod enterprise;

use std::borrow::Cow;
use std::collections::HashMap;

use heddle_domain::guid::{Guid, GuidKind, GuidParts};
use heddle_domain::id::{ConversationId, InboxId, MessageId, TimeId};
use heddle_domain::message::{Attachment, Author, Channel, Direction};
use heddle_domain::{Account, Conversation, Timestamp, text};
use heddle_store::read::applications::{Position, ThreadMessage};
use heddle_store::read::principal::Principal;
use heddle_store::write::{NewMessage, Stored};

use crate::error::Error;
use crate::wire::{Message, Sender, Thread};

// These texts replace empty texts, which the vendor does not allow.
const NO_SUBJECT: &str = "(no subject)";
const NO_TEXT: &str = "(no text)";
const NO_SENDER: &str = "(unknown)";

/// Computes and decodes the GUIDs of an account, which carry an id and its instant of creation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guids {
    tag: u32,
}

/// Where a page of threads begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// After this thread if the caller sees it; otherwise at the newest thread that was created before it.
    Thread(Position),
    /// At the newest thread that was created before this instant.
    Instant(Timestamp),
}

impl Guids {
    pub(crate) fn of(account: &Account) -> Self {
        Self {
            tag: account.guid_tag,
        }
    }

    fn encode(self, kind: GuidKind, created_at: Timestamp, id: i64) -> String {
        let parts = GuidParts {
            created_at,
            id,
            tag: self.tag,
        };
        Guid::encode(kind, parts).to_string()
    }

    pub(crate) fn thread(self, created_at: Timestamp, id: ConversationId) -> String {
        self.encode(GuidKind::Conversation, created_at, id.get())
    }

    pub(crate) fn message(self, id: MessageId) -> String {
        self.encode(GuidKind::Message, id.created_at(), id.get())
    }

    /// Decodes a GUID of this account; `None` for any other GUID.
    fn decode(self, guid: Guid, kind: GuidKind) -> Option<GuidParts> {
        guid.decode(kind).filter(|parts| parts.tag == self.tag)
    }

    /// Returns the place in a list that a thread's GUID encodes; `None` if this account did not compute the GUID. The
    /// thread need not exist.
    pub(crate) fn position(self, guid: Guid) -> Option<Position> {
        let parts = self.decode(guid, GuidKind::Conversation)?;
        Some(Position {
            at: parts.created_at,
            id: parts.id,
        })
    }

    /// Returns the places in a list of those GUIDs that this account computed.
    pub(crate) fn positions(self, guids: &[Guid]) -> Vec<Position> {
        let positions = guids.iter().filter_map(|guid| self.position(*guid));
        positions.collect()
    }

    /// Reads the cursor of a list of threads; `None` if the cursor contains no time.
    pub(crate) fn thread_cursor(self, cursor: Guid) -> Option<Cursor> {
        match self.position(cursor) {
            Some(position) => Some(Cursor::Thread(position)),
            None => instant(cursor).map(Cursor::Instant),
        }
    }

    /// Reads the cursor of a list of messages. The page contains the messages with smaller ids, because ids grow with
    /// the time of creation. `None` if the cursor contains no time.
    pub(crate) fn message_cursor(self, cursor: Guid) -> Option<MessageId> {
        let parts = self.decode(cursor, GuidKind::Message);
        let named = parts.map(|parts| (MessageId(parts.id), parts.created_at));
        match named {
            Some((id, created_at)) if id.created_at() == created_at => Some(id),
            _ => Some(MessageId(TimeId::first_at(instant(cursor)?).0)),
        }
    }
}

/// Returns the time in a GUID that any Heddle server computed.
fn instant(guid: Guid) -> Option<Timestamp> {
    let kinds = [GuidKind::Conversation, GuidKind::Message];
    let parts = kinds.into_iter().find_map(|kind| guid.decode(kind))?;
    Some(parts.created_at)
}

/// Returns the inboxes of the named enterprises, each once. If the request names none, returns all inboxes of the
/// token.
pub(crate) fn enterprises(
    principal: &Principal,
    named: Option<&[Guid]>,
) -> Result<Vec<InboxId>, Error> {
    let Some(named) = named else {
        return Ok(principal.inbox_ids());
    };
    let scope: HashMap<Guid, InboxId> = principal
        .inboxes()
        .filter_map(|view| Some((Guid::parse(&view.public_id)?, view.inbox.id)))
        .collect();
    let found = named.iter().map(|guid| scope.get(guid).copied());
    let mut inboxes = found
        .collect::<Option<Vec<InboxId>>>()
        .ok_or_else(|| Error::invalid("EnterpriseIds"))?;
    inboxes.sort_unstable();
    inboxes.dedup();
    Ok(inboxes)
}

/// Returns the inbox of the named enterprise.
pub(crate) fn enterprise_of(principal: &Principal, named: Guid) -> Result<InboxId, Error> {
    let found = principal
        .inboxes()
        .find(|view| Guid::parse(&view.public_id) == Some(named));
    let found = found.map(|view| view.inbox.id);
    found.ok_or_else(|| Error::invalid("EnterpriseId"))
}

/// Whether the token is for a portfolio, and not for exactly one enterprise.
pub(crate) fn is_portfolio(principal: &Principal) -> bool {
    principal.credential.portfolio || principal.inboxes().take(2).count() != 1
}

/// Formats a time for a response, truncated to whole seconds.
pub(crate) fn utc(at: Timestamp) -> String {
    at.to_string()
}

pub(crate) fn thread(guids: Guids, conversation: &Conversation) -> Thread {
    let sender = conversation.original_sender.as_deref().unwrap_or_default();
    Thread {
        id: guids.thread(conversation.created_at, conversation.id),
        original_sender: non_empty(sender, NO_SENDER).to_owned(),
        subject: non_empty(&conversation.subject, NO_SUBJECT).to_owned(),
        created_utc: utc(conversation.created_at),
        updated_utc: utc(conversation.updated_at),
        is_resolved: conversation.status.is_closed(),
    }
}

fn non_empty<'a>(text: &'a str, placeholder: &'a str) -> &'a str {
    if text.is_empty() { placeholder } else { text }
}

/// Builds a message that the application adds. Its author is the guest.
pub(crate) fn new_message(text: String) -> NewMessage {
    NewMessage::new(
        Channel::Chat,
        Direction::Incoming,
        Author::Application,
        text,
    )
}

/// Returns the response to a message that was just added.
pub(crate) fn added(guids: Guids, thread: String, stored: &Stored, text: String) -> Message {
    Message {
        id: guids.message(stored.id),
        message_thread_id: thread,
        text,
        sender: sender(Direction::Incoming),
        created_utc: utc(stored.recorded_at),
    }
}

pub(crate) fn message(guids: Guids, found: &ThreadMessage) -> Message {
    let message = &found.message;
    Message {
        id: guids.message(message.id),
        message_thread_id: guids.thread(found.conversation_created_at, message.conversation),
        text: plain_text(found).into_owned(),
        sender: sender(message.direction),
        created_utc: utc(message.recorded_at),
    }
}

/// Returns who sent a message: incoming messages are sent by the application (or the customer), outgoing messages by
/// the enterprise (the hotel).
const fn sender(direction: Direction) -> Sender {
    let discriminator = match direction {
        Direction::Incoming => "Application",
        Direction::Outgoing => "Enterprise",
    };
    Sender {
        discriminator,
        value: (),
    }
}

/// Returns the message's text as plain text, never empty.
fn plain_text(found: &ThreadMessage) -> Cow<'_, str> {
    let text = text::plain(found.message.format, &found.message.body);
    match (text.is_empty(), found.attachments.as_slice()) {
        (false, _) => text,
        (true, []) => NO_TEXT.into(),
        (true, files) => attachment_line(files).into(),
    }
}

fn attachment_line(files: &[Attachment]) -> String {
    let names: Vec<String> = files.iter().map(file_name).collect();
    let plural = if names.len() == 1 { "" } else { "s" };
    format!("[Attachment{plural}: {}]", names.join(", "))
}

/// Returns a file's name on one line.
fn file_name(file: &Attachment) -> String {
    let name = match file.file_name.as_str() {
        "" => file.link.as_deref().unwrap_or("file"),
        name => name,
    };
    name.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests;
