//! Lists of conversations for the native API: filters in any combination, four orders in either direction.
//!
//! A page begins behind a place in its order, so rows that are added or changed during a walk neither repeat nor hide
//! others: by creation every row comes exactly once; in an order that moves, every row that did not move.
//!
//! Nothing reads without bound. Where a filter names few conversations (a customer's, an agent's, a tag's) they are found
//! from its index and sorted; otherwise the order's own index is walked and filtered, and a page may end early: with
//! fewer rows than asked for, even none, and a place to go on from.

use std::collections::BTreeSet;

use heddle_domain::Timestamp;
use heddle_domain::conversation::{Conversation, Status};
use heddle_domain::id::{
    AccountId, AgentId, ApplicationId, ConversationId, CustomerId, InboxId, TagId,
};
use heddle_domain::message::State;

use super::merge::Merge;
pub use super::place::Place;
use super::shown::{Shown, show};
use crate::error::{Result, Trouble};
use crate::rows::{conversation as rows, tag as tag_rows};
use crate::stmt::{Row, Stmt, Value, params};
use crate::tx::{Read, Rows};

/// How many index entries are looked at for a filter that may name few conversations.
const SET_LOOKED_AT: usize = 20_000;
/// How many conversations a filter may name to be sorted in memory.
const SET_SORTED: usize = 2_000;
/// How many conversations a walk looks at for one page.
const WALKED: usize = 2_000;
/// The most that one step of a walk asks for.
const STEP: usize = 500;
/// `GET_MANY` answers so many.
const AT_ONCE: usize = 1_000;

/// What a list is sorted by; equal ones by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// When it was recorded. Never changes.
    Created,
    /// When it is said to have begun; imports may lie in the past. Never changes.
    Started,
    /// Its last change. Moves.
    Updated,
    /// Its last message; only together with a customer. Moves.
    LastMessage,
}

/// Which conversations; what is `None` or empty lets all pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this customer.
    pub customer: Option<CustomerId>,
    /// In this agent's charge.
    pub assignee: Option<AgentId>,
    /// In anybody's charge, or in nobody's.
    pub assigned: Option<bool>,
    /// With one of these statuses.
    pub statuses: Vec<Status>,
    /// Archived or not.
    pub archived: Option<bool>,
    /// With this tag.
    pub tag: Option<String>,
    /// Created by this application.
    pub application: Option<ApplicationId>,
    /// Changed then or later.
    pub updated_since: Option<Timestamp>,
}

/// A page of conversations.
#[derive(Clone, Debug)]
pub struct ListConversations {
    /// The account.
    pub account: AccountId,
    /// In these inboxes; none lists nothing.
    pub inboxes: Vec<InboxId>,
    /// Which of them.
    pub filter: Filter,
    /// Sorted by.
    pub order: Order,
    /// Latest first.
    pub descending: bool,
    /// Behind this place; `None`: from the start.
    pub after: Option<Place>,
    /// At most so many.
    pub limit: usize,
}

/// A page, and where the next begins.
#[derive(Clone, Debug)]
pub struct ConversationPage {
    /// The conversations in order.
    pub conversations: Vec<Shown>,
    /// Behind this place there may be more.
    pub next: Option<Place>,
}

impl Read for ListConversations {
    type Out = ConversationPage;
    const NAME: &'static str = "list_conversations";
    const SNAPSHOT: bool = true;

    async fn run(&self, rows: &mut Rows<'_>) -> Result<ConversationPage> {
        if self.order == Order::LastMessage && self.filter.customer.is_none() {
            return Err(
                Trouble::Internal("the order by last message needs a customer".into()).into(),
            );
        }
        let (found, next) = match self.tag(rows).await? {
            Tag::Unknown => (Vec::new(), None),
            _ if self.inboxes.is_empty() => (Vec::new(), None),
            Tag::Any => self.find(rows, None).await?,
            Tag::Only(tag) => self.find(rows, Some(tag)).await?,
        };
        Ok(ConversationPage {
            conversations: show(rows, self.account, found).await?,
            next,
        })
    }
}

/// A list that may look at thousands of rows for one page.
#[derive(Clone, Debug)]
pub(crate) struct SearchConversations(pub(crate) ListConversations);

impl Read for SearchConversations {
    type Out = ConversationPage;
    const NAME: &'static str = "search_conversations";
    const SNAPSHOT: bool = true;
    const HEAVY: bool = true;

    async fn run(&self, rows: &mut Rows<'_>) -> Result<ConversationPage> {
        self.0.run(rows).await
    }
}

/// What the filter says of tags.
enum Tag {
    Any,
    Unknown,
    Only(TagId),
}

type Key = (i64, i64);
type Found = (Vec<Conversation>, Option<Place>);

