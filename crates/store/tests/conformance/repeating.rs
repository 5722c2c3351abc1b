//! Tests of commands that may run again ([`Write::may_repeat`]), which PostgreSQL's driver does when the answer to
//! COMMIT was lost: a second run leaves every row unchanged.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use heddle_domain::EntityKind;
use heddle_domain::id::{CredentialId, WebhookId};
use heddle_domain::webhook::DeliveryState;
use heddle_store::read::feed::ReadFeed;
use heddle_store::write::agent::CreateAgent;
use heddle_store::write::counts::Counts;
use heddle_store::write::credential::IssueToken;
use heddle_store::write::feed::{Advance, Reader};
use heddle_store::write::idempotent::{Answer, Idempotent, KEPT_MS, Key};
use heddle_store::write::lease::{ClaimWebhook, ReleaseWebhook};
use heddle_store::write::replay::ForgetDeliveries;
use heddle_store::write::sealing_key::{RecordSealingKey, RecordedSealingKey};
use heddle_store::write::trust::{ClockSpan, TrustTime};
use heddle_store::write::webhook::{DeleteWebhook, WebhookReach};
use heddle_store::{Clock, Error, Result};
use heddle_testkit::{On, TestStore};
use rusqlite::Connection;

use crate::consents;
use crate::idempotent::creation;
use crate::opening::sqlite;
use crate::tenant::{Tenant, opened};
use crate::webhooks::{LEASE_MS, again, claim, first, list, settle, settling, subscribe};

/// Lists the commands together with the tests that repeat them.
macro_rules! repeated {
    ($($command:literal: $($case:ident),+;)+) => {
        const REPEATED: &[&str] = &[$($command),+];
        on_both!($($($case),+),+);
    };
}

repeated! {
    "Advance": a_reader_moves_once;
    "ClaimWebhook": a_webhook_is_claimed_once;
    "ExchangeTokens": a_code_is_exchanged_once, a_refresh_token_is_exchanged_once;
    "ForgetDeliveries": deliveries_are_forgotten_once, a_deleted_webhook_is_forgotten_once;
    "ForgetEvents": events_are_forgotten_once;
    "IssueToken": a_token_is_issued_once;
    "Idempotent": a_command_under_a_key_is_carried_out_once;
    "RaiseCounters": counters_are_raised_once;
    "ReleaseWebhook": a_webhook_is_released_once;
    "SettleDeliveries": first_attempts_are_recorded_once, first_attempts_without_a_new_position_are_recorded_once, retries_are_recorded_once, settling_without_attempts_changes_rows_once;
    "Sweep": answers_are_swept_once;
    "RecordSealingKey": a_sealing_key_is_recorded_once;
    "TrustTime": the_trusted_time_is_recorded_once;
    "TakeId": a_number_that_is_taken_twice_is_a_gap;
}

/// Commands that change no value. `NoChange` only returns a stored answer; `TouchSlot` gives a row the values that it has.
const CHANGES_NOTHING: [&str; 2] = ["NoChange", "TouchSlot"];

/// Commands that have no case here. `removal.rs` repeats those of a removal; `Traced` runs another command.
const REPEATED_ELSEWHERE: [&str; 4] = ["BeginRemoval", "EndRemoval", "RemoveRows", "Traced"];

/// Returns the commands in a source file that implement `may_repeat`.
fn repeatable(source: &str) -> Vec<String> {
    let implementations = source.split("\nimpl").skip(1);
    let says = |of: &&str| of.contains("fn may_repeat(");
    let name = |of: &str| {
        let (_, rest) = of.split_once("Write for ")?;
        let end = rest.find(|c: char| !c.is_alphanumeric())?;
        Some(rest[..end].to_owned())
    };
    implementations.filter(says).filter_map(name).collect()
}

/// Returns every Rust source file of all crates that is no test.
pub(crate) fn sources() -> Vec<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("crates");
    let mut found = Vec::new();
    add_sources(crates, &mut found);
    found
}

/// Adds every Rust source file in a folder and its subfolders to `found`.
fn add_sources(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.file_stem().is_some_and(|name| name == "tests") {
            continue;
        }
        if path.is_dir() {
            add_sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(std::fs::read_to_string(&path).expect("text"));
        }
    }
}

