//! Tests of the results that a node records for a webhook: attempts, retries, troubles.

use heddle_domain::Timestamp;
use heddle_domain::id::{AccountId, DeliveryId, WebhookId};
use heddle_domain::webhook::{DeliveryState, DisabledReason, MOST_TROUBLE_MS, WebhookState};
use heddle_store::read::webhooks::{DueDeliveries, GetDelivery, WaitingWebhooks, WebhooksWithWork};
use heddle_store::write::delivery::{AttemptOutcome, SentDelivery, Settled};
use heddle_store::write::lease::{ReleaseWebhook, ReportTrouble, Reported};
use heddle_store::write::replay::{Replay, ReplayDeliveries};
use heddle_store::write::webhook::WebhookReach;
use heddle_store::{Error, Refusal, Write};
use heddle_testkit::On;

use crate::tenant::{Tenant, opened};
use crate::webhooks::{
    LEASE_MS, again, attempt, claim, first, get, list, settle, settling, subscribe,
};

on_both!(
    outcomes_and_position_are_one_commit,
    a_second_run_answers_like_the_first,
    a_trouble_of_hours_disables_a_webhook,
    events_without_a_request_are_recorded_and_never_sent,
    hours_without_a_prepared_request_disable_a_webhook,
    events_without_a_request_hours_apart_disable_no_webhook,
    a_pause_that_the_receiver_asked_for_is_kept,
    a_node_that_lost_its_lease_records_nothing,
    retries_are_due_at_their_time,
);

async fn outcomes_and_position_are_one_commit(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = subscribe(&tenant).await.id;
    let from = claim(&tenant, id, "a").await.expect("claimed").position;
    let outcomes = vec![first(&tenant, 7, Some(204)), first(&tenant, 8, None)];
    let settled = settle(&tenant, id, "a", (from, from + 5), outcomes).await;
    let Settled::Kept {
        next_due,
        state,
        disabled,
        ..
    } = settled
    else {
        panic!("{settled:?}");
    };
    assert_eq!((state, disabled), (WebhookState::Enabled, None));
    let due = tenant.store.clock().now().plus_ms(1_012);
    assert_eq!(next_due, Some(due));
    assert_eq!(
        claim(&tenant, id, "a").await.expect("claimed").position,
        from + 5
    );
    let found = list(&tenant, id, None).await;
    let states: Vec<_> = found
        .iter()
        .map(|d| (d.event.get(), d.state, d.failures))
        .collect();
    assert_eq!(
        states,
        [
            (8, DeliveryState::Pending, 1),
            (7, DeliveryState::Delivered, 0)
        ]
    );
    assert_eq!(found[0].next_attempt_at, Some(due));
    let read = GetDelivery {
        account: tenant.account,
        reach: WebhookReach::ALL,
        id,
        delivery: found[0].id,
    };
    let (delivery, attempts) = tenant.store.read(read).await.expect("a read").expect("it");
    assert_eq!(delivery.body, "{}");
    assert_eq!(
        (attempts.len(), attempts[0].error.as_deref()),
        (1, Some("no answer"))
    );
    let standing = get(&tenant, id).await.standing;
    assert!(standing.failing_since.is_some() && standing.last_success_at.is_some());
}

/// The second run must not take the position that the first one moved for a lost lease.
async fn a_second_run_answers_like_the_first(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = subscribe(&tenant).await.id;
    let from = claim(&tenant, id, "a").await.expect("claimed").position;
    let mut last = from;
    // An event with several requests moves the position only with the last of them.
    for to in [from, from + 2] {
        let failed = vec![first(&tenant, 7, Some(500)), first(&tenant, 8, Some(204))];
        let command = settling(&tenant, id, "a", (last, to), failed).await;
        assert!(command.may_repeat());
        let once = tenant.store.write(command.clone()).await.expect("settled");
        let twice = tenant.store.write(command).await.expect("settled");
        assert!(matches!(once, Settled::Kept { .. }), "{once:?}");
        assert_eq!(twice, once);
        last = to;
    }
    assert_eq!(list(&tenant, id, None).await.len(), 4);
    let stale = settle(&tenant, id, "a", (from, from), vec![]).await;
    assert_eq!(stale, Settled::Lost, "another commit from the old position");
}

