//! Tests of a clock that contradicts the store: at the start, and while the store is open.

use std::sync::Arc;

use heddle_domain::Timestamp;
use heddle_domain::id::TimeId;
use heddle_store::{ClockCheck, Error, Store, Trouble};
use heddle_testkit::{ManualClock, On, TestStore};

use crate::tenant::{Tenant, call, opened};

const DAY_MS: i64 = 86_400_000;

async fn open_at(test: &TestStore, ms: i64, check: ClockCheck) -> Result<Store, Error> {
    let clock = Arc::new(ManualClock::new());
    clock.advance(ms);
    Store::open_with(&test.options, clock as _, check).await
}

async fn refused_at(test: &TestStore, ms: i64, check: ClockCheck) -> String {
    match open_at(test, ms, check).await.err() {
        Some(Error::Trouble(Trouble::WrongClock(reason))) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

async fn a_store_with_ids_ahead_of_the_clock_is_opened_only_if_accepted(on: On) {
    let (test, tenant) = opened(on).await;
    test.clock.advance(400 * DAY_MS);
    let id = tenant.conversation().await.id;
    test.store.close().await.expect("it closes");

    let reason = refused_at(&test, 0, ClockCheck::Refuse).await;
    for part in [
        "2026-03-04T09:15:00",
        "2027-04-08T09:15:0",
        "--accept-clock",
    ] {
        assert!(reason.contains(part), "{reason} lacks {part}");
    }
    refused_at(&test, 400 * DAY_MS - 301_000, ClockCheck::Refuse).await;
    let near = open_at(&test, 400 * DAY_MS - 290_000, ClockCheck::Refuse).await;
    near.expect("it opens").close().await.expect("it closes");

    let store = open_at(&test, 0, ClockCheck::Accept).await;
    let tenant = Tenant {
        store: store.expect("it opens"),
        ..tenant
    };
    tenant.append(id, call("next")).await.expect("it is added");
}

async fn a_clock_that_no_id_can_hold_is_refused_and_stores_nothing(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    test.store.close().await.expect("it closes");
    for wrong in [80 * 366 * DAY_MS, -56 * 365 * DAY_MS] {
        let reason = refused_at(&test, wrong, ClockCheck::Accept).await;
        assert!(reason.contains("2025-01-01T00:00:00"), "{reason}");
    }
    let store = open_at(&test, 5_000, ClockCheck::Refuse).await;
    let tenant = Tenant {
        store: store.expect("nothing was reserved"),
        ..tenant
    };
    tenant.append(id, call("next")).await.expect("it is added");
}

/// Reserves the ids of all slots in use up to a time.
async fn reserve_until(test: &TestStore, until: Timestamp) {
    let sql = format!("UPDATE node_slot SET reserved_until_ms = {}", until.0);
    match &test.database {
        Some(database) => {
            let client = database.connect().await;
            client.batch_execute(&sql).await.expect("it is reserved");
        }
        None => {
            let path = test.folder.path().join("heddle.sqlite");
            let connection = rusqlite::Connection::open(path).expect("it opens");
            connection.execute_batch(&sql).expect("it is reserved");
        }
    }
}

async fn a_reservation_that_no_id_can_hold_is_freed_once_the_clock_is_accepted(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    test.store.close().await.expect("it closes");
    reserve_until(&test, TimeId::LAST.plus_ms(12 * 366 * DAY_MS)).await;
    refused_at(&test, 5_000, ClockCheck::Refuse).await;

    for check in [ClockCheck::Accept, ClockCheck::Refuse] {
        let store = open_at(&test, 5_000, check).await.expect("it opens");
        let tenant = Tenant {
            store,
            ..tenant.clone()
        };
        tenant.append(id, call("next")).await.expect("it is added");
        tenant.store.close().await.expect("it closes");
    }
}

async fn a_step_back_while_open_is_not_ready_until_the_clock_agrees(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let health = test.store.health();
    for (step, ready) in [(-290_000, true), (-20_000, false), (20_000, true)] {
        test.clock.advance(step);
        test.store.check_readiness().await;
        assert_eq!(health.not_ready().is_none(), ready, "after {step} ms");
        tenant.append(id, call("next")).await.expect("it is added");
    }
}

on_both!(
    a_store_with_ids_ahead_of_the_clock_is_opened_only_if_accepted,
    a_clock_that_no_id_can_hold_is_refused_and_stores_nothing,
    a_reservation_that_no_id_can_hold_is_freed_once_the_clock_is_accepted,
    a_step_back_while_open_is_not_ready_until_the_clock_agrees,
);
