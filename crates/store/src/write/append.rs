//! Adds messages to conversations: Magicline update, Help Scout's thread creations, Mews messages/add.

use std::collections::BTreeSet;

use heddle_domain::InboxScope;
use heddle_domain::conversation::{Conversation, Locks, StatusWish};
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{ApplicationId, ConversationId, CustomerId};

use super::caller::Caller;
use super::customers::{self, Customers};
use super::entry::{self, Entry, Standing};
use super::message::{NewMessage, Stored};
use super::must::must_match;
use super::upload;
use crate::error::{Entity, Refusal, Result};
use crate::read::conversations::usable;
use crate::read::customers::follow;
use crate::rows::{conversation as rows, customer as customer_rows};
use crate::stmt::{Stmt, keys, params};
use crate::tx::{Cost, LockOrder, Read, Rows, Tx, Write};

/// Which conversations a caller may add messages to. For every other conversation it gets "not found".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// The inboxes that the caller reaches.
    pub inboxes: InboxScope,
    /// If set, the conversation must belong to this customer.
    pub customer: Option<CustomerId>,
    /// If set, this application must have created the conversation.
    pub application: Option<ApplicationId>,
    /// The version that the conversation must have; `None` means any.
    pub version: Option<i64>,
}

impl Guard {
    /// Allows every conversation of the account.
    pub const ALL: Self = Self {
        inboxes: InboxScope::All,
        customer: None,
        application: None,
        version: None,
    };
}

/// A message to add to a conversation.
#[derive(Clone, Debug)]
pub struct Append {
    /// Id of the conversation.
    pub conversation: ConversationId,
    /// The message to store.
    pub message: NewMessage,
    /// How the message changes the conversation's status.
    pub wish: StatusWish,
    /// New ticket number; `None` keeps the old one.
    pub ticket_number: Option<String>,
    /// New ticket link; `None` keeps the old one.
    pub ticket_link: Option<String>,
}

/// Adds messages: all or none.
#[derive(Clone, Debug)]
pub struct AppendMessages {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Home inboxes of the customers that the caller may name (a home inbox is the only inbox that shows the customer).
    pub reach: InboxScope,
    /// Which conversations the caller may add to.
    pub guard: Guard,
    /// Limits on adding threads to a conversation.
    pub locks: Locks,
    /// The messages to add, in order. If this creates a customer, its home inbox is the inbox of the first
    /// conversation.
    pub entries: Vec<Append>,
}

/// The result of adding messages.
#[derive(Clone, Debug)]
pub struct Appended {
    /// The messages, in the order of the entries.
    pub messages: Vec<Stored>,
    /// The conversations after the messages were added, by id.
    pub conversations: Vec<Conversation>,
}

impl Write for AppendMessages {
    type Out = Appended;
    const NAME: &'static str = "append_messages";

    fn weight(&self) -> usize {
        self.entries
            .iter()
            .map(|entry| 512 + entry.message.weight())
            .sum()
    }

    fn lock_order(&self) -> Option<LockOrder> {
        let [entry] = self.entries.as_slice() else {
            return None;
        };
        entry.message.is_plain().then_some(LockOrder {
            account: self.caller.account,
            conversation: Some(entry.conversation),
        })
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Appended> {
        let (before, mut customers) = self.lock(tx).await?;
        let guard = self.guard.customer.and_then(|_| customers.next());
        self.check_customer(tx, &before, guard).await?;
        self.check(tx.now(), &before)?;
        let messages = self.entries.iter().map(|entry| &entry.message);
        upload::claim(tx, &self.caller, messages).await?;
        let mut after = before.clone();
        let mut stored = Vec::with_capacity(self.entries.len());
        for entry in &self.entries {
            let at = position(&after, entry.conversation);
            stored.push(self.add(tx, &mut after[at], entry, &mut customers)?);
        }
        for (before, after) in before.iter().zip(&after) {
            rows::update(tx, self.caller.account, before, after)?;
        }
        Ok(Appended {
            messages: stored,
            conversations: after,
        })
    }
}

impl AppendMessages {
    /// Locks the conversations, then the customers: first the guard's customer, then the customers that the messages
    /// name. With one conversation and one customer named by id, this needs a single round trip.
    async fn lock(
        &self,
        tx: &mut Tx<'_>,
    ) -> Result<(Vec<Conversation>, std::vec::IntoIter<CustomerId>)> {
        let guard = self.guard.customer.map(CustomerRef::Id);
        let named = self.named(guard.as_ref());
        let ([entry], [CustomerRef::Id(id)]) = (self.entries.as_slice(), named.as_slice()) else {
            let before = self.find_conversations(tx, &rows::LOCK).await?;
            let customers = self.resolve_customers(tx, &before, named).await?;
            return Ok((before, customers.into_iter()));
        };
        let account = self.caller.account;
        let (found, customers) = tx
            .fetch_pair(
                (
                    &rows::LOCK,
                    params![account, entry.conversation],
                    rows::conversation,
                ),
                (
                    &customer_rows::PIN,
                    params![account, *id],
                    customer_rows::pinned,
                ),
            )
            .await?;
        let found = found.into_iter().next();
        let before = vec![self.usable(tx, entry.conversation, found).await?];
        let direct = customers
            .first()
            .filter(|c| c.merged_into.is_none() && !c.erased && self.reach.reaches_home(c.home));
        let customers = match direct {
            Some(customer) => vec![customer.id],
            // The customer is merged, or the caller may not see it: the general function handles both cases.
            None => self.resolve_customers(tx, &before, named).await?,
        };
        Ok((before, customers.into_iter()))
    }