#[test]
fn every_command_that_may_run_again_has_a_case() {
    let found = sources();
    let repeatable: BTreeSet<String> = found.iter().flat_map(|text| repeatable(text)).collect();
    let known = REPEATED.iter().chain(&CHANGES_NOTHING);
    let known = known.chain(&REPEATED_ELSEWHERE);
    assert_eq!(repeatable, known.map(|name| (*name).to_owned()).collect());
}

async fn a_sealing_key_is_recorded_once(on: On) {
    let (test, tenant) = opened(on).await;
    let record = |key_id: &str, replace| RecordSealingKey {
        key_id: key_id.to_owned(),
        replace,
    };
    twice(&test, || tenant.store.write(record("one", false))).await;
    let recorded = tenant.store.write(record("other", false)).await;
    assert_eq!(recorded.expect("the first one"), "one");
    twice(&test, || tenant.store.write(record("other", true))).await;
    let recorded = tenant.store.read(RecordedSealingKey).await;
    assert_eq!(recorded.expect("read").as_deref(), Some("other"));
}

async fn the_trusted_time_is_recorded_once(on: On) {
    let (test, tenant) = opened(on).await;
    let now = test.clock.now();
    let span = ClockSpan {
        trusted_at: now,
        shown_at: now,
    };
    let trust = TrustTime {
        shown_at: now,
        spans: vec![span],
    };
    twice(&test, || tenant.store.write(trust.clone())).await;
}

/// Returns every row of every table, read without the store.
pub(crate) async fn dump(test: &TestStore) -> BTreeSet<String> {
    match &test.database {
        Some(database) => dump_postgres(&database.connect().await).await,
        None => dump_sqlite(&sqlite(&test.options)),
    }
}

async fn dump_postgres(client: &tokio_postgres::Client) -> BTreeSet<String> {
    let tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
    let mut rows = BTreeSet::new();
    for table in client.query(tables, &[]).await.expect("tables") {
        let table: &str = table.get(0);
        let all = format!("SELECT CAST(t AS TEXT) FROM {table} t");
        let found = client.query(&all, &[]).await.expect("rows");
        rows.extend(
            found
                .iter()
                .map(|row| format!("{table} {}", row.get::<_, &str>(0))),
        );
    }
    rows
}

fn dump_sqlite(connection: &Connection) -> BTreeSet<String> {
    let mut tables = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .expect("a statement");
    let tables = tables
        .query_map([], |row| row.get::<_, String>(0))
        .expect("tables");
    let mut rows = BTreeSet::new();
    for table in tables.map(|name| name.expect("a name")) {
        let mut all = connection
            .prepare(&format!("SELECT * FROM {table}"))
            .expect("a statement");
        let width = all.column_count();
        let mut found = all.query([]).expect("rows");
        while let Some(row) = found.next().expect("a row") {
            let value = |at| row.get::<_, rusqlite::types::Value>(at).expect("a value");
            let values: Vec<_> = (0..width).map(value).collect();
            rows.insert(format!("{table} {values:?}"));
        }
    }
    rows
}

/// Runs an action twice: the first run must change rows, the second none.
async fn twice<T: Debug, F>(test: &TestStore, act: impl Fn() -> F)
where
    F: Future<Output = Result<T, Error>>,
{
    let before = dump(test).await;
    act().await.expect("it is done");
    let once = dump(test).await;
    assert!(once != before, "it does nothing");
    act().await.expect("it may run again");
    let again = dump(test).await;
    let changed: Vec<_> = once.symmetric_difference(&again).collect();
    assert!(changed.is_empty(), "{changed:#?}");
}

async fn a_reader_moves_once(on: On) {
    let (test, tenant) = opened(on).await;
    tenant.conversation().await;
    tenant.store.drain_feed().await.expect("positions");
    let account = tenant.account;
    // From the beginning, then from the new position.
    let mut from = 0;
    for limit in [3, 100] {
        let feed = ReadFeed {
            account,
            after: from,
            limit,
        };
        let page = tenant.store.read(feed).await.expect("a page");
        let advance = || Advance::<Counts> {
            account,
            from,
            to: page.reached,
            digest: Counts::digest(&page.events),
        };
        twice(&test, || tenant.store.write(advance())).await;
        from = page.reached;
    }
    let rows = dump(&test).await;
    let counts = rows
        .iter()
        .filter(|row| row.starts_with("conversation_count "));
    assert_eq!(counts.count(), 1);
}

