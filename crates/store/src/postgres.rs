//! The PostgreSQL engine: a pool of connections, one transaction per command, statements sent together where
//! possible.
//!
//! A command with independent reads needs two round trips: BEGIN is sent with the first read, queued writes are sent
//! with COMMIT. Each command runs in its own task, so that a client that disconnects never drops a future inside
//! COMMIT. Serialisation failures, deadlocks and connections lost before COMMIT are retried, up to a limit. If the
//! answer to COMMIT is lost, the [`fence`] finds out the outcome. That needs an event: a command without one runs
//! again if [`Write::may_repeat`] allows it, else it returns [`Trouble::UnknownOutcome`].

pub(crate) mod address;
mod blocks;
pub(crate) mod connection;
mod fence;
mod groups;
pub(crate) mod ids;
mod node;
mod notices;
pub(crate) mod positions;
pub(crate) mod reach;
pub(crate) mod rows;
mod sequencer;
pub(crate) mod snapshot;
mod waiting;

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Pool, Runtime};
use heddle_domain::id::{AccountId, EventId};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::apart;
use crate::clock::{ClockCheck, SharedClock};
use crate::counted::Reserve;
use crate::error::{Abort, Error, Refusal, Result, Trouble};
use crate::feed::Hints;
use crate::health::{BATCHES, Health};
use crate::migrate::Migrator;
use crate::tx::{Cost, Read, Rows, Tx, Write};
use address::Address;
use connection::{Lease, MOST_RUNS, pause, pool_failure};
use ids::PostgresIds;
use node::NodeIds;
use notices::Notices;
use reach::PATIENCE;
use rows::{Commit, PostgresRows};
use waiting::Groups;

/// Opens a transaction whose statements all see the same state.
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Opens a transaction whose statements see what is committed when each begins.
const READ_ONLY: &str = "BEGIN READ ONLY";
/// Begins the transaction of a search. A plan for any words would suit neither rare nor frequent ones. With its default of 4 MB for a
/// sort or a set of rows, PostgreSQL forgets which rows of a page it has found when there are more than 60,000 pages, and then reads the
/// words of all their rows.
const SEARCH: &str = "BEGIN READ ONLY; SET LOCAL statement_timeout = '2s'; SET LOCAL plan_cache_mode = force_custom_plan; \
                      SET LOCAL work_mem = '32MB'";

/// How often a command may ask for more reserved ids.
const MOST_RESERVES: u32 = 64;
/// How often a read is run before the caller gets an error.
const MOST_READS: u32 = 4;

/// Time limits of every connection: for a lock (a frozen node may hold it), for a statement, and for a transaction whose
/// node sends nothing, so that the locks of a frozen node become free. Options in the URL come later and win.
const TIME_LIMITS: &str =
    "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=10s";

/// A connection is closed if sent data is not acknowledged for this long.
const SILENCE: Duration = Duration::from_secs(15);

/// Options for opening a PostgreSQL store.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// A `postgres://` URL in libpq's syntax.
    pub url: String,
    /// The maximum number of connections of this node.
    pub pool_size: usize,
    /// Whether this node exchanges notices with the others by LISTEN and NOTIFY.
    pub notify: bool,
}

/// Whether statements have a time limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Statements {
    /// They have the limit of [`TIME_LIMITS`].
    Limited,
    /// They have none, for a command of the operator that reads all data. Locks still have one.
    Unlimited,
}

/// Sets the time limits of all connections. Options of the operator stay, and win over ours.
fn set_time_limits(config: &mut tokio_postgres::Config, statements: Statements) {
    let own = config.get_options().unwrap_or_default();
    let unlimited = match statements {
        Statements::Limited => "",
        Statements::Unlimited => " -c statement_timeout=0",
    };
    let limits = format!("{TIME_LIMITS}{unlimited} {own}");
    config.options(limits.trim_end());
}

/// Counts the other sessions in the database; a server always has some.
const OTHER_SESSIONS: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND backend_type = 'client backend' AND pid <> pg_backend_pid()";

/// How often, and with which pause, other sessions are looked for.
const ALONE_TRIES: u32 = 20;
const ALONE_PAUSE: Duration = Duration::from_millis(100);

