//! A part of an account's feed that all readers of the account share, with the bytes that were made from it.

use std::sync::Arc;

use bytes::Bytes;
use heddle_domain::EntityKind;
use heddle_domain::event::EventKind;
use heddle_domain::id::{ConversationId, CredentialId};
use heddle_store::read::feed::{FeedEvent, FeedPage};
use parking_lot::Mutex;

use super::place::Place;
use super::wire;
use crate::event::FeedItem;
use crate::view::View;

/// How many different views one batch keeps bytes for, and how often its own size they may have together. Further views
/// are served too, each by itself.
const MOST_VIEWS: usize = 32;
const MOST_COPIES: usize = 3;
/// A text that is made at once ends after so many bytes: a stream that does not read holds no more, beside one event.
const MOST_TEXT: usize = 256 * 1024;
/// What an event takes in memory beside its detail, about, in bytes.
const EVENT_BYTES: usize = 600;

/// Consecutive events of an account.
#[derive(Debug)]
pub(crate) struct Batch {
    /// The position before the first event.
    pub(crate) after: i64,
    /// The position of the last event.
    pub(crate) reached: i64,
    /// The events, without those of imports, of which nobody is notified.
    events: Vec<FeedEvent>,
    /// About how many bytes of memory the batch takes, with the bytes that it keeps for views.
    pub(crate) bytes: usize,
    /// Whether it changes the rights of a credential.
    pub(crate) changes_rights: bool,
    rendered: Mutex<Vec<(Arc<View>, Rendered)>>,
}

/// The text of events for one view.
#[derive(Clone, Debug)]
pub(crate) struct Rendered {
    pub(crate) text: Bytes,
    /// The id of the last event; `None` if there is no event.
    pub(crate) last: Option<Place>,
    /// The place that a reader has reached with the text: the end of the batch, or of the part of it that the text shows.
    pub(crate) reached: Place,
}

impl Batch {
    pub(crate) fn new(after: i64, page: FeedPage) -> Self {
        let mut events = page.events;
        events.retain(|event| !event.imported);
        events.shrink_to_fit();
        let own: usize = events.iter().map(size).sum();
        let changes_rights = events
            .iter()
            .any(|event| changed_credential(event).is_some());
        Self {
            after,
            reached: page.reached,
            events,
            bytes: own * (1 + MOST_COPIES),
            changes_rights,
            rendered: Mutex::default(),
        }
    }

    /// Returns how many events it has.
    pub(crate) fn count(&self) -> usize {
        self.events.len()
    }

    pub(crate) fn events(&self) -> &[FeedEvent] {
        &self.events
    }

    /// Returns the survivor if the batch merges the conversation that the view is about into another.
    pub(crate) fn survivor(&self, view: &View) -> Option<ConversationId> {
        view.wanted.conversation?;
        let mut wanted = view.wanted.clone();
        let mut found = None;
        for event in &self.events {
            if let Some(survivor) = wanted.merged_by(event) {
                wanted = wanted.with_survivor(survivor);
                found = Some(survivor);
            }
        }
        found
    }

    /// Returns the text of the events that a reader with this view gets after a place, about [`MOST_TEXT`] bytes of it. Readers with equal
    /// views share the text of the beginning.
    pub(crate) fn render(&self, view: &Arc<View>, from: Place) -> Rendered {
        if from != Place::after_all(self.after) {
            return self.make(view, from);
        }
        if let Some(known) = self.find(view) {
            return known;
        }
        let made = self.make(view, from);
        let mut rendered = self.rendered.lock();
        let used: usize = rendered.iter().map(|(_, made)| made.text.len()).sum();
        let most = self.bytes / (1 + MOST_COPIES) * MOST_COPIES;
        if rendered.len() < MOST_VIEWS && used + made.text.len() <= most {
            rendered.push((Arc::clone(view), made.clone()));
        }
        made
    }

