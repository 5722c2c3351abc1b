//! The number of conversations per inbox and status. A reader of the feed updates the counts: if each command did,
//! all writers would wait for the same row (`store.md` 5).
//!
//! The counts depend on these parts of an event's detail: `changes.status` (from `null` for a new or restored conversation, to
//! `null` for a deleted one),
//! `changes.inbox` (with `status` beside it if the status is unchanged), and `merged` with inbox and status of the
//! merged conversation. Archived conversations are counted, merged and deleted ones are not.

use std::collections::BTreeMap;

use heddle_domain::detail::Merged;
use heddle_domain::id::{AccountId, InboxId};
use heddle_domain::{Fact, Field, Status};

use super::reader::Reader;
use crate::error::Result;
use crate::read::feed::FeedEvent;
use crate::rows::count as rows;
use crate::stmt::params;
use crate::tx::Tx;

/// The reader of the feed that updates the counts.
#[derive(Clone, Copy, Debug)]
pub struct Counts;

/// The differences to add to the counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences(BTreeMap<(InboxId, Status), i64>);

impl Reader for Counts {
    type Digest = Differences;
    const NAME: &'static str = "counts";

    fn digest(events: &[FeedEvent]) -> Differences {
        let mut differences = Differences::default();
        for event in events.iter().filter(|event| event.conversation.is_some()) {
            differences.count(event);
        }
        differences.0.retain(|_, by| *by != 0);
        differences
    }

    async fn take(tx: &mut Tx<'_>, account: AccountId, differences: &Differences) -> Result<()> {
        for ((inbox, status), by) in &differences.0 {
            tx.queue(&rows::ADD, params![account, *inbox, status.as_str(), *by])?;
        }
        Ok(())
    }
}

impl Differences {
    fn add(&mut self, inbox: Option<InboxId>, status: Option<Status>, by: i64) {
        if let (Some(inbox), Some(status)) = (inbox, status) {
            *self.0.entry((inbox, status)).or_default() += by;
        }
    }

    fn count(&mut self, event: &FeedEvent) {
        let (mut statuses, mut inboxes) = ([None; 2], [event.inbox; 2]);
        let detail = event.detail.known();
        for fact in &detail.facts {
            match fact {
                Fact::Status(stands) => statuses = [Some(*stands); 2],
                Fact::Merged(Merged::Conversation { inbox, status, .. }) => {
                    self.add(Some(*inbox), Some(*status), -1);
                }
                _ => {}
            }
        }
        for change in &detail.changes {
            match change {
                Field::Status(change) => statuses = *change,
                Field::Inbox(change) => inboxes = *change,
                _ => {}
            }
        }
        self.add(inboxes[0], statuses[0], -1);
        self.add(inboxes[1], statuses[1], 1);
    }
}

#[cfg(test)]
mod tests {
    use heddle_domain::event::EventKind;
    use heddle_domain::id::{ConversationId, EventId};
    use serde_json::{Value, json};

    use super::*;
    use crate::detail::StoredDetail;

    fn event(detail: &Value) -> FeedEvent {
        FeedEvent {
            position: 1,
            id: EventId(1),
            recorded_at: EventId(1).created_at(),
            kind: EventKind::ConversationUpdated,
            conversation: Some(ConversationId(1)),
            inbox: Some(InboxId(5)),
            entity: 1,
            api: None,
            credential: None,
            agent: None,
            address: None,
            imported: false,
            detail: StoredDetail::of_text(&detail.to_string()),
        }
    }

    #[test]
    fn each_change_updates_the_old_and_the_new_count() {
        let (five, six) = (InboxId(5), InboxId(6));
        let cases = [
            (json!({}), vec![]),
            (
                json!({"changes": {"status": [null, "new"]}}),
                vec![((five, Status::New), 1)],
            ),
            (
                json!({"changes": {"status": ["new", "open"]}}),
                vec![((five, Status::New), -1), ((five, Status::Open), 1)],
            ),
            (
                json!({"changes": {"status": ["spam", null], "state": ["published", "hidden"]}}),
                vec![((five, Status::Spam), -1)],
            ),
            (
                json!({"changes": {"status": [null, "spam"], "state": ["hidden", "published"]}}),
                vec![((five, Status::Spam), 1)],
            ),
            (
                json!({"changes": {"inbox": [6, 5]}, "status": "open"}),
                vec![((five, Status::Open), 1), ((six, Status::Open), -1)],
            ),
            (
                json!({"changes": {"inbox": [6, 5], "status": ["open", "closed"]}}),
                vec![((five, Status::Closed), 1), ((six, Status::Open), -1)],
            ),
            (
                json!({"merged": {"conversation": 2, "inbox": 6, "status": "spam"}}),
                vec![((six, Status::Spam), -1)],
            ),
            (json!({"changes": {"assignee": [1, 2]}}), vec![]),
        ];
        for (detail, expected) in cases {
            let counted = Counts::digest(&[event(&detail)]);
            let counted: BTreeMap<_, _> = counted.0.into_iter().collect();
            assert_eq!(counted, expected.into_iter().collect(), "{detail}");
        }
        let there = event(&json!({"changes": {"status": ["new", "open"]}}));
        let back = event(&json!({"changes": {"status": ["open", "new"]}}));
        assert_eq!(Counts::digest(&[there, back]), Differences::default());
    }

    #[test]
    fn events_about_other_entities_are_not_counted() {
        let mut other = event(&json!({"changes": {"status": [null, "new"]}}));
        other.conversation = None;
        assert_eq!(Counts::digest(&[other]), Differences::default());
    }
}
