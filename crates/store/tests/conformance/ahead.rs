//! Tests of stores whose ids are far ahead of the clock: times of deliveries, deletion by age, and what the doctor mends.

use heddle_domain::{InboxScope, Timestamp};
use std::collections::BTreeMap;

use heddle_domain::id::{ConversationId, DeliveryId, InboxId, MessageId, TimeId, WebhookId};
use heddle_store::read::audit::{AuditFilter, ReadAudit};
use heddle_store::read::webhooks::{DueDeliveries, ListDeliveries};
use heddle_store::write::counts::Counts;
use heddle_store::write::replay::{ForgetDeliveries, Replay, ReplayDeliveries, Replayed};
use heddle_store::write::webhook::{UpdateWebhook, WebhookReach};
use heddle_store::{Clock, ClockCheck, Problem, Remedy};
use heddle_testkit::{On, TestStore};

use crate::clocks::{DAY_MS, accepted, examine, open_at, reserve_until, spoiled};
use crate::tenant::{Tenant, call, count, opened};
use crate::webhooks::{LEASE_MS, claim, first, list, settle, subscribe};

/// Replays the deliveries of a period.
async fn replayed(tenant: &Tenant, id: WebhookId, since: Timestamp, until: Timestamp) -> i64 {
    let command = ReplayDeliveries {
        seen: None,
        caller: tenant.caller.clone(),
        reach: WebhookReach::ALL,
        id,
        which: Replay::Range {
            from: DeliveryId(TimeId::first_at(since).0),
            since,
            until,
            state: None,
        },
        readable: None,
    };
    let Replayed { deliveries, rest } = tenant.store.write(command).await.expect("a replay");
    assert_eq!(rest, None);
    deliveries
}

/// Returns a tenant whose ids are 400 days ahead, and a webhook with two deliveries, recorded now and a minute later.
async fn delivered(on: On) -> (TestStore, Tenant, WebhookId, Timestamp) {
    let (test, tenant, conversation, _) = spoiled(on).await;
    let tenant = accepted(&test, tenant).await;
    test.clock.advance(60_000);
    let next = tenant.append(conversation, call("next")).await;
    next.expect("it is added");
    let id = subscribe(&tenant).await.id;
    let now = test.clock.now();
    let mut from = claim(&tenant, id, "a").await.expect("claimed").position;
    for event in [7, 8] {
        let outcome = vec![first(&tenant, event, Some(200))];
        settle(&tenant, id, "a", (from, from + 1), outcome).await;
        from += 1;
        test.clock.advance(60_000);
        claim(&tenant, id, "a").await.expect("claimed");
    }
    (test, tenant, id, now)
}

async fn deliveries_are_found_by_their_recorded_time(on: On) {
    let (_test, tenant, id, now) = delivered(on).await;
    let all = list(&tenant, id, None).await;
    let times: Vec<_> = all.iter().map(|delivery| delivery.recorded_at).collect();
    assert_eq!(times, [now.plus_ms(60_000), now]);
    let ahead = |id: DeliveryId| id.created_at().0 - now.0 > 399 * DAY_MS;
    assert!(all.iter().all(|delivery| ahead(delivery.id)), "{all:?}");
    for (since, until, deliveries) in [
        (0, 1, 1),
        (-3_600_000, 1, 1),
        (1, 60_000, 0),
        (1, 60_001, 1),
        (0, 60_001, 2),
        (60_001, 500 * DAY_MS, 0),
    ] {
        let (since, until) = (now.plus_ms(since), now.plus_ms(until));
        let found = replayed(&tenant, id, since, until).await;
        assert_eq!(found, deliveries, "{since} {until}");
    }
}

async fn deliveries_are_deleted_by_their_recorded_time(on: On) {
    let (_test, tenant, id, now) = delivered(on).await;
    for (before, deleted) in [(0, 0), (1, 1), (60_001, 1), (60_001, 0)] {
        let command = ForgetDeliveries {
            account: tenant.account,
            id,
            before: now.plus_ms(before),
        };
        let found = tenant.store.write(command).await.expect("deleted");
        assert_eq!(found, deleted, "{before}");
    }
}

/// Returns the deliveries that a caller with access to one inbox sees.
async fn seen(tenant: &Tenant, id: WebhookId, inbox: InboxId) -> usize {
    let read = ListDeliveries {
        account: tenant.account,
        reach: limited(inbox),
        id,
        before: None,
        state: None,
        limit: 10,
    };
    tenant.store.read(read).await.expect("deliveries").len()
}

