//! How a SQLite store is opened.

use std::path::PathBuf;
use std::time::Duration;

/// How a SQLite store is opened.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// The database file; its folder must exist.
    pub path: PathBuf,
    /// Page cache of the writer, in MiB.
    pub cache_mib: u32,
    /// The greatest number of read connections kept.
    pub readers: usize,
    /// The greatest size of the database in pages; beyond it writes are refused as on a full disk. `None`: no limit.
    pub max_pages: Option<u32>,
    /// The least time that any read may take. Zero leaves each read its own budget (250 ms for what an API asks); tests on
    /// a busy machine give more.
    pub patience: Duration,
}

impl SqliteOptions {
    /// The defaults for a file.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            cache_mib: 64,
            readers: 4,
            max_pages: None,
            patience: Duration::ZERO,
        }
    }
}
