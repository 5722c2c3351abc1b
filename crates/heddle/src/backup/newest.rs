//! Remembers the newest backup beside the objects, where every server of the store finds it.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::manifest::write_synced;

const FILE: &str = "newest-backup.json";

/// The newest backup of a store.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Newest {
    pub(crate) name: String,
    /// The folder of the backup, on the machine that made it.
    pub(crate) folder: PathBuf,
    pub(crate) taken_at: String,
    /// Files that the store had lost, so that the backup lacks them.
    pub(crate) lost_objects: u64,
}

/// Records a finished backup. If that fails, only logs a warning: the backup itself is whole.
pub(crate) fn record(objects: &Path, newest: &Newest) {
    let (unfinished, path) = (objects.join(format!("{FILE}.part")), objects.join(FILE));
    let recorded = serde_json::to_string(newest)
        .map_err(std::io::Error::from)
        .and_then(|text| write_synced(&unfinished, &format!("{text}\n")))
        .and_then(|()| heddle_store::give_to_owner_of(objects, &unfinished))
        .and_then(|()| fs::rename(&unfinished, &path));
    if let Err(error) = recorded {
        tracing::warn!(%error, "cannot record the backup in {}: {error}", path.display());
    }
}

/// Returns the newest backup; `None` if none is recorded, or the record cannot be read.
pub(crate) fn find(objects: &Path) -> Option<Newest> {
    let text = fs::read(objects.join(FILE)).ok()?;
    serde_json::from_slice(&text).ok()
}
