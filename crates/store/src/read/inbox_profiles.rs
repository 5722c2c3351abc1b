//! Reads the profiles of inboxes.

use heddle_domain::InboxProfile;
use heddle_domain::id::{AccountId, InboxId};

use crate::error::Result;
use crate::rows::inbox_profile as rows;
use crate::stmt::keys;
use crate::tx::{Cost, Read, Rows};

/// Reads the profiles of some inboxes, in the given order. An inbox that has none, or does not exist, has an empty one.
#[derive(Clone, Debug)]
pub struct ReadInboxProfiles {
    /// Account whose data is read.
    pub account: AccountId,
    /// The inboxes.
    pub inboxes: Vec<InboxId>,
}

impl Read for ReadInboxProfiles {
    type Out = Vec<InboxProfile>;
    const NAME: &'static str = "read_inbox_profiles";

    fn cost(&self) -> Cost {
        match self.inboxes.len() {
            0 | 1 => Cost::Keys(self.account),
            _ => Cost::List(self.account),
        }
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let keys = keys(self.account, self.inboxes.iter().copied());
        let found = rows.fetch_many(&rows::GET, &keys, rows::profile).await?;
        let profiles = found.into_iter().map(|mut rows| rows.pop());
        Ok(profiles.map(Option::unwrap_or_default).collect())
    }
}
