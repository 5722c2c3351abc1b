//! Tests of the engine: where reads run, and how they share the log with the writer.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::ThreadId;

use parking_lot::Mutex;

use std::time::Instant;

use heddle_domain::AccountId;

use super::*;
use crate::clock::SystemClock;
use crate::rows::account;
use crate::stmt::Stmt;
use crate::tx::Tx;

struct Opened {
    engine: Arc<Sqlite>,
    health: Arc<Health>,
    _folder: tempfile::TempDir,
}

fn open() -> Opened {
    let folder = tempfile::tempdir().expect("a folder");
    let options = SqliteOptions {
        patience: Duration::from_secs(60),
        ..SqliteOptions::new(folder.path().join("heddle.sqlite"))
    };
    let health = Arc::new(Health::default());
    let clock = (Arc::new(SystemClock) as SharedClock, ClockCheck::Refuse);
    let engine = Sqlite::open(&options, clock, Arc::clone(&health), Arc::default());
    Opened {
        engine: Arc::new(engine.expect("a store")),
        health,
        _folder: folder,
    }
}

/// A list that stays on its snapshot until the test ends it.
struct Held {
    begun: Sender<()>,
    end: Mutex<Receiver<()>>,
}

impl Read for Held {
    type Out = ();
    const NAME: &'static str = "held";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(AccountId(1))
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<()> {
        let first = params![0_i64, 1_i64];
        rows.fetch(&account::LIST_IDS, first, |row| row.int())
            .await?;
        let _ = self.begun.send(());
        let _ = self.end.lock().recv();
        Ok(())
    }
}

/// Starts a held list; returns the sender that ends it, and a receiver that tells when it has begun.
fn hold(engine: &Arc<Sqlite>) -> (Sender<()>, Receiver<()>) {
    let (begun, has_begun) = channel();
    let (end, ending) = channel();
    let engine = Arc::clone(engine);
    let held = Held {
        begun,
        end: Mutex::new(ending),
    };
    tokio::spawn(async move { engine.read(held).await });
    (end, has_begun)
}

static PUT: Stmt = Stmt::new("PUT", "INSERT INTO filler (body) VALUES ($1)", None);
static PREPARE: Stmt = Stmt::new(
    "PREPARE",
    "CREATE TABLE IF NOT EXISTS filler (body BLOB)",
    None,
);

/// Writes 4 MiB.
struct Fill;

impl Write for Fill {
    type Out = ();
    const NAME: &'static str = "fill";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        tx.execute(&PREPARE, params![]).await?;
        let body = vec![7_u8; 4 << 20];
        tx.execute(&PUT, params![body.as_slice()]).await?;
        Ok(())
    }
}

/// Each list begins before the one before it ends, so at every moment at least one uses the log.
#[tokio::test(flavor = "multi_thread")]
async fn overlapping_lists_do_not_keep_the_log_from_starting_anew() {
    let Opened { engine, health, .. } = &open();
    let mut longest = 0;
    let (mut end, begun) = hold(engine);
    begun.recv().expect("the first list begins");
    for _ in 0..30 {
        engine.write(Fill).await.expect("a write");
        longest = longest.max(health.wal_pages.load(Ordering::Relaxed));
        let (next, begun) = hold(engine);
        // The next list begins first if the store lets it.
        let has_begun = begun.recv_timeout(Duration::from_millis(20)).is_ok();
        drop(end);
        end = next;
        if !has_begun {
            begun.recv().expect("the next list begins");
        }
    }
    assert!(longest < 20_000, "{longest} pages");
}

static COUNT: Stmt = Stmt::new(
    "COUNT",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT i FROM n WHERE i > $2",
    None,
);

/// A read that claims to find its rows by keys.
struct Claimed {
    account: AccountId,
    /// How long the machine lets it wait, as a busy one does.
    delay: Duration,
    steps: i64,
    rows: i64,
    threads: Arc<Mutex<Vec<ThreadId>>>,
}

impl Read for Claimed {
    type Out = usize;
    const NAME: &'static str = "claimed";

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<usize> {
        self.threads.lock().push(std::thread::current().id());
        let begun = Instant::now();
        while begun.elapsed() < self.delay {
            std::hint::spin_loop();
        }
        let params = params![self.steps, self.steps - self.rows];
        Ok(rows.fetch(&COUNT, params, |row| row.int()).await?.len())
    }
}

/// Returns where a read ran: once or twice, and whether each run was on this thread.
async fn runs(engine: &Sqlite, steps: i64, rows: i64) -> Vec<bool> {
    runs_slowly(engine, Duration::ZERO, steps, rows).await
}

