//! Lists conversations for the native API: any combination of filters, four orders, two directions.
//!
//! A page begins after a position in its order (a sort value and an id), so rows that are added or changed between two
//! pages cause neither repetitions nor gaps. In an order by creation or start every row appears exactly once. In the
//! other orders this holds for every row that does not change meanwhile.
//!
//! Every read is limited. If a filter selects few conversations (of a customer, an agent or a tag), its index finds
//! them and they are sorted in memory. Otherwise the index of the order is scanned and each row is filtered; then a
//! page may have few rows or none, although the list goes on; it then returns the position of the next page.

use std::collections::BTreeSet;

use heddle_domain::conversation::{Conversation, Status};
use heddle_domain::id::{
    AccountId, AgentId, ApplicationId, ConversationId, CustomerId, InboxId, TagId,
};
use heddle_domain::message::State;
use heddle_domain::{TagName, Timestamp};

use super::contents::{LabelledConversation, show};
use super::customers::follow;
use super::merge::Merge;
pub use super::position::Position;
use crate::error::{Result, Trouble};
use crate::rows::{conversation as rows, customer as customer_rows, tag as tag_rows};
use crate::stmt::{Row, Stmt, Value, params};
use crate::tx::{Cost, Read, Rows};

/// The maximum number of index entries examined for a filter that may select few conversations.
const SET_LOOKED_AT: usize = 20_000;
/// The maximum number of conversations that are sorted in memory.
const SET_SORTED: usize = 2_000;
/// The maximum number of conversations that a scan examines for one page.
const WALKED: usize = 2_000;
/// The maximum number of rows that one step of a scan reads.
const STEP: usize = 500;
/// The maximum number of conversations that `GET_MANY` returns.
const AT_ONCE: usize = 1_000;

/// The sort order of a list; equal values are sorted by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Sorted by recorded time. A conversation's position never changes.
    Created,
    /// Sorted by the start that the client gave; imports may have started long ago. A conversation's position never changes.
    Started,
    /// Sorted by last change. A conversation's position changes.
    Updated,
    /// Sorted by last message; allowed only with a filter by customer. A conversation's position changes.
    LastMessage,
}

/// Filters of a list; `None` or empty matches every conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Selects conversations of this customer; the id of a merged customer selects those of its survivor.
    pub customer: Option<CustomerId>,
    /// Selects conversations assigned to this agent.
    pub assignee: Option<AgentId>,
    /// `true` selects only assigned conversations, `false` only unassigned ones.
    pub assigned: Option<bool>,
    /// Selects conversations with one of these statuses.
    pub statuses: Vec<Status>,
    /// `true` selects only archived conversations, `false` only the others.
    pub archived: Option<bool>,
    /// Selects conversations with the tag of this name.
    pub tag: Option<TagName>,
    /// Selects conversations created by this Mews application.
    pub application: Option<ApplicationId>,
    /// Selects conversations changed at this time or later.
    pub updated_since: Option<Timestamp>,
}

/// Reads a page of conversations.
#[derive(Clone, Debug)]
pub struct ListConversations {
    /// Account whose data is read.
    pub account: AccountId,
    /// The inboxes to list; an empty list returns nothing.
    pub inboxes: Vec<InboxId>,
    /// Filters that the listed entries must match.
    pub filter: Filter,
    /// Order of the list.
    pub order: Order,
    /// Whether the latest comes first.
    pub descending: bool,
    /// The page begins after this position; `None` starts at the beginning.
    pub after: Option<Position>,
    /// The maximum number of rows to return. A page ends earlier if its custom fields together are longer than
    /// [`MOST_BYTES`](super::room::MOST_BYTES).
    pub limit: usize,
}

/// A page of conversations, and the position where the next page begins.
#[derive(Clone, Debug)]
pub struct ConversationPage {
    /// The conversations, in order.
    pub conversations: Vec<LabelledConversation>,
    /// The position where the next page begins; that page may be empty. `None` if this page is the last.
    pub next: Option<Position>,
}

impl Read for ListConversations {
    type Out = ConversationPage;
    const NAME: &'static str = "list_conversations";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        match self.is_light() {
            true => Cost::page(self.account, self.limit),
            false => Cost::List(self.account),
        }
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<ConversationPage> {
        if self.order == Order::LastMessage && self.filter.customer.is_none() {
            return Err(
                Trouble::Internal("the order by last message needs a customer".into()).into(),
            );
        }
        let mut list = self.clone();
        if let Some(named) = self.filter.customer {
            // The id of a merged customer leads to the survivor.
            let found = follow(rows, &customer_rows::PEEK, self.account, named).await?;
            list.filter.customer = found.map(|customer| customer.id).or(Some(named));
        }
        let (found, next) = match list.tag(rows).await? {
            Tag::Unknown => (Vec::new(), None),
            _ if self.inboxes.is_empty() => (Vec::new(), None),
            Tag::Any => list.find(rows, None).await?,
            Tag::Only(tag) => list.find(rows, Some(tag)).await?,
        };
        let wanted = found.len();
        let conversations = show(rows, self.account, found).await?;
        let last = conversations
            .last()
            .filter(|_| conversations.len() < wanted);
        let cut = last.map(|last| self.position(&last.conversation));
        Ok(ConversationPage {
            next: cut.or(next),
            conversations,
        })
    }
}

