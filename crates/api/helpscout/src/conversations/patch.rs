//! Changes and deletes conversations (contract sections 6.5 and 6.6). The limits on adding threads do not apply here.

use axum::extract::{Request, State};
use axum::response::Response;
use heddle_api::App;
use heddle_domain::Scope;
use heddle_domain::id::ConversationId;
use heddle_store::write::change::{Change, ChangeConversation, ChangeItem};
use heddle_store::write::delete::DeleteConversation;
use heddle_store::write::edit::PublishConversation;
use heddle_store::{Entity, Error as StoreError, Refusal};

use crate::addressed::Addressed;
use crate::auth::Caller;
use crate::error::Error;
use crate::operation::{self, ConversationPatch};
use crate::path::ConversationPath;
use crate::{fault, input, response};

/// `PATCH /v2/conversations/{conversationId}`
pub(crate) async fn patch(
    State(app): State<App>,
    caller: Caller,
    ConversationPath(id): ConversationPath,
    request: Request,
) -> Result<Response, Error> {
    caller.require(Scope::ConversationsWrite)?;
    let call = Addressed {
        app: &app,
        caller: &caller,
        conversation: id,
    };
    let body = call.parse(request, &operation::SHAPE).await?;
    let change = call.read(&body, ConversationPatch::read).await?;
    let change = change.expect("an operation without a fault is read");
    let written = match change_of(&change) {
        Some(change) => write(&app, &caller, id, change).await,
        None => publish(&app, &caller, id).await?,
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
pub(super) async fn write(
    app: &App,
    caller: &Caller,
    id: ConversationId,
    change: Change,
) -> Result<(), StoreError> {
    let command = ChangeConversation {
        caller: caller.acting(caller.principal.credential.agent),
        inboxes: caller.inboxes(),
        item: ChangeItem {
            conversation: id,
            expected: None,
            change,
        },
    };
    app.store.write(command).await.map(drop)
}

async fn publish(
    app: &App,
    caller: &Caller,
    id: ConversationId,
) -> Result<Result<(), StoreError>, Error> {
    caller.require(Scope::MessagesWrite)?;
    let command = PublishConversation {
        caller: caller.acting(caller.principal.credential.agent),
        inboxes: caller.inboxes(),
        conversation: id,
    };
    Ok(app.store.write(command).await.map(drop))
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
