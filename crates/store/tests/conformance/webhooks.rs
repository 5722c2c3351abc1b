//! Tests of webhooks and deliveries: leases, recorded attempts, reads.

use std::sync::atomic::{AtomicI64, Ordering};

use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, ConversationId, DeliveryId, WebhookId};
use heddle_domain::webhook::{
    DeliveryState, DisableRule, DisabledReason, MOST_TROUBLE_MS, Policy, Schedule, WebhookState,
};
use heddle_domain::{EntityKind, InboxScope};
use heddle_store::read::feed::{FeedHead, ReadFeed, ReaderPosition};
use heddle_store::read::webhooks::{
    AllWebhooks, DueDeliveries, GetDelivery, GetWebhook, ListDeliveries, ListWebhooks,
    WebhooksWithWork,
};
use heddle_store::write::counts::Counts;
use heddle_store::write::delivery::{
    AttemptOutcome, ClaimWebhook, Claimed, ForgetDeliveries, NewAttempt, NewDelivery,
    ReleaseWebhook, Replay, ReplayDeliveries, Replayed, ReportTrouble, Reported, SentDelivery,
    SettleDeliveries, Settled,
};
use heddle_store::write::webhook::{
    AllowWebhooks, CreateWebhook, DeleteWebhook, Rotation, UpdateWebhook, WebhookReach,
};
use heddle_store::{Clock, Delivery, Entity, Error, Refusal, StoredWebhook, Trouble, Write};
use heddle_testkit::On;

use crate::nodes::{node, on_node};
use crate::tenant::{Tenant, count, opened, tamper};

on_both!(
    a_webhook_begins_at_the_end_of_the_feed,
    a_webhook_gets_nothing_that_was_committed_before_it,
    a_webhook_begins_after_the_events_that_were_deleted,
    one_node_at_a_time_has_the_lease,
    outcomes_and_position_are_one_commit,
    a_second_run_answers_like_the_first,
    a_trouble_of_hours_disables_a_webhook,
    events_without_a_request_are_recorded_and_never_sent,
    hours_without_a_prepared_request_disable_a_webhook,
    all_waiting_webhooks_are_found_page_by_page,
    an_ordered_webhook_waits_for_its_retry,
    a_node_that_lost_its_lease_records_nothing,
    retries_are_due_at_their_time,
    the_policy_disables_a_webhook_and_keeps_its_position,
    changes_check_version_and_reach,
    deliveries_are_replayed_one_by_one_and_by_range,
    old_deliveries_and_deleted_webhooks_are_removed,
);

/// The token of the next commit of results.
static TOKENS: AtomicI64 = AtomicI64::new(1);

const BEFORE_ALL: (AccountId, WebhookId) = (AccountId(0), WebhookId(0));
pub(crate) const LEASE_MS: i64 = 30_000;
pub(crate) const POLICY: Policy = Policy {
    schedule: Schedule::Fixed(&[1_000, 2_000]),
    disable: DisableRule::DiscardedInARow(2),
    gone_disables: true,
};

pub(crate) async fn subscription(tenant: &Tenant) -> CreateWebhook {
    CreateWebhook {
        caller: tenant.caller.clone(),
        id: WebhookId(tenant.take_id(EntityKind::Webhook).await),
        api: "native".into(),
        label: "Ledger".into(),
        url: "sealed url".into(),
        shown_url: "https://example.org/".into(),
        kinds: vec!["agent.created".into(), "message.added".into()],
        inboxes: InboxScope::only([tenant.inboxes[0]]),
        secret: "sealed secret".into(),
        ordered: false,
        allow: "10.0.0.0/8".into(),
        application: None,
        options: "{}".into(),
        enabled: true,
    }
}

pub(crate) async fn subscribe(tenant: &Tenant) -> StoredWebhook {
    let command = subscription(tenant).await;
    tenant.store.drain_feed().await.expect("positions");
    tenant.store.write(command).await.expect("a webhook")
}

pub(crate) async fn claim(tenant: &Tenant, id: WebhookId, holder: &str) -> Option<Claimed> {
    let command = ClaimWebhook {
        account: tenant.account,
        id,
        holder: holder.into(),
        lease_ms: LEASE_MS,
    };
    tenant.store.write(command).await.expect("a claim")
}

