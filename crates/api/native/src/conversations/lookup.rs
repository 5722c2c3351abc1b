//! Finds the conversation of a path.

use heddle_domain::id::ConversationId;
use heddle_store::read::contents::{LabelledConversation, ShowConversation};

use crate::auth::Caller;
use crate::error::Error;

/// The conversation of a path.
///
/// # Errors
/// 404; 409 if it was merged ([`Error::or_redirect`] makes that a redirect).
pub(crate) async fn get(caller: &Caller, id: i64) -> Result<LabelledConversation, Error> {
    let read = ShowConversation {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        id: ConversationId(id),
    };
    caller.read(read).await
}