    fn find(&self, view: &Arc<View>) -> Option<Rendered> {
        let rendered = self.rendered.lock();
        let is_it = |known: &Arc<View>| Arc::ptr_eq(known, view) || known == view;
        let found = rendered.iter().find(|(known, _)| is_it(known));
        found.map(|(_, made)| made.clone())
    }

    fn make(&self, view: &View, from: Place) -> Rendered {
        self.make_with(|event| view.show(event), from)
    }

    fn make_with(
        &self,
        show: impl Fn(&FeedEvent) -> Vec<(usize, FeedItem)>,
        from: Place,
    ) -> Rendered {
        let mut text = Vec::new();
        let mut last_place = None;
        let first = self
            .events
            .partition_point(|event| event.position <= from.whole());
        for event in &self.events[first..] {
            let mut shown = show(event);
            shown.retain(|(part, _)| !from.has(event.position, *part));
            let last = shown.len().saturating_sub(1);
            for (at, (part, item)) in shown.iter().enumerate() {
                let place = match at == last {
                    true => Place::after_all(event.position),
                    false => Place::after_part(event.position, *part),
                };
                wire::event(&mut text, place, item);
                last_place = Some(place);
                if text.len() >= MOST_TEXT {
                    return Rendered {
                        text: text.into(),
                        last: last_place,
                        reached: place,
                    };
                }
            }
        }
        Rendered {
            text: text.into(),
            last: last_place,
            reached: Place::after_all(self.reached),
        }
    }
}

/// Returns the credential whose rights an event changes.
pub(crate) fn changed_credential(event: &FeedEvent) -> Option<CredentialId> {
    let is_credentials = event.kind.entity_kind() == Some(EntityKind::Credential);
    (is_credentials && event.kind != EventKind::CredentialCreated)
        .then_some(CredentialId(event.entity))
}

/// About how many bytes of memory an event takes.
fn size(event: &FeedEvent) -> usize {
    EVENT_BYTES + 2 * event.detail.len()
}

#[cfg(test)]
mod tests {
    use heddle_domain::credential::Scopes;
    use heddle_domain::id::EventId;
    use heddle_domain::{InboxScope, Timestamp};
    use heddle_store::detail::StoredDetail;

    use super::*;
    use crate::sight::Sight;

    /// Returns an event whose detail holds a text.
    fn event(position: i64, length: usize) -> FeedEvent {
        let detail = format!(
            r#"{{"changes":{{"subject":[null,"{}"]}}}}"#,
            "x".repeat(length)
        );
        FeedEvent {
            position,
            id: EventId(position),
            recorded_at: Timestamp(5),
            kind: EventKind::ConversationUpdated,
            conversation: Some(ConversationId(7)),
            inbox: None,
            entity: 7,
            api: None,
            credential: None,
            agent: None,
            address: None,
            imported: false,
            detail: StoredDetail::of_text(&detail),
        }
    }

    #[test]
    fn a_large_batch_is_made_in_parts() {
        const LENGTH: usize = 50_000;
        let page = FeedPage {
            events: (1..=40).map(|position| event(position, LENGTH)).collect(),
            reached: 45,
            more: false,
            is_cut: false,
            start: 0,
            gone: false,
        };
        let batch = Batch::new(0, page);
        let sight = Sight {
            scopes: Scopes::all(),
            inboxes: &InboxScope::All,
        };
        let show = |event: &FeedEvent| vec![(0, FeedItem::of(event.clone(), sight.parts()))];
        let (mut place, mut text, mut parts) = (Place::after_all(0), Vec::new(), 0);
        while place != Place::after_all(45) {
            let made = batch.make_with(show, place);
            assert!(made.text.len() < MOST_TEXT + LENGTH + 1_000);
            text.extend_from_slice(&made.text);
            place = made.reached;
            parts += 1;
        }
        let text = String::from_utf8(text).expect("text");
        let ids: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("id: "))
            .collect();
        let all: Vec<_> = (1..=40).map(|position: i64| position.to_string()).collect();
        assert_eq!(ids, all);
        assert!(parts > 5, "{parts}");
    }
}
