//! Objects: the attachments larger than 32 KiB, outside the database (`store.md` 7). Their place is a folder, on this machine or
//! shared by all nodes, or a bucket of an S3-compatible store.
//!
//! An object's name is `{account}/{sha256}.{nonce}`. The server makes the name and never reuses it; no part of a path
//! comes from a user. The nonce begins with the time of the upload. The object is durable (in a folder: file and folder are
//! synced) before the transaction that refers to it; if that transaction is refused, the caller deletes the object at once. A
//! command refuses an object uploaded more than an hour ago. The sweeper removes unreferenced objects after a day, so
//! the two cannot conflict.
//!
//! A file that is being written has a name of its own, `{final name}#{number}`, until it is complete; a loss of power leaves
//! it behind. The sweeper removes it by the same age: no command takes an object that was begun a day ago. `bucket.rs` says what
//! an unfinished upload to a bucket is.
//!
//! A backup copies the database first and then the objects that the copy names. Meanwhile nobody may remove an object that a
//! row has named ([`KeptObjects`]; `turn.rs` says how).
//!
//! While an operator moves to another place, objects may be in two: what the first one lacks is read from the previous one, and what is
//! removed is removed from both.

mod bucket;
mod failure;
mod folder;
pub(crate) mod moving;
mod names;
mod probe;
mod turn;
mod writer;

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use heddle_domain::{AccountId, Timestamp};
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt, path::Path as Name};
use sha2::{Digest, Sha256};

use crate::clock::SharedClock;
use crate::error::{Error, Result, Trouble};

use bucket::{Bucket, Content};
use folder::Folder;
use turn::{Hold, Right, Seen};
use writer::Target;

pub use bucket::BucketOptions;
pub(crate) use names::must_be_fresh;
pub use names::object_digest;
pub(crate) use turn::TurnToRemove;
pub use turn::{KeptObjects, give_to_owner_of};
pub use writer::{ObjectWriter, Written};

/// An attachment of at most this many bytes is stored in its database row.
pub const IN_ROW_BYTES: usize = 32 << 10;

/// Where objects are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectPlace {
    /// Files below a folder. Several nodes must share it.
    Folder(PathBuf),
    /// A bucket of an S3-compatible store.
    Bucket(BucketOptions),
}

impl fmt::Display for ObjectPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "folder:{}", path.display()),
            Self::Bucket(options) => options.fmt(f),
        }
    }
}

/// Where objects are written, and where they may be besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectOptions {
    /// The place for new objects.
    pub place: ObjectPlace,
    /// A second place, where objects are read that the first one lacks.
    pub previous: Option<ObjectPlace>,
}

impl ObjectOptions {
    /// Returns the folder if the objects are written to one.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match &self.place {
            ObjectPlace::Folder(path) => Some(path),
            ObjectPlace::Bucket(_) => None,
        }
    }
}

impl From<PathBuf> for ObjectOptions {
    fn from(folder: PathBuf) -> Self {
        Self {
            place: ObjectPlace::Folder(folder),
            previous: None,
        }
    }
}

/// The stored bytes of an object, piece by piece.
type Pieces = BoxStream<'static, Result<Bytes>>;

/// An open place.
#[derive(Clone, Debug)]
enum Place {
    Folder(Folder),
    Bucket(Bucket),
}

impl Place {
    fn open(place: &ObjectPlace) -> Result<Self, Error> {
        Ok(match place {
            ObjectPlace::Folder(path) => Self::Folder(Folder::open(path)?),
            ObjectPlace::Bucket(options) => Self::Bucket(Bucket::open(options)?),
        })
    }

    fn store(&self) -> &dyn ObjectStore {
        match self {
            Self::Folder(folder) => &*folder.store,
            Self::Bucket(bucket) => &*bucket.store,
        }
    }

    fn failed(&self, error: &object_store::Error) -> Trouble {
        match self {
            Self::Folder(_) => failure::of_files(error),
            Self::Bucket(bucket) => bucket.failed(error),
        }
    }

    /// Reads bytes of an object or a note; `None` if it is missing.
    async fn read(&self, name: &str, range: Option<Range<u64>>) -> Result<Option<Pieces>, Error> {
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        match self.store().get_opts(&Name::from(name), options).await {
            Ok(found) => {
                let place = self.clone();
                let pieces = found.into_stream();
                Ok(Some(
                    pieces.map_err(move |e| place.failed(&e).into()).boxed(),
                ))
            }
            Err(error) if failure::is_missing(&error) => Ok(None),
            Err(error) => Err(self.failed(&error).into()),
        }
    }

