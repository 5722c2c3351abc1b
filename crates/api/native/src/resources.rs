//! Conversations and customers as responses show them. Each can include the other, so their types share a file.

use std::collections::BTreeMap;

use heddle_domain::conversation::Conversation as DomainConversation;
use heddle_domain::customer::Profile;
use heddle_domain::id::{AgentId, ApplicationId, InboxId};
use heddle_store::read::contents::LabelledConversation;
use heddle_store::read::customers::CustomerView;
use serde::Serialize;
use utoipa::ToSchema;

use crate::agents::Agent;
use crate::answer::Answer;
use crate::customers::address::Address;
use crate::customers::postal::PostalAddress;
use crate::inboxes::Inbox;
use crate::messages::resource::Message;
use crate::time::Instant;
use crate::vocabulary::{ChannelWord, ConversationType, StateWord, StatusWord};

/// An exchange of messages with one customer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Conversation {
    id: i64,
    /// The version in `ETag` and `If-Match`: the id of the event that last changed it.
    version: i64,
    /// Help Scout's number: the id, unless an import gave another.
    number: i64,
    inbox_id: i64,
    customer_id: i64,
    /// The Mews application that created it. Other Mews applications do not see it.
    #[schema(required)]
    application_id: Option<i64>,
    /// The latest subject.
    subject: String,
    /// The type that Help Scout gave it.
    #[schema(required)]
    kind: Option<ConversationType>,
    status: StatusWord,
    state: StateWord,
    archived: bool,
    /// The agent who is responsible for it.
    #[schema(required)]
    assignee_id: Option<i64>,
    /// When the assignee last changed.
    #[schema(required)]
    delegated_at: Option<Instant>,
    /// Its number in a third-party ticket system.
    #[schema(required)]
    ticket_number: Option<String>,
    /// Link to that ticket.
    #[schema(required)]
    ticket_link: Option<String>,
    /// Mews' `OriginalSender`, as received.
    #[schema(required)]
    original_sender: Option<String>,
    tags: Vec<String>,
    custom_fields: BTreeMap<String, String>,
    /// When it was recorded.
    created_at: Instant,
    /// When it began; for imports this may be in the past.
    started_at: Instant,
    /// Grows with every change.
    updated_at: Instant,
    /// The time of its latest contact; before the first one, when it was recorded.
    last_message_at: Instant,
    /// Whether the customer wrote last and the conversation is not closed.
    waiting: bool,
    /// Since when the customer waits, or last waited.
    #[schema(required)]
    waiting_since: Option<Instant>,
    /// When an agent last wrote.
    #[schema(required)]
    agent_acted_at: Option<Instant>,
    #[schema(required)]
    closed_at: Option<Instant>,
    #[schema(required)]
    closed_by_id: Option<i64>,
    /// The number of messages and notes of any state.
    message_count: i64,
    /// The number of published messages and notes.
    published_count: i64,
    /// The number of published messages, without notes.
    contact_count: i64,
    /// The channel of the first message.
    #[schema(required)]
    first_channel: Option<ChannelWord>,
    /// The objects requested by `include`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub(crate) included: Option<Included>,
}

impl Conversation {
    pub(crate) fn of(stored: &LabelledConversation) -> Self {
        let DomainConversation {
            id,
            number,
            inbox,
            customer,
            application,
            subject,
            kind,
            status,
            state,
            archived,
            assignee,
            delegated_at,
            ticket_number,
            ticket_link,
            original_sender,
            created_at,
            started_at,
            updated_at,
            last_message_at,
            last_message_id: _,
            last_event_id,
            last_live: _,
            customer_wrote_last: _,
            waiting_since,
            agent_acted_at,
            closed_at,
            closed_by,
            messages,
            published,
            contacts,
            first_channel,
            merged_into: _,
        } = &stored.conversation;
        Self {
            id: id.get(),
            version: *last_event_id,
            number: *number,
            inbox_id: inbox.get(),
            customer_id: customer.get(),
            application_id: application.map(ApplicationId::get),
            subject: subject.clone(),
            kind: kind.map(ConversationType),
            status: StatusWord(*status),
            state: StateWord(*state),
            archived: *archived,
            assignee_id: assignee.map(AgentId::get),
            delegated_at: delegated_at.map(Into::into),
            ticket_number: ticket_number.clone(),
            ticket_link: ticket_link.clone(),
            original_sender: original_sender.clone(),
            tags: stored.labels.tags.keys().cloned().collect(),
            custom_fields: stored.labels.fields.clone(),
            created_at: (*created_at).into(),
            started_at: (*started_at).into(),
            updated_at: (*updated_at).into(),
            last_message_at: (*last_message_at).into(),
            waiting: stored.conversation.is_waiting(),
            waiting_since: waiting_since.map(Into::into),
            agent_acted_at: agent_acted_at.map(Into::into),
            closed_at: closed_at.map(Into::into),
            closed_by_id: closed_by.map(AgentId::get),
            message_count: *messages,
            published_count: *published,
            contact_count: *contacts,
            first_channel: first_channel.map(ChannelWord),
            included: None,
        }
    }

