//! Keeps objects that a row has named from being removed while a backup copies them.
//!
//! In a folder this is a lock of the system on a file, which ends with its process.
//!
//! A bucket has no locks, but whoever lists it after a write sees the write. So both sides first write a note and then look for the
//! notes of the other side; of two that begin at the same time, at least one sees the other. A backup rewrites its note `backups/{id}`
//! once a minute, and waits for all notes `removals/{id}`. Who removes objects writes such a note, gives way if there is a backup,
//! and works for a minute at most. A process that was killed leaves its note. It counts as dead when it has not changed for much
//! longer than that, measured by the clock of the process that looks.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, path::Path as Name};
use parking_lot::Mutex;
use tokio::time::Instant;

use super::bucket::Bucket;
use super::names::{BACKUPS, REMOVALS};
use crate::error::{Error, Trouble};

/// The file in the folder of the objects that a backup locks.
const LOCK: &str = "backup.lock";

/// How often a backup rewrites its note.
const RENEWAL: Duration = Duration::from_secs(60);
/// How long a backup may be without a rewritten note. Then others may think that it is dead.
const LONGEST_LAPSE: Duration = Duration::from_secs(600);
/// A backup whose note has not changed for this time is dead.
const DEAD_BACKUP: Duration = Duration::from_secs(1_200);
/// How long one turn to remove objects lasts.
pub(super) const TURN: Duration = Duration::from_secs(60);
/// A removal whose note has not changed for this time is dead.
const DEAD_REMOVAL: Duration = Duration::from_secs(180);
/// How often a backup looks whether the removals have ended.
const LOOK: Duration = Duration::from_millis(250);

/// When this process first saw a note in its present state.
pub(super) type Seen = Arc<Mutex<HashMap<Name, (String, Instant)>>>;

/// Keeps all processes from removing objects that a row has named, until it is dropped or released.
#[derive(Debug)]
pub struct KeptObjects {
    pub(super) holds: Vec<Hold>,
}

#[derive(Debug)]
pub(super) enum Hold {
    File { _lock: File },
    Note { note: Note, renewal: Renewal },
}

impl KeptObjects {
    /// Ends it.
    ///
    /// # Errors
    /// Fails if the bucket could not be reached for so long meanwhile that another process may have removed objects.
    pub async fn release(self) -> Result<(), Error> {
        let mut lapsed = false;
        for hold in self.holds {
            if let Hold::Note { note, renewal } = hold {
                lapsed |= renewal.renewed.lock().elapsed() > LONGEST_LAPSE;
                drop(renewal);
                note.remove().await;
            }
        }
        match lapsed {
            false => Ok(()),
            true => Err(Trouble::Objects("the bucket could not be reached for ten minutes, so objects may have been removed meanwhile".into()).into()),
        }
    }
}

impl Hold {
    /// Waits until no process removes objects of this folder, and keeps them from it from then on.
    pub(super) fn folder(folder: &Path) -> std::io::Result<Self> {
        let lock = open_lock(folder)?;
        lock.lock_shared()?;
        Ok(Self::File { _lock: lock })
    }

    /// Does the same in a bucket.
    pub(super) async fn bucket(bucket: &Bucket) -> Result<Self, Error> {
        let note = Note::write(bucket, BACKUPS).await?;
        let renewal = Renewal::start(bucket, note.name.clone());
        let hold = Self::Note { note, renewal };
        let seen = Seen::default();
        while bucket.has_live(REMOVALS, DEAD_REMOVAL, &seen).await? {
            tokio::time::sleep(LOOK).await;
        }
        Ok(hold)
    }
}

/// Rewrites a note until it is dropped.
#[derive(Debug)]
pub(super) struct Renewal {
    task: tokio::task::JoinHandle<()>,
    renewed: Arc<Mutex<Instant>>,
}

impl Renewal {
    fn start(bucket: &Bucket, note: Name) -> Self {
        let renewed = Arc::new(Mutex::new(Instant::now()));
        let task = tokio::spawn(renew(bucket.clone(), note, Arc::clone(&renewed)));
        Self { task, renewed }
    }
}