    async fn size(&self, name: &str) -> Result<Option<u64>, Error> {
        match self.store().head(&Name::from(name)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(error) if failure::is_missing(&error) => Ok(None),
            Err(error) => Err(self.failed(&error).into()),
        }
    }

    /// Lists names and sizes of the objects. Skips everything else.
    fn list(&self) -> BoxStream<'_, Result<(String, u64), Error>> {
        let listed = self.store().list(None);
        let objects = listed.try_filter_map(|found| {
            let name = found.location.as_ref();
            let object = object_digest(name).map(|_| (name.to_owned(), found.size));
            std::future::ready(Ok(object))
        });
        objects.map_err(|e| self.failed(&e).into()).boxed()
    }

    /// Lists the objects of an account. Skips everything else.
    fn of_account(&self, account: AccountId) -> BoxStream<'_, Result<String, Error>> {
        let listed = self.store().list(Some(&Name::from(account.to_string())));
        let objects = listed.try_filter_map(|found| {
            let name = found.location.as_ref();
            let object = object_digest(name).map(|_| name.to_owned());
            std::future::ready(Ok(object))
        });
        objects.map_err(|e| self.failed(&e).into()).boxed()
    }

    /// Removes an object or a note. Returns false if it was already gone; a bucket does not say so.
    async fn remove(&self, name: &str) -> Result<bool, Error> {
        match self.store().delete(&Name::from(name)).await {
            Ok(()) => Ok(true),
            Err(error) if failure::is_missing(&error) => Ok(false),
            Err(error) => Err(self.failed(&error).into()),
        }
    }
}

/// The objects of a store.
#[derive(Clone, Debug)]
pub struct Objects {
    place: Place,
    previous: Option<Place>,
    shown: Arc<str>,
    /// The notes of backups that this process has seen.
    seen: Seen,
    clock: SharedClock,
}

impl Objects {
    /// Opens the places; creates a folder if it is missing. Sends nothing to a bucket.
    ///
    /// # Errors
    /// Fails if a folder cannot be used, or the options of a bucket are wrong.
    pub fn open(options: &ObjectOptions, clock: SharedClock) -> Result<Self, Error> {
        Ok(Self {
            place: Place::open(&options.place)?,
            previous: options.previous.as_ref().map(Place::open).transpose()?,
            shown: options.place.to_string().into(),
            seen: Seen::default(),
            clock,
        })
    }

