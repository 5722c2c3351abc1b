//! Numbered schema migrations, one file per engine, embedded in the binary. Each statement is one step. On PostgreSQL
//! every step can be repeated safely; on SQLite a migration is one transaction.
//!
//! A new SQLite database gets the whole schema at once from `schema.sqlite.sql`, which is much faster than running
//! every migration. The test `schema::created` compares the two and writes the file.
//!
//! On SQLite the lock file keeps other processes away. On PostgreSQL a lease row does this: nodes that start together
//! migrate one after the other. The lease is renewed while a step runs, however long it takes. If a node dies while it
//! migrates, another node continues the migration as soon as the dead node's lease has expired.

mod agents;
mod names;
mod tags;

use std::time::Duration;

use heddle_domain::Timestamp;
use rusqlite::Connection;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::clock::Clock;
use crate::error::{Abort, Result, Trouble};
use crate::postgres::address::Address;
use crate::postgres::connection::failure as postgres_failure;
use crate::sqlite::connection::failure as sqlite_failure;
use crate::stmt::Stmt;

/// One numbered change of the schema.
pub(crate) struct Migration {
    pub(crate) number: i64,
    pub(crate) name: &'static str,
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

impl Migration {
    /// A migration can take long, so the log says before it which one it is.
    fn log_start(&self) {
        tracing::info!(
            migration = self.number,
            name = self.name,
            "updating the schema"
        );
    }

    fn log_end(&self, rows: u64) {
        tracing::info!(
            migration = self.number,
            name = self.name,
            rows,
            "updated the schema"
        );
    }
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
    migration!(21, "0021", "delivery_times"),
    migration!(22, "0022", "webhook_pauses"),
    migration!(23, "0023", "sealing_key"),
    migration!(24, "0024", "agent_emails"),
    migration!(25, "0025", "owners_of_agent_emails"),
    migration!(26, "0026", "draft_wishes"),
    migration!(27, "0027", "wishes_and_tags"),
    migration!(28, "0028", "inboxes_of_tags"),
    migration!(29, "0029", "places_of_tags"),
    migration!(30, "0030", "search"),
    migration!(31, "0031", "fields_and_originals"),
    migration!(32, "0032", "customer_entries"),
    migration!(33, "0033", "customer_keys"),
    migration!(34, "0034", "people"),
    migration!(35, "0035", "lists"),
    migration!(36, "0036", "places_of_conversations"),
    migration!(37, "0037", "inbox_profiles"),
    migration!(38, "0038", "preferences"),
    migration!(39, "0039", "dealers"),
    migration!(40, "0040", "runs_of_tags"),
    migration!(41, "0041", "starts_of_tags"),
    migration!(42, "0042", "index_of_tags"),
    migration!(43, "0043", "followers"),
    migration!(44, "0044", "unfinished_import"),
    migration!(45, "0045", "serving_nodes"),
    migration!(46, "0046", "unfinished_removal"),
    migration!(47, "0047", "removed_agents"),
    migration!(48, "0048", "removed_inboxes"),
    migration!(49, "0049", "erasure"),
    migration!(50, "0050", "retention"),
    migration!(51, "0051", "times_and_pairs"),
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
const RENEW_LEASE: &str = "UPDATE lease SET until_ms = $2 WHERE name = 'migration' AND holder = $1";
const DROP_LEASE: &str = "DELETE FROM lease WHERE name = 'migration' AND holder = $1";
/// Selects the newest migration, and the time of the first one.
pub(crate) static SCHEMA: Stmt = Stmt::new(
    "SCHEMA",
    "SELECT max(number), min(applied_at) FROM migration",
    None,
);
const APPLIED: &str = "SELECT number FROM migration ORDER BY number";
const RECORD: &str = "INSERT INTO migration (number, name, applied_at) VALUES ($1, $2, $3)
    ON CONFLICT (number) DO NOTHING";
const LEASE_MS: i64 = 60_000;
/// How often the lease is renewed while a step runs.
const RENEW_EVERY: Duration = Duration::from_secs(15);
/// A renewal that takes longer is given up, and tried again.
const LONGEST_RENEWAL: Duration = Duration::from_secs(15);
/// How often a node looks whether it can take the lease.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// After how many looks a node that waits for the lease says so again: every 30 seconds.
const LOOKS_PER_WARNING: u32 = 300;

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
    migration.log_start();
    let before = connection.total_changes();
    let transaction = connection.transaction()?;
    for statement in statements(migration.sqlite) {
        transaction.execute_batch(&statement)?;
    }
    match migration.number {
        tags::MIGRATION => tags::rename_sqlite(&transaction)?,
        agents::MIGRATION => agents::file_sqlite(&transaction)?,
        names::MIGRATION => names::key_sqlite(&transaction)?,
        _ => {}
    }
    let rows = transaction.total_changes() - before;
    record_sqlite(&transaction, migration, now)?;
    transaction.commit()?;
    migration.log_end(rows);
    Ok(())
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
pub(crate) struct Migrator<'a> {
    client: &'a Client,
    /// How to connect again: the lease is renewed from another connection while a step runs.
    address: &'a Address,
    clock: &'a dyn Clock,
    holder: String,
    renew_every: Duration,
}

impl<'a> Migrator<'a> {
    pub(crate) fn new(client: &'a Client, address: &'a Address, clock: &'a dyn Clock) -> Self {
        Self {
            client,
            address,
            clock,
            holder: uuid::Uuid::new_v4().to_string(),
            renew_every: RENEW_EVERY,
        }
    }

