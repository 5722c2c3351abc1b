//! The PostgreSQL engine: a pool of connections, one transaction a command, statements sent together.
//!
//! A command costs two round trips where its reads are independent: BEGIN travels with the first read, queued writes
//! travel with COMMIT. Commands run in a task of their own, so that a client that goes away never drops a future inside
//! COMMIT. Serialisation failures, deadlocks and connections lost before COMMIT are retried, a bounded number of times.
//! A lost answer to COMMIT is settled by the [`fence`]; only a command that writes no event and does not say that it may
//! run twice ([`Write::may_repeat`]) answers [`Error::Unavailable`] then.

mod fence;
mod sequencer;
mod tx;

pub(crate) use tx::failure as failure_of;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, EventId, SLOTS};
use parking_lot::Mutex;
use tokio_postgres::NoTls;

use crate::clock::SharedClock;
use crate::error::{Error, Result};
use crate::feed::Hints;
use crate::ids::TimeIds;
use crate::rows::node;
use crate::tx::{Read, Row, RowMap, Stmt, Value, Write, params};
use tx::{Commit, PostgresRows, PostgresTx};

/// How often a command is tried before its caller is told that the store is overloaded.
const MOST_RUNS: u32 = 12;
/// How often a read is tried.
const MOST_READS: u32 = 4;
/// How long a command or read waits for a free connection, and a new connection for its server.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long data that was sent may stay unacknowledged before the connection is given up.
const SILENCE: Duration = Duration::from_secs(15);

/// How a PostgreSQL store is opened.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// `postgres://…`, as libpq writes it.
    pub url: String,
    /// The greatest number of connections of this node.
    pub pool_size: usize,
}

/// An open PostgreSQL store.
#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
    clock: SharedClock,
    slot: Arc<Slot>,
    /// Tells the sequencer what this node has committed.
    committed: Arc<Hints>,
    /// Tells readers what this node's sequencer has numbered.
    stamped: Arc<Hints>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres")
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}

/// This node's slot of time-ordered ids.
#[derive(Debug)]
pub(crate) struct Slot {
    holder: String,
    state: Mutex<SlotState>,
    /// Only one task at a time talks to the slot table.
    extending: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct SlotState {
    number: i64,
    ids: TimeIds,
}

impl Slot {
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut TimeIds) -> R) -> R {
        work(&mut self.state.lock().ids)
    }
}