    /// Returns the places, the one for new objects first.
    fn places(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.place).chain(&self.previous)
    }

    /// Returns where new objects are stored, as `objects.url` names it, for messages to the operator.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.shown
    }

    /// Writes an object and makes it durable; returns its name.
    ///
    /// # Errors
    /// [`Trouble::DiskFull`], or [`Trouble::Internal`] if the file cannot be written; [`Trouble::Objects`] if the bucket does not
    /// take it.
    pub async fn put(&self, account: AccountId, bytes: Vec<u8>) -> Result<String, Error> {
        let name = names::new_name(account, &bytes, self.clock.now());
        let (size, bytes) = (bytes.len() as u64, Bytes::from(bytes));
        match &self.place {
            Place::Folder(folder) => folder.write(account, &name, bytes).await?,
            Place::Bucket(bucket) => bucket.write(&name, Content::Bytes(bytes), size).await?,
        }
        Ok(name)
    }

    /// Starts an object that is written piece by piece; its bytes are never all in memory.
    ///
    /// # Errors
    /// Returns the errors of [`Self::put`].
    pub async fn begin(&self, account: AccountId) -> Result<ObjectWriter, Error> {
        let nonce = names::nonce(self.clock.now());
        let target = match &self.place {
            Place::Folder(folder) => Target::Folder(folder.begin(account, &nonce).await?),
            Place::Bucket(bucket) => Target::Bucket(bucket.clone(), bucket.receive().await?),
        };
        Ok(ObjectWriter::new(target, account, nonce))
    }

    /// Reads a range of an object's bytes, piece by piece.
    ///
    /// # Errors
    /// [`Trouble::Internal`] if it is missing or cannot be read; [`Trouble::Objects`] if the bucket cannot be reached.
    pub async fn read(&self, name: &str, range: Range<u64>) -> Result<Pieces, Error> {
        let found = self.find(name, Some(range)).await?;
        Ok(found.ok_or_else(|| self.missing(name))?)
    }

    fn missing(&self, name: &str) -> Trouble {
        Trouble::Internal(format!("objects: {} lacks {name}", self.shown))
    }

    /// Reads an object or a note from the first place that has it.
    async fn find(&self, name: &str, range: Option<Range<u64>>) -> Result<Option<Pieces>, Error> {
        for place in self.places() {
            let found = place.read(name, range.clone()).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Reads all bytes of an object, piece by piece; `None` if it is missing.
    ///
    /// # Errors
    /// Returns the errors of [`Self::read`].
    pub async fn read_all(&self, name: &str) -> Result<Option<Pieces>, Error> {
        self.find(name, None).await
    }

    /// Reads all bytes of an object into memory.
    ///
    /// # Errors
    /// Returns the errors of [`Self::read`].
    pub async fn get(&self, name: &str) -> Result<Vec<u8>, Error> {
        let found = self.find(name, None).await?;
        collect(found.ok_or_else(|| self.missing(name))?).await
    }

    /// Returns the SHA-256 of an object's bytes in hexadecimal; `None` if it is missing.
    ///
    /// # Errors
    /// Returns the errors of [`Self::read`].
    pub async fn digest(&self, name: &str) -> Result<Option<String>, Error> {
        let Some(mut pieces) = self.find(name, None).await? else {
            return Ok(None);
        };
        let mut digest = Sha256::new();
        while let Some(piece) = pieces.next().await {
            digest.update(piece?);
        }
        Ok(Some(base16ct::lower::encode_string(&digest.finalize())))
    }

    /// Returns the length of an object in bytes; `None` if it is missing.
    ///
    /// # Errors
    /// Returns the errors of [`Self::read`].
    pub async fn size(&self, name: &str) -> Result<Option<u64>, Error> {
        for place in self.places() {
            let size = place.size(name).await?;
            if size.is_some() {
                return Ok(size);
            }
        }
        Ok(None)
    }

    /// Whether an object with this name is certainly there.
    pub async fn has(&self, name: &str) -> bool {
        self.size(name).await.is_ok_and(|size| size.is_some())
    }

    /// Returns names and sizes of all objects.
    ///
    /// # Errors
    /// Fails if a place cannot be listed.
    pub async fn sizes(&self) -> Result<HashMap<String, u64>, Error> {
        let mut sizes = HashMap::new();
        for place in self.places() {
            let mut listed = place.list();
            while let Some((name, size)) = listed.try_next().await? {
                sizes.entry(name).or_insert(size);
            }
        }
        Ok(sizes)
    }

    /// Lists names and sizes of the objects in the place for new ones.
    pub(crate) fn list(&self) -> BoxStream<'_, Result<(String, u64), Error>> {
        self.place.list()
    }

    /// Lists the objects uploaded at least a day before `now`, with their accounts. Skips files with other names.
    pub(crate) fn old(&self, now: Timestamp) -> BoxStream<'_, Result<(AccountId, String), Error>> {
        let old = move |name: String| names::abandoned(&name, now).map(|account| (account, name));
        let listed = stream::iter(self.places().map(Place::list)).flatten();
        listed
            .try_filter_map(move |(name, _)| std::future::ready(Ok(old(name))))
            .boxed()
    }

    /// Removes what was begun at least a day before `now` and never completed; returns how much. Lists of objects skip it.
    pub(crate) async fn remove_unfinished(&self, now: Timestamp) -> Result<u64, Error> {
        let mut removed = 0;
        for place in self.places() {
            removed += match place {
                Place::Folder(folder) => folder.remove_unfinished(now).await?,
                Place::Bucket(bucket) => bucket.remove_unfinished(now).await?,
            };
        }
        Ok(removed)
    }

    /// Waits until no process removes objects that a row has named, and keeps all from it from then on.
    ///
    /// # Errors
    /// Fails if the lock of a folder cannot be taken, or a bucket cannot be reached.
    pub async fn keep(&self) -> Result<KeptObjects, Error> {
        let mut holds = Vec::new();
        for place in self.places() {
            holds.push(match place {
                Place::Folder(folder) => {
                    let path = folder.path.clone();
                    let held = tokio::task::spawn_blocking(move || Hold::folder(&path));
                    let held = held.await.map_err(|e| failure::of_files(&e))?;
                    held.map_err(|e| failure::of_files(&e))?
                }
                Place::Bucket(bucket) => Hold::bucket(bucket).await?,
            });
        }
        Ok(KeptObjects { holds })
    }

    /// Returns a turn in which objects may be removed that a row has named; `None` while a backup is being made.
    pub(crate) async fn turn_to_remove(&self) -> Result<Option<TurnToRemove>, Error> {
        let mut turn = TurnToRemove { rights: Vec::new() };
        for place in self.places() {
            let right = match place {
                Place::Folder(folder) => {
                    let path = folder.path.clone();
                    let taken = tokio::task::spawn_blocking(move || Right::folder(&path));
                    let taken = taken.await.map_err(|e| failure::of_files(&e))?;
                    taken.map_err(|e| failure::of_files(&e))?
                }
                Place::Bucket(bucket) => Right::bucket(bucket, &self.seen).await?,
            };
            match right {
                Some(right) => turn.rights.push(right),
                None => {
                    turn.end().await;
                    return Ok(None);
                }
            }
        }
        Ok(Some(turn))
    }

    /// Removes an object in a turn. Returns false if the object was already gone.
    pub(crate) async fn remove(&self, name: &str, turn: &TurnToRemove) -> Result<bool, Error> {
        match turn.until() {
            None => self.remove_now(name).await,
            Some(until) => match tokio::time::timeout_at(until, self.remove_now(name)).await {
                Ok(removed) => removed,
                Err(_) => Err(Trouble::TimedOut("removing objects takes too long").into()),
            },
        }
    }

    async fn remove_now(&self, name: &str) -> Result<bool, Error> {
        let mut removed = false;
        for place in self.places() {
            removed |= place.remove(name).await?;
        }
        Ok(removed)
    }

    /// Removes all objects of an account, and what was never completed; returns how many objects. Nothing may refer to them.
    ///
    /// # Errors
    /// [`Trouble::Objects`] while a backup is being made, or if a bucket cannot be reached; [`Trouble::Internal`] if a folder
    /// cannot be read or changed. Then some objects are left, and the same call goes on.
    pub(crate) async fn remove_all(&self, account: AccountId) -> Result<u64, Error> {
        /// How many objects are removed in one turn, which must not last long.
        const AT_ONCE: usize = 200;
        let mut removed = 0;
        for place in self.places() {
            let mut chunks = place.of_account(account).try_chunks(AT_ONCE);
            while let Some(chunk) = chunks.next().await {
                let chunk = chunk.map_err(|e| e.1)?;
                let Some(turn) = self.turn_to_remove().await? else {
                    let reason = "a backup is being made, which needs all files; run the command again when it has ended";
                    return Err(Trouble::Objects(reason.into()).into());
                };
                let mut outcome = Ok(());
                for name in &chunk {
                    match self.remove(name, &turn).await {
                        Ok(_) => removed += 1,
                        Err(error) => {
                            outcome = Err(error);
                            break;
                        }
                    }
                }
                turn.end().await;
                outcome?;
            }
            if let Place::Folder(folder) = place {
                folder.remove_account(account).await?;
            }
        }
        Ok(removed)
    }

    /// Deletes objects whose rows were deleted. While a backup is being made, leaves them to the sweeper.
    pub async fn discard_named(&self, names: &[String]) {
        if names.is_empty() {
            return;
        }
        if let Err(error) = self.try_discard_named(names).await {
            tracing::warn!(%error, "unreferenced objects could not be deleted");
        }
    }

    async fn try_discard_named(&self, names: &[String]) -> Result<(), Error> {
        let Some(turn) = self.turn_to_remove().await? else {
            return Ok(());
        };
        let mut removed = Ok(());
        for name in names {
            if let Err(error) = self.remove(name, &turn).await {
                removed = Err(error);
                break;
            }
        }
        turn.end().await;
        removed
    }

    /// Deletes objects that no row has ever named, as those of a refused command. If a deletion fails, the sweeper deletes the object
    /// later.
    pub async fn discard_unnamed(&self, names: &[String]) {
        for name in names {
            if let Err(error) = self.remove_now(name).await {
                tracing::warn!(%error, "an unreferenced object could not be deleted");
            }
        }
    }

    /// Writes a small file beside the objects, which may replace an older one.
    ///
    /// # Errors
    /// Returns the errors of [`Self::put`].
    pub async fn put_note(&self, name: &str, text: String) -> Result<(), Error> {
        let written = self.place.store().put(&Name::from(name), text.into()).await;
        written.map_err(|e| self.place.failed(&e))?;
        if let Place::Folder(folder) = &self.place {
            let given = give_to_owner_of(&folder.path, &folder.path.join(name));
            given.map_err(|e| failure::of_files(&e))?;
        }
        Ok(())
    }

    /// Reads a small file beside the objects; `None` if there is none.
    ///
    /// # Errors
    /// Returns the errors of [`Self::read`].
    pub async fn get_note(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        match self.find(name, None).await? {
            Some(pieces) => Ok(Some(collect(pieces).await?)),
            None => Ok(None),
        }
    }
}

async fn collect(pieces: Pieces) -> Result<Vec<u8>, Error> {
    let all = pieces.try_fold(Vec::new(), |mut all, piece| async move {
        all.extend_from_slice(&piece);
        Ok(all)
    });
    Ok(all.await?)
}
