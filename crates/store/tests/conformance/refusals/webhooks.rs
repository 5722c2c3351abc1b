//! The commands on webhooks and their deliveries.

use heddle_domain::webhook::DisabledReason;
use heddle_store::Clock;
use heddle_store::write::lease::{ClaimWebhook, ReleaseWebhook, ReportTrouble};
use heddle_store::write::maker::StopWebhook;
use heddle_store::write::replay::{ForgetDeliveries, Replay, ReplayDeliveries};
use heddle_store::write::webhook::{AllowWebhooks, DeleteWebhook, UpdateWebhook, WebhookReach};

use super::Stage;
use crate::webhooks::{LEASE_MS, first, list, settling, subscription};

pub(super) async fn send(stage: &Stage<'_>) {
    let (tenant, account) = (stage.tenant, stage.tenant.account);
    let caller = tenant.caller.clone();
    let create = subscription(tenant).await;
    let made = stage.leaves_nothing(create).await;
    let id = made.id;
    let claim = ClaimWebhook {
        account,
        id,
        holder: "a".into(),
        lease_ms: LEASE_MS,
    };
    let claimed = stage
        .leaves_nothing(claim.clone())
        .await
        .expect("it is free");
    let from = claimed.position;
    let outcomes = vec![first(tenant, 7, Some(204)), first(tenant, 8, Some(204))];
    let settle = settling(tenant, id, "a", (from, from + 1), outcomes).await;
    stage.leaves_nothing(settle).await;
    let deliveries = list(tenant, id, None).await;
    let replay = ReplayDeliveries {
        seen: None,
        caller: caller.clone(),
        reach: WebhookReach::ALL,
        id,
        which: Replay::One(deliveries[0].id),
        readable: None,
    };
    stage.leaves_nothing(replay).await;
    stage.test.clock.advance(1_000);
    let forget = ForgetDeliveries {
        account,
        id,
        before: stage.test.clock.now(),
    };
    stage.leaves_nothing(forget).await;
    let release = ReleaseWebhook {
        account,
        id,
        holder: "a".into(),
    };
    stage.leaves_nothing(release).await;
    stage
        .leaves_nothing(claim.clone())
        .await
        .expect("it is free");
    let report = ReportTrouble {
        account,
        id,
        holder: "a".into(),
        reason: DisabledReason::Unreadable,
    };
    stage.leaves_nothing(report).await;
    stage.leaves_nothing(claim).await.expect("it is free");
    let stop = StopWebhook {
        account,
        id,
        holder: "a".into(),
        version: made.version,
        reason: DisabledReason::Revoked,
    };
    stage.leaves_nothing(stop).await;
    let update = UpdateWebhook {
        label: Some("Renamed".into()),
        ..UpdateWebhook::new(caller.clone(), WebhookReach::ALL, id)
    };
    stage.leaves_nothing(update).await;
    let delete = DeleteWebhook {
        seen: None,
        caller: caller.clone(),
        reach: WebhookReach::ALL,
        id,
        expected: None,
    };
    stage.leaves_nothing(delete).await;
    let allow = AllowWebhooks {
        caller,
        entries: "crm.lan".into(),
    };
    stage.leaves_nothing(allow).await;
}
