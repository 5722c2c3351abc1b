//! Transactions, as commands and reads use them.
//!
//! Commands are written once against [`Tx`], reads once against [`Rows`]. Only these two types know SQLite and PostgreSQL.
//!
//! Rules (`store.md` 5): a command awaits only its `Tx`; it stops after a failed statement; every list has a LIMIT;
//! rows are returned as owned values.

use std::collections::BTreeSet;
use std::future::Future;
use std::ops::{Deref, DerefMut};

use heddle_domain::event::{Actor, EventKind};
use heddle_domain::id::{AccountId, ConversationId, EventId, InboxId, MessageId, TimeId};
use heddle_domain::{Conversation, EntityKind, EventDetail, Timestamp};

use crate::clock::recorded_apart;
use crate::counted::COUNTED;
use crate::detail::to_text;
use crate::error::{Abort, Result, Trouble};
use crate::ids::TimeIds;
use crate::postgres::ids::PostgresIds;
use crate::postgres::positions;
use crate::postgres::rows::PostgresRows;
use crate::rows::account::RAISE_COUNTER;
use crate::rows::feed;
use crate::sqlite::connection::SqliteRows;
use crate::sqlite::small_ids::SmallIds;
use crate::stmt::{Columns, RowMap, Stmt, Value, params};

/// Read access to rows.
pub struct Rows<'c> {
    on: RowsOn<'c>,
    /// How many rows the statements have returned.
    returned: usize,
}

enum RowsOn<'c> {
    Sqlite(SqliteRows<'c>),
    Postgres(&'c mut PostgresRows),
}

impl<'c> Rows<'c> {
    /// Wraps the rows of SQLite. All futures of its methods are ready at once.
    pub(crate) fn on_sqlite(rows: SqliteRows<'c>) -> Self {
        Self {
            on: RowsOn::Sqlite(rows),
            returned: 0,
        }
    }

    pub(crate) fn on_postgres(rows: &'c mut PostgresRows) -> Self {
        Self {
            on: RowsOn::Postgres(rows),
            returned: 0,
        }
    }

    /// Returns how many rows the statements have returned.
    pub(crate) const fn returned(&self) -> usize {
        self.returned
    }

    /// Whether the rows are SQLite's. Only the search index differs between the engines.
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.on, RowsOn::Sqlite(_))
    }

    /// Returns the time when the transaction began.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.on {
            RowsOn::Sqlite(rows) => rows.now(),
            RowsOn::Postgres(rows) => rows.now(),
        }
    }

    /// Runs a statement that returns rows.
    ///
    /// # Errors
    /// Returns the errors of the engine and of `map`.
    pub async fn fetch<R>(
        &mut self,
        stmt: &'static Stmt,
        params: &[Value<'_>],
        map: RowMap<R>,
    ) -> Result<Vec<R>> {
        let found = match &mut self.on {
            RowsOn::Sqlite(rows) => rows.fetch(stmt, params, map),
            RowsOn::Postgres(rows) => rows.fetch(stmt, params, map).await,
        }?;
        self.returned += found.len();
        Ok(found)
    }

    /// Runs a statement that returns one row or none.
    ///
    /// # Errors
    /// Same as [`Rows::fetch`].
    pub async fn fetch_one<R>(
        &mut self,
        stmt: &'static Stmt,
        params: &[Value<'_>],
        map: RowMap<R>,
    ) -> Result<Option<R>> {
        Ok(self.fetch(stmt, params, map).await?.into_iter().next())
    }

    /// Runs a statement, and passes each row to `take` as soon as it is read, so that the rows are never all in memory.
    ///
    /// # Errors
    /// Returns the errors of the engine and of `take`.
    pub(crate) async fn each(
        &mut self,
        stmt: &'static Stmt,
        params: &[Value<'_>],
        take: &mut dyn FnMut(&dyn Columns) -> Result<()>,
    ) -> Result<()> {
        match &mut self.on {
            RowsOn::Sqlite(rows) => rows.each(stmt, params, take),
            RowsOn::Postgres(rows) => rows.each(stmt, params, take).await,
        }
    }

    /// Runs the same statement for several parameter lists; PostgreSQL gets them in one batch.
    ///
    /// # Errors
    /// Returns the errors of [`Rows::fetch`].
    pub async fn fetch_many<'p, R, P: AsRef<[Value<'p>]>>(
        &mut self,
        stmt: &'static Stmt,
        params: &[P],
        map: RowMap<R>,
    ) -> Result<Vec<Vec<R>>> {
        let found: Vec<Vec<R>> = match &mut self.on {
            RowsOn::Sqlite(rows) => params
                .iter()
                .map(|params| rows.fetch(stmt, params.as_ref(), map))
                .collect(),
            RowsOn::Postgres(rows) => rows.fetch_many(stmt, params, map).await,
        }?;
        self.returned += found.iter().map(Vec::len).sum::<usize>();
        Ok(found)
    }

    /// Runs two independent statements in order; PostgreSQL gets them in one batch.
    ///
    /// # Errors
    /// Returns the errors of [`Rows::fetch`].
    pub async fn fetch_pair<A, B>(
        &mut self,
        first: (&'static Stmt, &[Value<'_>], RowMap<A>),
        second: (&'static Stmt, &[Value<'_>], RowMap<B>),
    ) -> Result<(Vec<A>, Vec<B>)> {
        let found = match &mut self.on {
            RowsOn::Sqlite(rows) => {
                let found = rows.fetch(first.0, first.1, first.2)?;
                (found, rows.fetch(second.0, second.1, second.2)?)
            }
            RowsOn::Postgres(rows) => rows.fetch_pair(first, second).await?,
        };
        self.returned += found.0.len() + found.1.len();
        Ok(found)
    }

    /// Returns the position of the last event of an account's feed; 0 if it has none.
    pub(crate) async fn feed_head(&mut self, account: AccountId) -> Result<i64> {
        // Without a snapshot: if all events are deleted between the two statements, both return the same position.
        let (head, start) = self
            .fetch_pair(
                (&feed::HEAD, params![account], |row| row.int()),
                (&feed::START, params![account], |row| row.int()),
            )
            .await?;
        // The head is missing if all events have been deleted because of their age.
        Ok(head.into_iter().chain(start).max().unwrap_or(0))
    }
}

