//! Makes the documents of changed conversations, and the names of changed customers, for the search index.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use heddle_domain::conversation::Conversation;
use heddle_domain::id::{AccountId, ConversationId, CustomerId, MessageId};
use heddle_domain::message::{Kind, Message, State as Standing};
use heddle_search::words::words;

use crate::error::Result;
use crate::read::bodies::with_bodies;
use crate::read::conversations::get;
use crate::read::room::Room;
use crate::rows::message::Brief;
use crate::rows::search::{self as rows, Hit};
use crate::rows::{
    conversation as conversation_rows, customer as customer_rows, message as message_rows,
};
use crate::search::change::Change;
use crate::search::document::{Document, Heading, Person};
use crate::stmt::{Value, keys, params};
use crate::tx::{Cost, Read, Rows};

/// A read ends after so many documents, or so many bytes of texts.
const MOST_DOCUMENTS: usize = 250;
const MOST_BYTES: usize = 4 << 20;
/// A read ends after this time with what it has, so that a slow disk only makes the parts smaller.
const LONGEST_READ: Duration = Duration::from_millis(500);
/// How many parts are read at once.
const AT_ONCE: usize = 50;
/// How many messages of a conversation are read at once.
const MESSAGES: i64 = 20;

/// A part of what must be indexed again.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// The names of a customer.
    Customer(CustomerId),
    /// Some messages of a conversation.
    Messages(ConversationId, BTreeSet<MessageId>),
    /// The messages of a conversation after an id; -1 for all.
    Conversation(ConversationId, i64),
}

impl Part {
    pub(crate) const fn whole(conversation: ConversationId) -> Self {
        Self::Conversation(conversation, -1)
    }
}

/// Reads what the index must store for some parts, the last part first.
#[derive(Clone, Debug)]
pub(crate) struct ReadChange {
    pub(crate) account: AccountId,
    pub(crate) parts: Vec<Part>,
}

/// The changes for the parts that one read handles, and the parts that are left.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) changes: Vec<Change>,
    pub(crate) left: Vec<Part>,
}

impl Read for ReadChange {
    type Out = Changed;
    const NAME: &'static str = "index_changes";

