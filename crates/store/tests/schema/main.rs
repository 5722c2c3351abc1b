//! The schema and the statements, asked of the engines themselves; and both engines against each other.
//!
//! - [`append_only`]: nothing changes what events tell;
//! - [`prepare`]: every statement prepares on both;
//! - [`partitions`]: every statement of a tenant table stays in one partition by account;
//! - [`plans`]: no statement reads what does not concern it;
//! - [`indexes`]: `docs/indexes.md` is complete and true;
//! - [`engines`]: the same commands leave the same rows on both.

mod append_only;
mod engines;
mod indexes;
mod partitions;
mod plans;
mod prepare;

use heddle_store::Engine;
use heddle_testkit::TestStore;
use rusqlite::Connection;

/// A connection of the test's own to the file of a SQLite store.
fn sqlite_of(store: &TestStore) -> Connection {
    let Engine::Sqlite(options) = &store.options.engine else {
        panic!("a store on SQLite is wanted");
    };
    Connection::open(&options.path).expect("the store's file opens")
}

/// What SQLite says of a statement's plan, a step a line.
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
