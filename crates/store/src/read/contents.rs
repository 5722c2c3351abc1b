//! Reads conversations and their messages for the native API.

use heddle_domain::conversation::Conversation;
use heddle_domain::id::{AccountId, AgentId, ConversationId, EventId, MessageId, TagId};
use heddle_domain::message::{Attachment, Format, Message};
use heddle_domain::person::Agent;
use heddle_domain::{ApiName, InboxScope, Timestamp};

use super::account::with_public_ids;
use super::bodies::with_bodies;
use super::conversations::find;
use super::position::Position;
use super::room::Room;
use super::{agents, with_files};
use crate::error::Result;
use crate::rows::message::Brief;
use crate::rows::{
    conversation as rows, field as field_rows, message as message_rows, tag as tag_rows,
};
use crate::stmt::{keys, params};
use crate::tx::{Cost, Read, Rows};
use crate::write::label::Labels;

/// A conversation with its tags and custom fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledConversation {
    /// The conversation's row.
    pub conversation: Conversation,
    /// Tags and custom fields.
    pub labels: Labels,
}

/// How many conversations get their custom fields at a time.
const STEP: usize = 10;

/// Adds tags and custom fields to conversations; keeps their order. Leaves out the last ones if all custom fields together
/// are longer than [`MOST_BYTES`](super::room::MOST_BYTES).
pub(super) async fn show(
    rows: &mut Rows<'_>,
    account: AccountId,
    found: Vec<Conversation>,
) -> Result<Vec<LabelledConversation>> {
    let mut labels = Vec::with_capacity(found.len());
    let mut room = Room::new();
    for step in found.chunks(STEP) {
        let next = read_labels(rows, account, step).await?.into_iter();
        labels.extend(next.take_while(|labels| room.takes(bytes_of(labels))));
        if room.is_full() {
            break;
        }
    }
    let shown = found.into_iter().zip(labels);
    Ok(shown
        .map(|(conversation, labels)| LabelledConversation {
            conversation,
            labels,
        })
        .collect())
}

pub(crate) async fn read_labels(
    rows: &mut Rows<'_>,
    account: AccountId,
    of: &[Conversation],
) -> Result<Vec<Labels>> {
    let keys = keys(account, of.iter().map(|conversation| conversation.id));
    let tags = rows
        .fetch_many(&tag_rows::OF_CONVERSATION, &keys, |row| {
            let id = TagId(row.int()?);
            Ok((row.text()?, id))
        })
        .await?;
    let fields = rows
        .fetch_many(&field_rows::OF_CONVERSATION, &keys, |row| {
            Ok((row.text()?, row.text()?))
        })
        .await?;
    let both = tags.into_iter().zip(fields);
    Ok(both
        .map(|(tags, fields)| Labels {
            tags: tags.into_iter().collect(),
            fields: fields.into_iter().collect(),
        })
        .collect())
}

pub(crate) fn bytes_of(labels: &Labels) -> usize {
    labels.fields.values().map(String::len).sum()
}

/// Reads one conversation with its tags and custom fields.
#[derive(Clone, Debug)]
pub struct ShowConversation {
    /// Account whose data is read.
    pub account: AccountId,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// Id of the conversation to read.
    pub id: ConversationId,
}

impl Read for ShowConversation {
    type Out = LabelledConversation;
    const NAME: &'static str = "show_conversation";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let conversation = find(rows, self.account, &self.inboxes, self.id).await?;
        let mut shown = show(rows, self.account, vec![conversation]).await?;
        Ok(shown.remove(0))
    }
}

/// The order of a conversation's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageOrder {
    /// Sorted by recorded time. The order never changes.
    Created,
    /// Sorted by the time of the contact. The order changes when a draft is published.
    Occurred,
}

/// Reads a page of a conversation's messages, of any kind and state.
#[derive(Clone, Debug)]
pub struct WalkMessages {
    /// Account whose data is read.
    pub account: AccountId,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// Id of the conversation.
    pub conversation: ConversationId,
    /// Order of the list.
    pub order: MessageOrder,
    /// Whether the latest comes first.
    pub descending: bool,
    /// The page begins after this position; `None` starts at the beginning. With [`MessageOrder::Created`] only
    /// the position's id is used.
    pub after: Option<Position>,
    /// The maximum number of rows to return. A page ends earlier if its bodies together are longer than
    /// [`MOST_BYTES`](super::room::MOST_BYTES).
    pub limit: usize,
}

/// A message with its attachments.
pub type WithFiles = (Message, Vec<Attachment>);

/// A page of messages, and the position where the next page begins.
#[derive(Clone, Debug)]
pub struct MessageWalk {
    /// The messages, in order.
    pub messages: Vec<WithFiles>,
    /// The position where the next page begins; `None` if this page is the last.
    pub next: Option<Position>,
}

