//! `messages/getAll` and `messages/add` (contract sections 10 and 11).

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use heddle_domain::conversation::{Locks, StatusWish};
use heddle_domain::id::{ConversationId, MessageId};
use heddle_domain::{Conversation, InboxScope};
use heddle_store::read::applications::{ListApplicationThreads, ListThreadMessages, Position};
use heddle_store::write::{Append, AppendMessages, Guard};
use http::HeaderMap;

use crate::auth::Call;
use crate::error::Error;
use crate::map;
use crate::page;
use crate::request::{AddMessages, GetMessages, MessageParameters};
use crate::wire::{AddedMessage, AddedMessages, MessagePage};
use heddle_api::App;

/// `POST /api/connector/v1/messages/getAll`
pub(crate) async fn get_all(
    State(app): State<App>,
    headers: HeaderMap,
    call: Call<GetMessages>,
) -> Result<Response, Error> {
    let request = &call.operation;
    let guids = call.guids();
    let inboxes = map::enterprises(&call.principal, request.enterprises.as_deref())?;
    let before = match request.limitation.cursor {
        None => Some(MessageId(i64::MAX)),
        Some(cursor) => guids.message_cursor(cursor),
    };
    let found = match before {
        Some(before) => {
            let list = ListThreadMessages {
                account: call.principal.account.id,
                application: call.application,
                inboxes,
                conversations: guids.positions(&request.threads),
                created: request.created,
                before,
                limit: request.limitation.count,
                budget: ListThreadMessages::BUDGET,
            };
            app.store.read(list).await?
        }
        None => Vec::new(),
    };
    let messages: Vec<_> = found.iter().map(|m| map::message(guids, m)).collect();
    let cursor = messages.last().map(|message| message.id.clone());
    let page = MessagePage { messages, cursor };
    Ok(page::response(&headers, found.is_empty(), page))
}

/// `POST /api/connector/v1/messages/add`
pub(crate) async fn add(
    State(app): State<App>,
    mut call: Call<AddMessages>,
) -> Result<Json<AddedMessages>, Error> {
    let parameters = std::mem::take(&mut call.operation.messages);
    if parameters.is_empty() {
        return Ok(Json(AddedMessages {
            messages: Vec::new(),
        }));
    }
    let threads = threads(&app, &call, &parameters).await?;
    let command = command(&call, &parameters, &threads);
    let appended = app.store.write(command).await?;
    let guids = call.guids();
    let added = parameters.into_iter().zip(&threads).zip(appended.messages);
    let added = added.map(|((parameters, thread), stored)| {
        let thread = guids.thread(thread.at, ConversationId(thread.id));
        AddedMessage {
            identifier: parameters.identifier,
            message: map::added(guids, thread, &stored, parameters.text),
        }
    });
    Ok(Json(AddedMessages {
        messages: added.collect(),
    }))
}

/// Returns the command that adds each message to its thread.
fn command(
    call: &Call<AddMessages>,
    parameters: &[MessageParameters],
    threads: &[Position],
) -> AppendMessages {
    let entries = parameters.iter().zip(threads);
    let entries = entries.map(|(message, thread)| Append {
        conversation: ConversationId(thread.id),
        message: map::new_message(message.text.clone()),
        wish: StatusWish::Reopen,
        ticket_number: None,
        ticket_link: None,
    });
    AppendMessages {
        caller: call.caller(),
        reach: InboxScope::All,
        guard: Guard {
            inboxes: call.principal.credential.inboxes.clone(),
            customer: None,
            application: Some(call.application),
            ..Guard::ALL
        },
        locks: Locks::NONE,
        entries: entries.collect(),
    }
}

/// Returns the threads to which the messages are added. They are read before the command, because only the row shows
/// whether the creation time in a GUID is right (it never changes). The command checks again that the caller sees the
/// thread.
async fn threads(
    app: &App,
    call: &Call<AddMessages>,
    parameters: &[MessageParameters],
) -> Result<Vec<Position>, Error> {
    let guids = call.guids();
    let named: Vec<Option<Position>> = parameters
        .iter()
        .map(|message| guids.position(message.thread))
        .collect();
    let only: Vec<Position> = named.iter().copied().flatten().collect();
    let list = ListApplicationThreads {
        account: call.principal.account.id,
        application: call.application,
        inboxes: call.principal.inbox_ids(),
        limit: only.len(),
        only: Some(only),
        created: None,
        updated: None,
        before: Position::NEWEST,
        budget: ListApplicationThreads::BUDGET,
    };
    let found = app.store.read(list).await?;
    let visible = found.iter().map(|thread| (Position::of(thread), thread));
    let visible: HashMap<Position, &Conversation> = visible.collect();
    let mut targets = Vec::with_capacity(parameters.len());
    let mut is_off = false;
    for (at, position) in named.iter().enumerate() {
        let thread = position.and_then(|position| visible.get(&position));
        let thread = thread.ok_or_else(|| unknown(at))?;
        let enterprise = call.principal.inbox(thread.inbox);
        is_off |= enterprise.is_some_and(|view| view.inbox.messaging_off);
        targets.push(Position::of(thread));
    }
    if is_off {
        return Err(Error::MessagingOff);
    }
    Ok(targets)
}

fn unknown(at: usize) -> Error {
    Error::invalid("MessageThreadId").within(format!("Messages[{at}]"))
}
