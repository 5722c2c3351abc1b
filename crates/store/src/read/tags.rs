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

/// Up to this number the conversations of a tag are counted.
pub const MOST_COUNTED: i64 = 1_000;
/// How many tags one statement returns.
const TAGS_AT_ONCE: usize = 1_000;

/// Reads a page of tags in the order of their names, with the number of their conversations.
#[derive(Clone, Debug)]
pub struct TagsByName {
    /// Account whose data is read.
    pub account: AccountId,
    /// The inboxes that the caller reaches. A limited caller sees the tags that conversations in these inboxes have, and
    /// only these conversations are counted.
    pub inboxes: InboxScope,
    /// Page number, from 1.
    pub page: i64,
    /// Tags per page.
    pub size: i64,
}

/// A page of tags by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedTags {
    /// The tags, each with the number of its conversations, up to [`MOST_COUNTED`].
    pub tags: Vec<(Tag, i64)>,
    /// How many tags the caller sees.
    pub total: i64,
}

impl Read for TagsByName {
    type Out = NamedTags;
    const NAME: &'static str = "tags_by_name";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<NamedTags> {
        let mut list = ListTags {
            account: self.account,
            inboxes: self.inboxes.clone(),
            after: TagId(0),
            limit: TAGS_AT_ONCE,
        };
        let mut all = Vec::new();
        loop {
            let page = list.run(rows).await?;
            all.extend(page.tags);
            match page.next {
                Some(next) => list.after = next,
                None => break,
            }
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let skipped = usize::try_from((self.page - 1).saturating_mul(self.size));
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let page = all
            .into_iter()
            .skip(skipped.unwrap_or(usize::MAX))
            .take(size);
        let mut tags = Vec::new();
        for tag in page {
            let count = count(rows, self.account, &self.inboxes, tag.id).await?;
            tags.push((tag, count));
        }
        Ok(NamedTags { tags, total })
    }
}

/// Reads one tag with the number of its conversations; `None` if the caller does not see it.
#[derive(Clone, Debug)]
pub struct CountedTag {
    /// Account whose data is read.
    pub account: AccountId,
    /// Same as in [`TagsByName`].
    pub inboxes: InboxScope,
    /// Id of the tag.
    pub id: TagId,
}

impl Read for CountedTag {
    type Out = Option<(Tag, i64)>;
    const NAME: &'static str = "counted_tag";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.id];
        let Some(tag) = rows.fetch_one(&rows::GET, params, tag).await? else {
            return Ok(None);
        };
        if let InboxScope::Only(inboxes) = &self.inboxes {
            let before = TagId(self.id.get().saturating_sub(1));
            let of = |inbox: &InboxId| {
                let params: [_; 4] = *params![self.account, *inbox, before, 1_i64];
                params
            };
            let keys: Vec<_> = inboxes.iter().map(of).collect();
            let nearest = rows
                .fetch_many(&rows::LIST_OF_INBOX, &keys, self::tag)
                .await?;
            if !nearest.iter().flatten().any(|found| found.id == self.id) {
                return Ok(None);
            }
        }
        let count = count(rows, self.account, &self.inboxes, self.id).await?;
        Ok(Some((tag, count)))
    }
}

/// Counts the conversations of a tag, up to [`MOST_COUNTED`].
async fn count(
    rows: &mut Rows<'_>,
    account: AccountId,
    inboxes: &InboxScope,
    tag: TagId,
) -> Result<i64> {
    let only: Vec<i64> = match inboxes {
        InboxScope::All => Vec::new(),
        InboxScope::Only(inboxes) => inboxes.iter().map(|inbox| inbox.get()).collect(),
    };
    let is_all = *inboxes == InboxScope::All;
    let params = params![account, tag, MOST_COUNTED, is_all, only.as_slice()];
    let count = rows.fetch_one(&rows::COUNT_BEARERS, params, |row| row.int());
    Ok(count.await?.unwrap_or_default())
}
