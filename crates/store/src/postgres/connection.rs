//! Connections to PostgreSQL, single statements, rows, and the translation of errors.

use std::time::Duration;

use bytes::BytesMut;
use deadpool_postgres::Object;
use futures_util::{TryStreamExt, pin_mut};
use tokio_postgres::RowStream;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::error::{Abort, Result, Trouble};
use crate::stmt::{Columns, Row, RowMap, Stmt, Value, escaped, hex};

/// How often a command is run before the caller gets the error "overloaded".
pub(super) const MOST_RUNS: u32 = 12;

pub(super) type Answer<T> = std::result::Result<T, tokio_postgres::Error>;

/// Translates a PostgreSQL error. [`Abort::StartOver`] means that a retry may succeed.
pub(crate) fn failure(error: &tokio_postgres::Error) -> Abort {
    let Some(code) = error.code() else {
        return if is_lost(error) {
            Abort::StartOver
        } else {
            Trouble::Internal(format!("postgres: {error}")).into()
        };
    };
    // The server's message without its details, which contain values of clients.
    let detail = || match error.as_db_error() {
        Some(error) => format!("{} ({})", error.message(), code.code()),
        None => error.to_string(),
    };
    failure_of(code, detail)
}

/// Translates an error that the server has answered.
fn failure_of(code: &SqlState, detail: impl FnOnce() -> String) -> Abort {
    match *code {
        SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN
        // The server ended the transaction, because this node sent nothing for too long.
        | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => Abort::StartOver,
        SqlState::LOCK_NOT_AVAILABLE => {
            Trouble::Overloaded("another transaction holds a lock for too long").into()
        }
        SqlState::TOO_MANY_CONNECTIONS | SqlState::CANNOT_CONNECT_NOW => {
            Trouble::Overloaded("the database accepts no connection at the moment").into()
        }
        // The server, too, answers so when it has too many open files.
        SqlState::INSUFFICIENT_RESOURCES | SqlState::OUT_OF_MEMORY => {
            Trouble::Overloaded("the database has no memory or open files left").into()
        }
        SqlState::DISK_FULL => Trouble::DiskFull.into(),
        SqlState::QUERY_CANCELED => Trouble::TimedOut("the statement was cut short").into(),
        _ => {
            let detail = format!("postgres: {}", detail());
            if is_about_data(code) {
                Trouble::Internal(detail).into()
            } else {
                Trouble::Engine(detail).into()
            }
        }
    }
}

/// Whether the statement will fail again with the same data: data exceptions and broken constraints.
fn is_about_data(code: &SqlState) -> bool {
    code.code().starts_with("22") || code.code().starts_with("23")
}

/// Whether the connection broke, so that the outcome of the sent statements is unknown.
pub(super) fn is_lost(error: &tokio_postgres::Error) -> bool {
    let source = std::error::Error::source(error);
    error.is_closed() || source.is_some_and(|source| source.is::<std::io::Error>())
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(v) => v.to_sql(ty, out),
            Value::Text(v) => v.to_sql(ty, out),
            Value::Bytes(v) => v.to_sql(ty, out),
            Value::Ints(v) => v.to_sql(ty, out),
            Value::Texts(v) => v.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        // Not checked here: the schema fixes the types, and a test prepares every statement on SQLite and PostgreSQL.
        true
    }

    to_sql_checked!();
}

/// The columns of a row.
pub(super) struct PostgresColumns<'a>(pub(super) &'a tokio_postgres::Row);

