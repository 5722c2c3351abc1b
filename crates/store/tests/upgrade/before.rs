//! A store written by the previous version, and its raw rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use heddle_domain::Timestamp;
use heddle_store::{Clock, Engine, Options, PostgresOptions, SqliteOptions, Store};
use heddle_testkit::postgres::{Cluster, Database};
use heddle_testkit::{ManualClock, On};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::Value;
use tempfile::TempDir;

const SQLITE: &str = include_str!("before.sqlite.sql");
const POSTGRES: &str = include_str!("before.postgres.sql");

/// Makes a chain of merges, which the dump lacks: the first merged conversation leads to the last one.
const CHAIN: &str = "UPDATE conversation
    SET merged_into_id = (SELECT max(id) FROM conversation WHERE account_id = 1 AND merged_into_id IS NOT NULL)
    WHERE account_id = 1
    AND id = (SELECT min(id) FROM conversation WHERE account_id = 1 AND merged_into_id IS NOT NULL)";

/// A row: columns by name. Bytes are shown as hexadecimal.
pub(crate) type Row = serde_json::Map<String, Value>;
/// The rows of each table, by table name.
pub(crate) type Rows = BTreeMap<String, Vec<Row>>;

/// Returns the numbers in one column of a table.
pub(crate) fn ids(rows: &Rows, table: &str, column: &str) -> Vec<i64> {
    let number = |row: &Row| row[column].as_i64();
    rows[table].iter().filter_map(number).collect()
}

/// Returns the conversation at the end of a chain of merges.
pub(crate) fn last_survivor(conversations: &[Row], merged: &Row) -> Value {
    let into = &merged["merged_into_id"];
    let of = |row: &&Row| row["account_id"] == merged["account_id"] && row["id"] == *into;
    let next = conversations.iter().find(of).expect("a survivor");
    match next["merged_into_id"].is_null() {
        true => into.clone(),
        false => last_survivor(conversations, next),
    }
}

/// A store of the previous version.
pub(crate) struct Before {
    folder: TempDir,
    database: Option<Database>,
    clock: Arc<ManualClock>,
}

impl Before {
    /// Returns a connection to the database on PostgreSQL.
    pub(crate) async fn client(&self) -> tokio_postgres::Client {
        self.database.as_ref().expect("PostgreSQL").connect().await
    }

    /// Loads the dump into an engine.
    pub(crate) async fn load(on: On) -> Self {
        let before = Self {
            folder: tempfile::tempdir().expect("a folder"),
            database: match on {
                On::Sqlite => None,
                On::Postgres => Some(Cluster::shared().create_database().await),
            },
            clock: Arc::default(),
        };
        match &before.database {
            None => {
                let connection = before.sqlite();
                connection.execute_batch(SQLITE).expect("the dump");
                connection.execute_batch(CHAIN).expect("a chain");
            }
            Some(database) => {
                let client = database.connect().await;
                client.batch_execute(POSTGRES).await.expect("the dump");
                client.batch_execute(CHAIN).await.expect("a chain");
            }
        }
        let rows = before.rows().await;
        before.make_objects(&rows);
        // The clock is later than the last event.
        let last = ids(&rows, "conversation", "updated_at").into_iter().max();
        let now = last.expect("conversations") + 60_000;
        before.clock.advance(now - before.now().0);
        before
    }

    fn sqlite(&self) -> Connection {
        Connection::open(self.folder.path().join("heddle.sqlite")).expect("the file opens")
    }

    /// Creates the files of large attachments, because the dump does not contain them. Their content does not matter.
    fn make_objects(&self, rows: &Rows) {
        for row in &rows["attachment"] {
            if let Some(name) = row["object_name"].as_str() {
                let file = self.folder.path().join("objects").join(name);
                std::fs::create_dir_all(file.parent().expect("a folder")).expect("it is made");
                let size = row["size"].as_u64().expect("a size");
                std::fs::write(file, vec![b'x'; size as usize]).expect("it is written");
            }
        }
    }

    /// Runs statements on the database without the store.
    pub(crate) async fn execute(&self, sql: &str) {
        match &self.database {
            None => self.sqlite().execute_batch(sql).expect("it runs"),
            Some(database) => {
                let client = database.connect().await;
                client.batch_execute(sql).await.expect("it runs");
            }
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Opens the store with this version, which migrates it.
    pub(crate) async fn open(&self) -> Store {
        let engine = match &self.database {
            None => Engine::Sqlite(SqliteOptions::new(self.folder.path().join("heddle.sqlite"))),
            Some(database) => Engine::Postgres(PostgresOptions {
                url: database.url(),
                pool_size: 4,
                notify: false,
            }),
        };
        let options = Options {
            engine,
            objects: self.folder.path().join("objects").into(),
        };
        let store = Store::open(&options, Arc::clone(&self.clock) as _).await;
        store.expect("it opens")
    }

    /// Returns every row of every table, read without the store.
    pub(crate) async fn rows(&self) -> Rows {
        match &self.database {
            None => sqlite_rows(&self.sqlite()),
            Some(database) => postgres_rows(&database.connect().await).await,
        }
    }
}

fn sqlite_rows(connection: &Connection) -> Rows {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'";
    let mut tables = connection.prepare(tables).expect("a statement");
    let tables = tables.query_map([], |row| row.get(0)).expect("tables");
    let rows_of = |table: String| {
        let mut all = connection
            .prepare(&format!("SELECT * FROM {table}"))
            .expect("a statement");
        let names: Vec<String> = all.column_names().map(str::to_owned).collect();
        let row = |row: &rusqlite::Row<'_>| {
            let column = |(at, name): (usize, &String)| Ok((name.clone(), json(row.get_ref(at)?)));
            names.iter().enumerate().map(column).collect()
        };
        let rows: rusqlite::Result<Vec<Row>> = all.query_map([], row).expect("rows").collect();
        (table, rows.expect("rows"))
    };
    tables
        .map(|table| rows_of(table.expect("a name")))
        .collect()
}

fn json(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) => std::str::from_utf8(text).expect("UTF-8").into(),
        ValueRef::Blob(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("\\x{hex}").into()
        }
    }
}

async fn postgres_rows(client: &tokio_postgres::Client) -> Rows {
    let tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
    let mut rows = Rows::new();
    for table in client.query(tables, &[]).await.expect("tables") {
        let table: String = table.get(0);
        let all = format!("SELECT CAST(row_to_json(t) AS TEXT) FROM public.{table} t");
        let found = client.query(&all, &[]).await.expect("rows");
        let row = |row: &tokio_postgres::Row| serde_json::from_str(row.get(0)).expect("JSON");
        rows.insert(table, found.iter().map(row).collect());
    }
    rows
}
