//! `POST /api/v1/conversations/{id}/messages` and `POST /api/v1/conversations/{id}/notes`.

use heddle_domain::id::ConversationId;
use heddle_store::write::append::Appended;
use heddle_store::write::{Append, AppendMessages, Guard};
use heddle_store::{Entity, Error as StoreError, Refusal};

use super::compose::{Composed, LARGEST_BODY, NewMessage, NewNote, References};
use super::compose::{acting_agent, stored_message};
use super::resource::Message;
use crate::answer::Answer;
use crate::auth::{Caller, MessagesWriter};
use crate::body::WithBody;
use crate::conversations::lookup;
use crate::error::Error;
use crate::idempotency::IdempotentWrite;
use crate::path::Id;

/// Add a message to a conversation: a message of the customer, an answer of an agent, a draft or a line item.
///
/// Without `status`, a published message from or to the customer reopens the conversation, and an agent's answer opens
/// a new one.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/messages", tag = "messages", operation_id = "add_message",
    params(Id), request_body = NewMessage, security(("token" = ["messages.write"])),
    responses((status = 201, body = Message, description = "The message",
            headers(("ETag" = String), ("Location" = String)))))]
pub(crate) async fn append(
    MessagesWriter(caller): MessagesWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<NewMessage, LARGEST_BODY>,
) -> Result<Answer, Error> {
    Error::invalid_if_any(input.faults())?;
    add(&caller, id, input, &write).await
}

/// Add a note to a conversation. Only agents see notes.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/notes", tag = "messages", operation_id = "add_note",
    params(Id), request_body = NewNote, security(("token" = ["messages.write"])),
    responses((status = 201, body = Message, description = "The note",
            headers(("ETag" = String), ("Location" = String)))))]
pub(crate) async fn note(
    MessagesWriter(caller): MessagesWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<NewNote, LARGEST_BODY>,
) -> Result<Answer, Error> {
    add(&caller, id, input.into_message(), &write).await
}

async fn add(
    caller: &Caller,
    id: i64,
    input: NewMessage,
    write: &IdempotentWrite,
) -> Result<Answer, Error> {
    let mut references = References::default();
    let Composed { message, wish } = input.compose(caller, &mut references, "");
    let files = match references.resolve(caller).await {
        Ok(files) => files,
        // The conversation is looked up first, so that an unknown conversation is reported before an invalid message.
        Err(fault) => return Err(lookup::get(caller, id).await.err().unwrap_or(fault)),
    };
    let command = AppendMessages {
        caller: caller.acting(acting_agent(caller, message.author)),
        reach: caller.inboxes().clone(),
        guard: Guard {
            inboxes: caller.inboxes().clone(),
            version: write.expected,
            ..Guard::ALL
        },
        locks: heddle_domain::Locks::NONE,
        entries: vec![Append {
            conversation: ConversationId(id),
            message: message.clone(),
            wish,
            ticket_number: None,
            ticket_link: None,
        }],
    };
    let answer = move |appended: &Appended| {
        let stored = stored_message(&message, appended, files.clone());
        let revision = stored.0.revision();
        let location = format!("/api/v1/conversations/{id}/messages/{}", stored.0.id);
        Answer::created(location, &Message::of(stored)).version(revision)
    };
    match write.try_run(command, answer).await {
        Ok(answer) => answer,
        Err(StoreError::Refused(Refusal::NotFound(Entity::Customer(at)))) => {
            Err(Error::unknown(references.customer_field(at)))
        }
        Err(error) => Err(error.into()),
    }
}
