//! Tests of the failure rules of `store.md` 3. The tests run batches themselves on a real connection, so a batch
//! holds exactly the commands that the test queued, even on a slow machine.

mod batches;
mod commit;
mod disk_full;
mod queue;
mod small_ids;
mod thread;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicI64;

use heddle_domain::EntityKind;
use heddle_domain::id::TimeId;

use super::*;
use crate::clock::Clock;
use crate::error::{Abort, Refusal};
use crate::sqlite::options::SqliteOptions;
use crate::stmt::Stmt;
use crate::tx::Tx;

static PUT: Stmt = Stmt::new("PUT", "INSERT INTO probe (id, body) VALUES ($1, $2)", None);
/// Inserts several rows: SQLite then keeps a statement journal, and a full disk rolls back only the statement.
static PUT_MANY: Stmt = Stmt::new(
    "PUT_MANY",
    "INSERT INTO probe (id, body) SELECT $1 * 1000 + value, $2 FROM json_each('[0, 1, 2]')",
    None,
);

/// What a test command does after it has inserted its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Succeed,
    Refuse,
    /// Is refused before it has inserted its row.
    RefuseAtOnce,
    /// Asks to start over in the first run, before it has inserted its row.
    StartOverAtOnce,
    Panic,
    Suspend,
    /// Asks to start over until the command has run this many times.
    StartOver(usize),
    /// Takes a message id greater than this one.
    TakeId(i64),
    /// Takes a small id.
    TakeSmallId,
    /// Takes a small id; then the command is refused.
    TakeSmallIdAndRefuse,
    /// Takes a small id, and asks to start over in the first run.
    TakeSmallIdTwice,
    /// Raises the small ids to at least this number.
    RaiseSmallIds(i64),
}

/// A test command that inserts a row of a given size.
#[derive(Clone, Debug)]
struct Probe {
    id: i64,
    size: usize,
    stmt: &'static Stmt,
    then: Then,
    weight: usize,
    runs: Arc<AtomicUsize>,
}

impl Probe {
    fn new(id: i64) -> Self {
        Self {
            id,
            size: 10,
            stmt: &PUT,
            then: Then::Succeed,
            weight: 100,
            runs: Arc::default(),
        }
    }

    fn then(self, then: Then) -> Self {
        Self { then, ..self }
    }

    fn runs(&self) -> usize {
        self.runs.load(Ordering::Relaxed)
    }
}

const ACCOUNT: AccountId = AccountId(1);
const PROBED: Refusal = Refusal::Conflict("the probe");
const REFUSED: Error = Error::Refused(PROBED);

impl Write for Probe {
    /// The id that the command took, else 0.
    type Out = i64;
    const NAME: &'static str = "probe";

