//! `POST /api/v1/conversations`.

use std::collections::BTreeMap;

use heddle_domain::conversation::Locks;
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_domain::{Conversation as DomainConversation, Profile, Scope, Status, TagId, TagName};
use heddle_store::read::contents::LabelledConversation;
use heddle_store::write::create::Created;
use heddle_store::write::label::Labels;
use heddle_store::write::{self, CreateConversation};
use heddle_store::{Entity, Error as StoreError, Refusal};
use serde::Deserialize;
use utoipa::ToSchema;

use super::labels::{self, CustomFields, bad_names};
use crate::answer::Answer;
use crate::auth::{Caller, ConversationsWriter};
use crate::body::WithBody;
use crate::error::{Error, FieldError};
use crate::messages::compose::{LARGEST_BODY, NewMessage, References};
use crate::resources::Conversation;
use crate::time::Instant;
use crate::vocabulary::{ConversationType, StatusWord};

/// A new conversation, with its first messages.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewConversation {
    /// Its inbox.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    inbox_id: i64,
    /// Its customer. Exactly one of `customer_id`, `customer` and `customer_name` is required.
    #[schema(nullable = false)]
    customer_id: Option<i64>,
    /// Its customer, found by e-mail address, or created with these fields.
    #[schema(nullable = false)]
    customer: Option<CustomerByEmail>,
    /// Its customer, created with only this name.
    #[schema(min_length = 1, max_length = 1_000, pattern = r"\S", nullable = false)]
    customer_name: Option<String>,
    /// Default: empty. A published message with a subject changes it.
    #[schema(max_length = 4_096, nullable = false)]
    subject: Option<String>,
    /// Default: the last one that its messages name; else `new`, or `open` if they contain a published answer of an agent.
    #[schema(nullable = false)]
    status: Option<StatusWord>,
    assignee_id: Option<i64>,
    /// The type that Help Scout shows. Default: by its first message.
    kind: Option<ConversationType>,
    #[schema(max_length = 200)]
    ticket_number: Option<String>,
    #[schema(max_length = 2_000)]
    ticket_link: Option<String>,
    /// When it began. Default: now.
    started_at: Option<Instant>,
    /// When it was closed. Only with the status `closed`.
    closed_at: Option<Instant>,
    /// Unknown ones are created.
    #[schema(max_items = 100, nullable = false)]
    #[serde(default)]
    tags: Vec<labels::TagName>,
    /// Names have 1 to 100 characters.
    #[schema(nullable = false)]
    #[serde(default)]
    custom_fields: CustomFields,
    /// Imported from another system: no webhook is sent.
    #[serde(default)]
    imported: bool,
    /// Its first messages, in order. Needs the scope `messages.write`.
    #[schema(max_items = 100, nullable = false)]
    #[serde(default)]
    messages: Vec<NewMessage>,
}

/// A customer to find by e-mail address, or to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomerByEmail {
    #[schema(format = "email", max_length = 254)]
    email: String,
    #[schema(max_length = 1_000)]
    first_name: Option<String>,
    #[schema(max_length = 1_000)]
    last_name: Option<String>,
    #[schema(max_length = 500)]
    phone: Option<String>,
}

impl NewConversation {
    /// Returns the customer that the request names; `None` unless it names exactly one.
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

    /// Returns the faults that the schema cannot find.
    async fn faults(&self, caller: &Caller) -> Result<Vec<FieldError>, Error> {
        let mut faults = Vec::new();
        if self.customer().is_none() {
            let detail = "exactly one of customer_id, customer and customer_name must be given";
            faults.push(FieldError::new("customer_id", "invalid", detail));
        }
        if !caller.reaches(InboxId(self.inbox_id)).await? {
            faults.push(FieldError::unknown("inbox_id"));
        }
        let closed = self.status.is_some_and(|word| word.0 == Status::Closed);
        if self.closed_at.is_some() && !closed {
            let detail = "only with the status closed";
            faults.push(FieldError::new("closed_at", "invalid", detail));
        }
        faults.extend(bad_names(self.custom_fields.0.keys()));
        labels::TagName::names("tags", &self.tags, &mut faults);
        for (at, message) in self.messages.iter().enumerate() {
            let found = message.faults().into_iter();
            faults.extend(found.map(|fault| fault.under(&format!("messages[{at}]"))));
        }
        faults.truncate(100);
        Ok(faults)
    }

