//! Statements of a transaction on PostgreSQL, sent in one batch where possible; writes wait for COMMIT if nobody
//! needs their result.

use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

use bytes::BytesMut;
use futures_util::future::{MaybeDone, maybe_done, try_join_all};
use futures_util::{TryStreamExt, pin_mut, poll};
use heddle_domain::Timestamp;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{RowStream, Statement};

use super::connection::{Answer, Lease, PostgresColumns, failure, is_lost};
use crate::error::{Abort, Result, Trouble};
use crate::health::COMMITS;
use crate::stmt::{Columns, Row, RowMap, Stmt, Value};

/// The maximum number of statements that are sent together, which bounds the memory for their answers.
const PIPELINED: usize = 30;

/// The result of a COMMIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commit {
    /// The transaction is durable.
    Done,
    /// The connection was lost before the answer; the outcome is unknown.
    Unknown,
}

/// Why a batch of statements has no result.
enum Unsettled {
    /// The connection was lost after COMMIT was sent.
    Unknown,
    /// A statement failed, and nothing was written.
    Failed(Abort),
}

impl From<Unsettled> for Abort {
    fn from(unsettled: Unsettled) -> Self {
        match unsettled {
            // Never reached: only the sender of COMMIT gets `Unknown`, and it handles this variant before it converts
            // the error.
            Unsettled::Unknown => {
                Trouble::UnknownOutcome("the answer to COMMIT is missing".into()).into()
            }
            Unsettled::Failed(error) => error,
        }
    }
}

/// The result of a batch of statements: `Ok`, or the first failure in the order of sending.
struct BatchResult {
    begun: Answer<()>,
    written: Vec<Answer<u64>>,
    read: Vec<Answer<Returned>>,
    committed: Answer<()>,
    /// Whether one of the statements may have written something.
    wrote: bool,
}

/// What a statement returned.
struct Returned {
    rows: Vec<tokio_postgres::Row>,
    /// The rows that it changed, or returned.
    affected: u64,
}

impl BatchResult {
    /// Returns what the statements returned if every one succeeded. `commits` says that the last statement was COMMIT.
    fn settle(self, commits: bool) -> std::result::Result<Vec<Returned>, Unsettled> {
        let before_commit = |error: &tokio_postgres::Error| {
            if commits && is_lost(error) {
                // All statements were sent, including COMMIT, so it may have run.
                Unsettled::Unknown
            } else {
                Unsettled::Failed(failure(error))
            }
        };
        if let Err(error) = self.begun {
            return Err(if !self.wrote || is_lost(&error) {
                before_commit(&error)
            } else {
                // BEGIN failed, so the writes after it may have run without a transaction.
                Unsettled::Failed(Trouble::UnknownOutcome(format!("BEGIN failed: {error}")).into())
            });
        }
        for written in &self.written {
            written.as_ref().map_err(before_commit)?;
        }
        let returned = self
            .read
            .into_iter()
            .map(|returned| returned.map_err(|e| before_commit(&e)))
            .collect::<std::result::Result<_, _>>()?;
        self.committed.map_err(|error| match error.code() {
            Some(&SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN) | None => {
                Unsettled::Unknown
            }
            Some(_) => Unsettled::Failed(failure(&error)),
        })?;
        Ok(returned)
    }
}

/// A parameter with an owned value, which outlives the command that queued it.
#[derive(Clone, Debug)]
enum Owned {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    Ints(Vec<i64>),
    Texts(Vec<String>),
}

impl From<&Value<'_>> for Owned {
    fn from(value: &Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Int(v) => Self::Int(*v),
            Value::Text(v) => Self::Text((*v).to_owned()),
            Value::Bytes(v) => Self::Bytes(v.to_vec()),
            Value::Ints(v) => Self::Ints(v.to_vec()),
            Value::Texts(v) => Self::Texts(v.to_vec()),
        }
    }
}

impl Owned {
    fn borrow(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(v) => Value::Int(*v),
            Self::Text(v) => Value::Text(v),
            Self::Bytes(v) => Value::Bytes(v),
            Self::Ints(v) => Value::Ints(v),
            Self::Texts(v) => Value::Texts(v),
        }
    }
}