impl Postgres {
    /// Connects, migrates, takes a node slot.
    pub(crate) async fn open(
        options: &PostgresOptions,
        clock: SharedClock,
        stamped: Arc<Hints>,
    ) -> Result<Self> {
        let mut config: tokio_postgres::Config = options
            .url
            .parse()
            .map_err(|e| Error::Internal(format!("the PostgreSQL address cannot be read: {e}")))?;
        // A server that is gone without a word is given up before the fence's patience ends.
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE);
        }
        let manager = Manager::from_config(
            config,
            NoTls,
            ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            },
        );
        let pool = Pool::builder(manager)
            .max_size(options.pool_size)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .build()
            .map_err(|e| Error::Internal(format!("connection pool: {e}")))?;
        let client = pool
            .get()
            .await
            .map_err(|e| Error::Internal(format!("the database cannot be reached: {e}")))?;
        crate::migrate::migrate_postgres(&client, &*clock)
            .await
            .map_err(outward)?;
        let holder = uuid::Uuid::new_v4().to_string();
        let state = first_slot(&client, &holder, &clock).await?;
        let slot = Arc::new(Slot {
            holder,
            state: Mutex::new(state),
            extending: tokio::sync::Mutex::new(()),
        });
        Ok(Self {
            pool,
            clock,
            slot,
            committed: Arc::default(),
            stamped,
        })
    }

    /// Runs a command in a task of its own.
    pub(crate) async fn write<W: Write>(&self, command: W) -> Result<W::Out> {
        let this = self.clone();
        let task = tokio::spawn(async move { this.run(&command).await });
        task.await
            .unwrap_or_else(|e| Err(Error::Internal(format!("{}: {e}", W::NAME))))
    }

    async fn run<W: Write>(&self, command: &W) -> Result<W::Out> {
        let mut asked = None;
        for attempt in 0..MOST_RUNS {
            match self.try_once(command, asked).await {
                Err(Error::StartOver) => pause(attempt).await,
                Err(Error::Reserve(until)) => asked = Some(Timestamp(until)),
                Err(error) => return Err(error),
                Ok(Ended::Committed(out)) => return Ok(out),
                Ok(Ended::Unknown(out, Trace::Event(event))) => {
                    if self.fence(event).await? {
                        self.committed.tell(&BTreeSet::from([event.0]));
                        return Ok(out);
                    }
                }
                Ok(Ended::Unknown(out, Trace::NoneNeeded)) => return Ok(out),
                Ok(Ended::Unknown(_, Trace::None)) if command.may_repeat() => pause(attempt).await,
                Ok(Ended::Unknown(_, Trace::None)) => {
                    return Err(Error::Unavailable("the answer to COMMIT is missing".into()));
                }
            }
        }
        Err(Error::Overloaded("the command lost too many races"))
    }

    async fn try_once<W: Write>(
        &self,
        command: &W,
        asked: Option<Timestamp>,
    ) -> Result<Ended<W::Out>> {
        self.extend_reservation(asked).await?;
        let lease = self.lease().await?;
        let mut tx = PostgresTx::new(&lease, self.clock.now(), &self.slot);
        let result = match command.apply(&mut tx).await {
            Ok(out) => tx.commit().await.map(|commit| (commit, out)),
            Err(error) => Err(error),
        };
        let event = tx.event();
        let result = result.map(|(commit, out)| match commit {
            Commit::Done => Ended::Committed(out),
            Commit::Unknown => Ended::Unknown(out, Trace::of(&tx)),
        });
        // A COMMIT that was not even sent, or lost, leaves the transaction open.
        let open = !matches!(result, Ok(Ended::Committed(_))) && tx.has_begun();
        drop(tx);
        if let (Ok(Ended::Committed(_)), Some((account, _))) = (&result, event) {
            self.committed.tell(&BTreeSet::from([account]));
        }
        lease.end(open).await;
        result
    }

    /// Runs a read in a task of its own, so that a client that goes away leaves no snapshot open on a connection; one
    /// that needs a snapshot gets a REPEATABLE READ transaction.
    pub(crate) async fn read<R: Read>(&self, read: R) -> Result<R::Out> {
        let this = self.clone();
        let task = tokio::spawn(async move { this.run_read(&read).await });
        task.await
            .unwrap_or_else(|e| Err(Error::Internal(format!("{}: {e}", R::NAME))))
    }

    async fn run_read<R: Read>(&self, read: &R) -> Result<R::Out> {
        for attempt in 0..MOST_READS {
            match self.read_once(read).await {
                Err(Error::StartOver) => pause(attempt).await,
                settled => return settled,
            }
        }
        Err(outward(Error::StartOver))
    }

    async fn read_once<R: Read>(&self, read: &R) -> Result<R::Out> {
        let lease = self.lease().await?;
        let mut rows = PostgresRows::new(&lease, self.clock.now(), R::SNAPSHOT);
        let result = read.run(&mut rows).await;
        let open = rows.has_begun();
        drop(rows);
        lease.end(open).await;
        result
    }

    async fn lease(&self) -> Result<Lease> {
        let client = self.pool.get().await.map_err(pool_failure)?;
        Ok(Lease(Some(client)))
    }

    /// Reserves ids ahead of their use, in a transaction of its own; takes a new slot if the old one is lost.
    async fn extend_reservation(&self, at_least: Option<Timestamp>) -> Result<()> {
        let wanted = |slot: &Slot| {
            slot.with(|ids| ids.wants_reservation(self.clock.now()))
                .max(at_least)
        };
        if wanted(&self.slot).is_none() {
            return Ok(());
        }
        let _turn = self.slot.extending.lock().await;
        let Some(until) = wanted(&self.slot) else {
            return Ok(());
        };
        let client = self.pool.get().await.map_err(pool_failure)?;
        let number = self.slot.state.lock().number;
        let params = params![number, &self.slot.holder, until];
        let kept = run(&client, &node::EXTEND, params, |row| row.int()).await?;
        if kept.is_empty() {
            // Another node took the slot when its reservation was over, or the answer to a longer one was lost.
            let state = claim_slot(&client, &self.slot.holder, self.clock.now()).await?;
            *self.slot.state.lock() = state;
        } else {
            self.slot.with(|ids| ids.reserved(until));
        }
        Ok(())
    }

    /// Gives the connections back.
    pub(crate) fn close(&self) {
        self.pool.close();
    }
}

