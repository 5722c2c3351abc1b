//! Who is looking at a conversation, and who is typing in it. Only in memory: an entry ends by itself if it is not renewed, and a
//! restart forgets all.
//!
//! Each change of a conversation's list has a number. A stream keeps only the number of the last change that it has sent, so a slow
//! reader costs nothing, and gets the newest list when it reads again. Nodes tell each other by notices, which may be lost; then
//! the entry is missing there until its agent renews it.

use std::collections::{BTreeMap, HashMap};

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, AgentId, ConversationId, InboxId};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// How long an entry lasts, and for how long it says "typing", in milliseconds.
pub(crate) const VIEWING_MS: i64 = 30_000;
pub(crate) const TYPING_MS: i64 = 10_000;
/// How long the empty list of a conversation stays, so that every stream sends it, in milliseconds.
const EMPTY_MS: i64 = 60_000;
/// The most agents in one conversation, entries of one account, and entries of the server.
const MOST_IN_CONVERSATION: usize = 100;
const MOST_IN_ACCOUNT: usize = 5_000;
const MOST: usize = 50_000;
/// How often entries that have ended are removed, in milliseconds.
const SWEEP_MS: i64 = 1_000;

/// What an agent does in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Doing {
    Viewing,
    Typing,
}

/// An agent in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) agent: AgentId,
    pub(crate) doing: Doing,
    /// When the entry ends if it is not renewed.
    pub(crate) until: Timestamp,
}

/// The list of a conversation after its last change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gathering {
    pub(crate) conversation: ConversationId,
    /// `None` if it is not known: then only those learn of it who may read every inbox.
    pub(crate) inbox: Option<InboxId>,
    pub(crate) people: Vec<Person>,
}

/// A change, as nodes tell it to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Change {
    account: i64,
    conversation: i64,
    inbox: i64,
    agent: i64,
    /// `None`: the agent has left.
    doing: Option<Doing>,
}

/// No more entries are possible at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// Who is present on this server and, as far as notices tell, on the others.
#[derive(Debug, Default)]
pub(crate) struct Presence(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    accounts: HashMap<AccountId, OfAccount>,
    entries: usize,
    swept_at: Option<Timestamp>,
    /// The number of the last change.
    changes: u64,
}

#[derive(Debug, Default)]
struct OfAccount {
    entries: usize,
    rooms: HashMap<ConversationId, Room>,
    /// The last change of each conversation.
    changed: BTreeMap<u64, ConversationId>,
}

#[derive(Debug)]
struct Room {
    inbox: Option<InboxId>,
    people: BTreeMap<AgentId, Entry>,
    change: u64,
    changed_at: Timestamp,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    typing_until: Timestamp,
    until: Timestamp,
}

impl Entry {
    fn doing(&self, now: Timestamp) -> Doing {
        match now < self.typing_until {
            true => Doing::Typing,
            false => Doing::Viewing,
        }
    }
}

impl Change {
    pub(crate) fn new(
        account: AccountId,
        (conversation, inbox): (ConversationId, InboxId),
        agent: AgentId,
        doing: Option<Doing>,
    ) -> Self {
        Self {
            account: account.get(),
            conversation: conversation.get(),
            inbox: inbox.get(),
            agent: agent.get(),
            doing,
        }
    }

    pub(crate) const fn account(&self) -> AccountId {
        AccountId(self.account)
    }
}

impl Presence {
    /// Records a change. Returns whether the list of the conversation has changed.
    ///
    /// # Errors
    /// [`Full`] if a limit on entries is reached.
    pub(crate) fn record(&self, change: &Change, now: Timestamp) -> Result<bool, Full> {
        let mut state = self.0.lock();
        state.sweep_if_due(now);
        match change.doing {
            Some(doing) => state.enter(change, doing, now),
            None => Ok(state.leave(change, now)),
        }
    }

