//! Tests of a clock that contradicts the store: at the start, and while the store is open.

use std::sync::Arc;

use heddle_domain::EntityKind;
use heddle_domain::Timestamp;
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{ApplicationId, ConversationId, MessageId, TimeId};
use heddle_store::read::applications::{ListThreadMessages, Position, Span};
use heddle_store::read::audit::{AuditFilter, ReadAudit};
use heddle_store::{Clock, ClockCheck, Error, Problem, Refusal, Remedy, Store, Trouble};
use heddle_testkit::{ManualClock, On, TestStore};

use crate::tenant::{Tenant, call, opened};

pub(crate) const DAY_MS: i64 = 86_400_000;

pub(crate) async fn open_at(test: &TestStore, ms: i64, check: ClockCheck) -> Result<Store, Error> {
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
pub(crate) async fn reserve_until(test: &TestStore, until: Timestamp) {
    let sql = format!("UPDATE node_slot SET reserved_until_ms = {}", until.0);
    run_sql(test, &sql).await;
}

/// Runs SQL on the database of a closed store.
pub(crate) async fn run_sql(test: &TestStore, sql: &str) {
    match &test.database {
        Some(database) => {
            let client = database.connect().await;
            client.batch_execute(sql).await.expect("it runs");
        }
        None => {
            let path = test.folder.path().join("heddle.sqlite");
            let connection = rusqlite::Connection::open(path).expect("it opens");
            connection.execute_batch(sql).expect("it runs");
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
        let reason = health.not_ready().unwrap_or_default();
        assert!(!reason.contains("accepts no writes"), "{reason}");
        tenant.append(id, call("next")).await.expect("it is added");
    }
}

/// Opens a spoiled store at the right time, with the operator's word that the clock is right.
pub(crate) async fn accepted(test: &TestStore, tenant: Tenant) -> Tenant {
    let store = Store::open_with(&test.options, test.clock.clone() as _, ClockCheck::Accept).await;
    Tenant {
        store: store.expect("it opens"),
        ..tenant
    }
}

/// Returns a tenant whose conversation got a message while the clock was 400 days ahead, and the ids of both.
pub(crate) async fn spoiled(on: On) -> (TestStore, Tenant, ConversationId, MessageId) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    test.clock.advance(400 * DAY_MS);
    let appended = tenant.append(id, call("from the future")).await;
    let message = appended.expect("it is added").messages[0].id;
    test.store.close().await.expect("it closes");
    test.clock.advance(-400 * DAY_MS);
    (test, tenant, id, message)
}

async fn times_come_from_the_clock_although_ids_are_ahead(on: On) {
    let (test, tenant, id, future) = spoiled(on).await;
    let tenant = accepted(&test, tenant).await;
    test.clock.advance(60_000);
    let now = test.clock.now();
    let stored = tenant.append(id, call("next")).await.expect("it is added");
    let stored = &stored.messages[0];
    assert!(stored.id > future, "ids keep their order");
    assert_eq!(
        (stored.recorded_at, stored.occurred_at, stored.effective_at),
        (now, now, now)
    );
    let created = tenant.create(vec![call("other")]).await;
    assert_eq!(created.conversation.updated_at, now);
    let (messages, other) = (tenant.messages(id).await, created.conversation.id);
    let next = messages.iter().find(|message| message.id == stored.id);
    assert_eq!(next.expect("it").recorded_at, now);

    let read = |from: i64, before: i64| ReadAudit {
        account: tenant.account,
        older_than: None,
        filter: AuditFilter {
            from: Some(now.plus_ms(from)),
            before: Some(now.plus_ms(before)),
            ..AuditFilter::default()
        },
        limit: 10,
    };
    let found = tenant.store.read(read(0, 1)).await.expect("events").events;
    let about: Vec<_> = found.iter().map(|event| event.conversation).collect();
    assert_eq!(about, [Some(other), Some(id)]);
    assert!(found.iter().all(|event| event.recorded_at == now));
    let none = tenant.store.read(read(1, 1_000)).await.expect("events");
    assert_eq!(none.events, []);
}

async fn messages_are_found_by_their_recorded_time_although_ids_are_ahead(on: On) {
    let (test, tenant) = opened(on).await;
    let application = ApplicationId(tenant.take_id(EntityKind::Application).await);
    let mut creation = tenant.creation(CustomerRef::Id(tenant.customer), vec![call("before")]);
    creation.conversation.application = Some(application);
    let created = tenant.store.write(creation).await.expect("it is made");
    let conversation = created.conversation;
    test.clock.advance(400 * DAY_MS);
    let future = tenant.append(conversation.id, call("from the future"));
    future.await.expect("it is added");
    test.store.close().await.expect("it closes");
    test.clock.advance(-400 * DAY_MS + 60_000);
    let tenant = accepted(&test, tenant).await;
    let now = test.clock.now();
    let next = tenant.append(conversation.id, call("next")).await;
    next.expect("it is added");
    for budget in [ListThreadMessages::BUDGET, 0] {
        for (from, until, bodies) in [
            (0, 1_000, vec!["next"]),
            (-3_600_000, 1_000, vec!["next", "before"]),
            (-3_600_000, 0, vec!["before"]),
            (1, 3_600_000, vec![]),
        ] {
            let list = ListThreadMessages {
                account: tenant.account,
                application,
                inboxes: tenant.inboxes.to_vec(),
                conversations: vec![Position {
                    at: conversation.created_at,
                    id: conversation.id.get(),
                }],
                created: Some(Span {
                    start: now.plus_ms(from),
                    end: now.plus_ms(until),
                }),
                before: MessageId(i64::MAX),
                limit: 10,
                budget,
            };
            let found = tenant.store.read(list).await.expect("messages");
            let found: Vec<_> = found.into_iter().map(|found| found.message.body).collect();
            assert_eq!(found, bodies, "{from} {until} {budget}");
        }
    }
}

pub(crate) async fn examine(test: &TestStore, mends: bool) -> Vec<Problem> {
    let store = Store::open_alone(&test.options, test.clock.clone() as _).await;
    let store = store.expect("it opens");
    let found = store
        .find_future_times(mends)
        .await
        .expect("it is examined");
    store.close().await.expect("it closes");
    found
}

async fn a_healthy_store_has_no_future_times(on: On) {
    let (test, tenant) = opened(on).await;
    tenant.conversation().await;
    test.store.close().await.expect("it closes");
    for mends in [false, true] {
        assert_eq!(examine(&test, mends).await, []);
    }
    let store = open_at(&test, 0, ClockCheck::Refuse).await;
    store.expect("it opens");
}

async fn the_doctor_needs_the_store_for_itself(on: On) {
    let (test, _tenant) = opened(on).await;
    let refused = Store::open_alone(&test.options, test.clock.clone() as _).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::Conflict(_)))),
        "{refused:?}"
    );
}

