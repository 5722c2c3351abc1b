//! Finds the conversation of a path.

use heddle_domain::id::ConversationId;
use heddle_store::read::shown::{ShowConversation, Shown};

use crate::auth::Caller;
use crate::error::Error;
use heddle_api::App;

/// Returns the conversation of a path.
///
/// # Errors
/// 404; 409 if it was merged ([`Error::or_redirect`] makes that a redirect).
pub(crate) async fn get(app: &App, caller: &Caller, id: i64) -> Result<Shown, Error> {
    let read = ShowConversation {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        id: ConversationId(id),
    };
    Ok(app.store.read(read).await?)
}