async fn runs_slowly(engine: &Sqlite, delay: Duration, steps: i64, rows: i64) -> Vec<bool> {
    let threads = Arc::default();
    let claimed = Claimed {
        account: AccountId(1),
        delay,
        steps,
        rows,
        threads: Arc::clone(&threads),
    };
    assert_eq!(engine.read(claimed).await, Ok(rows as usize));
    let here = std::thread::current().id();
    threads
        .lock()
        .iter()
        .map(|thread| *thread == here)
        .collect()
}

#[tokio::test]
async fn a_read_that_turns_out_to_be_long_leaves_the_thread_that_serves_requests() {
    let Opened { engine, .. } = &open();
    assert_eq!(runs(engine, 10, 10).await, [true]);
    assert_eq!(runs(engine, 501, 501).await, [true, false], "many rows");
    assert_eq!(runs(engine, 3_000_000, 1).await, [true, false], "much work");
}

#[tokio::test]
async fn a_read_by_keys_is_not_cut_on_a_busy_machine() {
    let Opened { engine, .. } = &open();
    let delay = Duration::from_millis(30);
    assert_eq!(runs_slowly(engine, delay, 10, 10).await, [true]);
}

#[tokio::test]
async fn a_read_by_keys_that_was_cut_waits_in_the_queue_of_its_account() {
    let Opened { engine, .. } = &open();
    let mut running = Vec::new();
    while let Some(turn) = engine.turns.take(AccountId(3)).now_or_never() {
        running.push(turn.expect("a turn"));
    }
    let ended = Arc::new(Mutex::new(Vec::new()));
    let mut reads = tokio::task::JoinSet::new();
    for account in [1, 1, 1, 2] {
        let (engine, ended) = (Arc::clone(engine), Arc::clone(&ended));
        let claimed = Claimed {
            account: AccountId(account),
            delay: Duration::ZERO,
            steps: 3_000_000,
            rows: 1,
            threads: Arc::default(),
        };
        reads.spawn(async move {
            engine.read(claimed).await.expect("a read");
            ended.lock().push(account);
        });
    }
    // On this runtime every task runs until it waits for its turn.
    tokio::task::yield_now().await;
    running.pop();
    reads.join_all().await;
    assert_eq!(*ended.lock(), [1, 2, 1, 1]);
}

#[tokio::test]
async fn a_list_runs_apart_from_the_threads_that_serve_requests() {
    let Opened { engine, .. } = &open();
    let threads = Arc::default();
    let list = List(Arc::clone(&threads));
    engine.read(list).await.expect("a read");
    assert_ne!(*threads.lock(), [std::thread::current().id()]);
    assert_eq!(threads.lock().len(), 1);
}

struct List(Arc<Mutex<Vec<ThreadId>>>);

impl Read for List {
    type Out = ();
    const NAME: &'static str = "list";

    fn cost(&self) -> Cost {
        Cost::ACROSS
    }

    async fn run(&self, _: &mut Rows<'_>) -> Result<()> {
        self.0.lock().push(std::thread::current().id());
        Ok(())
    }
}

/// A read of all data that does not end by itself in the time of a test.
struct Endless(Sender<()>);

impl Read for Endless {
    type Out = ();
    const NAME: &'static str = "endless";

    fn cost(&self) -> Cost {
        Cost::Everything
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<()> {
        let _ = self.0.send(());
        let params = params![i64::MAX, i64::MAX];
        rows.fetch(&COUNT, params, |row| row.int()).await.map(drop)
    }
}

#[tokio::test]
async fn closing_the_store_cuts_a_read_of_all_data() {
    let Opened { engine, .. } = &open();
    let (begun, has_begun) = channel();
    let reading = tokio::spawn({
        let engine = Arc::clone(engine);
        async move { engine.read(Endless(begun)).await }
    });
    let begun = tokio::task::spawn_blocking(move || has_begun.recv()).await;
    begun.expect("no panic").expect("it has begun");
    engine.close().await.expect("the store closes");
    let cut = reading.await.expect("no panic");
    assert!(
        matches!(cut, Err(Error::Trouble(Trouble::TimedOut(_)))),
        "{cut:?}"
    );
}

#[test]
fn only_a_store_that_is_thrown_away_is_not_synced() {
    let folder = tempfile::tempdir().expect("a folder");
    for (syncs, level) in [(true, 2), (false, 0)] {
        let options = SqliteOptions {
            syncs,
            ..SqliteOptions::new(folder.path().join(format!("{syncs}.sqlite")))
        };
        let connection = connection::open_writer(&options).expect("it opens");
        let found = connection.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0));
        assert_eq!(found, Ok(level), "{syncs}");
    }
    assert!(SqliteOptions::new("default").syncs);
}