    /// Returns who is in a conversation.
    pub(crate) fn list(
        &self,
        account: AccountId,
        conversation: ConversationId,
        now: Timestamp,
    ) -> Vec<Person> {
        let state = self.0.lock();
        let of_account = state.accounts.get(&account);
        let room = of_account.and_then(|of_account| of_account.rooms.get(&conversation));
        room.map_or_else(Vec::new, |room| room.list(now))
    }

    /// Returns the lists of an account that have changed after a change, and the number of the last change.
    pub(crate) fn changes(
        &self,
        account: AccountId,
        after: u64,
        now: Timestamp,
    ) -> (Vec<Gathering>, u64) {
        let state = self.0.lock();
        let Some(of_account) = state.accounts.get(&account) else {
            return (Vec::new(), after);
        };
        let newer = of_account.changed.range(after + 1..);
        let last = of_account
            .changed
            .last_key_value()
            .map_or(after, |(number, _)| *number);
        let found = newer.filter_map(|(_, conversation)| {
            let room = of_account.rooms.get(conversation)?;
            Some(Gathering {
                conversation: *conversation,
                inbox: room.inbox,
                people: room.list(now),
            })
        });
        (found.collect(), last.max(after))
    }

    /// Records that a conversation is in another inbox now, so that only those learn of it who may read it there.
    pub(crate) fn moved(&self, account: AccountId, conversation: ConversationId, inbox: InboxId) {
        let mut state = self.0.lock();
        let of_account = state.accounts.get_mut(&account);
        if let Some(room) =
            of_account.and_then(|of_account| of_account.rooms.get_mut(&conversation))
        {
            room.inbox = Some(inbox);
        }
    }

    /// Forgets the inboxes of an account's conversations, because moves may have been missed. Each is known again when an agent
    /// renews its entry.
    pub(crate) fn doubt(&self, account: AccountId) {
        let mut state = self.0.lock();
        let of_account = state.accounts.get_mut(&account);
        let rooms = of_account
            .into_iter()
            .flat_map(|of_account| of_account.rooms.values_mut());
        rooms.for_each(|room| room.inbox = None);
    }

    /// Removes the entries that have ended. Returns the accounts whose lists have changed.
    pub(crate) fn sweep(&self, now: Timestamp) -> Vec<AccountId> {
        self.0.lock().sweep(now)
    }
}

impl State {
    fn enter(&mut self, change: &Change, doing: Doing, now: Timestamp) -> Result<bool, Full> {
        let (account, agent) = (AccountId(change.account), AgentId(change.agent));
        let conversation = ConversationId(change.conversation);
        let of_account = self.accounts.entry(account).or_default();
        let room = of_account
            .rooms
            .entry(conversation)
            .or_insert_with(|| Room {
                inbox: Some(InboxId(change.inbox)),
                people: BTreeMap::new(),
                change: 0,
                changed_at: now,
            });
        room.inbox = Some(InboxId(change.inbox));
        let old = room.people.get(&agent).copied();
        if old.is_none() {
            let is_full = room.people.len() >= MOST_IN_CONVERSATION
                || of_account.entries >= MOST_IN_ACCOUNT
                || self.entries >= MOST;
            if is_full {
                self.drop_if_new(account, conversation);
                return Err(Full);
            }
            of_account.entries += 1;
            self.entries += 1;
        }
        let typing_until = match doing {
            Doing::Typing => now.plus_ms(TYPING_MS),
            Doing::Viewing => now,
        };
        let entry = Entry {
            typing_until,
            until: now.plus_ms(VIEWING_MS),
        };
        room.people.insert(agent, entry);
        // A renewal is no news, but its end is: streams tell it too, so that clients need not guess.
        self.changes += 1;
        of_account.number(conversation, self.changes, now);
        Ok(old.is_none_or(|old| old.doing(now) != doing))
    }

    /// Removes a conversation that was added for an entry that found no room.
    fn drop_if_new(&mut self, account: AccountId, conversation: ConversationId) {
        let Some(of_account) = self.accounts.get_mut(&account) else {
            return;
        };
        if of_account
            .rooms
            .get(&conversation)
            .is_some_and(|room| room.change == 0)
        {
            of_account.rooms.remove(&conversation);
        }
        if of_account.rooms.is_empty() {
            self.accounts.remove(&account);
        }
    }