    pub(crate) async fn run(&self) -> Result<()> {
        if let Ok(applied) = self.applied().await {
            refuse_newer(&applied)?;
            if MIGRATIONS.iter().all(|it| applied.contains(&it.number)) {
                return Ok(());
            }
        }
        create_if_missing(self.client, LEASE_TABLE).await?;
        create_if_missing(self.client, BOOK_POSTGRES).await?;
        loop {
            self.take_lease().await?;
            // Another node may have migrated while this one waited for the lease.
            let applied = self.applied().await?;
            refuse_newer(&applied)?;
            if self.apply(&applied).await? {
                let dropped = self.client.execute(DROP_LEASE, &[&self.holder]).await;
                dropped.map_err(|e| postgres_failure(&e))?;
                return Ok(());
            }
            tracing::warn!(
                "another node has taken the migration lease; looking at the schema again"
            );
        }
    }

    async fn applied(&self) -> Result<Vec<i64>> {
        let rows = self.client.query(APPLIED, &[]).await;
        let rows = rows.map_err(|e| postgres_failure(&e))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Runs the other migrations. Returns false if the lease was lost.
    async fn apply(&self, applied: &[i64]) -> Result<bool> {
        let missing = |migration: &&Migration| !applied.contains(&migration.number);
        for migration in MIGRATIONS.iter().filter(missing) {
            migration.log_start();
            let mut rows = 0;
            for statement in statements(migration.postgres) {
                let step = run_step(self.client, &statement);
                rows += self.run_under_lease(step).await?;
                if !self.renew(self.client).await? {
                    return Ok(false);
                }
            }
            rows += self.run_program(migration.number).await?;
            let record = [
                &migration.number as &(dyn tokio_postgres::types::ToSql + Sync),
                &migration.name,
                &self.clock.now().0,
            ];
            let recorded = self.client.execute(RECORD, &record).await;
            recorded.map_err(|e| postgres_failure(&e))?;
            migration.log_end(rows);
        }
        Ok(true)
    }

    /// Runs what a migration does beside its SQL. Returns how many rows it changed.
    async fn run_program(&self, number: i64) -> Result<u64> {
        match number {
            tags::MIGRATION => {
                let rename = tags::rename_postgres(self.client);
                self.run_under_lease(rename).await
            }
            agents::MIGRATION => {
                let file = agents::file_postgres(self.client);
                self.run_under_lease(file).await
            }
            names::MIGRATION => {
                let key = names::key_postgres(self.client);
                self.run_under_lease(key).await
            }
            _ => Ok(0),
        }
    }

    /// Runs one step, and renews the lease meanwhile.
    async fn run_under_lease(
        &self,
        step: impl Future<Output = std::result::Result<u64, tokio_postgres::Error>>,
    ) -> Result<u64> {
        let renewing = async {
            loop {
                tokio::time::sleep(self.renew_every).await;
                if let Err(error) = self.renew_apart().await {
                    tracing::warn!(
                        ?error,
                        "the migration lease could not be renewed; trying again"
                    );
                }
            }
        };
        tokio::select! {
            done = step => done.map_err(|e| postgres_failure(&e)),
            never = renewing => never,
        }
    }

    /// Renews the lease from a connection of its own.
    async fn renew_apart(&self) -> Result<()> {
        let renewing = async {
            let connected = self.address.connect().await;
            let (client, connection) = connected.map_err(|e| postgres_failure(&e))?;
            tokio::spawn(connection);
            self.renew(&client).await
        };
        let slow = || Trouble::Overloaded("PostgreSQL does not answer");
        match tokio::time::timeout(LONGEST_RENEWAL, renewing)
            .await
            .map_err(|_| slow())?
        {
            Ok(true) => Ok(()),
            Ok(false) => Err(Trouble::Overloaded("another node has taken the lease").into()),
            Err(error) => Err(error),
        }
    }

    /// Renews the lease. Returns false if another node has taken it.
    async fn renew(&self, client: &Client) -> Result<bool> {
        loop {
            let until = self.clock.now().plus_ms(LEASE_MS).0;
            let renewed = client.execute(RENEW_LEASE, &[&self.holder, &until]).await;
            match renewed.map_err(|e| postgres_failure(&e)) {
                // This node renewed it from its other connection at the same moment.
                Err(Abort::StartOver) if !client.is_closed() => {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                settled => return Ok(settled? == 1),
            }
        }
    }

    /// Takes the lease. Waits while another node holds it: a large store can take hours. A node that has stopped loses it
    /// after a minute.
    async fn take_lease(&self) -> Result<()> {
        let mut looks = 0_u32;
        loop {
            looks = looks.wrapping_add(1);
            if looks.is_multiple_of(LOOKS_PER_WARNING) {
                tracing::warn!("waiting while another node migrates the database");
            }
            let now = self.clock.now();
            let until = now.plus_ms(LEASE_MS).0;
            let taken = self
                .client
                .execute(TAKE_LEASE, &[&self.holder, &until, &now.0])
                .await;
            match taken.map_err(|e| postgres_failure(&e)) {
                Ok(1) => return Ok(()),
                Err(error) if error != Abort::StartOver || self.client.is_closed() => {
                    return Err(error);
                }
                // Another node holds the lease, or two nodes tried to take it at the same moment: try again.
                Ok(_) | Err(_) => {}
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

/// Runs one step; returns how many rows it changed. A step must be idempotent: a node can stop after the step and before the migration is recorded.
/// `RENAME COLUMN` has no `IF EXISTS`, so a missing old column, or an existing new one, means that the step already ran.
async fn run_step(
    client: &Client,
    statement: &str,
) -> std::result::Result<u64, tokio_postgres::Error> {
    let renames = statement.starts_with("ALTER TABLE") && statement.contains(" RENAME COLUMN ");
    match client.execute(statement, &[]).await {
        Err(error)
            if renames
                && [&SqlState::UNDEFINED_COLUMN, &SqlState::DUPLICATE_COLUMN]
                    .map(Some)
                    .contains(&error.code()) =>
        {
            Ok(0)
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

#[cfg(test)]
mod tests;
