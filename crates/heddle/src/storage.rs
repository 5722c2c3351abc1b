//! Opens the store that the configuration names.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use heddle::config::{Config, StoreUrl};
use heddle_store::{
    ClockCheck, Engine, Options, PostgresOptions, Refusal, SqliteOptions, Store, SystemClock,
};

use crate::admin_socket;

/// How often a command tries to open the store while another process holds the database but does not listen.
pub(crate) const TRIES: u32 = 100;
pub(crate) const PAUSE: Duration = Duration::from_millis(50);

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// Another process holds the SQLite database.
    #[error("another process serves {}: stop it first, or take another data folder", .0.display())]
    Busy(PathBuf),
    /// The data folder cannot be used.
    #[error("cannot use the folder {}: {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    /// The store cannot be opened.
    #[error("cannot open the store: {0}")]
    Failed(heddle_store::Error),
}

/// Opens the store and brings its schema up to date. Waits for a process that holds the SQLite database without
/// listening (an administration command, or a server that starts or stops), but not for a server.
///
/// # Errors
/// Returns the errors of [`try_open`].
pub(crate) async fn open(config: &Config, check: ClockCheck) -> Result<Store, OpenError> {
    for _ in 1..TRIES {
        match try_open(config, check).await {
            Err(OpenError::Busy(path)) if !admin_socket::is_listening(&path).await => {
                tokio::time::sleep(PAUSE).await;
            }
            result => return result,
        }
    }
    try_open(config, check).await
}

/// Opens the store as [`open`] does, without waiting.
///
/// # Errors
/// Returns [`OpenError::Busy`] if another process holds the SQLite database.
pub(crate) async fn try_open(config: &Config, check: ClockCheck) -> Result<Store, OpenError> {
    let options = prepare(config)?;
    let opened = Store::open_with(&options, Arc::new(SystemClock), check).await;
    opened.map_err(|error| explain(error, config))
}

/// Opens the store for `heddle doctor`: whatever the clock shows, but only if no other process uses it.
///
/// # Errors
/// Returns the errors of [`try_open`].
pub(crate) async fn open_alone(config: &Config) -> Result<Store, OpenError> {
    let options = prepare(config)?;
    let opened = Store::open_alone(&options, Arc::new(SystemClock)).await;
    opened.map_err(|error| explain(error, config))
}

/// Creates the folders of the store; returns its options.
fn prepare(config: &Config) -> Result<Options, OpenError> {
    let database = config.store.database();
    let options = Options {
        objects: config.store.data.join("objects"),
        engine: engine(config, &database),
    };
    make_private_folder(&options.objects).map_err(|source| OpenError::Folder {
        path: config.store.data.clone(),
        source,
    })?;
    if let StoreUrl::Sqlite(path) = &database {
        create_private(path);
    }
    Ok(options)
}

fn explain(error: heddle_store::Error, config: &Config) -> OpenError {
    match (error, config.store.database()) {
        // The conflict can only be the lock of another process, because opening has no other conflict.
        (heddle_store::Error::Refused(Refusal::Conflict(_)), StoreUrl::Sqlite(path)) => {
            OpenError::Busy(path)
        }
        (error, _) => OpenError::Failed(error),
    }
}

fn engine(config: &Config, database: &StoreUrl) -> Engine {
    match database {
        StoreUrl::Sqlite(path) => Engine::Sqlite(SqliteOptions {
            cache_mib: config.store.cache_mib.get(),
            readers: config.store.readers.get() as usize,
            ..SqliteOptions::new(path)
        }),
        StoreUrl::Postgres(url) => Engine::Postgres(PostgresOptions {
            url: url.expose().to_owned(),
            pool_size: config.store.pool_size.get() as usize,
        }),
    }
}

/// Creates the database file so that only its owner can read it; SQLite gives its other files the same mode. An error
/// is ignored here, because the store gets the same error when it opens the file, and reports it.
fn create_private(database: &Path) {
    let mut options = OpenOptions::new();
    let _ = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(database);
}

/// Returns the name of the store for messages to the operator. It contains no secret.
pub(crate) fn display_name(config: &Config) -> String {
    match config.store.database() {
        StoreUrl::Sqlite(path) => path.display().to_string(),
        url @ StoreUrl::Postgres(_) => url.to_string(),
    }
}

/// Creates a folder that only its owner can read. An existing folder keeps its mode.
pub(crate) fn make_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Returns the path of the socket at which administration commands reach the process that serves the configured store.
/// `None` on PostgreSQL, where commands open the store themselves, even while servers run.
pub(crate) fn socket_path(config: &Config) -> Option<PathBuf> {
    match config.store.database() {
        StoreUrl::Sqlite(path) => Some(admin_socket::path_of(&path)),
        StoreUrl::Postgres(_) => None,
    }
}
