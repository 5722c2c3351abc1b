//! An index that is built anew ends like a new one, whatever happens meanwhile.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::task::Poll;

use heddle_domain::InboxScope;
use heddle_search::query::Expr;
use heddle_store::search::Order;
use heddle_store::write::counts::Counts;
use heddle_store::{Clock as _, Engine, Options, Store};
use heddle_testkit::{On, TestStore};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tempfile::TempDir;

use crate::asking::parsed;
use crate::commands::{Command, commands};
use crate::matcher::{Eyes, Matcher};
use crate::queries::query;
use crate::rows::Rows;
use crate::world::World;

/// What happens to an index between two changes of the data.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A rebuild begins, perhaps while another is under way.
    Rebuild,
    /// The index works until it has waited this often; then its future is dropped.
    Work(usize),
    /// The store is closed and opened again.
    Reopen,
    /// The process is killed, and another one goes on.
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Rebuild),
        6 => (0..12_usize).prop_map(Step::Work),
        1 => Just(Step::Reopen),
        1 => Just(Step::Kill),
    ]
}

/// Runs a future until it has waited a number of times, then drops it.
async fn advance<F: Future>(future: F, mut waits: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(out) => Poll::Ready(Some(out)),
        Poll::Pending if waits == 0 => Poll::Ready(None),
        Poll::Pending => {
            waits -= 1;
            Poll::Pending
        }
    })
    .await
}

/// An account whose store ends and begins again.
struct Life {
    test: TestStore,
    world: World,
    /// Where the store lies now.
    options: Options,
    /// The folders of the files that were copied when a process was killed.
    folders: Vec<TempDir>,
}

impl Life {
    async fn new(on: On) -> Self {
        let test = TestStore::open(on).await;
        let world = World::new(&test).await;
        let options = test.options.clone();
        Self {
            test,
            world,
            options,
            folders: Vec::new(),
        }
    }

    async fn take(&mut self, step: Step) {
        let account = self.world.account();
        let store = &self.world.store;
        match step {
            Step::Rebuild => store.rebuild_index(account).await.expect("it begins"),
            Step::Work(waits) => {
                store.drain_feed().await.expect("positions");
                let done = advance(store.index(account), waits).await;
                done.unwrap_or(Ok(())).expect("it works");
            }
            Step::Reopen => {
                store.close().await.expect("it closes");
                self.open().await;
            }
            Step::Kill => self.kill().await,
        }
    }

    async fn open(&mut self) {
        let store = Store::open(&self.options, self.test.clock.clone() as _).await;
        self.world.store = store.expect("it opens");
    }

    /// Goes on with what a killed process leaves: on SQLite a copy of the files as they are, on PostgreSQL the database.
    async fn kill(&mut self) {
        let killed = self.world.store.clone();
        if let Engine::Sqlite(running) = &mut self.options.engine {
            let folder = tempfile::tempdir().expect("a folder");
            let from = running.path.parent().expect("a folder");
            for entry in std::fs::read_dir(from).expect("a folder").flatten() {
                let name = entry.file_name();
                // The lock belongs to the process, the `-shm` files to its memory.
                let is_kept = entry.file_type().is_ok_and(|kind| kind.is_file())
                    && !name.to_string_lossy().ends_with("lock")
                    && !name.to_string_lossy().ends_with("-shm");
                if is_kept {
                    std::fs::copy(entry.path(), folder.path().join(name)).expect("copied");
                }
            }
            running.path = folder
                .path()
                .join(running.path.file_name().expect("a name"));
            self.folders.push(folder);
        }
        self.open().await;
        killed.close().await.expect("its threads end");
    }
}

impl World {
    /// Returns what is found for each query, after it was compared with a search without an index.
    async fn found(&self, queries: &[Expr]) -> Vec<Vec<i64>> {
        let rows = Rows::read(self).await;
        let eyes = Eyes {
            inboxes: InboxScope::All,
            sees_customers: true,
            me: None,
        };
        let matcher = Matcher {
            rows: &rows,
            eyes: eyes.clone(),
        };
        let mut all = Vec::new();
        for query in queries {
            let search = self.search(query, &eyes, Order::Newest);
            let found = self.walk(&search, 7).await;
            let found: Vec<_> = found.iter().map(|found| found.conversation.id).collect();
            let wanted: Vec<_> = matcher
                .answers(query)
                .into_iter()
                .map(|answer| answer.conversation)
                .collect();
            assert_eq!(found, wanted, "{query:?}");
            all.push(found.into_iter().map(|id| id.get()).collect());
        }
        all
    }
}

