//! Tests of account settings: rows of API, name and value; and the migration that turned columns into these rows.

use std::path::Path;
use std::sync::Arc;

use heddle_domain::account::{AccountSettings, MERGE_REDIRECT_DAYS, SettingChange};
use heddle_domain::id::AccountId;
use heddle_domain::{Account, ApiName};
use heddle_store::diagnostics::{postgres_migrations, sqlite_migrations};
use heddle_store::read::account::{GetAccount, ListAccounts};
use heddle_store::read::conversations::FindSurvivor;
use heddle_store::write::account::{CreateAccount, UpdateAccount};
use heddle_store::{
    Engine, Entity, Error, Options, PostgresOptions, Refusal, SqliteOptions, Store,
};
use heddle_testkit::postgres::Cluster;
use heddle_testkit::{ManualClock, On};

use crate::conversations::merge;
use crate::tenant::{HELPSCOUT, MEWS, Tenant, by_email, call, opened};

/// Returns a change of a setting whose default is 100.
const fn to(api: ApiName, name: &'static str, value: i64) -> SettingChange {
    SettingChange {
        api,
        name,
        shown_as: name,
        default: 100,
        value,
    }
}

fn update(tenant: &Tenant, settings: Vec<SettingChange>) -> UpdateAccount {
    UpdateAccount {
        caller: None,
        id: tenant.account,
        expected: None,
        name: None,
        settings,
    }
}

async fn get(store: &Store, account: AccountId) -> Account {
    let found = store.read(GetAccount(account)).await.expect("a read");
    found.expect("the account")
}

fn values(account: &Account) -> Vec<(&str, &str, i64)> {
    account.settings.iter().collect()
}

fn of_table<'a>(rows: &'a [String], table: &str) -> Vec<&'a str> {
    let beginning = format!("{table}|");
    let of_table = rows.iter().filter(|row| row.starts_with(&beginning));
    of_table.map(String::as_str).collect()
}

async fn a_change_sets_only_the_named_settings_and_stores_no_default(on: On) {
    let (test, tenant) = opened(on).await;
    let write = |settings| test.store.write(update(&tenant, settings));
    let first = vec![
        to(HELPSCOUT, "cap", 7),
        to(HELPSCOUT, "days", 100),
        SettingChange {
            shown_as: "own_cap",
            ..to(MEWS, "cap", -1)
        },
    ];
    let changed = write(first.clone()).await.expect("a change");
    let both = [("helpscout", "cap", 7), ("mews", "cap", -1)];
    assert_eq!(values(&changed), both);
    assert_eq!(get(&test.store, tenant.account).await, changed);
    let rows = tenant.rows().await;
    let id = tenant.account;
    let kept = [
        format!("account_setting|{id}|helpscout|cap|7"),
        format!("account_setting|{id}|mews|cap|-1"),
    ];
    assert_eq!(of_table(&rows, "account_setting"), kept);
    // The event shows each setting under `shown_as`, with the default as its old value. Unchanged settings are not in
    // the event.
    let detail = r#"{"changes":{"cap":[100,7],"own_cap":[100,-1]}}"#;
    let events = of_table(&rows, "event");
    assert!(events.iter().any(|row| row.ends_with(detail)), "{events:?}");

    // The same change again changes nothing; the other settings stay.
    assert_eq!(write(first).await, Ok(changed.clone()));
    let other = write(vec![to(MEWS, "cap", 100), to(MEWS, "days", 3)]).await;
    let other = other.expect("a change");
    assert!(other.version > changed.version);
    let both = [("helpscout", "cap", 7), ("mews", "days", 3)];
    assert_eq!(values(&other), both);
    assert_eq!(get(&test.store, id).await, other);
    assert_eq!(of_table(&tenant.rows().await, "account_setting").len(), 2);
}