/// A write transaction.
pub struct Tx<'c> {
    rows: Rows<'c>,
    ids: IdsOn<'c>,
}

enum IdsOn<'c> {
    Sqlite {
        times: &'c mut TimeIds,
        small: &'c mut SmallIds,
        /// Accounts to whose feed the transaction adds events.
        changed: &'c mut BTreeSet<AccountId>,
    },
    Postgres(&'c mut PostgresIds),
}

impl<'c> Deref for Tx<'c> {
    type Target = Rows<'c>;

    fn deref(&self) -> &Rows<'c> {
        &self.rows
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.rows
    }
}

impl<'c> Tx<'c> {
    pub(crate) fn on_sqlite(
        rows: SqliteRows<'c>,
        times: &'c mut TimeIds,
        small: &'c mut SmallIds,
        changed: &'c mut BTreeSet<AccountId>,
    ) -> Self {
        Self {
            rows: Rows::on_sqlite(rows),
            ids: IdsOn::Sqlite {
                times,
                small,
                changed,
            },
        }
    }

    pub(crate) fn on_postgres(rows: &'c mut PostgresRows, ids: &'c mut PostgresIds) -> Self {
        Self {
            rows: Rows::on_postgres(rows),
            ids: IdsOn::Postgres(ids),
        }
    }

