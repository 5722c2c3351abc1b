//! Objects: files on disk that hold the attachments larger than 32 KiB (`store.md` 7).
//!
//! An object's name is `{account}/{sha256}.{nonce}`. The server makes the name and never reuses it; no part of a path
//! comes from a user. The nonce begins with the time of the upload. The file and its folder are synced before the
//! transaction that refers to the object; if that transaction is refused, the caller deletes the object at once. A
//! command refuses an object uploaded more than an hour ago. The sweeper removes unreferenced objects after a day, so
//! the two cannot conflict.
//!
//! A file that is being written has a name of its own, `{final name}#{number}`, until it is complete; a loss of power leaves
//! it behind. The sweeper removes it by the same age: no command takes an object that was begun a day ago.
//!
//! A backup copies the database first and then the objects that the copy names. Meanwhile nobody may remove an object that a
//! row has named: whoever removes such objects holds a lock on a file in the folder for a moment, and a backup holds it for as
//! long as it copies ([`KeptObjects`]). It is a lock of the system, so it ends with the process.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions, TryLockError};
use std::ops::Range;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use heddle_domain::{AccountId, Timestamp};
use object_store::local::LocalFileSystem;
use object_store::{
    GetOptions, GetRange, MultipartUpload, ObjectStore, ObjectStoreExt, path::Path as Name,
};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use crate::clock::SharedClock;
use crate::error::{Error, Result, Trouble};

/// An attachment of at most this many bytes is stored in its database row.
pub const IN_ROW_BYTES: usize = 32 << 10;

/// How long after its upload a command may refer to an object, in milliseconds.
const FRESH_MS: i64 = 3_600_000;
/// Age from which an unreferenced object is removed, in milliseconds.
const ABANDONED_MS: i64 = 86_400_000;

/// The file in the folder of the objects that a backup locks.
const LOCK: &str = "backup.lock";

/// Keeps all processes from removing objects that a row has named, until it is dropped.
#[derive(Debug)]
pub struct KeptObjects {
    _lock: File,
}

impl KeptObjects {
    /// Waits until no process removes objects of this folder, and keeps them from it from then on.
    ///
    /// # Errors
    /// Fails if the file cannot be opened or locked.
    pub fn hold(folder: &Path) -> std::io::Result<Self> {
        let lock = open_lock(folder)?;
        lock.lock_shared()?;
        Ok(Self { _lock: lock })
    }
}

fn open_lock(folder: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).mode(0o600);
    let path = folder.join(LOCK);
    let lock = options.open(&path)?;
    give_to_owner_of(folder, &path)?;
    Ok(lock)
}

/// Gives a file to the owner of its folder. A backup may run as root, and the server must be able to use the file, too. Does nothing
/// if the file is the owner's already.
///
/// # Errors
/// Fails if the file has another owner, and this process may not change that.
pub fn give_to_owner_of(folder: &Path, file: &Path) -> std::io::Result<()> {
    let (wanted, present) = (std::fs::metadata(folder)?, std::fs::metadata(file)?);
    if wanted.uid() == present.uid() {
        return Ok(());
    }
    std::os::unix::fs::chown(file, Some(wanted.uid()), Some(wanted.gid()))
}

/// Returns the SHA-256 in the name of an object, in hexadecimal; `None` if it is no name of an object. Such a name leads to
/// no other folder.
#[must_use]
pub fn object_digest(name: &str) -> Option<&str> {
    let (account, rest) = name.split_once('/')?;
    let (digest, nonce) = rest.split_once('.')?;
    let is_hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let is_account = !account.is_empty() && account.bytes().all(|b| b.is_ascii_digit());
    let is_nonce = !nonce.is_empty() && nonce.bytes().all(|b| b.is_ascii_alphanumeric());
    (is_account && is_nonce && digest.len() == 64 && is_hex(digest)).then_some(digest)
}

/// The folder that holds the objects.
#[derive(Clone, Debug)]
pub struct Objects {
    store: Arc<LocalFileSystem>,
    folder: PathBuf,
    /// Accounts whose folder is known to be synced to disk.
    settled: Arc<Mutex<HashSet<AccountId>>>,
    clock: SharedClock,
}