async fn a_new_account_has_the_settings_it_was_made_with(on: On) {
    let (test, _) = opened(on).await;
    let store = &test.store;
    let settings = [to(MEWS, "cap", 7), to(MEWS, "days", 100)];
    let create = CreateAccount {
        name: "Reed & Daughters".into(),
        guid_tag: 1,
        public_ids: ["account-new".into(), "agent-new".into()],
        settings: settings.into_iter().collect(),
    };
    let made = store.write(create).await.expect("the account");
    assert_eq!(values(&made), [("mews", "cap", 7)]);
    assert_eq!(get(store, made.id).await, made);
    let list = ListAccounts {
        after: AccountId(0),
        limit: 10,
    };
    let listed = store.read(list).await.expect("a list");
    assert_eq!(listed.last(), Some(&made));
    assert_eq!(listed[0].settings, AccountSettings::default());
}

async fn concurrent_changes_of_settings_are_all_kept_and_in_the_feed(on: On) {
    let (test, tenant) = opened(on).await;
    for round in 1..=10 {
        let changes = ["a", "b", "c"].map(|name| {
            let both = vec![to(MEWS, name, round), to(MEWS, "last", round)];
            test.store.write(update(&tenant, both))
        });
        let done = futures_util::future::join_all(changes).await;
        assert!(done.iter().all(Result::is_ok), "{done:?}");
        let account = get(&test.store, tenant.account).await;
        for name in ["a", "b", "c", "last"] {
            assert_eq!(account.settings.get("mews", name), Some(round), "{name}");
        }
        // A later command sees the value of the earlier one: per round, one event contains the setting that all
        // commands change.
        let before = if round == 1 { 100 } else { round - 1 };
        let detail = format!("\"last\":[{before},{round}]");
        let rows = tenant.rows().await;
        let matching = rows.iter().filter(|row| row.contains(&detail));
        assert_eq!(matching.count(), 1, "{detail}");
    }
}

/// Accounts of the old schema: id and the values of the five setting columns.
const OLD_ACCOUNTS: [(i64, [i64; 5]); 3] = [
    (1, [100, 0, 0, 0, 0]),
    (2, [7, 30, -1, 12, 4_294_967_295]),
    (3, [0, 0, 0, 0, -1]),
];

/// Whether the migration step creates the table; later steps copy and drop the old columns.
fn makes_rows(step: &str) -> bool {
    step.starts_with("CREATE TABLE IF NOT EXISTS account_setting")
}

fn old_accounts() -> String {
    let rows = OLD_ACCOUNTS.map(|(id, [cap, days, helpscout, magicline, mews])| {
        format!("({id}, 'Old', {id}, 1, {cap}, {days}, {helpscout}, {magicline}, {mews}, 0, 0)")
    });
    let columns =
        "id, name, guid_tag, integration_agent_id, thread_cap, lock_after_days, helpscout_rate,
        magicline_rate, mews_rate, created_at, version";
    format!("INSERT INTO account ({columns}) VALUES {}", rows.join(", "))
}

/// Returns the statements that build an old store: the migrations before that step, their records, and the accounts.
fn old_store(integer: &str, migrations: Vec<Vec<String>>) -> Vec<String> {
    let book = format!(
        "CREATE TABLE migration (number {integer} NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at {integer} NOT NULL)"
    );
    let mut steps = vec![book];
    let old = migrations
        .into_iter()
        .take_while(|migration| !migration.iter().any(|step| makes_rows(step)));
    for (at, migration) in old.enumerate() {
        steps.extend(migration);
        steps.push(format!(
            "INSERT INTO migration VALUES ({}, 'old', 0)",
            at + 1
        ));
    }
    steps.push(old_accounts());
    steps
}

async fn old_engine(on: On, folder: &Path) -> Engine {
    match on {
        On::Sqlite => {
            let options = SqliteOptions::new(folder.join("old.sqlite"));
            let connection = rusqlite::Connection::open(&options.path).expect("the file opens");
            for step in old_store("INTEGER", sqlite_migrations()) {
                connection.execute_batch(&step).expect("a step");
            }
            Engine::Sqlite(options)
        }
        On::Postgres => {
            let database = Cluster::shared().create_database().await;
            let client = database.connect().await;
            for step in old_store("BIGINT", postgres_migrations()) {
                client.batch_execute(&step).await.expect("a step");
            }
            Engine::Postgres(PostgresOptions {
                url: database.url(),
                pool_size: 2,
                notify: false,
            })
        }
    }
}

