//! Which inboxes a caller reaches.

use heddle_domain::id::InboxId;

/// Whether a list of inboxes (empty: all) holds one.
pub(crate) fn reaches(inboxes: &[InboxId], inbox: InboxId) -> bool {
    inboxes.is_empty() || inboxes.contains(&inbox)
}
