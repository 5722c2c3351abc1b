//! Creates a conversation with its first messages: Magicline create, Mews threads/add, Help Scout create.

use std::collections::BTreeMap;
use std::iter;

use heddle_domain::conversation::{
    Conversation, ConversationKind, Locks, Opening, Status, StatusWish,
};
use heddle_domain::customer::CustomerRef;
use heddle_domain::event::EventKind;
use heddle_domain::id::{
    AgentId, ApplicationId, ConversationId, CustomerId, EventId, InboxId, MessageId,
};
use heddle_domain::{
    EntityKind, EventDetail, Fact, Field, InboxScope, TagName, Timestamp, conversation,
};

use super::caller::Caller;
use super::custom_field;
use super::customers::Customers;
use super::entry::{self, Entry, Heading};
use super::events::announce;
use super::label::{self, Labels};
use super::message::{NewMessage, Stored};
use super::must::must_be_agent;
use super::upload;
use crate::error::{Refusal, Result};
use crate::rows::conversation as rows;
use crate::tx::{LockOrder, NewEvent, Tx, Write};

/// The values of a new conversation, without customers and messages.
#[derive(Clone, Debug)]
pub struct NewConversation {
    /// The inbox that holds the conversation.
    pub inbox: InboxId,
    /// The Mews application that creates the conversation.
    pub application: Option<ApplicationId>,
    /// Subject of the conversation.
    pub subject: String,
    /// The type that Help Scout's API sets.
    pub kind: Option<ConversationKind>,
    /// Initial status. `None`: `open` if an agent's answer is among the first messages, else `new`.
    pub status: Option<Status>,
    /// The agent assigned at creation.
    pub assignee: Option<AgentId>,
    /// Number in an external ticket system.
    pub ticket_number: Option<String>,
    /// Link to the external ticket.
    pub ticket_link: Option<String>,
    /// The Mews field `OriginalSender`.
    pub original_sender: Option<String>,
    /// When the conversation began, if the client gave a time (imports).
    pub started_at: Option<Timestamp>,
    /// When the conversation was closed, if the client gave a time (imports).
    pub closed_at: Option<Timestamp>,
    /// Names of tags; unknown tags are created.
    pub tags: Vec<TagName>,
    /// Values of custom fields, by name.
    pub fields: BTreeMap<String, String>,
    /// Whether the whole conversation is imported from another system.
    pub imported: bool,
}

impl NewConversation {
    /// Returns a conversation with a subject, and with nothing else that a client may choose.
    #[must_use]
    pub fn new(inbox: InboxId, subject: impl Into<String>) -> Self {
        Self {
            inbox,
            application: None,
            subject: subject.into(),
            kind: None,
            status: None,
            assignee: None,
            ticket_number: None,
            ticket_link: None,
            original_sender: None,
            started_at: None,
            closed_at: None,
            tags: Vec::new(),
            fields: BTreeMap::new(),
            imported: false,
        }
    }
}

/// Creates a conversation. Customers, messages, attachments, tags and event are written in one transaction.
#[derive(Clone, Debug)]
pub struct CreateConversation {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Home inboxes of the customers that the caller may name (a home inbox is the only inbox that shows the customer).
    pub reach: InboxScope,
    /// Limits on the number of threads.
    pub locks: Locks,
    /// The conversation's values.
    pub conversation: NewConversation,
    /// The conversation's customer.
    pub customer: CustomerRef,
    /// The first messages, in order.
    pub messages: Vec<NewMessage>,
}

/// The result of creating a conversation.
#[derive(Clone, Debug)]
pub struct Created {
    /// The conversation as stored.
    pub conversation: Conversation,
    /// The stored messages, in order.
    pub messages: Vec<Stored>,
}

impl Write for CreateConversation {
    type Out = Created;
    const NAME: &'static str = "create_conversation";

    fn weight(&self) -> usize {
        1_024 + self.messages.iter().map(NewMessage::weight).sum::<usize>()
    }

