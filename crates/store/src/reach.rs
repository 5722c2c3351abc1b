//! Which inboxes a caller may use.

use heddle_domain::id::InboxId;

/// Whether a list of inboxes (empty: all) contains `inbox`.
pub(crate) fn reaches(inboxes: &[InboxId], inbox: InboxId) -> bool {
    inboxes.is_empty() || inboxes.contains(&inbox)
}
