//! `GET /api/v1/conversations/{id}/messages/{message_id}`.

use axum::extract::State;
use heddle_domain::id::{ConversationId, MessageId};
use heddle_store::read::shown::{ShowMessage, WithFiles};

use super::resource::Message;
use crate::answer::Answer;
use crate::auth::{Caller, MessagesReader};
use crate::conversations::lookup::unless_merged;
use crate::error::Error;
use crate::etag::IfNoneMatch;
use crate::path::{Id, MessageIdInPath};
use crate::problem::Problem;
use heddle_api::App;

/// Get a message.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/messages/{message_id}", tag = "messages",
    operation_id = "get_message", params(Id, MessageIdInPath), security(("token" = ["messages.read"])),
    responses((status = 200, body = Message, description = "The message", headers(("ETag" = String))),
        (status = 301, body = Problem,
            description = "The conversation was merged into another", headers(("Location" = String)))))]
pub(crate) async fn show(
    MessagesReader(caller): MessagesReader,
    State(app): State<App>,
    Id(conversation): Id,
    MessageIdInPath(id): MessageIdInPath,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Error> {
    let found = get(&app, &caller, conversation, id).await?;
    let version = found.0.revision();
    Ok(Answer::if_changed(
        &if_none_match,
        version,
        &Message::of(found),
    ))
}

/// # Errors
/// 404; 301 if the conversation was merged away.
pub(crate) async fn get(
    app: &App,
    caller: &Caller,
    conversation: i64,
    id: i64,
) -> Result<WithFiles, Error> {
    let read = ShowMessage {
        account: caller.account(),
        inboxes: caller.inboxes().to_vec(),
        conversation: ConversationId(conversation),
        id: MessageId(id),
    };
    let found = app.store.read(read).await?;
    unless_merged(found, &format!("/messages/{id}"))?.ok_or(Error::NotFound)
}
