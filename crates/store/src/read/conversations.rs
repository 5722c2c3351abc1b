//! Help Scout's reads: one conversation with its related data, and its messages.

use heddle_domain::account::MERGE_REDIRECT_DAYS;
use heddle_domain::conversation::Conversation;
use heddle_domain::customer::Customer;
use heddle_domain::id::{AccountId, ConversationId, MessageId};
use heddle_domain::message::{Attachment, Author, Message, State};
use heddle_domain::person::Agent;
use heddle_domain::{AgentId, InboxScope};

use super::bodies::as_far_as_they_fit;
pub use super::position::Position;
pub use super::views::ConversationView;
use super::views::views;
use super::{agents, customers, with_files};
use crate::error::{Entity, Refusal, Result};
use crate::rows::message::Brief;
use crate::rows::{account as account_rows, conversation as rows, message as message_rows};
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

const DAY_MS: i64 = 86_400_000;

/// Reads one conversation.
#[derive(Clone, Debug)]
pub struct GetConversation {
    /// Account whose data is read.
    pub account: AccountId,
    /// The inboxes that the caller may use.
    pub inboxes: InboxScope,
    /// Id of the conversation to read.
    pub id: ConversationId,
}

impl Read for GetConversation {
    type Out = Box<ConversationView>;
    const NAME: &'static str = "get_conversation";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let conversation = find(rows, self.account, &self.inboxes, self.id).await?;
        let mut views = views(rows, self.account, vec![conversation]).await?;
        Ok(Box::new(views.remove(0)))
    }
}

/// Reads a conversation that the caller may use.
///
/// # Errors
/// Returns the errors of [`usable`].
pub(super) async fn find(
    rows: &mut Rows<'_>,
    account: AccountId,
    inboxes: &InboxScope,
    id: ConversationId,
) -> Result<Conversation> {
    let found = get(rows, account, id).await?;
    usable(rows, account, inboxes, found, 0).await
}

/// Checks that the caller may use a conversation that was looked up; `at` is the conversation's index among those that
/// the command names.
///
/// # Errors
/// [`Refusal::MergedConversation`] if it was merged into one that the caller may use; else [`Refusal::NotFound`] if it
/// does not exist, was deleted, is in an inbox that the caller may not use, or was merged too long ago
/// ([`MERGE_REDIRECT_DAYS`]).
pub(crate) async fn usable(
    rows: &mut Rows<'_>,
    account: AccountId,
    inboxes: &InboxScope,
    found: Option<Conversation>,
    at: usize,
) -> Result<Conversation> {
    let seen = |c: &Conversation| inboxes.contains(c.inbox) && c.state != State::Hidden;
    let missing = Refusal::NotFound(Entity::Conversation(at));
    let found = found.filter(seen).ok_or_else(|| missing.clone())?;
    let Some(survivor) = found.merged_into else {
        return Ok(found);
    };
    let target = get(rows, account, survivor).await?.filter(seen);
    if target.is_none() || is_forgotten(rows, account, &found).await? {
        return Err(missing.into());
    }
    Err(Refusal::MergedConversation { at, survivor }.into())
}

/// Whether the id of a merged conversation no longer leads to the survivor. What changes such a conversation later (the merge or
/// the erasure of a customer) keeps the time of its last change, so that is the time of the merge.
async fn is_forgotten(
    rows: &mut Rows<'_>,
    account: AccountId,
    merged: &Conversation,
) -> Result<bool> {
    let (api, name) = MERGE_REDIRECT_DAYS;
    let days = rows
        .fetch_one(&account_rows::SETTING, params![account, api, name], |row| {
            row.int()
        })
        .await?
        .filter(|days| *days > 0);
    let until = days.map(|days| merged.updated_at.plus_ms(days.saturating_mul(DAY_MS)));
    Ok(until.is_some_and(|until| rows.now() >= until))
}

/// Returns the conversation into which the one with this id was merged; `None` if it was not.
pub(super) async fn survivor(
    rows: &mut Rows<'_>,
    account: AccountId,
    id: ConversationId,
) -> Result<Option<ConversationId>> {
    Ok(get(rows, account, id).await?.and_then(|c| c.merged_into))
}

/// Finds the conversation into which another was merged; `None` if it was not. For filters, which select by id and show
/// nothing that the caller may not see.
#[derive(Clone, Copy, Debug)]
pub struct FindSurvivor {
    /// Account whose data is read.
    pub account: AccountId,
    /// The id that a filter names.
    pub id: ConversationId,
}

impl Read for FindSurvivor {
    type Out = Option<ConversationId>;
    const NAME: &'static str = "find_survivor";

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        survivor(rows, self.account, self.id).await
    }
}

