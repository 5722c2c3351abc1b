//! Tests of opening and closing a store: one process per SQLite file, migrations interrupted at any step, schemas newer
//! than the binary.

use std::collections::BTreeSet;

use heddle_store::diagnostics::{migration_numbers, postgres_migrations, sqlite_migrations};
use heddle_store::{
    Engine, Error, Options, PostgresOptions, Refusal, SqliteOptions, Store, Trouble, newest_schema,
};
use heddle_testkit::postgres::Cluster;
use heddle_testkit::{ManualClock, On, TestStore};

use crate::tenant::{Tenant, call, opened};

async fn written_data_is_there_after_a_restart(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let rows = tenant.rows().await;
    test.store.close().await.expect("it closes");
    let closed = tenant.append(id, call("too late")).await.err();
    assert!(
        matches!(closed, Some(Error::Trouble(Trouble::Overloaded(_)))),
        "{closed:?}"
    );

    let store = Store::open(&test.options, test.clock.clone() as _)
        .await
        .expect("it opens");
    let tenant = Tenant { store, ..tenant };
    assert_eq!(tenant.rows().await, rows);
    tenant
        .append(id, call("in time"))
        .await
        .expect("it is added");
}

/// PostgreSQL reports the values of a row that it refuses. They are personal data, and the cause of an error goes to the log.
#[tokio::test]
async fn the_cause_of_an_error_contains_no_values_of_clients() {
    let (test, tenant) = opened(On::Postgres).await;
    let database = test.database.as_ref().expect("a database").connect().await;
    let refuse = "ALTER TABLE message ADD CONSTRAINT refused CHECK (body <> 'jo@example.com')";
    database.batch_execute(refuse).await.expect("altered");
    let id = tenant.conversation().await.id;
    let refused = tenant.append(id, call("jo@example.com")).await.err();
    let cause = refused.expect("it is refused").to_string();
    assert!(
        cause.contains("\"refused\"") && cause.contains("23514"),
        "{cause}"
    );
    assert!(
        !cause.contains("example.com") && !cause.contains("DETAIL"),
        "{cause}"
    );
}

async fn a_newer_schema_is_refused(on: On) {
    let test = TestStore::open(on).await;
    test.store.close().await.expect("it closes");
    let newer = format!(
        "INSERT INTO migration (number, name, applied_at) VALUES ({}, 'future', 0)",
        newest_schema() + 1
    );
    match &test.database {
        Some(database) => database
            .connect()
            .await
            .batch_execute(&newer)
            .await
            .expect("a row"),
        None => sqlite(&test.options).execute_batch(&newer).expect("a row"),
    }
    let refused = Store::open(&test.options, test.clock.clone() as _)
        .await
        .err();
    assert!(
        matches!(&refused, Some(Error::Trouble(Trouble::Internal(why))) if why.contains("newer")),
        "{refused:?}"
    );
}

on_both!(
    written_data_is_there_after_a_restart,
    a_newer_schema_is_refused,
);

pub(crate) fn sqlite(options: &Options) -> rusqlite::Connection {
    let Engine::Sqlite(sqlite) = &options.engine else {
        panic!("a store on SQLite is wanted");
    };
    rusqlite::Connection::open(&sqlite.path).expect("the file opens")
}

#[tokio::test]
async fn a_sqlite_file_has_one_owner_until_it_is_closed_or_dropped() {
    let test = TestStore::open(On::Sqlite).await;
    let open = || Store::open(&test.options, test.clock.clone() as _);
    let refused = open().await.err();
    assert!(
        matches!(refused, Some(Error::Refused(Refusal::Conflict(_)))),
        "{refused:?}"
    );
    test.store.close().await.expect("it closes");
    let second = open().await.expect("it is free");
    assert!(open().await.is_err());
    second.close().await.expect("it closes");
    second.close().await.expect("twice is once");
    open()
        .await
        .expect("it is free again")
        .close()
        .await
        .expect("it closes");
}

