//! SQL statements, their parameters, and the rows that they return.
//!
//! SQLite and PostgreSQL share the SQL text; a [`Stmt`] has a second text only where the engines differ (row locks, lists as
//! parameters). Parameters are `$1`, `$2`…; in every statement on a tenant table `$1` is the account.

use std::sync::OnceLock;

use heddle_domain::Timestamp;

use crate::error::{Abort, Result, Trouble};

/// One SQL statement.
#[derive(Debug)]
pub struct Stmt {
    /// Name of the statement, for logs and tests.
    pub name: &'static str,
    sql: &'static str,
    postgres: Option<&'static str>,
    /// The text for SQLite, with `?n` instead of `$n`, because SQLite treats `$n` as a name, not as a number.
    numbered: OnceLock<String>,
}

impl Stmt {
    /// Creates a statement with one text for SQLite and PostgreSQL, or with a separate text for PostgreSQL.
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

    /// Returns the text for SQLite.
    pub fn sqlite(&self) -> &str {
        self.numbered.get_or_init(|| self.sql.replace('$', "?"))
    }

    /// Returns the text for PostgreSQL.
    pub fn postgres(&self) -> &'static str {
        self.postgres.unwrap_or(self.sql)
    }
}

/// Declares statements and the list `ALL`. Tests prepare and explain every statement of the list on SQLite and PostgreSQL.
///
/// After its text a statement has nothing, or `postgres` and another text for PostgreSQL, or `locked`: PostgreSQL then
/// locks the rows until the transaction ends. SQLite needs no such lock, because it has one writer.
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $sql:expr $(, $kind:ident $($text:expr)?)?;)+) => {
        $($(#[$meta])* pub(crate) static $name: $crate::stmt::Stmt = $crate::stmt::Stmt::new(
            stringify!($name), $sql, statements!(@postgres $sql; $($kind $($text)?)?)
        );)+
        /// All statements of this module.
        pub(crate) static ALL: &[&$crate::stmt::Stmt] = &[$(&$name),+];
    };
    (@postgres $sql:expr;) => { None };
    (@postgres $sql:expr; postgres $text:expr) => { Some($text) };
    (@postgres $sql:expr; locked) => { Some(concat!($sql, " FOR UPDATE")) };
}
pub(crate) use statements;

/// The value of one parameter of a statement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// NULL of any type.
    Null,
    /// A BIGINT; also for ids, times and flags (0 or 1).
    Int(i64),
    /// TEXT.
    Text(&'a str),
    /// BLOB or BYTEA.
    Bytes(&'a [u8]),
    /// A list of BIGINT: `= ANY($n)` on PostgreSQL, a JSON array for `json_each` on SQLite.
    Ints(&'a [i64]),
    /// A list of TEXT, likewise.
    Texts(&'a [String]),
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
    &'a [String] => |v| Value::Texts(v),
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
    CustomFieldId,
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
    ($($value:expr),* $(,)?) => { &[$($crate::stmt::Value::from($value)),*] };
}
pub(crate) use params;

/// Builds the parameter list `[account, key]` for each key.
pub(crate) fn keys<'a>(
    account: heddle_domain::id::AccountId,
    keys: impl IntoIterator<Item: Into<Value<'a>>>,
) -> Vec<[Value<'a>; 2]> {
    let keys = keys.into_iter();
    keys.map(|key| [account.into(), key.into()]).collect()
}

/// Escapes a text for a dump: no line breaks, no `|`.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('|', "\\p")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
}

/// Formats bytes for a dump.
pub(crate) use base16ct::lower::encode_string as hex;

/// The columns of one row, by position.
pub trait Columns {
    /// Returns a BIGINT or NULL.
    fn int(&self, at: usize) -> Result<Option<i64>>;
    /// Returns a TEXT or NULL.
    fn text(&self, at: usize) -> Result<Option<String>>;
    /// Passes a TEXT or NULL to `read` without copying it; used for words that become enums.
    fn word(&self, at: usize, read: &mut dyn FnMut(Option<&str>)) -> Result<()>;
    /// Returns a BLOB or NULL.
    fn bytes(&self, at: usize) -> Result<Option<Vec<u8>>>;
    /// Returns the number of columns.
    fn count(&self) -> usize;
    /// Returns any value as text, for dumps. NULL becomes an empty text, bytes become hexadecimal digits.
    fn show(&self, at: usize) -> Result<String>;
}

/// Turns a row into a value. A function pointer, which borrows nothing, so the value is owned.
pub type RowMap<R> = fn(&mut Row<'_>) -> Result<R>;

/// Reads a row's columns from left to right.
pub struct Row<'a> {
    columns: &'a dyn Columns,
    at: usize,
}

impl<'a> Row<'a> {
    /// Starts reading at the first column.
    pub fn new(columns: &'a dyn Columns) -> Self {
        Self { columns, at: 0 }
    }

    fn step(&mut self) -> usize {
        self.at += 1;
        self.at - 1
    }

    /// Whether every column has been read.
    pub fn is_at_end(&self) -> bool {
        self.at >= self.columns.count()
    }

    fn missing(at: usize) -> Abort {
        Trouble::Internal(format!("column {at} holds NULL or a wrong type")).into()
    }

    /// Returns a nullable BIGINT.
    pub fn opt_int(&mut self) -> Result<Option<i64>> {
        let at = self.step();
        self.columns.int(at)
    }

    /// Returns a BIGINT.
    pub fn int(&mut self) -> Result<i64> {
        let at = self.at;
        self.opt_int()?.ok_or_else(|| Self::missing(at))
    }

    /// Returns a flag, stored as 0 or 1.
    pub fn flag(&mut self) -> Result<bool> {
        Ok(self.int()? != 0)
    }

    /// Returns a nullable TEXT.
    pub fn opt_text(&mut self) -> Result<Option<String>> {
        let at = self.step();
        self.columns.text(at)
    }

    /// Returns a TEXT.
    pub fn text(&mut self) -> Result<String> {
        let at = self.at;
        self.opt_text()?.ok_or_else(|| Self::missing(at))
    }

    /// Returns a nullable BLOB.
    pub fn opt_bytes(&mut self) -> Result<Option<Vec<u8>>> {
        let at = self.step();
        self.columns.bytes(at)
    }

    /// Returns the whole row as text, columns separated by `|`; line breaks and `|` in values are escaped.
    pub fn show(&mut self) -> Result<String> {
        let columns: Result<Vec<String>> = (0..self.columns.count())
            .map(|at| self.columns.show(at))
            .collect();
        Ok(columns?.join("|"))
    }

    /// Returns a nullable timestamp.
    pub fn opt_time(&mut self) -> Result<Option<Timestamp>> {
        Ok(self.opt_int()?.map(Timestamp))
    }

    /// Returns a timestamp.
    pub fn time(&mut self) -> Result<Timestamp> {
        self.int().map(Timestamp)
    }

    /// Returns a nullable stored word of an enum.
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

    /// Returns a stored word of an enum.
    pub fn word<T>(&mut self, parse: fn(&str) -> Option<T>) -> Result<T> {
        let at = self.at;
        self.opt_word(parse)?.ok_or_else(|| Self::missing(at))
    }
}
