//! Messages as answers show them.

use heddle_domain::id::AgentId;
use heddle_domain::message::{Attachment as DomainAttachment, Author, Message as DomainMessage};
use heddle_store::read::shown::WithFiles;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::time::Instant;
use crate::vocabulary::{
    ChannelWord, DirectionWord, FormatWord, MessageKind, StateWord, StatusWord,
};

/// One entry of a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Message {
    id: i64,
    conversation_id: i64,
    /// The customer it is about; usually, not always, the conversation's.
    customer_id: i64,
    kind: MessageKind,
    channel: ChannelWord,
    direction: DirectionWord,
    state: StateWord,
    format: FormatWord,
    /// The text as it was sent.
    body: String,
    #[schema(required)]
    subject: Option<String>,
    author: AuthorWord,
    /// The agent who wrote it, if one did.
    #[schema(required)]
    author_agent_id: Option<i64>,
    /// The employee's name as free text, as an API sent it.
    #[schema(required)]
    agent_name: Option<String>,
    /// When the contact took place.
    occurred_at: Instant,
    /// The time zone that was named beside it, as sent.
    #[schema(required)]
    zone: Option<String>,
    /// When it was recorded.
    created_at: Instant,
    /// Brought across from elsewhere: it changed no status and woke nobody.
    imported: bool,
    /// Sent by a machine: it ended no waiting.
    automated: bool,
    /// A note that moved the time of the last message.
    moves_last_message: bool,
    cc: Vec<String>,
    bcc: Vec<String>,
    /// The status that it gave its conversation, if it changed it.
    #[schema(required)]
    status_set: Option<StatusWord>,
    /// The status that this draft gives its conversation once it is published.
    #[schema(required)]
    status_wish: Option<StatusWord>,
    /// What the API that it came through keeps beside it.
    #[schema(required, value_type = Option<std::collections::BTreeMap<String, Value>>)]
    extra: Option<Map<String, Value>>,
    attachments: Vec<Attachment>,
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AuthorWord {
    Customer,
    Agent,
    /// The integration itself.
    Application,
}

/// A file or link that came with a message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Attachment {
    id: i64,
    file_name: String,
    mime_type: String,
    /// In bytes; 0 for a link.
    size: i64,
    /// Where the file lies elsewhere; nothing is kept of it here.
    #[schema(required)]
    link: Option<String>,
}

impl Attachment {
    fn of(attachment: DomainAttachment) -> Self {
        let DomainAttachment {
            id,
            message: _,
            file_name,
            mime_type,
            size,
            link,
        } = attachment;
        Self {
            id: id.get(),
            file_name,
            mime_type,
            size,
            link,
        }
    }
}

impl Message {
    pub(crate) fn of((message, files): WithFiles) -> Self {
        let created_at = message.id.created_at();
        let DomainMessage {
            conversation,
            id,
            customer,
            kind,
            channel,
            direction,
            state,
            format,
            author,
            agent_name,
            subject,
            body,
            occurred_at,
            zone,
            imported,
            automated,
            moves_last_message,
            recipients,
            status_set,
            status_wish,
            extra,
            attachments: _,
            version: _,
        } = message;
        let (author, author_agent) = match author {
            Author::Customer => (AuthorWord::Customer, None),
            Author::Agent(agent) => (AuthorWord::Agent, Some(agent)),
            Author::Application => (AuthorWord::Application, None),
        };
        Self {
            id: id.get(),
            conversation_id: conversation.get(),
            customer_id: customer.get(),
            kind: MessageKind(kind),
            channel: ChannelWord(channel),
            direction: DirectionWord(direction),
            state: StateWord(state),
            format: FormatWord(format),
            body,
            subject,
            author,
            author_agent_id: author_agent.map(AgentId::get),
            agent_name,
            occurred_at: occurred_at.into(),
            zone,
            created_at: created_at.into(),
            imported,
            automated,
            moves_last_message,
            cc: recipients.cc,
            bcc: recipients.bcc,
            status_set: status_set.map(StatusWord),
            status_wish: status_wish.map(StatusWord),
            extra: extra.and_then(|text| serde_json::from_str(&text).ok()),
            attachments: files.into_iter().map(Attachment::of).collect(),
        }
    }
}
