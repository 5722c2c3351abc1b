//! Removals of accounts: nothing of the account is left in any table of the schema, the other accounts stay as they are, and an
//! interrupted removal goes on.

use std::collections::{BTreeMap, BTreeSet};

use heddle_domain::id::EventId;
use heddle_domain::{AccountId, EntityKind};
use heddle_store::import::Limits;
use heddle_store::removal::{CHANGED, CountContents, LastEvent};
use heddle_store::{Entity, Error, Refusal, Trouble, search_index_path};
use heddle_testkit::{On, TestStore};
use rusqlite::types::Value;

use crate::moving::{ACCOUNTS, exported, furnished, ids, imported, tenant_tables, try_export};
use crate::opening::sqlite;
use crate::tenant::{Tenant, call, opened};

on_both!(
    nothing_of_a_removed_account_is_left,
    an_interrupted_removal_goes_on,
    an_account_that_has_changed_or_does_not_exist_is_not_removed,
    a_removed_account_can_be_imported_again,
    only_the_removed_account_leaves_the_search_index,
);

const REMOVED: i64 = ACCOUNTS[0];
const STAYING: i64 = ACCOUNTS[1];

/// A store whose two accounts have rows in every table of the schema.
async fn full(on: On) -> TestStore {
    let source = furnished().await;
    if on == On::Sqlite {
        return source;
    }
    let export = exported(&source).await;
    let test = TestStore::open(on).await;
    let taken = imported(&test, &export, Limits::default()).await;
    taken.expect("it imports");
    // An export leaves tables out. They get a row of each account whose values are made up from the types of the columns.
    let client = test.database.as_ref().expect("a database").connect().await;
    let columns = "SELECT table_name, column_name, data_type FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name IN (SELECT table_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND column_name = 'account_id') ORDER BY table_name, ordinal_position";
    let mut tables: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in client.query(columns, &[]).await.expect("columns") {
        let column = (row.get(1), row.get(2));
        tables.entry(row.get(0)).or_default().push(column);
    }
    for (table, columns) in tables {
        for account in ACCOUNTS {
            let values: Vec<String> = columns
                .iter()
                .map(|(column, kind)| match (&**column, &**kind) {
                    ("account_id", _) => account.to_string(),
                    (_, "bigint") => "5".to_owned(),
                    (_, "text") => "'hush'".to_owned(),
                    (_, "bytea") => format!("'\\x0{account}'"),
                    (_, "tsvector") => "'hush'".to_owned(),
                    (_, other) => panic!("{table}.{column} is {other}"),
                })
                .collect();
            let names: Vec<&str> = columns.iter().map(|(column, _)| &**column).collect();
            let sql = format!(
                "INSERT INTO {table} ({}) SELECT {} WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE account_id = {account})",
                names.join(", "),
                values.join(", ")
            );
            client.batch_execute(&sql).await.expect(&table);
        }
    }
    test
}

/// Returns the rows of an account in every table of the schema, as texts.
async fn rows(test: &TestStore, account: i64) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    let Some(database) = &test.database else {
        let connection = sqlite(&test.options);
        for table in tenant_tables(&connection) {
            let sql = format!("SELECT * FROM {table} WHERE account_id = ?1");
            let mut statement = connection.prepare(&sql).expect("a query");
            let width = statement.column_count();
            let row = |row: &rusqlite::Row<'_>| {
                let values =
                    (0..width).map(|at| row.get::<_, Value>(at).map(|it| format!("{it:?}")));
                values.collect::<rusqlite::Result<Vec<_>>>()
            };
            let all = statement.query_map([account], row).expect("rows");
            let mut all: Vec<String> = all.map(|row| row.expect("a row").join("|")).collect();
            all.sort();
            found.insert(table, all);
        }
        return found;
    };
    let client = database.connect().await;
    let tables = "SELECT table_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND column_name = 'account_id'";
    for row in client.query(tables, &[]).await.expect("tables") {
        let table: String = row.get(0);
        let sql = format!("SELECT t::text FROM {table} t WHERE account_id = {account} ORDER BY 1");
        let all = client.query(&sql, &[]).await.expect("rows");
        found.insert(table, all.iter().map(|row| row.get(0)).collect());
    }
    found
}

fn occupied(rows: &BTreeMap<String, Vec<String>>) -> BTreeSet<&str> {
    let full = rows.iter().filter(|(_, rows)| !rows.is_empty());
    full.map(|(table, _)| &**table).collect()
}

