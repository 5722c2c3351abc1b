//! Lists with promised budgets of rows read (`store.md` 6): myKaarma's threads, Mews' threads and messages.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use heddle_domain::conversation::Conversation;
use heddle_domain::id::{
    AccountId, AgentId, ApplicationId, ConversationId, CustomerId, InboxId, MessageId, TimeId,
};
use heddle_domain::message::{Attachment, Kind, Message, State};
use heddle_domain::{Door, Timestamp};

use super::account::{by_public_id, survivor};
use super::principal::public_id;
use crate::error::{Entity, Error, Result};
use crate::rows::account::PublicKind;
use crate::rows::{
    account as account_rows, attachment as attachment_rows, conversation as rows,
    customer as customer_rows, message as message_rows,
};
use crate::tx::{Read, Rows, Stmt, Value, params};

/// What myKaarma's list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadOrder {
    /// The last message.
    LastMessage,
    /// The last delegation; never delegated ones come last in either direction.
    LastDelegation,
}

/// A customer's conversations in one inbox (myKaarma).
#[derive(Clone, Debug)]
pub struct ListCustomerThreads {
    /// The account.
    pub account: AccountId,
    /// The inbox; the customer must be at home there or have no home.
    pub inbox: InboxId,
    /// The customer's public id, as the client sent it.
    pub customer: String,
    /// Only those assigned to the agent with this public id; an unknown one matches nothing.
    pub assignee: Option<String>,
    /// Only archived, only not archived, or both.
    pub archived: Option<bool>,
    /// Only closed (spam included), only not closed, or both.
    pub closed: Option<bool>,
    /// Sorted by.
    pub order: ThreadOrder,
    /// Oldest first.
    pub ascending: bool,
    /// At most so many.
    pub limit: i64,
}

/// The list, with public ids.
#[derive(Clone, Debug)]
pub struct CustomerThreads {
    /// The customer's public id; the survivor's if it was merged.
    pub customer: String,
    /// The conversations with their assignee's public id.
    pub threads: Vec<(Conversation, Option<String>)>,
}

impl Read for ListCustomerThreads {
    type Out = CustomerThreads;
    const NAME: &'static str = "list_customer_threads";
    const SNAPSHOT: bool = true;

    async fn run<T: Rows>(&self, rows: &mut T) -> Result<CustomerThreads> {
        let (id, customer) = self.customer(rows).await?;
        let assignee = match &self.assignee {
            Some(agent) => {
                match by_public_id(rows, self.account, PublicKind::Agent, agent, Door::MyKaarma)
                    .await?
                {
                    Some(agent) => Some(AgentId(agent)),
                    None => {
                        return Ok(CustomerThreads {
                            customer,
                            threads: Vec::new(),
                        });
                    }
                }
            }
            None => None,
        };
        let found = self.conversations(rows, id, assignee).await?;
        let names = self.names(rows, &found).await?;
        let name = |c: &Conversation| c.assignee.and_then(|agent| names.get(&agent).cloned());
        let threads = found.into_iter().map(|c| (name(&c), c));
        let threads = threads.map(|(name, c)| (c, name)).collect();
        Ok(CustomerThreads { customer, threads })
    }
}

