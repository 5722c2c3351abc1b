//! The entities with small ids, and the reservations that a command may need before it can run.

use heddle_domain::id::AccountId;
use heddle_domain::{EntityKind, Timestamp};

/// The kinds of entity with small ids: numbers that count up from 1 in each account. Accounts are counted under account
/// 0.
pub const COUNTED: [EntityKind; 11] = [
    EntityKind::Account,
    EntityKind::Inbox,
    EntityKind::Agent,
    EntityKind::Customer,
    EntityKind::Conversation,
    EntityKind::Attachment,
    EntityKind::Credential,
    EntityKind::Application,
    EntityKind::Tag,
    EntityKind::CustomField,
    EntityKind::Webhook,
];

/// The ids that a driver must reserve before a command can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserve {
    /// Time-ordered ids up to this time.
    Time(Timestamp),
    /// Small ids of one kind.
    Numbers {
        /// Account of the counter.
        account: AccountId,
        /// Kind of entity that the counter counts.
        kind: EntityKind,
        /// How many unused ids the command needs.
        wanted: i64,
    },
}