/// Refuses a database that another process uses.
pub(crate) async fn must_be_alone(options: &PostgresOptions) -> Result<(), Error> {
    let unreachable = |e: tokio_postgres::Error| Error::from(connection::failure(&e));
    let connected = Address::parse(&options.url)?.connect().await;
    let (client, connection) = connected.map_err(unreachable)?;
    let connection = tokio::spawn(connection);
    let mut others = 1;
    for _ in 0..ALONE_TRIES {
        let found = client.query_one(OTHER_SESSIONS, &[]).await;
        others = found.map_err(unreachable)?.get::<_, i64>(0);
        if others == 0 {
            break;
        }
        // The sessions of a process that has just ended may still be there.
        tokio::time::sleep(ALONE_PAUSE).await;
    }
    drop(client);
    let _ = connection.await;
    match others {
        0 => Ok(()),
        _ => Err(Refusal::Conflict("another process uses this database; it").into()),
    }
}

/// An open PostgreSQL store.
#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
    clock: SharedClock,
    ids: Arc<NodeIds>,
    /// Only some connections may search at once, so that others stay for short reads and writes.
    searches: Arc<Semaphore>,
    /// Hints for the sequencer: accounts with newly committed events, which have no position in the feed yet.
    committed: Arc<Hints>,
    /// Hints for readers: accounts whose new events got a position in the feed.
    stamped: Arc<Hints>,
    /// Tells other nodes the same.
    notices: Arc<Notices>,
    /// Commands that wait for a transaction that they share.
    groups: Arc<Groups>,
    health: Arc<Health>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres")
            .field("ids", &self.ids)
            .finish_non_exhaustive()
    }
}

impl Postgres {
    /// Connects, migrates the database and takes a node slot.
    pub(crate) async fn open(
        options: &PostgresOptions,
        (clock, check): (SharedClock, ClockCheck),
        (stamped, health): (Arc<Hints>, Arc<Health>),
        statements: Statements,
    ) -> Result<Self, Error> {
        let mut address = Address::parse(&options.url)?;
        let config = &mut address.config;
        // With this timeout, a server that disappears without closing connections is detected before the fence gives
        // up.
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE);
        }
        set_time_limits(config, statements);
        let pool = Pool::builder(address.manager())
            .max_size(options.pool_size)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .build()
            .map_err(|e| Trouble::Internal(format!("connection pool: {e}")))?;
        let connected = pool.get().await;
        let client = connected.map_err(|error| reach::no_connection(&address.config, &error))?;
        // A migration may take longer than any other statement, and so may a look for the newest id of the store.
        let unlimited = client.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0");
        unlimited.await.map_err(|e| connection::failure(&e))?;
        Migrator::new(&client, &address, &*clock).run().await?;
        let limited = client.batch_execute("RESET lock_timeout");
        limited.await.map_err(|e| connection::failure(&e))?;
        node::check_clock(&client, check, clock.now()).await?;
        let limited = client.batch_execute("RESET statement_timeout");
        limited.await.map_err(|e| connection::failure(&e))?;
        let ids = Arc::new(NodeIds::open(&client, &clock).await?);
        drop(client);
        Ok(Self {
            pool,
            searches: Arc::new(Semaphore::new((options.pool_size / 4).max(2))),
            clock,
            ids,
            committed: Arc::default(),
            stamped,
            notices: Arc::new(Notices::new(address, options.notify)),
            groups: Arc::new(Groups::new(options.pool_size)),
            health,
        })
    }

    /// Runs a command in another task.
    pub(crate) async fn write<W: Write>(&self, command: W) -> Result<W::Out, Error> {
        match command.lock_order() {
            Some(order) => self.write_in_group(command, order).await,
            None => self.write_alone(command).await,
        }
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
        // The transaction has the server's default isolation level.
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
        // If COMMIT was not sent, or its answer was lost, the transaction is still open.
        let open = !matches!(result, Ok(Ended::Committed(_))) && rows.has_begun();
        if let (Ok(Ended::Committed(_)), Some((account, _))) = (&result, ids.event()) {
            self.committed.tell(&BTreeSet::from([account]));
        }
        if matches!(result, Ok(Ended::Committed(_))) {
            self.count_commit(1);
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

    /// Counts a COMMIT of so many commands.
    fn count_commit(&self, commands: usize) {
        Health::add(&self.health.batches, 1);
        metrics::histogram!(BATCHES).record(commands as f64);
    }

    /// Runs a read in its own task, so that a client that disconnects leaves no snapshot open. A read that needs a
    /// snapshot runs in a REPEATABLE READ transaction.
    pub(crate) async fn read<R: Read>(&self, read: R) -> Result<R::Out, Error> {
        let this = self.clone();
        let ran = apart::run(R::NAME, async move { this.run_read(&read).await });
        Ok(ran.await??)
    }

    async fn run_read<R: Read>(&self, read: &R) -> Result<R::Out> {
        let _turn = match read.cost() {
            Cost::Search(_) => Some(self.turn().await?),
            _ => None,
        };
        for attempt in 0..MOST_READS {
            match self.read_once(read).await {
                Err(Abort::StartOver) => pause(attempt).await,
                settled => return settled,
            }
        }
        Err(Abort::StartOver)
    }

    /// Waits until another search may run.
    async fn turn(&self) -> Result<SemaphorePermit<'_>> {
        let turn = tokio::time::timeout(PATIENCE, self.searches.acquire()).await;
        let turn = turn.map_err(|_| Trouble::Overloaded("too many searches run"))?;
        Ok(turn.map_err(|_| Trouble::Overloaded("the store is closed"))?)
    }

    async fn read_once<R: Read>(&self, read: &R) -> Result<R::Out> {
        let (lease, now) = (self.lease().await?, self.clock.now());
        let mut rows = match (read.cost(), R::SNAPSHOT) {
            (Cost::Search(_), _) => PostgresRows::begun_by(SEARCH, lease, now),
            (Cost::Index(_), false) => PostgresRows::begun_by(READ_ONLY, lease, now),
            (_, true) => PostgresRows::begun_by(SNAPSHOT, lease, now),
            (_, false) => PostgresRows::new(lease, now),
        };
        let result = read.run(&mut Rows::on_postgres(&mut rows)).await;
        let open = rows.has_begun();
        rows.end(open).await;
        result
    }

    pub(crate) fn notices(&self) -> &Notices {
        &self.notices
    }

    /// Exchanges notices with the other nodes until `ending` completes.
    pub(crate) async fn exchange_notices(&self, ending: impl Future<Output = ()>) {
        self.notices.exchange(&self.stamped, ending).await;
    }

    async fn lease(&self) -> Result<Lease> {
        let client = self.pool.get().await.map_err(pool_failure)?;
        Ok(Lease::new(client))
    }

    /// Drops the reserved small ids of an account whose counters were raised.
    pub(crate) async fn forget_numbers(&self, account: AccountId) {
        self.ids.forget_numbers(account).await;
    }

    /// Returns unused small ids and closes the connections.
    pub(crate) async fn close(&self) {
        self.ids.give_back(&self.pool).await;
        self.pool.close();
    }
}