impl ListCustomerThreads {
    /// The public ids of the conversations' assignees.
    async fn names<T: Rows>(
        &self,
        rows: &mut T,
        found: &[Conversation],
    ) -> Result<HashMap<AgentId, String>> {
        let agents: BTreeSet<AgentId> = found.iter().filter_map(|c| c.assignee).collect();
        let (kind, door) = (PublicKind::Agent.as_str(), Door::MyKaarma.as_str());
        let params: Vec<[Value<'_>; 4]> = agents
            .iter()
            .map(|agent| {
                [
                    self.account.into(),
                    kind.into(),
                    (*agent).into(),
                    door.into(),
                ]
            })
            .collect();
        let params: Vec<&[Value<'_>]> = params.iter().map(<[_; 4]>::as_slice).collect();
        let names = rows
            .fetch_many(&account_rows::PUBLIC_ID_OF, &params, |row| {
                row.int()?;
                row.text()?;
                row.text()
            })
            .await?;
        // The door's own id comes after the default and wins.
        let names = agents.into_iter().zip(names);
        Ok(names
            .filter_map(|(agent, mut texts)| Some((agent, texts.pop()?)))
            .collect())
    }

    /// The customer that the path names, and the public id to answer with.
    async fn customer<T: Rows>(&self, rows: &mut T) -> Result<(CustomerId, String)> {
        let missing = Error::NotFound(Entity::Customer(0));
        let named = by_public_id(
            rows,
            self.account,
            PublicKind::Customer,
            &self.customer,
            Door::MyKaarma,
        )
        .await?
        .map(CustomerId)
        .ok_or_else(|| missing.clone())?;
        let found = rows
            .fetch(
                &customer_rows::PEEK,
                params![self.account, named],
                customer_rows::pinned,
            )
            .await?;
        let pinned = *found.first().ok_or_else(|| missing.clone())?;
        if pinned.merged_into.is_none() {
            let at_home = pinned.home.is_none_or(|home| home == self.inbox);
            return if at_home {
                Ok((named, self.customer.clone()))
            } else {
                Err(missing)
            };
        }
        let id = survivor(rows, self.account, named)
            .await?
            .ok_or_else(|| missing.clone())?;
        let found = rows
            .fetch(
                &customer_rows::PEEK,
                params![self.account, id],
                customer_rows::pinned,
            )
            .await?;
        let at_home = found
            .first()
            .is_some_and(|c| c.home.is_none_or(|home| home == self.inbox));
        let name = public_id(
            rows,
            self.account,
            PublicKind::Customer,
            id.get(),
            Door::MyKaarma,
        )
        .await?;
        name.filter(|_| at_home)
            .map(|name| (id, name))
            .ok_or(missing)
    }

    async fn conversations<T: Rows>(
        &self,
        rows: &mut T,
        customer: CustomerId,
        assignee: Option<AgentId>,
    ) -> Result<Vec<Conversation>> {
        let mut page = self
            .runs(rows, self.stmt(assignee), customer, assignee, self.limit)
            .await?;
        self.sort(&mut page);
        page.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        let left = self.limit - page.len() as i64;
        if left > 0 && self.order == ThreadOrder::LastDelegation && assignee.is_none() {
            let stmt = if self.ascending {
                &rows::UNDELEGATED_ASC
            } else {
                &rows::UNDELEGATED_DESC
            };
            let mut rest = self.runs(rows, stmt, customer, None, left).await?;
            rest.sort_by_key(|c| (c.last_message_at, c.id));
            if !self.ascending {
                rest.reverse();
            }
            rest.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            page.extend(rest);
        }
        Ok(page)
    }

    fn stmt(&self, assignee: Option<AgentId>) -> &'static Stmt {
        match (self.order, assignee.is_some(), self.ascending) {
            (ThreadOrder::LastMessage, false, false) => &rows::BY_LAST_MESSAGE_DESC,
            (ThreadOrder::LastMessage, false, true) => &rows::BY_LAST_MESSAGE_ASC,
            (ThreadOrder::LastMessage, true, false) => &rows::ASSIGNED_BY_LAST_MESSAGE_DESC,
            (ThreadOrder::LastMessage, true, true) => &rows::ASSIGNED_BY_LAST_MESSAGE_ASC,
            (ThreadOrder::LastDelegation, false, false) => &rows::BY_DELEGATION_DESC,
            (ThreadOrder::LastDelegation, false, true) => &rows::BY_DELEGATION_ASC,
            (ThreadOrder::LastDelegation, true, false) => &rows::ASSIGNED_BY_DELEGATION_DESC,
            (ThreadOrder::LastDelegation, true, true) => &rows::ASSIGNED_BY_DELEGATION_ASC,
        }
    }

    /// Up to four runs of the index: archived or not, closed or not.
    async fn runs<T: Rows>(
        &self,
        rows: &mut T,
        stmt: &'static Stmt,
        customer: CustomerId,
        assignee: Option<AgentId>,
        limit: i64,
    ) -> Result<Vec<Conversation>> {
        let both = [false, true];
        let mut runs = Vec::new();
        for archived in both
            .into_iter()
            .filter(|flag| self.archived.is_none_or(|wanted| wanted == *flag))
        {
            for closed in both
                .into_iter()
                .filter(|flag| self.closed.is_none_or(|wanted| wanted == *flag))
            {
                let mut run: Vec<Value<'_>> = vec![
                    self.account.into(),
                    customer.into(),
                    self.inbox.into(),
                    archived.into(),
                    closed.into(),
                    limit.into(),
                ];
                run.extend(assignee.map(Value::from));
                runs.push(run);
            }
        }
        let runs: Vec<&[Value<'_>]> = runs.iter().map(Vec::as_slice).collect();
        Ok(rows
            .fetch_many(stmt, &runs, rows::conversation)
            .await?
            .into_iter()
            .flatten()
            .collect())
    }

    fn sort(&self, page: &mut [Conversation]) {
        match self.order {
            ThreadOrder::LastMessage => page.sort_by_key(|c| (c.last_message_at, c.id)),
            ThreadOrder::LastDelegation => page.sort_by_key(|c| (c.delegated_at, c.id)),
        }
        if !self.ascending {
            page.reverse();
        }
    }
}

/// A half-open span of recorded time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From here on.
    pub start: Timestamp,
    /// Up to, not including.
    pub end: Timestamp,
}