    /// Returns a response with status 200, the conversation and its version.
    pub(crate) fn answer(stored: &LabelledConversation) -> Answer {
        Answer::ok(&Self::of(stored)).version(stored.conversation.last_event_id)
    }
}

/// Objects that the conversations refer to, each once. Objects that the token does not reach are left out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Included {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub(crate) customers: Option<Vec<Customer>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub(crate) agents: Option<Vec<Agent>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub(crate) inboxes: Option<Vec<Inbox>>,
    /// The latest messages of each conversation, latest first: 50 of a single conversation, 5 of each in a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub(crate) messages: Option<Vec<Message>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub(crate) tags: Option<Vec<IncludedTag>>,
}

/// A tag.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub(crate) struct IncludedTag {
    pub(crate) id: i64,
    pub(crate) name: String,
}

/// A person or firm in contact.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Customer {
    id: i64,
    /// Its id in APIs whose ids are texts, unless `public_ids` gave it another one there.
    public_id: String,
    /// Tokens that are limited to other inboxes do not see the customer. Null: all tokens do.
    #[schema(required)]
    home_inbox_id: Option<i64>,
    /// The first of its e-mail addresses.
    #[schema(required)]
    email: Option<String>,
    #[schema(required)]
    first_name: Option<String>,
    #[schema(required)]
    last_name: Option<String>,
    /// The first of its telephone numbers.
    #[schema(required)]
    phone: Option<String>,
    #[schema(required)]
    photo_url: Option<String>,
    #[schema(required)]
    photo_type: Option<String>,
    #[schema(required)]
    job_title: Option<String>,
    #[schema(required)]
    background: Option<String>,
    #[schema(required)]
    location: Option<String>,
    #[schema(required)]
    organization: Option<String>,
    #[schema(required)]
    gender: Option<String>,
    #[schema(required)]
    age: Option<String>,
    addresses: Vec<Address>,
    /// Where the customer lives, or the firm is.
    #[schema(required)]
    postal_address: Option<PostalAddress>,
    created_at: Instant,
    updated_at: Instant,
    /// The objects requested by `include`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, no_recursion)]
    pub(crate) included: Option<CustomerIncluded>,
}

impl Customer {
    pub(crate) fn of(view: &CustomerView) -> Self {
        let customer = &view.customer;
        let Profile {
            first_name,
            last_name,
            phone,
            photo_url,
            photo_type,
            job_title,
            background,
            location,
            organization,
            gender,
            age,
        } = customer.profile.clone();
        Self {
            id: customer.id.get(),
            public_id: view.public_id.clone(),
            home_inbox_id: customer.home.map(InboxId::get),
            email: customer.email.clone(),
            first_name,
            last_name,
            phone,
            photo_url,
            photo_type,
            job_title,
            background,
            location,
            organization,
            gender,
            age,
            addresses: view.addresses.iter().map(Address::of).collect(),
            postal_address: customer.postal_address.as_ref().map(PostalAddress::of),
            created_at: customer.created_at.into(),
            updated_at: customer.updated_at.into(),
            included: None,
        }
    }
}

/// Objects of the customers. Objects that the token does not reach are left out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerIncluded {
    /// The home inboxes, each once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub(crate) inboxes: Option<Vec<Inbox>>,
    /// The ten conversations of each customer with the latest messages, latest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, no_recursion)]
    pub(crate) conversations: Option<Vec<Conversation>>,
}
