//! `schema.sqlite.sql`, from which a new SQLite database is made, is the result of all migrations.

use heddle_store::diagnostics;
use heddle_testkit::TestStore;
use rusqlite::Connection;

use crate::sqlite_of;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.sqlite.sql");

/// Returns the statements that create the tables and indexes of a database, in the order in which they ran.
fn schema(connection: &Connection) -> String {
    let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name <> 'migration' ORDER BY rowid";
    let mut statement = connection.prepare(sql).expect("a query");
    let all = statement.query_map([], |row| row.get::<_, String>(0));
    let all = all.expect("rows").map(|sql| sql.expect("a text") + ";\n\n");
    all.collect()
}

fn migrated() -> Connection {
    let connection = Connection::open_in_memory().expect("a database");
    for statement in diagnostics::sqlite_migrations().into_iter().flatten() {
        connection.execute_batch(&statement).expect("a step runs");
    }
    connection
}

/// If this test fails after a new migration, run it once with `HEDDLE_BLESS=1`: it writes the file again.
#[test]
fn the_file_is_the_result_of_all_migrations() {
    let migrated = schema(&migrated());
    let file = format!(
        "-- The schema of a new SQLite database: the result of all migrations. The test `schema::created` writes this file.\n\n{}\n",
        migrated.trim_end()
    );
    if std::env::var_os("HEDDLE_BLESS").is_some() {
        std::fs::write(FILE, file).expect("the file is written");
        return;
    }
    let committed = std::fs::read_to_string(FILE).expect("the file is read");
    assert_eq!(committed, file, "run this test with HEDDLE_BLESS=1");
}

/// No migration may add rows to an empty store, because a new database would not get them.
#[test]
fn no_migration_adds_rows_to_an_empty_store() {
    let migrated = migrated();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table'";
    let mut statement = migrated.prepare(sql).expect("a query");
    let tables = statement.query_map([], |row| row.get::<_, String>(0));
    for table in tables.expect("rows") {
        let table = table.expect("a name");
        let count = format!("SELECT count(*) FROM {table}");
        let count: i64 = migrated
            .query_row(&count, [], |row| row.get(0))
            .expect("a count");
        assert_eq!(count, 0, "{table}");
    }
}

#[tokio::test]
async fn a_new_database_has_this_schema_and_all_migrations() {
    let store = TestStore::open(heddle_testkit::On::Sqlite).await;
    let connection = sqlite_of(&store);
    assert_eq!(schema(&connection), schema(&migrated()));
    let applied = connection.query_row("SELECT count(*), max(number) FROM migration", [], |row| {
        Ok((row.get(0)?, row.get(1)?))
    });
    let all = diagnostics::sqlite_migrations().len() as i64;
    assert_eq!(
        applied.expect("a row"),
        (all, heddle_store::newest_schema())
    );
}
