//! Tests of webhooks that lose inboxes or events: who sees and sends the deliveries that were made before.

use heddle_domain::InboxScope;
use heddle_domain::Timestamp;
use heddle_domain::id::{DeliveryId, WebhookId};
use heddle_domain::webhook::DeliveryState;
use heddle_store::read::webhooks::{GetDelivery, ListDeliveries};
use heddle_store::write::delivery::{AttemptOutcome, NewAttempt, SentDelivery, Settled};
use heddle_store::write::replay::{Replay, ReplayDeliveries};
use heddle_store::write::webhook::{UpdateWebhook, WebhookReach};
use heddle_store::{Delivery, Error, Refusal};
use heddle_testkit::On;

use crate::tenant::{Tenant, opened};
use crate::webhooks::{again, claim, first, get, list, settle, settling, subscription};

on_both!(
    results_of_requests_from_before_a_webhook_lost_inboxes_stay_hidden,
    a_webhook_that_gets_more_inboxes_shows_the_same_deliveries,
    a_delivery_that_is_given_up_changes_nothing_about_the_receiver,
    what_a_webhook_has_lost_is_not_sent_again,
);

/// Creates a webhook for all inboxes.
async fn wide(tenant: &Tenant) -> WebhookId {
    let command = heddle_store::write::webhook::CreateWebhook {
        inboxes: InboxScope::All,
        ..subscription(tenant).await
    };
    tenant.store.drain_feed().await.expect("positions");
    tenant.store.write(command).await.expect("a webhook").id
}

async fn change(tenant: &Tenant, id: WebhookId, change: impl FnOnce(&mut UpdateWebhook)) {
    let mut command = UpdateWebhook::new(tenant.caller.clone(), WebhookReach::ALL, id);
    change(&mut command);
    tenant.store.write(command).await.expect("changed");
}

fn inboxes(tenant: &Tenant, count: usize) -> InboxScope {
    InboxScope::only(tenant.inboxes.into_iter().take(count))
}

/// Returns the events of the deliveries that a caller with access to the first inboxes sees, the newest first.
async fn seen(tenant: &Tenant, id: WebhookId, count: usize) -> Vec<i64> {
    let read = ListDeliveries {
        account: tenant.account,
        reach: WebhookReach {
            inboxes: inboxes(tenant, count),
            api: None,
        },
        id,
        before: None,
        state: None,
        limit: 10,
    };
    let found = tenant.store.read(read).await.expect("deliveries");
    found.iter().map(|delivery| delivery.event.get()).collect()
}

async fn results_of_requests_from_before_a_webhook_lost_inboxes_stay_hidden(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = wide(&tenant).await;
    let from = claim(&tenant, id, "a").await.expect("claimed").position;
    // The command knows the webhook as it was when the requests were made.
    let outcomes = vec![first(&tenant, 7, Some(204)), first(&tenant, 8, Some(500))];
    let sent = settling(&tenant, id, "a", (from, from + 2), outcomes).await;
    let outcomes = vec![first(&tenant, 9, Some(204))];
    let sent_too = settling(&tenant, id, "a", (from + 2, from + 3), outcomes).await;
    change(&tenant, id, |it| it.inboxes = Some(inboxes(&tenant, 1))).await;
    for command in [sent, sent_too] {
        let once = tenant.store.write(command.clone()).await.expect("settled");
        assert!(matches!(once, Settled::Kept { .. }), "{once:?}");
        let twice = tenant.store.write(command).await.expect("settled");
        assert_eq!(twice, once);
    }
    assert!(seen(&tenant, id, 1).await.is_empty());
    let webhook = get(&tenant, id).await;
    for delivery in list(&tenant, id, None).await {
        assert!(!webhook.still_sends(delivery.id, &delivery.name));
    }
    // Those that are made afterwards are about its inbox.
    let after = vec![first(&tenant, 10, Some(204))];
    settle(&tenant, id, "a", (from + 3, from + 4), after).await;
    assert_eq!(seen(&tenant, id, 1).await, [10]);
    assert_eq!(list(&tenant, id, None).await.len(), 4);
}

