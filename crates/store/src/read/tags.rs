//! Lists of tags.

use std::collections::{BTreeMap, BTreeSet};

use heddle_domain::id::{AccountId, InboxId, TagId};
use heddle_domain::{InboxScope, Timestamp};

use crate::error::Result;
use crate::rows::tag as rows;
use crate::stmt::{Row, params};
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

fn tag(row: &mut Row<'_>) -> Result<Tag> {
    Ok(Tag {
        id: TagId(row.int()?),
        name: row.text()?,
        created_at: row.time()?,
    })
}

/// How many tags one page may read from all inboxes of a limited caller together. Each inbox may give
/// [`LEAST_OF_INBOX`] nevertheless.
const MOST_OF_INBOXES: usize = 2_000;
const LEAST_OF_INBOX: usize = 4;

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
    /// The value of `after` for the next page; `None` if this page is the last. Another page may be short, but has a tag.
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
        let (mut tags, known_up_to) = match &self.inboxes {
            InboxScope::All => (self.all(rows).await?, None),
            InboxScope::Only(inboxes) => self.of_inboxes(rows, inboxes).await?,
        };
        tags.retain(|tag| known_up_to.is_none_or(|last| tag.id <= last));
        let more = tags.len() > self.limit;
        tags.truncate(self.limit);
        let is_last = known_up_to.is_none() && !more;
        let next = tags.last().map(|tag| tag.id).filter(|_| !is_last);
        Ok(TagPage { tags, next })
    }
}

impl ListTags {
    async fn all(&self, rows: &mut Rows<'_>) -> Result<Vec<Tag>> {
        let params = params![self.account, self.after, self.limit as i64 + 1];
        rows.fetch(&rows::LIST, params, tag).await
    }

    /// Reads the next tags of each inbox. Returns them in order, and the tag up to which they are complete; `None` if they
    /// are all that is left.
    async fn of_inboxes(
        &self,
        rows: &mut Rows<'_>,
        inboxes: &BTreeSet<InboxId>,
    ) -> Result<(Vec<Tag>, Option<TagId>)> {
        let share = MOST_OF_INBOXES / inboxes.len().max(1);
        let step = share.max(LEAST_OF_INBOX).min(self.limit + 1);
        let of = |inbox: &InboxId| {
            let params: [_; 4] = *params![self.account, *inbox, self.after, step as i64];
            params
        };
        let keys: Vec<_> = inboxes.iter().map(of).collect();
        let found = rows.fetch_many(&rows::LIST_OF_INBOX, &keys, tag).await?;
        let cut = found.iter().filter(|tags| tags.len() == step);
        let known_up_to = cut.filter_map(|tags| tags.last()).map(|tag| tag.id).min();
        let by_id: BTreeMap<TagId, Tag> = found.into_iter().flatten().map(|t| (t.id, t)).collect();
        Ok((by_id.into_values().collect(), known_up_to))
    }
}
