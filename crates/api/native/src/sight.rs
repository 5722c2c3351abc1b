//! Which events a reader sees, and as what. The feed, the audit, the log of deliveries and webhooks all ask here.
//!
//! A reader sees an event only if it may read the thing that the event is about: it has the scope of the kind, and it
//! reaches the inbox. A reader that is limited to some inboxes is told `conversation.left` instead of the event that
//! took a conversation out of them. That event is never stored; it has the id and the position of the stored event.

use heddle_domain::credential::{Scope, Scopes};
use heddle_domain::event::EventKind;
use heddle_domain::id::ConversationId;
use heddle_domain::{EntityKind, EventDetail, InboxScope};
use heddle_store::detail::StoredDetail;
use heddle_store::read::feed::FeedEvent;

/// Returns the scope that a reader needs for events of a kind; `None` for kinds that nobody sees.
pub(crate) fn scope_of(kind: EventKind) -> Option<Scope> {
    Some(match kind.entity_kind()? {
        EntityKind::Account | EntityKind::Inbox | EntityKind::CustomField => Scope::AccountRead,
        EntityKind::Agent => Scope::AgentsRead,
        EntityKind::Customer => Scope::CustomersRead,
        EntityKind::Credential | EntityKind::Application => Scope::CredentialsRead,
        EntityKind::Conversation | EntityKind::Tag => Scope::ConversationsRead,
        EntityKind::Message | EntityKind::Attachment => Scope::MessagesRead,
        EntityKind::Webhook => Scope::WebhooksRead,
    })
}

/// The parts of events that not every reader sees who sees the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// The paths of webhooks' URLs.
    pub(crate) whole_urls: bool,
    /// Fields of the conversation, in events about its messages.
    pub(crate) conversations: bool,
}

impl Parts {
    /// What everybody sees who sees the event.
    pub(crate) const FEWEST: Self = Self {
        whole_urls: false,
        conversations: false,
    };
}

/// What a reader of events may read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sight<'a> {
    pub(crate) scopes: Scopes,
    pub(crate) inboxes: &'a InboxScope,
}

impl Sight<'_> {
    /// Whether the reader has the scope for events of a kind.
    pub(crate) fn may_see_kind(self, kind: EventKind) -> bool {
        scope_of(kind).is_some_and(|scope| self.scopes.allows(scope))
    }

    /// Whether the reader could change every webhook, so that events show it the paths of their URLs. An event does not
    /// say which scopes its webhook needs.
    fn sees_urls(self) -> bool {
        let mut needed = EventKind::ALL.iter().filter_map(|kind| scope_of(*kind));
        *self.inboxes == InboxScope::All
            && self.scopes.allows(Scope::WebhooksWrite)
            && needed.all(|scope| self.scopes.allows(scope))
    }

    /// Returns which parts of an event the reader sees.
    pub(crate) fn parts(self) -> Parts {
        Parts {
            whole_urls: self.sees_urls(),
            conversations: self.scopes.allows(Scope::ConversationsRead),
        }
    }

    /// Returns the event as the reader sees it; `None` if the reader may not see it. Of a customer's followers, the reader sees
    /// those in its inboxes, wherever the customer is at home.
    pub(crate) fn see(self, event: FeedEvent) -> Option<FeedEvent> {
        let mut seen = match self.reaches(&event) {
            true => event,
            false => departure(self.left(&event)?, event),
        };
        if seen.kind.entity_kind() == Some(EntityKind::Customer) {
            seen.detail.limit_followers(self.inboxes);
        }
        self.may_see_kind(seen.kind).then_some(seen)
    }

    /// Whether the event is in the reader's inboxes. Customers without a home inbox are in all of them.
    fn reaches(self, event: &FeedEvent) -> bool {
        match event.inbox {
            _ if *self.inboxes == InboxScope::All => true,
            Some(inbox) => self.inboxes.contains(inbox),
            None => {
                event.kind.entity_kind() == Some(EntityKind::Customer)
                    && self.inboxes.reaches_home(None)
            }
        }
    }

    /// Returns the conversation that the event took out of the reader's inboxes, if any.
    fn left(self, event: &FeedEvent) -> Option<ConversationId> {
        let detail = event.detail.known();
        let (conversation, before) = match event.kind {
            EventKind::ConversationUpdated => (event.conversation?, detail.inbox_before()?),
            EventKind::ConversationMerged => detail.merged_conversation()?,
            _ => return None,
        };
        self.inboxes.contains(before).then_some(conversation)
    }
}

