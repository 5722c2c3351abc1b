//! Checks the schema and the statements on SQLite and PostgreSQL, and compares the two.
//!
//! - [`append_only`]: no statement changes events;
//! - [`created`]: a new SQLite database has the schema that the migrations make;
//! - [`prepare`]: every statement prepares on SQLite and PostgreSQL;
//! - [`partitions`]: every statement of a tenant table reads one partition by account;
//! - [`plans`]: no statement reads unrelated rows;
//! - [`indexes`]: `docs/indexes.md` is complete and correct;
//! - [`engines`]: the same commands have the same effect on SQLite and PostgreSQL.

mod append_only;
mod created;
mod engines;
mod indexes;
mod partitions;
mod plans;
mod prepare;

use heddle_store::Engine;
use heddle_testkit::TestStore;
use rusqlite::Connection;

/// Opens another connection to the file of a SQLite store.
fn sqlite_of(store: &TestStore) -> Connection {
    let Engine::Sqlite(options) = &store.options.engine else {
        panic!("a store on SQLite is wanted");
    };
    Connection::open(&options.path).expect("the store's file opens")
}

/// Returns SQLite's plan of a statement, one line per step.
fn sqlite_plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().expect("a plan is read") {
        steps.push(row.get(3).expect("the fourth column is the step"));
    }
    steps
}
