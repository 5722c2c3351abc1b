//! The hourly deletions stop while the clock seems to have jumped forward.

use std::sync::Arc;
use std::time::Duration;

use heddle::cleanup::Cleanup;
use heddle_api::App;
use heddle_store::read::dump::DumpTables;
use heddle_store::{ClockCheck, Store};
use heddle_testkit::{on_both, world};
use serde_json::json;
use tokio::time::Instant;

use crate::harness::World;
use crate::native::Api;

const DAY_MS: i64 = 86_400_000;
const HOUR: Duration = Duration::from_secs(3_600);

/// Returns how many stored answers and events there are.
async fn kept(store: &Store) -> (usize, usize) {
    let rows = store.read(DumpTables).await.expect("a dump");
    let of = |table: &str| {
        rows.iter()
            .filter(|row| row.split('|').next() == Some(table))
            .count()
    };
    (of("idempotency_key"), of("event"))
}

/// Stores an answer under an idempotency key.
async fn answered(world: &World) {
    let api = Api::full(world).with("idempotency-key", "once");
    let body = json!({ "inbox_id": world.here.main.get(), "customer_id": world.here.customer.get(), "subject": "Kettle" });
    let answer = api.post("/api/v1/conversations", body).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
}

fn restarted(world: &World, store: Store) -> Cleanup {
    let app = App::new(store, world.app.base_url.clone(), world::options());
    Cleanup::new(app, 30)
}

on_both! {
    async fn nothing_is_deleted_after_a_jump_of_the_clock(world: World) {
        let store = world.store().clone();
        let start = Instant::now();
        answered(&world).await;
        let mut cleanup = restarted(&world, store.clone());
        cleanup.run_once(start).await;
        let all = kept(&store).await;
        assert!(all.0 == 1 && all.1 > 0, "{all:?}");

        world.test.clock.advance(400 * DAY_MS);
        cleanup.run_once(start + HOUR).await;
        assert_eq!(kept(&store).await, all, "while it runs");
        restarted(&world, store.clone()).run_once(start + HOUR).await;
        assert_eq!(kept(&store).await, all, "after a restart");

        // The clock agrees again, so the next day's deletions go on.
        world.test.clock.advance(-399 * DAY_MS);
        cleanup.run_once(start + 24 * HOUR).await;
        assert_eq!(kept(&store).await, (0, all.1));
    }
}

on_both! {
    async fn the_operator_can_accept_the_clock(world: World) {
        let at = Instant::now();
        answered(&world).await;
        restarted(&world, world.store().clone()).run_once(at).await;
        world.store().close().await.expect("it closes");
        world.test.clock.advance(400 * DAY_MS);
        let clock = Arc::clone(&world.test.clock) as _;
        let store = Store::open_with(&world.test.options, clock, ClockCheck::Accept).await;
        let store = store.expect("it opens");
        let before = kept(&store).await;
        restarted(&world, store.clone()).run_once(at).await;
        let after = kept(&store).await;
        assert!(after.0 == 0 && after.1 <= before.1, "{after:?}");
    }
}

on_both! {
    async fn a_store_that_was_unused_for_some_days_is_cleaned(world: World) {
        let at = Instant::now();
        answered(&world).await;
        restarted(&world, world.store().clone()).run_once(at).await;
        world.test.clock.advance(6 * DAY_MS);
        restarted(&world, world.store().clone()).run_once(at).await;
        assert_eq!(kept(world.store()).await.0, 0);
    }
}