/// Returns the event that says that a conversation has left. It holds nothing else than the conversation's id.
fn departure(conversation: ConversationId, event: FeedEvent) -> FeedEvent {
    FeedEvent {
        position: event.position,
        id: event.id,
        recorded_at: event.recorded_at,
        kind: EventKind::ConversationLeft,
        conversation: Some(conversation),
        inbox: None,
        entity: conversation.get(),
        api: None,
        credential: None,
        agent: None,
        address: None,
        imported: event.imported,
        detail: StoredDetail::of(&EventDetail::default()),
    }
}

#[cfg(test)]
mod tests {
    use heddle_domain::customer::Follower;
    use heddle_domain::detail::Merged;
    use heddle_domain::id::{AgentId, EventId, InboxId};
    use heddle_domain::{Fact, Field, Status, Timestamp};

    use super::*;

    const HERE: InboxId = InboxId(1);
    const ELSEWHERE: InboxId = InboxId(2);

    fn event(kind: EventKind, inbox: Option<InboxId>, detail: &EventDetail) -> FeedEvent {
        FeedEvent {
            position: 4,
            id: EventId(9),
            recorded_at: Timestamp(5),
            kind,
            conversation: Some(ConversationId(7)),
            inbox,
            entity: 7,
            api: Some("native".into()),
            credential: None,
            agent: None,
            address: Some("192.0.2.1".into()),
            imported: false,
            detail: StoredDetail::of(detail),
        }
    }

    fn move_to(before: InboxId, after: InboxId) -> FeedEvent {
        let mut detail = EventDetail::default();
        detail.change(Field::Inbox, &Some(before), &Some(after));
        event(EventKind::ConversationUpdated, Some(after), &detail)
    }

    fn merge_from(before: InboxId, survivor: InboxId) -> FeedEvent {
        let mut detail = EventDetail::default();
        detail.with(Fact::Merged(Merged::Conversation {
            conversation: ConversationId(3),
            inbox: before,
            status: Status::New,
        }));
        event(EventKind::ConversationMerged, Some(survivor), &detail)
    }

    #[test]
    fn every_kind_but_the_void_one_has_a_scope() {
        let without: Vec<_> = EventKind::ALL
            .iter()
            .filter(|kind| scope_of(**kind).is_none())
            .collect();
        assert_eq!(without, [&EventKind::Void]);
    }

    #[test]
    fn who_follows_a_customer_elsewhere_is_told_only_there() {
        let follower = |inbox| Follower {
            inbox,
            agent: AgentId(3),
            notes: true,
            messages: false,
        };
        let mut detail = EventDetail::default();
        let both = vec![follower(HERE), follower(ELSEWHERE)];
        detail.change(Field::Followers, &Vec::new(), &both);
        let stored = event(EventKind::CustomerUpdated, None, &detail);
        let told = |inboxes: &InboxScope| {
            let sight = Sight {
                scopes: Scopes::all(),
                inboxes,
            };
            sight.see(stored.clone()).expect("an event").detail.known()
        };
        assert_eq!(told(&InboxScope::All), detail);
        let mut here = EventDetail::default();
        here.change(Field::Followers, &Vec::new(), &vec![follower(HERE)]);
        assert_eq!(told(&InboxScope::only([HERE])), here);
        let neither = InboxScope::only([InboxId(3)]);
        assert_eq!(told(&neither), EventDetail::default());
    }

    #[test]
    fn who_loses_a_conversation_is_told_its_id_and_nothing_else() {
        let here = InboxScope::only([HERE]);
        let sight = Sight {
            scopes: Scopes::all(),
            inboxes: &here,
        };
        for (gone, id) in [
            (move_to(HERE, ELSEWHERE), 7),
            (merge_from(HERE, ELSEWHERE), 3),
        ] {
            let told = sight.see(gone.clone()).expect("an event");
            let seen = (
                told.kind,
                told.entity,
                told.conversation,
                told.id,
                told.position,
            );
            let left = EventKind::ConversationLeft;
            assert_eq!(
                seen,
                (left, id, Some(ConversationId(id)), gone.id, gone.position)
            );
            assert_eq!((told.inbox, told.api, told.address), (None, None, None));
            assert!(told.detail.into_json().is_empty());
            let blind = Sight {
                scopes: [Scope::MessagesRead].into_iter().collect(),
                ..sight
            };
            assert_eq!(blind.see(gone), None);
        }
        let elsewhere = InboxScope::only([ELSEWHERE]);
        let both = InboxScope::only([HERE, ELSEWHERE]);
        for other in [&elsewhere, &both, &InboxScope::All] {
            let sight = Sight {
                inboxes: other,
                ..sight
            };
            for gone in [move_to(HERE, ELSEWHERE), merge_from(HERE, ELSEWHERE)] {
                assert_eq!(sight.see(gone.clone()), Some(gone), "{other:?}");
            }
        }
        assert_eq!(sight.see(move_to(InboxId(3), ELSEWHERE)), None);
    }
}
