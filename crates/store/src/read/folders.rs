//! Reads the counts of conversations in the folders of an inbox.

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, InboxId};

use crate::error::Result;
use crate::rows::folder as rows;
pub use crate::rows::folder::Place;
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

/// Reads the number of conversations in each place of an inbox. The numbers follow the feed, so they may be a moment old.
#[derive(Clone, Copy, Debug)]
pub struct CountPlaces {
    /// Account whose data is read.
    pub account: AccountId,
    /// The inbox.
    pub inbox: InboxId,
}

/// The conversations of one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaceCount {
    /// The place.
    pub place: Place,
    /// How many conversations are there.
    pub conversations: i64,
    /// When the number last changed; 0 if it did not change since the counts began.
    pub changed_at: Timestamp,
}

impl Read for CountPlaces {
    /// Places that are missing have no conversations.
    type Out = Vec<PlaceCount>;
    const NAME: &'static str = "count_places";

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.inbox];
        let found = rows.fetch(&rows::OF_INBOX, params, rows::count).await?;
        let count = |(place, conversations, changed_at)| PlaceCount {
            place,
            conversations,
            changed_at,
        };
        Ok(found.into_iter().map(count).collect())
    }
}
