//! `PATCH /api/v1/conversations/{id}`, and the body of a change, which bulk changes use too.

use heddle_domain::id::{AgentId, ConversationId, CustomerId, InboxId};
use heddle_store::Entity;
use heddle_store::write::change::{
    Change as DomainChange, ChangeConversation, ChangeItem, TagChange,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::labels::{CustomFieldChanges, TagName, bad_names};
use crate::answer::Answer;
use crate::auth::ConversationsWriter;
use crate::body::{WithBody, present};
use crate::error::{Error, FieldError};
use crate::path::Id;
use crate::resources::Conversation;
use crate::vocabulary::StatusWord;

/// The kinds of entity that a body can name, each with its field.
pub(crate) const FIELDS: &[(Entity, &str)] = &[
    (Entity::Agent, "assignee_id"),
    (Entity::Inbox, "inbox_id"),
    (Entity::Customer(0), "customer_id"),
];

/// Changes of a conversation. An absent field stays as it is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationChange {
    #[schema(max_length = 4_096, nullable = false)]
    subject: Option<String>,
    #[schema(nullable = false)]
    status: Option<StatusWord>,
    #[schema(nullable = false)]
    archived: Option<bool>,
    /// The responsible agent; `null`: nobody. A change is recorded as a delegation.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    assignee_id: Option<Option<i64>>,
    /// The inbox to move it to.
    #[schema(nullable = false)]
    inbox_id: Option<i64>,
    /// The new customer. Messages keep their own customers.
    #[schema(nullable = false)]
    customer_id: Option<i64>,
    /// `null` removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 200, value_type = Option<String>)]
    ticket_number: Option<Option<String>>,
    /// `null` removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 2_000, value_type = Option<String>)]
    ticket_link: Option<Option<String>>,
    /// Replaces all tags. Unknown ones are created.
    #[schema(max_items = 100, nullable = false)]
    tags: Option<Vec<TagName>>,
    /// Adds these tags. Not together with `tags`.
    #[schema(max_items = 100, nullable = false)]
    add_tags: Option<Vec<TagName>>,
    /// Removes these tags. Not together with `tags`.
    #[schema(max_items = 100, nullable = false)]
    remove_tags: Option<Vec<TagName>>,
    /// New values of custom fields. `null` removes a field, absent fields stay. Names have 1 to 100 characters.
    #[schema(nullable = false)]
    custom_fields: Option<CustomFieldChanges>,
}

impl ConversationChange {
    /// Returns the change, or the faults that the schema cannot find.
    pub(crate) fn parse(self) -> Result<DomainChange, Vec<FieldError>> {
        let CustomFieldChanges(fields) = self.custom_fields.unwrap_or_default();
        let mut faults = bad_names(fields.keys());
        if self.tags.is_some() && (self.add_tags.is_some() || self.remove_tags.is_some()) {
            let detail = "not together with add_tags or remove_tags";
            faults.push(FieldError::new("tags", "invalid", detail));
        }
        let mut names =
            |field, given: Option<Vec<TagName>>| TagName::names(field, &given?, &mut faults).into();
        let (set, add, remove) = (
            names("tags", self.tags),
            names("add_tags", self.add_tags),
            names("remove_tags", self.remove_tags),
        );
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(DomainChange {
            subject: self.subject,
            status: self.status.map(|word| word.0),
            reopen: false,
            archived: self.archived,
            assignee: self.assignee_id.map(|id| id.map(AgentId)),
            inbox: self.inbox_id.map(InboxId),
            customer: self.customer_id.map(CustomerId),
            ticket_number: self.ticket_number,
            ticket_link: self.ticket_link,
            tags: match set {
                Some(names) => TagChange::Set(names),
                None => TagChange::Edit {
                    add: add.unwrap_or_default(),
                    remove: remove.unwrap_or_default(),
                },
            },
            fields,
            fields_of: None,
        })
    }
}

/// Change a conversation: status, archive flag, assignee, inbox, customer, ticket, tags, custom fields.
#[utoipa::path(patch, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "update_conversation",
    params(Id), request_body = ConversationChange, security(("token" = ["conversations.write"])),
    responses((status = 200, body = Conversation, description = "The conversation", headers(("ETag" = String)))))]
pub(crate) async fn change(
    ConversationsWriter(caller): ConversationsWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<ConversationChange>,
) -> Result<Answer, Error> {
    let change = input.parse().map_err(Error::Invalid)?;
    let command = ChangeConversation {
        caller: caller.for_store(),
        inboxes: caller.inboxes().clone(),
        item: ChangeItem {
            conversation: ConversationId(id),
            expected: write.expected,
            change,
        },
    };
    write.run(command, FIELDS, Conversation::answer).await
}
