//! Keeps the index current. It follows the feed with a position of its own, and stores position and documents in one transaction.
//!
//! An event only says which conversations or customers changed; the documents are made from their rows as they are now. So an
//! event may be handled twice, and a rebuild may go on beside: it walks through all customers and conversations of the account
//! and replaces their documents.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use heddle_domain::detail::Merged;
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, ConversationId, CustomerId, MessageId};
use heddle_domain::{EntityKind, Fact, Field};

use super::Progress;
use super::change::{Batch, Stage, State};
use crate::error::Error;
use crate::read::documents::{Changed, Part, ReadChange};
use crate::read::feed::{FeedEvent, ReadFeed};
use crate::read::search::{ConversationsOf, IndexState, Next, ReadProgress};
use crate::store::Store;

/// The maximum number of events that one step reads.
const EVENTS: usize = 500;
/// The maximum number of customers or conversations that one step of a rebuild reads.
const WALKED: usize = 50;
/// For each so many commands that wait for the store, the pause after a step is as long as the step once more.
const WAITING: u64 = 8;
/// The pause after a step is at most so many times as long as the step.
const LONGEST_PAUSE: u64 = 6;

/// What must be indexed again.
#[derive(Debug, Default)]
struct Work {
    customers: BTreeSet<CustomerId>,
    /// Customers whose names stand in documents.
    renamed: BTreeSet<CustomerId>,
    conversations: BTreeSet<ConversationId>,
    messages: BTreeMap<ConversationId, BTreeSet<MessageId>>,
}

impl Work {
    fn of(events: &[FeedEvent]) -> Self {
        let mut work = Self::default();
        for event in events {
            work.add(event);
        }
        work
    }

    fn add(&mut self, event: &FeedEvent) {
        let detail = event.detail.known();
        match event.kind.entity_kind() {
            Some(EntityKind::Customer) => {
                let mut ids = vec![CustomerId(event.entity)];
                for fact in &detail.facts {
                    if let Fact::Merged(Merged::Customer(customer)) = fact {
                        ids.push(*customer);
                    }
                }
                self.customers.extend(&ids);
                if event.kind != EventKind::CustomerCreated {
                    self.renamed.extend(ids);
                }
            }
            Some(EntityKind::Conversation | EntityKind::Message) => {
                if let Some(conversation) = event.conversation {
                    self.add_conversation(event, conversation);
                }
            }
            _ => {}
        }
    }

    fn add_conversation(&mut self, event: &FeedEvent, conversation: ConversationId) {
        let detail = event.detail.known();
        for fact in &detail.facts {
            match fact {
                Fact::Merged(Merged::Conversation { conversation, .. })
                | Fact::SplitFrom(conversation)
                | Fact::Into(conversation) => {
                    self.conversations.insert(*conversation);
                }
                _ => {}
            }
        }
        let changes_all = detail.changes.iter().any(is_in_all_documents);
        match event.kind {
            // Later messages have events of their own.
            EventKind::ConversationCreated
                if !detail.is_split() && !detail.messages().is_empty() =>
            {
                let messages = self.messages.entry(conversation).or_default();
                messages.extend(detail.messages());
            }
            EventKind::MessageAdded | EventKind::MessageUpdated if !changes_all => {
                let messages = self.messages.entry(conversation).or_default();
                messages.insert(MessageId(event.entity));
            }
            EventKind::ConversationUpdated if !changes_all && !is_erased(&detail.facts) => {}
            _ => {
                self.conversations.insert(conversation);
            }
        }
    }
}

/// Returns the pause after a step of the index while so many commands wait for the store.
fn pause(step: Duration, waiting: u64) -> Duration {
    let times = (waiting / WAITING).min(LONGEST_PAUSE);
    step * u32::try_from(times).unwrap_or(u32::MAX)
}

fn is_erased(facts: &[Fact]) -> bool {
    facts.iter().any(|fact| matches!(fact, Fact::Erased(_)))
}

/// Whether every document of a conversation shows the field.
fn is_in_all_documents(field: &Field) -> bool {
    matches!(
        field,
        Field::Subject(_)
            | Field::TicketNumber(_)
            | Field::Inbox(_)
            | Field::Customer(_)
            | Field::Guest(_)
            | Field::State(_)
    )
}

impl Store {
    /// Lets the index of an account follow the feed to its end, and goes on with a rebuild to its end. It is safe to drop the future,
    /// and to run several at once.
    ///
    /// # Errors
    /// Returns the errors of [`Store::write`] and [`Store::read`].
    pub async fn index(&self, account: AccountId) -> Result<(), Error> {
        while self.index_step(account).await? {}
        Ok(())
    }

    /// Returns how long the index should pause after a step that took so long, so that commands that wait for the store go first:
    /// not at all while few wait, and six times as long as the step while very many do.
    #[must_use]
    pub fn pause_of_index(&self, step: Duration) -> Duration {
        pause(step, self.health().queued.load(Ordering::Relaxed))
    }

    /// Does a part of the work of [`Store::index`]. Returns whether there may be more.
    ///
    /// # Errors
    /// Returns the errors of [`Store::index`].
    pub async fn index_step(&self, account: AccountId) -> Result<bool, Error> {
        let from = self.read(IndexState(account)).await?;
        let page = self
            .read(ReadFeed {
                account,
                after: from.position,
                limit: EVENTS,
            })
            .await?;
        if page.gone {
            self.begin_rebuild(account, from).await?;
            return Ok(true);
        }
        if page.reached > from.position {
            let work = Work::of(&page.events);
            let to = State {
                position: page.reached,
                ..from
            };
            self.do_work(account, (from, to), work).await?;
            return Ok(true);
        }
        if from.stage == Stage::None {
            // The database is an older copy than the index.
            if self.read(ReadProgress(account)).await?.head < from.position {
                self.begin_rebuild(account, from).await?;
                return Ok(true);
            }
            return Ok(false);
        }
        self.walk(account, from).await?;
        Ok(true)
    }

