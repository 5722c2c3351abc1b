//! Lists a customer's messages in one inbox, across all its conversations (myKaarma), and reads what myKaarma shows beside
//! a message: files, people and conversation.

mod merge;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use heddle_domain::conversation::Conversation;
use heddle_domain::id::{AccountId, AgentId, ConversationId, CustomerId, InboxId, MessageId};
use heddle_domain::message::{Author, Message, State};
use heddle_domain::person::Agent;
use heddle_domain::{ApiName, EntityKind, Timestamp};

use super::account::with_public_ids;
use super::bodies::with_bodies;
use super::contents::WithFiles;
use super::customers::{CustomerView, view};
use super::principal::public_id;
use super::room::Room;
use super::threads::customer_at;
use super::{agents, with_files};
use crate::error::{Entity, Refusal, Result};
use crate::rows::{conversation as rows, customer as customer_rows, message as message_rows};
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

pub use merge::Channels;

/// How many conversations of a customer are read: those with the latest messages.
pub const MOST_CONVERSATIONS: usize = 2_000;

/// Lists a customer's messages and notes in one inbox, latest first.
#[derive(Clone, Debug)]
pub struct ListCustomerMessages {
    /// Account whose data is read.
    pub account: AccountId,
    /// The inbox. The customer's home inbox (the only one that shows the customer) must be this inbox, or the customer
    /// must have none.
    pub inbox: InboxId,
    /// API whose public ids are returned.
    pub api: ApiName,
    /// The customer's public id, as the client sent it.
    pub customer: String,
    /// The list contains messages before this time.
    pub before: Timestamp,
    /// Messages that the list leaves out.
    pub without: BTreeSet<MessageId>,
    /// The channels of the messages.
    pub channels: Channels,
    /// `true` selects only messages of machines, `false` only those of people, `None` both.
    pub automated: Option<bool>,
    /// The maximum number of published messages. The page ends earlier if its bodies together are longer than
    /// [`MOST_BYTES`](super::room::MOST_BYTES).
    pub limit: usize,
    /// The maximum number of drafts. They are shown among the messages, and are not older than the last message of a full
    /// page.
    pub drafts: usize,
}

/// The people of some messages.
#[derive(Clone, Debug)]
pub struct People {
    /// The customer of the conversations.
    pub customer: CustomerView,
    /// The customer's public id in the API.
    pub customer_uuid: String,
    /// The agents who wrote, each with the public id.
    pub agents: HashMap<AgentId, (Agent, String)>,
}

/// A page of a customer's messages.
#[derive(Clone, Debug)]
pub struct CustomerMessages {
    /// The messages with their files, latest first.
    pub messages: Vec<WithFiles>,
    /// The conversations of the messages.
    pub conversations: BTreeMap<ConversationId, Conversation>,
    /// The people of the messages.
    pub people: People,
}

impl Read for ListCustomerMessages {
    type Out = Box<CustomerMessages>;
    const NAME: &'static str = "list_customer_messages";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let (account, named) = (self.account, &self.customer);
        let (customer, uuid) = customer_at(rows, account, self.inbox, self.api, named).await?;
        let mut conversations = self.conversations(rows, customer).await?;
        let found = self.messages(rows, &conversations).await?;
        let shown: BTreeSet<_> = found.iter().map(|message| message.conversation).collect();
        conversations.retain(|id, _| shown.contains(id));
        let people = people(rows, account, self.api, (customer, uuid), &found).await?;
        Ok(Box::new(CustomerMessages {
            messages: with_files(rows, account, found, |_| true).await?,
            conversations,
            people,
        }))
    }
}

impl ListCustomerMessages {
    /// Reads the customer's conversations in the inbox, of four index ranges: archived and not archived, each closed and not
    /// closed.
    async fn conversations(
        &self,
        rows: &mut Rows<'_>,
        customer: CustomerId,
    ) -> Result<BTreeMap<ConversationId, Conversation>> {
        let runs = [(false, false), (false, true), (true, false), (true, true)];
        let runs = runs.map(|(archived, closed)| {
            [
                self.account.into(),
                customer.into(),
                self.inbox.into(),
                archived.into(),
                closed.into(),
                (MOST_CONVERSATIONS as i64).into(),
            ]
        });
        let found = rows.fetch_many(&rows::BY_LAST_MESSAGE_DESC, &runs, rows::conversation);
        let mut found: Vec<_> = found.await?.into_iter().flatten().collect();
        found.sort_by_key(|c| std::cmp::Reverse((c.last_message_at, c.id)));
        found.truncate(MOST_CONVERSATIONS);
        Ok(found.into_iter().map(|c| (c.id, c)).collect())
    }

