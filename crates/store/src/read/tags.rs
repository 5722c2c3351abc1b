//! Lists of tags.

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, TagId};

use crate::error::Result;
use crate::rows::tag as rows;
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

/// A tag on conversations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Id of the tag within the account.
    pub id: TagId,
    /// Name of the tag, unique within the account.
    pub name: String,
    /// When the tag was first used.
    pub created_at: Timestamp,
}

/// Reads a page of tags in the order of their ids, starting after a given id.
#[derive(Clone, Debug)]
pub struct ListTags {
    /// Account whose data is read.
    pub account: AccountId,
    /// The last id of the previous page; 0 for the first page.
    pub after: TagId,
    /// The maximum number of rows to return.
    pub limit: usize,
}

impl Read for ListTags {
    type Out = Vec<Tag>;
    const NAME: &'static str = "list_tags";

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.after, self.limit as i64];
        rows.fetch(&rows::LIST, params, |row| {
            Ok(Tag {
                id: TagId(row.int()?),
                name: row.text()?,
                created_at: row.time()?,
            })
        })
        .await
    }
}
