//! Numbered schema migrations, one file per engine, embedded in the binary. Each statement is one step. On PostgreSQL
//! every step can be repeated safely; on SQLite a migration is one transaction.
//!
//! A new SQLite database gets the whole schema at once from `schema.sqlite.sql`, which is much faster than running
//! every migration. The test `schema::created` compares the two and writes the file.
//!
//! On SQLite the lock file keeps other processes away. On PostgreSQL a lease row does this: nodes that start together
//! migrate one after the other. If a node dies while it migrates, another node continues the migration as soon as the
//! dead node's lease has expired.

use std::time::Duration;

use heddle_domain::Timestamp;
use rusqlite::Connection;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::clock::Clock;
use crate::error::{Abort, Result, Trouble};
use crate::postgres::connection::failure as postgres_failure;
use crate::sqlite::connection::failure as sqlite_failure;

/// One numbered change of the schema.
pub(crate) struct Migration {
    pub(crate) number: i64,
    pub(crate) name: &'static str,
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

macro_rules! migration {
    ($number:literal, $digits:literal, $name:literal) => {
        Migration {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!(
                "../migrations/",
                $digits,
                "_",
                $name,
                ".sqlite.sql"
            )),
            postgres: include_str!(concat!(
                "../migrations/",
                $digits,
                "_",
                $name,
                ".postgres.sql"
            )),
        }
    };
}

/// All migrations in order.
pub(crate) const MIGRATIONS: &[Migration] = &[
    migration!(1, "0001", "foundation"),
    migration!(2, "0002", "feed"),
    migration!(3, "0003", "native"),
    migration!(4, "0004", "conversations"),
    migration!(5, "0005", "customers"),
    migration!(6, "0006", "webhooks"),
    migration!(7, "0007", "guests"),
    migration!(8, "0008", "api_columns"),
    migration!(9, "0009", "account_settings"),
    migration!(10, "0010", "settings_from_columns"),
    migration!(11, "0011", "no_setting_columns"),
    migration!(12, "0012", "inbox_scope"),
    migration!(13, "0013", "scope_from_inboxes"),
    migration!(14, "0014", "no_inboxes_columns"),
    migration!(15, "0015", "conversation_by_survivor"),
    migration!(16, "0016", "last_survivors"),
    migration!(17, "0017", "moved_messages"),
    migration!(18, "0018", "effective_times"),
    migration!(19, "0019", "webhook_troubles"),
    migration!(20, "0020", "effective_messages"),
    migration!(24, "0024", "agent_emails"),
];

/// The schema after the last migration, except the table `migration`.
const SCHEMA_SQLITE: &str = include_str!("../schema.sqlite.sql");
const BOOK_SQLITE: &str = "CREATE TABLE IF NOT EXISTS migration (
    number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT";
const BOOK_POSTGRES: &str = "CREATE TABLE IF NOT EXISTS migration (
    number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)";
const LEASE_TABLE: &str = "CREATE TABLE IF NOT EXISTS lease (
    name TEXT NOT NULL PRIMARY KEY, holder TEXT NOT NULL, until_ms BIGINT NOT NULL)";
const TAKE_LEASE: &str = "INSERT INTO lease (name, holder, until_ms) VALUES ('migration', $1, $2)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms
    WHERE lease.until_ms < $3 OR lease.holder = excluded.holder";
const DROP_LEASE: &str = "DELETE FROM lease WHERE name = 'migration' AND holder = $1";
const APPLIED: &str = "SELECT number FROM migration ORDER BY number";
const RECORD: &str = "INSERT INTO migration (number, name, applied_at) VALUES ($1, $2, $3)
    ON CONFLICT (number) DO NOTHING";
const LEASE_MS: i64 = 60_000;
const LEASE_PATIENCE: u32 = 1_200;

/// Splits a migration file into statements. A semicolon at the end of a line ends a statement; comment lines are
/// removed.
pub(crate) fn statements(file: &str) -> impl Iterator<Item = String> + '_ {
    file.split(";\n")
        .map(without_comments)
        .filter(|statement| !statement.is_empty())
}

fn without_comments(statement: &str) -> String {
    let lines = statement
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"));
    lines
        .collect::<Vec<_>>()
        .join("\n")
        .trim()
        .trim_end_matches(';')
        .to_owned()
}

/// Returns the newest schema version that this binary knows.
#[must_use]
pub fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.number)
}

fn refuse_newer(applied: &[i64]) -> Result<()> {
    match applied.iter().max() {
        Some(found) if *found > newest() => Err(Trouble::Internal(format!(
            "the database has schema {found}, this binary knows {}: start a newer one",
            newest()
        ))
        .into()),
        _ => Ok(()),
    }
}

/// Brings a SQLite database up to date.
pub(crate) fn migrate_sqlite(connection: &mut Connection, now: Timestamp) -> Result<()> {
    connection
        .execute_batch(BOOK_SQLITE)
        .map_err(sqlite_failure)?;
    let applied: Vec<i64> = connection
        .prepare(APPLIED)
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .map_err(sqlite_failure)?;
    refuse_newer(&applied)?;
    if applied.is_empty() {
        return Ok(create_sqlite(connection, now).map_err(sqlite_failure)?);
    }
    for migration in MIGRATIONS
        .iter()
        .filter(|migration| !applied.contains(&migration.number))
    {
        apply_sqlite(connection, migration, now).map_err(sqlite_failure)?;
    }
    Ok(())
}

