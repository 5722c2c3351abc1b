//! Tests of webhooks: leases, changes, and which have something to send. What other modules need for their tests of webhooks
//! and deliveries is here too.

use std::sync::atomic::{AtomicI64, Ordering};

use heddle_domain::id::{AccountId, WebhookId};
use heddle_domain::webhook::{
    DeliveryState, DisableRule, DisabledReason, Policy, Schedule, WebhookState,
};
use heddle_domain::{EntityKind, InboxScope};
use heddle_store::read::feed::FeedHead;
use heddle_store::read::webhooks::{GetWebhook, ListDeliveries, ListWebhooks, WebhooksWithWork};
use heddle_store::write::delivery::{
    AttemptOutcome, NewAttempt, NewDelivery, SentDelivery, SettleDeliveries, Settled,
};
use heddle_store::write::lease::{ClaimWebhook, Claimed, ReleaseWebhook};
use heddle_store::write::webhook::{CreateWebhook, Rotation, UpdateWebhook, WebhookReach};
use heddle_store::{Delivery, Entity, Error, Refusal, StoredWebhook};
use heddle_testkit::On;

use crate::tenant::{Tenant, opened};

on_both!(
    one_node_at_a_time_has_the_lease,
    all_waiting_webhooks_are_found_page_by_page,
    an_ordered_webhook_waits_for_its_retry,
    the_policy_disables_a_webhook_and_keeps_its_position,
    changes_check_version_and_reach,
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

pub(crate) async fn with_work(tenant: &Tenant, holder: &str) -> Vec<WebhookId> {
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

pub(crate) fn attempt(tenant: &Tenant, status: Option<u16>) -> NewAttempt {
    let now = tenant.store.clock().now();
    NewAttempt {
        started_at: now,
        ended_at: now.plus_ms(12),
        duration_ms: 12,
        status,
        answer: status.map(|_| "answer".into()),
        error: status.is_none().then(|| "no answer".into()),
        retry_after: None,
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
    let command = settling(tenant, id, holder, span, outcomes).await;
    tenant.store.write(command).await.expect("settled")
}

pub(crate) async fn settling(
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
        inboxes_since: get(tenant, id).await.inboxes_since,
        policy: POLICY,
        outcomes,
    }
}

pub(crate) async fn get(tenant: &Tenant, id: WebhookId) -> StoredWebhook {
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
        state,
        limit: 10,
    };
    tenant.store.read(read).await.expect("a read")
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