impl Objects {
    /// Opens the folder; creates it if it is missing.
    pub(crate) fn open(folder: &Path, clock: SharedClock) -> Result<Self, Error> {
        std::fs::create_dir_all(folder).map_err(|e| failure(&e))?;
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
                .map_err(|e| failure(&e))?;
        }
        let store = LocalFileSystem::new_with_prefix(folder)
            .map_err(|e| failure(&e))?
            .with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            folder: folder.to_owned(),
            settled: Arc::default(),
            clock,
        })
    }

    /// Writes an object and syncs it to disk; returns its name.
    pub async fn put(&self, account: AccountId, bytes: Vec<u8>) -> Result<String, Error> {
        self.settle(account).await?;
        let digest = Sha256::digest(&bytes);
        let hex = base16ct::lower::encode_string(&digest);
        let nonce = uuid::Uuid::new_v4().simple();
        let name = format!("{account}/{hex}.{:012x}t{nonce}", self.clock.now().0);
        self.store
            .put(&Name::from(name.as_str()), bytes.into())
            .await
            .map_err(|e| failure(&e))?;
        Ok(name)
    }

    /// Starts an object that is written piece by piece; its bytes are never all in memory.
    pub async fn begin(&self, account: AccountId) -> Result<ObjectWriter, Error> {
        self.settle(account).await?;
        let nonce = uuid::Uuid::new_v4().simple();
        let nonce = format!("{:012x}t{nonce}", self.clock.now().0);
        // The sweeper recognises this name, so it can remove the file that a killed process leaves.
        let incoming = Name::from(format!("{account}/incoming.{nonce}"));
        let upload = self.store.put_multipart(&incoming).await;
        Ok(ObjectWriter {
            store: Arc::clone(&self.store),
            upload: upload.map_err(|e| failure(&e))?,
            incoming,
            account,
            nonce,
            digest: Sha256::new(),
            size: 0,
        })
    }

    /// Reads a range of an object's bytes, piece by piece.
    pub async fn read(
        &self,
        name: &str,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes>>, Error> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let found = self.store.get_opts(&Name::from(name), options).await;
        let stream = found.map_err(|e| failure(&e))?.into_stream();
        Ok(stream.map_err(|e| failure(&e).into()).boxed())
    }

    /// Makes an account's folder and its directory entry durable. A caller that finds the folder cannot know whether
    /// its creator has synced it, so every caller syncs until one has succeeded.
    async fn settle(&self, account: AccountId) -> Result<()> {
        if self.settled.lock().contains(&account) {
            return Ok(());
        }
        let folder = self.folder.clone();
        let settling = tokio::task::spawn_blocking(move || {
            std::fs::create_dir_all(folder.join(account.to_string()))?;
            File::open(folder)?.sync_all()
        });
        let settled = settling.await.map_err(|e| failure(&e))?;
        settled.map_err(|e| failure(&e))?;
        self.settled.lock().insert(account);
        Ok(())
    }

    /// Reads all bytes of an object.
    pub async fn get(&self, name: &str) -> Result<Vec<u8>, Error> {
        let found = self
            .store
            .get(&Name::from(name))
            .await
            .map_err(|e| failure(&e))?;
        Ok(found.bytes().await.map_err(|e| failure(&e))?.to_vec())
    }

    /// Returns the folder of the objects.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether an object with this name exists.
    pub async fn has(&self, name: &str) -> bool {
        self.store.head(&Name::from(name)).await.is_ok()
    }

    /// Lists the objects uploaded at least a day before `now`, with their accounts. Skips files with other names.
    pub(crate) fn old(&self, now: Timestamp) -> BoxStream<'_, Result<(AccountId, String), Error>> {
        let old = move |name: &str| {
            let (account, uploaded_at) = parts(name)?;
            let age = now.0 - uploaded_at.0;
            (age >= ABANDONED_MS).then(|| (account, name.to_owned()))
        };
        let listed = self.store.list(None).map_err(|e| failure(&e).into());
        listed
            .try_filter_map(move |object| std::future::ready(Ok(old(object.location.as_ref()))))
            .boxed()
    }

    /// Removes the unfinished files begun at least a day before `now`; returns how many. Lists of objects skip such files.
    pub(crate) async fn remove_unfinished(&self, now: Timestamp) -> Result<u64, Error> {
        let folder = self.folder.clone();
        let removing = tokio::task::spawn_blocking(move || remove_unfinished(&folder, now));
        let removed = removing.await.map_err(|e| failure(&e))?;
        Ok(removed.map_err(|e| failure(&e))?)
    }

    /// Returns a lock under which objects may be removed that a row has named; `None` while a backup is being made. A file
    /// system without locks gives no lock, to a backup neither.
    pub(crate) async fn turn_to_remove(&self) -> Result<Option<TurnToRemove>, Error> {
        let folder = self.folder.clone();
        let taken = tokio::task::spawn_blocking(move || {
            let lock = open_lock(&folder)?;
            match lock.try_lock() {
                Err(TryLockError::WouldBlock) => Ok(None),
                Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(TurnToRemove { _lock: lock })),
            }
        });
        let taken: std::io::Result<_> = taken.await.map_err(|e| failure(&e))?;
        Ok(taken.map_err(|e| failure(&e))?)
    }

    /// Removes an object. Returns false if the object was already gone.
    pub(crate) async fn remove(&self, name: &str) -> Result<bool, Error> {
        match self.store.delete(&Name::from(name)).await {
            Ok(()) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failure(&error).into()),
        }
    }

    /// Deletes objects whose rows were deleted. While a backup is being made, leaves them to the sweeper.
    pub async fn discard_named(&self, names: &[String]) {
        if names.is_empty() {
            return;
        }
        match self.turn_to_remove().await {
            Ok(Some(_turn)) => self.discard_unnamed(names).await,
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "unreferenced objects could not be deleted");
            }
        }
    }

    /// Deletes objects that no row has ever named, as those of a refused command. If a deletion fails, the sweeper deletes the object
    /// later.
    pub async fn discard_unnamed(&self, names: &[String]) {
        for name in names {
            if let Err(error) = self.store.delete(&Name::from(name.as_str())).await {
                tracing::warn!(%error, "an unreferenced object could not be deleted");
            }
        }
    }
}