fn case() -> impl Strategy<Value = (Vec<Command>, Vec<Step>, Vec<String>)> {
    (commands(20), vec(step(), 28), vec(query(), 20))
}

async fn rebuild_while_data_changes(
    on: On,
    commands: &[Command],
    steps: &[Step],
    queries: &[String],
) {
    let mut life = Life::new(on).await;
    for (command, step) in commands.iter().zip(steps) {
        life.world.run(&life.test, command).await;
        life.take(*step).await;
    }
    let now = life.test.clock.now();
    let queries: Vec<_> = queries
        .iter()
        .filter_map(|text| parsed(text, now))
        .collect();
    life.world.settle().await;
    let account = life.world.account();
    let progress = life
        .world
        .store
        .index_progress(account)
        .await
        .expect("progress");
    assert!(progress.is_up_to_date(), "{progress:?}");
    let found = life.world.found(&queries).await;
    life.take(Step::Rebuild).await;
    life.world.settle().await;
    assert_eq!(
        life.world.found(&queries).await,
        found,
        "a new index finds the same"
    );
    life.world.store.close().await.expect("it closes");
}

fn rebuild_cases(on: On) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let config = Config {
        cases: 8,
        failure_persistence: None,
        max_shrink_iters: 20,
        ..Config::default()
    };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&case(), |(commands, steps, queries)| {
        runtime.block_on(rebuild_while_data_changes(on, &commands, &steps, &queries));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_rebuild_while_data_changes_ends_like_a_new_index_on_sqlite() {
    rebuild_cases(On::Sqlite);
}

#[test]
fn a_rebuild_while_data_changes_ends_like_a_new_index_on_postgres() {
    rebuild_cases(On::Postgres);
}

/// What becomes of the file of the index.
#[derive(Clone, Copy, Debug)]
enum Loss {
    Deleted,
    Emptied,
    Overwritten,
    /// Only the first page is left.
    Torn,
}

impl Loss {
    fn happen(self, path: &Path) {
        let bytes = std::fs::read(path).expect("the index is there");
        assert!(bytes.len() > 2 * PAGE);
        let junk = vec![0xa5; bytes.len() - PAGE];
        let done = match self {
            Self::Deleted => std::fs::remove_file(path),
            Self::Emptied => std::fs::write(path, b""),
            Self::Overwritten => std::fs::write(path, junk),
            Self::Torn => std::fs::write(path, [&bytes[..PAGE], &junk].concat()),
        };
        done.expect("the file is changed");
    }
}

/// The size of a page of a SQLite file.
const PAGE: usize = 4_096;

/// Makes data, and forgets the events from which the index came; returns some queries.
async fn indexed(life: &mut Life) -> Vec<Expr> {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let (commands, _, queries) = case().new_tree(&mut runner).expect("a case").current();
    for command in &commands {
        life.world.run(&life.test, command).await;
    }
    life.world.settle().await;
    let (account, now) = (life.world.account(), life.test.clock.now());
    life.world
        .store
        .catch_up::<Counts>(account)
        .await
        .expect("it counts");
    life.world
        .store
        .forget_events(account, now)
        .await
        .expect("they are forgotten");
    queries
        .iter()
        .filter_map(|text| parsed(text, now))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_lost_or_damaged_comes_back() {
    for loss in [Loss::Deleted, Loss::Emptied, Loss::Overwritten, Loss::Torn] {
        let mut life = Life::new(On::Sqlite).await;
        let queries = indexed(&mut life).await;
        let found = life.world.found(&queries).await;
        assert!(found.iter().any(|found| !found.is_empty()));
        let Engine::Sqlite(options) = &life.options.engine else {
            panic!("SQLite is wanted")
        };
        let path = options.path.with_extension("search.sqlite");
        life.world.store.close().await.expect("it closes");
        loss.happen(&path);
        life.open().await;
        // Deep damage shows only when the index is used. The start after that has a new one.
        if life.world.store.index(life.world.account()).await.is_err() {
            life.take(Step::Reopen).await;
        }
        life.world.settle().await;
        assert_eq!(life.world.found(&queries).await, found, "{loss:?}");
        life.world.store.close().await.expect("it closes");
    }
}
