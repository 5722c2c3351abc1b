//! The number of conversations in the folders of each inbox. A reader of the feed updates the counts, like those of
//! [`counts`](super::counts).
//!
//! The reader compares each conversation that an event names with the place in which it was last counted
//! (`conversation_place`). So it needs no details of events, a repeated event changes nothing, and a conversation whose events
//! were deleted is counted with its next one.

use std::collections::{BTreeMap, BTreeSet};

use heddle_domain::Fact;
use heddle_domain::detail::Merged;
use heddle_domain::id::{AccountId, ConversationId};

use super::reader::Reader;
use crate::error::Result;
use crate::read::feed::FeedEvent;
use crate::rows::folder as rows;
pub use crate::rows::folder::Place;
use crate::stmt::params;
use crate::tx::Tx;

/// The maximum number of conversations that one run of `MOVED` looks at; the statement returns no more.
const AT_ONCE: usize = 1_000;

/// The reader of the feed that updates the counts of folders.
#[derive(Clone, Copy, Debug)]
pub struct FolderCounts;

impl Reader for FolderCounts {
    /// The conversations that may have moved.
    type Digest = Vec<i64>;
    const NAME: &'static str = "folders";

    fn digest(events: &[FeedEvent]) -> Vec<i64> {
        let mut named = BTreeSet::new();
        for event in events {
            named.extend(event.conversation);
            for fact in &event.detail.known().facts {
                match fact {
                    Fact::Merged(Merged::Conversation { conversation, .. }) => {
                        named.insert(*conversation);
                    }
                    Fact::SplitFrom(conversation) | Fact::Into(conversation) => {
                        named.insert(*conversation);
                    }
                    _ => {}
                }
            }
        }
        named.into_iter().map(ConversationId::get).collect()
    }

    async fn take(tx: &mut Tx<'_>, account: AccountId, conversations: &Vec<i64>) -> Result<()> {
        let mut differences: BTreeMap<Place, i64> = BTreeMap::new();
        for some in conversations.chunks(AT_ONCE) {
            let params = params![account, some];
            for moved in tx.fetch(&rows::MOVED, params, rows::moved).await? {
                if let Some(from) = moved.from {
                    *differences.entry(from).or_default() -= 1;
                }
                *differences.entry(moved.to).or_default() += 1;
                let Place {
                    inbox,
                    phase,
                    agent,
                    is_draft,
                } = moved.to;
                let agent = agent.map_or(0, |agent| agent.get());
                tx.queue(
                    &rows::PLACE,
                    params![account, moved.id, inbox, phase, agent, is_draft],
                )?;
            }
        }
        let now = tx.now();
        for (place, by) in differences.into_iter().filter(|(_, by)| *by != 0) {
            let Place {
                inbox,
                phase,
                agent,
                is_draft,
            } = place;
            let agent = agent.map_or(0, |agent| agent.get());
            tx.queue(
                &rows::ADD,
                params![account, inbox, phase, agent, is_draft, by, now],
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use heddle_domain::event::EventKind;
    use heddle_domain::id::EventId;

    use super::*;
    use crate::detail::StoredDetail;

    #[test]
    fn each_conversation_is_compared_once() {
        let event = |(conversation, detail): (Option<i64>, &str)| FeedEvent {
            position: 1,
            id: EventId(1),
            recorded_at: EventId(1).created_at(),
            kind: EventKind::ConversationUpdated,
            conversation: conversation.map(ConversationId),
            inbox: None,
            entity: 1,
            api: None,
            credential: None,
            agent: None,
            address: None,
            imported: false,
            detail: StoredDetail::of_text(detail),
        };
        let merged = r#"{"merged": {"conversation": 2, "inbox": 6, "status": "spam"}}"#;
        let events = [
            (Some(7), "{}"),
            (None, "{}"),
            (Some(3), merged),
            (Some(7), "{}"),
        ];
        assert_eq!(FolderCounts::digest(&events.map(event)), [2, 3, 7]);
    }
}