/// The filter by tag, after the tag's name was looked up.
enum Tag {
    Any,
    Unknown,
    Only(TagId),
}

type Key = (i64, i64);
type Found = (Vec<Conversation>, Option<Position>);

impl ListConversations {
    /// Whether almost every examined row belongs to the page. If true, the read is short.
    pub(crate) fn is_light(&self) -> bool {
        const FEW_INBOXES: usize = 16;
        let by_phase = matches!(self.order, Order::Created | Order::Started);
        let Filter {
            customer,
            assignee,
            assigned,
            statuses,
            archived,
            tag,
            application,
            updated_since,
        } = &self.filter;
        self.inboxes.len() <= FEW_INBOXES
            && (customer.is_none() || self.order == Order::LastMessage)
            && assignee.is_none()
            && assigned.is_none()
            && (statuses.is_empty() || by_phase)
            && archived.is_none()
            && tag.is_none()
            && application.is_none()
            && (updated_since.is_none() || self.order == Order::Updated)
    }

    async fn tag(&self, rows: &mut Rows<'_>) -> Result<Tag> {
        let Some(name) = &self.filter.tag else {
            return Ok(Tag::Any);
        };
        let params = params![self.account, name.as_str()];
        let found = rows.fetch_one(&tag_rows::FIND, params, |row| row.int());
        Ok(found.await?.map_or(Tag::Unknown, |id| Tag::Only(TagId(id))))
    }

    async fn find(&self, rows: &mut Rows<'_>, tag: Option<TagId>) -> Result<Found> {
        match self.named(rows, tag).await? {
            Some(ids) => self.sorted(rows, &ids, tag).await,
            None => self.walk(rows, tag).await,
        }
    }

    // Part 1: filters that select few conversations.

    /// Returns the ids of the conversations that one filter selects, if they are few. Other filters may still exclude
    /// some of them.
    async fn named(&self, rows: &mut Rows<'_>, tag: Option<TagId>) -> Result<Option<Vec<i64>>> {
        // In this order the customer's index is already sorted, so nothing is sorted in memory.
        let straight = self.order == Order::LastMessage;
        let of_customer = self.filter.customer.filter(|_| !straight);
        let sets: [(&'static Stmt, Option<i64>); 4] = [
            (&tag_rows::BEARERS, tag.map(TagId::get)),
            (&rows::OF_CUSTOMER, of_customer.map(CustomerId::get)),
            (&rows::OF_ASSIGNEE, self.filter.assignee.map(AgentId::get)),
            (
                &rows::OF_APPLICATION,
                self.filter.application.map(ApplicationId::get),
            ),
        ];
        for (stmt, key) in sets {
            let Some(key) = key.filter(|_| !straight) else {
                continue;
            };
            let most = SET_LOOKED_AT + 1;
            let params = params![self.account, key, most as i64];
            let entries = rows.fetch(stmt, params, entry).await?;
            if entries.len() >= most {
                continue;
            }
            let wanted = entries.iter().filter(|entry| self.may_want(entry));
            let ids: Vec<i64> = wanted.map(|entry| entry.id).collect();
            if ids.len() <= SET_SORTED {
                return Ok(Some(ids));
            }
        }
        Ok(None)
    }

    /// Whether the columns in an index entry match the filters; most entries are excluded here.
    fn may_want(&self, entry: &Entry) -> bool {
        let Some((inbox, archived, closed)) = entry.more else {
            return true;
        };
        let statuses = &self.filter.statuses;
        self.inboxes.contains(&inbox)
            && self.filter.archived.is_none_or(|flag| flag == archived)
            && (statuses.is_empty() || statuses.iter().any(|s| s.is_closed() == closed))
    }

    /// Sorts the selected conversations and returns the page.
    async fn sorted(&self, rows: &mut Rows<'_>, ids: &[i64], tag: Option<TagId>) -> Result<Found> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(AT_ONCE) {
            let params = params![self.account, ids];
            found.extend(
                rows.fetch(&rows::GET_MANY, params, rows::conversation)
                    .await?,
            );
        }
        let after = self.start();
        found.retain(|c| self.key(c) < after && self.wants(c));
        let mut found = self.tagged(rows, found, tag).await?;
        found.sort_by_key(|c| std::cmp::Reverse(self.key(c)));
        let more = found.len() > self.limit;
        found.truncate(self.limit);
        let next = found.last().filter(|_| more).map(|c| self.position(c));
        Ok((found, next))
    }