async fn report(tenant: &Tenant, id: WebhookId, holder: &str, reason: DisabledReason) -> Reported {
    let command = ReportTrouble {
        account: tenant.account,
        id,
        holder: holder.into(),
        reason,
    };
    tenant.store.write(command).await.expect("a report")
}

async fn a_trouble_of_hours_disables_a_webhook(on: On) {
    let (test, tenant) = opened(on).await;
    let id = subscribe(&tenant).await.id;
    let unreadable = DisabledReason::Unreadable;
    assert_eq!(report(&tenant, id, "a", unreadable).await, Reported::Lost);
    claim(&tenant, id, "a").await.expect("claimed");
    assert_eq!(report(&tenant, id, "a", unreadable).await, Reported::New);
    // The lease is free, so a node with the right key sends, and the trouble is over.
    let from = claim(&tenant, id, "b").await.expect("claimed").position;
    assert!(get(&tenant, id).await.trouble.is_some());
    settle(&tenant, id, "b", (from, from), vec![]).await;
    assert_eq!(get(&tenant, id).await.trouble, None);
    assert_eq!(report(&tenant, id, "b", unreadable).await, Reported::New);
    test.clock.advance(MOST_TROUBLE_MS - 1);
    claim(&tenant, id, "a").await.expect("claimed");
    assert_eq!(report(&tenant, id, "a", unreadable).await, Reported::Known);
    test.clock.advance(1);
    claim(&tenant, id, "a").await.expect("claimed");
    assert_eq!(
        report(&tenant, id, "a", unreadable).await,
        Reported::Disabled
    );
    let off = get(&tenant, id).await;
    assert_eq!(
        (off.state, off.reason),
        (WebhookState::Disabled, Some(unreadable))
    );
    // Its position is parked, so the webhook keeps no event from being deleted.
    assert_eq!(
        (off.parked, off.lease_by, off.trouble),
        (Some(from), None, None)
    );
}

fn unprepared(tenant: &Tenant, event: i64) -> AttemptOutcome {
    AttemptOutcome {
        sent: SentDelivery::Unprepared {
            event: heddle_domain::EventId(event),
            name: "agent.created".into(),
            problem: "its conversation cannot be read".into(),
        },
        attempt: attempt(tenant, None),
        chance: 0.5,
    }
}

async fn events_without_a_request_are_recorded_and_never_sent(on: On) {
    let (test, tenant) = opened(on).await;
    let id = subscribe(&tenant).await.id;
    let from = claim(&tenant, id, "a").await.expect("claimed").position;
    let outcomes = vec![unprepared(&tenant, 7), first(&tenant, 8, Some(204))];
    settle(&tenant, id, "a", (from, from + 2), outcomes).await;
    let [failed] = &list(&tenant, id, Some(DeliveryState::Failed)).await[..] else {
        panic!("one failed");
    };
    assert_eq!(
        (
            failed.event.get(),
            failed.problem.as_deref(),
            failed.next_attempt_at
        ),
        (7, Some("its conversation cannot be read"), None)
    );
    let off = get(&tenant, id).await;
    assert_eq!(
        (off.standing.failing_since, off.standing.discarded),
        (None, 0)
    );
    assert_eq!(off.trouble, None, "the next event had a request");
    let replay = |which| ReplayDeliveries {
        seen: None,
        caller: tenant.caller.clone(),
        reach: WebhookReach::ALL,
        id,
        which,
        readable: None,
    };
    let one = tenant.store.write(replay(Replay::One(failed.id))).await;
    assert!(
        matches!(
            one,
            Err(Error::Refused(Refusal::Invalid {
                field: "delivery",
                ..
            }))
        ),
        "{one:?}"
    );
    test.clock.advance(5);
    for (state, deliveries) in [(Some(DeliveryState::Failed), 0), (None, 1)] {
        let range = Replay::Range {
            from: DeliveryId(0),
            since: Timestamp(0),
            until: tenant.store.clock().now(),
            state,
        };
        let some = tenant.store.write(replay(range)).await.expect("a replay");
        assert_eq!(some.deliveries, deliveries, "{state:?}");
    }
}