async fn with_work(tenant: &Tenant, holder: &str) -> Vec<WebhookId> {
    tenant.store.drain_feed().await.expect("positions");
    let mut found = Vec::new();
    for account in [Some(tenant.account), None] {
        let read = WebhooksWithWork {
            holder: holder.into(),
            account,
            after: BEFORE_ALL,
            limit: 10,
        };
        let places = tenant.store.read(read).await.expect("a read");
        found.push(places.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
    }
    assert_eq!(found[0], found[1], "one account or all");
    found.remove(0)
}

fn attempt(tenant: &Tenant, status: Option<u16>) -> NewAttempt {
    let now = tenant.store.clock().now();
    NewAttempt {
        started_at: now,
        ended_at: now.plus_ms(12),
        duration_ms: 12,
        status,
        answer: status.map(|_| "answer".into()),
        error: status.is_none().then(|| "no answer".into()),
    }
}

pub(crate) fn first(tenant: &Tenant, event: i64, status: Option<u16>) -> AttemptOutcome {
    AttemptOutcome {
        sent: SentDelivery::First(NewDelivery {
            event: heddle_domain::EventId(event),
            events: 1,
            name: "agent.created".into(),
            headers: r#"{"webhook-id":"evt_1"}"#.into(),
            body: "{}".into(),
        }),
        attempt: attempt(tenant, status),
        chance: 0.5,
    }
}

pub(crate) fn again(tenant: &Tenant, delivery: &Delivery, status: Option<u16>) -> AttemptOutcome {
    AttemptOutcome {
        sent: SentDelivery::Again {
            id: delivery.id,
            number: delivery.attempts + 1,
        },
        attempt: attempt(tenant, status),
        chance: 0.5,
    }
}

pub(crate) async fn settle(
    tenant: &Tenant,
    id: WebhookId,
    holder: &str,
    span: (i64, i64),
    outcomes: Vec<AttemptOutcome>,
) -> Settled {
    let command = settling(tenant, id, holder, span, outcomes);
    tenant.store.write(command).await.expect("settled")
}

pub(crate) fn settling(
    tenant: &Tenant,
    id: WebhookId,
    holder: &str,
    span: (i64, i64),
    outcomes: Vec<AttemptOutcome>,
) -> SettleDeliveries {
    SettleDeliveries {
        account: tenant.account,
        id,
        holder: holder.into(),
        lease_ms: LEASE_MS,
        token: TOKENS.fetch_add(1, Ordering::Relaxed),
        from: span.0,
        to: span.1,
        policy: POLICY,
        outcomes,
    }
}

async fn get(tenant: &Tenant, id: WebhookId) -> StoredWebhook {
    let read = GetWebhook {
        account: tenant.account,
        reach: WebhookReach::ALL,
        id,
    };
    let found = tenant.store.read(read).await.expect("a read");
    found.expect("the webhook")
}

pub(crate) async fn list(
    tenant: &Tenant,
    id: WebhookId,
    state: Option<DeliveryState>,
) -> Vec<Delivery> {
    let read = ListDeliveries {
        account: tenant.account,
        reach: WebhookReach::ALL,
        id,
        before: None,
        since: None,
        state,
        limit: 10,
    };
    tenant.store.read(read).await.expect("a read")
}

async fn a_webhook_begins_at_the_end_of_the_feed(on: On) {
    let (_test, tenant) = opened(on).await;
    let made = subscribe(&tenant).await;
    assert_eq!(
        (made.state, made.kinds.len(), made.inboxes.limit().count()),
        (WebhookState::Enabled, 2, 1)
    );
    assert_eq!(
        (made.url.as_str(), made.allow.as_str()),
        ("sealed url", "10.0.0.0/8")
    );
    let before = tenant
        .store
        .read(FeedHead(tenant.account))
        .await
        .expect("a head");
    let claimed = claim(&tenant, made.id, "a").await.expect("claimed");
    assert!(claimed.position <= before);
    // A webhook starts before the event of its own creation, so this event is the first after its position.
    assert_eq!(with_work(&tenant, "a").await, [made.id]);
    let head = tenant
        .store
        .read(FeedHead(tenant.account))
        .await
        .expect("a head");
    settle(&tenant, made.id, "a", (claimed.position, head), vec![]).await;
    assert!(with_work(&tenant, "a").await.is_empty());
    let allow = AllowWebhooks {
        caller: tenant.caller.clone(),
        entries: "crm.lan".into(),
    };
    tenant.store.write(allow).await.expect("allowed");
    let claimed = claim(&tenant, made.id, "a").await.expect("claimed");
    assert_eq!(
        (claimed.position, claimed.account_allow.as_str()),
        (head, "crm.lan")
    );
}

/// Returns the new conversations that a webhook has still to read about, by id.
async fn unread(tenant: &Tenant, webhook: &StoredWebhook) -> Vec<Option<ConversationId>> {
    tenant.store.drain_feed().await.expect("positions");
    let position = ReaderPosition {
        account: tenant.account,
        reader: format!("webhook:{}", webhook.id),
    };
    let feed = ReadFeed {
        account: tenant.account,
        after: tenant.store.read(position).await.expect("a position"),
        limit: 5_000,
    };
    let page = tenant.store.read(feed).await.expect("a page");
    assert!(!page.gone, "the webhook has lost events");
    let events = page.events.into_iter();
    let about = events.filter(|event| event.kind == EventKind::ConversationCreated);
    let mut ids: Vec<_> = about.map(|event| event.conversation).collect();
    ids.sort_unstable();
    ids
}

/// Nothing gives positions to the events before the webhook is created. On PostgreSQL, two nodes write them.
async fn a_webhook_gets_nothing_that_was_committed_before_it(on: On) {
    let (test, tenant) = opened(on).await;
    let other = match on {
        On::Sqlite => tenant.clone(),
        On::Postgres => on_node(&tenant, &node(&test, 0).await.0),
    };
    let wanted = subscription(&tenant).await;
    let skip = UpdateWebhook {
        enabled: Some(true),
        skip_backlog: true,
        ..UpdateWebhook::new(tenant.caller.clone(), WebhookReach::ALL, wanted.id)
    };
    let disable = UpdateWebhook {
        enabled: Some(false),
        ..UpdateWebhook::new(tenant.caller.clone(), WebhookReach::ALL, wanted.id)
    };
    tenant.conversation().await;
    other.conversation().await;
    let webhook = tenant.store.write(wanted).await.expect("a webhook");
    let mut later = Vec::new();
    for tenant in [&tenant, &other] {
        later.push(Some(tenant.conversation().await.id));
    }
    assert_eq!(unread(&tenant, &webhook).await, later, "a new one");

    tenant.store.write(disable).await.expect("it is disabled");
    other.conversation().await;
    tenant.conversation().await;
    tenant.store.write(skip).await.expect("it is enabled");
    let mut later = Vec::new();
    for tenant in [&tenant, &other] {
        later.push(Some(tenant.conversation().await.id));
    }
    assert_eq!(unread(&tenant, &webhook).await, later, "without backlog");
}

/// One command gives positions to at most 3,000 events.
#[tokio::test]
async fn a_webhook_is_refused_while_thousands_of_events_have_no_position() {
    let (test, tenant) = opened(On::Postgres).await;
    tenant.conversation().await;
    let copies =
        "INSERT INTO event SELECT (jsonb_populate_record(e, jsonb_build_object('id', e.id - n))).*
        FROM event e, generate_series(1, 3000) n WHERE e.id = (SELECT min(id) FROM event)";
    tamper(&test, copies).await;
    let wanted = subscription(&tenant).await;
    let pending = "SELECT count(*) FROM event WHERE position IS NULL";
    let before = count(&test, pending).await;
    let refused = tenant.store.write(wanted.clone()).await;
    assert!(
        matches!(refused, Err(Error::Trouble(Trouble::Overloaded(_)))),
        "{refused:?}"
    );
    assert_eq!(count(&test, pending).await, before);
    tenant.store.drain_feed().await.expect("positions");
    let webhook = tenant.store.write(wanted).await.expect("a webhook");
    assert_eq!(unread(&tenant, &webhook).await, []);
}

async fn a_webhook_begins_after_the_events_that_were_deleted(on: On) {
    let (test, tenant) = opened(on).await;
    tenant.conversation().await;
    tenant.store.drain_feed().await.expect("positions");
    let counted = tenant.store.catch_up::<Counts>(tenant.account).await;
    counted.expect("the counts");
    let later = test.clock.now().plus_ms(1_000);
    let deleted = tenant.store.forget_events(tenant.account, later).await;
    assert!(deleted.expect("a deletion") > 0);
    let wanted = subscription(&tenant).await;
    // Nothing but the webhook's own event is in the feed.
    let webhook = tenant.store.write(wanted).await.expect("a webhook");
    assert_eq!(unread(&tenant, &webhook).await, []);
    let later = tenant.conversation().await.id;
    assert_eq!(unread(&tenant, &webhook).await, [Some(later)]);
}

async fn one_node_at_a_time_has_the_lease(on: On) {
    let (test, tenant) = opened(on).await;
    let id = subscribe(&tenant).await.id;
    assert!(claim(&tenant, id, "a").await.is_some());
    assert!(claim(&tenant, id, "b").await.is_none());
    assert!(
        claim(&tenant, id, "a").await.is_some(),
        "its holder renews it"
    );
    assert_eq!(with_work(&tenant, "a").await, [id]);
    assert!(with_work(&tenant, "b").await.is_empty());
    test.clock.advance(LEASE_MS);
    assert!(claim(&tenant, id, "b").await.is_none());
    test.clock.advance(1);
    assert!(claim(&tenant, id, "b").await.is_some());
    let release = |holder: &str| ReleaseWebhook {
        account: tenant.account,
        id,
        holder: holder.into(),
    };
    tenant.store.write(release("a")).await.expect("nothing");
    assert!(
        claim(&tenant, id, "a").await.is_none(),
        "only its holder gives it back"
    );
    tenant.store.write(release("b")).await.expect("released");
    assert!(claim(&tenant, id, "a").await.is_some());
}

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
        let command = settling(&tenant, id, "a", (last, to), failed);
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
            until: tenant.store.clock().now(),
            state,
        };
        let some = tenant.store.write(replay(range)).await.expect("a replay");
        assert_eq!(some.deliveries, deliveries, "{state:?}");
    }
}