    // Part 2: a scan along the index of the order.

    /// Reads steps along the order until the page is full, the end is reached, or the limit of examined rows is
    /// reached.
    async fn walk(&self, rows: &mut Rows<'_>, tag: Option<TagId>) -> Result<Found> {
        let runs = self.runs(rows).await?;
        let mut page = Vec::with_capacity(self.limit);
        let mut behind = self.start();
        let mut next = self.after;
        let (mut looked_at, mut step) = (0, self.limit + 1);
        loop {
            let read = self.step(rows, &runs, behind, step).await?;
            let seen_all = read.len() < step;
            let ends = read.last().map(|c| (self.key(c), self.position(c)));
            looked_at += read.len();
            let wanted: Vec<Conversation> = read.into_iter().filter(|c| self.wants(c)).collect();
            for conversation in self.tagged(rows, wanted, tag).await? {
                if page.len() == self.limit {
                    return Ok((page, next));
                }
                next = Some(self.position(&conversation));
                page.push(conversation);
            }
            let Some((key, position)) = ends.filter(|_| !seen_all) else {
                return Ok((page, None));
            };
            if page.len() == self.limit {
                return Ok((page, next));
            }
            next = Some(position);
            if looked_at >= WALKED {
                return Ok((page, next));
            }
            behind = key;
            step = (step * 2).min(STEP).min(WALKED - looked_at + 1);
        }
    }

    /// Reads the next rows of all index ranges and merges them in order.
    async fn step(
        &self,
        rows: &mut Rows<'_>,
        runs: &[Vec<Value<'_>>],
        behind: Key,
        step: usize,
    ) -> Result<Vec<Conversation>> {
        let stmt = self.stmt();
        let key = |found: &(Key, Conversation)| found.0;
        let mut merge = Merge::new(runs.len(), behind, step, key);
        while !merge.open().is_empty() {
            let piece = merge.piece() as i64;
            let open = merge.open().iter();
            let params: Vec<_> = open
                .map(|(run, behind)| self.params(&runs[*run], *behind, piece))
                .collect();
            let read = rows.fetch_many(stmt, &params, rows::conversation).await?;
            let keyed = |c: Conversation| (self.key(&c), c);
            let read = read.into_iter();
            merge.take(
                read.map(|run| run.into_iter().map(keyed).collect())
                    .collect(),
            );
        }
        Ok(merge.into_page().into_iter().map(|(_, c)| c).collect())
    }

    const fn stmt(&self) -> &'static Stmt {
        match (self.order, self.descending) {
            (Order::Created, false) => &rows::CREATED_ASC,
            (Order::Created, true) => &rows::CREATED_DESC,
            (Order::Started, false) => &rows::STARTED_ASC,
            (Order::Started, true) => &rows::STARTED_DESC,
            (Order::Updated, false) => &rows::UPDATED_ASC,
            (Order::Updated, true) => &rows::UPDATED_DESC,
            (Order::LastMessage, false) => &rows::CONTACTED_ASC,
            (Order::LastMessage, true) => &rows::CONTACTED_DESC,
        }
    }