impl ToSql for Owned {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        self.borrow().to_sql(ty, out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Reads a statement's answer to its end.
async fn returned(stream: RowStream) -> Answer<Returned> {
    pin_mut!(stream);
    let mut rows = Vec::new();
    while let Some(row) = stream.as_mut().try_next().await? {
        rows.push(row);
    }
    let affected = stream.rows_affected().unwrap_or_default();
    Ok(Returned { rows, affected })
}

fn map_rows<R>(rows: &[tokio_postgres::Row], map: RowMap<R>) -> Result<Vec<R>> {
    rows.iter()
        .map(|row| map(&mut Row::new(&PostgresColumns(row))))
        .collect()
}

/// A request that was sent, and whose answer may be due.
type Sent<F> = Pin<Box<MaybeDone<F>>>;

/// Sends a request, and does not wait for its answer. The client puts the messages of a request into the connection's
/// queue when the request is first polled, as its documentation promises. So the order of the calls of this function is
/// the order on the wire, whatever polls the requests later.
async fn sent<F: Future>(request: F) -> Sent<F> {
    let mut request = Box::pin(maybe_done(request));
    let _ = poll!(&mut request);
    request
}

async fn answer<F: Future>(request: &mut Sent<F>) -> F::Output {
    request.as_mut().await;
    let output = request.as_mut().take_output();
    output.expect("the request has ended, and nobody else takes its output")
}

/// Returns the answers in the order of sending, in which they also arrive.
async fn answers<F: Future>(requests: Vec<Sent<F>>) -> Vec<F::Output> {
    let mut found = Vec::with_capacity(requests.len());
    for mut request in requests {
        found.push(answer(&mut request).await);
    }
    found
}

/// Statements on one connection. BEGIN is sent together with the first statement.
pub(crate) struct PostgresRows {
    lease: Lease,
    now: Timestamp,
    /// The BEGIN statement still to be sent; `None` once the transaction is open, or if there is none.
    begin: Option<&'static str>,
    transactional: bool,
    /// Writes whose results nobody needs; they are sent later.
    queued: Vec<(&'static Stmt, Vec<Owned>)>,
    /// Whether any statement may have written something.
    writes: bool,
    /// How many statements that may write were queued or run.
    written: usize,
    /// Whether a statement failed, so that PostgreSQL refuses all further ones.
    failed: bool,
}

impl PostgresRows {
    /// Creates the rows of a read that runs without a transaction.
    pub(super) fn new(lease: Lease, now: Timestamp) -> Self {
        Self {
            lease,
            now,
            begin: None,
            transactional: false,
            queued: Vec::new(),
            writes: false,
            written: 0,
            failed: false,
        }
    }

    /// Creates the rows of a transaction that the statement `begin` opens.
    pub(super) fn begun_by(begin: &'static str, lease: Lease, now: Timestamp) -> Self {
        Self {
            begin: Some(begin),
            transactional: true,
            ..Self::new(lease, now)
        }
    }

    /// Whether there may be something to commit.
    pub(super) fn writes(&self) -> bool {
        self.writes
    }

    /// Returns how many statements that may write were queued or run until now: a mark for [`PostgresRows::take_back`].
    pub(super) fn written(&self) -> usize {
        self.written
    }

    /// Drops the writes that were queued since a mark. False if that is not enough to undo what came after the mark: one of
    /// these writes was sent, or a statement failed.
    pub(super) fn take_back(&mut self, mark: usize) -> bool {
        let since = self.written - mark;
        let Some(kept) = self.queued.len().checked_sub(since) else {
            return false;
        };
        self.queued.truncate(kept);
        self.written = mark;
        !self.failed
    }

    /// Whether a transaction is open.
    pub(super) fn has_begun(&self) -> bool {
        self.transactional && self.begin.is_none()
    }

    /// Sends the queued writes together with COMMIT. If a write fails, COMMIT rolls back.
    pub(super) async fn commit(&mut self) -> Result<Commit> {
        if self.queued.is_empty() && !self.has_begun() {
            return Ok(Commit::Done);
        }
        let started = Instant::now();
        let sent = self.send(&[], Some("COMMIT")).await;
        metrics::histogram!(COMMITS).record(started.elapsed());
        match sent {
            Ok(_) => Ok(Commit::Done),
            Err(Unsettled::Unknown) => Ok(Commit::Unknown),
            Err(Unsettled::Failed(error)) => Err(error),
        }
    }

    /// Returns the connection to the pool, after a ROLLBACK if a transaction is `open`. The result is true if no
    /// transaction is open now.
    pub(super) async fn end(self, open: bool) -> bool {
        self.lease.end(open).await
    }

    fn look_at(&mut self, stmt: &Stmt) {
        let writes = !stmt.postgres().starts_with("SELECT");
        self.writes |= writes;
        self.written += usize::from(writes);
    }

    async fn prepare(&self, stmt: &'static Stmt) -> Result<Statement> {
        self.lease
            .prepare_cached(stmt.postgres())
            .await
            .map_err(|e| match failure(&e) {
                Abort::Trouble(Trouble::Internal(reason)) => {
                    Trouble::Internal(format!("{}: {reason}", stmt.name)).into()
                }
                other => other,
            })
    }

    /// Sends BEGIN if it is due, the queued writes, the given statements and `last` (COMMIT), all at once and in this
    /// order. Returns the first failure in that order.
    async fn send(
        &mut self,
        statements: &[(&'static Stmt, &[Value<'_>])],
        last: Option<&'static str>,
    ) -> std::result::Result<Vec<Returned>, Unsettled> {
        let sent = self.send_all(statements, last).await;
        self.failed |= sent.is_err();
        sent
    }

    async fn send_all(
        &mut self,
        statements: &[(&'static Stmt, &[Value<'_>])],
        last: Option<&'static str>,
    ) -> std::result::Result<Vec<Returned>, Unsettled> {
        while self.queued.len() > PIPELINED {
            let rest = self.queued.split_off(PIPELINED);
            Box::pin(self.send(&[], None)).await?;
            self.queued = rest;
        }
        let queued = std::mem::take(&mut self.queued);
        let queued_prepared = try_join_all(queued.iter().map(|(stmt, _)| self.prepare(stmt)));
        let queued_prepared = queued_prepared.await.map_err(Unsettled::Failed)?;
        let prepared = try_join_all(statements.iter().map(|(stmt, _)| self.prepare(stmt)));
        let prepared = prepared.await.map_err(Unsettled::Failed)?;
        let begin = self.begin.take();
        let client = &self.lease;
        let simple = |sql: Option<&'static str>| async move {
            match sql {
                Some(sql) => client.batch_execute(sql).await,
                None => Ok(()),
            }
        };
        let mut begun = sent(simple(begin)).await;
        let mut writes = Vec::with_capacity(queued.len());
        for ((_, params), prepared) in queued.iter().zip(&queued_prepared) {
            writes.push(sent(client.execute_raw(prepared, params.iter())).await);
        }
        let mut reads = Vec::with_capacity(statements.len());
        for ((_, params), prepared) in statements.iter().zip(&prepared) {
            let read =
                async move { returned(client.query_raw(prepared, params.iter()).await?).await };
            reads.push(sent(read).await);
        }
        let mut committed = sent(simple(last)).await;
        let begun = answer(&mut begun).await;
        let written = answers(writes).await;
        let read = answers(reads).await;
        let committed = answer(&mut committed).await;
        let sent = BatchResult {
            begun,
            written,
            read,
            committed,
            wrote: self.writes,
        };
        sent.settle(last.is_some())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) async fn fetch<R>(
        &mut self,
        stmt: &'static Stmt,
        params: &[Value<'_>],
        map: RowMap<R>,
    ) -> Result<Vec<R>> {
        self.look_at(stmt);
        let found = self.send(&[(stmt, params)], None).await?;
        map_rows(&found[0].rows, map)
    }

    pub(crate) async fn fetch_many<'p, R, P: AsRef<[Value<'p>]>>(
        &mut self,
        stmt: &'static Stmt,
        params: &[P],
        map: RowMap<R>,
    ) -> Result<Vec<Vec<R>>> {
        self.look_at(stmt);
        let mut found = Vec::with_capacity(params.len());
        for chunk in params.chunks(PIPELINED) {
            let statements: Vec<_> = chunk.iter().map(|params| (stmt, params.as_ref())).collect();
            for returned in self.send(&statements, None).await? {
                found.push(map_rows(&returned.rows, map)?);
            }
        }
        Ok(found)
    }

