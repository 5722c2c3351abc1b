//! `GET /api/v1/conversations/{id}`.

use axum::extract::State;

use super::include::IncludeParams;
use super::lookup::get_for_read;
use crate::answer::Answer;
use crate::auth::ConversationsReader;
use crate::error::Error;
use crate::etag::IfNoneMatch;
use crate::path::Id;
use crate::problem::Problem;
use crate::query::QueryParams;
use crate::resources::Conversation;
use heddle_api::App;

/// Get a conversation.
#[utoipa::path(get, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "get_conversation",
    params(Id, IncludeParams), security(("token" = ["conversations.read"])),
    responses((status = 200, body = Conversation, description = "The conversation", headers(("ETag" = String))),
        (status = 301, body = Problem,
            description = "It was merged into another", headers(("Location" = String)))))]
pub(crate) async fn show(
    ConversationsReader(caller): ConversationsReader,
    State(app): State<App>,
    Id(id): Id,
    QueryParams(include): QueryParams<IncludeParams>,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Error> {
    let found = get_for_read(&app, &caller, id, "").await?;
    let version = found.conversation.last_event_id;
    let mut body = Conversation::of(&found);
    if include.is_empty() {
        return Ok(Answer::if_changed(&if_none_match, version, &body));
    }
    // Included objects change without a new version of the conversation, so this is never a 304.
    let included = include.load(&app, &caller, std::slice::from_ref(&found));
    body.included = Some(included.await?);
    Ok(Answer::ok(&body).version(version))
}
