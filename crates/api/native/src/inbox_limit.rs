//! The inboxes that a credential or webhook is limited to: `null` in JSON and an empty list in the store mean all.

use heddle_domain::InboxId;

pub(crate) fn inbox_limit(inboxes: &[InboxId]) -> Option<Vec<i64>> {
    let ids: Vec<i64> = inboxes.iter().map(|inbox| inbox.get()).collect();
    Some(ids).filter(|ids| !ids.is_empty())
}

/// Sorted, without duplicates.
pub(crate) fn parse_inbox_limit(ids: Option<Vec<i64>>) -> Vec<InboxId> {
    let mut inboxes: Vec<_> = ids.unwrap_or_default().into_iter().map(InboxId).collect();
    inboxes.sort_unstable();
    inboxes.dedup();
    inboxes
}