/// Records events without a request, with a wait before each.
async fn unprepared_after(
    test: &heddle_testkit::TestStore,
    tenant: &Tenant,
    id: WebhookId,
    waits: &[i64],
) -> Settled {
    let from = claim(tenant, id, "a").await.expect("claimed").position;
    let mut last = Settled::Lost;
    for (at, wait) in (0..).zip(waits) {
        test.clock.advance(*wait);
        let outcomes = vec![unprepared(tenant, 7 + at)];
        last = settle(tenant, id, "a", (from + at, from + at + 1), outcomes).await;
    }
    last
}

async fn hours_without_a_prepared_request_disable_a_webhook(on: On) {
    let (test, tenant) = opened(on).await;
    let id = subscribe(&tenant).await.id;
    let hour = MOST_TROUBLE_MS / 6;
    let settled = unprepared_after(&test, &tenant, id, &[0, hour, hour, hour, hour, hour]).await;
    assert!(
        matches!(settled, Settled::Kept { disabled: None, .. }),
        "{settled:?}"
    );
    let parked = get(&tenant, id).await;
    assert_eq!(parked.state, WebhookState::Enabled);
    let settled = unprepared_after(&test, &tenant, id, &[hour]).await;
    let Settled::Kept {
        state, disabled, ..
    } = settled
    else {
        panic!("{settled:?}");
    };
    assert_eq!(
        (state, disabled),
        (WebhookState::Disabled, Some(DisabledReason::Unprepared))
    );
    assert!(get(&tenant, id).await.parked.is_some());
}

async fn events_without_a_request_hours_apart_disable_no_webhook(on: On) {
    let (test, tenant) = opened(on).await;
    let hour = MOST_TROUBLE_MS / 6;
    let quiet = subscribe(&tenant).await.id;
    let waits = [
        0,
        MOST_TROUBLE_MS,
        hour + 1,
        MOST_TROUBLE_MS,
        hour,
        MOST_TROUBLE_MS,
    ];
    let settled = unprepared_after(&test, &tenant, quiet, &waits).await;
    assert!(
        matches!(settled, Settled::Kept { disabled: None, .. }),
        "{settled:?}"
    );

    // A success in between ends the trouble: a first attempt, or a retry.
    let busy = subscribe(&tenant).await.id;
    unprepared_after(&test, &tenant, busy, &[0, hour, hour, hour]).await;
    let from = claim(&tenant, busy, "a").await.expect("claimed").position;
    let failed = vec![first(&tenant, 9, Some(500))];
    settle(&tenant, busy, "a", (from, from + 1), failed).await;
    unprepared_after(&test, &tenant, busy, &[0, hour, hour, hour]).await;
    let pending = list(&tenant, busy, Some(DeliveryState::Pending)).await;
    let from = claim(&tenant, busy, "a").await.expect("claimed").position;
    let retried = vec![again(&tenant, &pending[0], Some(200))];
    settle(&tenant, busy, "a", (from, from), retried).await;
    assert_eq!(get(&tenant, busy).await.trouble, None);
    let settled = unprepared_after(&test, &tenant, busy, &[0, hour, hour, hour]).await;
    assert!(
        matches!(settled, Settled::Kept { disabled: None, .. }),
        "{settled:?}"
    );
}

async fn a_node_that_lost_its_lease_records_nothing(on: On) {
    let (test, tenant) = opened(on).await;
    let id = subscribe(&tenant).await.id;
    let from = claim(&tenant, id, "a").await.expect("claimed").position;
    // A position that differs from the stored one is refused, as another holder is.
    let outcomes = || vec![first(&tenant, 7, Some(200))];
    let lost = settle(&tenant, id, "a", (from + 1, from + 2), outcomes()).await;
    assert_eq!(lost, Settled::Lost);
    test.clock.advance(LEASE_MS + 1);
    claim(&tenant, id, "b").await.expect("claimed");
    let lost = settle(&tenant, id, "a", (from, from + 1), outcomes()).await;
    assert_eq!(lost, Settled::Lost);
    assert!(list(&tenant, id, None).await.is_empty());
}

