//! Messages and attachments as input of commands, and the results.

use heddle_domain::Timestamp;
use heddle_domain::conversation::{StatusChange, StatusWish};
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{AgentId, AttachmentId, CustomerId, MessageId};
use heddle_domain::message::{Author, Channel, Direction, Format, Kind, Recipients, State};

use crate::objects;

/// A message to be stored.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// The customer of the message; `None` means the conversation's customer.
    pub customer: Option<CustomerRef>,
    /// Whether the entry is a message, a note or a line item (a system entry such as "merged").
    pub kind: Kind,
    /// Channel of the contact.
    pub channel: Channel,
    /// Whether the customer or an agent sent the message.
    pub direction: Direction,
    /// Whether the message is published or a draft.
    pub state: State,
    /// Format of the body.
    pub format: Format,
    /// Who wrote the message.
    pub author: Author,
    /// The employee's name, as free text.
    pub agent_name: Option<String>,
    /// A subject. If the message is a published contact, it also becomes the conversation's subject.
    pub subject: Option<String>,
    /// The text, stored byte for byte.
    pub body: String,
    /// When the contact took place; `None` means the time of recording.
    pub occurred_at: Option<Timestamp>,
    /// The time zone that the client sent with that time.
    pub zone: Option<String>,
    /// Whether the message is imported from another system.
    pub imported: bool,
    /// Whether a machine sends the message, not a person.
    pub automated: bool,
    /// For a note: whether it updates the time of the last message.
    pub moves_last_message: bool,
    /// Addresses in copy and blind copy.
    pub recipients: Recipients,
    /// The agent that the conversation is assigned to when the message is published.
    pub assign: Option<AgentId>,
    /// For a draft: how its publication changes the status; `None` means the usual effect of such a message. For a
    /// published message, [`Append`](super::append::Append) holds it.
    pub status_wish: Option<StatusWish>,
    /// A JSON object of fields that only the API that wrote the message understands and returns.
    pub extra: Option<String>,
    /// Attachments, in order.
    pub attachments: Vec<NewAttachment>,
    /// Uploads that also become attachments, listed after `attachments`.
    pub uploads: Vec<AttachmentId>,
}

impl NewMessage {
    /// Creates a published, plain-text message of the conversation's customer that is not imported. Set other fields
    /// with struct update syntax.
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

    /// Returns the agent to whom the publication of this draft assigns the conversation; `None` if it is no draft.
    #[must_use]
    pub fn assign_wish(&self) -> Option<AgentId> {
        self.assign.filter(|_| self.state == State::Draft)
    }

    /// Whether the message has no files, and its customer is named by an id: storing it then locks nothing but that customer.
    pub(crate) fn is_plain(&self) -> bool {
        let has_files = !self.attachments.is_empty() || !self.uploads.is_empty();
        !has_files && self.customer.as_ref().is_none_or(CustomerRef::is_id)
    }

    /// Returns the approximate number of bytes that storing the message writes.
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

/// An attachment to store: its bytes for the row, the name of an object (a file already written to disk), or a link.
#[derive(Clone, Debug)]
pub struct NewAttachment {
    /// The file's name, as sent.
    pub file_name: String,
    /// The media type, as sent.
    pub mime_type: String,
    /// Length in bytes; 0 for a link.
    pub size: i64,
    /// The bytes, if they are stored in the row (up to 32 KiB).
    pub data: Option<Vec<u8>>,
    /// The name of the object (file on disk) that holds the bytes.
    pub object: Option<String>,
    /// The URL, for a link.
    pub link: Option<String>,
    /// A JSON object of fields that its API must return.
    pub extra: Option<String>,
}

/// The result of storing a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Id of the message.
    pub id: MessageId,
    /// When the server recorded the message.
    pub recorded_at: Timestamp,
    /// The message's customer. For a merged customer, the survivor (the customer that remains).
    pub customer: CustomerId,
    /// When the contact took place.
    pub occurred_at: Timestamp,
    /// The time that orders the message among others ([`effective_at`](heddle_domain::message::effective_at)).
    pub effective_at: Timestamp,
    /// The change of the conversation's status, if any.
    pub status: Option<StatusChange>,
}
