//! `GET /api/v1/conversations/{id}/messages/{message_id}/original`.

use heddle_domain::id::{ConversationId, MessageId};
use heddle_store::read::contents::ShowOriginal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::MessagesReader;
use crate::error::Error;
use crate::path::{Id, MessageIdInPath};
use crate::vocabulary::FormatWord;

/// The text that a message had before it was rewritten.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OriginalText {
    body: String,
    format: FormatWord,
}

/// Get the first text of a message that was rewritten. 404 if it never was.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/messages/{message_id}/original", tag = "messages",
    operation_id = "get_original_text", params(Id, MessageIdInPath), security(("token" = ["messages.read"])),
    responses((status = 200, body = OriginalText, description = "The first text")))]
pub(crate) async fn original(
    MessagesReader(caller): MessagesReader,
    Id(id): Id,
    MessageIdInPath(message): MessageIdInPath,
) -> Result<axum::Json<OriginalText>, Error> {
    let read = ShowOriginal {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        conversation: ConversationId(id),
        id: MessageId(message),
    };
    let found = caller.read(read).await;
    let found =
        found.map_err(|error| error.or_redirect(&format!("/messages/{message}/original")))?;
    let (body, format) = found.ok_or(Error::NotFound)?;
    Ok(axum::Json(OriginalText {
        body,
        format: FormatWord(format),
    }))
}
