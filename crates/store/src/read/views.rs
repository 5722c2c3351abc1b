//! Adds to conversations what an API shows with them: people, tags, and the texts of the first and the newest message.

use std::collections::BTreeMap;

use heddle_domain::conversation::Conversation;
use heddle_domain::custom_field::CustomField;
use heddle_domain::customer::Customer;
use heddle_domain::id::{AccountId, AgentId, CustomerId, InboxId};
use heddle_domain::message::{Author, Message, State};
use heddle_domain::person::Agent;

use super::bodies::with_bodies;
use super::custom_fields::of_inbox;
use super::{agents, customers};
use crate::error::{Entity, Refusal, Result};
use crate::rows::message::Brief;
use crate::rows::{field as field_rows, message as message_rows, tag as tag_rows};
use crate::stmt::{keys, params};
use crate::tx::Rows;

/// A conversation with the people and tags that an API shows with it.
#[derive(Clone, Debug)]
pub struct ConversationView {
    /// The conversation's row.
    pub conversation: Conversation,
    /// The conversation's customer.
    pub customer: Customer,
    /// The conversation's first recorded message, which shows who created the conversation.
    pub first: Option<Message>,
    /// The customer of the message `first`; may differ from the conversation's customer.
    pub first_customer: Customer,
    /// The assignee, the agent who closed the conversation, and the author of its first message, by id.
    pub agents: Vec<Agent>,
    /// The conversation's tags as (id, name).
    pub tags: Vec<(i64, String)>,
    /// The conversation's custom fields that its inbox defines, in the inbox's order, each with its value.
    pub fields: Vec<(CustomField, String)>,
    /// The newest contact or note of the conversation, for a preview.
    pub newest: Option<Message>,
}

impl ConversationView {
    /// Returns the agent with this id if `agents` contains it.
    #[must_use]
    pub fn agent(&self, id: AgentId) -> Option<&Agent> {
        self.agents.iter().find(|agent| agent.id == id)
    }
}

/// How many of its latest messages are examined for a conversation's preview.
const PREVIEWED: i64 = 5;

/// Reads everything that is shown with some conversations; keeps their order.
pub(super) async fn views(
    rows: &mut Rows<'_>,
    account: AccountId,
    found: Vec<Conversation>,
) -> Result<Vec<ConversationView>> {
    let ids = keys(account, found.iter().map(|c| c.id));
    let first = rows.fetch_many(&message_rows::FIRST, &ids, message_rows::message);
    let first: Vec<Option<Message>> = first.await?.into_iter().map(|mut m| m.pop()).collect();
    let tags = rows.fetch_many(&tag_rows::OF_CONVERSATION, &ids, |row| {
        Ok((row.int()?, row.text()?))
    });
    let tags: Vec<Vec<(i64, String)>> = tags.await?;
    let fields = defined_fields(rows, account, &found).await?;
    let newest = newest(rows, account, &found).await?;
    let people = People::of(rows, account, &found, &first).await?;
    let parts = found
        .into_iter()
        .zip(first)
        .zip(tags)
        .zip(fields)
        .zip(newest);
    parts
        .map(|((((conversation, first), tags), fields), newest)| {
            let customer = people.customer(conversation.customer)?;
            let first_customer = match &first {
                Some(first) => people.customer(first.customer)?,
                None => customer.clone(),
            };
            let named = agents_of(&conversation, first.as_ref());
            let agents = people.agents.iter();
            Ok(ConversationView {
                customer,
                agents: agents.filter(|a| named.contains(&a.id)).cloned().collect(),
                first,
                first_customer,
                tags,
                fields,
                newest,
                conversation,
            })
        })
        .collect()
}

