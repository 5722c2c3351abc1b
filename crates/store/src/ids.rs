//! Who makes ids: the node's slot with its reserved time, and blocks of small numbers (`store.md` 1).

use std::collections::HashMap;

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, TimeId, TimeSequence};
use parking_lot::Mutex;

use crate::error::{Error, Result};
use crate::tx::{Tx, Write, params};

/// How far ahead of the clock ids are reserved. After a kill the next start begins above the reservation, so recorded
/// times may run at most this far ahead.
pub(crate) const RESERVE_AHEAD_MS: i64 = 3_000;
/// The reservation is extended when less than this is left.
pub(crate) const RESERVE_MARGIN_MS: i64 = 1_000;

/// The time-ordered ids of one node: one sequence a kind, one ceiling for both.
#[derive(Debug)]
pub(crate) struct TimeIds {
    messages: TimeSequence,
    events: TimeSequence,
    ceiling: Timestamp,
}

impl TimeIds {
    /// Ids of `slot` from `start` on; nothing can be made until a reservation is recorded.
    pub(crate) fn new(slot: i64, start: Timestamp) -> Self {
        let sequence = TimeSequence::new(slot, start);
        Self {
            messages: sequence.clone(),
            events: sequence,
            ceiling: start,
        }
    }

    /// The millisecond to reserve up to if the ceiling is too near at `now`.
    pub(crate) fn wants_reservation(&self, now: Timestamp) -> Option<Timestamp> {
        (now.0 + RESERVE_MARGIN_MS > self.ceiling.0).then(|| now.plus_ms(RESERVE_AHEAD_MS))
    }

    /// Records a reservation that has been committed.
    pub(crate) fn reserved(&mut self, until: Timestamp) {
        self.ceiling = self.ceiling.max(until);
    }

    pub(crate) fn next_message(&mut self, now: Timestamp, above: i64) -> Result<i64> {
        next(&mut self.messages, now, above, self.ceiling)
    }

    pub(crate) fn next_event(&mut self, now: Timestamp, above: i64) -> Result<i64> {
        next(&mut self.events, now, above, self.ceiling)
    }
}

/// The next id, or how far must be reserved for it: counted from the id itself, which may be ahead of the clock.
fn next(
    sequence: &mut TimeSequence,
    now: Timestamp,
    above: i64,
    ceiling: Timestamp,
) -> Result<i64> {
    sequence.next(now, above, ceiling).ok_or_else(|| {
        let wanted = TimeId(sequence.upcoming(now, above)).created_at();
        Error::Reserve(wanted.plus_ms(RESERVE_AHEAD_MS).0)
    })
}

/// What is counted in small numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Accounts (counted under account 0).
    Account,
    /// Inboxes.
    Inbox,
    /// Agents.
    Agent,
    /// Customers.
    Customer,
    /// Conversations.
    Conversation,
    /// Attachments.
    Attachment,
    /// Credentials.
    Credential,
    /// Mews applications.
    Application,
    /// Tags.
    Tag,
    /// Webhooks.
    Webhook,
}

impl Counted {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Account,
        Self::Inbox,
        Self::Agent,
        Self::Customer,
        Self::Conversation,
        Self::Attachment,
        Self::Credential,
        Self::Application,
        Self::Tag,
        Self::Webhook,
    ];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Inbox => "inbox",
            Self::Agent => "agent",
            Self::Customer => "customer",
            Self::Conversation => "conversation",
            Self::Attachment => "attachment",
            Self::Credential => "credential",
            Self::Application => "application",
            Self::Tag => "tag",
            Self::Webhook => "webhook",
        }
    }
}

/// Takes a block of numbers from the counter row.
pub(crate) struct ReserveBlock {
    pub(crate) account: AccountId,
    pub(crate) kind: Counted,
    pub(crate) length: i64,
}

impl Write for ReserveBlock {
    /// The first number behind the block.
    type Out = i64;
    const NAME: &'static str = "reserve_block";

    /// A block taken twice is a gap.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply<T: Tx>(&self, tx: &mut T) -> Result<i64> {
        let rows = tx
            .fetch(
                &crate::rows::account::TAKE_BLOCK,
                params![
                    self.account,
                    self.kind.as_str(),
                    self.length + 1,
                    self.length
                ],
                |row| row.int(),
            )
            .await?;
        rows.first()
            .copied()
            .ok_or_else(|| Error::Internal("counter row missing".into()))
    }
}

/// Gives the unused rest of a block back, so that an orderly end leaves no gap.
pub(crate) struct ReturnBlock {
    pub(crate) account: AccountId,
    pub(crate) kind: Counted,
    pub(crate) next: i64,
    pub(crate) end: i64,
}

