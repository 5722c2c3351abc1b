//! The store that is measured, on one engine, and the sizes of its files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use heddle_store::{
    ClockCheck, Engine, Options as StoreOptions, PostgresOptions, SqliteOptions, Store,
};
use heddle_testkit::postgres::{Cluster, Options as ClusterOptions};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use super::clock::ShiftedClock;
use super::options::Options;
use crate::engine::Engine as Measured;

/// More than a read may take: a slow one is measured, not interrupted.
const PATIENCE: Duration = Duration::from_secs(60);

/// A store, and where it lies.
pub(super) struct Place {
    pub(super) store: Store,
    pub(super) clock: Arc<ShiftedClock>,
    folder: PathBuf,
    /// The URL of the database, on PostgreSQL.
    database: Option<String>,
    /// The PostgreSQL that was started for this store.
    cluster: Option<Cluster>,
    temporary: Option<TempDir>,
}

impl Place {
    pub(super) async fn open(engine: Measured, options: &Options) -> Result<Self> {
        let within = options.placed.within()?;
        let temporary = tempfile::Builder::new()
            .prefix("bench-")
            .tempdir_in(within)?;
        match (engine, &options.keep) {
            (Measured::Sqlite, Some(kept)) => {
                std::fs::create_dir_all(kept)?;
                Self::on_sqlite(kept.clone(), None).await
            }
            (Measured::Sqlite, None) => {
                Self::on_sqlite(temporary.path().to_owned(), Some(temporary)).await
            }
            (Measured::Postgres, _) => Self::on_postgres(options.database.clone(), temporary).await,
        }
    }

    async fn on_sqlite(folder: PathBuf, temporary: Option<TempDir>) -> Result<Self> {
        let options = SqliteOptions {
            patience: PATIENCE,
            ..SqliteOptions::new(folder.join("heddle.db"))
        };
        let clock = Arc::<ShiftedClock>::default();
        let store = open(Engine::Sqlite(options), &folder, &clock).await?;
        Ok(Self {
            store,
            clock,
            folder,
            database: None,
            cluster: None,
            temporary,
        })
    }

    async fn on_postgres(given: Option<String>, temporary: TempDir) -> Result<Self> {
        let (url, cluster) = match given {
            Some(url) => (url, None),
            None => {
                let cluster = start_cluster();
                (cluster.create_database().await.url(), Some(cluster))
            }
        };
        let engine = Engine::Postgres(PostgresOptions {
            url: url.clone(),
            pool_size: 16,
            notify: true,
        });
        let folder = temporary.path().to_owned();
        let clock = Arc::<ShiftedClock>::default();
        let store = open(engine, &folder, &clock).await?;
        Ok(Self {
            store,
            clock,
            folder,
            database: Some(url),
            cluster,
            temporary: Some(temporary),
        })
    }

    /// Returns the bytes of the index.
    pub(super) async fn index_bytes(&self) -> Result<u64> {
        let Some(database) = &self.database else {
            return bytes_of_files(&self.folder, |name| name.contains("search"));
        };
        let client = connect(database).await?;
        client.batch_execute("VACUUM (ANALYZE)").await?;
        let each =
            "SELECT relname::text, pg_relation_size(oid), pg_total_relation_size(oid) FROM pg_class
            WHERE relkind IN ('r', 'p', 'i') AND relname LIKE 'search%' ORDER BY 3 DESC";
        for row in client.query(each, &[]).await? {
            let mib = |at: usize| row.get::<_, i64>(at) / 1_048_576;
            let name: String = row.get(0);
            eprintln!("  {name}: {} MiB, with its parts {} MiB", mib(1), mib(2));
        }
        let sizes = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
            WHERE relkind IN ('r', 'p') AND relname LIKE 'search%'";
        let bytes: i64 = client.query_one(sizes, &[]).await?.get(0);
        Ok(bytes as u64)
    }

    /// Returns the bytes of all, the index included.
    pub(super) async fn all_bytes(&self) -> Result<u64> {
        let Some(database) = &self.database else {
            return bytes_of_files(&self.folder, |_| true);
        };
        let client = connect(database).await?;
        let size = client
            .query_one("SELECT pg_database_size(current_database())", &[])
            .await?;
        Ok(size.get::<_, i64>(0) as u64)
    }

    /// Closes the store and removes it, unless it is to be kept.
    pub(super) async fn remove(self) -> Result<()> {
        self.store.close().await?;
        drop((self.cluster, self.temporary));
        Ok(())
    }
}

/// Starts a PostgreSQL with the settings that every operator of a database of this size makes.
fn start_cluster() -> Cluster {
    let settings = [
        ("shared_buffers", "1GB"),
        ("max_wal_size", "4GB"),
        ("work_mem", "16MB"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Cluster::start(ClusterOptions {
        fsync: true,
        settings: settings.to_vec(),
        ..ClusterOptions::default()
    })
}

async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn open(engine: Engine, folder: &Path, clock: &Arc<ShiftedClock>) -> Result<Store> {
    let options = StoreOptions {
        engine,
        objects: folder.join("objects").into(),
    };
    Ok(Store::open_with(&options, Arc::clone(clock) as _, ClockCheck::Accept).await?)
}

fn bytes_of_files(folder: &Path, counts: impl Fn(&str) -> bool) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() && counts(&entry.file_name().to_string_lossy()) {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}
