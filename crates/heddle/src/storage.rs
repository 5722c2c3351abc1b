//! Opens the store that the configuration names.
//!
//! A store is never made by mistake: only a command with `--create`, the first command after `heddle init`, and the demo make
//! one. So a wrong path, and a copied configuration, do not start an empty store.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use heddle::config::{Config, StoreUrl};
use heddle_store::{
    Apart, ClockCheck, Engine, Options, PostgresOptions, Refusal, ServingNode, SharedClock,
    SqliteOptions, Store, SystemClock, Trouble,
};

use crate::admin_socket;
use crate::command::failure::{Code, Failure};

/// How often a command tries to open the store while another process holds the database but does not listen.
pub(crate) const TRIES: u32 = 100;
pub(crate) const PAUSE: Duration = Duration::from_millis(50);

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// Another process holds the SQLite database.
    #[error("another process serves {}: stop it first, or take another data folder", .0.display())]
    Busy(PathBuf),
    /// Other processes use the PostgreSQL database, and the command must be alone.
    #[error("other processes use {0}: stop all servers first")]
    InUse(String),
    /// The data folder cannot be used.
    #[error("cannot use the folder {}: {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    /// There is no store, and the command may not make one.
    #[error(
        "there is no store at {0}: correct store.data or store.url, or restore a copy; `heddle serve --create` makes a new one"
    )]
    Missing(String),
    /// The store cannot be opened.
    #[error("cannot open the store {place}: {}", text(error))]
    Failed {
        place: String,
        error: heddle_store::Error,
    },
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let code = match &error {
            OpenError::Busy(_) | OpenError::InUse(_) => Code::StoreBusy,
            OpenError::Missing(_) => Code::StoreMissing,
            OpenError::Folder { .. } => Code::StoreUnavailable,
            OpenError::Failed { error, .. } => match Code::of_store(error) {
                code @ (Code::WrongClock | Code::StoreIncomplete) => code,
                _ => Code::StoreUnavailable,
            },
        };
        Self::new(code, error.to_string())
    }
}

/// Returns the text of an error for the operator, who does not need the kind of the failure.
pub(crate) fn text(error: &heddle_store::Error) -> String {
    match error {
        heddle_store::Error::Trouble(Trouble::Internal(text) | Trouble::Engine(text)) => {
            text.clone()
        }
        other => other.to_string(),
    }
}

/// When a command may make a new store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Making {
    /// If there is none.
    Allowed,
    /// If `heddle init` has just made the data folder.
    AfterInit,
    /// Never.
    Refused,
}

/// What the operator allows when the store is opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    /// Whether ids may be ahead of the clock.
    pub(crate) check: ClockCheck,
    pub(crate) making: Making,
    /// Whether the write-ahead log may be missing.
    pub(crate) accept_missing_log: bool,
    /// Whether a SQLite store is synced to the disk; without it, only for one that is thrown away with its process.
    pub(crate) syncs: bool,
}

/// The file that `heddle init` leaves in a new data folder: the next command may make the store.
pub(crate) fn new_store_mark(data: &Path) -> PathBuf {
    data.join("store.new")
}

/// Opens the store and brings its schema up to date. Waits for a process that holds the SQLite database without
/// listening (an administration command, or a server that starts or stops), but not for a server.
///
/// # Errors
/// Returns the errors of [`try_open`].
pub(crate) async fn open(config: &Config, opening: Opening) -> Result<Store, Failure> {
    open_by(config, opening, Arc::new(SystemClock)).await
}

/// Opens the store as [`open`] does, with another clock than the machine's.
///
/// # Errors
/// Returns the errors of [`try_open`].
pub(crate) async fn open_by(
    config: &Config,
    opening: Opening,
    clock: SharedClock,
) -> Result<Store, Failure> {
    for _ in 1..TRIES {
        match try_open_by(config, opening, Arc::clone(&clock)).await {
            Err(OpenError::Busy(path)) if !admin_socket::is_listening(&path).await => {
                tokio::time::sleep(PAUSE).await;
            }
            result => return Ok(result?),
        }
    }
    Ok(try_open_by(config, opening, clock).await?)
}

/// Opens the store as [`open`] does, without waiting.
///
/// # Errors
/// Returns [`OpenError::Busy`] if another process holds the SQLite database.
pub(crate) async fn try_open(config: &Config, opening: Opening) -> Result<Store, OpenError> {
    try_open_by(config, opening, Arc::new(SystemClock)).await
}