/// Returns the values of each conversation that its inbox defines.
async fn defined_fields(
    rows: &mut Rows<'_>,
    account: AccountId,
    of: &[Conversation],
) -> Result<Vec<Vec<(CustomField, String)>>> {
    let ids = keys(account, of.iter().map(|c| c.id));
    let values = rows.fetch_many(&field_rows::OF_CONVERSATION, &ids, |row| {
        Ok((row.text()?, row.text()?))
    });
    let values: Vec<Vec<(String, String)>> = values.await?;
    let mut definitions: BTreeMap<InboxId, Vec<CustomField>> = BTreeMap::new();
    let mut fields = Vec::with_capacity(of.len());
    for (conversation, values) in of.iter().zip(values) {
        let mut values: BTreeMap<String, String> = values.into_iter().collect();
        let inbox = conversation.inbox;
        if !values.is_empty() && !definitions.contains_key(&inbox) {
            definitions.insert(inbox, of_inbox(rows, account, inbox).await?);
        }
        let defined = definitions.get(&inbox).into_iter().flatten();
        let with_value = |field: &CustomField| {
            let value = values.remove(&field.name)?;
            Some((field.clone(), value))
        };
        fields.push(defined.filter_map(with_value).collect());
    }
    Ok(fields)
}

/// Returns the newest message of each conversation that has a body.
async fn newest(
    rows: &mut Rows<'_>,
    account: AccountId,
    of: &[Conversation],
) -> Result<Vec<Option<Message>>> {
    let end = i64::MAX;
    let page = |c: &Conversation| {
        let params: [_; 5] = *params![account, c.id, end, end, PREVIEWED];
        params
    };
    let pages: Vec<_> = of.iter().map(page).collect();
    let read = rows.fetch_many(&message_rows::PAGE, &pages, message_rows::brief);
    let has_body = |found: &Brief| found.long.is_some() || !found.message.body.is_empty();
    let is_shown = |found: &Brief| has_body(found) && found.message.state == State::Published;
    let newest = read.await?.into_iter();
    let newest: Vec<Option<Brief>> = newest
        .map(|page| page.into_iter().find(|found| is_shown(found)))
        .collect();
    let has: Vec<bool> = newest.iter().map(Option::is_some).collect();
    let briefs = newest.into_iter().flatten().collect();
    let mut whole = with_bodies(rows, account, briefs).await?.into_iter();
    Ok(has
        .into_iter()
        .map(|has| if has { whole.next() } else { None })
        .collect())
}

/// Returns the agents that a conversation shows: its assignee, who closed it, and who wrote its first message.
fn agents_of(conversation: &Conversation, first: Option<&Message>) -> Vec<AgentId> {
    let author = first.and_then(|first| match first.author {
        Author::Agent(agent) => Some(agent),
        Author::Customer | Author::Application => None,
    });
    let named = conversation.assignee.into_iter();
    named.chain(conversation.closed_by).chain(author).collect()
}

/// The customers and agents of some conversations.
struct People {
    customers: BTreeMap<CustomerId, Customer>,
    /// By id.
    agents: Vec<Agent>,
}

impl People {
    async fn of(
        rows: &mut Rows<'_>,
        account: AccountId,
        found: &[Conversation],
        first: &[Option<Message>],
    ) -> Result<Self> {
        let authors = first.iter().flatten().map(|first| first.customer);
        let mut ids: Vec<CustomerId> = found.iter().map(|c| c.customer).chain(authors).collect();
        ids.sort_unstable();
        ids.dedup();
        let read = customers(rows, account, &ids).await?;
        let named = found.iter().zip(first);
        let mut named: Vec<AgentId> = named
            .flat_map(|(c, first)| agents_of(c, first.as_ref()))
            .collect();
        named.sort_unstable();
        named.dedup();
        Ok(Self {
            customers: read.into_iter().map(|c| (c.id, c)).collect(),
            agents: agents(rows, account, &named).await?,
        })
    }

    fn customer(&self, id: CustomerId) -> Result<Customer> {
        let missing = || Refusal::NotFound(Entity::Customer(0)).into();
        self.customers.get(&id).cloned().ok_or_else(missing)
    }
}
