//! The inboxes that a credential or webhook is limited to. `null` and, in a request, an empty list mean all.

use heddle_domain::{InboxId, InboxScope};

pub(crate) fn inbox_limit(inboxes: &InboxScope) -> Option<Vec<i64>> {
    let ids = || inboxes.limit().map(InboxId::get).collect();
    (*inboxes != InboxScope::All).then(ids)
}

pub(crate) fn parse_inbox_limit(ids: Option<Vec<i64>>) -> InboxScope {
    InboxScope::requested(ids.into_iter().flatten().map(InboxId))
}