    /// Reads the messages of the page.
    async fn messages(
        &self,
        rows: &mut Rows<'_>,
        conversations: &BTreeMap<ConversationId, Conversation>,
    ) -> Result<Vec<Message>> {
        let all: Vec<_> = conversations.keys().copied().collect();
        let mut page = self.keys(rows, &all, State::Published, self.limit).await?;
        let end = page.last().filter(|_| page.len() == self.limit).copied();
        if self.drafts > 0 {
            // The other conversations have only published messages.
            let drafting = conversations.values().filter(|c| c.messages > c.published);
            let drafting: Vec<_> = drafting.map(|c| c.id).collect();
            let drafts = self.keys(rows, &drafting, State::Draft, self.drafts);
            let drafts = drafts.await?.into_iter();
            page.extend(drafts.filter(|draft| end.is_none_or(|end| *draft > end)));
            page.sort_unstable_by(|a, b| b.cmp(a));
        }
        let keys: Vec<_> = page
            .iter()
            .map(|key| [self.account.into(), key.conversation.into(), key.id.into()])
            .collect();
        let found = rows.fetch_many(&message_rows::BRIEF, &keys, message_rows::brief);
        let mut found: Vec<_> = found.await?.into_iter().flatten().collect();
        found.truncate(Room::new().take_messages(&found));
        with_bodies(rows, self.account, found).await
    }

    /// Returns the keys of the latest messages of a state.
    async fn keys(
        &self,
        rows: &mut Rows<'_>,
        conversations: &[ConversationId],
        state: State,
        most: usize,
    ) -> Result<Vec<merge::Key>> {
        let wanted = most + self.without.len();
        let filter = merge::Filter {
            account: self.account,
            state,
            before: self.before,
            channels: self.channels,
            automated: self.automated,
        };
        let mut keys = merge::latest(rows, &filter, conversations, wanted).await?;
        keys.retain(|key| !self.without.contains(&key.id));
        keys.truncate(most);
        Ok(keys)
    }
}

/// Reads what is shown beside some messages of one customer's conversation: their files, and the people.
#[derive(Clone, Debug)]
pub struct DressMessages {
    /// Account whose data is read.
    pub account: AccountId,
    /// API whose public ids are returned.
    pub api: ApiName,
    /// The customer of the conversation.
    pub customer: CustomerId,
    /// The messages.
    pub messages: Vec<Message>,
}

impl Read for DressMessages {
    type Out = Box<(Vec<WithFiles>, People)>;
    const NAME: &'static str = "dress_messages";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::page(self.account, self.messages.len())
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let (account, id) = (self.account, self.customer);
        let uuid = public_id(rows, account, EntityKind::Customer, id.get(), self.api).await?;
        let customer = (id, uuid.unwrap_or_default());
        let people = people(rows, account, self.api, customer, &self.messages).await?;
        let messages = with_files(rows, account, self.messages.clone(), |_| true).await?;
        Ok(Box::new((messages, people)))
    }
}

/// Reads the customer and the agents of some messages.
async fn people(
    rows: &mut Rows<'_>,
    account: AccountId,
    api: ApiName,
    (id, customer_uuid): (CustomerId, String),
    messages: &[Message],
) -> Result<People> {
    let params = params![account, id];
    let customer = rows.fetch_one(&customer_rows::GET, params, customer_rows::customer);
    let customer = customer
        .await?
        .ok_or(Refusal::NotFound(Entity::Customer(0)))?;
    let customer = view(rows, account, customer).await?;
    let writers = messages.iter().filter_map(|message| match message.author {
        Author::Agent(agent) => Some(agent),
        Author::Customer | Author::Application => None,
    });
    let writers: Vec<_> = writers.collect::<BTreeSet<_>>().into_iter().collect();
    let found = agents(rows, account, &writers).await?;
    let found = with_public_ids(rows, account, api, found).await?;
    let agents = found.into_iter();
    Ok(People {
        customer,
        customer_uuid,
        agents: agents.map(|(agent, id)| (agent.id, (agent, id))).collect(),
    })
}

#[cfg(test)]
mod tests;