/// Reads a conversation, merged and deleted ones included.
pub(crate) async fn get(
    rows: &mut Rows<'_>,
    account: AccountId,
    id: ConversationId,
) -> Result<Option<Conversation>> {
    let params = params![account, id];
    rows.fetch_one(&rows::GET, params, rows::conversation).await
}

fn agent_of(message: &Message) -> Option<AgentId> {
    match message.author {
        Author::Agent(agent) => Some(agent),
        Author::Customer | Author::Application => None,
    }
}

const NEWEST_POSITION: (i64, i64) = (i64::MAX, i64::MAX);

/// Reads a page of a conversation's messages, newest first, with the customers and agents that they name.
#[derive(Clone, Debug)]
pub struct ListMessages {
    /// Account whose data is read.
    pub account: AccountId,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// Id of the conversation.
    pub conversation: ConversationId,
    /// Page number, from 1.
    pub page: i64,
    /// Messages per page.
    pub size: i64,
    /// The page begins after this position; `None`: after as many messages as the pages before it have.
    pub after: Option<Position>,
}

/// A page of messages.
#[derive(Clone, Debug)]
pub struct MessagePage {
    /// The conversation that the messages belong to.
    pub conversation: Conversation,
    /// The messages with their attachments.
    pub messages: Vec<(Message, Vec<Attachment>)>,
    /// The customers that the messages name.
    pub customers: Vec<Customer>,
    /// The agents that the messages name, and the assignee.
    pub agents: Vec<Agent>,
    /// Total number of messages.
    pub total: i64,
    /// The last messages of the page, by id, if all bodies together are longer than
    /// [`MOST_BYTES`](super::room::MOST_BYTES): their bodies were not read, and are empty here.
    pub apart: Vec<MessageId>,
    /// The position after which the next page begins; `None` if this page is the last.
    pub next: Option<Position>,
}

impl MessagePage {
    /// Removes the messages whose bodies were not read.
    #[must_use]
    pub fn cut(mut self) -> Self {
        let whole = self.messages.len() - self.apart.len();
        self.messages.truncate(whole);
        self.apart.clear();
        self
    }
}

impl Read for ListMessages {
    type Out = MessagePage;
    const NAME: &'static str = "list_messages";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<MessagePage> {
        let conversation = find(rows, self.account, &self.inboxes, self.conversation).await?;
        let params = params![self.account, self.conversation];
        let total = rows
            .fetch_one(&message_rows::COUNT, params, |row| row.int())
            .await?
            .unwrap_or_default();
        let mut found = self.page(rows, total).await?;
        let size = usize::try_from(self.size).unwrap_or_default();
        let more = found.len() > size;
        found.truncate(size);
        let next = found.last().filter(|_| more).map(|last| Position {
            at: last.message.effective_at,
            id: last.message.id.get(),
        });
        let (messages, apart) = as_far_as_they_fit(rows, self.account, found).await?;
        let mut people: Vec<_> = messages.iter().map(|message| message.customer).collect();
        people.sort_unstable();
        people.dedup();
        let named = messages.iter().filter_map(agent_of);
        let mut named: Vec<AgentId> = named.chain(conversation.assignee).collect();
        named.sort_unstable();
        named.dedup();
        Ok(MessagePage {
            customers: customers(rows, self.account, &people).await?,
            agents: agents(rows, self.account, &named).await?,
            messages: with_files(rows, self.account, messages, |_| true).await?,
            conversation,
            total,
            apart,
            next,
        })
    }
}

impl ListMessages {
    async fn page(&self, rows: &mut Rows<'_>, total: i64) -> Result<Vec<Brief>> {
        let skipped = (self.page - 1).saturating_mul(self.size);
        if skipped >= total && self.after.is_none() {
            return Ok(Vec::new());
        }
        let before = if let Some(after) = self.after {
            (after.at.0, after.id)
        } else if skipped == 0 {
            NEWEST_POSITION
        } else {
            let params = params![self.account, self.conversation, skipped];
            let position = rows
                .fetch_one(&message_rows::POSITION, params, |row| {
                    Ok((row.int()?, row.int()?))
                })
                .await?;
            position.unwrap_or((i64::MIN, 0))
        };
        let params = params![
            self.account,
            self.conversation,
            before.0,
            before.1,
            self.size.saturating_add(1)
        ];
        rows.fetch(&message_rows::PAGE, params, message_rows::brief)
            .await
    }
}

/// Reads one message of a conversation without permission checks: for a message that a list has shown, and for tests.
#[derive(Clone, Debug)]
pub struct GetMessage {
    /// Account whose data is read.
    pub account: AccountId,
    /// The message's conversation.
    pub conversation: ConversationId,
    /// Id of the message to read.
    pub id: MessageId,
}

impl Read for GetMessage {
    type Out = Option<Message>;
    const NAME: &'static str = "get_message";

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.conversation, self.id];
        rows.fetch_one(&message_rows::GET, params, message_rows::message)
            .await
    }
}
