//! Integer ids, and the time-ordered ids of messages and events (`store.md` section 1).
//!
//! Every id is a positive integer below 2^53 (browsers read JSON numbers as doubles), unique per account and kind,
//! and every API shows the same number. The application makes ids; a database sequence never does.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The greatest possible id: 2^53 - 1.
pub const MAX_ID: i64 = (1 << 53) - 1;

macro_rules! id_type {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(pub i64);

        impl $name {
            /// Returns the number, as every API shows it.
            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

id_type! {
    /// Id of an account (one tenant).
    AccountId,
    /// Id of an inbox, which holds conversations (mailbox, studio, enterprise, department).
    InboxId,
    /// Id of an agent (an employee).
    AgentId,
    /// Id of a customer (a person or firm).
    CustomerId,
    /// Id of a conversation; Magicline, Mews and myKaarma call it a thread.
    ConversationId,
    /// Id of a message. Time-ordered, see [`TimeId`].
    MessageId,
    /// Id of an event (one committed change). Time-ordered, see [`TimeId`].
    EventId,
    /// Id of an attachment: a file or a link in a message.
    AttachmentId,
    /// Id of a credential.
    CredentialId,
    /// Id of a Mews client application. It sees only the conversations that it created.
    ApplicationId,
    /// Id of a tag on conversations.
    TagId,
    /// Id of a custom field that an inbox defines.
    CustomFieldId,
    /// Id of a webhook.
    WebhookId,
    /// Id of a webhook delivery. Time-ordered, see [`TimeId`].
    DeliveryId,
}

impl DeliveryId {
    /// Returns when the delivery was recorded.
    #[must_use]
    pub const fn created_at(self) -> Timestamp {
        TimeId(self.0).created_at()
    }
}

/// The maximum number of server nodes that can make ids at the same time. Each node has its own number, called slot.
pub const SLOTS: i64 = 64;
const SEQUENCE_BITS: u32 = 6;
const SLOT_BITS: u32 = 6;
const LOW_BITS: u32 = SEQUENCE_BITS + SLOT_BITS;

/// A time-ordered id: 41 bits of milliseconds since 2025-01-01, 6 bits of node slot (the node's number), 6 bits of
/// sequence. The millisecond is the time at which the entity was recorded, unless ids were ahead of the clock then: in that
/// case the entity's row holds its recorded time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeId(pub i64);

impl TimeId {
    /// 2025-01-01T00:00:00Z in Unix milliseconds. The milliseconds in time-ordered ids are counted from this time.
    pub const EPOCH_MS: i64 = 1_735_689_600_000;

    /// The last time that an id can hold, in the year 2094.
    pub const LAST: Timestamp = Timestamp((MAX_ID >> LOW_BITS) + Self::EPOCH_MS);

    /// Composes an id from its parts; `ms` counts from [`Self::EPOCH_MS`].
    #[must_use]
    pub const fn compose(ms: i64, slot: i64, sequence: i64) -> Self {
        Self((ms << LOW_BITS) | (slot << SEQUENCE_BITS) | sequence)
    }

    /// Returns the time in the id.
    #[must_use]
    pub const fn created_at(self) -> Timestamp {
        Timestamp((self.0 >> LOW_BITS) + Self::EPOCH_MS)
    }

    /// Returns the smallest id with the time `at` or later, as the limit of a range.
    #[must_use]
    pub fn first_at(at: Timestamp) -> Self {
        let ms =
            at.0.saturating_sub(Self::EPOCH_MS)
                .clamp(0, MAX_ID >> LOW_BITS);
        Self(ms << LOW_BITS)
    }
}

impl MessageId {
    /// Returns the time in the id: when the message was recorded, unless its row says otherwise.
    #[must_use]
    pub const fn created_at(self) -> Timestamp {
        TimeId(self.0).created_at()
    }
}

impl EventId {
    /// Returns the time in the id: when the change was recorded, unless its row says otherwise.
    #[must_use]
    pub const fn created_at(self) -> Timestamp {
        TimeId(self.0).created_at()
    }
}

/// Makes time-ordered ids for one node slot. It reads no clock: the current time and the ceiling are arguments.
///
/// The ids of one sequence always grow, even if the clock steps back. Their time stays below the reserved ceiling. The
/// next node that uses the slot starts at that ceiling, so it cannot repeat an id.
#[derive(Clone, Debug)]
pub struct TimeSequence {
    slot: i64,
    last: i64,
}

impl TimeSequence {
    /// Creates a sequence for `slot` whose first id is recorded at `start` or later.
    #[must_use]
    pub fn new(slot: i64, start: Timestamp) -> Self {
        debug_assert!((0..SLOTS).contains(&slot));
        let ms = (start.0 - TimeId::EPOCH_MS).max(0);
        Self {
            slot,
            last: TimeId::compose(ms, slot, 0).0 - 1,
        }
    }

    /// Returns the next id: greater than every earlier id of the sequence, greater than `above`, not before `now`.
    ///
    /// `None` if its time would reach `ceiling`: the caller must extend its reservation and try again.
    pub fn next(&mut self, now: Timestamp, above: i64, ceiling: Timestamp) -> Option<i64> {
        let id = self.upcoming(now, above);
        if id > MAX_ID || TimeId(id).created_at() >= ceiling {
            return None;
        }
        self.last = id;
        Some(id)
    }

    /// Returns the id that [`Self::next`] would return if no ceiling existed.
    #[must_use]
    pub fn upcoming(&self, now: Timestamp, above: i64) -> i64 {
        let now_ms = (now.0 - TimeId::EPOCH_MS).max(0);
        let fresh = TimeId::compose(now_ms, self.slot, 0).0;
        fresh.max(self.after(self.last)).max(self.after(above))
    }

    /// Returns the smallest id of this slot that is greater than `id`.
    fn after(&self, id: i64) -> i64 {
        let next = id + 1;
        let ms = next >> LOW_BITS;
        let low = next & ((1 << LOW_BITS) - 1);
        let first = self.slot << SEQUENCE_BITS;
        let last = first | ((1 << SEQUENCE_BITS) - 1);
        if low <= first {
            (ms << LOW_BITS) | first
        } else if low <= last {
            next
        } else {
            ((ms + 1) << LOW_BITS) | first
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FAR: Timestamp = Timestamp(i64::MAX);

    fn at(ms: i64) -> Timestamp {
        Timestamp(TimeId::EPOCH_MS + ms)
    }

    #[test]
    fn an_id_encodes_its_millisecond() {
        let mut sequence = TimeSequence::new(7, at(0));
        let id = sequence.next(at(1_234), 0, FAR).expect("below the ceiling");
        assert_eq!(TimeId(id).created_at(), at(1_234));
        assert_eq!(TimeId::first_at(at(1_234)).0 >> 12, id >> 12);
    }

    #[test]
    fn a_full_millisecond_continues_in_the_next() {
        let mut sequence = TimeSequence::new(63, at(0));
        let ids: Vec<i64> = (0..65)
            .map(|_| sequence.next(at(5), 0, FAR).expect("id"))
            .collect();
        assert_eq!(TimeId(ids[63]).created_at(), at(5));
        assert_eq!(TimeId(ids[64]).created_at(), at(6));
    }

    #[test]
    fn ids_stay_below_the_ceiling() {
        let mut sequence = TimeSequence::new(0, at(0));
        assert!(sequence.next(at(10), 0, at(10)).is_none());
        assert!(sequence.next(at(9), 0, at(10)).is_some());
    }

    #[test]
    fn a_later_holder_starts_above_the_reservation() {
        let mut sequence = TimeSequence::new(3, at(5_000));
        let id = sequence.next(at(4_000), 0, FAR).expect("id");
        assert_eq!(TimeId(id).created_at(), at(5_000));
    }

    proptest! {
        #[test]
        fn ids_grow_for_any_clock_and_floor(
            slot in 0..SLOTS,
            steps in proptest::collection::vec((0_i64..50, 0_i64..200_000), 1..200),
        ) {
            let mut sequence = TimeSequence::new(slot, at(0));
            let mut last = 0;
            for (ms, floor) in steps {
                let id = sequence.next(at(ms), floor, FAR).expect("no ceiling");
                prop_assert!(id > last && id > floor);
                prop_assert!(TimeId(id).created_at() >= at(ms));
                prop_assert_eq!((id >> 6) & 63, slot);
                last = id;
            }
        }
    }
}
