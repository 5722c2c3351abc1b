//! The inboxes that a credential or webhook is limited to. `null` means all.

use heddle_domain::{InboxId, InboxScope};

pub(crate) fn inbox_limit(inboxes: &InboxScope) -> Option<Vec<i64>> {
    let ids = || inboxes.limit().map(InboxId::get).collect();
    (*inboxes != InboxScope::All).then(ids)
}

pub(crate) fn parse_inbox_limit(ids: Option<Vec<i64>>) -> InboxScope {
    ids.map_or(InboxScope::All, |ids| {
        InboxScope::only(ids.into_iter().map(InboxId))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_null_means_all_inboxes() {
        assert_eq!(parse_inbox_limit(None), InboxScope::All);
        assert_eq!(parse_inbox_limit(Some(vec![])), InboxScope::only([]));
        let some = parse_inbox_limit(Some(vec![2, 1]));
        assert_eq!(inbox_limit(&some), Some(vec![1, 2]));
    }
}
