//! Finds the conversation of a path. One that was merged away is a 301 to its survivor for readers, and a 409 for
//! writers.

use heddle_domain::id::ConversationId;
use heddle_store::read::shown::{Leads, ShowConversation, Shown};

use crate::answer::Answer;
use crate::auth::Caller;
use crate::error::Error;
use heddle_api::App;

/// The conversation of a path; `rest` is the path after its id, for the redirect.
///
/// # Errors
/// 404; 301 if it was merged away.
pub(crate) async fn get_for_read(
    app: &App,
    caller: &Caller,
    id: i64,
    rest: &str,
) -> Result<Shown, Error> {
    let read = ShowConversation {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        id: ConversationId(id),
    };
    unless_merged(app.store.read(read).await?, rest)
}

/// What a read of a conversation found.
///
/// # Errors
/// 301 if it was merged away.
pub(crate) fn unless_merged<V>(found: Leads<V>, rest: &str) -> Result<V, Error> {
    match found {
        Leads::Here(found) => Ok(found),
        Leads::Merged(survivor) => {
            let path = format!("/api/v1/conversations/{survivor}{rest}");
            Err(Error::Moved(path))
        }
    }
}

/// The conversation of a path that is to be changed.
///
/// # Errors
/// 404; 409 if it was merged away.
pub(crate) async fn get_for_write(app: &App, caller: &Caller, id: i64) -> Result<Shown, Error> {
    let found = get_for_read(app, caller, id, "").await;
    found.map_err(|error| match error {
        Error::Moved(path) => Error::Merged(path),
        other => other,
    })
}

/// The answer of a command, or its error. Commands answer 404 for conversations that were merged away; this makes it a
/// 409.
pub(crate) async fn or_merged(
    app: &App,
    caller: &Caller,
    id: i64,
    answer: Result<Answer, Error>,
) -> Result<Answer, Error> {
    match answer {
        Err(Error::NotFound) => {
            let merged = get_for_write(app, caller, id).await.err();
            Err(merged.unwrap_or(Error::NotFound))
        }
        answer => answer,
    }
}