fn limited(inbox: InboxId) -> WebhookReach {
    WebhookReach {
        inboxes: InboxScope::only([inbox]),
        api: None,
    }
}

/// On PostgreSQL, a server that starts anew takes ids that follow the clock.
async fn restarted(test: &TestStore, tenant: Tenant) -> Tenant {
    tenant.store.close().await.expect("it closes");
    accepted(test, tenant).await
}

async fn a_caller_sees_the_deliveries_since_the_webhook_has_its_inboxes(on: On) {
    let (test, tenant, id, _) = delivered(on).await;
    let tenant = restarted(&test, tenant).await;
    let inbox = tenant.inboxes[1];
    let change = UpdateWebhook {
        inboxes: Some(InboxScope::only([inbox])),
        ..UpdateWebhook::new(tenant.caller.clone(), WebhookReach::ALL, id)
    };
    tenant.store.write(change).await.expect("changed");
    assert_eq!(seen(&tenant, id, inbox).await, 0, "those before are hidden");

    let tenant = restarted(&test, tenant).await;
    test.clock.advance(LEASE_MS);
    let from = claim(&tenant, id, "a").await.expect("claimed").position;
    let outcome = vec![first(&tenant, 9, Some(200))];
    settle(&tenant, id, "a", (from, from + 1), outcome).await;
    assert_eq!(seen(&tenant, id, inbox).await, 1, "those after are shown");
}

/// Lets every reader read all events, and deletes those from before a time.
async fn forget(tenant: &Tenant, before: Timestamp) -> u64 {
    tenant.store.drain_feed().await.expect("positions");
    let counted = tenant.store.catch_up::<Counts>(tenant.account).await;
    counted.expect("the counts");
    let forgotten = tenant.store.forget_events(tenant.account, before).await;
    forgotten.expect("deleted")
}

async fn events_are_deleted_by_their_recorded_time(on: On) {
    let (test, tenant, id, _) = spoiled(on).await;
    let tenant = accepted(&test, tenant).await;
    test.clock.advance(60_000);
    tenant.append(id, call("next")).await.expect("it is added");
    test.clock.advance(60_000);
    let late = test.clock.now();
    tenant.append(id, call("late")).await.expect("it is added");
    forget(&tenant, late).await;
    let read = ReadAudit {
        account: tenant.account,
        older_than: None,
        filter: AuditFilter::default(),
        limit: 10,
    };
    let left = tenant.store.read(read).await.expect("events").events;
    let times: Vec<_> = left.iter().map(|event| event.recorded_at).collect();
    assert_eq!(times, [late], "the events before it are deleted");
}

/// An event that was recorded under a clock that had been set back does not make the events before it old.
async fn a_clock_that_was_set_back_makes_no_event_old(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    test.clock.advance(-365 * DAY_MS);
    tenant.append(id, call("early")).await.expect("it is added");
    test.clock.advance(365 * DAY_MS);
    let before = test.clock.now().plus_ms(-30 * DAY_MS);
    assert_eq!(forget(&tenant, before).await, 0);
}

async fn a_freed_reservation_is_not_below_existing_ids(on: On) {
    let (test, _, _, future) = spoiled(on).await;
    reserve_until(&test, TimeId::LAST.plus_ms(12 * 366 * DAY_MS)).await;
    let store = open_at(&test, 5_000, ClockCheck::Accept).await;
    let store = store.expect("it opens");
    let below = format!(
        "SELECT count(*) FROM node_slot WHERE slot = {} AND reserved_until_ms <= {}",
        (future.get() >> 6) & 63,
        future.created_at().0,
    );
    assert_eq!(count(&test, &below).await, 0);
    store.close().await.expect("it closes");
}

/// Adds a message under a clock that is so many days ahead, and a message after the clock was corrected. Returns both, with the
/// recorded time of the second.
async fn incident(
    test: &TestStore,
    tenant: &Tenant,
    id: ConversationId,
    days: i64,
) -> (MessageId, MessageId, Timestamp) {
    test.clock.advance(days * DAY_MS);
    let wrong = accepted(test, tenant.clone()).await;
    let future = wrong.append(id, call("from the future")).await;
    wrong.store.close().await.expect("it closes");
    test.clock.advance(-days * DAY_MS + 60_000);
    let right = accepted(test, tenant.clone()).await;
    let next = right.append(id, call("next")).await;
    right.store.close().await.expect("it closes");
    let (future, next) = (future.expect("it is added"), next.expect("it is added"));
    let (future, next) = (&future.messages[0], &next.messages[0]);
    (future.id, next.id, next.recorded_at)
}