async fn a_webhook_is_claimed_once(on: On) {
    let (test, tenant) = opened(on).await;
    let id = subscribe(&tenant).await.id;
    let command = ClaimWebhook {
        account: tenant.account,
        id,
        holder: "a".into(),
        lease_ms: LEASE_MS,
    };
    twice(&test, || tenant.store.write(command.clone())).await;
}

async fn a_webhook_is_released_once(on: On) {
    let (test, tenant) = opened(on).await;
    let id = subscribe(&tenant).await.id;
    claim(&tenant, id, "a").await.expect("claimed");
    let command = ReleaseWebhook {
        account: tenant.account,
        id,
        holder: "a".into(),
    };
    twice(&test, || tenant.store.write(command.clone())).await;
}

/// Returns a webhook with a lease, and its position.
async fn claimed(tenant: &Tenant) -> (WebhookId, i64) {
    let id = subscribe(tenant).await.id;
    let from = claim(tenant, id, "a").await.expect("claimed").position;
    (id, from)
}

async fn first_attempts_are_recorded_once(on: On) {
    let (test, tenant) = opened(on).await;
    let (id, from) = claimed(&tenant).await;
    let outcomes = vec![first(&tenant, 7, Some(204)), first(&tenant, 8, None)];
    let command = settling(&tenant, id, "a", (from, from + 5), outcomes).await;
    twice(&test, || tenant.store.write(command.clone())).await;
}

/// An event with several requests moves the position only with the last of them.
async fn first_attempts_without_a_new_position_are_recorded_once(on: On) {
    let (test, tenant) = opened(on).await;
    let (id, from) = claimed(&tenant).await;
    let outcomes = vec![first(&tenant, 7, Some(204)), first(&tenant, 8, None)];
    let command = settling(&tenant, id, "a", (from, from), outcomes).await;
    twice(&test, || tenant.store.write(command.clone())).await;
    assert_eq!(list(&tenant, id, None).await.len(), 2);
}

/// Checks a commit of retries only: the position stays the same, so it cannot show that the command ran before.
async fn retries_are_recorded_once(on: On) {
    let (test, tenant) = opened(on).await;
    let (id, from) = claimed(&tenant).await;
    let failed = vec![first(&tenant, 7, Some(500)), first(&tenant, 8, Some(500))];
    settle(&tenant, id, "a", (from, from + 2), failed).await;
    test.clock.advance(2_000);
    let due = list(&tenant, id, Some(DeliveryState::Pending)).await;
    let outcomes = vec![
        again(&tenant, &due[0], Some(500)),
        again(&tenant, &due[1], Some(200)),
    ];
    let command = settling(&tenant, id, "a", (from + 2, from + 2), outcomes).await;
    twice(&test, || tenant.store.write(command.clone())).await;
    let attempts = list(&tenant, id, None).await;
    assert!(attempts.iter().all(|delivery| delivery.attempts == 2));
}

async fn settling_without_attempts_changes_rows_once(on: On) {
    let (test, tenant) = opened(on).await;
    let (id, from) = claimed(&tenant).await;
    // Renews the lease, and skips events that do not concern the webhook.
    for to in [from, from + 3] {
        test.clock.advance(1_000);
        let command = settling(&tenant, id, "a", (from, to), Vec::new()).await;
        twice(&test, || tenant.store.write(command.clone())).await;
    }
}

async fn deliveries_are_forgotten_once(on: On) {
    let (test, tenant) = opened(on).await;
    let (id, from) = claimed(&tenant).await;
    let taken = vec![first(&tenant, 7, Some(204)), first(&tenant, 8, Some(204))];
    settle(&tenant, id, "a", (from, from + 2), taken).await;
    test.clock.advance(1_000);
    let command = ForgetDeliveries {
        account: tenant.account,
        id,
        before: test.clock.now(),
    };
    twice(&test, || tenant.store.write(command.clone())).await;
    assert!(list(&tenant, id, None).await.is_empty());
}