    /// Runs a statement; returns how many rows it changed.
    ///
    /// # Errors
    /// Returns the errors of the engine.
    pub async fn execute(&mut self, stmt: &'static Stmt, params: &[Value<'_>]) -> Result<u64> {
        match &mut self.rows.on {
            RowsOn::Sqlite(rows) => rows.execute(stmt, params),
            RowsOn::Postgres(rows) => rows.execute(stmt, params).await,
        }
    }

    /// Runs a statement whose result the command does not need. It may be sent as late as with COMMIT; if it fails, the
    /// command fails.
    ///
    /// # Errors
    /// Returns the errors of the engine, if the statement runs at once.
    pub fn queue(&mut self, stmt: &'static Stmt, params: &[Value<'_>]) -> Result<()> {
        match &mut self.rows.on {
            RowsOn::Sqlite(rows) => rows.execute(stmt, params).map(drop),
            RowsOn::Postgres(rows) => {
                rows.queue(stmt, params);
                Ok(())
            }
        }
    }

    /// Returns the next message id, greater than `above`.
    ///
    /// # Errors
    /// Returns [`Abort::Reserve`](crate::Abort::Reserve) if more ids must be reserved first; the command returns it to
    /// the driver.
    pub fn next_message_id(&mut self, above: i64) -> Result<MessageId> {
        let now = self.now();
        let id = match &mut self.ids {
            IdsOn::Sqlite { times, .. } => times.next_message(now, above),
            IdsOn::Postgres(ids) => ids.times(|times| times.next_message(now, above)),
        };
        id.map(MessageId)
    }

    /// Returns the next event id, greater than `above`.
    ///
    /// # Errors
    /// Returns the errors of [`Tx::next_message_id`].
    pub fn next_event_id(&mut self, above: i64) -> Result<EventId> {
        let now = self.now();
        let id = match &mut self.ids {
            IdsOn::Sqlite { times, .. } => times.next_event(now, above),
            IdsOn::Postgres(ids) => ids.times(|times| times.next_event(now, above)),
        };
        id.map(EventId)
    }

    /// Returns the next small id of a kind. If the command is refused, the id is free again.
    ///
    /// # Errors
    /// Returns the errors of [`Tx::next_message_id`], and the errors of the engine; [`Trouble::Internal`] if the kind is
    /// not in [`COUNTED`](crate::COUNTED).
    pub fn next_small_id(&mut self, account: AccountId, kind: EntityKind) -> Result<i64> {
        must_be_counted(kind)?;
        match (&mut self.ids, &mut self.rows.on) {
            (IdsOn::Postgres(ids), _) => ids.next_small(account, kind),
            (IdsOn::Sqlite { small, .. }, RowsOn::Sqlite(rows)) => {
                small.take(rows, (account, kind))
            }
            (IdsOn::Sqlite { .. }, RowsOn::Postgres(_)) => Err(ids_of_another_engine()),
        }
    }

    /// Raises the next small id of a kind to at least `least`.
    ///
    /// # Errors
    /// Returns the errors of [`Tx::queue`]; [`Trouble::Internal`] if the kind is not in [`COUNTED`](crate::COUNTED).
    pub fn raise_small_ids(
        &mut self,
        account: AccountId,
        kind: EntityKind,
        least: i64,
    ) -> Result<()> {
        must_be_counted(kind)?;
        match (&mut self.ids, &mut self.rows.on) {
            (IdsOn::Postgres(_), RowsOn::Postgres(rows)) => {
                rows.queue(&RAISE_COUNTER, params![account, kind.as_str(), least]);
                Ok(())
            }
            (IdsOn::Sqlite { small, .. }, RowsOn::Sqlite(rows)) => {
                small.raise(rows, (account, kind), least)
            }
            (IdsOn::Postgres(_), RowsOn::Sqlite(_))
            | (IdsOn::Sqlite { .. }, RowsOn::Postgres(_)) => Err(ids_of_another_engine()),
        }
    }

    /// Returns the position in an account's feed at which a new reader begins: the events that were committed before are at or
    /// before it, and those that are committed later come after it.
    ///
    /// # Errors
    /// Returns the errors of the engine; [`Trouble::Overloaded`] on PostgreSQL if thousands of events have no position yet.
    pub(crate) async fn feed_end(&mut self, account: AccountId) -> Result<i64> {
        match &mut self.rows.on {
            RowsOn::Sqlite(_) => self.rows.feed_head(account).await,
            RowsOn::Postgres(rows) => positions::stamp_all(rows, account).await,
        }
    }

    /// Registers an event that is being written. Listeners get a hint after COMMIT. On PostgreSQL the event also
    /// shows whether a COMMIT whose answer was lost succeeded.
    fn note_event(&mut self, account: AccountId, event: EventId) {
        heddle_traces::note_event(account.get(), event.get());
        match &mut self.ids {
            IdsOn::Sqlite { changed, .. } => drop(changed.insert(account)),
            IdsOn::Postgres(ids) => ids.note_event(account, event),
        }
    }

    /// Writes the event row of a change; returns the event's id, which is greater than `above`.
    ///
    /// # Errors
    /// Returns the errors of [`Tx::queue`].
    pub fn append_event(
        &mut self,
        account: AccountId,
        above: i64,
        event: &NewEvent<'_>,
    ) -> Result<EventId> {
        let id = self.next_event_id(above)?;
        self.note_event(account, id);
        let address = event.actor.address.map(|address| address.to_string());
        self.queue(
            &crate::rows::event::INSERT,
            params![
                account,
                id,
                event.kind.as_str(),
                event.conversation,
                event.inbox,
                event.entity,
                &event.actor.api,
                event.actor.credential,
                event.actor.agent,
                &address,
                event.imported,
                &to_text(&event.detail),
                recorded_apart(TimeId(id.get()), self.now()),
            ],
        )?;
        Ok(id)
    }
}

/// Checks that entities of a kind have small ids.
///
/// # Errors
/// Returns [`Trouble::Internal`] if they have none: that is a bug of the caller.
fn must_be_counted(kind: EntityKind) -> Result<(), Trouble> {
    match COUNTED.contains(&kind) {
        true => Ok(()),
        false => Err(Trouble::Internal(format!(
            "an entity of the kind {} has no small id",
            kind.as_str()
        ))),
    }
}

/// Never returned: a transaction is built with the rows and the ids of one engine.
fn ids_of_another_engine() -> Abort {
    Trouble::Internal("ids of another engine".into()).into()
}

