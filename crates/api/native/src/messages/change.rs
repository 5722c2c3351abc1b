//! `PATCH /api/v1/conversations/{id}/messages/{message_id}`.

use heddle_domain::id::{AgentId, ConversationId, MessageId};
use heddle_store::Entity;
use heddle_store::write::edit::{EditMessage, Edited, Publishing};
use serde::Deserialize;
use utoipa::ToSchema;

use super::compose::{LARGEST_BODY, acting_agent};
use super::read::get;
use super::resource::Message;
use crate::answer::Answer;
use crate::auth::MessagesWriter;
use crate::body::{WithBody, present};
use crate::error::{Error, FieldError};
use crate::path::{Id, MessageIdInPath};
use crate::time::Instant;
use crate::vocabulary::{FormatWord, StatusWord};

/// Changes of a message. An absent field stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageChange {
    /// The text of a draft or a note. The text of a published message cannot be changed.
    #[schema(nullable = false)]
    body: Option<String>,
    #[schema(nullable = false)]
    format: Option<FormatWord>,
    /// Publishes a draft.
    #[schema(nullable = false)]
    state: Option<Published>,
    /// When the contact took place. Default: now. Only together with `state`.
    #[schema(nullable = false)]
    occurred_at: Option<Instant>,
    /// The new status of the conversation. Default: the draft's `status_wish`, else the usual status after such a
    /// message. Only together with `state`.
    #[schema(nullable = false)]
    status: Option<StatusWord>,
    /// The new assignee of the conversation; `null`: nobody. Default: the draft's `assignee_wish_id`, else no change.
    /// Only together with `state`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    assignee_id: Option<Option<i64>>,
}

/// The only state that a change can set.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Published {
    Published,
}

/// Change a draft or a note, or publish a draft.
#[utoipa::path(patch, path = "/api/v1/conversations/{id}/messages/{message_id}", tag = "messages",
    operation_id = "update_message", params(Id, MessageIdInPath), request_body = MessageChange,
    security(("token" = ["messages.write"])),
    responses((status = 200, body = Message, description = "The message", headers(("ETag" = String)))))]
pub(crate) async fn change(
    MessagesWriter(caller): MessagesWriter,
    Id(conversation): Id,
    MessageIdInPath(id): MessageIdInPath,
    WithBody { input, write }: WithBody<MessageChange, LARGEST_BODY>,
) -> Result<Answer, Error> {
    let publish = publishing(&input)?;
    let (before, files) = get(&caller, conversation, id).await?;
    let command = EditMessage {
        caller: caller.acting(acting_agent(&caller, before.author)),
        inboxes: caller.inboxes().clone(),
        conversation: ConversationId(conversation),
        message: MessageId(id),
        expected: write.expected,
        body: input.body,
        format: input.format.map(|word| word.0),
        publish,
    };
    let answer = move |edited: &Edited| {
        let revision = edited.message.revision();
        let message = Message::of((edited.message.clone(), files.clone()));
        Answer::ok(&message).version(revision)
    };
    write
        .run(command, &[(Entity::Agent, "assignee_id")], answer)
        .await
}

fn publishing(input: &MessageChange) -> Result<Option<Publishing>, Error> {
    let faults = [
        ("occurred_at", input.occurred_at.is_some()),
        ("status", input.status.is_some()),
        ("assignee_id", input.assignee_id.is_some()),
    ]
    .into_iter()
    .filter(|(_, given)| *given && input.state.is_none())
    .map(|(field, _)| FieldError::new(field, "invalid", "only together with state"));
    Error::invalid_if_any(faults.collect())?;
    Ok(input.state.map(|Published::Published| Publishing {
        occurred_at: input.occurred_at.map(|at| at.0),
        status: input.status.map(|word| word.0),
        assignee: input.assignee_id.map(|id| id.map(AgentId)),
    }))
}