    fn lock_order(&self) -> Option<LockOrder> {
        let new = &self.conversation;
        let is_alone = new.tags.is_empty() && new.fields.is_empty() && new.assignee.is_none();
        let is_plain =
            is_alone && self.customer.is_id() && self.messages.iter().all(NewMessage::is_plain);
        is_plain.then_some(LockOrder {
            account: self.caller.account,
            conversation: None,
        })
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Created> {
        if self.locks.refuses_creation(self.messages.len()) {
            return Err(Refusal::Locked(conversation::Lock::Full).into());
        }
        if let Some(agent) = self.conversation.assignee {
            must_be_agent(tx, self.caller.account, agent).await?;
        }
        let (customer, senders) = self.customers(tx).await?;
        upload::claim(tx, &self.caller, self.messages.iter()).await?;
        let id = tx.next_small_id(self.caller.account, EntityKind::Conversation)?;
        let mut conversation = self.open(tx.now(), ConversationId(id), customer);
        let stored = self.store_messages(tx, &mut conversation, senders)?;
        let labels = self.label(tx, &conversation).await?;
        self.announce(tx, &mut conversation, &stored, &labels)?;
        rows::insert(tx, self.caller.account, &conversation)?;
        Ok(Created {
            conversation,
            messages: stored,
        })
    }
}

impl CreateConversation {
    /// Finds or creates the customers. Returns the conversation's customer, and the customers that the messages name.
    async fn customers(&self, tx: &mut Tx<'_>) -> Result<(CustomerId, Vec<CustomerId>)> {
        let messages = self.messages.iter();
        let senders = messages.filter_map(|message| message.customer.as_ref());
        let customers = Customers {
            named: iter::once(&self.customer).chain(senders).collect(),
            reach: &self.reach,
            home: Some(self.conversation.inbox),
            imported: self.conversation.imported,
        };
        let mut found = customers.resolve(tx, &self.caller).await?;
        let senders = found.split_off(1);
        Ok((found[0], senders))
    }

    fn open(&self, now: Timestamp, id: ConversationId, customer: CustomerId) -> Conversation {
        let new = self.conversation.clone();
        let opening = Opening {
            id,
            inbox: new.inbox,
            customer,
            application: new.application,
            subject: new.subject,
            kind: new.kind,
            status: new.status.unwrap_or(Status::New),
            assignee: new.assignee,
            ticket_number: new.ticket_number,
            ticket_link: new.ticket_link,
            original_sender: new.original_sender,
            started_at: new.started_at,
            closed_at: new.closed_at,
        };
        Conversation::open(opening, now, self.caller.agent)
    }

    fn store_messages(
        &self,
        tx: &mut Tx<'_>,
        conversation: &mut Conversation,
        senders: Vec<CustomerId>,
    ) -> Result<Vec<Stored>> {
        let mut senders = senders.into_iter();
        // If the request names a status, the first messages do not change it.
        let wish = self
            .conversation
            .status
            .map_or(StatusWish::Keep, StatusWish::Set);
        let mut stored = Vec::with_capacity(self.messages.len());
        for (at, message) in self.messages.iter().enumerate() {
            let entry = Entry {
                message,
                customer: entry::sender(message, &mut senders, conversation),
                wish,
                opened_with: (at == 0).then_some(conversation.status),
            };
            stored.push(entry::store(tx, &self.caller, conversation, &entry)?);
        }
        Ok(stored)
    }

    /// Writes tags and custom fields; the creation's event includes them.
    async fn label(&self, tx: &mut Tx<'_>, of: &Conversation) -> Result<Labels> {
        let (account, inbox) = (self.caller.account, of.inbox);
        let labels = Labels {
            tags: label::tags(
                tx,
                &self.caller,
                self.conversation.imported,
                &self.conversation.tags,
            )
            .await?,
            fields: custom_field::fitted(tx, account, inbox, &self.conversation.fields).await?,
        };
        label::write(tx, account, of, &Labels::default(), &labels)?;
        Ok(labels)
    }

    fn announce(
        &self,
        tx: &mut Tx<'_>,
        conversation: &mut Conversation,
        stored: &[Stored],
        labels: &Labels,
    ) -> Result<()> {
        let messages: Vec<MessageId> = stored.iter().map(|message| message.id).collect();
        let mut detail = EventDetail::default();
        detail
            .set(Field::Status, &conversation.status)
            .set(Field::Assignee, &conversation.assignee)
            .set(Field::Customer, &conversation.customer);
        Heading::before(conversation).describe(&mut detail, &Heading::of(conversation));
        if !labels.tags.is_empty() {
            detail.set(Field::Tags, &labels.tag_names());
        }
        if !labels.fields.is_empty() {
            let fields = labels.fields_beside(&Labels::default());
            detail.set(Field::CustomFields, &fields);
        }
        if !messages.is_empty() {
            let above = conversation.last_event_id;
            let events = messages.iter().map(|_| tx.next_event_id(above));
            let events = events.collect::<Result<Vec<EventId>>>()?;
            detail
                .with(Fact::Messages(messages))
                .with(Fact::MessageEvents(events));
        }
        let kind = EventKind::ConversationCreated;
        let event = NewEvent {
            imported: self.conversation.imported,
            ..NewEvent::about(conversation, kind, &self.caller.actor, detail)
        };
        announce(tx, &self.caller, None, conversation, &event).map(drop)
    }
}