impl Drop for Renewal {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn renew(bucket: Bucket, name: Name, renewed: Arc<Mutex<Instant>>) {
    let mut count = 0_u64;
    loop {
        tokio::time::sleep(RENEWAL).await;
        count += 1;
        match bucket.store.put(&name, count.to_string().into()).await {
            Ok(_) => *renewed.lock() = Instant::now(),
            Err(error) => {
                let error = bucket.failed(&error);
                tracing::warn!(%error, "the backup cannot renew its note in the bucket; trying again");
            }
        }
    }
}

/// The right to remove objects that a row has named.
#[derive(Debug)]
pub(crate) struct TurnToRemove {
    pub(super) rights: Vec<Right>,
}

#[derive(Debug)]
pub(super) enum Right {
    File { _lock: File },
    Note { note: Note, until: Instant },
}

impl TurnToRemove {
    /// Returns until when objects may be removed; `None` without a limit.
    pub(super) fn until(&self) -> Option<Instant> {
        let limits = self.rights.iter().filter_map(|right| match right {
            Right::File { .. } => None,
            Right::Note { until, .. } => Some(*until),
        });
        limits.min()
    }

    /// Ends the turn.
    pub(crate) async fn end(self) {
        for right in self.rights {
            if let Right::Note { note, .. } = right {
                note.remove().await;
            }
        }
    }
}

impl Right {
    /// A file system without locks gives no lock, to a backup neither.
    pub(super) fn folder(folder: &Path) -> std::io::Result<Option<Self>> {
        let lock = open_lock(folder)?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => Ok(None),
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(Self::File { _lock: lock })),
        }
    }

    pub(super) async fn bucket(bucket: &Bucket, seen: &Seen) -> Result<Option<Self>, Error> {
        let until = Instant::now() + TURN;
        let note = Note::write(bucket, REMOVALS).await?;
        if bucket.has_live(BACKUPS, DEAD_BACKUP, seen).await? {
            note.remove().await;
            return Ok(None);
        }
        Ok(Some(Self::Note { note, until }))
    }
}

impl Bucket {
    /// Whether there is a note in this folder of notes whose process may live. Removes the notes of dead ones.
    async fn has_live(&self, folder: &str, dead: Duration, seen: &Seen) -> Result<bool, Error> {
        let notes = self.store.list(Some(&Name::from(folder)));
        let notes: Vec<_> = notes.try_collect().await.map_err(|e| self.failed(&e))?;
        // Notes that have ended are forgotten.
        seen.lock()
            .retain(|name, _| notes.iter().any(|note| note.location == *name));
        let mut lives = false;
        for note in notes {
            if unchanged_for(&note, seen) < dead {
                lives = true;
                continue;
            }
            self.store
                .delete(&note.location)
                .await
                .map_err(|e| self.failed(&e))?;
            seen.lock().remove(&note.location);
        }
        Ok(lives)
    }
}

/// Returns for how long this process has seen a note without a change.
fn unchanged_for(note: &ObjectMeta, seen: &Seen) -> Duration {
    let state = format!("{} {:?}", note.last_modified, note.e_tag);
    let now = Instant::now();
    let mut seen = seen.lock();
    let known = seen
        .entry(note.location.clone())
        .or_insert_with(|| (state.clone(), now));
    if known.0 != state {
        *known = (state, now);
    }
    now - known.1
}

/// A note in a bucket. Dropping it removes it in the background.
#[derive(Debug)]
pub(super) struct Note {
    bucket: Bucket,
    name: Name,
    is_there: bool,
}

impl Note {
    async fn write(bucket: &Bucket, folder: &str) -> Result<Self, Error> {
        let name = Name::from(format!("{folder}/{}", uuid::Uuid::new_v4().simple()));
        bucket
            .store
            .put(&name, "0".into())
            .await
            .map_err(|e| bucket.failed(&e))?;
        Ok(Self {
            bucket: bucket.clone(),
            name,
            is_there: true,
        })
    }

    async fn remove(mut self) {
        self.is_there = false;
        remove(&self.bucket, &self.name).await;
    }
}

async fn remove(bucket: &Bucket, name: &Name) {
    if let Err(error) = bucket.store.delete(name).await {
        let error = bucket.failed(&error);
        tracing::warn!(%error, "a note in the bucket could not be removed; others ignore it after 20 minutes");
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        if !self.is_there {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (bucket, name) = (self.bucket.clone(), self.name.clone());
            runtime.spawn(async move { remove(&bucket, &name).await });
        }
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
