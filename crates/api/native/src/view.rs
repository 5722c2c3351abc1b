//! What a reader of the feed gets: the events that its token may see (`sight`) and that its filters let through. The list and
//! the stream of events both ask here, so that they show the same events.

use std::iter;

use heddle_domain::InboxScope;
use heddle_domain::credential::{Credential, Scope, Scopes};
use heddle_domain::event::EventKind;
use heddle_domain::id::{ConversationId, InboxId};
use heddle_store::read::feed::FeedEvent;

use crate::event::{FeedItem, first_messages};
use crate::sight::{Parts, Sight};
use crate::vocabulary::EventKindWord;

/// The filters of a reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Only these kinds; all kinds if empty.
    pub(crate) kinds: Vec<EventKindWord>,
    /// Only events about this conversation, and about the one that it was merged into.
    pub(crate) conversation: Option<ConversationId>,
    /// The conversation into which the wanted one was merged.
    survivor: Option<ConversationId>,
    /// Only events of this inbox, and the departures of its conversations.
    pub(crate) inbox: Option<InboxId>,
}

impl Wanted {
    /// Returns filters for these kinds, this conversation with the one that it was merged into, and this inbox.
    pub(crate) fn new(
        kinds: Vec<EventKindWord>,
        conversation: Option<ConversationId>,
        survivor: Option<ConversationId>,
        inbox: Option<InboxId>,
    ) -> Self {
        Self {
            kinds,
            conversation,
            survivor,
            inbox,
        }
    }

    /// Returns the survivor if the event merges the wanted conversation, or its survivor, into another.
    pub(crate) fn merged_by(&self, event: &FeedEvent) -> Option<ConversationId> {
        let wanted = self.conversation?;
        if event.kind != EventKind::ConversationMerged {
            return None;
        }
        let (merged, _) = event.detail.known().merged_conversation()?;
        let is_ours = merged == wanted || Some(merged) == self.survivor;
        event.conversation.filter(|_| is_ours)
    }

    /// Returns the same filters after the wanted conversation was merged into another.
    pub(crate) fn with_survivor(&self, survivor: ConversationId) -> Self {
        Self {
            survivor: Some(survivor),
            ..self.clone()
        }
    }

    fn is_about(&self, conversation: Option<ConversationId>) -> bool {
        let is = |id: Option<ConversationId>| id.is_some() && id == conversation;
        self.conversation.is_none() || is(self.conversation) || is(self.survivor)
    }

    /// Whether the filters may let the event through, or what is shown in its place. Cheap: needs no copy of the event.
    fn may_include(&self, event: &FeedEvent) -> bool {
        event.kind == EventKind::ConversationMerged || self.is_about(event.conversation)
    }

    fn include(&self, seen: &FeedEvent) -> bool {
        let is_here = self.inbox.is_none()
            || seen.inbox == self.inbox
            || seen.kind == EventKind::ConversationLeft;
        is_here
            && (self.kinds.is_empty() || self.kinds.contains(&EventKindWord(seen.kind)))
            && self.is_about(seen.conversation)
    }
}

/// A reader's rights and filters. Two readers with equal views get the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    scopes: Scopes,
    /// The token's inboxes that the filters let through.
    inboxes: InboxScope,
    parts: Parts,
    pub(crate) wanted: Wanted,
}

impl View {
    pub(crate) fn of(credential: &Credential, wanted: Wanted) -> Self {
        let whole = Sight {
            scopes: credential.scopes,
            inboxes: &credential.inboxes,
        };
        let parts = whole.parts();
        let inboxes = match wanted.inbox {
            Some(inbox) => credential.inboxes.intersect(&InboxScope::only([inbox])),
            None => credential.inboxes.clone(),
        };
        Self {
            scopes: credential.scopes,
            inboxes,
            parts,
            wanted,
        }
    }

    pub(crate) fn sight(&self) -> Sight<'_> {
        Sight {
            scopes: self.scopes,
            inboxes: &self.inboxes,
        }
    }

    /// Whether the reader learns who is in a conversation of this inbox.
    pub(crate) fn shows_presence(
        &self,
        conversation: ConversationId,
        inbox: Option<InboxId>,
    ) -> bool {
        let reaches = match inbox {
            Some(inbox) => self.inboxes.contains(inbox),
            None => self.inboxes == InboxScope::All,
        };
        self.scopes.allows(Scope::ConversationsRead)
            && reaches
            && self.wanted.is_about(Some(conversation))
    }

    /// Returns what the reader sees of an event: nothing, the event, or with it the first messages of a new conversation.
    /// Each has its number among all that the event consists of, which is the same for every reader.
    pub(crate) fn show(&self, event: &FeedEvent) -> Vec<(usize, FeedItem)> {
        if !self.wanted.may_include(event) {
            return Vec::new();
        }
        let firsts = self.first_messages(event).into_iter();
        let all = iter::once(event.clone()).chain(firsts).enumerate();
        let seen = all.filter_map(|(at, event)| Some((at, self.sight().see(event)?)));
        let shown = seen.filter(|(_, event)| self.wanted.include(event));
        shown
            .map(|(at, event)| (at, FeedItem::of(event, self.parts)))
            .collect()
    }

    /// Returns the first messages of a new conversation, if the kind of their events is named. All events together already
    /// tell of them, unless the token sees messages but no conversations.
    fn first_messages(&self, event: &FeedEvent) -> Vec<FeedEvent> {
        let kinds = &self.wanted.kinds;
        let is_named = kinds.contains(&EventKindWord(EventKind::MessageAdded));
        let tells = self.sight().may_see_kind(EventKind::ConversationCreated);
        match is_named || (kinds.is_empty() && !tells) {
            true => first_messages(event),
            false => Vec::new(),
        }
    }
}