    fn weight(&self) -> usize {
        self.weight
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<i64, Abort> {
        let run = 1 + self.runs.fetch_add(1, Ordering::Relaxed);
        match self.then {
            Then::RefuseAtOnce => return Err(PROBED.into()),
            Then::StartOverAtOnce if run == 1 => return Err(Abort::StartOver),
            _ => {}
        }
        let body = vec![7_u8; self.size];
        tx.execute(self.stmt, params![self.id, body.as_slice()])
            .await?;
        match self.then {
            Then::Succeed | Then::StartOverAtOnce => Ok(0),
            Then::Refuse | Then::RefuseAtOnce => Err(PROBED.into()),
            Then::Panic => panic!("a probe panics on purpose"),
            Then::Suspend => std::future::pending().await,
            Then::StartOver(runs) if run < runs => Err(Abort::StartOver),
            Then::StartOver(_) => Ok(0),
            Then::TakeId(above) => tx.next_message_id(above).map(|id| id.get()),
            Then::TakeSmallId => tx.next_small_id(ACCOUNT, EntityKind::Tag),
            Then::TakeSmallIdAndRefuse => {
                tx.next_small_id(ACCOUNT, EntityKind::Tag)?;
                Err(PROBED.into())
            }
            Then::TakeSmallIdTwice => {
                let id = tx.next_small_id(ACCOUNT, EntityKind::Tag)?;
                if run == 1 {
                    Err(Abort::StartOver)
                } else {
                    Ok(id)
                }
            }
            Then::RaiseSmallIds(least) => {
                tx.raise_small_ids(ACCOUNT, EntityKind::Tag, least)?;
                Ok(0)
            }
        }
    }
}

/// A clock that the test sets.
#[derive(Debug)]
struct HandClock(AtomicI64);

const START: i64 = TimeId::EPOCH_MS + 86_400_000;

impl HandClock {
    fn set(&self, ms: i64) {
        self.0.store(ms, Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

/// Limits that no test reaches unless it sets them: no batch ends because the machine is slow.
const WIDE: Limits = Limits {
    queue_commands: 1_000,
    queue_bytes: usize::MAX,
    batch_commands: 1_000,
    batch_bytes: usize::MAX,
    batch_time: Duration::MAX,
    deadline: Duration::from_secs(3_600),
};

type Answer = oneshot::Receiver<Result<i64, Error>>;

/// A writer whose thread is the test itself.
struct Bench {
    thread: WriterThread,
    writer: Writer,
    inbox: Receiver<Order>,
    clock: Arc<HandClock>,
}

/// Creates a database with an empty `probe` table.
fn database(folder: &Path) -> PathBuf {
    let path = folder.join("probe.sqlite");
    let mut connection = connection::open_writer(&SqliteOptions::new(&path)).unwrap();
    crate::migrate::migrate_sqlite(&mut connection, Timestamp(START)).unwrap();
    connection
        .execute_batch("CREATE TABLE probe (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT")
        .unwrap();
    connection.close().unwrap();
    path
}

impl Bench {
    fn open(options: &SqliteOptions, limits: Limits) -> Self {
        Self::on(connection::open_writer(options).unwrap(), limits)
    }

    fn on(connection: Connection, limits: Limits) -> Self {
        let clock = Arc::new(HandClock(START.into()));
        let health = Arc::new(Health::default());
        let shared = Arc::clone(&clock) as SharedClock;
        let handles = (Arc::clone(&health), Arc::default(), Turns::new(1));
        let thread = WriterThread::new(connection, shared, handles, limits).unwrap();
        let (writer, inbox) = Writer::new(health, limits);
        Self {
            thread,
            writer,
            inbox,
            clock,
        }
    }

    fn queue(&self, probe: &Probe) -> Answer {
        self.writer.submit(probe.clone()).unwrap()
    }

    /// Runs one batch of the queued commands.
    fn batch(&mut self) -> Option<oneshot::Sender<Result<(), Error>>> {
        match self.thread.next_order(&self.inbox) {
            Some(Order::Run(job)) => self.thread.batch(job, &self.inbox),
            _ => panic!("no command is queued"),
        }
    }

    /// Queues the probes, runs batches until all are answered, and returns the answers.
    fn run(&mut self, probes: &[Probe]) -> Vec<Result<i64, Error>> {
        let answers: Vec<Answer> = probes.iter().map(|probe| self.queue(probe)).collect();
        while self.writer.health.queued.load(Ordering::Relaxed) > 0 {
            assert!(self.batch().is_none());
        }
        let answers = answers.into_iter().map(heard).collect();
        self.assert_places_are_free();
        answers
    }

    fn batches(&self) -> u64 {
        self.writer.health.batches.load(Ordering::Relaxed)
    }

    fn failure(&self) -> Option<String> {
        self.writer.health.failure()
    }

    fn assert_places_are_free(&self) {
        assert_eq!(self.writer.health.queued.load(Ordering::Relaxed), 0);
        assert_eq!(self.writer.queued_bytes.load(Ordering::Relaxed), 0);
    }
}

/// Returns the answer to a command; fails if it has not arrived yet.
fn heard(mut answer: Answer) -> Result<i64, Error> {
    answer.try_recv().expect("every command is answered")
}

/// Returns the ids of the stored rows, read through a new connection.
fn stored(path: &Path) -> Vec<i64> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection
        .prepare("SELECT id FROM probe ORDER BY id")
        .unwrap();
    let found = statement.query_map([], |row| row.get(0)).unwrap();
    found.map(std::result::Result::unwrap).collect()
}
