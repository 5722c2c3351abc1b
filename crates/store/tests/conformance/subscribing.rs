//! Tests of where a new webhook, or one that is enabled again, begins in the feed.

use heddle_domain::event::EventKind;
use heddle_domain::id::ConversationId;
use heddle_domain::webhook::WebhookState;
use heddle_store::read::feed::{FeedHead, ReadFeed, ReaderPosition};
use heddle_store::write::counts::Counts;
use heddle_store::write::webhook::{AllowWebhooks, UpdateWebhook, WebhookReach};
use heddle_store::{Clock, Error, StoredWebhook, Trouble};
use heddle_testkit::On;

use crate::nodes::{node, on_node};
use crate::tenant::{Tenant, count, opened, tamper};
use crate::webhooks::{claim, settle, subscribe, subscription, with_work};

on_both!(
    a_webhook_begins_at_the_end_of_the_feed,
    a_webhook_gets_nothing_that_was_committed_before_it,
    a_webhook_begins_after_the_events_that_were_deleted,
);

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
