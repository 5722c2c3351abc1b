//! Create a thread, and add a communication to one (contract section 5.3).

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use bytes::Bytes;
use heddle_domain::conversation::{Locks, StatusWish};
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{ConversationId, CustomerId};
use heddle_store::write::{Append, AppendMessages, CreateConversation, Draft, Guard, Reach};
use http::HeaderMap;

use crate::auth::Writer;
use crate::error::Error;
use crate::map::{self, Communication};
use crate::text::Text;
use crate::wire::{ThreadRequest, ThreadResponse};
use heddle_api::App;
use heddle_http::body;
use heddle_http::media::Media;
use heddle_http::path::{BadPath, Params};

/// The generous limit of contract section 4.
const BODY_LIMIT: usize = 1 << 20;

/// `POST /v1/communications/{customerId}/threads`
pub(crate) async fn create(
    State(app): State<App>,
    writer: Writer,
    path: Result<Params, BadPath>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ThreadResponse>, Error> {
    let customer = CustomerId(id(path.as_ref(), "customerId")?);
    let request = ThreadRequest::parse(&read(&headers, body).await?)?;
    let communication = Communication::try_from(&request)?;
    let studio = writer.studio()?;
    let draft = Draft {
        inbox: studio,
        application: None,
        subject: request.subject.clone(),
        kind: None,
        status: Some(communication.status),
        assignee: None,
        ticket_number: communication.ticket_number,
        ticket_link: communication.ticket_link,
        original_sender: None,
        started_at: None,
        closed_at: None,
        tags: Vec::new(),
        fields: Default::default(),
        imported: false,
    };
    let created = app
        .store
        .write(CreateConversation {
            caller: writer.caller(),
            reach: Reach::HomeIn(studio),
            locks: Locks::NONE,
            draft,
            customer: CustomerRef::Id(customer),
            messages: vec![communication.message],
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
    writer: Writer,
    path: Result<Params, BadPath>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ThreadResponse>, Error> {
    let customer = CustomerId(id(path.as_ref(), "customerId")?);
    let thread = ConversationId(id(path.as_ref(), "threadId")?);
    let request = ThreadRequest::parse(&read(&headers, body).await?)?;
    let communication = Communication::try_from(&request)?;
    let studio = writer.studio()?;
    let appended = app
        .store
        .write(AppendMessages {
            caller: writer.caller(),
            reach: Reach::HomeIn(studio),
            guard: Guard {
                inboxes: vec![studio],
                customer: Some(customer),
                application: None,
            },
            locks: Locks::NONE,
            entries: vec![Append {
                conversation: thread,
                message: communication.message,
                wish: StatusWish::Stage(communication.status),
                ticket_number: communication.ticket_number,
                ticket_link: communication.ticket_link,
            }],
        })
        .await?;
    Ok(Json(map::response(
        request,
        &appended.conversations[0],
        appended.messages[0].id.get(),
    )))
}

/// A path id: an int64, or a fault that names the parameter.
fn id(path: Result<&Params, &BadPath>, name: &str) -> Result<i64, Error> {
    let params = path.map_err(|_| Error::Invalid {
        text: Text::BadPath,
        reference: None,
    })?;
    params
        .get(name)
        .parse()
        .map_err(|_| Error::field(Text::BadId, name))
}

/// The body; one that is there must be JSON.
async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Error> {
    let bytes = body::read(body, BODY_LIMIT).await?;
    if !bytes.is_empty() && Media::of(headers) != Media::Json {
        return Err(Error::UnsupportedMediaType);
    }
    Ok(bytes)
}