async fn hours_without_a_prepared_request_disable_a_webhook(on: On) {
    let (test, tenant) = opened(on).await;
    let id = subscribe(&tenant).await.id;
    let from = claim(&tenant, id, "a").await.expect("claimed").position;
    settle(
        &tenant,
        id,
        "a",
        (from, from + 1),
        vec![unprepared(&tenant, 7)],
    )
    .await;
    test.clock.advance(MOST_TROUBLE_MS);
    let settled = settle(
        &tenant,
        id,
        "a",
        (from + 1, from + 2),
        vec![unprepared(&tenant, 8)],
    )
    .await;
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
    assert_eq!(get(&tenant, id).await.parked, Some(from + 2));
}

async fn all_waiting_webhooks_are_found_page_by_page(on: On) {
    let (_test, tenant) = opened(on).await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push((tenant.account, subscribe(&tenant).await.id));
    }
    tenant.store.drain_feed().await.expect("positions");
    for account in [Some(tenant.account), None] {
        let mut found = Vec::new();
        loop {
            let read = WebhooksWithWork {
                holder: "a".into(),
                account,
                after: found.last().copied().unwrap_or(BEFORE_ALL),
                limit: 3,
            };
            let page = tenant.store.read(read).await.expect("a page");
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        assert_eq!(found, made, "{account:?}");
    }
}