    /// Starts over. The walk sees everything up to the end of the feed, so the events before need not be read.
    async fn begin_rebuild(&self, account: AccountId, from: State) -> Result<bool, Error> {
        let progress = self.read(ReadProgress(account)).await?;
        let to = State {
            position: progress.head,
            stage: Stage::Customers,
            after: 0,
            ..from
        };
        let batch = Batch {
            account,
            from,
            to,
            changes: Vec::new(),
            now: self.now(),
        };
        self.store_batch(batch).await
    }

    /// Does one step of a rebuild.
    async fn walk(&self, account: AccountId, from: State) -> Result<(), Error> {
        let (mut work, mut to) = (Work::default(), from);
        let next = Next {
            account,
            stage: from.stage,
            after: from.after,
            limit: WALKED,
        };
        let ids = self.read(next).await?;
        match (from.stage, ids.last()) {
            (Stage::Customers, Some(_)) => {
                work.customers = ids.iter().copied().map(CustomerId).collect();
            }
            (Stage::Customers, None) => (to.stage, to.after) = (Stage::Conversations, 0),
            (Stage::Conversations, None) => (to.stage, to.after) = (Stage::None, 0),
            (_, _) => work.conversations = ids.iter().copied().map(ConversationId).collect(),
        }
        if let Some(last) = ids.last() {
            to.after = *last;
        }
        self.do_work(account, (from, to), work).await
    }

    /// Makes and stores all changes of some work, then the new state.
    async fn do_work(
        &self,
        account: AccountId,
        (from, to): (State, State),
        mut work: Work,
    ) -> Result<(), Error> {
        let mut from = from;
        for customer in std::mem::take(&mut work.renamed) {
            match self.index_conversations_of(account, from, customer).await? {
                Some(state) => from = state,
                None => return Ok(()),
            }
        }
        let mut parts: Vec<Part> = work.customers.into_iter().map(Part::Customer).collect();
        for (conversation, messages) in work.messages {
            if !work.conversations.contains(&conversation) {
                parts.push(Part::Messages(conversation, messages));
            }
        }
        parts.extend(work.conversations.into_iter().map(Part::whole));
        self.store_parts(account, (from, to), parts).await?;
        Ok(())
    }

    /// Indexes all conversations in which a customer's names stand. Returns the state afterwards; `None` if it was not the expected
    /// one.
    async fn index_conversations_of(
        &self,
        account: AccountId,
        mut state: State,
        customer: CustomerId,
    ) -> Result<Option<State>, Error> {
        let mut after = ConversationId(0);
        loop {
            let read = ConversationsOf {
                account,
                customer,
                after,
                limit: WALKED,
            };
            let ids = self.read(read).await?;
            let Some(last) = ids.last() else {
                return Ok(Some(state));
            };
            after = *last;
            let parts = ids.into_iter().map(Part::whole).collect();
            match self.store_parts(account, (state, state), parts).await? {
                Some(next) => state = next,
                None => return Ok(None),
            }
        }
    }

    /// Makes and stores the changes for some parts, as many at a time as one read returns; with the last ones the new state. Returns it
    /// as stored; `None` if the state was not the expected one.
    async fn store_parts(
        &self,
        account: AccountId,
        (mut from, to): (State, State),
        mut parts: Vec<Part>,
    ) -> Result<Option<State>, Error> {
        parts.reverse();
        let mut read = self.read(ReadChange { account, parts }).await?;
        loop {
            let Changed { changes, left } = read;
            let is_last = left.is_empty();
            let next = State {
                batches: from.batches + 1,
                ..if is_last { to } else { from }
            };
            let batch = Batch {
                account,
                from,
                to: next,
                changes,
                now: self.now(),
            };
            let parts = left;
            let storing = self.store_batch(batch);
            if is_last {
                return Ok(storing.await?.then_some(next));
            }
            // The next rows are read meanwhile. That is safe: only a batch that follows this one directly is stored, so nobody
            // stored a batch in between that was made from newer rows.
            let reading = self.read(ReadChange { account, parts });
            let (stored, following) = tokio::join!(storing, reading);
            if !stored? {
                return Ok(None);
            }
            (from, read) = (next, following?);
        }
    }

    /// Returns how far the index of an account is.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`].
    pub async fn index_progress(&self, account: AccountId) -> Result<Progress, Error> {
        self.read(ReadProgress(account)).await
    }

    /// Begins to build the index of an account anew. [`Store::index`] does the work; the index that is there answers meanwhile. A rebuild that is
    /// under way starts over.
    ///
    /// # Errors
    /// Returns the errors of [`Store::write`].
    pub async fn rebuild_index(&self, account: AccountId) -> Result<(), Error> {
        loop {
            let from = self.read(IndexState(account)).await?;
            if self.begin_rebuild(account, from).await? {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_pauses_longer_the_more_commands_wait() {
        let step = Duration::from_millis(10);
        for (waiting, times) in [(0, 0), (7, 0), (8, 1), (31, 3), (64, 6), (u64::MAX, 6)] {
            assert_eq!(pause(step, waiting), step * times, "{waiting}");
        }
    }
}
