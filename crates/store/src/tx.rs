//! The thin interface between commands and engines: statements, values, rows, transactions.
//!
//! A command is written once against [`Tx`], a read once against [`Rows`]; `sqlite` and `postgres` implement both.
//! SQL text is shared; a [`Stmt`] carries a second text only where the engines truly differ (row locks, lists as
//! parameters). Parameters are written `$1`, `$2`…; in every statement on a tenant table `$1` is the account.
//!
//! Rules (`store.md` 5): a command awaits nothing but its `Tx`; it never goes on after a failed statement; every list
//! has a LIMIT; rows come back owned.

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use heddle_domain::Timestamp;
use heddle_domain::event::{Actor, EventKind};
use heddle_domain::id::{AccountId, ConversationId, EventId, InboxId, MessageId};

use crate::counted::Counted;
use crate::error::{Error, Result};

/// One SQL statement.
#[derive(Debug)]
pub struct Stmt {
    /// Its name, for logs and tests.
    pub name: &'static str,
    sql: &'static str,
    postgres: Option<&'static str>,
    /// The SQLite text with `?n` in place of `$n` (SQLite reads `$n` as a name, not a number).
    numbered: OnceLock<String>,
}

impl Stmt {
    /// A statement with one text for both engines, or an override for PostgreSQL.
    pub(crate) const fn new(
        name: &'static str,
        sql: &'static str,
        postgres: Option<&'static str>,
    ) -> Self {
        Self {
            name,
            sql,
            postgres,
            numbered: OnceLock::new(),
        }
    }

    /// The text for SQLite.
    pub fn sqlite(&self) -> &str {
        self.numbered.get_or_init(|| self.sql.replace('$', "?"))
    }

    /// The text for PostgreSQL.
    pub fn postgres(&self) -> &'static str {
        self.postgres.unwrap_or(self.sql)
    }
}

/// Declares statements and the list `ALL` that the tests prepare and explain on both engines.
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $sql:expr $(, postgres $postgres:expr)?;)+) => {
        $($(#[$meta])* pub(crate) static $name: $crate::tx::Stmt =
            $crate::tx::Stmt::new(stringify!($name), $sql, statements!(@optional $($postgres)?));)+
        /// Every statement of this module.
        pub(crate) static ALL: &[&$crate::tx::Stmt] = &[$(&$name),+];
    };
    (@optional) => { None };
    (@optional $postgres:expr) => { Some($postgres) };
}
pub(crate) use statements;

/// A parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// NULL of any type.
    Null,
    /// A BIGINT; also ids, times and flags (0 or 1).
    Int(i64),
    /// TEXT.
    Text(&'a str),
    /// BLOB or BYTEA.
    Bytes(&'a [u8]),
    /// A list of BIGINT: `= ANY($n)` on PostgreSQL, a JSON array for `json_each` on SQLite.
    Ints(&'a [i64]),
}

macro_rules! value_from {
    ($($from:ty => |$v:ident| $to:expr),+ $(,)?) => {$(
        impl<'a> From<$from> for Value<'a> {
            fn from($v: $from) -> Self {
                $to
            }
        }
    )+};
}

value_from! {
    i64 => |v| Value::Int(v),
    bool => |v| Value::Int(i64::from(v)),
    &'a str => |v| Value::Text(v),
    &'a String => |v| Value::Text(v),
    &'a [u8] => |v| Value::Bytes(v),
    &'a [i64] => |v| Value::Ints(v),
    Timestamp => |v| Value::Int(v.0),
}

macro_rules! value_from_id {
    ($($id:ident),+ $(,)?) => {$(
        impl From<heddle_domain::id::$id> for Value<'_> {
            fn from(id: heddle_domain::id::$id) -> Self {
                Value::Int(id.get())
            }
        }
    )+};
}

value_from_id!(
    AccountId,
    InboxId,
    AgentId,
    CustomerId,
    ConversationId,
    MessageId,
    EventId,
    AttachmentId,
    CredentialId,
    ApplicationId,
    TagId,
    WebhookId,
    DeliveryId
);

impl<'a, T: Into<Self>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl<'a> From<&'a Option<String>> for Value<'a> {
    fn from(value: &'a Option<String>) -> Self {
        value.as_deref().map_or(Value::Null, Value::Text)
    }
}

/// Builds a parameter list: `params![account, id, name]`.
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::tx::Value::from($value)),*] };
}
pub(crate) use params;

/// A text in a dump: one line, no bars.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('|', "\\p")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
}

/// Bytes in a dump.
pub(crate) use base16ct::lower::encode_string as hex;

