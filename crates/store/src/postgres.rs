//! The PostgreSQL engine: a pool of connections, one transaction a command, statements sent together.
//!
//! A command costs two round trips where its reads are independent: BEGIN travels with the first read, queued writes
//! travel with COMMIT. Commands run in a task of their own, so that a client that goes away never drops a future inside
//! COMMIT. Serialisation failures, deadlocks and connections lost before COMMIT are retried, a bounded number of times.
//! A lost answer to COMMIT is settled by the [`fence`]; only a command that writes no event and does not say that it may
//! run twice ([`Write::may_repeat`]) answers [`Trouble::UnknownOutcome`] then.

mod blocks;
pub(crate) mod connection;
mod fence;
pub(crate) mod ids;
mod node;
pub(crate) mod rows;
mod sequencer;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use heddle_domain::id::{AccountId, EventId};
use tokio_postgres::NoTls;

use crate::clock::SharedClock;
use crate::counted::Reserve;
use crate::error::{Abort, Error, Result, Trouble};
use crate::feed::Hints;
use crate::tx::{Read, Rows, Tx, Write};
use connection::{Lease, MOST_RUNS, pause, pool_failure};
use ids::PostgresIds;
use node::NodeIds;
use rows::{Commit, PostgresRows};

/// Opens a transaction whose statements all see one state.
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// How often a command may ask for ids to be reserved.
const MOST_RESERVES: u32 = 64;
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
    ids: Arc<NodeIds>,
    /// Tells the sequencer what this node has committed.
    committed: Arc<Hints>,
    /// Tells readers what this node's sequencer has numbered.
    stamped: Arc<Hints>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres")
            .field("ids", &self.ids)
            .finish_non_exhaustive()
    }
}

impl Postgres {
    /// Connects, migrates, takes a node slot.
    pub(crate) async fn open(
        options: &PostgresOptions,
        clock: SharedClock,
        stamped: Arc<Hints>,
    ) -> Result<Self, Error> {
        let mut config: tokio_postgres::Config = options.url.parse().map_err(|e| {
            Trouble::Internal(format!("the PostgreSQL address cannot be read: {e}"))
        })?;
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
            .map_err(|e| Trouble::Internal(format!("connection pool: {e}")))?;
        let client = pool
            .get()
            .await
            .map_err(|e| Trouble::Internal(format!("the database cannot be reached: {e}")))?;
        crate::migrate::migrate_postgres(&client, &*clock).await?;
        let ids = Arc::new(NodeIds::open(&client, &clock).await?);
        drop(client);
        Ok(Self {
            pool,
            clock,
            ids,
            committed: Arc::default(),
            stamped,
        })
    }

    /// Runs a command in a task of its own.
    pub(crate) async fn write<W: Write>(&self, command: W) -> Result<W::Out, Error> {
        let this = self.clone();
        let task = tokio::spawn(async move { this.run(&command).await });
        let panicked = |e| Err(Trouble::Internal(format!("{}: {e}", W::NAME)).into());
        Ok(task.await.unwrap_or_else(panicked)?)
    }

    async fn run<W: Write>(&self, command: &W) -> Result<W::Out> {
        let mut lacking = None;
        let (mut runs, mut reserves) = (0, 0);
        while runs < MOST_RUNS && reserves < MOST_RESERVES {
            match self.try_once(command, lacking.take()).await {
                Err(Abort::Reserve(ids)) => {
                    lacking = Some(ids);
                    reserves += 1;
                    continue;
                }
                Err(Abort::StartOver) => pause(runs).await,
                Err(error) => return Err(error),
                Ok(Ended::Committed(out)) => return Ok(out),
                Ok(Ended::Unknown(out, Trace::Event(event))) => {
                    if self.fence(event).await? {
                        self.committed.tell(&BTreeSet::from([event.0]));
                        return Ok(out);
                    }
                }
                Ok(Ended::Unknown(out, Trace::NoneNeeded)) => return Ok(out),
                Ok(Ended::Unknown(_, Trace::None)) if command.may_repeat() => pause(runs).await,
                Ok(Ended::Unknown(_, Trace::None)) => {
                    return Err(
                        Trouble::UnknownOutcome("the answer to COMMIT is missing".into()).into(),
                    );
                }
            }
            runs += 1;
        }
        Err(Trouble::Overloaded("the command lost too many races").into())
    }

