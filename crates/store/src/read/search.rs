//! Reads for the search index: its state, and the documents of changed conversations and customers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use heddle_domain::conversation::Conversation;
use heddle_domain::id::{AccountId, ConversationId, CustomerId, MessageId};
use heddle_domain::message::{Kind, Message, State as Standing};
use heddle_search::words::words;

use crate::error::Result;
use crate::read::conversations::get;
use crate::rows::search::{self as rows, Hit, index};
use crate::rows::{customer as customer_rows, erasure, guest, message as message_rows};
use crate::search::Progress;
use crate::search::change::{Change, Stage, State};
use crate::search::document::{Document, Heading, Person};
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

/// A read ends after so many documents, or so many bytes of texts.
const MOST_DOCUMENTS: usize = 500;
const MOST_BYTES: usize = 4 << 20;
/// A read ends after this time with what it has, so that a slow disk only makes the parts smaller.
const LONGEST_READ: Duration = Duration::from_millis(500);
/// How many messages of a conversation are read at once.
const MESSAGES: i64 = 20;

/// Reads how far the index of an account is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IndexState(pub(crate) AccountId);

impl Read for IndexState {
    type Out = State;
    const NAME: &'static str = "index_state";

    fn cost(&self) -> Cost {
        Cost::Search(self.0)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<State> {
        state(rows, self.0).await
    }
}

async fn state(rows: &mut Rows<'_>, account: AccountId) -> Result<State> {
    let key = params![account];
    let found = rows.fetch_one(&index::STATE, key, |row| {
        Ok(State {
            position: row.int()?,
            stage: Stage::of(row.int()?)?,
            after: row.int()?,
            batches: row.int()?,
        })
    });
    Ok(found.await?.unwrap_or(State::EMPTY))
}

/// Reads how far the index of an account is, compared with the account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadProgress(pub(crate) AccountId);

impl Read for ReadProgress {
    type Out = Progress;
    const NAME: &'static str = "index_progress";

    fn cost(&self) -> Cost {
        Cost::Search(self.0)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Progress> {
        let account = self.0;
        let state = state(rows, account).await?;
        let head = rows.feed_head(account).await?;
        let (customer, conversation) = rows
            .fetch_pair(
                (&rows::LAST_CUSTOMER, params![account], |row| row.int()),
                (&rows::LAST_CONVERSATION, params![account], |row| row.int()),
            )
            .await?;
        let last = |found: Vec<i64>| found.first().map_or(0, |last| last.unsigned_abs());
        let (customers, conversations) = (last(customer), last(conversation));
        let done = match state.stage {
            Stage::None => None,
            Stage::Customers => Some(state.after.unsigned_abs()),
            Stage::Conversations => Some(customers + state.after.unsigned_abs()),
        };
        Ok(Progress {
            account,
            position: state.position,
            head,
            rebuild: done.map(|done| (done, customers + conversations)),
        })
    }
}

/// Reads the next customers or conversations of a rebuild.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Next {
    pub(crate) account: AccountId,
    pub(crate) stage: Stage,
    pub(crate) after: i64,
    pub(crate) limit: usize,
}

impl Read for Next {
    type Out = Vec<i64>;
    const NAME: &'static str = "next_to_index";

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Vec<i64>> {
        let stmt = match self.stage {
            Stage::None => return Ok(Vec::new()),
            Stage::Customers => &rows::NEXT_CUSTOMERS,
            Stage::Conversations => &rows::NEXT_CONVERSATIONS,
        };
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        let params = params![self.account, self.after, limit];
        rows.fetch(stmt, params, |row| row.int()).await
    }
}

/// Reads the conversations of a customer after an id, those where it is a guest too.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConversationsOf {
    pub(crate) account: AccountId,
    pub(crate) customer: CustomerId,
    pub(crate) after: ConversationId,
    pub(crate) limit: usize,
}

impl Read for ConversationsOf {
    type Out = Vec<ConversationId>;
    const NAME: &'static str = "conversations_of";

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        let id = |row: &mut crate::stmt::Row<'_>| row.int().map(ConversationId);
        let params = params![self.account, self.customer, self.after, limit];
        let own = rows.fetch(&erasure::CONVERSATIONS, params, id).await?;
        let guests = rows.fetch(&guest::CONVERSATIONS_AFTER, params, id).await?;
        let mut ids: Vec<_> = own.into_iter().chain(guests).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.truncate(self.limit);
        Ok(ids)
    }
}

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
        Cost::Search(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Changed> {
        let mut making = Making::new(self.account, self.parts.clone());
        while let Some(part) = making.left.pop() {
            making.add(rows, part).await?;
            if making.is_full() {
                break;
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
        let found = get(rows, self.account, id).await?;
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
            let params = params![self.account, conversation, id];
            let found = rows.fetch(&message_rows::GET, params, message_rows::message);
            let found = found.await?;
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
            let found = rows.fetch(&message_rows::WHOLE_ASC, params, message_rows::message);
            let found = found.await?;
            let is_last = (found.len() as i64) < MESSAGES;
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
