//! An index that is built anew ends like a new one, whatever happens meanwhile.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use heddle_domain::InboxScope;
use heddle_search::query::Expr;
use heddle_store::Clock as _;
use heddle_store::Store;
use heddle_store::search::Order;
use heddle_testkit::{On, TestStore};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

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
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Rebuild),
        6 => (0..12_usize).prop_map(Step::Work),
        1 => Just(Step::Reopen),
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

impl World {
    async fn take(&mut self, test: &TestStore, step: Step) {
        match step {
            Step::Rebuild => self
                .store
                .rebuild_index(self.account())
                .await
                .expect("it begins"),
            Step::Work(waits) => {
                self.store.drain_feed().await.expect("positions");
                let done = advance(self.store.index(self.account()), waits).await;
                done.unwrap_or(Ok(())).expect("it works");
            }
            Step::Reopen => {
                self.store.close().await.expect("it closes");
                let store = Store::open(&test.options, test.clock.clone() as _).await;
                self.store = store.expect("it opens");
            }
        }
    }

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
    let test = TestStore::open(on).await;
    let mut world = World::new(&test).await;
    for (command, step) in commands.iter().zip(steps) {
        world.run(&test, command).await;
        world.take(&test, *step).await;
    }
    let queries: Vec<_> = queries
        .iter()
        .filter_map(|text| parsed(text, test.clock.now()))
        .collect();
    world.settle().await;
    let progress = world
        .store
        .index_progress(world.account())
        .await
        .expect("progress");
    assert!(progress.is_up_to_date(), "{progress:?}");
    let found = world.found(&queries).await;
    world.take(&test, Step::Rebuild).await;
    world.settle().await;
    assert_eq!(
        world.found(&queries).await,
        found,
        "a new index finds the same"
    );
    world.store.close().await.expect("it closes");
}

fn rebuild_cases(on: On) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let config = Config {
        cases: 8,
        failure_persistence: None,
        max_shrink_iters: 100,
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
