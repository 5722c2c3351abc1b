//! `POST /api/v1/conversations`.

use axum::extract::State;
use heddle_domain::conversation::Locks;
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_domain::{Profile, Scope, Status};
use heddle_store::write::create::Created;
use heddle_store::write::{CreateConversation, Draft, Reach};
use heddle_store::{Entity, Error as StoreError};
use serde::Deserialize;
use utoipa::ToSchema;

use super::change::texts;
use super::labels::{CustomFields, TagName, bad_names};
use super::{Conversation, shown};
use crate::answer::Answer;
use crate::auth::{ConversationsWriter, Holder};
use crate::error::{Error, FieldError};
use crate::input::Change;
use crate::messages::compose::{LARGEST_BODY, Named, NewMessage};
use crate::time::Instant;
use crate::words::{ConversationType, StatusWord};
use heddle_api::App;

/// A new conversation, with its first messages.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewConversation {
    /// Where it lives.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    inbox_id: i64,
    /// Whose it is: exactly one of `customer_id`, `customer` and `customer_name` must be given.
    #[schema(nullable = false)]
    customer_id: Option<i64>,
    /// Whose it is, by e-mail address: found, or made with the rest.
    #[schema(nullable = false)]
    customer: Option<CustomerByEmail>,
    /// Whose it is: a customer made with this name and nothing else.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    customer_name: Option<String>,
    /// Empty if it is not given; a published message with a subject changes it.
    #[schema(max_length = 1000, nullable = false)]
    subject: Option<String>,
    /// `new` if it is not given, or `open` if an agent's published answer is among its messages.
    #[schema(nullable = false)]
    status: Option<StatusWord>,
    assignee_id: Option<i64>,
    /// The type that Help Scout shows; by its first message if it is not given.
    kind: Option<ConversationType>,
    #[schema(max_length = 200)]
    ticket_number: Option<String>,
    #[schema(max_length = 2000)]
    ticket_link: Option<String>,
    /// When it is said to have begun; now if it is not given.
    started_at: Option<Instant>,
    /// When it was closed; only with the status `closed`.
    closed_at: Option<Instant>,
    /// Unknown ones are made.
    #[schema(max_items = 100, nullable = false)]
    #[serde(default)]
    tags: Vec<TagName>,
    /// Names have 1 to 100 characters.
    #[schema(nullable = false)]
    #[serde(default)]
    custom_fields: CustomFields,
    /// It is brought across from elsewhere: nobody is told.
    #[serde(default)]
    imported: bool,
    /// Its first messages, in order. Needs the scope `messages.write`.
    #[schema(max_items = 100, nullable = false)]
    #[serde(default)]
    messages: Vec<NewMessage>,
}

/// A customer who is found by e-mail address, or made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomerByEmail {
    #[schema(format = "email", max_length = 254)]
    email: String,
    #[schema(max_length = 100)]
    first_name: Option<String>,
    #[schema(max_length = 100)]
    last_name: Option<String>,
    #[schema(max_length = 100)]
    phone: Option<String>,
}

impl NewConversation {
    /// The customer, if exactly one is named.
    fn customer(&self) -> Option<CustomerRef> {
        match (&self.customer_id, &self.customer, &self.customer_name) {
            (Some(id), None, None) => Some(CustomerRef::Id(CustomerId(*id))),
            (None, Some(known), None) => Some(CustomerRef::Email {
                email: known.email.clone(),
                profile: Box::new(Profile {
                    first_name: known.first_name.clone(),
                    last_name: known.last_name.clone(),
                    phone: known.phone.clone(),
                    ..Profile::default()
                }),
            }),
            (None, None, Some(name)) => Some(CustomerRef::Named(name.clone())),
            _ => None,
        }
    }