async fn a_deleted_webhook_is_forgotten_once(on: On) {
    let (test, tenant) = opened(on).await;
    let (id, _) = claimed(&tenant).await;
    let delete = DeleteWebhook {
        seen: None,
        caller: tenant.caller.clone(),
        reach: WebhookReach::ALL,
        id,
        expected: None,
    };
    tenant.store.write(delete).await.expect("deleted");
    let command = ForgetDeliveries {
        account: tenant.account,
        id,
        before: test.clock.now(),
    };
    twice(&test, || tenant.store.write(command.clone())).await;
}

async fn events_are_forgotten_once(on: On) {
    let (test, tenant) = opened(on).await;
    tenant.store.drain_feed().await.expect("positions");
    let (store, account) = (&tenant.store, tenant.account);
    store.catch_up::<Counts>(account).await.expect("it is read");
    test.clock.advance(1_000);
    let now = test.clock.now();
    twice(&test, || store.forget_events(account, now)).await;
    assert!(tenant.table("event").await.is_empty());
}

async fn a_code_is_exchanged_once(on: On) {
    let (test, tenant) = consents::signed_in(on).await;
    let app = consents::app(&tenant).await;
    let consent = consents::consent(&tenant, app, [5; 32]);
    tenant.store.write(consent).await.expect("a consent");
    let exchange = consents::code(&tenant, app, [5; 32], [6, 7]);
    twice(&test, || tenant.store.write(exchange.clone())).await;
}

async fn a_refresh_token_is_exchanged_once(on: On) {
    let (test, tenant) = consents::signed_in(on).await;
    let app = consents::app(&tenant).await;
    let consent = consents::consent(&tenant, app, [5; 32]);
    tenant.store.write(consent).await.expect("a consent");
    let exchange = consents::code(&tenant, app, [5; 32], [6, 7]);
    tenant.store.write(exchange).await.expect("tokens");
    let exchange = consents::refresh(&tenant, app, [7; 32], [8, 9]);
    twice(&test, || tenant.store.write(exchange.clone())).await;
}

async fn a_token_is_issued_once(on: On) {
    let (test, tenant) = opened(on).await;
    let command = IssueToken {
        account: tenant.account,
        credential: CredentialId(1),
        key_hash: [7; 32],
        expires_at: test.clock.now(),
    };
    twice(&test, || tenant.store.write(command.clone())).await;
    // The next token deletes the expired one, once.
    test.clock.advance(86_400_001);
    let next = IssueToken {
        key_hash: [8; 32],
        expires_at: test.clock.now(),
        ..command
    };
    twice(&test, || tenant.store.write(next.clone())).await;
    assert_eq!(tenant.table("credential_key").await.len(), 1);
}

pub(crate) fn once(tenant: &Tenant) -> Idempotent<CreateAgent> {
    Idempotent {
        key: Some(Key {
            account: tenant.account,
            hash: [1; 32],
            body: [1; 32],
        }),
        command: creation(tenant),
        answer: Arc::new(|agent| {
            Ok(Answer {
                status: 201,
                text: format!("made {}", agent.id),
            })
        }),
    }
}

async fn a_command_under_a_key_is_carried_out_once(on: On) {
    let (test, tenant) = opened(on).await;
    let command = once(&tenant);
    twice(&test, || tenant.store.write(command.clone())).await;
}

async fn answers_are_swept_once(on: On) {
    let (test, tenant) = opened(on).await;
    tenant.store.write(once(&tenant)).await.expect("done");
    test.clock.advance(KEPT_MS);
    twice(&test, || {
        tenant.store.sweep_answers(tenant.store.clock().now())
    })
    .await;
}

async fn counters_are_raised_once(on: On) {
    let (test, tenant) = opened(on).await;
    twice(&test, || tenant.store.raise_counters(tenant.account, 5_000)).await;
}

/// Checks that no number is used twice. A number whose answer was lost stays unused, and nothing else changes.
async fn a_number_that_is_taken_twice_is_a_gap(on: On) {
    let (test, tenant) = opened(on).await;
    let rows = without_counters(&test).await;
    let first = tenant.take_id(EntityKind::Tag).await;
    assert_eq!(tenant.take_id(EntityKind::Tag).await, first + 1);
    assert_eq!(without_counters(&test).await, rows);
}

async fn without_counters(test: &TestStore) -> BTreeSet<String> {
    let mut rows = dump(test).await;
    rows.retain(|row| !row.starts_with("counter "));
    rows
}
