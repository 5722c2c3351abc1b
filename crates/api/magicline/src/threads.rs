//! Creates threads and adds communications to them (contract section 5.3).

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use heddle_domain::InboxScope;
use heddle_domain::conversation::{Locks, StatusWish};
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{ConversationId, CustomerId};
use heddle_store::write::{Append, AppendMessages, CreateConversation, Guard, NewConversation};
use http::HeaderMap;

use crate::auth::Writer;
use crate::error::Error;
use crate::map;
use crate::request::{self, ThreadRequest};
use crate::wire::ThreadResponse;
use heddle_api::App;
use heddle_http::path::{BadPath, Params};

/// `POST /v1/communications/{customerId}/threads`
pub(crate) async fn create(
    State(app): State<App>,
    Writer(caller): Writer,
    path: Result<Params, BadPath>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ThreadResponse>, Error> {
    let customer = CustomerId(request::id(&path, "customerId")?);
    let request = ThreadRequest::read(&headers, body).await?;
    let studio = caller.studio()?;
    let new = NewConversation {
        status: Some(request.status),
        ticket_number: request.ticket_number.clone(),
        ticket_link: request.ticket_link.clone(),
        ..NewConversation::new(studio, request.subject.clone())
    };
    let created = app
        .store
        .write(CreateConversation {
            caller: caller.for_store(),
            reach: InboxScope::only([studio]),
            locks: Locks::NONE,
            conversation: new,
            customer: CustomerRef::Id(customer),
            messages: vec![map::message(&request)],
        })
        .await?;
    Ok(Json(map::response(
        request,
        &created.conversation,
        created.messages[0].id.get(),
    )))
}

/// `PUT /v1/communications/{customerId}/threads/{threadId}`
pub(crate) async fn update(
    State(app): State<App>,
    Writer(caller): Writer,
    path: Result<Params, BadPath>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ThreadResponse>, Error> {
    let customer = CustomerId(request::id(&path, "customerId")?);
    let thread = ConversationId(request::id(&path, "threadId")?);
    let request = ThreadRequest::read(&headers, body).await?;
    let studio = caller.studio()?;
    let appended = app
        .store
        .write(AppendMessages {
            caller: caller.for_store(),
            reach: InboxScope::only([studio]),
            guard: Guard {
                inboxes: InboxScope::only([studio]),
                customer: Some(customer),
                ..Guard::ALL
            },
            locks: Locks::NONE,
            entries: vec![Append {
                conversation: thread,
                message: map::message(&request),
                wish: StatusWish::Stage(request.status),
                ticket_number: request.ticket_number.clone(),
                ticket_link: request.ticket_link.clone(),
            }],
        })
        .await?;
    Ok(Json(map::response(
        request,
        &appended.conversations[0],
        appended.messages[0].id.get(),
    )))
}