/// The columns of one row, by position.
pub trait Columns {
    /// A BIGINT or NULL.
    fn int(&self, at: usize) -> Result<Option<i64>>;
    /// A TEXT or NULL.
    fn text(&self, at: usize) -> Result<Option<String>>;
    /// A TEXT or NULL, looked at in place (for words that become enums).
    fn word(&self, at: usize, read: &mut dyn FnMut(Option<&str>)) -> Result<()>;
    /// A BLOB or NULL.
    fn bytes(&self, at: usize) -> Result<Option<Vec<u8>>>;
    /// How many columns there are.
    fn count(&self) -> usize;
    /// Any value as text, for dumps: NULL is empty, bytes are hex.
    fn show(&self, at: usize) -> Result<String>;
}

/// Turns a row into a value. A function pointer, so that calls stay object-free and rows owned.
pub type RowMap<R> = fn(&mut Row<'_>) -> Result<R>;

/// Reads a row's columns from left to right.
pub struct Row<'a> {
    columns: &'a dyn Columns,
    at: usize,
}

impl<'a> Row<'a> {
    /// Starts at the first column.
    pub fn new(columns: &'a dyn Columns) -> Self {
        Self { columns, at: 0 }
    }

    fn step(&mut self) -> usize {
        self.at += 1;
        self.at - 1
    }

    /// Whether every column was read.
    pub fn is_at_end(&self) -> bool {
        self.at >= self.columns.count()
    }

    fn missing(at: usize) -> Error {
        Error::Internal(format!("column {at} holds NULL or a wrong type"))
    }

    /// A nullable BIGINT.
    pub fn opt_int(&mut self) -> Result<Option<i64>> {
        let at = self.step();
        self.columns.int(at)
    }

    /// A BIGINT.
    pub fn int(&mut self) -> Result<i64> {
        let at = self.at;
        self.opt_int()?.ok_or_else(|| Self::missing(at))
    }

    /// A flag.
    pub fn flag(&mut self) -> Result<bool> {
        Ok(self.int()? != 0)
    }

    /// A nullable TEXT.
    pub fn opt_text(&mut self) -> Result<Option<String>> {
        let at = self.step();
        self.columns.text(at)
    }

    /// A TEXT.
    pub fn text(&mut self) -> Result<String> {
        let at = self.at;
        self.opt_text()?.ok_or_else(|| Self::missing(at))
    }

    /// A nullable BLOB.
    pub fn opt_bytes(&mut self) -> Result<Option<Vec<u8>>> {
        let at = self.step();
        self.columns.bytes(at)
    }

    /// The whole row as text, columns separated by `|`; line ends and bars in texts are escaped.
    pub fn show(&mut self) -> Result<String> {
        let columns: Result<Vec<String>> = (0..self.columns.count())
            .map(|at| self.columns.show(at))
            .collect();
        Ok(columns?.join("|"))
    }

    /// A nullable instant.
    pub fn opt_time(&mut self) -> Result<Option<Timestamp>> {
        Ok(self.opt_int()?.map(Timestamp))
    }

    /// An instant.
    pub fn time(&mut self) -> Result<Timestamp> {
        self.int().map(Timestamp)
    }

    /// A nullable stored word of an enum.
    pub fn opt_word<T>(&mut self, parse: fn(&str) -> Option<T>) -> Result<Option<T>> {
        let at = self.step();
        let mut found = Ok(None);
        self.columns.word(at, &mut |word| {
            if let Some(word) = word {
                found = parse(word).map(Some).ok_or_else(|| Self::missing(at));
            }
        })?;
        found
    }

    /// A stored word of an enum.
    pub fn word<T>(&mut self, parse: fn(&str) -> Option<T>) -> Result<T> {
        let at = self.at;
        self.opt_word(parse)?.ok_or_else(|| Self::missing(at))
    }
}

/// Reading rows.
pub trait Rows: Send {
    /// The time of day, read once when the transaction began.
    fn now(&self) -> Timestamp;

