//! Writes conversations: as a help desk does, or as an import does.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::time::Duration;

use anyhow::{Context as _, Result};
use heddle_domain::customer::CustomerRef;
use heddle_domain::{ConversationId, Timestamp};
use heddle_store::Store;
use heddle_store::write::{Caller, CreateConversation, NewMessage};
use tokio::task::JoinSet;

use super::clock::ShiftedClock;
use super::corpus::{Corpus, Talk, person_bytes};
use crate::commands::{addition, creation};

/// How many conversations are written at the same time.
const AT_ONCE: usize = 64;
/// How many messages one command adds.
const ADDED: usize = 32;
/// How often the progress is shown.
pub(super) const SHOW_EVERY: Duration = Duration::from_secs(15);

/// What was given to the store.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) messages: u64,
    /// Bytes of subjects, bodies, names, addresses, and names of files.
    pub(super) bytes: u64,
    people: HashSet<String>,
}

impl Tally {
    pub(super) fn count(&mut self, talk: &Talk) {
        self.messages += talk.messages.len() as u64;
        self.bytes += talk.text_bytes();
        if let CustomerRef::Email { email, .. } = &talk.customer
            && self.people.insert(email.clone())
        {
            self.bytes += person_bytes(&talk.customer);
        }
    }
}

/// Returns the command that writes a whole conversation.
pub(super) fn whole(caller: &Caller, talk: Talk) -> CreateConversation {
    creation(caller, talk.conversation, talk.customer, talk.messages)
}

/// A message whose time has not come.
struct Later {
    at: Timestamp,
    conversation: ConversationId,
    message: NewMessage,
}

impl PartialEq for Later {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Later {}

impl PartialOrd for Later {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Later {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.conversation).cmp(&(other.at, other.conversation))
    }
}

/// Writes conversations into a store, and counts what it writes.
pub(super) struct Filling<'a> {
    pub(super) store: &'a Store,
    pub(super) clock: &'a ShiftedClock,
    pub(super) caller: &'a Caller,
    pub(super) corpus: &'a Corpus,
    pub(super) count: usize,
    pub(super) tally: Tally,
}

impl Filling<'_> {
    /// Writes whole conversations, one after the other, as an import does. Their messages were sent in the past.
    pub(super) async fn import(&mut self) -> Result<()> {
        for first in (0..self.count).step_by(AT_ONCE) {
            let talks = self.talks(first);
            self.create(talks).await?;
            self.show(first);
        }
        Ok(())
    }

    /// Writes messages in the order of their times, while the years pass, as a help desk does.
    pub(super) async fn live(&mut self) -> Result<()> {
        let mut later: BinaryHeap<Reverse<Later>> = BinaryHeap::new();
        for first in (0..self.count).step_by(AT_ONCE) {
            let mut talks = self.talks(first);
            self.clock.go_on_from(self.corpus.begin(first, self.count));
            let rest: Vec<_> = talks.iter_mut().map(Talk::keep_first).collect();
            let made = self.create(talks).await?;
            for (conversation, messages) in made.into_iter().zip(rest) {
                let later_ones = messages.into_iter().map(|(at, message)| {
                    Reverse(Later {
                        at,
                        conversation,
                        message,
                    })
                });
                later.extend(later_ones);
            }
            let horizon = self.corpus.begin(first + AT_ONCE, self.count);
            self.add_until(horizon, &mut later).await?;
            self.show(first);
        }
        self.add_until(Timestamp(i64::MAX), &mut later).await?;
        self.clock.be_right();
        Ok(())
    }

    fn talks(&mut self, first: usize) -> Vec<Talk> {
        let talks = (first..self.count.min(first + AT_ONCE))
            .map(|number| self.corpus.talk(number, self.count));
        let talks: Vec<_> = talks.collect();
        talks.iter().for_each(|talk| self.tally.count(talk));
        talks
    }

    /// Creates conversations at the same time; returns their ids in the same order.
    async fn create(&self, talks: Vec<Talk>) -> Result<Vec<ConversationId>> {
        let mut creating = JoinSet::new();
        for (at, talk) in talks.into_iter().enumerate() {
            let (store, create) = (self.store.clone(), whole(self.caller, talk));
            creating.spawn(async move {
                store
                    .write(create)
                    .await
                    .map(|created| (at, created.conversation.id))
            });
        }
        let mut made = HashMap::new();
        while let Some(done) = creating.join_next().await {
            made.extend([done??]);
        }
        (0..made.len())
            .map(|at| made.get(&at).copied().context("each was made"))
            .collect()
    }

    /// Adds the messages whose time comes before the horizon.
    async fn add_until(
        &self,
        horizon: Timestamp,
        later: &mut BinaryHeap<Reverse<Later>>,
    ) -> Result<()> {
        loop {
            let mut due = Vec::new();
            while due.len() < ADDED && later.peek().is_some_and(|Reverse(next)| next.at < horizon) {
                due.extend(later.pop().map(|Reverse(next)| next));
            }
            let Some(first) = due.first() else {
                return Ok(());
            };
            self.clock.go_on_from(first.at);
            let due = due
                .into_iter()
                .map(|next| (next.conversation, next.message));
            self.store.write(addition(self.caller, due)).await?;
        }
    }

    fn show(&self, number: usize) {
        if (number / AT_ONCE).is_multiple_of((self.count / AT_ONCE / 10).max(1)) {
            eprintln!("  {number} of {} conversations written", self.count);
        }
    }
}
