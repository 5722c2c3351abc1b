//! Adds a file to a thread, and deletes a file (contract section 8). Neither is a new thread: no status changes, and the limits on
//! adding threads do not apply.

use axum::extract::{Request, State};
use axum::response::Response;
use heddle_api::App;
use heddle_domain::Scope;
use heddle_domain::message::Kind;
use heddle_store::read::contents::ShowMessage;
use heddle_store::write::attach::{AttachFile, DetachFile};
use heddle_store::{Error as StoreError, Refusal};

use super::{discard_objects, write_objects};
use crate::addressed::Addressed;
use crate::auth::Caller;
use crate::error::Error;
use crate::path::{AttachmentPath, ThreadPath};
use crate::request::{self, File};
use crate::{input, response};
use heddle_http::members::Object;

/// `POST /v2/conversations/{conversationId}/threads/{threadId}/attachments`
pub(crate) async fn add(
    State(app): State<App>,
    caller: Caller,
    path: ThreadPath,
    request: Request,
) -> Result<Response, Error> {
    caller.require(Scope::MessagesWrite)?;
    must_take_files(&app, &caller, path).await?;
    let file = receive(&app, &caller, path, request).await?;
    let (store, account) = (&app.store, caller.principal.credential.account);
    let mut written = write_objects(store, account, vec![vec![file]]).await?;
    let file = written.threads.pop().and_then(|mut files| files.pop());
    let command = AttachFile {
        caller: caller.acting(caller.principal.credential.agent),
        inboxes: caller.inboxes(),
        conversation: path.conversation,
        message: path.thread,
        file: file.expect("one file was written"),
    };
    match store.write(command).await {
        Ok(id) => Ok(response::created(id.get(), None)),
        Err(error) => {
            discard_objects(store, &written.objects, &error).await;
            Err(refusal(error))
        }
    }
}

/// Reads the file. The received bytes are gone before the file is decoded, and the parsed ones before it is stored, so that a large
/// body is never in memory more than twice.
async fn receive(
    app: &App,
    caller: &Caller,
    path: ThreadPath,
    request: Request,
) -> Result<File, Error> {
    let call = Addressed {
        app,
        caller,
        conversation: path.conversation,
    };
    let body = call.parse(request, &request::FILE).await?;
    let read = |body: &Object<'_>| request::file(body);
    let (file, is_too_large) = call.read(&body, read).await?;
    match is_too_large {
        true => Err(Error::TooLarge),
        false => Ok(file),
    }
}

/// Refuses an unknown thread, and a line item.
async fn must_take_files(app: &App, caller: &Caller, path: ThreadPath) -> Result<(), Error> {
    let read = ShowMessage {
        account: caller.principal.credential.account,
        inboxes: caller.inboxes(),
        conversation: path.conversation,
        id: path.thread,
    };
    match app.store.read(read).await? {
        None => Err(Error::NotFound),
        Some((message, _)) if message.kind == Kind::LineItem => {
            Err(input::refusal("", "a line item has no attachments".into()))
        }
        Some(_) => Ok(()),
    }
}

fn refusal(error: StoreError) -> Error {
    match error {
        StoreError::Refused(Refusal::Invalid { reason, .. }) => input::refusal("", reason),
        other => other.into(),
    }
}

/// `DELETE /v2/conversations/{conversationId}/attachments/{attachmentId}`
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    path: AttachmentPath,
) -> Result<Response, Error> {
    caller.require(Scope::MessagesWrite)?;
    let command = DetachFile {
        caller: caller.acting(caller.principal.credential.agent),
        inboxes: caller.inboxes(),
        conversation: path.conversation,
        attachment: path.attachment,
    };
    let object = app.store.write(command).await?;
    app.store.objects().discard_named(object.as_slice()).await;
    Ok(response::no_content())
}
