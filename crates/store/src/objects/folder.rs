//! Objects as files below a folder, which may be on this machine or shared.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use heddle_domain::{AccountId, Timestamp};
use object_store::local::LocalFileSystem;
use object_store::{MultipartUpload, ObjectStoreExt, path::Path as Name};
use parking_lot::Mutex;

use super::failure::of_files;
use super::names;
use super::turn::give_to_owner_of;
use crate::error::Error;

/// An open folder.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    pub(super) store: Arc<LocalFileSystem>,
    pub(super) path: PathBuf,
    /// Accounts whose folder is known to be synced to disk.
    settled: Arc<Mutex<HashSet<AccountId>>>,
}

impl Folder {
    /// Opens the folder; creates it if it is missing.
    pub(super) fn open(folder: &Path) -> Result<Self, Error> {
        std::fs::create_dir_all(folder).map_err(|e| of_files(&e))?;
        // The folder's directory entry must be on disk before a row refers to anything in the folder.
        for folder in [
            Some(folder),
            folder
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty()),
        ]
        .into_iter()
        .flatten()
        {
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(|e| of_files(&e))?;
        }
        let store = LocalFileSystem::new_with_prefix(folder)
            .map_err(|e| of_files(&e))?
            .with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            path: folder.to_owned(),
            settled: Arc::default(),
        })
    }

    /// Writes an object and syncs it to disk.
    pub(super) async fn write(
        &self,
        account: AccountId,
        name: &str,
        bytes: Bytes,
    ) -> Result<(), Error> {
        self.settle(account).await?;
        let written = self.store.put(&Name::from(name), bytes.into()).await;
        written.map_err(|e| of_files(&e))?;
        Ok(())
    }

    /// Starts a file that is written piece by piece.
    pub(super) async fn begin(&self, account: AccountId, nonce: &str) -> Result<Incoming, Error> {
        self.settle(account).await?;
        // The sweeper recognises this name, so it can remove the file that a killed process leaves.
        let name = Name::from(format!("{account}/incoming.{nonce}"));
        let upload = self.store.put_multipart(&name).await;
        Ok(Incoming {
            store: Arc::clone(&self.store),
            upload: upload.map_err(|e| of_files(&e))?,
            name,
        })
    }

    /// Makes an account's folder and its directory entry durable. A caller that finds the folder cannot know whether
    /// its creator has synced it, so every caller syncs until one has succeeded.
    async fn settle(&self, account: AccountId) -> Result<(), Error> {
        if self.settled.lock().contains(&account) {
            return Ok(());
        }
        let folder = self.path.clone();
        let settling = tokio::task::spawn_blocking(move || {
            let own = folder.join(account.to_string());
            std::fs::create_dir_all(&own)?;
            // An import may run as root, and the server must be able to add and delete files.
            give_to_owner_of(&folder, &own)?;
            File::open(folder)?.sync_all()
        });
        let settled = settling.await.map_err(|e| of_files(&e))?;
        settled.map_err(|e| of_files(&e))?;
        self.settled.lock().insert(account);
        Ok(())
    }

    /// Removes the folder of an account that has no objects any more, with its unfinished files.
    pub(super) async fn remove_account(&self, account: AccountId) -> Result<(), Error> {
        let folder = self.path.join(account.to_string());
        let removing = tokio::task::spawn_blocking(move || std::fs::remove_dir_all(folder));
        self.settled.lock().remove(&account);
        match removing.await.map_err(|e| of_files(&e))? {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(of_files(&error).into())
            }
            _ => Ok(()),
        }
    }

    /// Removes the unfinished files begun at least a day before `now`; returns how many. Lists of objects skip such files.
    pub(super) async fn remove_unfinished(&self, now: Timestamp) -> Result<u64, Error> {
        let folder = self.path.clone();
        let removing = tokio::task::spawn_blocking(move || remove_unfinished(&folder, now));
        let removed = removing.await.map_err(|e| of_files(&e))?;
        Ok(removed.map_err(|e| of_files(&e))?)
    }
}

/// A file that is being written.
#[derive(Debug)]
pub(super) struct Incoming {
    store: Arc<LocalFileSystem>,
    upload: Box<dyn MultipartUpload>,
    name: Name,
}

impl Incoming {
    pub(super) async fn write(&mut self, piece: Bytes) -> Result<(), Error> {
        let written = self.upload.put_part(piece.into()).await;
        Ok(written.map_err(|e| of_files(&e))?)
    }

    /// Makes the file durable under its final name.
    pub(super) async fn finish(mut self, name: &str) -> Result<(), Error> {
        self.upload.complete().await.map_err(|e| of_files(&e))?;
        let renamed = self.store.rename(&self.name, &Name::from(name)).await;
        Ok(renamed.map_err(|e| of_files(&e))?)
    }

    /// Deletes the bytes written so far. If the deletion fails, the sweeper deletes the file later.
    pub(super) async fn abandon(mut self) {
        if let Err(error) = self.upload.abort().await {
            tracing::warn!(%error, "an unfinished object could not be deleted");
        }
    }
}

/// Removes the unfinished files in the folders of all accounts.
fn remove_unfinished(folder: &Path, now: Timestamp) -> std::io::Result<u64> {
    let mut removed = 0;
    for account in std::fs::read_dir(folder)? {
        let account = account?;
        if !account.file_type()?.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(account.path())? {
            let file = file?;
            if !is_abandoned(&account.file_name(), &file.file_name(), now) {
                continue;
            }
            match std::fs::remove_file(file.path()) {
                Ok(()) => removed += 1,
                // Another node has removed it.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(removed)
}

/// Whether a file is an unfinished object that was begun at least a day before `now`.
fn is_abandoned(account: &OsStr, file: &OsStr, now: Timestamp) -> bool {
    let is_old = || {
        let (object, number) = file.to_str()?.rsplit_once('#')?;
        let _: u64 = number.parse().ok()?;
        names::abandoned(&format!("{}/{object}", account.to_str()?), now)
    };
    is_old().is_some()
}
