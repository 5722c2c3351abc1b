//! Between the vendor's words and Heddle's (`rules.md` 7, 10 and 20, contract sections 8 and 10).

use std::borrow::Cow;
use std::collections::HashMap;

use heddle_domain::guid::{Guid, GuidKind, GuidParts};
use heddle_domain::id::{ConversationId, InboxId, MessageId, TimeId};
use heddle_domain::message::{Attachment, Author, Channel, Direction};
use heddle_domain::{Account, Conversation, Timestamp, text};
use heddle_store::read::applications::{Position, ThreadMessage};
use heddle_store::read::principal::Principal;
use heddle_store::write::NewMessage;

use crate::error::Error;
use crate::wire::{Message, Sender, Thread};

/// What stands where the vendor allows no empty text.
const NO_SUBJECT: &str = "(no subject)";
const NO_TEXT: &str = "(no text)";
const NO_SENDER: &str = "(unknown)";

/// The computed GUIDs of an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guids {
    tag: u32,
}

/// Where a list of threads goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Behind this thread, if the caller sees it; else behind its instant.
    Thread(Position),
    /// With what was recorded before this instant.
    Instant(Timestamp),
}

impl Guids {
    pub(crate) fn of(principal: &Principal) -> Self {
        Self {
            tag: principal.account.guid_tag,
        }
    }

    pub(crate) fn of_account(account: &Account) -> Self {
        Self {
            tag: account.guid_tag,
        }
    }

    fn encode(self, kind: GuidKind, created_at: Timestamp, id: i64) -> String {
        let tag = self.tag;
        let parts = GuidParts {
            created_at,
            id,
            tag,
        };
        Guid::encode(kind, parts).to_string()
    }

    pub(crate) fn thread(self, created_at: Timestamp, id: ConversationId) -> String {
        self.encode(GuidKind::Conversation, created_at, id.get())
    }

    pub(crate) fn message(self, id: MessageId) -> String {
        self.encode(GuidKind::Message, id.created_at(), id.get())
    }

    fn own(self, guid: Guid, kind: GuidKind) -> Option<GuidParts> {
        guid.decode(kind).filter(|parts| parts.tag == self.tag)
    }

    /// The thread that a GUID claims to name; `None` if it cannot be one of this account.
    pub(crate) fn position(self, guid: Guid) -> Option<Position> {
        let parts = self.own(guid, GuidKind::Conversation)?;
        Some(Position {
            created_at: parts.created_at,
            id: parts.id,
        })
    }

    /// The threads that some GUIDs claim to name; the others are not visible to anyone here.
    pub(crate) fn positions(self, guids: &[Guid]) -> Vec<Position> {
        guids
            .iter()
            .filter_map(|guid| self.position(*guid))
            .collect()
    }

    /// What a cursor says; `None` if it carries no instant.
    pub(crate) fn mark(self, cursor: Guid) -> Option<Mark> {
        match self.position(cursor) {
            Some(position) => Some(Mark::Thread(position)),
            None => instant(cursor).map(Mark::Instant),
        }
    }

    /// The message id that a list goes on before. Ids of messages order them, so that a cursor of this account is a
    /// position by itself; `None` if it carries no instant.
    pub(crate) fn message_mark(self, cursor: Guid) -> Option<MessageId> {
        let parts = self.own(cursor, GuidKind::Message);
        let named = parts.map(|parts| (MessageId(parts.id), parts.created_at));
        match named {
            Some((id, created_at)) if id.created_at() == created_at => Some(id),
            _ => Some(MessageId(TimeId::first_at(instant(cursor)?).0)),
        }
    }
}

/// The instant in a GUID that some Heddle computed.
fn instant(guid: Guid) -> Option<Timestamp> {
    let kinds = [GuidKind::Conversation, GuidKind::Message];
    let parts = kinds.into_iter().find_map(|kind| guid.decode(kind))?;
    Some(parts.created_at)
}

/// The inboxes of the enterprises named, each once; every one in the token's scope if none is named.
pub(crate) fn enterprises(
    principal: &Principal,
    named: Option<&[Guid]>,
) -> Result<Vec<InboxId>, Error> {
    let Some(named) = named else {
        return Ok(principal.inbox_ids());
    };
    let scope: HashMap<Guid, InboxId> = principal
        .inboxes
        .iter()
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

/// Whole seconds, truncated.
fn utc(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.floor_second().0)
        .expect("recorded times lie within the calendar")
        .to_string()
}

pub(crate) fn thread(guids: Guids, conversation: &Conversation) -> Thread {
    let sender = conversation.original_sender.as_deref().unwrap_or_default();
    Thread {
        id: guids.thread(conversation.created_at, conversation.id),
        original_sender: or(sender, NO_SENDER).to_owned(),
        subject: or(&conversation.subject, NO_SUBJECT).to_owned(),
        created_utc: utc(conversation.created_at),
        updated_utc: utc(conversation.updated_at),
        is_resolved: conversation.status.is_closed(),
    }
}

fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

/// What the application posts: the guest's words.
pub(crate) fn new_message(text: String) -> NewMessage {
    NewMessage::new(
        Channel::Chat,
        Direction::Incoming,
        Author::Application,
        text,
    )
}

/// A message that was just added.
pub(crate) fn added(guids: Guids, thread: String, id: MessageId, text: String) -> Message {
    Message {
        id: guids.message(id),
        message_thread_id: thread,
        text,
        sender: sender(Direction::Incoming),
        created_utc: utc(id.created_at()),
    }
}

pub(crate) fn message(guids: Guids, found: &ThreadMessage) -> Message {
    let message = &found.message;
    Message {
        id: guids.message(message.id),
        message_thread_id: guids.thread(found.conversation_created_at, message.conversation),
        text: shown_text(found).into_owned(),
        sender: sender(message.direction),
        created_utc: utc(message.id.created_at()),
    }
}

/// What came in was written by the application or the customer, what went out by the property.
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

/// The text as plain text, never empty.
fn shown_text(found: &ThreadMessage) -> Cow<'_, str> {
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

/// A file's name on one line.
fn file_name(file: &Attachment) -> String {
    let name = match file.file_name.as_str() {
        "" => file.link.as_deref().unwrap_or("file"),
        name => name,
    };
    name.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests;