async fn retries_are_due_at_their_time(on: On) {
    let (test, tenant) = opened(on).await;
    let id = subscribe(&tenant).await.id;
    let from = claim(&tenant, id, "a").await.expect("claimed").position;
    settle(
        &tenant,
        id,
        "a",
        (from, from + 1),
        vec![first(&tenant, 7, Some(500))],
    )
    .await;
    let due = || async {
        let read = DueDeliveries {
            account: tenant.account,
            id,
            limit: 5,
        };
        tenant.store.read(read).await.expect("a read")
    };
    assert!(due().await.is_empty());
    test.clock.advance(1_012);
    let [delivery] = &due().await[..] else {
        panic!("one is due")
    };
    let span = (from + 1, from + 1);
    settle(
        &tenant,
        id,
        "a",
        span,
        vec![again(&tenant, delivery, Some(500))],
    )
    .await;
    test.clock.advance(2_011);
    assert!(due().await.is_empty());
    test.clock.advance(1);
    let [delivery] = &due().await[..] else {
        panic!("it is due again")
    };
    let settled = settle(
        &tenant,
        id,
        "a",
        span,
        vec![again(&tenant, delivery, Some(200))],
    )
    .await;
    assert!(
        matches!(settled, Settled::Kept { next_due: None, .. }),
        "{settled:?}"
    );
    let found = list(&tenant, id, Some(DeliveryState::Delivered)).await;
    assert_eq!(
        (
            found[0].attempts,
            found[0].failures,
            found[0].next_attempt_at
        ),
        (3, 2, None)
    );
}

async fn a_pause_that_the_receiver_asked_for_is_kept(on: On) {
    let (test, tenant) = opened(on).await;
    let id = subscribe(&tenant).await.id;
    let (key, now) = ((tenant.account, id), tenant.store.clock().now());
    let has_work = async || {
        let read = WebhooksWithWork {
            holder: "b".into(),
            account: Some(tenant.account),
            after: (AccountId(0), WebhookId(0)),
            limit: 10,
        };
        let mut found = tenant.store.read(read.clone()).await.expect("a read");
        let everywhere = WebhooksWithWork {
            account: None,
            ..read
        };
        found.extend(tenant.store.read(everywhere).await.expect("a read"));
        found.contains(&key)
    };
    let waiting = async || {
        let read = WaitingWebhooks {
            after: (AccountId(0), WebhookId(0)),
            limit: 10,
        };
        tenant.store.read(read).await.expect("a read")
    };
    assert_eq!(waiting().await, []);
    let from = claim(&tenant, id, "a").await.expect("claimed").position;
    let mut outcome = first(&tenant, 7, Some(429));
    outcome.attempt.retry_after = Some(now.plus_ms(60_000));
    let settled = settle(&tenant, id, "a", (from, from), vec![outcome]).await;
    let until = Some(now.plus_ms(60_000));
    let Settled::Kept {
        paused_until,
        next_due,
        ..
    } = settled
    else {
        panic!("{settled:?}");
    };
    assert_eq!((paused_until, next_due), (until, until));
    let release = ReleaseWebhook {
        account: tenant.account,
        id,
        holder: "a".into(),
    };
    tenant.store.write(release).await.expect("released");
    tenant.store.drain_feed().await.expect("positions");
    assert!(!has_work().await, "it has an event and is paused");
    assert_eq!(waiting().await, [(key, until)]);
    let claimed = claim(&tenant, id, "b").await.expect("claimed");
    assert_eq!(claimed.webhook.standing.paused_until, until);
    test.clock.advance(60_000);
    assert!(has_work().await);
    assert_eq!(waiting().await, [(key, until)], "the retry is due");
}