/// How one run of a command ended.
enum Ended<O> {
    Committed(O),
    /// The answer to COMMIT was lost, so the outcome is unknown.
    Unknown(O, Trace),
}

/// How to find out whether a command was committed, after the answer to COMMIT was lost.
enum Trace {
    /// The event that the command wrote shows it.
    Event((AccountId, EventId)),
    /// The outcome need not be found out, because the command wrote nothing.
    NoneNeeded,
    /// The outcome cannot be found out, because the command wrote rows but no event.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operators_options_come_after_the_time_limits() {
        let options = |url: &str| {
            let mut config = url.parse().expect("a URL");
            set_time_limits(&mut config, Statements::Limited);
            config.get_options().expect("options").to_owned()
        };
        assert_eq!(options("postgres://u@h/d"), TIME_LIMITS);
        let own = options("postgres://u@h/d?options=-c%20lock_timeout%3D1s");
        assert_eq!(own, format!("{TIME_LIMITS} -c lock_timeout=1s"));
    }

    #[test]
    fn statements_of_the_doctor_have_no_time_limit() {
        let mut config = "postgres://u@h/d".parse().expect("a URL");
        set_time_limits(&mut config, Statements::Unlimited);
        let options = config.get_options().expect("options");
        let last = |name: &str| {
            options
                .rsplit(name)
                .next()
                .map(|rest| rest.split(' ').next())
        };
        assert_eq!(last("-c statement_timeout="), Some(Some("0")));
        assert_eq!(last("-c lock_timeout="), Some(Some("5s")));
    }
}