async fn the_doctor_sets_times_in_the_future_back(on: On) {
    let (test, tenant, id, future) = spoiled(on).await;
    let found = examine(&test, false).await;
    let texts: Vec<_> = found.iter().map(|problem| problem.text.as_str()).collect();
    for part in [
        "1 messages",
        "1 conversations",
        "1 events",
        "newest id is of 2027-04-08",
    ] {
        assert!(texts.iter().any(|text| text.contains(part)), "{texts:?}");
    }
    assert!(found.iter().all(|problem| problem.remedy != Remedy::Done));
    assert_eq!(examine(&test, false).await, found, "nothing was changed");

    let mended = examine(&test, true).await;
    assert!(
        mended
            .iter()
            .all(|problem| problem.remedy != Remedy::Possible)
    );
    let left = examine(&test, true).await;
    assert!(
        left.iter().all(|problem| problem.remedy == Remedy::None),
        "{left:?}"
    );

    test.clock.advance(60_000);
    let tenant = accepted(&test, tenant).await;
    let messages = tenant.messages(id).await;
    assert_eq!(messages[0].id, future);
    let back = test.clock.now().plus_ms(-60_000);
    assert_eq!(
        (messages[0].recorded_at, messages[0].occurred_at),
        (back, back)
    );
    let conversation = tenant.get(id).await;
    assert_eq!(
        (conversation.last_message_at, conversation.updated_at),
        (back, back)
    );
    let next = tenant.append(id, call("next")).await.expect("it is added");
    let after = tenant.get(id).await;
    assert_eq!(after.last_message_at, test.clock.now());
    assert_eq!(tenant.messages(id).await[0].id, next.messages[0].id);
    assert_eq!(tenant.store.check().await, Ok(Vec::new()));
}

async fn the_doctor_lowers_reservations_that_no_id_needs(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    test.store.close().await.expect("it closes");
    reserve_until(&test, test.clock.now().plus_ms(400 * DAY_MS)).await;
    let found = examine(&test, false).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0]
            .text
            .starts_with("ids are reserved up to 2027-04-08"),
        "{found:?}"
    );
    assert_eq!(examine(&test, true).await[0].remedy, Remedy::Done);
    let store = open_at(&test, 5_000, ClockCheck::Refuse).await;
    let store = store.expect("it opens");
    let tenant = Tenant { store, ..tenant };
    tenant.append(id, call("next")).await.expect("it is added");
}

on_both!(
    times_come_from_the_clock_although_ids_are_ahead,
    messages_are_found_by_their_recorded_time_although_ids_are_ahead,
    a_healthy_store_has_no_future_times,
    the_doctor_needs_the_store_for_itself,
    the_doctor_sets_times_in_the_future_back,
    the_doctor_lowers_reservations_that_no_id_needs,
    a_store_with_ids_ahead_of_the_clock_is_opened_only_if_accepted,
    a_clock_that_no_id_can_hold_is_refused_and_stores_nothing,
    a_reservation_that_no_id_can_hold_is_freed_once_the_clock_is_accepted,
    a_step_back_while_open_is_not_ready_until_the_clock_agrees,
);