async fn try_open_by(
    config: &Config,
    opening: Opening,
    clock: SharedClock,
) -> Result<Store, OpenError> {
    let options = prepare(config, opening).await?;
    let opened = Store::open_with(&options, clock, opening.check).await;
    let store = opened.map_err(|error| explain(error, config))?;
    forget_new_store(&config.store.data);
    Ok(store)
}

/// Removes the mark of `heddle init` after the store was opened. If that fails, a later command may make the store again.
fn forget_new_store(data: &Path) {
    let mark = new_store_mark(data);
    match fs::remove_file(&mark) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, "cannot remove {}: {error}", mark.display());
        }
        _ => {}
    }
}

/// Opens the store for `heddle doctor`, `heddle import` and `heddle account remove`: whatever the clock shows, but only if no other process uses it.
///
/// # Errors
/// Returns the errors of [`try_open`].
pub(crate) async fn open_alone(config: &Config, opening: Opening) -> Result<Store, Failure> {
    let opening = Opening {
        check: ClockCheck::Accept,
        ..opening
    };
    let options = prepare(config, opening).await?;
    let opened = Store::open_alone(&options, Arc::new(SystemClock)).await;
    Ok(opened.map_err(|error| explain(error, config))?)
}

/// Whether there is a store.
///
/// # Errors
/// Fails if the file cannot be looked at, or the PostgreSQL database cannot be reached.
pub(crate) async fn exists(config: &Config) -> Result<bool, Failure> {
    let found = Store::exists(&options(config, (false, true))).await;
    Ok(found.map_err(|error| explain(error, config))?)
}

fn options(config: &Config, (accept_missing_log, syncs): (bool, bool)) -> Options {
    Options {
        objects: config.object_options(),
        engine: match config.store.database() {
            StoreUrl::Sqlite(path) => Engine::Sqlite(SqliteOptions {
                cache_mib: config.store.cache_mib.get(),
                readers: config.store.readers.get() as usize,
                accept_missing_log,
                syncs,
                ..SqliteOptions::new(path)
            }),
            StoreUrl::Postgres(url) => Engine::Postgres(PostgresOptions {
                url: url.expose().to_owned(),
                pool_size: config.store.pool_size.get() as usize,
                notify: config.store.notify,
            }),
        },
    }
}

/// Checks that there is a store, or that one may be made, and creates its folders. Returns its options.
async fn prepare(config: &Config, opening: Opening) -> Result<Options, OpenError> {
    let database = config.store.database();
    let options = options(config, (opening.accept_missing_log, opening.syncs));
    let may_make = match opening.making {
        Making::Allowed => true,
        Making::AfterInit => new_store_mark(&config.store.data).exists(),
        Making::Refused => false,
    };
    if !may_make {
        let exists = Store::exists(&options).await;
        if !exists.map_err(|error| explain(error, config))? {
            return Err(OpenError::Missing(display_name(config)));
        }
    }
    for folder in [Some(&*config.store.data), options.objects.folder()]
        .into_iter()
        .flatten()
    {
        make_private_folder(folder).map_err(|source| OpenError::Folder {
            path: folder.to_owned(),
            source,
        })?;
    }
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
        (heddle_store::Error::Refused(Refusal::Conflict(_)), StoreUrl::Postgres(_)) => {
            OpenError::InUse(display_name(config))
        }
        (error, _) => OpenError::Failed {
            place: display_name(config),
            error,
        },
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

/// Checks at the start of a server that the place of its objects works, and that all servers of a PostgreSQL database use the same one.
/// Returns the record of this server; `None` on SQLite.
///
/// # Errors
/// Says what is wrong with the place, or that other servers use another one.
pub(crate) async fn check_objects(store: &Store) -> Result<Option<ServingNode>, Failure> {
    let failed = |error: &heddle_store::Error| {
        let text = format!("cannot use the place of the attachments: {}", text(error));
        Failure::new(Code::StoreUnavailable, text)
    };
    store.objects().probe().await.map_err(|e| failed(&e))?;
    let joined = store.join_servers().await.map_err(|e| failed(&e))?;
    joined.transpose().map_err(|apart| {
        let (place, Apart { unseen, running }) = (store.objects().place(), apart);
        let text = format!(
            "the servers of this database do not see the same attachments: {unseen} of {running} running servers left no marker in {place}. Set objects.url of all servers to one shared folder or one S3 bucket. (A server that was killed counts as running for a minute.)"
        );
        Failure::new(Code::Refused, text)
    })
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
