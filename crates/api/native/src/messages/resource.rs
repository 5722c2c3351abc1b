//! Messages as responses show them.

use heddle_domain::conversation::{Status, StatusWish};
use heddle_domain::id::AgentId;
use heddle_domain::message::{Attachment as DomainAttachment, Author, Message as DomainMessage};
use heddle_store::read::contents::WithFiles;
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
    /// The customer it is about, usually the conversation's.
    customer_id: i64,
    kind: MessageKind,
    channel: ChannelWord,
    direction: DirectionWord,
    state: StateWord,
    format: FormatWord,
    /// The text as received.
    body: String,
    #[schema(required)]
    subject: Option<String>,
    author: AuthorWord,
    /// The agent who wrote it; null if no agent did.
    #[schema(required)]
    author_agent_id: Option<i64>,
    /// The employee's name as free text, as received.
    #[schema(required)]
    agent_name: Option<String>,
    /// When the contact took place.
    occurred_at: Instant,
    /// The time zone given with it, as received.
    #[schema(required)]
    zone: Option<String>,
    /// When it was recorded.
    created_at: Instant,
    /// Imported from another system: it changed no status.
    imported: bool,
    /// Sent by a machine: the customer still waited after it.
    automated: bool,
    /// Whether a note counts as the latest message.
    moves_last_message: bool,
    cc: Vec<String>,
    bcc: Vec<String>,
    /// The new status of the conversation; null if the message did not change it.
    #[schema(required)]
    status_set: Option<StatusWord>,
    /// The status that the conversation gets when this draft is published.
    #[schema(required)]
    status_wish: Option<StatusWord>,
    /// The agent to whom the conversation is assigned when this draft is published.
    #[schema(required)]
    assignee_wish_id: Option<i64>,
    /// Data of the API that created it.
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

/// A file or link of a message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Attachment {
    id: i64,
    file_name: String,
    mime_type: String,
    /// In bytes; 0 for a link.
    size: i64,
    /// The URL of a file that is stored elsewhere.
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
            // Fields of another API, which shows them itself.
            extra: _,
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
            recorded_at,
            occurred_at,
            effective_at: _,
            zone,
            imported,
            automated,
            moves_last_message,
            recipients,
            status_set,
            status_wish,
            assign_wish,
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
            created_at: recorded_at.into(),
            imported,
            automated,
            moves_last_message,
            cc: recipients.cc,
            bcc: recipients.bcc,
            status_set: status_set.map(StatusWord),
            status_wish: status_wish.and_then(named).map(StatusWord),
            assignee_wish_id: assign_wish.map(AgentId::get),
            extra: extra.and_then(|text| serde_json::from_str(&text).ok()),
            attachments: files.into_iter().map(Attachment::of).collect(),
        }
    }
}

/// Returns the status that a draft asks for; `None` if it only asks that the status stays.
const fn named(wish: StatusWish) -> Option<Status> {
    match wish {
        StatusWish::Keep => None,
        StatusWish::Reopen => Some(Status::Open),
        StatusWish::Set(status) | StatusWish::Stage(status) => Some(status),
    }
}
