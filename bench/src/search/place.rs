//! The store that is measured, on one engine, and the sizes of its files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use heddle_store::{
    ClockCheck, Engine, Options as StoreOptions, PostgresOptions, SqliteOptions, Store,
};
use heddle_testkit::postgres::{Cluster, Database, Options as ClusterOptions};
use tempfile::TempDir;

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
    cluster: Option<(Cluster, Database)>,
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
            (Measured::Postgres, _) => Self::on_postgres(temporary).await,
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
            cluster: None,
            temporary,
        })
    }

    async fn on_postgres(temporary: TempDir) -> Result<Self> {
        // The settings that every operator of a database of this size makes.
        let settings = [
            ("shared_buffers", "1GB"),
            ("max_wal_size", "4GB"),
            ("work_mem", "16MB"),
        ];
        let settings = settings
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
        let cluster = Cluster::start(ClusterOptions {
            fsync: true,
            settings,
            ..ClusterOptions::default()
        });
        let database = cluster.create_database().await;
        let engine = Engine::Postgres(PostgresOptions {
            url: database.url(),
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
            cluster: Some((cluster, database)),
            temporary: Some(temporary),
        })
    }

    /// Returns the bytes of the index.
    pub(super) async fn index_bytes(&self) -> Result<u64> {
        let Some((_, database)) = &self.cluster else {
            return bytes_of_files(&self.folder, |name| name.contains("search"));
        };
        let client = database.connect().await;
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
        let Some((_, database)) = &self.cluster else {
            return bytes_of_files(&self.folder, |_| true);
        };
        let client = database.connect().await;
        let size = client
            .query_one("SELECT pg_database_size(current_database())", &[])
            .await?;
        Ok(size.get::<_, i64>(0) as u64)
    }

    /// Closes the store and removes it, unless it is to be kept.
    pub(super) async fn remove(self) -> Result<()> {
        self.store.close().await?;
        drop(self.temporary);
        Ok(())
    }
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