    /// Runs a statement, and passes each row to `take` as soon as it arrives. The server sends no more than a few rows ahead.
    pub(crate) async fn each(
        &mut self,
        stmt: &'static Stmt,
        params: &[Value<'_>],
        take: &mut dyn FnMut(&dyn Columns) -> Result<()>,
    ) -> Result<()> {
        self.look_at(stmt);
        self.send(&[], None).await?;
        self.failed = true;
        let prepared = self.prepare(stmt).await?;
        let rows = self.lease.query_raw(&prepared, params.iter()).await;
        let rows = rows.map_err(|e| failure(&e))?;
        pin_mut!(rows);
        while let Some(row) = rows.try_next().await.map_err(|e| failure(&e))? {
            take(&PostgresColumns(&row))?;
        }
        self.failed = false;
        Ok(())
    }

    pub(crate) async fn fetch_pair<A, B>(
        &mut self,
        first: (&'static Stmt, &[Value<'_>], RowMap<A>),
        second: (&'static Stmt, &[Value<'_>], RowMap<B>),
    ) -> Result<(Vec<A>, Vec<B>)> {
        self.look_at(first.0);
        self.look_at(second.0);
        let found = self
            .send(&[(first.0, first.1), (second.0, second.1)], None)
            .await?;
        let [a, b] = [&found[0].rows, &found[1].rows];
        Ok((map_rows(a, first.2)?, map_rows(b, second.2)?))
    }

    pub(crate) async fn execute(
        &mut self,
        stmt: &'static Stmt,
        params: &[Value<'_>],
    ) -> Result<u64> {
        self.look_at(stmt);
        let done = self.send(&[(stmt, params)], None).await?;
        Ok(done[0].affected)
    }

    pub(crate) fn queue(&mut self, stmt: &'static Stmt, params: &[Value<'_>]) {
        self.writes = true;
        self.written += 1;
        let params = params.iter().map(Owned::from).collect();
        self.queued.push((stmt, params));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test]
    async fn requests_are_sent_in_the_order_of_the_calls() {
        const REQUESTS: usize = 100;
        let order = RefCell::new(Vec::new());
        let mut requests = Vec::new();
        for number in 0..REQUESTS {
            let order = &order;
            let request = async move {
                order.borrow_mut().push(number);
                tokio::task::yield_now().await;
                number
            };
            requests.push(sent(request).await);
        }
        let all: Vec<usize> = (0..REQUESTS).collect();
        assert_eq!(
            *order.borrow(),
            all,
            "all are sent before an answer is awaited"
        );
        assert_eq!(answers(requests).await, all);
    }
}