async fn the_doctor_mends_each_incident_by_itself(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    test.store.close().await.expect("it closes");
    // After the second pause the ids of the first incident are no longer ahead of the clock.
    let mut incidents = Vec::new();
    for pause in [0, 401 * DAY_MS, DAY_MS] {
        test.clock.advance(pause);
        incidents.push(incident(&test, &tenant, id, 400).await);
    }
    test.clock.advance(60_000);
    let before = accepted(&test, tenant.clone()).await;
    let old = times(&before, id).await;
    before.store.close().await.expect("it closes");

    let mended = examine(&test, true).await;
    let is_left = |problem: &Problem| problem.remedy == Remedy::Possible;
    assert!(!mended.iter().any(is_left), "{mended:?}");
    let tenant = accepted(&test, tenant).await;
    let new = times(&tenant, id).await;
    let (past, ..) = incidents[0];
    assert_eq!(new[&past], old[&past], "its time has passed");
    for (future, next, time) in &incidents[1..] {
        assert_eq!(new[future], (*time, *time), "the time of the correction");
        assert_eq!(new[next], old[next], "it was right");
    }
    let since = new.range(incidents[1].0..).map(|(_, times)| times);
    assert!(since.is_sorted(), "{new:?}");
}

/// The second incident is smaller, so that its ids are before those of the first on PostgreSQL.
async fn the_doctor_mends_a_smaller_incident_after_a_larger_one(on: On) {
    let (test, tenant) = opened(on).await;
    let one = tenant.conversation().await.id;
    test.store.close().await.expect("it closes");
    incident(&test, &tenant, one, 400).await;
    test.clock.advance(100 * DAY_MS);
    let running = accepted(&test, tenant.clone()).await;
    let other = running.conversation().await.id;
    running.store.close().await.expect("it closes");
    let (future, _, time) = incident(&test, &tenant, other, 10).await;
    test.clock.advance(60_000);

    examine(&test, true).await;
    let tenant = accepted(&test, tenant).await;
    assert_eq!(times(&tenant, other).await[&future], (time, time));
}

/// A failed delivery whose retry was planned under a clock that was ahead would wait until the clock has caught up.
async fn the_doctor_lets_retries_go_on(on: On) {
    let (test, tenant) = opened(on).await;
    let id = subscribe(&tenant).await.id;
    test.clock.advance(400 * DAY_MS);
    let from = claim(&tenant, id, "a").await.expect("claimed").position;
    let failed = vec![first(&tenant, 7, Some(500))];
    settle(&tenant, id, "a", (from, from + 1), failed).await;
    test.store.close().await.expect("it closes");
    test.clock.advance(-400 * DAY_MS + 60_000);

    let found = examine(&test, true).await;
    for what in ["1 deliveries", "1 webhooks"] {
        let is_mended = |it: &Problem| it.text.contains(what) && it.remedy == Remedy::Done;
        assert!(found.iter().any(is_mended), "{what}: {found:?}");
    }
    let tenant = accepted(&test, tenant).await;
    let claimed = claim(&tenant, id, "a").await.expect("the lease is free");
    let now = test.clock.now();
    assert_eq!(claimed.webhook.next_due, Some(now));
    let due = DueDeliveries {
        account: tenant.account,
        id,
        limit: 10,
    };
    let due = tenant.store.read(due).await.expect("deliveries");
    let times: Vec<_> = due.iter().map(|delivery| delivery.recorded_at).collect();
    assert_eq!(times, [now]);
}

/// Returns the recorded and the effective times of a conversation's messages.
async fn times(tenant: &Tenant, id: ConversationId) -> BTreeMap<MessageId, (Timestamp, Timestamp)> {
    let messages = tenant.messages(id).await.into_iter();
    let times = messages.map(|it| (it.id, (it.recorded_at, it.effective_at)));
    times.collect()
}

on_both!(
    deliveries_are_found_by_their_recorded_time,
    deliveries_are_deleted_by_their_recorded_time,
    a_caller_sees_the_deliveries_since_the_webhook_has_its_inboxes,
    events_are_deleted_by_their_recorded_time,
    a_clock_that_was_set_back_makes_no_event_old,
    a_freed_reservation_is_not_below_existing_ids,
    the_doctor_mends_each_incident_by_itself,
    the_doctor_mends_a_smaller_incident_after_a_larger_one,
    the_doctor_lets_retries_go_on,
);
