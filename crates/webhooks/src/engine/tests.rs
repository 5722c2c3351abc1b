//! Tests of the pause after a worker has failed.

use heddle_access::provision;
use heddle_access::seal::Sealer;
use heddle_domain::account::AccountSettings;
use heddle_domain::webhook::{DisableRule, Policy, Schedule};
use heddle_domain::{EntityKind, EventId, InboxScope};
use heddle_http::base_url::BaseUrl;
use heddle_store::Store;
use heddle_store::write::delivery::{
    AttemptOutcome, NewAttempt, NewDelivery, SentDelivery, SettleDeliveries,
};
use heddle_store::write::lease::ClaimWebhook;
use heddle_store::write::webhook::CreateWebhook;
use heddle_testkit::{On, TestStore};

use super::*;
use crate::sender::Settings;

const HOLDER: &str = "here";

/// Returns the engine of a node whose worker for the only webhook has just failed, and until when it pauses. The webhook has an
/// event to send, and a retry in an hour.
async fn after_a_failure(test: &TestStore) -> (Engine, Key, Instant) {
    let store = &test.store;
    let account = provision::create_account(store, "Here", AccountSettings::default());
    let account = account.await.expect("an account");
    let id = store.take_id(account.id, EntityKind::Webhook).await;
    let create = CreateWebhook {
        caller: provision::operator_caller(&account),
        id: WebhookId(id.expect("an id")),
        api: "test".to_owned(),
        label: String::new(),
        url: String::new(),
        shown_url: String::new(),
        kinds: Vec::new(),
        inboxes: InboxScope::All,
        secret: String::new(),
        ordered: false,
        allow: String::new(),
        application: None,
        options: "{}".to_owned(),
        enabled: true,
    };
    let id = store.write(create).await.expect("a webhook").id;
    store.drain_feed().await.expect("positions");
    fail(store, account.id, id).await;
    let mut engine = engine(store);
    let key = (account.id, id);
    let until = Instant::now() + Duration::from_secs(60);
    engine.failed.insert(key, until);
    engine.wakes.set(key, until, Timestamp(0));
    (engine, key, until)
}

fn engine(store: &Store) -> Engine {
    let one = std::num::NonZeroU32::MIN;
    let settings = Settings {
        allow: crate::allow::AllowList::default(),
        keep_days: one,
        max_connections: one,
        max_in_flight: one,
        lease_seconds: one,
    };
    let base_url = BaseUrl::new(None, "127.0.0.1:8080".parse().expect("an address"));
    let sealer = Arc::new(Sealer::new(None, std::path::Path::new("/nonexistent")));
    let sender = Sender::new(store.clone(), sealer, base_url, settings);
    let options = Options {
        holder: HOLDER.to_owned(),
        grace: Duration::ZERO,
    };
    Engine::new(sender, Hooks::default(), options, CancellationToken::new())
}

/// Records a failed delivery that is tried again in an hour.
async fn fail(store: &Store, account: AccountId, id: WebhookId) {
    let claim = ClaimWebhook {
        account,
        id,
        holder: HOLDER.to_owned(),
        lease_ms: 1_000,
    };
    let claimed = store.write(claim).await.expect("a write").expect("claimed");
    let now = store.clock().now();
    let failed = AttemptOutcome {
        sent: SentDelivery::First(NewDelivery {
            event: EventId(7),
            events: 1,
            name: "agent.created".to_owned(),
            headers: "{}".to_owned(),
            body: "{}".to_owned(),
        }),
        attempt: NewAttempt::not_made(now, "a test"),
        chance: 0.5,
    };
    let settle = SettleDeliveries {
        account,
        id,
        holder: HOLDER.to_owned(),
        lease_ms: 1_000,
        token: 1,
        from: claimed.position,
        to: claimed.position,
        inboxes_since: claimed.webhook.inboxes_since,
        policy: Policy {
            schedule: Schedule::Fixed(&[3_600_000]),
            disable: DisableRule::Never,
            gone_disables: false,
        },
        outcomes: vec![failed],
    };
    store.write(settle).await.expect("settled");
}

#[tokio::test]
async fn the_time_of_the_next_retry_does_not_replace_the_end_of_the_pause() {
    for on in On::BOTH {
        let test = TestStore::open(on).await;
        let (mut engine, key, until) = after_a_failure(&test).await;
        engine.look_for_work(&BTreeSet::new(), true).await;
        assert!(!engine.workers.contains_key(&key), "{on:?}");
        assert_eq!(engine.wakes.next(), Some(until), "{on:?}");
        // Without the failure, the retry decides.
        engine.failed.clear();
        engine.times_read = None;
        engine.read_times().await;
        assert!(engine.wakes.next() > Some(until), "{on:?}");
    }
}

#[tokio::test]
async fn a_webhook_that_pauses_is_looked_at_when_the_pause_ends() {
    for on in On::BOTH {
        let test = TestStore::open(on).await;
        let (mut engine, key, until) = after_a_failure(&test).await;
        engine.wakes.cancel(key);
        engine.look_for_work(&BTreeSet::from([key.0]), false).await;
        assert!(!engine.workers.contains_key(&key), "{on:?}");
        assert_eq!(engine.wakes.next(), Some(until), "{on:?}");
    }
}
