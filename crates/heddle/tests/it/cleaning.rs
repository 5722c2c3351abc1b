//! The hourly deletions delete nothing too early after a jump of the clock, and go on by themselves.

use std::sync::Arc;
use std::time::Duration;

use heddle::cleanup::{Cleanup, running_time};
use heddle_api::App;
use heddle_domain::retention::Retained;
use heddle_store::read::dump::DumpTables;
use heddle_store::write::account::UpdateAccount;
use heddle_store::{ClockCheck, Store};
use heddle_testkit::{on_both, world};
use serde_json::json;

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
        let start = HOUR;
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
        let at = HOUR;
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
    async fn what_was_stored_before_a_pause_is_deleted_after_a_day_of_running(world: World) {
        let at = HOUR;
        answered(&world).await;
        restarted(&world, world.store().clone()).run_once(at).await;
        // Either no server ran, or the clock is wrong.
        world.test.clock.advance(3 * DAY_MS);
        let mut cleanup = restarted(&world, world.store().clone());
        cleanup.run_once(at).await;
        assert_eq!(kept(world.store()).await.0, 1, "the clock may be wrong");
        for hour in 1..=24 {
            world.test.clock.advance(3_600_000);
            cleanup.run_once(at + hour * HOUR).await;
            assert_eq!(kept(world.store()).await.0, usize::from(hour < 24), "after {hour} hours");
        }
    }
}

on_both! {
    async fn running_times_of_several_servers_count_together(world: World) {
        answered(&world).await;
        restarted(&world, world.store().clone()).run_once(HOUR).await;
        // A server that runs for 10 hours a day.
        for day in 1..=3 {
            world.test.clock.advance(14 * 3_600_000);
            let mut cleanup = restarted(&world, world.store().clone());
            cleanup.run_once(HOUR).await;
            for hour in 1..=10 {
                world.test.clock.advance(3_600_000);
                cleanup.run_once((1 + hour) * HOUR).await;
            }
            assert_eq!(kept(world.store()).await.0, usize::from(day < 3), "after {day} days");
        }
    }
}

on_both! {
    async fn deletions_go_on_without_a_restart_after_a_jump(world: World) {
        let mut cleanup = restarted(&world, world.store().clone());
        cleanup.run_once(HOUR).await;
        answered(&world).await;
        // A pause that the machine does not count, such as that of a virtual machine.
        world.test.clock.advance(26 * 3_600_000);
        cleanup.run_once(HOUR).await;
        assert_eq!(kept(world.store()).await.0, 1);
        world.test.clock.advance(DAY_MS);
        cleanup.run_once(25 * HOUR).await;
        assert_eq!(kept(world.store()).await.0, 0);
    }
}

on_both! {
    async fn sleep_of_the_machine_is_no_jump(world: World) {
        let mut cleanup = restarted(&world, world.store().clone());
        cleanup.run_once(HOUR).await;
        answered(&world).await;
        world.test.clock.advance(26 * 3_600_000);
        cleanup.run_once(27 * HOUR).await;
        assert_eq!(kept(world.store()).await.0, 0);
    }
}

on_both! {
    async fn closed_conversations_go_after_the_days_of_their_rule(world: World) {
        let mut cleanup = restarted(&world, world.store().clone());
        let api = Api::full(&world);
        let body = json!({ "inbox_id": world.here.main.get(), "customer_id": world.here.customer.get(), "subject": "Kettle" });
        let made = api.post("/api/v1/conversations", body).await.json();
        let path = format!("/api/v1/conversations/{}", made["id"]);
        let closed = api.patch(&path, json!({ "status": "closed" })).await;
        assert_eq!(closed.status, 200, "{}", closed.json());
        // Without a rule nothing is erased, however old it is.
        cleanup.run_once(HOUR).await;
        world.test.clock.advance(3 * DAY_MS);
        cleanup.run_once(73 * HOUR).await;
        assert_eq!(api.get(&path).await.status, 200);
        let rule = UpdateAccount {
            caller: None,
            id: world.here.account.id,
            expected: None,
            name: None,
            settings: vec![Retained::Closed.change(4)],
        };
        world.store().write(rule).await.expect("a rule");
        cleanup.run_once(73 * HOUR).await;
        assert_eq!(api.get(&path).await.status, 200, "too young");
        // A jump of the clock makes nothing older.
        world.test.clock.advance(400 * DAY_MS);
        cleanup.run_once(74 * HOUR).await;
        assert_eq!(api.get(&path).await.status, 200, "after a jump");
        world.test.clock.advance(-399 * DAY_MS);
        cleanup.run_once(98 * HOUR).await;
        world.test.clock.advance(5 * DAY_MS);
        cleanup.run_once(218 * HOUR).await;
        assert_eq!(api.get(&path).await.status, 404);
    }
}

on_both! {
    async fn the_first_start_on_an_older_store_compares_the_clock_with_its_ids(world: World) {
        // No server has stored yet what the clock showed.
        answered(&world).await;
        world.store().close().await.expect("it closes");
        world.test.clock.advance(3 * DAY_MS);
        let clock = Arc::clone(&world.test.clock) as _;
        let store = Store::open(&world.test.options, clock).await.expect("it opens");
        restarted(&world, store.clone()).run_once(HOUR).await;
        assert_eq!(kept(&store).await.0, 1);
    }
}

on_both! {
    async fn what_was_stored_since_the_clock_was_set_back_is_young(world: World) {
        let mut cleanup = restarted(&world, world.store().clone());
        cleanup.run_once(HOUR).await;
        world.test.clock.advance(-3 * DAY_MS);
        answered(&world).await;
        world.test.clock.advance(3_600_000);
        cleanup.run_once(2 * HOUR).await;
        assert_eq!(kept(world.store()).await.0, 1);
        world.test.clock.advance(DAY_MS);
        cleanup.run_once(26 * HOUR).await;
        assert_eq!(kept(world.store()).await.0, 0);
    }
}

/// `/proc/uptime` counts the time in which the machine slept.
#[cfg(target_os = "linux")]
#[test]
fn running_time_includes_sleep() {
    let uptime = || {
        let text = std::fs::read_to_string("/proc/uptime").expect("the uptime");
        let seconds = text.split_whitespace().next().expect("a number");
        Duration::from_secs_f64(seconds.parse().expect("seconds"))
    };
    let (before, running, after) = (uptime(), running_time(), uptime());
    // The file shows hundredths of a second.
    let slack = Duration::from_millis(20);
    assert!(
        before <= running + slack && running <= after + slack,
        "{before:?} {running:?} {after:?}"
    );
}