/// The lock under which objects are removed.
#[derive(Debug)]
pub(crate) struct TurnToRemove {
    _lock: File,
}

/// An object that is being written.
#[derive(Debug)]
pub struct ObjectWriter {
    store: Arc<LocalFileSystem>,
    upload: Box<dyn MultipartUpload>,
    incoming: Name,
    account: AccountId,
    nonce: String,
    digest: Sha256,
    size: u64,
}

/// A completed object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Name of the object.
    pub name: String,
    /// SHA-256 of the bytes.
    pub digest: [u8; 32],
    /// Length in bytes.
    pub size: u64,
}

impl ObjectWriter {
    /// Appends bytes.
    ///
    /// # Errors
    /// Returns [`Trouble::DiskFull`], or [`Trouble::Internal`] if the file cannot be written.
    pub async fn write(&mut self, piece: Bytes) -> Result<(), Error> {
        self.digest.update(&piece);
        self.size += piece.len() as u64;
        let written = self.upload.put_part(piece.into()).await;
        Ok(written.map_err(|e| failure(&e))?)
    }

    /// Completes the object: makes it durable under its final name.
    ///
    /// # Errors
    /// Returns the errors of [`Self::write`].
    pub async fn finish(mut self) -> Result<Written, Error> {
        self.upload.complete().await.map_err(|e| failure(&e))?;
        let digest: [u8; 32] = self.digest.finalize().into();
        let hex = base16ct::lower::encode_string(&digest);
        let name = format!("{}/{hex}.{}", self.account, self.nonce);
        let renamed = self
            .store
            .rename(&self.incoming, &Name::from(name.as_str()))
            .await;
        renamed.map_err(|e| failure(&e))?;
        Ok(Written {
            name,
            digest,
            size: self.size,
        })
    }

    /// Deletes the bytes written so far. If the deletion fails, the sweeper deletes the file later.
    pub async fn abandon(mut self) {
        if let Err(error) = self.upload.abort().await {
            tracing::warn!(%error, "an unfinished object could not be deleted");
        }
    }
}

/// Refuses an object of another account, and one so old that the sweeper may be removing it.
pub(crate) fn must_be_fresh(name: &str, account: AccountId, now: Timestamp) -> Result<()> {
    match parts(name) {
        Some((owner, uploaded_at)) if owner == account => match now.0 - uploaded_at.0 {
            age if age > FRESH_MS => {
                Err(Trouble::TimedOut("an attachment was uploaded too long ago").into())
            }
            _ => Ok(()),
        },
        _ => Err(Trouble::Internal(format!("{name} is no object of account {account}")).into()),
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
    let begun_at = || {
        let (object, number) = file.to_str()?.rsplit_once('#')?;
        let _: u64 = number.parse().ok()?;
        let (_, begun_at) = parts(&format!("{}/{object}", account.to_str()?))?;
        Some(begun_at)
    };
    begun_at().is_some_and(|begun_at| now.0 - begun_at.0 >= ABANDONED_MS)
}

/// Parses account and time of upload from an object's name.
fn parts(name: &str) -> Option<(AccountId, Timestamp)> {
    let (account, rest) = name.split_once('/')?;
    let (_, nonce) = rest.split_once('.')?;
    let (at, _) = nonce.split_once('t')?;
    let account = account.parse().ok()?;
    let at = i64::from_str_radix(at, 16).ok()?;
    Some((AccountId(account), Timestamp(at)))
}

/// Whether the process (EMFILE) or the system (ENFILE) has too many open files.
fn is_out_of_files(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(23 | 24))
}

fn failure(error: &(dyn std::error::Error + 'static)) -> Trouble {
    let mut source = Some(error);
    while let Some(inner) = source {
        let io = inner.downcast_ref::<std::io::Error>();
        if io.is_some_and(is_out_of_files) {
            return Trouble::Overloaded("too many files are open");
        }
        if let Some(io) = io
            && io.kind() == std::io::ErrorKind::StorageFull
        {
            return Trouble::DiskFull;
        }
        source = inner.source();
    }
    Trouble::Internal(format!("objects: {error}"))
}
