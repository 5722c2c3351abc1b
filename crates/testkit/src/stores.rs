//! An empty store on SQLite or PostgreSQL. Every store and API test runs on both.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use heddle_store::{Engine, ObjectOptions, Options, PostgresOptions, SqliteOptions, Store};
use tempfile::TempDir;

use crate::clock::ManualClock;
use crate::postgres::{Cluster, Database};
use crate::timeout::TIMEOUT;

/// The engine on which a test runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// A SQLite file in a temporary folder.
    Sqlite,
    /// A database of the shared private cluster.
    Postgres,
}

impl On {
    /// SQLite and PostgreSQL.
    pub const BOTH: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

/// A store that is removed when its test ends.
#[derive(Debug)]
pub struct TestStore {
    /// The store.
    pub store: Store,
    /// The clock of the store.
    pub clock: Arc<ManualClock>,
    /// The options with which the store was opened, for opening it again.
    pub options: Options,
    /// The store's database; `None` on SQLite.
    pub database: Option<Database>,
    /// The folder with the SQLite file and the objects (attachment files).
    pub folder: TempDir,
}

impl TestStore {
    /// Opens an empty store.
    ///
    /// # Panics
    /// Panics if the store cannot be opened.
    pub async fn open(on: On) -> Self {
        Self::open_with(on, |folder| folder.join("objects").into()).await
    }

    /// Opens an empty store whose objects are at the place that `objects` returns for the store's folder.
    ///
    /// # Panics
    /// Panics if the store cannot be opened.
    pub async fn open_with(on: On, objects: impl FnOnce(&Path) -> ObjectOptions) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (engine, database) = match on {
            On::Sqlite => {
                let options = SqliteOptions {
                    patience: TIMEOUT,
                    ..SqliteOptions::new(folder.path().join("heddle.sqlite"))
                };
                (Engine::Sqlite(options), None)
            }
            On::Postgres => {
                let database = Cluster::shared()
                    .create_database_from(&template().await)
                    .await;
                let options = PostgresOptions {
                    url: database.url(),
                    pool_size: 8,
                    notify: false,
                };
                (Engine::Postgres(options), Some(database))
            }
        };
        let options = Options {
            engine,
            objects: objects(folder.path()),
        };
        let clock = Arc::new(ManualClock::new());
        let store = Store::open(&options, Arc::clone(&clock) as _)
            .await
            .expect("the store opens");
        Self {
            store,
            clock,
            options,
            database,
            folder,
        }
    }
}

impl TestStore {
    /// Returns the folder of the objects.
    ///
    /// # Panics
    /// Panics if they are in a bucket.
    #[must_use]
    pub fn objects_folder(&self) -> &Path {
        self.options.objects.folder().expect("objects in a folder")
    }

    /// Makes the newest event unreadable, and so every page of the feed that has it.
    ///
    /// # Panics
    /// Panics if the database cannot be changed.
    pub async fn spoil_newest_event(&self) {
        let spoil = "UPDATE event SET kind = 'nonsense' WHERE id = (SELECT max(id) FROM event)";
        self.tamper(spoil).await;
    }

    /// Revokes all credentials of an account as nothing does that leaves an event.
    ///
    /// # Panics
    /// Panics if the database cannot be changed.
    pub async fn revoke_all_credentials(&self, account: i64) {
        let revoke = format!("UPDATE credential SET revoked_at = 1 WHERE account_id = {account}");
        self.tamper(&revoke).await;
    }

    /// Breaks the connections by which nodes exchange notices.
    ///
    /// # Panics
    /// Panics if the database cannot be reached.
    pub async fn break_notices(&self) {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND query LIKE '%pg_notify%' AND pid <> pg_backend_pid()";
        self.tamper(end).await;
    }

    /// Lets searches on PostgreSQL wait until the connection that it returns is dropped.
    ///
    /// # Panics
    /// Panics if the database cannot be reached, and on SQLite.
    pub async fn hold_searches(&self) -> tokio_postgres::Client {
        let database = self.database.as_ref().expect("a store on PostgreSQL");
        let client = database.connect().await;
        let lock = client.batch_execute("BEGIN; LOCK TABLE search_document, search_name");
        lock.await.expect("nobody else has a lock");
        client
    }

    /// Lets commands on SQLite wait until the connection that it returns is dropped.
    ///
    /// # Panics
    /// Panics if the database cannot be locked, and on PostgreSQL.
    pub fn hold_writes(&self) -> rusqlite::Connection {
        let Engine::Sqlite(options) = &self.options.engine else {
            panic!("a store on SQLite is wanted");
        };
        let connection = rusqlite::Connection::open(&options.path).expect("a database");
        let begun = connection.execute_batch("BEGIN IMMEDIATE");
        begun.expect("nobody else has a lock");
        connection
    }

    /// Waits until one command waits for another: on SQLite in the queue, on PostgreSQL for a lock. It looks without pause, so the
    /// caller limits the time.
    ///
    /// # Panics
    /// Panics if the database cannot be read.
    pub async fn until_a_command_waits(&self) {
        let Some(database) = &self.database else {
            // The first one runs, and the others are queued.
            while self.store.health().queued.load(Ordering::Relaxed) < 2 {
                tokio::task::yield_now().await;
            }
            return;
        };
        let client = database.connect().await;
        let waiting = "SELECT 1 FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while client
            .query(waiting, &[])
            .await
            .expect("it runs")
            .is_empty()
        {}
    }

    /// Runs a statement on the database without the store.
    ///
    /// # Panics
    /// Panics if the statement fails.
    pub async fn tamper(&self, sql: &str) {
        match (&self.database, &self.options.engine) {
            (Some(database), _) => database
                .connect()
                .await
                .batch_execute(sql)
                .await
                .expect("it runs"),
            (None, Engine::Sqlite(options)) => rusqlite::Connection::open(&options.path)
                .and_then(|connection| connection.execute_batch(sql))
                .expect("it runs"),
            (None, Engine::Postgres(_)) => panic!("a database is wanted"),
        }
    }
}

/// Returns a migrated database that tests copy.
async fn template() -> crate::postgres::Template {
    Cluster::shared()
        .template("heddle", |url| async move {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let engine = Engine::Postgres(PostgresOptions {
                url,
                pool_size: 1,
                notify: false,
            });
            let options = Options {
                engine,
                objects: folder.path().join("objects").into(),
            };
            let store = Store::open(&options, Arc::new(ManualClock::new()))
                .await
                .expect("the template migrates");
            store.close().await.expect("the template closes");
        })
        .await
}