/// An event to write.
#[derive(Clone, Debug)]
pub struct NewEvent<'a> {
    /// Which kind of change the event records.
    pub kind: EventKind,
    /// The conversation that the event concerns, if any.
    pub conversation: Option<ConversationId>,
    /// The inbox of the event: the conversation's inbox after the change, or the customer's home inbox (the only inbox
    /// that shows the customer). A caller limited to some inboxes sees only the events of those inboxes.
    pub inbox: Option<InboxId>,
    /// Id of the entity that the event's kind names.
    pub entity: i64,
    /// Who caused the change.
    pub actor: &'a Actor,
    /// Whether the change is part of an import. If true, webhooks, mail and live notifications skip the event
    /// (`rules.md` 28).
    pub imported: bool,
    /// What changed, with old and new values.
    pub detail: EventDetail,
}

impl<'a> NewEvent<'a> {
    /// Creates an event about a conversation, given as it is after the change. The event is not part of an import.
    pub(crate) fn about(
        conversation: &Conversation,
        kind: EventKind,
        actor: &'a Actor,
        detail: EventDetail,
    ) -> Self {
        Self {
            kind,
            conversation: Some(conversation.id),
            inbox: Some(conversation.inbox),
            entity: conversation.id.get(),
            actor,
            imported: false,
            detail,
        }
    }
}

/// The order in which commands of one transaction run on PostgreSQL. Transactions that lock conversations in the same order do not
/// wait for each other in a circle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LockOrder {
    /// The account of the command.
    pub account: AccountId,
    /// The conversation that the command locks; `None` if it makes a new one.
    pub conversation: Option<ConversationId>,
}

/// A write command: one logical operation in one transaction, written once for SQLite and PostgreSQL.
pub trait Write: Send + Sync + 'static {
    /// The command's result for the caller.
    type Out: Send + 'static;

    /// The operation's name, for logs and metrics.
    const NAME: &'static str;

    /// Returns the approximate number of bytes that the command writes; queue and batch limit the sum.
    fn weight(&self) -> usize {
        512
    }

    /// Whether the command may run again after a COMMIT whose outcome is unknown. Asked only if the command writes no
    /// event that would show the outcome. True only if a second run does no harm.
    fn may_repeat(&self) -> bool {
        false
    }

    /// Returns the command's place among those that PostgreSQL may run in one transaction with it; `None`: it runs in a
    /// transaction of its own. Only for a command that locks no rows but one conversation and customers that exist, and whose new
    /// rows no other command waits for.
    fn lock_order(&self) -> Option<LockOrder> {
        None
    }

    /// Locks rows, decides and writes. Takes `&self` because it may run more than once.
    fn apply(&self, tx: &mut Tx<'_>) -> impl Future<Output = Result<Self::Out>> + Send;
}

/// How much a read may cost. It decides where SQLite runs the read; PostgreSQL does not ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// The read finds its rows by their keys: at most some tens of rows. It runs on the thread that serves the request.
    /// A read that turns out to be more is ended and runs once more as a list of this account. Account 0 stands for the reads
    /// that find out the account.
    Keys(AccountId),
    /// Everything else: lists, searches, walks. Only a few run at once, off the threads that serve requests, and the
    /// accounts take turns. Each may take 250 ms.
    List(AccountId),
    /// A search: like a list, but may take two seconds, because it holds no snapshot of the database for long.
    Search(AccountId),
    /// A read for the search index: like a search, but with statements that find their rows by keys, so that PostgreSQL may keep
    /// their plans.
    Index(AccountId),
    /// All data, for the operator: may take ten minutes. Meanwhile the log of SQLite cannot start anew.
    Everything,
}

impl Cost {
    /// A list over several accounts, for the server itself.
    pub const ACROSS: Self = Self::List(AccountId(0));

    /// The cost of a page of an account's list. A short page along one index costs no more than as many keys.
    pub(crate) const fn page(account: AccountId, limit: usize) -> Self {
        match limit {
            0..=50 => Self::Keys(account),
            _ => Self::List(account),
        }
    }
}

/// A read: one or more statements. They see one snapshot only if [`Read::SNAPSHOT`] says so.
pub trait Read: Send + Sync + 'static {
    /// The read's result for the caller.
    type Out: Send + 'static;

    /// The operation's name, for logs and metrics.
    const NAME: &'static str;

    /// Whether all statements of the read must see the same state. Needed if one statement decides what another may
    /// show, or if the result must be consistent; not for a single statement.
    const SNAPSHOT: bool = false;

    /// Returns how much the read may cost.
    fn cost(&self) -> Cost;

    /// Runs the statements of the read. Takes `&self` because it may run twice.
    fn run(&self, rows: &mut Rows<'_>) -> impl Future<Output = Result<Self::Out>> + Send;
}