    /// Returns all customers that the command names: the guard's customer first, then those of the messages in order.
    fn named<'a>(&'a self, guard: Option<&'a CustomerRef>) -> Vec<&'a CustomerRef> {
        let entries = self.entries.iter();
        let senders = entries.filter_map(|entry| entry.message.customer.as_ref());
        guard.into_iter().chain(senders).collect()
    }

    async fn resolve_customers(
        &self,
        tx: &mut Tx<'_>,
        before: &[Conversation],
        named: Vec<&CustomerRef>,
    ) -> Result<Vec<CustomerId>> {
        let customers = Customers {
            named,
            reach: &self.reach,
            home: before.first().map(|conversation| conversation.inbox),
            imported: self.entries.iter().all(|entry| entry.message.imported),
        };
        customers.resolve(tx, &self.caller).await
    }

    /// Reads the conversations with `stmt`, each once, by id; all must be visible to the caller.
    async fn find_conversations(
        &self,
        tx: &mut Rows<'_>,
        stmt: &'static Stmt,
    ) -> Result<Vec<Conversation>> {
        let entries = self.entries.iter();
        let ids: BTreeSet<ConversationId> = entries.map(|entry| entry.conversation).collect();
        let keys = keys(self.caller.account, ids.iter().copied());
        let found = tx.fetch_many(stmt, &keys, rows::conversation).await?;
        let mut conversations = Vec::with_capacity(ids.len());
        for (id, found) in ids.into_iter().zip(found) {
            let found = found.into_iter().next();
            conversations.push(self.usable(tx, id, found).await?);
        }
        Ok(conversations)
    }

    /// Checks that the command may add to a conversation that was looked up.
    async fn usable(
        &self,
        rows: &mut Rows<'_>,
        id: ConversationId,
        found: Option<Conversation>,
    ) -> Result<Conversation> {
        let application = self.guard.application;
        let found = found.filter(|c| application.is_none() || application == c.application);
        let (account, inboxes) = (self.caller.account, &self.guard.inboxes);
        usable(rows, account, inboxes, found, self.index(id)).await
    }

    /// Returns the index of the first entry for a conversation.
    fn index(&self, id: ConversationId) -> usize {
        let mut entries = self.entries.iter();
        let index = entries.position(|entry| entry.conversation == id);
        index.unwrap_or_default()
    }

    /// Checks that the conversations belong to the named customer. If that customer was merged a moment ago, its
    /// conversations count as conversations of the survivor (the customer that remains), even if the job has not moved
    /// them yet.
    async fn check_customer(
        &self,
        tx: &mut Tx<'_>,
        conversations: &[Conversation],
        named: Option<CustomerId>,
    ) -> Result<()> {
        let Some(named) = named else {
            return Ok(());
        };
        for conversation in conversations.iter().filter(|c| c.customer != named) {
            let (account, of) = (self.caller.account, conversation.customer);
            let of = follow(tx, &customer_rows::PEEK, account, of).await?;
            if of.is_none_or(|of| of.id != named) {
                let at = self.index(conversation.id);
                return Err(Refusal::NotFound(Entity::Conversation(at)).into());
            }
        }
        Ok(())
    }

    /// Runs the checks that need the locked conversations.
    fn check(&self, now: heddle_domain::Timestamp, conversations: &[Conversation]) -> Result<()> {
        for conversation in conversations {
            must_match(self.guard.version, conversation.last_event_id)?;
            if let Some(lock) = self.locks.refuses_addition(conversation, now) {
                return Err(Refusal::Locked(lock).into());
            }
        }
        Ok(())
    }

    fn add(
        &self,
        tx: &mut Tx<'_>,
        conversation: &mut Conversation,
        entry: &Append,
        customers: &mut impl Iterator<Item = CustomerId>,
    ) -> Result<Stored> {
        let entered = Entry {
            message: &entry.message,
            customer: entry::sender(&entry.message, customers, conversation),
            wish: entry.wish,
            opened_with: None,
        };
        let before = Standing::of(conversation);
        let stored = entry::store(tx, &self.caller, conversation, &entered)?;
        if entry.ticket_number.is_some() {
            conversation.ticket_number.clone_from(&entry.ticket_number);
        }
        if entry.ticket_link.is_some() {
            conversation.ticket_link.clone_from(&entry.ticket_link);
        }
        entry::announce(
            tx,
            &self.caller,
            &before,
            conversation,
            &stored,
            entry.message.imported,
        )?;
        Ok(stored)
    }
}

fn position(conversations: &[Conversation], id: ConversationId) -> usize {
    conversations
        .binary_search_by_key(&id, |conversation| conversation.id)
        .unwrap_or_default()
}

/// Runs the checks of [`AppendMessages`] as a read, before attachments are written to disk, so that a refused request
/// writes no file (`rules.md` 32). The command runs the checks again.
#[derive(Clone, Debug)]
pub struct CheckAppend(pub AppendMessages);

impl Read for CheckAppend {
    type Out = ();
    const NAME: &'static str = "check_append";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.0.caller.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<()> {
        let command = &self.0;
        let found = command.find_conversations(rows, &self::rows::GET).await?;
        for conversation in &found {
            if let Some(lock) = command.locks.refuses_addition(conversation, rows.now()) {
                return Err(Refusal::Locked(lock).into());
            }
        }
        let guard = command.guard.customer.map(CustomerRef::Id);
        for (at, reference) in command.named(guard.as_ref()).into_iter().enumerate() {
            if let CustomerRef::Id(id) = reference {
                customers::pin(
                    rows,
                    &customer_rows::PEEK,
                    &command.caller,
                    *id,
                    &command.reach,
                    at,
                )
                .await?;
            }
        }
        Ok(())
    }
}