async fn an_ordered_webhook_waits_for_its_retry(on: On) {
    let (test, tenant) = opened(on).await;
    let mut command = subscription(&tenant).await;
    command.ordered = true;
    tenant.store.drain_feed().await.expect("positions");
    let id = tenant.store.write(command).await.expect("a webhook").id;
    let from = claim(&tenant, id, "a").await.expect("claimed").position;
    assert_eq!(with_work(&tenant, "a").await, [id]);
    settle(
        &tenant,
        id,
        "a",
        (from, from),
        vec![first(&tenant, 7, Some(500))],
    )
    .await;
    assert!(with_work(&tenant, "a").await.is_empty());
    test.clock.advance(1_012);
    assert_eq!(with_work(&tenant, "a").await, [id]);
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

async fn the_policy_disables_a_webhook_and_keeps_its_position(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = subscribe(&tenant).await.id;
    let from = claim(&tenant, id, "a").await.expect("claimed").position;
    let outcomes = vec![first(&tenant, 7, Some(410)), first(&tenant, 8, Some(200))];
    let settled = settle(&tenant, id, "a", (from, from + 2), outcomes).await;
    let Settled::Kept {
        state,
        disabled,
        version,
        ..
    } = settled
    else {
        panic!("{settled:?}");
    };
    assert_eq!(
        (state, disabled),
        (WebhookState::Disabled, Some(DisabledReason::Gone))
    );
    let off = get(&tenant, id).await;
    assert_eq!((off.version, off.parked), (version, Some(from + 2)));
    assert!(claim(&tenant, id, "a").await.is_none());
    // A request that was being sent when the webhook was disabled is recorded, and nothing is lost.
    let late = vec![first(&tenant, 9, Some(200))];
    let settled = settle(&tenant, id, "a", (from + 2, from + 3), late).await;
    assert!(matches!(
        settled,
        Settled::Kept {
            state: WebhookState::Disabled,
            ..
        }
    ));
    let reach = WebhookReach::ALL;
    let mut enable = UpdateWebhook::new(tenant.caller.clone(), reach, id);
    enable.enabled = Some(true);
    let on = tenant.store.write(enable.clone()).await.expect("enabled");
    assert_eq!(
        (on.state, on.parked, on.reason),
        (WebhookState::Enabled, None, None)
    );
    assert_eq!(
        claim(&tenant, id, "a").await.expect("claimed").position,
        from + 3
    );
    // Alternatively, a webhook that is enabled again skips everything in between.
    enable.enabled = Some(false);
    tenant.store.write(enable.clone()).await.expect("disabled");
    tenant.store.drain_feed().await.expect("positions");
    let head = tenant
        .store
        .read(FeedHead(tenant.account))
        .await
        .expect("a head");
    (enable.enabled, enable.skip_backlog) = (Some(true), true);
    tenant.store.write(enable).await.expect("enabled");
    let position = claim(&tenant, id, "a").await.expect("claimed").position;
    assert!(position >= head, "{position} {head}");
}

async fn changes_check_version_and_reach(on: On) {
    let (_test, tenant) = opened(on).await;
    let made = subscribe(&tenant).await;
    let change = |reach: WebhookReach| UpdateWebhook::new(tenant.caller.clone(), reach, made.id);
    let stranger = WebhookReach {
        inboxes: InboxScope::only([tenant.inboxes[1]]),
        api: None,
    };
    let refused = tenant.store.write(change(stranger.clone())).await;
    assert_eq!(
        refused,
        Err(Error::Refused(Refusal::NotFound(Entity::Webhook)))
    );
    let other_api = WebhookReach {
        inboxes: InboxScope::All,
        api: Some("helpscout".into()),
    };
    let refused = tenant.store.write(change(other_api)).await;
    assert_eq!(
        refused,
        Err(Error::Refused(Refusal::NotFound(Entity::Webhook)))
    );
    let mut stale = change(WebhookReach::ALL);
    stale.expected = Some(made.version.get() - 1);
    assert_eq!(
        tenant.store.write(stale).await,
        Err(Error::Refused(Refusal::Stale))
    );
    let mut rotate = change(WebhookReach {
        inboxes: InboxScope::only(tenant.inboxes),
        api: None,
    });
    let until = tenant.store.clock().now().plus_ms(5);
    rotate.expected = Some(made.version.get());
    rotate.label = Some("Till".into());
    rotate.rotation = Some(Rotation {
        secret: "new".into(),
        previous_until: Some(until),
    });
    let after = tenant.store.write(rotate).await.expect("changed");
    assert_eq!(
        (after.label.as_str(), after.secret.as_str()),
        ("Till", "new")
    );
    assert_eq!(after.previous_secret.as_deref(), Some("sealed secret"));
    assert!(after.version > made.version);
    let second = subscribe(&tenant).await;
    let read = |reach, after| ListWebhooks {
        account: tenant.account,
        reach,
        after,
        limit: 1,
    };
    let page = tenant
        .store
        .read(read(WebhookReach::ALL, made.id))
        .await
        .expect("a page");
    assert_eq!(page[0].id, second.id);
    let page = tenant
        .store
        .read(read(stranger, WebhookId(0)))
        .await
        .expect("a page");
    assert!(page.is_empty());
}

async fn deliveries_are_replayed_one_by_one_and_by_range(on: On) {
    let (test, tenant) = opened(on).await;
    let id = subscribe(&tenant).await.id;
    let from = claim(&tenant, id, "a").await.expect("claimed").position;
    let outcomes = (1..=3)
        .map(|event| first(&tenant, event, Some(200)))
        .collect();
    settle(&tenant, id, "a", (from, from + 3), outcomes).await;
    let all = list(&tenant, id, None).await;
    let replay = |which| ReplayDeliveries {
        caller: tenant.caller.clone(),
        reach: WebhookReach::ALL,
        id,
        which,
        readable: None,
    };
    let unknown = tenant.store.write(replay(Replay::One(DeliveryId(1)))).await;
    assert_eq!(
        unknown,
        Err(Error::Refused(Refusal::NotFound(Entity::Delivery)))
    );
    let one = tenant.store.write(replay(Replay::One(all[1].id))).await;
    assert_eq!(
        one,
        Ok(Replayed {
            deliveries: 1,
            rest: None
        })
    );
    let pending = list(&tenant, id, Some(DeliveryState::Pending)).await;
    assert_eq!(
        pending.iter().map(|d| d.id).collect::<Vec<_>>(),
        [all[1].id]
    );
    assert_eq!(
        get(&tenant, id).await.next_due,
        Some(tenant.store.clock().now())
    );
    test.clock.advance(5);
    let range = |state| Replay::Range {
        from: DeliveryId(0),
        until: tenant.store.clock().now(),
        state,
    };
    let some = tenant
        .store
        .write(replay(range(Some(DeliveryState::Delivered))))
        .await;
    assert_eq!(
        some,
        Ok(Replayed {
            deliveries: 2,
            rest: None
        })
    );
    let some = tenant
        .store
        .write(replay(range(Some(DeliveryState::Failed))))
        .await;
    assert_eq!(
        some,
        Ok(Replayed {
            deliveries: 0,
            rest: None
        })
    );
    let some = tenant.store.write(replay(range(None))).await;
    assert_eq!(
        some,
        Ok(Replayed {
            deliveries: 3,
            rest: None
        })
    );
}

async fn old_deliveries_and_deleted_webhooks_are_removed(on: On) {
    let (test, tenant) = opened(on).await;
    let id = subscribe(&tenant).await.id;
    let from = claim(&tenant, id, "a").await.expect("claimed").position;
    let outcomes = vec![first(&tenant, 1, Some(200)), first(&tenant, 2, Some(500))];
    settle(&tenant, id, "a", (from, from + 2), outcomes).await;
    test.clock.advance(1_000);
    let forget = || async {
        let before = tenant.store.clock().now();
        let command = ForgetDeliveries {
            account: tenant.account,
            id,
            before,
        };
        tenant.store.write(command).await.expect("forgotten")
    };
    assert_eq!(forget().await, 1, "what is to be tried again stays");
    assert_eq!(forget().await, 0);
    let delete = DeleteWebhook {
        caller: tenant.caller.clone(),
        reach: WebhookReach::ALL,
        id,
        expected: None,
    };
    tenant.store.write(delete.clone()).await.expect("deleted");
    assert_eq!(
        tenant.store.write(delete).await,
        Err(Error::Refused(Refusal::NotFound(Entity::Webhook)))
    );
    assert!(claim(&tenant, id, "a").await.is_none());
    let all = || async {
        let read = AllWebhooks {
            after: (tenant.account, WebhookId(0)),
            limit: 10,
        };
        tenant.store.read(read).await.expect("a read").len()
    };
    assert_eq!(all().await, 1);
    assert_eq!((forget().await, forget().await), (1, 0));
    assert_eq!(all().await, 0);
}