    fn values(&self) -> write::NewConversation {
        let mut named = self.messages.iter().filter_map(NewMessage::status_at_once);
        write::NewConversation {
            inbox: InboxId(self.inbox_id),
            application: None,
            subject: self.subject.clone().unwrap_or_default(),
            kind: self.kind.map(|word| word.0),
            status: self.status.map(|word| word.0).or_else(|| named.next_back()),
            assignee: self.assignee_id.map(AgentId),
            ticket_number: self.ticket_number.clone(),
            ticket_link: self.ticket_link.clone(),
            original_sender: None,
            started_at: self.started_at.map(|at| at.0),
            closed_at: self.closed_at.map(|at| at.0),
            tags: labels::TagName::names("tags", &self.tags, &mut Vec::new()),
            fields: self.custom_fields.0.clone(),
            imported: self.imported,
        }
    }
}

/// Create a conversation with its first messages.
#[utoipa::path(post, path = "/api/v1/conversations", tag = "conversations", operation_id = "create_conversation",
    request_body = NewConversation, security(("token" = ["conversations.write"])),
    responses((status = 201, body = Conversation, description = "The conversation",
        headers(("ETag" = String), ("Location" = String)))))]
pub(crate) async fn create(
    ConversationsWriter(caller): ConversationsWriter,
    WithBody { input, write }: WithBody<NewConversation, LARGEST_BODY>,
) -> Result<Answer, Error> {
    if !input.messages.is_empty() && !caller.may(Scope::MessagesWrite) {
        return Err(Error::Forbidden(Scope::MessagesWrite));
    }
    Error::invalid_if_any(input.faults(&caller).await?)?;
    let mut references = References::default();
    references.customers.push("customer_id".into());
    let customer = input.customer();
    let customer = customer.expect("a body that names no customer has a fault");
    let new = input.values();
    let mut messages = Vec::with_capacity(input.messages.len());
    for (at, message) in input.messages.into_iter().enumerate() {
        let prefix = format!("messages[{at}].");
        messages.push(message.compose(&caller, &mut references, &prefix).message);
    }
    references.resolve(&caller).await?;
    let command = CreateConversation {
        caller: caller.for_store(),
        reach: caller.inboxes().clone(),
        locks: Locks::NONE,
        customer,
        messages,
        conversation: new,
    };
    let (tags, fields) = (
        command.conversation.tags.clone(),
        command.conversation.fields.clone(),
    );
    let answer = move |created: &Created| {
        let stored = stored(&created.conversation, &tags, &fields);
        let location = format!("/api/v1/conversations/{}", created.conversation.id);
        Answer::created(location, &Conversation::of(&stored))
            .version(created.conversation.last_event_id)
    };
    let answer = write.try_run(command, answer).await;
    answer.map_err(|error| refused(error, &references))?
}

/// Builds the new conversation with its labels from the command and its result, without another read.
fn stored(
    conversation: &DomainConversation,
    tags: &[TagName],
    fields: &BTreeMap<String, String>,
) -> LabelledConversation {
    // The ids of the tags are not known here, and the response does not show them.
    let tags = tags.iter().map(|name| (name.as_str().to_owned(), TagId(0)));
    LabelledConversation {
        conversation: conversation.clone(),
        labels: Labels {
            tags: tags.collect(),
            fields: fields.clone(),
        },
    }
}

/// Returns the error for a refused command. If an entity is unknown it is a 422, because the body names all entities of
/// a new conversation.
fn refused(error: StoreError, references: &References) -> Error {
    match error {
        StoreError::Refused(Refusal::NotFound(Entity::Customer(at))) => {
            Error::unknown(references.customer_field(at))
        }
        StoreError::Refused(Refusal::NotFound(Entity::Agent)) => Error::unknown("assignee_id"),
        other => other.into(),
    }
}