impl ListConversations {
    /// Whether nearly every row that is looked at is on the page.
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
        let params = params![self.account, name];
        let found = rows.fetch(&tag_rows::FIND, params, |row| row.int()).await?;
        Ok(found
            .first()
            .map_or(Tag::Unknown, |id| Tag::Only(TagId(*id))))
    }

    async fn find(&self, rows: &mut Rows<'_>, tag: Option<TagId>) -> Result<Found> {
        match self.named(rows, tag).await? {
            Some(ids) => self.sorted(rows, &ids, tag).await,
            None => self.walk(rows, tag).await,
        }
    }

    // The few that a filter names.

    /// The conversations that one of the filters names, if they are few: a superset of those wanted.
    async fn named(&self, rows: &mut Rows<'_>, tag: Option<TagId>) -> Result<Option<Vec<i64>>> {
        // By its last message a customer's list comes straight from its index.
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

    /// What an index tells of a conversation: enough to leave most out.
    fn may_want(&self, entry: &Entry) -> bool {
        let Some((inbox, archived, closed)) = entry.more else {
            return true;
        };
        let statuses = &self.filter.statuses;
        self.inboxes.contains(&inbox)
            && self.filter.archived.is_none_or(|flag| flag == archived)
            && (statuses.is_empty() || statuses.iter().any(|s| s.is_closed() == closed))
    }

    /// Sorts the few and cuts the page out.
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
        let next = found.last().filter(|_| more).map(|c| self.place(c));
        Ok((found, next))
    }

    // A walk along the order's own index.

    /// Takes steps along the order until the page is full, everything was seen, or enough was looked at.
    async fn walk(&self, rows: &mut Rows<'_>, tag: Option<TagId>) -> Result<Found> {
        let runs = self.runs(rows).await?;
        let mut page = Vec::with_capacity(self.limit);
        let mut behind = self.start();
        let mut next = self.after;
        let (mut looked_at, mut step) = (0, self.limit + 1);
        loop {
            let read = self.step(rows, &runs, behind, step).await?;
            let seen_all = read.len() < step;
            let ends = read.last().map(|c| (self.key(c), self.place(c)));
            looked_at += read.len();
            let wanted: Vec<Conversation> = read.into_iter().filter(|c| self.wants(c)).collect();
            for conversation in self.tagged(rows, wanted, tag).await? {
                if page.len() == self.limit {
                    return Ok((page, next));
                }
                next = Some(self.place(&conversation));
                page.push(conversation);
            }
            let Some((key, place)) = ends.filter(|_| !seen_all) else {
                return Ok((page, None));
            };
            if page.len() == self.limit {
                return Ok((page, next));
            }
            next = Some(place);
            if looked_at >= WALKED {
                return Ok((page, next));
            }
            behind = key;
            step = (step * 2).min(STEP).min(WALKED - looked_at + 1);
        }
    }

    /// The next so many of all runs together, in order.
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
            let params: Vec<Vec<Value<'_>>> = open
                .map(|(run, behind)| self.params(&runs[*run], *behind, piece))
                .collect();
            let params: Vec<&[Value<'_>]> = params.iter().map(Vec::as_slice).collect();
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

    /// The runs of the order's index that hold what is wanted, each as the first parameters of its statement.
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

    /// The inboxes in which the customer has conversations, each found by one step of its index.
    async fn inboxes_of_customer(&self, rows: &mut Rows<'_>) -> Result<Vec<InboxId>> {
        let mut found: Vec<InboxId> = Vec::new();
        loop {
            let last = found.last().copied().unwrap_or(InboxId(0));
            let params = params![self.account, self.filter.customer, last];
            let next = rows
                .fetch(&rows::NEXT_INBOX, params, |row| row.int())
                .await?;
            match next.first() {
                Some(inbox) => found.push(InboxId(*inbox)),
                None => return Ok(found),
            }
        }
    }

    /// The parameters of one reading of a run.
    fn params<'a>(&self, run: &[Value<'a>], behind: Key, piece: i64) -> Vec<Value<'a>> {
        let place = self.unturned(behind);
        let mut params = run.to_vec();
        params.extend([place.0, place.1, piece].map(Value::from));
        if self.order == Order::Updated && self.descending {
            let since = self.filter.updated_since.unwrap_or(Timestamp(i64::MIN));
            params.push(since.into());
        }
        params
    }

    // Order and filter.

    /// Where the page begins: behind the place given, and where the order allows it, at the first change wanted.
    fn start(&self) -> Key {
        let start = match self.after {
            Some(place) => self.turned((place.at, place.id)),
            None => (i64::MAX, i64::MAX),
        };
        match self.filter.updated_since {
            Some(since) if self.order == Order::Updated && !self.descending => {
                start.min(self.turned((since.0.saturating_sub(1), i64::MAX)))
            }
            _ => start,
        }
    }

    /// A key that falls along the order, in either direction.
    const fn turned(&self, (at, id): Key) -> Key {
        if self.descending {
            (at, id)
        } else {
            (!at, !id)
        }
    }

    /// Its own reverse.
    const fn unturned(&self, key: Key) -> Key {
        self.turned(key)
    }

    fn place(&self, c: &Conversation) -> Place {
        let at = match self.order {
            Order::Created => c.created_at,
            Order::Started => c.started_at,
            Order::Updated => c.updated_at,
            Order::LastMessage => c.last_message_at,
        };
        Place {
            at: at.0,
            id: c.id.get(),
        }
    }

    fn key(&self, c: &Conversation) -> Key {
        let place = self.place(c);
        self.turned((place.at, place.id))
    }

    /// The whole filter but the tag.
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

    /// Those of some conversations that bear the tag.
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

/// What an index tells of a conversation: inbox, archived, closed, where it holds them.
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