/// Creates the schema in an empty database, and records all migrations as applied.
fn create_sqlite(connection: &mut Connection, now: Timestamp) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(SCHEMA_SQLITE)?;
    for migration in MIGRATIONS {
        record_sqlite(&transaction, migration, now)?;
    }
    transaction.commit()
}

/// Runs and records one migration in one transaction, because SQLite has no `ADD COLUMN IF NOT EXISTS`.
fn apply_sqlite(
    connection: &mut Connection,
    migration: &Migration,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for statement in statements(migration.sqlite) {
        transaction.execute_batch(&statement)?;
    }
    record_sqlite(&transaction, migration, now)?;
    transaction.commit()
}

fn record_sqlite(
    connection: &Connection,
    migration: &Migration,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let record = RECORD.replace('$', "?");
    connection.execute(&record, (migration.number, migration.name, now.0))?;
    Ok(())
}

/// Brings a PostgreSQL database up to date, one node at a time.
pub(crate) async fn migrate_postgres(client: &Client, clock: &dyn Clock) -> Result<()> {
    let failure = |e: tokio_postgres::Error| postgres_failure(&e);
    if let Ok(rows) = client.query(APPLIED, &[]).await {
        let applied: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        refuse_newer(&applied)?;
        if applied.last() == Some(&newest()) {
            return Ok(());
        }
    }
    create_if_missing(client, LEASE_TABLE).await?;
    create_if_missing(client, BOOK_POSTGRES).await?;
    let holder = uuid::Uuid::new_v4().to_string();
    take_lease(client, &holder, clock).await?;
    let applied: Vec<i64> = client
        .query(APPLIED, &[])
        .await
        .map_err(failure)?
        .iter()
        .map(|row| row.get(0))
        .collect();
    refuse_newer(&applied)?;
    for migration in MIGRATIONS
        .iter()
        .filter(|migration| !applied.contains(&migration.number))
    {
        for statement in statements(migration.postgres) {
            run_step(client, &statement).await.map_err(failure)?;
            take_lease(client, &holder, clock).await?;
        }
        let record = [
            &migration.number as &(dyn tokio_postgres::types::ToSql + Sync),
            &migration.name,
            &clock.now().0,
        ];
        client.execute(RECORD, &record).await.map_err(failure)?;
    }
    client
        .execute(DROP_LEASE, &[&holder])
        .await
        .map_err(failure)?;
    Ok(())
}

/// Runs one step. A step must be idempotent: a node can stop after the step and before the migration is recorded.
/// `RENAME COLUMN` has no `IF EXISTS`, so a missing old column, or an existing new one, means that the step already ran.
async fn run_step(
    client: &Client,
    statement: &str,
) -> std::result::Result<(), tokio_postgres::Error> {
    let renames = statement.starts_with("ALTER TABLE") && statement.contains(" RENAME COLUMN ");
    match client.batch_execute(statement).await {
        Err(error)
            if renames
                && [&SqlState::UNDEFINED_COLUMN, &SqlState::DUPLICATE_COLUMN]
                    .map(Some)
                    .contains(&error.code()) =>
        {
            Ok(())
        }
        settled => settled,
    }
}

/// Runs `CREATE TABLE IF NOT EXISTS`. It can fail when two nodes run it at the same moment; then a second attempt finds
/// the table.
async fn create_if_missing(client: &Client, sql: &str) -> Result<()> {
    if client.batch_execute(sql).await.is_err() {
        client
            .batch_execute(sql)
            .await
            .map_err(|e| postgres_failure(&e))?;
    }
    Ok(())
}

/// Takes or renews the migration lease; waits while another node holds it.
async fn take_lease(client: &Client, holder: &str, clock: &dyn Clock) -> Result<()> {
    for _ in 0..LEASE_PATIENCE {
        let now = clock.now();
        let taken = client
            .execute(TAKE_LEASE, &[&holder, &now.plus_ms(LEASE_MS).0, &now.0])
            .await;
        match taken.map_err(|e| postgres_failure(&e)) {
            Ok(1) => return Ok(()),
            Err(error) if error != Abort::StartOver || client.is_closed() => return Err(error),
            // Another node holds the lease, or two nodes tried to take it at the same moment: try again.
            Ok(_) | Err(_) => {}
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(Trouble::Overloaded("another node holds the migration lease").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_splits_into_statements_without_comments() {
        let file =
            "-- a\nCREATE TABLE a (\n  x TEXT -- why; not\n);\n\n-- b\nCREATE INDEX b ON a (x);\n";
        let found: Vec<String> = statements(file).collect();
        assert_eq!(
            found,
            [
                "CREATE TABLE a (\n  x TEXT -- why; not\n)",
                "CREATE INDEX b ON a (x)"
            ]
        );
    }

    #[test]
    fn migrations_are_numbered_without_gaps() {
        for (at, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.number, at as i64 + 1);
            assert!(
                statements(migration.sqlite).count() > 0
                    && statements(migration.postgres).count() > 0
            );
        }
    }
}
