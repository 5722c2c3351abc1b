//! Lists of tags.

use heddle_domain::id::{AccountId, TagId};
use heddle_domain::{InboxScope, Timestamp};

use crate::error::Result;
use crate::rows::conversation as conversation_rows;
use crate::rows::tag as tag_rows;
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

/// How many conversations with one tag are looked at first; then more at a time.
const FIRST_STEP: i64 = 20;
const LATER_STEP: i64 = 500;
/// After so many conversations a page ends, even if it is short.
const LOOKED_AT: usize = 20_000;

/// Reads a page of tags in the order of their ids, starting after a given id.
#[derive(Clone, Debug)]
pub struct ListTags {
    /// Account whose data is read.
    pub account: AccountId,
    /// The inboxes that the caller reaches. A limited caller sees the tags that conversations in these inboxes have.
    pub inboxes: InboxScope,
    /// The last id of the previous page; 0 for the first page.
    pub after: TagId,
    /// The maximum number of rows to return.
    pub limit: usize,
}

/// A page of tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagPage {
    /// The tags, by id.
    pub tags: Vec<Tag>,
    /// The value of `after` for the next page; `None` if this page is the last. Other pages may be short or empty too.
    pub next: Option<TagId>,
}

impl Read for ListTags {
    type Out = TagPage;
    const NAME: &'static str = "list_tags";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<TagPage> {
        let (mut tags, mut after, mut looked_at) = (Vec::new(), self.after, 0);
        let step = self.limit + 1;
        loop {
            let found = self.step(rows, after, step).await?;
            let is_last = found.len() < step;
            for tag in found {
                if tags.len() == self.limit || looked_at >= LOOKED_AT {
                    let next = Some(after);
                    return Ok(TagPage { tags, next });
                }
                after = tag.id;
                if self.is_used(rows, tag.id, &mut looked_at).await? {
                    tags.push(tag);
                }
            }
            if is_last {
                return Ok(TagPage { tags, next: None });
            }
        }
    }
}

impl ListTags {
    async fn step(&self, rows: &mut Rows<'_>, after: TagId, step: usize) -> Result<Vec<Tag>> {
        let params = params![self.account, after, step as i64];
        rows.fetch(&tag_rows::LIST, params, |row| {
            Ok(Tag {
                id: TagId(row.int()?),
                name: row.text()?,
                created_at: row.time()?,
            })
        })
        .await
    }

    /// Whether a conversation in the caller's inboxes has the tag. Looks at the newest ones first; adds to `looked_at`.
    async fn is_used(
        &self,
        rows: &mut Rows<'_>,
        tag: TagId,
        looked_at: &mut usize,
    ) -> Result<bool> {
        if self.inboxes == InboxScope::All {
            return Ok(true);
        }
        let (mut before, mut step) = (i64::MAX, FIRST_STEP);
        loop {
            let params = params![self.account, tag, before, step];
            let ids = rows.fetch(&tag_rows::BEARERS_BEFORE, params, |row| row.int());
            let ids = ids.await?;
            let Some(last) = ids.last() else {
                return Ok(false);
            };
            before = *last;
            *looked_at += ids.len();
            let params = params![self.account, ids.as_slice()];
            let found = rows
                .fetch(
                    &conversation_rows::GET_MANY,
                    params,
                    conversation_rows::conversation,
                )
                .await?;
            if found.iter().any(|it| self.inboxes.contains(it.inbox)) {
                return Ok(true);
            }
            if (ids.len() as i64) < step {
                return Ok(false);
            }
            step = LATER_STEP;
        }
    }
}
