//! Messages: each is one contact, note or line item of a conversation.

use crate::code::coded;
use crate::id::{AgentId, AttachmentId, ConversationId, CustomerId, MessageId};
use crate::status::{Status, StatusWish};
use crate::time::Timestamp;

coded! {
    /// The channel of a contact.
    pub enum Channel {
        /// A letter on paper.
        Letter = "letter",
        /// E-mail.
        Email = "email",
        /// A text message, such as SMS.
        TextMessage = "text_message",
        /// A telephone call.
        Phone = "phone",
        /// A fax.
        Fax = "fax",
        /// A conversation in person (Magicline's `CONVERSATION`).
        InPerson = "in_person",
        /// Live chat and messengers.
        Chat = "chat",
        /// Any other channel.
        Other = "other",
    }
}

coded! {
    /// Whether the customer or an agent sent the message.
    pub enum Direction {
        /// The customer sent the message.
        Incoming = "incoming",
        /// An agent or the account sent the message to the customer.
        Outgoing = "outgoing",
    }
}

coded! {
    /// What kind of entry a message is.
    pub enum Kind {
        /// A contact with the customer, such as a call or an e-mail.
        Message = "message",
        /// A note, which only agents see.
        Note = "note",
        /// A line item: a system entry without a body that records a change of state, such as "merged".
        LineItem = "line_item",
    }
}

coded! {
    /// Whether a message is in effect.
    pub enum State {
        /// The message is in effect.
        Published = "published",
        /// The message is not sent yet. It changes neither the status nor the waiting state nor the times of its
        /// conversation.
        Draft = "draft",
        /// An agent has hidden the message.
        Hidden = "hidden",
    }
}

coded! {
    /// How the body of a message is written.
    pub enum Format {
        /// Plain text.
        Plain = "plain",
        /// HTML.
        Html = "html",
    }
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The customer that the message names.
    Customer,
    /// An employee of the account.
    Agent(AgentId),
    /// The integration itself: the request named no person.
    Application,
}

/// The fields of a message that change its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageFacts {
    /// Id of the message.
    pub id: MessageId,
    /// When the server recorded the message.
    pub recorded_at: Timestamp,
    /// The time that orders the message among others: [`effective_at`].
    pub effective_at: Timestamp,
    /// Whether the entry is a message, a note or a line item (a system entry such as "merged").
    pub kind: Kind,
    /// Channel of the contact.
    pub channel: Channel,
    /// Whether the customer or an agent sent the message.
    pub direction: Direction,
    /// Whether the message is published, a draft or hidden.
    pub state: State,
    /// Whether the message is imported from another system. If true, it changes no status and notifies nobody.
    pub imported: bool,
    /// Whether a machine sent the message. If true, it neither ends waiting nor reopens the conversation.
    pub automated: bool,
    /// For a note: whether it updates the time of the last message (myKaarma `updateThreadTimestamp`).
    pub moves_last_message: bool,
    /// The agent who wrote the message; `None` if the author is not an agent.
    pub by_agent: Option<AgentId>,
}

/// Returns the time that decides which message is the last one (`rules.md` 19). For a live message it is never after the
/// recorded time: otherwise a contact that is dated in the future would stay the last one. Clients see `occurred_at`.
#[must_use]
pub fn effective_at(occurred_at: Timestamp, recorded_at: Timestamp, imported: bool) -> Timestamp {
    match imported {
        true => occurred_at,
        false => occurred_at.min(recorded_at),
    }
}

impl MessageFacts {
    /// Whether the message is published and neither a note nor a line item. Only such a message can be the "last
    /// message" (`rules.md` 19).
    #[must_use]
    pub fn is_contact(&self) -> bool {
        self.kind == Kind::Message && self.state == State::Published
    }
}

/// The copies of an e-mail, as Help Scout's API shows them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Recipients {
    /// Addresses in copy (cc).
    pub cc: Vec<String>,
    /// Addresses in blind copy (bcc).
    pub bcc: Vec<String>,
}

/// A stored message, without its attachments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The conversation that holds the message.
    pub conversation: ConversationId,
    /// Id of the message. Its time is the recorded time, unless the ids are far ahead of the clock.
    pub id: MessageId,
    /// When the server recorded the message.
    pub recorded_at: Timestamp,
    /// The customer of the message; in most cases, not always, the conversation's customer.
    pub customer: CustomerId,
    /// Whether the entry is a message, a note or a line item (a system entry such as "merged").
    pub kind: Kind,
    /// Channel of the contact.
    pub channel: Channel,
    /// Whether the customer or an agent sent the message.
    pub direction: Direction,
    /// Whether the message is published, a draft or hidden.
    pub state: State,
    /// Format of the body.
    pub format: Format,
    /// Who wrote the message.
    pub author: Author,
    /// The employee's name as free text (Magicline `agent`).
    pub agent_name: Option<String>,
    /// Subject of the message, if it has one.
    pub subject: Option<String>,
    /// The text as sent, byte for byte.
    pub body: String,
    /// When the contact took place: the time that the client gave, else the recorded time.
    pub occurred_at: Timestamp,
    /// The time that orders the message among others: [`effective_at`].
    pub effective_at: Timestamp,
    /// Name or offset of the time zone that the client sent with `occurred_at`, as sent.
    pub zone: Option<String>,
    /// Whether the message was imported from another system.
    pub imported: bool,
    /// Whether a machine sent the message, not a person.
    pub automated: bool,
    /// For a note: whether it updated the time of the last message.
    pub moves_last_message: bool,
    /// Addresses that got a copy or a blind copy.
    pub recipients: Recipients,
    /// The conversation's new status, if this message changed it.
    pub status_set: Option<Status>,
    /// For a draft: how its publication changes the status, if the request that made it named one.
    pub status_wish: Option<StatusWish>,
    /// For a draft: the agent to whom its publication assigns the conversation, if the request that made it named one.
    pub assign_wish: Option<AgentId>,
    /// A JSON object of fields that only the API that wrote the message understands and returns.
    pub extra: Option<String>,
    /// Number of attachments.
    pub attachments: i64,
    /// Id of the event that last changed the message; 0 if it never changed.
    pub version: i64,
}

impl Message {
    /// Returns the message's revision number; every change increases it.
    #[must_use]
    pub const fn revision(&self) -> i64 {
        if self.version == 0 {
            self.id.get()
        } else {
            self.version
        }
    }

    /// Returns the fields of the message that change its conversation.
    #[must_use]
    pub const fn facts(&self) -> MessageFacts {
        MessageFacts {
            id: self.id,
            recorded_at: self.recorded_at,
            effective_at: self.effective_at,
            kind: self.kind,
            channel: self.channel,
            direction: self.direction,
            state: self.state,
            imported: self.imported,
            automated: self.automated,
            moves_last_message: self.moves_last_message,
            by_agent: match self.author {
                Author::Agent(agent) => Some(agent),
                Author::Customer | Author::Application => None,
            },
        }
    }
}

/// A stored attachment, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Id of the attachment within the account.
    pub id: AttachmentId,
    /// The message that the attachment belongs to.
    pub message: MessageId,
    /// The file's name, as sent; never used as a path.
    pub file_name: String,
    /// The media type, as sent.
    pub mime_type: String,
    /// Length in bytes; 0 for a link.
    pub size: i64,
    /// Address of a linked attachment. The server never fetches it.
    pub link: Option<String>,
    /// A JSON object of fields that only the API that wrote the attachment understands and returns.
    pub extra: Option<String>,
}
