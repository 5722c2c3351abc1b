//! Attachments larger than 32 KiB, as objects on disk (`store.md` 7).
//!
//! Names are `{account}/{sha256}.{nonce}`: made by us, never shared, never reused, so a sweeper cannot race a writer.
//! An object is written and synced, folder included, before the transaction that refers to it; the caller deletes it at
//! once if that transaction is refused. No path ever comes from a user.

use std::path::Path;
use std::sync::Arc;

use heddle_domain::AccountId;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStoreExt, path::Path as Name};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Up to this many bytes an attachment lies in the database.
pub const IN_ROW_BYTES: usize = 32 << 10;

/// The folder of objects.
#[derive(Clone, Debug)]
pub struct Objects {
    store: Arc<LocalFileSystem>,
}

impl Objects {
    /// Opens (and makes) the folder.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|e| failure(&e))?;
        // The folder's own entry must survive a power failure before anything in it is referred to.
        for folder in [
            Some(folder),
            folder
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty()),
        ]
        .into_iter()
        .flatten()
        {
            std::fs::File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(|e| failure(&e))?;
        }
        let store = LocalFileSystem::new_with_prefix(folder)
            .map_err(|e| failure(&e))?
            .with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
        })
    }

    /// Writes bytes durably and gives their name.
    pub async fn put(&self, account: AccountId, bytes: Vec<u8>) -> Result<String> {
        let digest = Sha256::digest(&bytes);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let nonce = uuid::Uuid::new_v4().simple();
        let name = format!("{account}/{hex}.{nonce}");
        self.store
            .put(&Name::from(name.as_str()), bytes.into())
            .await
            .map_err(|e| failure(&e))?;
        Ok(name)
    }

    /// Reads an object.
    pub async fn get(&self, name: &str) -> Result<Vec<u8>> {
        let found = self
            .store
            .get(&Name::from(name))
            .await
            .map_err(|e| failure(&e))?;
        Ok(found.bytes().await.map_err(|e| failure(&e))?.to_vec())
    }

    /// Whether an object is there.
    pub async fn has(&self, name: &str) -> bool {
        self.store.head(&Name::from(name)).await.is_ok()
    }

    /// Deletes objects of a refused command; what cannot be deleted is left to the sweeper.
    pub async fn discard(&self, names: &[String]) {
        for name in names {
            if let Err(error) = self.store.delete(&Name::from(name.as_str())).await {
                tracing::warn!(%error, "an unreferenced object could not be deleted");
            }
        }
    }
}

fn failure(error: &(dyn std::error::Error + 'static)) -> Error {
    let mut source = Some(error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>()
            && io.kind() == std::io::ErrorKind::StorageFull
        {
            return Error::DiskFull;
        }
        source = inner.source();
    }
    Error::Internal(format!("objects: {error}"))
}