    /// What is wrong beyond the schema.
    fn faults(&self, holder: &Holder) -> Vec<FieldError> {
        let mut faults = Vec::new();
        if self.customer().is_none() {
            let detail = "exactly one of customer_id, customer and customer_name must be given";
            faults.push(FieldError::new("customer_id", "invalid", detail));
        }
        if !holder.reaches(InboxId(self.inbox_id)) {
            faults.push(FieldError::unknown("inbox_id"));
        }
        let closed = self.status.is_some_and(|word| word.0 == Status::Closed);
        if self.closed_at.is_some() && !closed {
            let detail = "only with the status closed";
            faults.push(FieldError::new("closed_at", "invalid", detail));
        }
        faults.extend(bad_names(self.custom_fields.0.keys()));
        for (at, message) in self.messages.iter().enumerate() {
            let found = message.faults().into_iter();
            faults.extend(found.map(|fault| fault.under(&format!("messages[{at}]"))));
        }
        faults.truncate(100);
        faults
    }

    fn draft(&self) -> Draft {
        Draft {
            inbox: InboxId(self.inbox_id),
            application: None,
            subject: self.subject.clone().unwrap_or_default(),
            kind: self.kind.map(|word| word.0),
            status: self.status.map(|word| word.0),
            assignee: self.assignee_id.map(AgentId),
            ticket_number: self.ticket_number.clone(),
            ticket_link: self.ticket_link.clone(),
            original_sender: None,
            started_at: self.started_at.map(|at| at.0),
            closed_at: self.closed_at.map(|at| at.0),
            tags: texts(self.tags.clone()),
            fields: self.custom_fields.0.clone(),
            imported: self.imported,
        }
    }
}

/// Make a conversation, with its first messages.
#[utoipa::path(post, path = "/api/v1/conversations", tag = "conversations", operation_id = "create_conversation",
    request_body = NewConversation, security(("token" = ["conversations.write"])),
    responses((status = 201, body = Conversation, description = "The conversation",
        headers(("ETag" = String), ("Location" = String)))))]
pub(crate) async fn create(
    ConversationsWriter(holder): ConversationsWriter,
    State(app): State<App>,
    Change { input, once }: Change<NewConversation, LARGEST_BODY>,
) -> Result<Answer, Error> {
    if !input.messages.is_empty() && !holder.may(Scope::MessagesWrite) {
        return Err(Error::Forbidden(Scope::MessagesWrite));
    }
    Error::invalid_if_any(input.faults(&holder))?;
    let mut named = Named::default();
    named.customers.push("customer_id".into());
    let customer = input.customer();
    let customer = customer.expect("a body that names no customer has a fault");
    let draft = input.draft();
    let mut messages = Vec::with_capacity(input.messages.len());
    for (at, message) in input.messages.into_iter().enumerate() {
        let place = format!("messages[{at}].");
        messages.push(message.compose(&holder, &mut named, &place));
    }
    named.settle(&app, &holder).await?;
    let command = CreateConversation {
        caller: holder.caller(),
        reach: Reach::within(holder.inboxes()),
        locks: Locks::NONE,
        customer,
        messages: messages
            .into_iter()
            .map(|composed| composed.message)
            .collect(),
        draft,
    };
    let (tags, fields) = (command.draft.tags.clone(), command.draft.fields.clone());
    let answer = move |created: &Created| {
        let shown = shown(&created.conversation, &tags, &fields);
        let location = format!("/api/v1/conversations/{}", created.conversation.id);
        Answer::created(location, &Conversation::of(&shown))
            .version(created.conversation.last_event_id)
    };
    let outcome = app.store.write(once.command(command, answer)).await;
    once.settle(outcome.map_err(|error| refused(error, &named))?)
}

/// What the store's refusal of a creation means: everything that can be unknown was named in the body.
fn refused(error: StoreError, named: &Named) -> Error {
    match error {
        StoreError::NotFound(Entity::Customer(at)) => Error::unknown(named.customer_field(at)),
        StoreError::NotFound(Entity::Agent) => Error::unknown("assignee_id"),
        other => other.into(),
    }
}
