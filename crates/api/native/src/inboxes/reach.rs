//! Reads an inbox that the caller may use.

use heddle_domain::id::InboxId;
use heddle_store::read::account::GetInboxView;
use heddle_store::read::principal::InboxView;

use crate::auth::Caller;
use crate::context::NAME;
use crate::error::Error;

/// Reads an inbox.
///
/// # Errors
/// [`Error::NotFound`] if it does not exist or the caller may not use it.
pub(super) async fn get(caller: &Caller, id: i64) -> Result<InboxView, Error> {
    let id = InboxId(id);
    let read = GetInboxView {
        account: caller.account(),
        api: NAME,
        id,
    };
    let found = caller.read(read).await?;
    let reached = found.filter(|_| caller.inboxes().contains(id));
    reached.ok_or(Error::NotFound)
}
