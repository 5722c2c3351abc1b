//! Reads the details of the events of a page. A page ends before the sum of its details is too long.

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
    Ok(joined(found, details))
}

/// Gives the long events their details, which are in the same order. Also returns whether the row of one is missing.
fn joined(found: Vec<BriefEvent>, details: Vec<Vec<Option<String>>>) -> (Vec<FeedEvent>, bool) {
    let is_missing = details.iter().any(Vec::is_empty);
    let mut details = details.into_iter();
    let whole = |BriefEvent { mut event, long }: BriefEvent| {
        if long.is_some() {
            let text = details.next().and_then(|mut found| found.pop().flatten());
            event.detail = StoredDetail::of_text(&text.unwrap_or_default());
        }
        event
    };
    (found.into_iter().map(whole).collect(), is_missing)
}

#[cfg(test)]
mod tests {
    use heddle_domain::event::EventKind;
    use heddle_domain::id::EventId;
    use heddle_domain::time::Timestamp;

    use super::*;

    fn event(id: i64, detail: &str) -> FeedEvent {
        FeedEvent {
            position: id,
            id: EventId(id),
            recorded_at: Timestamp(0),
            kind: EventKind::MessageAdded,
            conversation: None,
            inbox: None,
            entity: 1,
            api: None,
            credential: None,
            agent: None,
            address: None,
            imported: false,
            detail: StoredDetail::of_text(detail),
        }
    }

    #[test]
    fn a_missing_row_is_told_and_the_other_details_stay_in_order() {
        let found = || {
            let brief = |id, detail, long| BriefEvent {
                event: event(id, detail),
                long,
            };
            vec![
                brief(1, "{}", Some(20_000)),
                brief(2, r#"{"a":2}"#, None),
                brief(3, "{}", Some(20_000)),
            ]
        };
        let [first, last] = [r#"{"a":1}"#, r#"{"a":3}"#].map(|text| vec![Some(text.to_owned())]);
        let whole = |first| {
            vec![
                event(1, first),
                event(2, r#"{"a":2}"#),
                event(3, r#"{"a":3}"#),
            ]
        };
        let expected = (whole(r#"{"a":1}"#), false);
        assert_eq!(joined(found(), vec![first, last.clone()]), expected);
        let expected = (whole("{}"), true);
        assert_eq!(joined(found(), vec![Vec::new(), last]), expected);
    }
}