    fn leave(&mut self, change: &Change, now: Timestamp) -> bool {
        let Some(of_account) = self.accounts.get_mut(&AccountId(change.account)) else {
            return false;
        };
        let conversation = ConversationId(change.conversation);
        let room = of_account.rooms.get_mut(&conversation);
        let was_there =
            room.is_some_and(|room| room.people.remove(&AgentId(change.agent)).is_some());
        if was_there {
            of_account.entries -= 1;
            self.entries -= 1;
            self.changes += 1;
            of_account.number(conversation, self.changes, now);
        }
        was_there
    }

    fn sweep_if_due(&mut self, now: Timestamp) {
        let is_due = |at: Timestamp| !(0..SWEEP_MS).contains(&(now.0 - at.0));
        if self.swept_at.is_none_or(is_due) {
            self.sweep(now);
        }
    }

    fn sweep(&mut self, now: Timestamp) -> Vec<AccountId> {
        self.swept_at = Some(now);
        let mut changed = Vec::new();
        let (entries, changes) = (&mut self.entries, &mut self.changes);
        self.accounts.retain(|account, of_account| {
            let mut ended = Vec::new();
            for (conversation, room) in &mut of_account.rooms {
                let (before, typed) = (room.people.len(), room.count_typing(room.changed_at));
                room.people.retain(|_, entry| now < entry.until);
                let gone = before - room.people.len();
                of_account.entries -= gone;
                *entries -= gone;
                if gone > 0 || typed != room.count_typing(now) {
                    ended.push(*conversation);
                }
            }
            for conversation in &ended {
                *changes += 1;
                of_account.number(*conversation, *changes, now);
            }
            if !ended.is_empty() {
                changed.push(*account);
            }
            of_account.forget_empty(now);
            !of_account.rooms.is_empty()
        });
        changed
    }
}

impl OfAccount {
    /// Gives the last change of a conversation its number.
    fn number(&mut self, conversation: ConversationId, number: u64, now: Timestamp) {
        if let Some(room) = self.rooms.get_mut(&conversation) {
            self.changed.remove(&room.change);
            (room.change, room.changed_at) = (number, now);
            self.changed.insert(number, conversation);
        }
    }

    /// Removes conversations in which nobody has been for a while.
    fn forget_empty(&mut self, now: Timestamp) {
        let changed = &mut self.changed;
        self.rooms.retain(|_, room| {
            let stays = !room.people.is_empty() || now < room.changed_at.plus_ms(EMPTY_MS);
            if !stays {
                changed.remove(&room.change);
            }
            stays
        });
    }
}

impl Room {
    fn list(&self, now: Timestamp) -> Vec<Person> {
        let here = self.people.iter().filter(|(_, entry)| now < entry.until);
        let person = |(agent, entry): (&AgentId, &Entry)| Person {
            agent: *agent,
            doing: entry.doing(now),
            until: entry.until,
        };
        here.map(person).collect()
    }