    /// Returns the index ranges that can contain matching rows, each as the first parameters of its statement.
    async fn runs(&self, rows: &mut Rows<'_>) -> Result<Vec<Vec<Value<'static>>>> {
        let account = Value::from(self.account);
        let inboxes = self.inboxes.iter();
        Ok(match self.order {
            Order::Created | Order::Started => {
                let phases = self.phases();
                let of_inbox = |inbox: &InboxId| {
                    let inbox = Value::from(*inbox);
                    let phases = phases.iter();
                    phases
                        .map(|phase| vec![account, inbox, (*phase).into()])
                        .collect::<Vec<_>>()
                };
                inboxes.flat_map(of_inbox).collect()
            }
            Order::Updated => inboxes
                .map(|inbox| vec![account, (*inbox).into()])
                .collect(),
            Order::LastMessage => self.runs_of_customer(rows).await?,
        })
    }

    fn phases(&self) -> BTreeSet<i64> {
        let statuses = match self.filter.statuses.as_slice() {
            [] => Status::ALL,
            named => named,
        };
        statuses.iter().map(|status| status.phase()).collect()
    }

    async fn runs_of_customer(&self, rows: &mut Rows<'_>) -> Result<Vec<Vec<Value<'static>>>> {
        let account = Value::from(self.account);
        let mut runs = Vec::new();
        for inbox in self.inboxes_of_customer(rows).await? {
            for archived in [false, true] {
                for closed in [false, true] {
                    let more = Some((inbox, archived, closed));
                    if self.may_want(&Entry { id: 0, more }) {
                        runs.push(vec![
                            account,
                            self.filter.customer.into(),
                            inbox.into(),
                            archived.into(),
                            closed.into(),
                        ]);
                    }
                }
            }
        }
        Ok(runs)
    }

    /// Returns the inboxes in which the customer has conversations; the index finds each in one step.
    async fn inboxes_of_customer(&self, rows: &mut Rows<'_>) -> Result<Vec<InboxId>> {
        let mut found: Vec<InboxId> = Vec::new();
        loop {
            let last = found.last().copied().unwrap_or(InboxId(0));
            let params = params![self.account, self.filter.customer, last];
            let next = rows
                .fetch_one(&rows::NEXT_INBOX, params, |row| row.int())
                .await?;
            match next {
                Some(inbox) => found.push(InboxId(inbox)),
                None => return Ok(found),
            }
        }
    }

    /// Returns the parameters for reading a piece of a range.
    fn params<'a>(&self, run: &[Value<'a>], behind: Key, piece: i64) -> Vec<Value<'a>> {
        let (at, id) = self.unturned(behind);
        let mut params = run.to_vec();
        params.extend([at, id, piece].map(Value::from));
        if self.order == Order::Updated && self.descending {
            let since = self.filter.updated_since.unwrap_or(Timestamp(i64::MIN));
            params.push(since.into());
        }
        params
    }

    // Part 3: order and filters.

    /// Returns where the page begins: after the given position. If the order allows it, the beginning skips rows that
    /// `updated_since` excludes.
    fn start(&self) -> Key {
        let start = match self.after {
            Some(position) => self.turned((position.at.0, position.id)),
            None => (i64::MAX, i64::MAX),
        };
        match self.filter.updated_since {
            Some(since) if self.order == Order::Updated && !self.descending => {
                start.min(self.turned((since.0.saturating_sub(1), i64::MAX)))
            }
            _ => start,
        }
    }

    /// Converts a key so that it decreases along the order in both directions.
    const fn turned(&self, (at, id): Key) -> Key {
        if self.descending {
            (at, id)
        } else {
            (!at, !id)
        }
    }

    /// Reverses [`Self::turned`], which is its own inverse.
    const fn unturned(&self, key: Key) -> Key {
        self.turned(key)
    }

    fn position(&self, c: &Conversation) -> Position {
        let at = match self.order {
            Order::Created => c.created_at,
            Order::Started => c.started_at,
            Order::Updated => c.updated_at,
            Order::LastMessage => c.last_message_at,
        };
        Position { at, id: c.id.get() }
    }

    fn key(&self, c: &Conversation) -> Key {
        let position = self.position(c);
        self.turned((position.at.0, position.id))
    }

    /// Whether a conversation matches all filters except the tag.
    fn wants(&self, c: &Conversation) -> bool {
        let Filter {
            customer,
            assignee,
            assigned,
            statuses,
            archived,
            tag: _,
            application,
            updated_since,
        } = &self.filter;
        c.merged_into.is_none()
            && c.state != State::Hidden
            && self.inboxes.contains(&c.inbox)
            && customer.is_none_or(|id| id == c.customer)
            && assignee.is_none_or(|id| Some(id) == c.assignee)
            && assigned.is_none_or(|flag| flag == c.assignee.is_some())
            && (statuses.is_empty() || statuses.contains(&c.status))
            && archived.is_none_or(|flag| flag == c.archived)
            && application.is_none_or(|id| Some(id) == c.application)
            && updated_since.is_none_or(|since| since <= c.updated_at)
    }

    /// Returns those of some conversations that have the tag.
    async fn tagged(
        &self,
        rows: &mut Rows<'_>,
        found: Vec<Conversation>,
        tag: Option<TagId>,
    ) -> Result<Vec<Conversation>> {
        let Some(tag) = tag.filter(|_| !found.is_empty()) else {
            return Ok(found);
        };
        let ids: Vec<i64> = found.iter().map(|c| c.id.get()).collect();
        let params = params![self.account, tag, ids.as_slice()];
        let bearers = rows
            .fetch(&tag_rows::BEARERS_AMONG, params, |row| {
                row.int().map(ConversationId)
            })
            .await?;
        let bearers: BTreeSet<ConversationId> = bearers.into_iter().collect();
        let found = found.into_iter();
        Ok(found.filter(|c| bearers.contains(&c.id)).collect())
    }
}

/// The columns of a conversation in an index entry; `None` if the index does not contain one.
struct Entry {
    id: i64,
    more: Option<(InboxId, bool, bool)>,
}

fn entry(row: &mut Row<'_>) -> Result<Entry> {
    Ok(Entry {
        id: row.int()?,
        more: match row.is_at_end() {
            true => None,
            false => Some((InboxId(row.int()?), row.flag()?, row.flag()?)),
        },
    })
}
