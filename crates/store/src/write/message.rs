//! Messages and attachments as commands carry them, and what became of them.

use heddle_domain::conversation::StatusChange;
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{AgentId, AttachmentId, CustomerId, MessageId};
use heddle_domain::message::{Author, Channel, Direction, Format, Kind, Recipients, State};
use heddle_domain::{Status, Timestamp};

use crate::objects;

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
