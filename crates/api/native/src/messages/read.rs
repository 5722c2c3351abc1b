//! `GET /api/v1/conversations/{id}/messages` and `GET /api/v1/conversations/{id}/messages/{message_id}`.

use heddle_domain::Timestamp;
use heddle_domain::id::{ConversationId, MessageId};
use heddle_store::read::contents::{MessageOrder, ShowMessage, WalkMessages, WithFiles};
use heddle_store::read::listing::Position;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::resource::Message;
use crate::answer::Answer;
use crate::auth::{Caller, MessagesReader};
use crate::error::Error;
use crate::etag::IfNoneMatch;
use crate::page::{Listing, Page, Paging};
use crate::path::{Id, MessageIdInPath};

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filters {
    /// The order; `-` means latest first. Default: `created`. With `created` every message is listed once, whatever
    /// changes meanwhile; `occurred` is the time of the contact.
    #[param(inline, nullable = false)]
    sort: Option<Sort>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
enum Sort {
    #[default]
    #[serde(rename = "created")]
    Created,
    #[serde(rename = "-created")]
    CreatedDown,
    #[serde(rename = "occurred")]
    Occurred,
    #[serde(rename = "-occurred")]
    OccurredDown,
}

/// List the messages of a conversation: contacts, notes and line items of every state.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/messages", tag = "messages", operation_id = "list_messages",
    params(Id, Filters, Paging), security(("token" = ["messages.read"])),
    responses((status = 200, body = Page<Message>, description = "A page of messages")))]
pub(crate) async fn list(
    MessagesReader(caller): MessagesReader,
    Id(id): Id,
    listing: Listing<Filters>,
) -> Result<axum::Json<Page<Message>>, Error> {
    let (order, descending) = match listing.filter.sort.unwrap_or_default() {
        Sort::Created => (MessageOrder::Created, false),
        Sort::CreatedDown => (MessageOrder::Created, true),
        Sort::Occurred => (MessageOrder::Occurred, false),
        Sort::OccurredDown => (MessageOrder::Occurred, true),
    };
    let after = listing.after::<(i64, i64)>()?;
    let read = WalkMessages {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        conversation: ConversationId(id),
        order,
        descending,
        after: after.map(|(at, id)| Position {
            at: Timestamp(at),
            id,
        }),
        limit: listing.limit(),
    };
    let page = caller.read(read).await;
    let page = page.map_err(|error| error.or_redirect("/messages"))?;
    Ok(axum::Json(Page {
        data: page.messages.into_iter().map(Message::of).collect(),
        next_cursor: page
            .next
            .map(|place| listing.cursor_at(&(place.at.0, place.id))),
    }))
}

/// Get a message.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/messages/{message_id}", tag = "messages",
    operation_id = "get_message", params(Id, MessageIdInPath), security(("token" = ["messages.read"])),
    responses((status = 200, body = Message, description = "The message", headers(("ETag" = String)))))]
pub(crate) async fn show(
    MessagesReader(caller): MessagesReader,
    Id(conversation): Id,
    MessageIdInPath(id): MessageIdInPath,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Error> {
    let found = get(&caller, conversation, id).await;
    let found = found.map_err(|error| error.or_redirect(&format!("/messages/{id}")))?;
    let version = found.0.revision();
    Ok(Answer::if_changed(
        &if_none_match,
        version,
        &Message::of(found),
    ))
}

/// Returns one message of a conversation.
///
/// # Errors
/// Returns a 404 if the conversation or the message is unknown; a 409 if the conversation was merged
/// ([`Error::or_redirect`] turns that into a redirect).
pub(crate) async fn get(caller: &Caller, conversation: i64, id: i64) -> Result<WithFiles, Error> {
    let read = ShowMessage {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        conversation: ConversationId(conversation),
        id: MessageId(id),
    };
    caller.read(read).await?.ok_or(Error::NotFound)
}
