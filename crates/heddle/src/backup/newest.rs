//! Remembers the newest backup beside the objects, where every server of the store finds it.

use std::path::PathBuf;

use heddle_store::{Objects, Trouble};
use serde::{Deserialize, Serialize};

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
pub(crate) async fn record(objects: &Objects, newest: &Newest) {
    let recorded = match serde_json::to_string(newest) {
        Ok(text) => objects.put_note(FILE, format!("{text}\n")).await,
        Err(error) => Err(Trouble::Internal(error.to_string()).into()),
    };
    if let Err(error) = recorded {
        tracing::warn!(%error, "cannot record the backup in {}: {error}", objects.place());
    }
}

/// Returns the newest backup; `None` if none is recorded, or the record cannot be read.
pub(crate) async fn find(objects: &Objects) -> Option<Newest> {
    let text = objects.get_note(FILE).await.ok()??;
    serde_json::from_slice(&text).ok()
}
