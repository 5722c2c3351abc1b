//! Tests of deliveries that are sent again, and of their removal.

use heddle_domain::Timestamp;
use heddle_domain::id::{DeliveryId, WebhookId};
use heddle_domain::webhook::DeliveryState;
use heddle_store::read::webhooks::AllWebhooks;
use heddle_store::write::replay::{ForgetDeliveries, Replay, ReplayDeliveries, Replayed};
use heddle_store::write::webhook::{DeleteWebhook, WebhookReach};
use heddle_store::{Entity, Error, Refusal};
use heddle_testkit::On;

use crate::tenant::opened;
use crate::webhooks::{claim, first, get, list, settle, subscribe};

on_both!(
    deliveries_are_replayed_one_by_one_and_by_range,
    old_deliveries_and_deleted_webhooks_are_removed,
);

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
        seen: None,
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
        since: Timestamp(0),
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
        seen: None,
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