async fn setting_columns_become_rows(on: On) {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        engine: old_engine(on, folder.path()).await,
        objects: folder.path().join("objects").into(),
    };
    let open = || Store::open(&options, Arc::new(ManualClock::new()) as _);
    let store = open().await.expect("it opens");
    let read = async |id| get(&store, AccountId(id)).await;
    assert_eq!(values(&read(1).await), []);
    assert_eq!(
        values(&read(2).await),
        [
            ("helpscout", "lock_after_days", 30),
            ("helpscout", "rate", -1),
            ("helpscout", "thread_cap", 7),
            ("magicline", "rate", 12),
            ("mews", "rate", 4_294_967_295),
        ]
    );
    assert_eq!(
        values(&read(3).await),
        [("helpscout", "thread_cap", 0), ("mews", "rate", -1)]
    );
    assert_eq!(read(2).await.guid_tag, 2);
    let first = read(1).await;
    store.close().await.expect("it closes");
    // The copy runs once: later changes are kept.
    let store = open().await.expect("it opens again");
    let change = UpdateAccount {
        caller: None,
        id: AccountId(2),
        expected: None,
        name: None,
        settings: vec![SettingChange {
            default: 0,
            ..to(MEWS, "rate", 0)
        }],
    };
    let changed = store.write(change).await.expect("a change");
    assert_eq!(changed.settings.get("mews", "rate"), None);
    store.close().await.expect("it closes");
    let store = open().await.expect("it opens for a third time");
    assert_eq!(get(&store, AccountId(1)).await, first);
    assert_eq!(
        get(&store, AccountId(2)).await.settings.get("mews", "rate"),
        None
    );
    store.close().await.expect("it closes");
}

async fn a_merged_id_leads_to_the_survivor_for_the_days_of_the_setting(on: On) {
    const DAY_MS: i64 = 86_400_000;
    let (test, tenant) = opened(on).await;
    let (from, into) = (
        tenant.conversation().await.id,
        tenant.conversation().await.id,
    );
    test.store
        .write(merge(&tenant, from, into))
        .await
        .expect("merged");
    let leads = Refusal::MergedConversation {
        at: 0,
        survivor: into,
    };
    let missing = Refusal::NotFound(Entity::Conversation(0));
    let keep_for = |value| {
        let (api, name) = MERGE_REDIRECT_DAYS;
        let to = SettingChange {
            default: 0,
            ..to(ApiName::named(api), name, value)
        };
        test.store.write(update(&tenant, vec![to]))
    };
    let found = async || match tenant.find(from).await {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    test.clock.advance(1_000 * DAY_MS);
    assert_eq!(found().await, leads, "for ever");
    for (days, expected) in [(1_001, &leads), (1_000, &missing), (0, &leads)] {
        keep_for(days).await.expect("set");
        assert_eq!(found().await, *expected, "{days} days");
    }
    keep_for(60).await.expect("set");
    let late = tenant.append(from, call("late")).await;
    assert_eq!(late.err(), Some(Error::Refused(missing.clone())));
    // The jobs that follow the merge and the erasure of a customer change the conversation, too.
    let customer = tenant.get(into).await.customer;
    let create = tenant.creation(by_email("other@example.com"), Vec::new());
    let other = test.store.write(create).await.expect("created");
    let other = other.conversation.customer;
    tenant.merge(customer, other).await.expect("merged");
    test.store
        .run_jobs(tenant.account, "node")
        .await
        .expect("jobs");
    assert_eq!(tenant.get(into).await.customer, other);
    assert_eq!(found().await, missing, "after the merge");
    tenant.erase(other).await.expect("erased");
    test.store
        .run_jobs(tenant.account, "node")
        .await
        .expect("jobs");
    assert_eq!(found().await, missing, "after the erasure");
    // A filter shows nothing that the caller may not see, so it follows the id for ever.
    let follow = FindSurvivor {
        account: tenant.account,
        id: from,
    };
    assert_eq!(test.store.read(follow).await.expect("a read"), Some(into));
}

on_both!(
    a_merged_id_leads_to_the_survivor_for_the_days_of_the_setting,
    a_change_sets_only_the_named_settings_and_stores_no_default,
    a_new_account_has_the_settings_it_was_made_with,
    concurrent_changes_of_settings_are_all_kept_and_in_the_feed,
    setting_columns_become_rows,
);