    async fn try_once<W: Write>(
        &self,
        command: &W,
        lacking: Option<Reserve>,
    ) -> Result<Ended<W::Out>> {
        self.ids.reserve(&self.pool, &self.clock, lacking).await?;
        // With the isolation that the server was set to.
        let mut rows = PostgresRows::begun_by("BEGIN", self.lease().await?, self.clock.now());
        let mut ids = PostgresIds::new(Arc::clone(&self.ids));
        let mut tx = Tx::on_postgres(&mut rows, &mut ids);
        let result = match command.apply(&mut tx).await {
            Ok(out) => rows.commit().await.map(|commit| (commit, out)),
            Err(error) => Err(error),
        };
        let result = result.map(|(commit, out)| match commit {
            Commit::Done => Ended::Committed(out),
            Commit::Unknown => Ended::Unknown(out, Trace::of(&rows, &ids)),
        });
        // A COMMIT that was not even sent, or lost, leaves the transaction open.
        let open = !matches!(result, Ok(Ended::Committed(_))) && rows.has_begun();
        if let (Ok(Ended::Committed(_)), Some((account, _))) = (&result, ids.event()) {
            self.committed.tell(&BTreeSet::from([account]));
        }
        let ended = rows.end(open).await;
        if let Err(error) = &result
            && ended
            && !matches!(error, Abort::Trouble(Trouble::UnknownOutcome(_)))
        {
            ids.give_back();
        }
        result
    }

    /// Runs a read in a task of its own, so that a client that goes away leaves no snapshot open on a connection; one
    /// that needs a snapshot gets a REPEATABLE READ transaction.
    pub(crate) async fn read<R: Read>(&self, read: R) -> Result<R::Out, Error> {
        let this = self.clone();
        let task = tokio::spawn(async move { this.run_read(&read).await });
        let panicked = |e| Err(Trouble::Internal(format!("{}: {e}", R::NAME)).into());
        Ok(task.await.unwrap_or_else(panicked)?)
    }

    async fn run_read<R: Read>(&self, read: &R) -> Result<R::Out> {
        for attempt in 0..MOST_READS {
            match self.read_once(read).await {
                Err(Abort::StartOver) => pause(attempt).await,
                settled => return settled,
            }
        }
        Err(Abort::StartOver)
    }

    async fn read_once<R: Read>(&self, read: &R) -> Result<R::Out> {
        let (lease, now) = (self.lease().await?, self.clock.now());
        let mut rows = match R::SNAPSHOT {
            true => PostgresRows::begun_by(SNAPSHOT, lease, now),
            false => PostgresRows::new(lease, now),
        };
        let result = read.run(&mut Rows::on_postgres(&mut rows)).await;
        let open = rows.has_begun();
        rows.end(open).await;
        result
    }

    async fn lease(&self) -> Result<Lease> {
        let client = self.pool.get().await.map_err(pool_failure)?;
        Ok(Lease::new(client))
    }

    /// Forgets the small numbers of an account whose counters were raised.
    pub(crate) async fn forget_numbers(&self, account: AccountId) {
        self.ids.forget_numbers(account).await;
    }

    /// Gives unused numbers and the connections back.
    pub(crate) async fn close(&self) {
        self.ids.give_back(&self.pool).await;
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
    fn of(rows: &PostgresRows, ids: &PostgresIds) -> Self {
        match ids.event() {
            Some(event) => Self::Event(event),
            None if !rows.writes() => Self::NoneNeeded,
            None => Self::None,
        }
    }
}
