//! Options for opening a SQLite store.

use std::path::PathBuf;
use std::time::Duration;

/// Options for opening a SQLite store.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// Path of the database file; its folder must exist.
    pub path: PathBuf,
    /// Size of the page cache of each connection, in MiB.
    pub cache_mib: u32,
    /// The maximum number of idle read connections that stay open.
    pub readers: usize,
    /// Maximum size of the database in pages; a write beyond it is refused as on a full disk. `None`: no limit.
    pub max_pages: Option<u32>,
    /// A lower bound for the time limit of each read. With zero, each read has its own time limit (250 ms for reads of
    /// the APIs). Tests set more, because a busy machine is slow.
    pub patience: Duration,
    /// Whether the database opens although its write-ahead log is missing, with an error in the log.
    pub accept_missing_log: bool,
    /// Whether everything is synced to the disk before it is acknowledged. Without it, a loss of power may damage the database:
    /// only for a store that is thrown away with its process.
    pub syncs: bool,
}

impl SqliteOptions {
    /// Returns the default options for a database file.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            cache_mib: 8,
            readers: 4,
            max_pages: None,
            patience: Duration::ZERO,
            accept_missing_log: false,
            syncs: true,
        }
    }
}