impl Span {
    /// Whether an instant lies in it.
    #[must_use]
    pub fn holds(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }
}

/// A place in a newest-first walk: behind the entity recorded then with that id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Its recorded time.
    pub created_at: Timestamp,
    /// Its id.
    pub id: i64,
}

impl Position {
    /// In front of everything.
    pub const NEWEST: Self = Self {
        created_at: Timestamp(i64::MAX),
        id: i64::MAX,
    };
}

/// The conversations that an application created, newest first (Mews).
#[derive(Clone, Debug)]
pub struct ListApplicationThreads {
    /// The account.
    pub account: AccountId,
    /// The application.
    pub application: ApplicationId,
    /// In these inboxes.
    pub inboxes: Vec<InboxId>,
    /// Only these, if named: as decoded from their GUIDs, with the recorded time each GUID claims.
    pub only: Option<Vec<Position>>,
    /// Only those recorded then.
    pub created: Option<Span>,
    /// Only those last updated then.
    pub updated: Option<Span>,
    /// Behind this position.
    pub before: Position,
    /// At most so many.
    pub limit: usize,
}

/// How many positions the list by update may look at before it walks by creation instead (`store.md` 6).
const MOST_UPDATED: i64 = 20_001;

impl Read for ListApplicationThreads {
    type Out = Vec<Conversation>;
    const NAME: &'static str = "list_application_threads";
    const SNAPSHOT: bool = true;

    async fn run<T: Rows>(&self, rows: &mut T) -> Result<Self::Out> {
        if let Some(only) = &self.only {
            return self.by_ids(rows, only).await;
        }
        match self.updated {
            Some(updated) => self.by_update(rows, updated).await,
            None => self.by_creation(rows, None).await,
        }
    }
}

impl ListApplicationThreads {
    fn matches(&self, c: &Conversation) -> bool {
        c.application == Some(self.application)
            && self.inboxes.contains(&c.inbox)
            && c.merged_into.is_none()
            && c.state != State::Hidden
            && self.created.is_none_or(|span| span.holds(c.created_at))
            && self.updated.is_none_or(|span| span.holds(c.updated_at))
            && position(c) < self.before
    }

    async fn by_ids<T: Rows>(&self, rows: &mut T, only: &[Position]) -> Result<Vec<Conversation>> {
        let claimed: HashMap<i64, Timestamp> = only.iter().map(|p| (p.id, p.created_at)).collect();
        let ids: Vec<i64> = claimed.keys().copied().collect();
        let params = params![self.account, ids.as_slice()];
        let mut found = rows
            .fetch(&rows::GET_MANY, params, rows::conversation)
            .await?;
        found.retain(|c| claimed.get(&c.id.get()) == Some(&c.created_at) && self.matches(c));
        Ok(self.newest(found))
    }

    /// One run of the creation index an inbox, merged.
    async fn by_creation<T: Rows>(
        &self,
        rows: &mut T,
        updated: Option<Span>,
    ) -> Result<Vec<Conversation>> {
        let start = self.created.map_or(Timestamp(0), |span| span.start);
        let end = self.created.map_or(Position::NEWEST, |span| Position {
            created_at: span.end,
            id: 0,
        });
        let before = end.min(self.before);
        let limit = self.limit as i64;
        let params: Vec<Vec<Value<'_>>> = self
            .inboxes
            .iter()
            .map(|inbox| {
                let mut params: Vec<Value<'_>> = vec![
                    self.account.into(),
                    self.application.into(),
                    (*inbox).into(),
                    start.into(),
                    before.created_at.into(),
                    before.id.into(),
                    limit.into(),
                ];
                params.extend(
                    updated
                        .into_iter()
                        .flat_map(|span| [Value::from(span.start), span.end.into()]),
                );
                params
            })
            .collect();
        let params: Vec<&[Value<'_>]> = params.iter().map(Vec::as_slice).collect();
        let stmt = if updated.is_some() {
            &rows::BY_APPLICATION_UPDATED
        } else {
            &rows::BY_APPLICATION
        };
        let found = rows.fetch_many(stmt, &params, rows::conversation).await?;
        Ok(self.newest(found.into_iter().flatten().collect()))
    }