/// Opens a store in a copy of the files of a running one.
async fn opened_from_a_copy(test: &TestStore, files: &[&str], accept: bool) -> Result<(), Error> {
    let Engine::Sqlite(running) = &test.options.engine else {
        panic!("a store on SQLite is wanted");
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("copy.sqlite");
    for end in files {
        let with_end = |path: &std::path::Path| format!("{}{end}", path.display());
        std::fs::copy(with_end(&running.path), with_end(&path)).expect("copied");
    }
    let options = Options {
        engine: Engine::Sqlite(SqliteOptions {
            accept_missing_log: accept,
            ..SqliteOptions::new(&path)
        }),
        objects: folder.path().join("objects").into(),
    };
    let store = Store::open(&options, test.clock.clone() as _).await?;
    store.close().await
}

#[tokio::test]
async fn a_database_that_was_not_closed_is_refused_without_its_log() {
    let (test, tenant) = opened(On::Sqlite).await;
    tenant.conversation().await;
    let refused = opened_from_a_copy(&test, &[""], false).await.err();
    assert!(
        matches!(&refused, Some(Error::Trouble(Trouble::LogMissing(why))) if why.contains("-wal")),
        "{refused:?}"
    );
    opened_from_a_copy(&test, &["", "-wal"], false)
        .await
        .expect("it is whole");
    opened_from_a_copy(&test, &[""], true)
        .await
        .expect("it is accepted");
    test.store.close().await.expect("it closes");
    opened_from_a_copy(&test, &[""], false)
        .await
        .expect("it was closed");
}

/// A start that fails after it has opened the database must leave the log of a killed process where it is.
#[tokio::test]
async fn a_start_that_fails_does_not_hide_the_log() {
    let (test, tenant) = opened(On::Sqlite).await;
    tenant.conversation().await;
    let rows = tenant.rows().await;
    let Engine::Sqlite(running) = &test.options.engine else {
        panic!("a store on SQLite is wanted");
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("killed.sqlite");
    for end in ["", "-wal"] {
        let with_end = |path: &std::path::Path| format!("{}{end}", path.display());
        std::fs::copy(with_end(&running.path), with_end(&path)).expect("copied");
    }
    let options = Options {
        engine: Engine::Sqlite(SqliteOptions::new(&path)),
        objects: folder.path().join("objects").into(),
    };
    test.clock.advance(-86_400_000);
    let refused = Store::open(&options, test.clock.clone() as _).await.err();
    assert!(
        matches!(refused, Some(Error::Trouble(Trouble::WrongClock(_)))),
        "{refused:?}"
    );
    test.clock.advance(86_400_000);
    let store = Store::open(&options, test.clock.clone() as _).await;
    let store = store.expect("nothing is missing");
    let tenant = Tenant { store, ..tenant };
    assert_eq!(tenant.rows().await, rows);
}

fn sqlite_schema(connection: &rusqlite::Connection) -> BTreeSet<String> {
    let mut statement = connection
        .prepare("SELECT coalesce(sql, name) FROM sqlite_schema")
        .expect("a statement");
    let rows = statement
        .query_map([], |row| row.get(0))
        .expect("the schema");
    rows.map(|row| row.expect("a row")).collect()
}

#[tokio::test]
async fn migrations_continue_after_the_last_recorded_one_on_sqlite() {
    const BOOK: &str =
        "CREATE TABLE migration (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL,
        applied_at INTEGER NOT NULL) STRICT";
    let whole = TestStore::open(On::Sqlite).await;
    let expected = sqlite_schema(&sqlite(&whole.options));
    let migrations = sqlite_migrations();
    for cut in 0..=migrations.len() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options {
            engine: Engine::Sqlite(SqliteOptions::new(folder.path().join("cut.sqlite"))),
            objects: folder.path().join("objects").into(),
        };
        let connection = sqlite(&options);
        connection.execute_batch(BOOK).expect("the book");
        for (number, migration) in migration_numbers().into_iter().zip(&migrations[..cut]) {
            for step in migration {
                connection.execute_batch(step).expect("a step");
            }
            let record = format!("INSERT INTO migration VALUES ({number}, 'known', 0)");
            connection.execute_batch(&record).expect("a record");
        }
        // The test stops only between migrations: SQLite itself rolls back a migration that is interrupted.
        drop(connection);
        let store = Store::open(&options, whole.clock.clone() as _).await;
        let store = store.unwrap_or_else(|e| panic!("cut after {cut}: {e}"));
        Tenant::in_store(&store).await;
        store.close().await.expect("it closes");
        let mut found = sqlite_schema(&sqlite(&options));
        found.remove(BOOK);
        let expected: BTreeSet<String> = expected
            .iter()
            .filter(|sql| !sql.starts_with("CREATE TABLE migration"))
            .cloned()
            .collect();
        assert_eq!(found, expected, "cut after {cut}");
    }
}

#[tokio::test]
async fn a_migration_interrupted_at_any_step_is_completed_on_postgres() {
    const SCHEMA: &str = "SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
        SELECT concat_ws(' ', table_name, ordinal_position, column_name, data_type, is_nullable) AS line
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public') AS schema";
    let whole = TestStore::open(On::Postgres).await;
    let client = whole.database.as_ref().expect("a database").connect().await;
    let expected: String = client
        .query_one(SCHEMA, &[])
        .await
        .expect("a schema")
        .get(0);
    const BOOK: &str =
        "CREATE TABLE migration (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL,
        applied_at BIGINT NOT NULL)";
    let migrations = postgres_migrations();
    let steps = migrations.concat();
    for cut in (0..=steps.len())
        .step_by(5)
        .chain([steps.len() - 1, steps.len()])
    {
        let database = Cluster::shared().create_database().await;
        let client = database.connect().await;
        for step in &steps[..cut] {
            client.batch_execute(step).await.expect("a step");
        }
        client.batch_execute(BOOK).await.expect("the book");
        // The last migration is interrupted after its last step, before it is recorded.
        let mut end = 0;
        for (at, migration) in migrations.iter().enumerate() {
            end += migration.len();
            if end < cut {
                let record = format!("INSERT INTO migration VALUES ({}, 'known', 0)", at + 1);
                client.batch_execute(&record).await.expect("a record");
            }
        }
        let options = Options {
            engine: Engine::Postgres(PostgresOptions {
                url: database.url(),
                pool_size: 2,
                notify: false,
            }),
            objects: whole.folder.path().join("objects").into(),
        };
        let clock = std::sync::Arc::new(ManualClock::new());
        let store = Store::open(&options, clock as _).await;
        let store = store.unwrap_or_else(|e| panic!("cut after {cut}: {e}"));
        Tenant::in_store(&store).await;
        let found: String = client
            .query_one(SCHEMA, &[])
            .await
            .expect("a schema")
            .get(0);
        assert_eq!(found, expected, "cut after {cut}");
        store.close().await.expect("it closes");
        drop(client);
        database.remove().await;
    }
}