async fn a_webhook_that_gets_more_inboxes_shows_the_same_deliveries(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = wide(&tenant).await;
    let from = claim(&tenant, id, "a").await.expect("claimed").position;
    let hidden = vec![first(&tenant, 7, Some(500))];
    settle(&tenant, id, "a", (from, from + 1), hidden).await;
    change(&tenant, id, |it| it.inboxes = Some(inboxes(&tenant, 1))).await;
    let shown = vec![first(&tenant, 8, Some(500))];
    settle(&tenant, id, "a", (from + 1, from + 2), shown).await;
    change(&tenant, id, |it| it.inboxes = Some(inboxes(&tenant, 2))).await;
    assert_eq!(seen(&tenant, id, 2).await, [8]);
    let sent = async || {
        let webhook = get(&tenant, id).await;
        let all = list(&tenant, id, None).await;
        let sent = all.iter().filter(|it| webhook.still_sends(it.id, &it.name));
        sent.map(|it| it.event.get()).collect::<Vec<_>>()
    };
    assert_eq!(sent().await, [8]);
    change(&tenant, id, |it| it.inboxes = Some(InboxScope::All)).await;
    assert_eq!(
        sent().await,
        [8, 7],
        "a webhook of all inboxes may send everything"
    );
}

fn given_up(delivery: &Delivery) -> AttemptOutcome {
    AttemptOutcome {
        sent: SentDelivery::GivenUp {
            id: delivery.id,
            number: delivery.attempts + 1,
        },
        attempt: NewAttempt::not_made(Timestamp(5), "it has lost an inbox"),
        chance: 0.5,
    }
}

async fn a_delivery_that_is_given_up_changes_nothing_about_the_receiver(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = wide(&tenant).await;
    let from = claim(&tenant, id, "a").await.expect("claimed").position;
    let failed = vec![first(&tenant, 7, Some(500)), first(&tenant, 8, Some(500))];
    settle(&tenant, id, "a", (from, from + 2), failed).await;
    let before = get(&tenant, id).await;
    let pending = list(&tenant, id, Some(DeliveryState::Pending)).await;
    let all = pending.iter().map(given_up).collect();
    let settled = settle(&tenant, id, "a", (from + 2, from + 2), all).await;
    let Settled::Kept {
        disabled, next_due, ..
    } = settled
    else {
        panic!("{settled:?}");
    };
    assert_eq!((disabled, next_due), (None, None));
    assert_eq!(get(&tenant, id).await.standing, before.standing);
    assert_eq!(
        list(&tenant, id, Some(DeliveryState::Failed)).await.len(),
        2
    );
    let read = GetDelivery {
        account: tenant.account,
        reach: WebhookReach::ALL,
        id,
        delivery: pending[0].id,
    };
    let found = tenant.store.read(read).await.expect("a read");
    let (delivery, attempts) = found.expect("the delivery");
    assert_eq!((delivery.attempts, delivery.failures), (2, 1));
    assert_eq!(delivery.next_attempt_at, None);
    let error = attempts[1].error.as_deref();
    assert_eq!(error, Some("not sent: it has lost an inbox"));
    // An attempt that another node has recorded meanwhile counts.
    let late = vec![
        given_up(&pending[0]),
        again(&tenant, &pending[1], Some(200)),
    ];
    settle(&tenant, id, "a", (from + 2, from + 2), late).await;
    assert_eq!(
        list(&tenant, id, Some(DeliveryState::Failed)).await.len(),
        2
    );
}

async fn what_a_webhook_has_lost_is_not_sent_again(on: On) {
    let (test, tenant) = opened(on).await;
    let id = wide(&tenant).await;
    let from = claim(&tenant, id, "a").await.expect("claimed").position;
    let outcomes = vec![first(&tenant, 7, Some(200))];
    settle(&tenant, id, "a", (from, from + 1), outcomes).await;
    let old = list(&tenant, id, None).await[0].id;
    test.clock.advance(5);
    let replay = async |which| {
        let command = ReplayDeliveries {
            seen: None,
            caller: tenant.caller.clone(),
            reach: WebhookReach::ALL,
            id,
            which,
            readable: None,
        };
        tenant.store.write(command).await
    };
    let until = tenant.store.clock().now();
    let range = || Replay::Range {
        from: DeliveryId(0),
        since: Timestamp(0),
        until,
        state: None,
    };
    let refused = async || {
        let one = replay(Replay::One(old)).await;
        let is_refused = matches!(one, Err(Error::Refused(Refusal::Invalid { .. })));
        let some = replay(range()).await.expect("a replay");
        is_refused && some.deliveries == 0
    };
    assert!(!refused().await);
    let kinds = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    change(&tenant, id, |it| it.kinds = kinds(&["message.added"])).await;
    assert!(refused().await, "it has lost the event");
    change(&tenant, id, |it| it.kinds = kinds(&["*"])).await;
    assert!(!refused().await);
    change(&tenant, id, |it| it.inboxes = Some(inboxes(&tenant, 1))).await;
    assert!(refused().await, "it has lost inboxes");
}
