//! Details of the events of a page. A page ends before its details become too long together.

use heddle_domain::id::AccountId;

use crate::detail::StoredDetail;
use crate::error::Result;
use crate::rows::feed::{BriefEvent, DETAIL, FeedEvent};
use crate::stmt::keys;
use crate::tx::Rows;

impl BriefEvent {
    /// Returns the size of a long detail; 0 for a short one.
    pub(super) fn bytes(&self) -> usize {
        self.long
            .map_or(0, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX))
    }
}

/// Reads the long details of events; keeps their order. Also returns whether an event was deleted since it was found, so that its
/// detail is missing.
pub(super) async fn with_details(
    rows: &mut Rows<'_>,
    account: AccountId,
    found: Vec<BriefEvent>,
) -> Result<(Vec<FeedEvent>, bool)> {
    let long = found.iter().filter(|next| next.long.is_some());
    let keys = keys(account, long.map(|next| next.event.id));
    let details = rows
        .fetch_many(&DETAIL, &keys, |row| row.opt_text())
        .await?;
    let is_missing = details.iter().any(Vec::is_empty);
    let mut details = details.into_iter();
    let whole = |BriefEvent { mut event, long }: BriefEvent| {
        if long.is_some() {
            let text = details.next().and_then(|mut found| found.pop().flatten());
            event.detail = StoredDetail::of_text(&text.unwrap_or_default());
        }
        event
    };
    Ok((found.into_iter().map(whole).collect(), is_missing))
}
