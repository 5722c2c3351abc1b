//! Changes a thread, and shows the mail from which it was made (contract sections 7.8 and 7.9).

use axum::extract::{Request, State};
use axum::response::Response;
use heddle_api::App;
use heddle_domain::message::{Channel, Format, Kind, State as MessageState};
use heddle_domain::{Message, Scope};
use heddle_store::read::contents::ShowMessage;
use heddle_store::write::amend::AmendMessage;
use heddle_store::{Error as StoreError, Refusal};

use crate::addressed::Addressed;
use crate::auth::Caller;
use crate::error::Error;
use crate::operation::{self, ThreadPatch};
use crate::path::ThreadPath;
use crate::settings::THREAD_EDITING;
use crate::{input, response};

/// `PATCH /v2/conversations/{conversationId}/threads/{threadId}`
pub(crate) async fn patch(
    State(app): State<App>,
    caller: Caller,
    path: ThreadPath,
    request: Request,
) -> Result<Response, Error> {
    caller.require(Scope::MessagesWrite)?;
    let message = find(&app, &caller, path).await?;
    must_be_allowed(&caller)?;
    let call = Addressed {
        app: &app,
        caller: &caller,
        conversation: path.conversation,
    };
    let body = call.parse(request, &operation::SHAPE).await?;
    if !call.read(&body, operation::has_op).await? {
        return Err(Error::NotJson);
    }
    let change = call.read(&body, ThreadPatch::read).await?;
    let change = change.expect("an operation without a fault is read");
    must_suit(&message, &change)?;
    let (text, hidden) = match change {
        ThreadPatch::Text(text) => (Some((text, Format::Html)), None),
        ThreadPatch::Hidden(hidden) => (None, Some(hidden)),
    };
    let command = AmendMessage {
        caller: caller.acting(caller.principal.credential.agent),
        inboxes: caller.inboxes(),
        conversation: path.conversation,
        message: path.thread,
        text,
        hidden,
    };
    match app.store.write(command).await {
        Ok(_) => Ok(response::no_content()),
        Err(StoreError::Refused(Refusal::Invalid { reason, .. })) => {
            Err(input::refusal("value", reason))
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /v2/conversations/{conversationId}/threads/{threadId}/original-source`. No thread has a source: threads come from APIs, and
/// Heddle receives no mail.
pub(crate) async fn original_source(
    State(app): State<App>,
    caller: Caller,
    path: ThreadPath,
) -> Result<Response, Error> {
    caller.require(Scope::MessagesRead)?;
    find(&app, &caller, path).await?;
    Err(Error::NotFound)
}

async fn find(app: &App, caller: &Caller, path: ThreadPath) -> Result<Message, Error> {
    let read = ShowMessage {
        account: caller.principal.credential.account,
        inboxes: caller.inboxes(),
        conversation: path.conversation,
        id: path.thread,
    };
    let found = app.store.read(read).await?;
    found.map(|(message, _)| message).ok_or(Error::NotFound)
}

/// Refuses a change by an app that is no administrator, unless the account lets everybody change threads.
fn must_be_allowed(caller: &Caller) -> Result<(), Error> {
    let settings = &caller.principal.account.settings;
    match THREAD_EDITING.value(settings) {
        0 => caller.require(Scope::AccountWrite),
        _ => Ok(()),
    }
}

/// Refuses a change that this kind of thread does not have.
fn must_suit(message: &Message, change: &ThreadPatch) -> Result<(), Error> {
    if message.kind == Kind::LineItem {
        let reason = "a line item cannot be changed";
        return Err(input::refusal("path", reason.into()));
    }
    let is_mail = message.kind == Kind::Message
        && !matches!(message.channel, Channel::Phone | Channel::Chat)
        && message.state != MessageState::Draft;
    if matches!(change, ThreadPatch::Hidden(_)) && !is_mail {
        let reason = "only published customer threads and replies can be hidden";
        return Err(input::refusal("path", reason.into()));
    }
    Ok(())
}