impl Write for ReturnBlock {
    type Out = ();
    const NAME: &'static str = "return_block";

    /// The second time the counter is no longer where the block ends.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply<T: Tx>(&self, tx: &mut T) -> Result<()> {
        tx.queue(
            &crate::rows::account::RETURN_BLOCK,
            params![self.account, self.kind.as_str(), self.next, self.end],
        )
    }
}

#[derive(Debug)]
struct Block {
    next: i64,
    end: i64,
    /// How many numbers the next refill takes: grows while blocks are used up quickly.
    length: i64,
    taken_at: Timestamp,
}

const FIRST_BLOCK: i64 = 16;
const LARGEST_BLOCK: i64 = 1_024;

/// The blocks this process holds. An orderly end gives back what is left of them, a kill loses it: numbers may have
/// gaps, never repeats.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    held: Mutex<HashMap<(AccountId, Counted), Block>>,
}

impl Blocks {
    /// `count` consecutive numbers from the held block, or the length of the block to reserve.
    pub(crate) fn take(
        &self,
        account: AccountId,
        kind: Counted,
        count: i64,
        now: Timestamp,
    ) -> std::result::Result<i64, i64> {
        let mut held = self.held.lock();
        match held.get_mut(&(account, kind)) {
            Some(block) if block.end - block.next >= count => {
                let first = block.next;
                block.next += count;
                Ok(first)
            }
            Some(block) => {
                let quick = now.0 - block.taken_at.0 < 1_000;
                let length = if quick {
                    (block.length * 2).min(LARGEST_BLOCK)
                } else {
                    FIRST_BLOCK
                };
                Err(length.max(count))
            }
            None => Err(FIRST_BLOCK.max(count)),
        }
    }

    /// Puts a reserved block in place.
    pub(crate) fn put(
        &self,
        account: AccountId,
        kind: Counted,
        end: i64,
        length: i64,
        now: Timestamp,
    ) {
        let block = Block {
            next: end - length,
            end,
            length,
            taken_at: now,
        };
        self.held.lock().insert((account, kind), block);
    }

    /// Takes all blocks away, at the end: the unused rest of each.
    pub(crate) fn drain(&self) -> Vec<ReturnBlock> {
        let held = self.held.lock().drain().collect::<Vec<_>>();
        let rest = held.into_iter().filter(|(_, block)| block.next < block.end);
        rest.map(|((account, kind), block)| ReturnBlock {
            account,
            kind,
            next: block.next,
            end: block.end,
        })
        .collect()
    }

    /// Forgets an account's blocks (after its counters were raised).
    pub(crate) fn clear(&self, account: AccountId) {
        self.held.lock().retain(|(of, _), _| *of != account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_block_are_given_once() {
        let blocks = Blocks::default();
        let (account, now) = (AccountId(1), Timestamp(0));
        assert_eq!(blocks.take(account, Counted::Tag, 1, now), Err(16));
        blocks.put(account, Counted::Tag, 17, 16, now);
        assert_eq!(blocks.take(account, Counted::Tag, 1, now), Ok(1));
        assert_eq!(blocks.take(account, Counted::Tag, 15, now), Ok(2));
        assert_eq!(blocks.take(account, Counted::Tag, 1, now), Err(32));
        assert_eq!(
            blocks.take(account, Counted::Tag, 1, Timestamp(5_000)),
            Err(16)
        );
    }

    #[test]
    fn ids_stop_at_the_reservation() {
        let start = Timestamp(TimeId::EPOCH_MS);
        let mut ids = TimeIds::new(0, start);
        assert_eq!(
            ids.next_message(start, 0),
            Err(Error::Reserve(start.0 + RESERVE_AHEAD_MS))
        );
        ids.reserved(start.plus_ms(10));
        assert!(ids.next_message(start, 0).is_ok());
    }

    #[test]
    fn a_clock_far_behind_the_ids_still_gets_a_reservation_that_helps() {
        let start = Timestamp(TimeId::EPOCH_MS + 3_600_000);
        let stepped_back = Timestamp(TimeId::EPOCH_MS);
        let mut ids = TimeIds::new(0, start);
        let Err(Error::Reserve(until)) = ids.next_message(stepped_back, 0) else {
            panic!("an id was made above the reservation");
        };
        assert!(until > start.0, "{until} is below what is reserved already");
        ids.reserved(Timestamp(until));
        assert!(ids.next_message(stepped_back, 0).is_ok());
    }
}
