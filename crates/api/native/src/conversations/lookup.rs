//! Finds the conversation that a request's path names.

use heddle_domain::id::ConversationId;
use heddle_store::read::contents::{LabelledConversation, ShowConversation};

use crate::auth::Caller;
use crate::error::Error;

/// Returns the conversation that the path names.
///
/// # Errors
/// Returns a 404 if the conversation is unknown; a 409 if it was merged ([`Error::or_redirect`] turns that into a
/// redirect).
pub(crate) async fn get(caller: &Caller, id: i64) -> Result<LabelledConversation, Error> {
    let read = ShowConversation {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        id: ConversationId(id),
    };
    caller.read(read).await
}