    fn cost(&self) -> Cost {
        Cost::Index(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Changed> {
        let mut making = Making::new(self.account, self.parts.clone());
        while !making.left.is_empty() && !making.is_full() {
            let from = making.left.len().saturating_sub(AT_ONCE);
            let parts = making.left.split_off(from);
            making.read_ahead(rows, &parts).await?;
            for part in parts.into_iter().rev() {
                making.add(rows, part).await?;
            }
        }
        Ok(Changed {
            changes: making.changes,
            left: making.left,
        })
    }
}

/// Makes the documents of some hits as the index would store them now, by conversation and message.
pub(crate) async fn documents(
    rows: &mut Rows<'_>,
    account: AccountId,
    hits: &[Hit],
) -> Result<HashMap<(ConversationId, MessageId), Document>> {
    let mut making = Making::new(account, Vec::new());
    let mut made = HashMap::new();
    let mut by_conversation: BTreeMap<ConversationId, Vec<MessageId>> = BTreeMap::new();
    for hit in hits {
        by_conversation
            .entry(hit.conversation)
            .or_default()
            .push(hit.message);
    }
    for (id, messages) in by_conversation {
        let Some((conversation, people)) = making.heading(rows, id).await? else {
            continue;
        };
        for message in messages {
            let documents = if message.get() == 0 {
                let heading = Heading {
                    conversation: &conversation,
                    people: &people,
                };
                vec![heading.alone()]
            } else {
                let params = params![account, id, message];
                let found = rows.fetch(&message_rows::GET, params, message_rows::message);
                let found = found.await?;
                let of = (&conversation, people.as_slice());
                making.documents_of(rows, of, found).await?
            };
            made.extend(
                documents
                    .into_iter()
                    .map(|document| ((id, message), document)),
            );
        }
    }
    Ok(made)
}

struct Making {
    account: AccountId,
    people: HashMap<CustomerId, Option<Person>>,
    /// Conversations and messages that were read for several parts at once.
    conversations: HashMap<ConversationId, Conversation>,
    messages: HashMap<(ConversationId, MessageId), Message>,
    changes: Vec<Change>,
    left: Vec<Part>,
    documents: usize,
    bytes: usize,
    began: Instant,
}

impl Making {
    fn new(account: AccountId, left: Vec<Part>) -> Self {
        Self {
            account,
            people: HashMap::new(),
            conversations: HashMap::new(),
            messages: HashMap::new(),
            changes: Vec::new(),
            left,
            documents: 0,
            bytes: 0,
            began: Instant::now(),
        }
    }

    fn is_full(&self) -> bool {
        self.documents >= MOST_DOCUMENTS
            || self.bytes >= MOST_BYTES
            || self.began.elapsed() >= LONGEST_READ
    }

    /// Reads conversations, messages and customers of some parts, each kind at once: PostgreSQL answers many look-ups as fast as one.
    async fn read_ahead(&mut self, rows: &mut Rows<'_>, parts: &[Part]) -> Result<()> {
        let account = self.account;
        let conversations = parts.iter().filter_map(|part| match part {
            Part::Customer(_) => None,
            Part::Messages(id, _) | Part::Conversation(id, _) => Some(*id),
        });
        let keys = keys(account, conversations);
        let found = rows.fetch_many(
            &conversation_rows::GET,
            &keys,
            conversation_rows::conversation,
        );
        let found = found.await?.into_iter().flatten();
        self.conversations = found.map(|found| (found.id, found)).collect();
        let mut keys: Vec<[Value<'_>; 3]> = Vec::new();
        for part in parts {
            if let Part::Messages(id, messages) = part {
                let of = messages.iter().take(AT_ONCE.saturating_sub(keys.len()));
                keys.extend(of.map(|message| [account.into(), (*id).into(), (*message).into()]));
            }
        }
        let found = rows.fetch_many(&message_rows::BRIEF, &keys, message_rows::brief);
        let mut found: Vec<Brief> = found.await?.into_iter().flatten().collect();
        // The bodies that have no room are read one by one.
        found.truncate(Room::new().take_messages(&found));
        let found = with_bodies(rows, account, found).await?.into_iter();
        self.messages = found
            .map(|found| ((found.conversation, found.id), found))
            .collect();
        self.read_people(rows, parts).await
    }

    async fn read_people(&mut self, rows: &mut Rows<'_>, parts: &[Part]) -> Result<()> {
        let named = parts.iter().filter_map(|part| match part {
            Part::Customer(customer) => Some(*customer),
            _ => None,
        });
        let of_conversations = self.conversations.values().map(|found| found.customer);
        let of_messages = self.messages.values().map(|found| found.customer);
        let mut ids: Vec<CustomerId> = named.chain(of_conversations).chain(of_messages).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| !self.people.contains_key(id));
        let keys = keys(self.account, ids.iter().copied());
        let customers = rows.fetch_many(&customer_rows::GET, &keys, customer_rows::customer);
        let customers = customers.await?;
        let addresses = rows.fetch_many(&customer_rows::PLACED, &keys, customer_rows::placed);
        let addresses = addresses.await?;
        for ((id, customer), addresses) in ids.into_iter().zip(customers).zip(addresses) {
            let customer = customer.into_iter().next();
            let person = customer.map(|customer| Person {
                customer,
                addresses,
            });
            self.people.insert(id, person);
        }
        Ok(())
    }

    async fn add(&mut self, rows: &mut Rows<'_>, part: Part) -> Result<()> {
        match part {
            Part::Customer(customer) => self.names(rows, customer).await,
            Part::Messages(conversation, messages) => {
                self.messages(rows, conversation, messages).await
            }
            Part::Conversation(conversation, after) => {
                self.conversation(rows, conversation, after).await
            }
        }
    }

    /// Only customers that are neither merged nor erased are suggested.
    async fn names(&mut self, rows: &mut Rows<'_>, customer: CustomerId) -> Result<()> {
        let key = params![self.account, customer];
        let pinned = rows.fetch_one(&customer_rows::PEEK, key, customer_rows::pinned);
        let pinned = pinned.await?;
        let is_current = pinned.is_some_and(|found| found.merged_into.is_none() && !found.erased);
        let mut names = BTreeSet::new();
        if is_current && let Some(person) = self.person(rows, customer).await? {
            let texts = person.texts();
            names.extend(
                texts
                    .iter()
                    .flat_map(|text| words(text))
                    .map(|word| word.text),
            );
        }
        self.documents += 1;
        self.changes.push(Change::Names {
            customer,
            words: names,
        });
        Ok(())
    }

    async fn person(
        &mut self,
        rows: &mut Rows<'_>,
        customer: CustomerId,
    ) -> Result<Option<Person>> {
        if let Some(known) = self.people.get(&customer) {
            return Ok(known.clone());
        }
        let key = params![self.account, customer];
        let found = rows.fetch_one(&customer_rows::GET, key, customer_rows::customer);
        let person = match found.await? {
            Some(customer) => {
                let addresses = rows.fetch(&customer_rows::PLACED, key, customer_rows::placed);
                Some(Person {
                    customer,
                    addresses: addresses.await?,
                })
            }
            None => None,
        };
        self.people.insert(customer, person.clone());
        Ok(person)
    }

    /// Returns a conversation that is to be found, and its customer.
    async fn heading(
        &mut self,
        rows: &mut Rows<'_>,
        id: ConversationId,
    ) -> Result<Option<(Conversation, Vec<Person>)>> {
        let found = match self.conversations.get(&id) {
            Some(found) => Some(found.clone()),
            None => get(rows, self.account, id).await?,
        };
        let Some(conversation) =
            found.filter(|found| found.merged_into.is_none() && found.state != Standing::Hidden)
        else {
            return Ok(None);
        };
        let customer = conversation.customer;
        let people = self.person(rows, customer).await?.into_iter().collect();
        Ok(Some((conversation, people)))
    }

    async fn messages(
        &mut self,
        rows: &mut Rows<'_>,
        conversation: ConversationId,
        messages: BTreeSet<MessageId>,
    ) -> Result<()> {
        let found = self.heading(rows, conversation).await?;
        let Some((of, people)) = found else {
            self.push(conversation, (-1, i64::MAX), Vec::new());
            return Ok(());
        };
        let mut messages = messages;
        while let Some(id) = messages.pop_first() {
            if self.is_full() {
                messages.insert(id);
                self.left.push(Part::Messages(conversation, messages));
                return Ok(());
            }
            let found = match self.messages.remove(&(conversation, id)) {
                Some(found) => vec![found],
                None => {
                    let params = params![self.account, conversation, id];
                    let found = rows.fetch(&message_rows::GET, params, message_rows::message);
                    found.await?
                }
            };
            let documents = self.documents_of(rows, (&of, &people), found).await?;
            if !documents.is_empty() {
                // The conversation needs no document of its own any more.
                self.push(conversation, (-1, 0), Vec::new());
            }
            self.push(conversation, (id.get() - 1, id.get()), documents);
        }
        Ok(())
    }

    async fn conversation(
        &mut self,
        rows: &mut Rows<'_>,
        conversation: ConversationId,
        after: i64,
    ) -> Result<()> {
        let Some((of, people)) = self.heading(rows, conversation).await? else {
            self.push(conversation, (after, i64::MAX), Vec::new());
            return Ok(());
        };
        let mut after = after;
        loop {
            if self.is_full() {
                self.left.push(Part::Conversation(conversation, after));
                return Ok(());
            }
            let params = params![self.account, conversation, after, MESSAGES];
            let found = rows.fetch(&message_rows::RECORDED_ASC, params, message_rows::brief);
            let mut found = found.await?;
            let fitting = Room::new().take_messages(&found);
            let is_last = (found.len() as i64) < MESSAGES && fitting == found.len();
            found.truncate(fitting);
            let found = with_bodies(rows, self.account, found).await?;
            let up_to = match found.last() {
                Some(last) if !is_last => last.id.get(),
                _ => i64::MAX,
            };
            let is_empty = after < 0 && found.iter().all(|found| found.kind == Kind::LineItem);
            let mut documents = self.documents_of(rows, (&of, &people), found).await?;
            if is_empty && is_last {
                let heading = Heading {
                    conversation: &of,
                    people: &people,
                };
                documents.push(heading.alone());
            }
            self.push(conversation, (after, up_to), documents);
            if is_last {
                return Ok(());
            }
            after = up_to;
        }
    }

    async fn documents_of(
        &mut self,
        rows: &mut Rows<'_>,
        (conversation, people): (&Conversation, &[Person]),
        messages: Vec<Message>,
    ) -> Result<Vec<Document>> {
        let mut documents = Vec::with_capacity(messages.len());
        for message in messages.iter().filter(|found| found.kind != Kind::LineItem) {
            let mut files = Vec::new();
            if message.attachments > 0 {
                let params = params![self.account, message.conversation, message.id];
                let names = rows.fetch(&rows::FILE_NAMES, params, |row| row.text());
                files = names.await?;
            }
            let mut people = people.to_vec();
            if message.customer != conversation.customer {
                people.extend(self.person(rows, message.customer).await?);
            }
            let heading = Heading {
                conversation,
                people: &people,
            };
            self.bytes += message.body.len() + 500;
            documents.push(heading.document(message, &files));
        }
        Ok(documents)
    }

    fn push(
        &mut self,
        conversation: ConversationId,
        (after, up_to): (i64, i64),
        documents: Vec<Document>,
    ) {
        self.documents += documents.len();
        self.changes.push(Change::Documents {
            conversation,
            after,
            up_to,
            documents,
        });
    }
}
