//! `messageThreads/getAll` and `messageThreads/add` (contract sections 8 and 9).

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use heddle_domain::InboxScope;
use heddle_domain::conversation::Locks;
use heddle_domain::customer::CustomerRef;
use heddle_domain::guid::Guid;
use heddle_domain::id::ConversationId;
use heddle_store::read::applications::{GetApplicationThread, ListApplicationThreads, Position};
use heddle_store::write::{CreateConversation, NewConversation};
use http::HeaderMap;

use crate::auth::Call;
use crate::error::Error;
use crate::map::{self, Cursor};
use crate::page;
use crate::request::{AddThread, GetThreads};
use crate::wire::{AddedThreads, ThreadPage};
use heddle_api::App;

/// `POST /api/connector/v1/messageThreads/getAll`
pub(crate) async fn get_all(
    State(app): State<App>,
    headers: HeaderMap,
    call: Call<GetThreads>,
) -> Result<Response, Error> {
    let request = &call.operation;
    let guids = call.guids();
    let inboxes = map::enterprises(&call.principal, request.enterprises.as_deref())?;
    let found = match start(&app, &call, request.limitation.cursor).await? {
        Some(before) => {
            let threads = request.threads.as_deref();
            let list = ListApplicationThreads {
                account: call.principal.account.id,
                application: call.application,
                inboxes,
                only: threads.map(|threads| guids.positions(threads)),
                created: request.created,
                updated: request.updated,
                before,
                limit: request.limitation.count,
                budget: ListApplicationThreads::BUDGET,
            };
            app.store.read(list).await?
        }
        None => Vec::new(),
    };
    let threads: Vec<_> = found.iter().map(|c| map::thread(guids, c)).collect();
    let cursor = threads.last().map(|thread| thread.id.clone());
    let page = ThreadPage {
        message_threads: threads,
        cursor,
    };
    Ok(page::response(&headers, found.is_empty(), page))
}

/// Returns where the page begins; `None` for a cursor that contains no time.
async fn start(
    app: &App,
    call: &Call<GetThreads>,
    cursor: Option<Guid>,
) -> Result<Option<Position>, Error> {
    let Some(cursor) = cursor else {
        return Ok(Some(Position::NEWEST));
    };
    let instant = match call.guids().thread_cursor(cursor) {
        None => return Ok(None),
        Some(Cursor::Instant(at)) => at,
        Some(Cursor::Thread(position)) => {
            let thread = GetApplicationThread {
                account: call.principal.account.id,
                application: call.application,
                inboxes: call.principal.credential.inboxes.clone(),
                id: ConversationId(position.id),
            };
            let found = app.store.read(thread).await?;
            if found.is_some_and(|c| c.created_at == position.at) {
                return Ok(Some(position));
            }
            position.at
        }
    };
    Ok(Some(Position::before(instant)))
}

/// `POST /api/connector/v1/messageThreads/add`
pub(crate) async fn add(
    State(app): State<App>,
    call: Call<AddThread>,
) -> Result<Json<AddedThreads>, Error> {
    let enterprise = call.principal.inboxes().next();
    let enterprise = &enterprise.ok_or(Error::NoPermission)?.inbox;
    if enterprise.messaging_off {
        return Err(Error::MessagingOff);
    }
    let (caller, guids) = (call.caller(), call.guids());
    let AddThread {
        original_sender,
        subject,
    } = call.operation;
    let new = NewConversation {
        application: Some(call.application),
        original_sender: Some(original_sender.clone()),
        ..NewConversation::new(enterprise.id, subject)
    };
    let created = app
        .store
        .write(CreateConversation {
            caller,
            reach: InboxScope::All,
            locks: Locks::NONE,
            conversation: new,
            customer: CustomerRef::Named(original_sender),
            messages: Vec::new(),
        })
        .await?;
    Ok(Json(AddedThreads {
        message_threads: [map::thread(guids, &created.conversation)],
    }))
}