impl Read for WalkMessages {
    type Out = MessageWalk;
    const NAME: &'static str = "walk_messages";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        find(rows, self.account, &self.inboxes, self.conversation).await?;
        let mut found = self.page(rows).await?;
        let fitting = Room::new().take_messages(&found).min(self.limit);
        let more = found.len() > fitting;
        found.truncate(fitting);
        let next = found.last().filter(|_| more).map(|last| Position {
            at: last.message.effective_at,
            id: last.message.id.get(),
        });
        let messages = with_bodies(rows, self.account, found).await?;
        Ok(MessageWalk {
            messages: with_files(rows, self.account, messages, |_| true).await?,
            next,
        })
    }
}

impl WalkMessages {
    async fn page(&self, rows: &mut Rows<'_>) -> Result<Vec<Brief>> {
        let (account, id) = (self.account, self.conversation);
        let most = self.limit as i64 + 1;
        let edge = if self.descending { i64::MAX } else { i64::MIN };
        let start = self.after.unwrap_or(Position {
            at: Timestamp(edge),
            id: edge,
        });
        let (stmt, params) = match (self.order, self.descending) {
            (MessageOrder::Created, descending) => (
                match descending {
                    false => &message_rows::RECORDED_ASC,
                    true => &message_rows::RECORDED_DESC,
                },
                params![account, id, start.id, most].to_vec(),
            ),
            (MessageOrder::Occurred, descending) => (
                match descending {
                    false => &message_rows::PAGE_ASC,
                    true => &message_rows::PAGE,
                },
                params![account, id, start.at, start.id, most].to_vec(),
            ),
        };
        rows.fetch(stmt, &params, message_rows::brief).await
    }
}

/// Reads one message of a conversation.
#[derive(Clone, Debug)]
pub struct ShowMessage {
    /// Account whose data is read.
    pub account: AccountId,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// The message's conversation.
    pub conversation: ConversationId,
    /// Id of the message to read.
    pub id: MessageId,
}

impl Read for ShowMessage {
    /// The message with its attachments; `None` if the conversation has no such message.
    type Out = Option<WithFiles>;
    const NAME: &'static str = "show_message";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        find(rows, self.account, &self.inboxes, self.conversation).await?;
        let params = params![self.account, self.conversation, self.id];
        let found = rows
            .fetch(&message_rows::GET, params, message_rows::message)
            .await?;
        Ok(with_files(rows, self.account, found, |_| true).await?.pop())
    }
}

/// Reads the text that a message had before it was rewritten for the first time.
#[derive(Clone, Debug)]
pub struct ShowOriginal {
    /// Account whose data is read.
    pub account: AccountId,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// The message's conversation.
    pub conversation: ConversationId,
    /// Id of the message.
    pub id: MessageId,
}

impl Read for ShowOriginal {
    /// The text and its format; `None` if there is no such message, or it was never rewritten.
    type Out = Option<(String, Format)>;
    const NAME: &'static str = "show_original";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        find(rows, self.account, &self.inboxes, self.conversation).await?;
        let key = params![self.account, self.conversation, self.id];
        let found = rows.fetch_one(&message_rows::ORIGINAL, key, |row| {
            Ok((row.opt_text()?, row.opt_word(Format::parse)?))
        });
        Ok(found
            .await?
            .and_then(|(text, format)| Some((text?, format?))))
    }
}

/// One change of assignee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// The event that recorded the change of assignee.
    pub id: EventId,
    /// The new assignee.
    pub agent: Option<AgentId>,
    /// The previous assignee.
    pub previous: Option<AgentId>,
    /// The agent who changed the assignee, if known.
    pub by: Option<AgentId>,
    /// When the assignee changed.
    pub at: Timestamp,
}

/// Reads a page of a conversation's assignee changes, oldest first.
#[derive(Clone, Debug)]
pub struct WalkDelegations {
    /// Account whose data is read.
    pub account: AccountId,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// Id of the conversation.
    pub conversation: ConversationId,
    /// The page begins after this change.
    pub after: EventId,
    /// The maximum number of rows to return.
    pub limit: i64,
}

impl Read for WalkDelegations {
    type Out = Vec<Delegation>;
    const NAME: &'static str = "walk_delegations";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        find(rows, self.account, &self.inboxes, self.conversation).await?;
        let params = params![self.account, self.conversation, self.after, self.limit];
        let found = rows
            .fetch(&rows::DELEGATIONS_PAGE, params, |row| {
                let id = EventId(row.int()?);
                let mut agent = || row.opt_int().map(|id| id.map(AgentId));
                let (agent, previous, by) = (agent()?, agent()?, agent()?);
                let at = row.time()?;
                Ok(Delegation {
                    id,
                    agent,
                    previous,
                    by,
                    at,
                })
            })
            .await?;
        Ok(found)
    }
}

/// Reads agents by id with their public ids, without unknown ones.
#[derive(Clone, Debug)]
pub struct AgentsById {
    /// Account whose data is read.
    pub account: AccountId,
    /// API whose public ids are returned.
    pub api: ApiName,
    /// Ids of the agents to read.
    pub ids: Vec<AgentId>,
}

impl Read for AgentsById {
    type Out = Vec<(Agent, String)>;
    const NAME: &'static str = "agents_by_id";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let found = agents(rows, self.account, &self.ids).await?;
        with_public_ids(rows, self.account, self.api, found).await
    }
}