/// Returns the names of the files of an account.
fn files(test: &TestStore, account: i64) -> Vec<String> {
    let folder = test.folder.path().join("objects").join(account.to_string());
    let Ok(files) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    files
        .map(|file| {
            file.expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

async fn last(test: &TestStore, account: i64) -> EventId {
    let read = LastEvent(AccountId(account));
    test.store.read(read).await.expect("it reads")
}

/// Removes an account whose last event is the one that is stored.
async fn remove(test: &TestStore, account: i64) -> Result<(), Error> {
    let last = last(test, account).await;
    let mut on_progress = |_| {};
    let removed = test
        .store
        .remove_account(AccountId(account), last, &mut on_progress);
    removed.await.map(drop)
}

async fn nothing_of_a_removed_account_is_left(on: On) {
    let test = full(on).await;
    let before = rows(&test, STAYING).await;
    let all: BTreeSet<&str> = before.keys().map(String::as_str).collect();
    assert!(all.len() > 45, "{all:?}");
    assert_eq!(
        occupied(&rows(&test, REMOVED).await),
        all,
        "every table is full"
    );
    let export = try_export(&test, &ids(&[STAYING]))
        .await
        .expect("an export");
    let kept = files(&test, STAYING);
    assert_eq!((kept.len(), files(&test, REMOVED).len()), (1, 1));
    let counted = test.store.read(CountContents(AccountId(REMOVED))).await;
    let counted = counted.expect("counts");
    assert!(
        counted.messages > 0 && counted.attachment_bytes > 500_000,
        "{counted:?}"
    );

    let last = last(&test, REMOVED).await;
    let mut shown = 0;
    let removed = test
        .store
        .remove_account(AccountId(REMOVED), last, &mut |rows| shown = rows)
        .await
        .expect("it is removed");
    assert!(removed.rows > 300 && removed.rows == shown, "{removed:?}");
    assert_eq!(removed.files, 1);

    assert_eq!(occupied(&rows(&test, REMOVED).await), BTreeSet::new());
    assert_eq!(files(&test, REMOVED), Vec::<String>::new());
    assert_eq!(test.store.unfinished_removals().await, Ok(Vec::new()));
    assert_eq!(test.store.account_ids().await, Ok(ids(&[STAYING])));
    assert_eq!(
        rows(&test, STAYING).await,
        before,
        "the other account stays"
    );
    assert_eq!(files(&test, STAYING), kept);
    assert!(
        try_export(&test, &ids(&[STAYING]))
            .await
            .expect("an export")
            == export,
        "the exports are equal"
    );
    // The greatest number was that of the other account; remove it, too: no number comes again.
    remove(&test, STAYING).await.expect("it is removed");
    let next = test.store.take_id(AccountId(0), EntityKind::Account).await;
    assert!(next.expect("a number") > STAYING);
}

async fn an_interrupted_removal_goes_on(on: On) {
    let test = full(on).await;
    let staying = rows(&test, STAYING).await;
    let last = last(&test, REMOVED).await;
    // After so many steps the task is dropped, and the removal with it.
    for steps in [1, 4, 20, 40] {
        let store = test.store.clone();
        let removal = tokio::spawn(async move {
            let mut left = steps;
            let mut on_progress = |_| {
                left -= 1;
                assert!(left > 0, "interrupted");
            };
            let removal = store.remove_account(AccountId(REMOVED), last, &mut on_progress);
            removal.await
        });
        assert!(removal.await.expect_err("interrupted").is_panic());
        assert_eq!(test.store.account_ids().await, Ok(ids(&[STAYING])));
        assert_eq!(test.store.unfinished_removals().await, Ok(ids(&[REMOVED])));
        let left = rows(&test, REMOVED).await;
        assert_eq!(
            left["credential_key"],
            Vec::<String>::new(),
            "the keys go first"
        );
        assert!(!left["event"].is_empty());
    }
    // While a backup needs the files they stay, and the removal is not finished.
    let kept = test.store.objects().keep().await.expect("a backup");
    let refused = remove(&test, REMOVED)
        .await
        .expect_err("a backup is being made");
    assert!(
        matches!(&refused, Error::Trouble(Trouble::Objects(why)) if why.contains("backup")),
        "{refused:?}"
    );
    assert_eq!(files(&test, REMOVED).len(), 1);
    assert_eq!(test.store.unfinished_removals().await, Ok(ids(&[REMOVED])));
    kept.release().await.expect("the backup has ended");
    // An import of the same account waits, too.
    let export = try_export(&furnished().await, &ids(&[REMOVED]))
        .await
        .expect("an export");
    let refused = imported(&test, &export, Limits::default())
        .await
        .expect_err("refused");
    assert!(
        refused.to_string().contains("account remove --account 7"),
        "{refused}"
    );

    remove(&test, REMOVED).await.expect("it goes on");
    assert_eq!(occupied(&rows(&test, REMOVED).await), BTreeSet::new());
    assert_eq!(files(&test, REMOVED), Vec::<String>::new());
    assert_eq!(test.store.unfinished_removals().await, Ok(Vec::new()));
    assert_eq!(rows(&test, STAYING).await, staying);
    let again = remove(&test, REMOVED).await;
    assert_eq!(again, Err(Refusal::NotFound(Entity::Account).into()));
}

async fn an_account_that_has_changed_or_does_not_exist_is_not_removed(on: On) {
    let (test, tenant) = opened(on).await;
    let before = last(&test, tenant.account.get()).await;
    tenant
        .create(vec![call("It came while the export was written")])
        .await;
    let rows = tenant.rows().await;
    let refused = test
        .store
        .remove_account(tenant.account, before, &mut |_| {})
        .await;
    assert!(
        matches!(&refused, Err(Error::Refused(Refusal::Invalid { field, .. })) if *field == CHANGED),
        "{refused:?}"
    );
    let unknown = remove(&test, 99).await;
    assert_eq!(unknown, Err(Refusal::NotFound(Entity::Account).into()));
    assert_eq!(tenant.rows().await, rows);
    assert_eq!(test.store.unfinished_removals().await, Ok(Vec::new()));
}

async fn a_removed_account_can_be_imported_again(on: On) {
    let test = full(on).await;
    let all = exported(&test).await;
    let export = try_export(&test, &ids(&[REMOVED]))
        .await
        .expect("an export");
    remove(&test, REMOVED).await.expect("it is removed");
    let taken = imported(&test, &export, Limits::default()).await;
    assert_eq!(taken.expect("it imports").accounts, ids(&[REMOVED]));
    assert!(exported(&test).await == all, "the exports are equal");
}

async fn only_the_removed_account_leaves_the_search_index(on: On) {
    let (test, first) = opened(on).await;
    let second = Tenant::in_store(&test.store).await;
    for (tenant, word) in [(&first, "heron"), (&second, "kestrel")] {
        tenant.create(vec![call(word), call("shared")]).await;
        test.store.drain_feed().await.expect("positions");
        test.store.index(tenant.account).await.expect("indexed");
    }
    remove(&test, first.account.get())
        .await
        .expect("it is removed");
    let Some(index) = search_index(&test) else {
        // On PostgreSQL the index consists of tables of the schema.
        assert_eq!(
            occupied(&rows(&test, first.account.get()).await),
            BTreeSet::new()
        );
        let left = rows(&test, second.account.get()).await;
        assert_eq!(left["search_document"].len(), 2);
        return;
    };
    let count = |sql: &str| -> i64 {
        let count = index.query_row(sql, [], |row| row.get(0));
        count.expect("a count")
    };
    let account = first.account;
    for table in ["search_document", "search_name", "search_state"] {
        let of = |test: &str| {
            count(&format!(
                "SELECT count(*) FROM {table} WHERE account_id {test} {account}"
            ))
        };
        assert_eq!(of("="), 0, "{table}");
        assert!(of("<>") > 0, "{table}");
    }
    for (word, left) in [("heron", 0), ("kestrel", 1), ("shared", 1)] {
        let found = format!("SELECT count(*) FROM search_text WHERE search_text MATCH '{word}'");
        assert_eq!(count(&found), left, "{word}");
        let listed = format!("SELECT count(*) FROM search_word WHERE word = '{word}'");
        assert_eq!(count(&listed), left, "{word}");
    }
}

/// Opens SQLite's index beside the store; `None` on PostgreSQL.
fn search_index(test: &TestStore) -> Option<rusqlite::Connection> {
    let path = search_index_path(test.store.sqlite_path()?);
    Some(rusqlite::Connection::open(path).expect("the index opens"))
}
