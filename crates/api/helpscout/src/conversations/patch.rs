//! Changes and deletes conversations (contract sections 6.5 and 6.6). The limits on adding threads do not apply here.

use axum::extract::State;
use axum::response::Response;
use heddle_api::App;
use heddle_domain::Scope;
use heddle_store::write::change::{Change, ChangeConversation, ChangeItem};
use heddle_store::write::delete::DeleteConversation;
use heddle_store::write::edit::PublishConversation;
use heddle_store::{Entity, Error as StoreError, Refusal};

use crate::addressed::ConversationChange;
use crate::auth::Caller;
use crate::error::Error;
use crate::operation::{self, ConversationPatch};
use crate::path::ConversationPath;
use crate::{fault, input, response};

/// `PATCH /v2/conversations/{conversationId}`
pub(crate) async fn patch(call: ConversationChange) -> Result<Response, Error> {
    let change = call
        .read(&operation::SHAPE, ConversationPatch::read)
        .await?;
    let change = change.expect("an operation without a fault is read");
    let written = match change_of(&change) {
        Some(change) => write(&call, change).await,
        None => publish(&call).await?,
    };
    written.map_err(|error| refusal(&change, error))?;
    Ok(response::no_content())
}

/// Returns the change to write; `None` if the conversation is published.
fn change_of(patch: &ConversationPatch) -> Option<Change> {
    let none = Change::default();
    Some(match patch {
        ConversationPatch::Subject(subject) => Change {
            subject: Some(subject.clone()),
            ..none
        },
        ConversationPatch::Customer(customer) => Change {
            customer: Some(*customer),
            ..none
        },
        ConversationPatch::Inbox(inbox) => Change {
            inbox: Some(*inbox),
            ..none
        },
        ConversationPatch::Status(status) => Change {
            status: *status,
            reopen: status.is_none(),
            ..none
        },
        ConversationPatch::Assignee(assignee) => Change {
            assignee: Some(*assignee),
            ..none
        },
        ConversationPatch::Publish => return None,
    })
}

/// Writes a change of any version of the conversation.
pub(super) async fn write(call: &ConversationChange, change: Change) -> Result<(), StoreError> {
    let caller = &call.caller;
    let command = ChangeConversation {
        caller: caller.acting(caller.principal.credential.agent),
        inboxes: caller.inboxes(),
        item: ChangeItem {
            conversation: call.id,
            expected: None,
            change,
        },
    };
    call.app.store.write(command).await.map(drop)
}

async fn publish(call: &ConversationChange) -> Result<Result<(), StoreError>, Error> {
    let caller = &call.caller;
    caller.require(Scope::MessagesWrite)?;
    let command = PublishConversation {
        caller: caller.acting(caller.principal.credential.agent),
        inboxes: caller.inboxes(),
        conversation: call.id,
    };
    Ok(call.app.store.write(command).await.map(drop))
}

/// Returns the error for a refused change: an unknown entity in the value is a fault of the value.
fn refusal(change: &ConversationPatch, error: StoreError) -> Error {
    let unknown = |what, id| Error::Invalid(vec![fault::unknown("value", what, id)]);
    match (change, error) {
        (
            ConversationPatch::Customer(id),
            StoreError::Refused(Refusal::NotFound(Entity::Customer(_))),
        ) => unknown("customer", id.get()),
        (ConversationPatch::Inbox(id), StoreError::Refused(Refusal::NotFound(Entity::Inbox))) => {
            unknown("mailbox", id.get())
        }
        (
            ConversationPatch::Assignee(Some(id)),
            StoreError::Refused(Refusal::NotFound(Entity::Agent)),
        ) => unknown("user", id.get()),
        (_, StoreError::Refused(Refusal::Invalid { reason, .. })) => {
            input::refusal("value", reason)
        }
        (_, other) => other.into(),
    }
}

/// `DELETE /v2/conversations/{conversationId}`
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    ConversationPath(id): ConversationPath,
) -> Result<Response, Error> {
    caller.require(Scope::ConversationsWrite)?;
    let command = DeleteConversation {
        caller: caller.acting(caller.principal.credential.agent),
        inboxes: caller.inboxes(),
        conversation: id,
        expected: None,
    };
    app.store.write(command).await?;
    Ok(response::no_content())
}
