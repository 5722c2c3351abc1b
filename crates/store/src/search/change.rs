//! Changes of the index, and the state that is stored with them.

use std::collections::BTreeSet;

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, ConversationId, CustomerId};

use super::document::Document;
use crate::error::{Result, Trouble};

/// What a rebuild is walking through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// No rebuild is under way.
    None,
    Customers,
    Conversations,
}

impl Stage {
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::None => 0,
            Self::Customers => 1,
            Self::Conversations => 2,
        }
    }

    pub(crate) fn of(number: i64) -> Result<Self> {
        match number {
            0 => Ok(Self::None),
            1 => Ok(Self::Customers),
            2 => Ok(Self::Conversations),
            other => {
                Err(Trouble::Internal(format!("the search index has the stage {other}")).into())
            }
        }
    }
}

/// How far the index of an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) position: i64,
    pub(crate) stage: Stage,
    /// The last customer or conversation that the rebuild has handled.
    pub(crate) after: i64,
    /// How many batches were stored. A batch that was made from older rows than those of a stored one is refused by this.
    pub(crate) batches: i64,
}

impl State {
    /// The state of an empty index.
    pub(crate) const EMPTY: Self = Self {
        position: 0,
        stage: Stage::None,
        after: 0,
        batches: 0,
    };
}

/// A change of the index.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// Replaces the documents of a conversation's messages in the range (after, up to].
    Documents {
        conversation: ConversationId,
        after: i64,
        up_to: i64,
        documents: Vec<Document>,
    },
    /// Replaces the words by which a customer is suggested.
    Names {
        customer: CustomerId,
        words: BTreeSet<String>,
    },
}

/// Changes that are stored together with a new state. They are not stored if the state is no longer the expected one.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) account: AccountId,
    pub(crate) from: State,
    /// The new state, with any number of batches.
    pub(crate) to: State,
    pub(crate) changes: Vec<Change>,
    /// The time of the server's clock.
    pub(crate) now: Timestamp,
}