impl Columns for PostgresColumns<'_> {
    fn int(&self, at: usize) -> Result<Option<i64>> {
        self.0.try_get(at).map_err(|e| failure(&e))
    }

    fn text(&self, at: usize) -> Result<Option<String>> {
        self.0.try_get(at).map_err(|e| failure(&e))
    }

    fn word(&self, at: usize, read: &mut dyn FnMut(Option<&str>)) -> Result<()> {
        read(self.0.try_get(at).map_err(|e| failure(&e))?);
        Ok(())
    }

    fn bytes(&self, at: usize) -> Result<Option<Vec<u8>>> {
        self.0.try_get(at).map_err(|e| failure(&e))
    }

    fn count(&self) -> usize {
        self.0.len()
    }

    fn show(&self, at: usize) -> Result<String> {
        Ok(match *self.0.columns()[at].type_() {
            Type::INT8 => self
                .int(at)?
                .map(|value| value.to_string())
                .unwrap_or_default(),
            Type::BYTEA => self.bytes(at)?.map(|bytes| hex(&bytes)).unwrap_or_default(),
            _ => self
                .text(at)?
                .map(|text| escaped(&text))
                .unwrap_or_default(),
        })
    }
}

/// Reads a stream of rows to the end.
pub(super) async fn collect(stream: RowStream) -> Answer<Vec<tokio_postgres::Row>> {
    pin_mut!(stream);
    stream.try_collect().await
}

/// Runs one statement outside a transaction.
pub(super) async fn run<R>(
    client: &Object,
    stmt: &Stmt,
    params: &[Value<'_>],
    map: RowMap<R>,
) -> Result<Vec<R>> {
    let rows = async {
        let prepared = client.prepare_cached(stmt.postgres()).await?;
        collect(client.query_raw(&prepared, params.iter()).await?).await
    };
    let rows = rows.await.map_err(|e| failure(&e))?;
    rows.iter()
        .map(|row| map(&mut Row::new(&PostgresColumns(row))))
        .collect()
}

/// A connection in use. Only [`Lease::end`] returns it to the pool. If a lease is dropped otherwise (a panic, the end
/// of the runtime), the connection is closed, because it may be inside a transaction.
pub(super) struct Lease(Option<Object>);

impl Lease {
    pub(super) fn new(client: Object) -> Self {
        Self(Some(client))
    }

    /// Returns the connection to the pool, after a ROLLBACK if a transaction is `open`. The result is true if no
    /// transaction is open now.
    pub(super) async fn end(mut self, open: bool) -> bool {
        if open && self.batch_execute("ROLLBACK").await.is_err() {
            return false;
        }
        drop(self.0.take());
        true
    }
}

impl std::ops::Deref for Lease {
    type Target = Object;

    fn deref(&self) -> &Object {
        self.0.as_ref().expect("taken by `end` and `drop` only")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            drop(Object::take(client));
        }
    }
}

pub(super) fn pool_failure(error: deadpool_postgres::PoolError) -> Trouble {
    match error {
        deadpool_postgres::PoolError::Timeout(_) => {
            Trouble::Overloaded("no database connection came free")
        }
        deadpool_postgres::PoolError::Closed => Trouble::Overloaded("the store is closed"),
        other => {
            tracing::debug!(error = %other, "the database cannot be reached");
            Trouble::Unreachable
        }
    }
}

/// Waits a random time, which grows with `attempt`.
pub(super) async fn pause(attempt: u32) {
    let most = 1_u64 << attempt.min(7);
    let wait = u64::from(random_byte()) * most / 256;
    tokio::time::sleep(Duration::from_millis(wait)).await;
}

pub(super) fn random_byte() -> u8 {
    uuid::Uuid::new_v4().as_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_memory_files_or_disk_is_a_passing_trouble() {
        let of = |code: &str| failure_of(&SqlState::from_code(code), || "the server's text".into());
        for code in ["53000", "53200", "53300"] {
            let found = of(code);
            let is_overloaded = matches!(found, Abort::Trouble(Trouble::Overloaded(_)));
            assert!(is_overloaded, "{code}: {found:?}");
        }
        assert_eq!(of("53100"), Abort::Trouble(Trouble::DiskFull));
        let engine = Trouble::Engine("postgres: the server's text".into());
        assert_eq!(of("58030"), Abort::Trouble(engine), "an I/O error");
    }
}
