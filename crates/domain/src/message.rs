//! Messages: one contact each, whatever the channel.

use crate::code::coded;
use crate::id::{AgentId, AttachmentId, ConversationId, CustomerId, MessageId};
use crate::status::Status;
use crate::time::Timestamp;

coded! {
    /// The way a contact took.
    pub enum Channel {
        /// A letter on paper.
        Letter = "letter",
        /// E-mail.
        Email = "email",
        /// SMS and its kin.
        TextMessage = "text_message",
        /// A telephone call.
        Phone = "phone",
        /// Telefax.
        Fax = "fax",
        /// A talk in person (Magicline's `CONVERSATION`).
        InPerson = "in_person",
        /// Live chat and messengers.
        Chat = "chat",
        /// Anything else.
        Other = "other",
    }
}

coded! {
    /// Who speaks to whom.
    pub enum Direction {
        /// From the customer.
        Incoming = "incoming",
        /// To the customer.
        Outgoing = "outgoing",
    }
}

coded! {
    /// What sort of entry it is.
    pub enum Kind {
        /// A contact with the customer.
        Message = "message",
        /// Seen by agents only.
        Note = "note",
        /// A recorded change of state, without a body.
        LineItem = "line_item",
    }
}

coded! {
    /// How far it has come.
    pub enum State {
        /// In effect.
        Published = "published",
        /// Not sent yet: no effect on status, waiting or times.
        Draft = "draft",
        /// Taken out of sight by an agent.
        Hidden = "hidden",
    }
}

coded! {
    /// How the body is written.
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
    /// The message's customer.
    Customer,
    /// An employee.
    Agent(AgentId),
    /// The integration itself, no person named.
    Application,
}

/// What of a message matters to its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageFacts {
    /// Its id, which carries the recorded time.
    pub id: MessageId,
    /// When the contact took place.
    pub occurred_at: Timestamp,
    /// What sort of entry it is.
    pub kind: Kind,
    /// Its channel.
    pub channel: Channel,
    /// Its direction.
    pub direction: Direction,
    /// Its state.
    pub state: State,
    /// Brought across from elsewhere: changes no status and wakes nobody.
    pub imported: bool,
    /// Sent by a machine: ends no waiting, reopens nothing.
    pub automated: bool,
    /// A note that moves the time of the last message all the same (myKaarma `updateThreadTimestamp`).
    pub moves_last_message: bool,
    /// Whether an agent wrote it.
    pub by_agent: Option<AgentId>,
}

impl MessageFacts {
    /// Published and neither note nor line item: what "last message" looks at (`rules.md` 19).
    #[must_use]
    pub fn is_contact(&self) -> bool {
        self.kind == Kind::Message && self.state == State::Published
    }
}

/// Help Scout's visible recipients.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Recipients {
    /// Copied.
    pub cc: Vec<String>,
    /// Blindly copied.
    pub bcc: Vec<String>,
}

/// A stored message, without its attachments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its id, which carries the recorded time.
    pub id: MessageId,
    /// The customer it is about; usually, not always, the conversation's.
    pub customer: CustomerId,
    /// What sort of entry it is.
    pub kind: Kind,
    /// Its channel.
    pub channel: Channel,
    /// Its direction.
    pub direction: Direction,
    /// Its state.
    pub state: State,
    /// How the body is written.
    pub format: Format,
    /// Who wrote it.
    pub author: Author,
    /// The employee's name as free text (Magicline `agent`).
    pub agent_name: Option<String>,
    /// Its subject, if it came with one.
    pub subject: Option<String>,
    /// The text as sent, byte for byte.
    pub body: String,
    /// When the contact took place.
    pub occurred_at: Timestamp,
    /// The zone the client named beside the time, as sent.
    pub zone: Option<String>,
    /// Brought across from elsewhere.
    pub imported: bool,
    /// Sent by a machine.
    pub automated: bool,
    /// A note that moved the time of the last message.
    pub moves_last_message: bool,
    /// Copied addresses.
    pub recipients: Recipients,
    /// The status it gave its conversation, if it changed it.
    pub status_set: Option<Status>,
    /// The status that a draft gives its conversation once it is published.
    pub status_wish: Option<Status>,
    /// What the API that wrote it must give back and nobody else understands (a JSON object).
    pub extra: Option<String>,
    /// How many attachments it has.
    pub attachments: i64,
    /// The event that last changed it; 0 while it is as it was recorded.
    pub version: i64,
}

impl Message {
    /// The number that changes with every change of it.
    #[must_use]
    pub const fn revision(&self) -> i64 {
        if self.version == 0 {
            self.id.get()
        } else {
            self.version
        }
    }

    /// What of it matters to its conversation.
    #[must_use]
    pub const fn facts(&self) -> MessageFacts {
        MessageFacts {
            id: self.id,
            occurred_at: self.occurred_at,
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
    /// Its id within the account.
    pub id: AttachmentId,
    /// Its message.
    pub message: MessageId,
    /// The file's name, as sent; never used as a path.
    pub file_name: String,
    /// The media type, as sent.
    pub mime_type: String,
    /// Length in bytes; 0 for a link.
    pub size: i64,
    /// Where the bytes lie elsewhere, for an attachment by link; never fetched.
    pub link: Option<String>,
}