    /// Runs a statement that returns rows.
    fn fetch<R: Send>(
        &mut self,
        stmt: &'static Stmt,
        params: &[Value<'_>],
        map: RowMap<R>,
    ) -> impl Future<Output = Result<Vec<R>>> + Send;

    /// Runs the same statement for several parameter lists; sent together where the engine can.
    fn fetch_many<R: Send>(
        &mut self,
        stmt: &'static Stmt,
        params: &[&[Value<'_>]],
        map: RowMap<R>,
    ) -> impl Future<Output = Result<Vec<Vec<R>>>> + Send;

    /// Runs two independent statements; sent together, in order, where the engine can.
    fn fetch_pair<A: Send, B: Send>(
        &mut self,
        first: (&'static Stmt, &[Value<'_>], RowMap<A>),
        second: (&'static Stmt, &[Value<'_>], RowMap<B>),
    ) -> impl Future<Output = Result<(Vec<A>, Vec<B>)>> + Send;
}

/// A change to be recorded in the feed.
#[derive(Clone, Debug)]
pub struct NewEvent<'a> {
    /// Its id, from [`Tx::next_event_id`].
    pub id: EventId,
    /// What changed.
    pub kind: EventKind,
    /// The conversation it concerns, if one.
    pub conversation: Option<ConversationId>,
    /// The inbox it is about: the conversation's after the change, or a customer's home. Who reaches some inboxes only
    /// sees the events of those.
    pub inbox: Option<InboxId>,
    /// The id of the entity named by the kind.
    pub entity: i64,
    /// Who did it.
    pub actor: &'a Actor,
    /// Part of an import: webhooks, mail and live notices skip it (`rules.md` 28).
    pub imported: bool,
    /// What changed, from what to what, as a JSON object: [`crate::detail::Detail`].
    pub detail: Option<String>,
}

/// A write transaction.
pub trait Tx: Rows {
    /// Runs a statement and says how many rows it changed.
    fn execute(
        &mut self,
        stmt: &'static Stmt,
        params: &[Value<'_>],
    ) -> impl Future<Output = Result<u64>> + Send;

    /// Runs a statement whose result the command does not need: it may be sent as late as with COMMIT, and its failure
    /// fails the command.
    fn queue(&mut self, stmt: &'static Stmt, params: &[Value<'_>]) -> Result<()>;

    /// The next message id, greater than `above`.
    fn next_message_id(&mut self, above: i64) -> Result<MessageId>;

    /// The next event id, greater than `above`.
    fn next_event_id(&mut self, above: i64) -> Result<EventId>;

    /// The next small number of a kind. It is free again if the command is refused.
    fn next_small_id(&mut self, account: AccountId, kind: Counted) -> Result<i64>;

    /// Takes note of an event that is being written: listeners are told of it after COMMIT, and on PostgreSQL it settles
    /// what became of a COMMIT whose answer was lost.
    fn note_event(&mut self, account: AccountId, event: EventId);

    /// Writes the event row of a change.
    fn append_event(&mut self, account: AccountId, event: &NewEvent<'_>) -> Result<()> {
        self.note_event(account, event.id);
        let address = event.actor.address.map(|address| address.to_string());
        self.queue(
            &crate::rows::event::INSERT,
            params![
                account,
                event.id,
                event.kind.as_str(),
                event.conversation,
                event.inbox,
                event.entity,
                &event.actor.api,
                event.actor.credential,
                event.actor.agent,
                &address,
                event.imported,
                &event.detail,
            ],
        )
    }
}

/// A write: one logical operation, one transaction, one logic for both engines.
pub trait Write: Send + Sync + 'static {
    /// What the caller learns.
    type Out: Send + 'static;

    /// The operation's name, for logs and metrics.
    const NAME: &'static str;

    /// About how many bytes it writes, for the bounds of queue and batch.
    fn weight(&self) -> usize {
        512
    }

    /// Whether it may simply run again after a COMMIT of which nobody knows whether it happened, although it writes no
    /// event that would tell: only where a second run does no harm.
    fn may_repeat(&self) -> bool {
        false
    }

    /// Locks, decides, writes. Takes `&self` because it may run more than once.
    fn apply<T: Tx>(&self, tx: &mut T) -> impl Future<Output = Result<Self::Out>> + Send;
}

/// A read: one or more statements on one snapshot.
pub trait Read: Send + Sync + 'static {
    /// What the caller learns.
    type Out: Send + 'static;

    /// The operation's name, for logs and metrics.
    const NAME: &'static str;

    /// Whether it runs several statements that must see one state.
    const SNAPSHOT: bool = false;

    /// Whether it may look at thousands of rows and must not run on a thread that serves others.
    const HEAVY: bool = false;

    /// How long it may take on SQLite, where a read that lasts keeps the log from being reset. Only an operator's look at
    /// everything takes longer than the default.
    const BUDGET: Duration = Duration::from_millis(250);

    /// Reads.
    fn run<T: Rows>(&self, rows: &mut T) -> impl Future<Output = Result<Self::Out>> + Send;
}