/// What a run of a command came to.
enum Ended<O> {
    Committed(O),
    /// The answer to COMMIT was lost.
    Unknown(O, Trace),
}

/// What can tell whether a command was committed.
enum Trace {
    /// The event that it wrote.
    Event((AccountId, EventId)),
    /// Nobody need know: it only read.
    NoneNeeded,
    /// It wrote, but no event.
    None,
}

impl Trace {
    fn of(tx: &PostgresTx<'_>) -> Self {
        match tx.event() {
            Some(event) => Self::Event(event),
            None if !tx.writes() => Self::NoneNeeded,
            None => Self::None,
        }
    }
}

/// Takes a slot whose reservation is over, trying them in a random order.
async fn claim_slot(client: &Object, holder: &str, now: Timestamp) -> Result<SlotState> {
    let first = i64::from(random_byte()) % SLOTS;
    let until = now.plus_ms(crate::ids::RESERVE_AHEAD_MS);
    for step in 0..SLOTS {
        let number = (first + step) % SLOTS;
        let taken = run(
            client,
            &node::CLAIM,
            params![number, holder, until, now],
            |row| row.int(),
        )
        .await?;
        if !taken.is_empty() {
            let mut ids = TimeIds::new(number, now);
            ids.reserved(until);
            return Ok(SlotState { number, ids });
        }
    }
    Err(Error::Overloaded("all 64 node slots are taken"))
}

/// The slot of a node that starts.
async fn first_slot(client: &Object, holder: &str, clock: &SharedClock) -> Result<SlotState> {
    for attempt in 0..MOST_RUNS {
        match claim_slot(client, holder, clock.now()).await {
            Err(Error::StartOver) => pause(attempt).await,
            settled => return settled,
        }
    }
    Err(outward(Error::StartOver))
}

/// Runs one statement outside a transaction.
async fn run<R>(
    client: &Object,
    stmt: &Stmt,
    params: &[Value<'_>],
    map: RowMap<R>,
) -> Result<Vec<R>> {
    let rows = async {
        let prepared = client.prepare_cached(stmt.postgres()).await?;
        tx::collect(client.query_raw(&prepared, params.iter()).await?).await
    };
    let rows = rows.await.map_err(|e| tx::failure(&e))?;
    rows.iter()
        .map(|row| map(&mut Row::new(&tx::PostgresColumns(row))))
        .collect()
}

/// A connection in use. Only [`Lease::end`] gives it back to the pool: one that is dropped half-way (a panic, the end of
/// the runtime) may be inside a transaction, and is closed.
struct Lease(Option<Object>);

impl Lease {
    /// Gives the connection back, after a ROLLBACK if a transaction is open.
    async fn end(mut self, open: bool) {
        if open && self.batch_execute("ROLLBACK").await.is_err() {
            return;
        }
        drop(self.0.take());
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

fn pool_failure(error: deadpool_postgres::PoolError) -> Error {
    match error {
        deadpool_postgres::PoolError::Timeout(_) => {
            Error::Overloaded("no database connection came free")
        }
        deadpool_postgres::PoolError::Closed => Error::Overloaded("the store is closed"),
        other => {
            tracing::error!(error = %other, "the database cannot be reached");
            Error::Overloaded("the database cannot be reached")
        }
    }
}

/// A driver's own errors as callers may see them.
fn outward(error: Error) -> Error {
    match error {
        Error::StartOver => Error::Overloaded("the connection to the database was lost"),
        other => other,
    }
}

/// Waits a random moment that grows with the attempts.
async fn pause(attempt: u32) {
    let most = 1_u64 << attempt.min(7);
    let wait = u64::from(random_byte()) * most / 256;
    tokio::time::sleep(Duration::from_millis(wait)).await;
}

fn random_byte() -> u8 {
    uuid::Uuid::new_v4().as_bytes()[0]
}