    fn count_typing(&self, now: Timestamp) -> usize {
        let is_typing = |entry: &&Entry| entry.doing(now) == Doing::Typing;
        self.people.values().filter(is_typing).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: AccountId = AccountId(1);
    const PLACE: (ConversationId, InboxId) = (ConversationId(7), InboxId(3));
    const START: Timestamp = Timestamp(1_000_000);

    fn change(conversation: i64, agent: i64, doing: Option<Doing>) -> Change {
        Change::new(
            HERE,
            (ConversationId(conversation), PLACE.1),
            AgentId(agent),
            doing,
        )
    }

    fn seen(presence: &Presence, now: Timestamp) -> Vec<(i64, Doing)> {
        let people = presence.list(HERE, PLACE.0, now);
        people
            .iter()
            .map(|person| (person.agent.get(), person.doing))
            .collect()
    }

    #[test]
    fn an_entry_ends_if_it_is_not_renewed_and_typing_ends_earlier() {
        let presence = Presence::default();
        let typing = change(7, 1, Some(Doing::Typing));
        assert_eq!(presence.record(&typing, START), Ok(true));
        assert_eq!(presence.record(&typing, START.plus_ms(1)), Ok(false));
        assert_eq!(
            presence.record(&change(7, 2, Some(Doing::Viewing)), START),
            Ok(true)
        );
        let at = |ms| START.plus_ms(ms);
        assert_eq!(
            seen(&presence, at(10_000)),
            [(1, Doing::Typing), (2, Doing::Viewing)]
        );
        assert_eq!(
            seen(&presence, at(10_001)),
            [(1, Doing::Viewing), (2, Doing::Viewing)]
        );
        assert_eq!(seen(&presence, at(30_000)), [(1, Doing::Viewing)]);
        assert_eq!(seen(&presence, at(30_001)), []);
        // A stream that has seen everything until then is told of each end once.
        let (_, last) = presence.changes(HERE, 0, START);
        assert_eq!(presence.sweep(at(9_000)), []);
        assert_eq!(presence.sweep(at(10_001)), [HERE], "typing has ended");
        assert_eq!(presence.sweep(at(10_002)), []);
        let (changed, next) = presence.changes(HERE, last, at(10_002));
        assert_eq!(
            (changed.len(), changed[0].people[0].doing),
            (1, Doing::Viewing)
        );
        assert_eq!(presence.sweep(at(30_001)), [HERE], "both have gone");
        let (changed, next) = presence.changes(HERE, next, at(30_001));
        assert_eq!((changed.len(), changed[0].people.len()), (1, 0));
        assert_eq!(presence.changes(HERE, next, at(30_001)).0, []);
        assert_eq!(presence.sweep(at(90_002)), []);
        assert!(presence.0.lock().accounts.is_empty(), "nothing stays");
        assert_eq!(presence.0.lock().entries, 0);
    }

    #[test]
    fn who_leaves_is_gone_at_once() {
        let presence = Presence::default();
        let leave = change(7, 1, None);
        assert_eq!(
            presence.record(&leave, START),
            Ok(false),
            "nobody was there"
        );
        assert_eq!(
            presence.record(&change(7, 1, Some(Doing::Viewing)), START),
            Ok(true)
        );
        assert_eq!(presence.record(&leave, START), Ok(true));
        assert_eq!(seen(&presence, START), []);
        presence.moved(HERE, PLACE.0, InboxId(9));
        let inbox = || presence.changes(HERE, 0, START).0[0].inbox;
        assert_eq!(inbox(), Some(InboxId(9)));
        presence.doubt(HERE);
        assert_eq!(inbox(), None);
        assert_eq!(
            presence.record(&change(7, 1, Some(Doing::Viewing)), START),
            Ok(true)
        );
        assert_eq!(inbox(), Some(PLACE.1));
    }

    #[test]
    fn the_number_of_entries_is_limited() {
        let presence = Presence::default();
        let enter = |conversation, agent| {
            presence.record(&change(conversation, agent, Some(Doing::Viewing)), START)
        };
        for agent in 0..MOST_IN_CONVERSATION as i64 {
            assert_eq!(enter(7, agent), Ok(true));
        }
        assert_eq!(enter(7, 1_000), Err(Full));
        assert_eq!(enter(7, 1), Ok(false), "who is there may stay");
        for conversation in 0..(MOST_IN_ACCOUNT - MOST_IN_CONVERSATION) as i64 {
            assert_eq!(enter(1_000 + conversation, 1), Ok(true));
        }
        assert_eq!(enter(999_999, 1), Err(Full));
        let rooms = |presence: &Presence| presence.0.lock().accounts[&HERE].rooms.len();
        assert_eq!(rooms(&presence), MOST_IN_ACCOUNT - MOST_IN_CONVERSATION + 1);
        // When they have ended there is room again.
        let later = START.plus_ms(VIEWING_MS);
        assert_eq!(
            presence.record(&change(999_999, 1, Some(Doing::Viewing)), later),
            Ok(true)
        );
    }
}
