//! Finds the conversation that a request's path names.

use heddle_domain::id::ConversationId;
use heddle_store::read::shown::{ShowConversation, Shown};

use crate::auth::Caller;
use crate::error::Error;
use heddle_api::App;

/// Returns the conversation that the path names.
///
/// # Errors
/// Returns a 404 if the conversation is unknown; a 409 if it was merged ([`Error::or_redirect`] turns that into a
/// redirect).
pub(crate) async fn get(app: &App, caller: &Caller, id: i64) -> Result<Shown, Error> {
    let read = ShowConversation {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        id: ConversationId(id),
    };
    Ok(app.store.read(read).await?)
}