    /// Positions from the update index alone, sorted by creation; if there are too many, a walk by creation.
    async fn by_update<T: Rows>(&self, rows: &mut T, updated: Span) -> Result<Vec<Conversation>> {
        let params: Vec<[Value<'_>; 6]> = self
            .inboxes
            .iter()
            .map(|inbox| {
                [
                    self.account.into(),
                    self.application.into(),
                    (*inbox).into(),
                    updated.start.into(),
                    updated.end.into(),
                    MOST_UPDATED.into(),
                ]
            })
            .collect();
        let params: Vec<&[Value<'_>]> = params.iter().map(<[_; 6]>::as_slice).collect();
        let found = rows
            .fetch_many(&rows::POSITIONS_BY_UPDATE, &params, |row| {
                Ok(Position {
                    created_at: row.time()?,
                    id: row.int()?,
                })
            })
            .await?;
        if found.iter().any(|run| run.len() as i64 >= MOST_UPDATED) {
            return self.by_creation(rows, Some(updated)).await;
        }
        let mut positions: Vec<Position> = found.into_iter().flatten().collect();
        let inside = |p: &Position| {
            *p < self.before && self.created.is_none_or(|span| span.holds(p.created_at))
        };
        positions.retain(inside);
        positions.sort_unstable_by(|a, b| b.cmp(a));
        let mut page = Vec::with_capacity(self.limit);
        // Merged and deleted ones are only known once read; go on until the page is full.
        for chunk in positions.chunks(self.limit.max(1)) {
            let ids: Vec<i64> = chunk.iter().map(|p| p.id).collect();
            let params = params![self.account, ids.as_slice()];
            let found = rows
                .fetch(&rows::GET_MANY, params, rows::conversation)
                .await?;
            page.extend(self.newest(found.into_iter().filter(|c| self.matches(c)).collect()));
            if page.len() >= self.limit {
                break;
            }
        }
        page.truncate(self.limit);
        Ok(page)
    }

    fn newest(&self, mut found: Vec<Conversation>) -> Vec<Conversation> {
        found.sort_by_key(|c| std::cmp::Reverse(position(c)));
        found.truncate(self.limit);
        found
    }
}

fn position(c: &Conversation) -> Position {
    Position {
        created_at: c.created_at,
        id: c.id.get(),
    }
}

/// The messages of some of an application's conversations, newest first across all of them (Mews).
#[derive(Clone, Debug)]
pub struct ListThreadMessages {
    /// The account.
    pub account: AccountId,
    /// The application that must have created the conversations.
    pub application: ApplicationId,
    /// In these inboxes.
    pub inboxes: Vec<InboxId>,
    /// The conversations, as decoded from their GUIDs.
    pub conversations: Vec<Position>,
    /// Only messages recorded then.
    pub created: Option<Span>,
    /// Behind the message with this id.
    pub before: MessageId,
    /// At most so many.
    pub limit: usize,
}

/// A message of the list, with its attachments and its conversation's recorded time (for the GUID).
#[derive(Clone, Debug)]
pub struct ThreadMessage {
    /// The message.
    pub message: Message,
    /// Its attachments, read only where the message has no text.
    pub attachments: Vec<Attachment>,
    /// When its conversation was recorded.
    pub conversation_created_at: Timestamp,
}

impl Read for ListThreadMessages {
    type Out = Vec<ThreadMessage>;
    const NAME: &'static str = "list_thread_messages";
    const SNAPSHOT: bool = true;
    const HEAVY: bool = true;

    async fn run<T: Rows>(&self, rows: &mut T) -> Result<Self::Out> {
        let visible = self.visible(rows).await?;
        let mut before = self.before;
        let mut page = Vec::with_capacity(self.limit);
        loop {
            let wanted = self.limit - page.len();
            let winners = self.winners(rows, &visible, before, wanted).await?;
            let complete = winners.len() < wanted;
            before = winners.last().map_or(before, |(_, id)| MessageId(*id));
            for (conversation, id) in winners {
                if let Some(message) = self.whole(rows, conversation, id, &visible).await? {
                    page.push(message);
                }
            }
            // Notes, drafts and line items are only known once read; go on until the page is full.
            if complete || page.len() >= self.limit {
                return Ok(page);
            }
        }
    }
}

impl ListThreadMessages {
    /// The conversations that the caller may see, with their recorded times.
    async fn visible<T: Rows>(&self, rows: &mut T) -> Result<BTreeMap<i64, Timestamp>> {
        let list = ListApplicationThreads {
            account: self.account,
            application: self.application,
            inboxes: self.inboxes.clone(),
            only: Some(self.conversations.clone()),
            created: None,
            updated: None,
            before: Position::NEWEST,
            limit: self.conversations.len(),
        };
        let found = list.run(rows).await?;
        Ok(found.iter().map(|c| (c.id.get(), c.created_at)).collect())
    }

    /// The newest keys of all conversations, merged.
    async fn winners<T: Rows>(
        &self,
        rows: &mut T,
        visible: &BTreeMap<i64, Timestamp>,
        before: MessageId,
        wanted: usize,
    ) -> Result<Vec<(i64, i64)>> {
        let start = self
            .created
            .map_or(0, |span| TimeId::first_at(span.start).0);
        let end = self
            .created
            .map_or(i64::MAX, |span| TimeId::first_at(span.end).0)
            .min(before.get());
        let params: Vec<[Value<'_>; 5]> = visible
            .keys()
            .map(|id| {
                [
                    self.account.into(),
                    (*id).into(),
                    start.into(),
                    end.into(),
                    (wanted as i64).into(),
                ]
            })
            .collect();
        let params: Vec<&[Value<'_>]> = params.iter().map(<[_; 5]>::as_slice).collect();
        let found = rows
            .fetch_many(&message_rows::IDS_DESC, &params, |row| {
                Ok((row.int()?, row.int()?))
            })
            .await?;
        let mut keys: Vec<(i64, i64)> = found.into_iter().flatten().collect();
        keys.sort_unstable_by_key(|(_, id)| std::cmp::Reverse(*id));
        keys.truncate(wanted);
        Ok(keys)
    }

    async fn whole<T: Rows>(
        &self,
        rows: &mut T,
        conversation: i64,
        id: i64,
        visible: &BTreeMap<i64, Timestamp>,
    ) -> Result<Option<ThreadMessage>> {
        let params = params![self.account, conversation, id];
        let found = rows
            .fetch(&message_rows::GET, params, message_rows::message)
            .await?;
        let shown = |m: &Message| m.kind == Kind::Message && m.state == State::Published;
        let Some(message) = found.into_iter().next().filter(shown) else {
            return Ok(None);
        };
        let attachments = if message.body.trim().is_empty() && message.attachments > 0 {
            rows.fetch(
                &attachment_rows::OF_MESSAGE,
                params,
                attachment_rows::attachment,
            )
            .await?
        } else {
            Vec::new()
        };
        let conversation_created_at = visible.get(&conversation).copied().unwrap_or(Timestamp(0));
        Ok(Some(ThreadMessage {
            message,
            attachments,
            conversation_created_at,
        }))
    }
}

/// Whether an application's conversation is there for a cursor: its recorded time, if the caller sees it.
#[derive(Clone, Debug)]
pub struct GetApplicationThread {
    /// The account.
    pub account: AccountId,
    /// The application.
    pub application: ApplicationId,
    /// In these inboxes.
    pub inboxes: Vec<InboxId>,
    /// Which.
    pub id: ConversationId,
}

impl Read for GetApplicationThread {
    type Out = Option<Conversation>;
    const NAME: &'static str = "get_application_thread";

    async fn run<T: Rows>(&self, rows: &mut T) -> Result<Self::Out> {
        let found = rows
            .fetch(
                &rows::GET,
                params![self.account, self.id],
                rows::conversation,
            )
            .await?;
        Ok(found.into_iter().next().filter(|c| {
            c.application == Some(self.application)
                && self.inboxes.contains(&c.inbox)
                && c.merged_into.is_none()
        }))
    }
}

#[cfg(test)]
mod tests;
