//! `PATCH /api/v1/conversations/{id}`, and the change itself, which bulk changes share.

use axum::extract::State;
use heddle_domain::id::{AgentId, ConversationId, CustomerId, InboxId};
use heddle_store::Entity;
use heddle_store::write::change::{
    Change as DomainChange, ChangeConversation, ChangeItem, TagChange,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Conversation;
use super::labels::{CustomFieldChanges, TagName, bad_names};
use crate::answer::Answer;
use crate::auth::ConversationsWriter;
use crate::error::{Error, FieldError};
use crate::input::{Change, present};
use crate::path::Id;
use crate::words::StatusWord;
use heddle_api::App;

/// The body's fields behind entities that may turn out to be unknown.
pub(crate) const FIELDS: &[(Entity, &str)] = &[
    (Entity::Agent, "assignee_id"),
    (Entity::Inbox, "inbox_id"),
    (Entity::Customer(0), "customer_id"),
];

/// What changes of a conversation; what is absent stays.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationChange {
    #[schema(max_length = 1000, nullable = false)]
    subject: Option<String>,
    #[schema(nullable = false)]
    status: Option<StatusWord>,
    #[schema(nullable = false)]
    archived: Option<bool>,
    /// Who is in charge; `null`: nobody. A change is a delegation.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    assignee_id: Option<Option<i64>>,
    /// Where it moves.
    #[schema(nullable = false)]
    inbox_id: Option<i64>,
    /// Whose it becomes. Its messages keep their own customers.
    #[schema(nullable = false)]
    customer_id: Option<i64>,
    /// `null` forgets it.
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 200, value_type = Option<String>)]
    ticket_number: Option<Option<String>>,
    /// `null` forgets it.
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 2000, value_type = Option<String>)]
    ticket_link: Option<Option<String>>,
    /// These tags and no others. Unknown ones are made.
    #[schema(max_items = 100, nullable = false)]
    tags: Option<Vec<TagName>>,
    /// These tags too. Not together with `tags`.
    #[schema(max_items = 100, nullable = false)]
    add_tags: Option<Vec<TagName>>,
    /// These tags no more. Not together with `tags`.
    #[schema(max_items = 100, nullable = false)]
    remove_tags: Option<Vec<TagName>>,
    /// New values of free fields; `null` takes a field away, others stay. Names have 1 to 100 characters.
    #[schema(nullable = false)]
    custom_fields: Option<CustomFieldChanges>,
}

impl ConversationChange {
    /// The change, or every field that is wrong beyond its schema.
    pub(crate) fn read(self) -> Result<DomainChange, Vec<FieldError>> {
        let CustomFieldChanges(fields) = self.custom_fields.unwrap_or_default();
        let mut faults = bad_names(fields.keys());
        if self.tags.is_some() && (self.add_tags.is_some() || self.remove_tags.is_some()) {
            let detail = "not together with add_tags or remove_tags";
            faults.push(FieldError::new("tags", "invalid", detail));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(DomainChange {
            subject: self.subject,
            status: self.status.map(|word| word.0),
            archived: self.archived,
            assignee: self.assignee_id.map(|id| id.map(AgentId)),
            inbox: self.inbox_id.map(InboxId),
            customer: self.customer_id.map(CustomerId),
            ticket_number: self.ticket_number,
            ticket_link: self.ticket_link,
            tags: match self.tags {
                Some(names) => TagChange::Set(texts(names)),
                None => TagChange::Edit {
                    add: texts(self.add_tags.unwrap_or_default()),
                    remove: texts(self.remove_tags.unwrap_or_default()),
                },
            },
            fields,
        })
    }
}

/// The names as they are stored.
pub(crate) fn texts(names: Vec<TagName>) -> Vec<String> {
    names.into_iter().map(|TagName(name)| name).collect()
}

/// Change a conversation: status, archive flag, assignee, inbox, customer, ticket, tags, custom fields.
#[utoipa::path(patch, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "update_conversation",
    params(Id), request_body = ConversationChange, security(("token" = ["conversations.write"])),
    responses((status = 200, body = Conversation, description = "The conversation", headers(("ETag" = String))),
        (status = 409, body = crate::wire::Problem, content_type = "application/problem+json",
            description = "It was merged into another, which is named")))]
pub(crate) async fn change(
    ConversationsWriter(holder): ConversationsWriter,
    State(app): State<App>,
    Id(id): Id,
    Change { input, once }: Change<ConversationChange>,
) -> Result<Answer, Error> {
    let change = input.read().map_err(Error::Invalid)?;
    let command = ChangeConversation {
        caller: holder.caller(),
        inboxes: holder.inboxes().to_vec(),
        item: ChangeItem {
            conversation: ConversationId(id),
            expected: once.expected,
            change,
        },
    };
    let answer = once.write(command, FIELDS, Conversation::answer).await;
    match answer {
        Err(error) => Err(super::refused(&app, &holder, id, error).await),
        answered => answered,
    }
}
