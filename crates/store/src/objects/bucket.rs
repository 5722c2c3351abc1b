//! Objects in a bucket of an S3-compatible store.
//!
//! A file is received completely into a nameless local file first. So a slow client holds no memory and no connection to S3,
//! the name (which contains the SHA-256) is known before the upload, and a killed process leaves nothing on this machine.
//!
//! Up to [`PART`] bytes go in one request, which never replaces an object. More go as a multipart upload, whose object exists only
//! once it is complete. S3 keeps the parts of an upload that never ends. So a note `unfinished/{name}` contains the upload's id
//! until it has ended, and the sweeper ends uploads whose notes are a day old.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use heddle_domain::Timestamp;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::multipart::MultipartStore;
use object_store::prefix::PrefixStore;
use object_store::{
    BackoffConfig, ClientOptions, Error as S3Error, ObjectStore, ObjectStoreExt, PutMode,
    RetryConfig, path::Path as Name,
};
// Only named as a dependency to switch its TLS on, for object_store's client.
use reqwest as _;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::failure;
use super::names::{self, UNFINISHED};
use crate::error::{Error, Trouble};

/// The size of a part in bytes. A file of at most this size goes in one request.
pub(super) const PART: usize = 8 << 20;
/// How many uploads run at the same time. Each has one part in memory.
const UPLOADS: usize = 8;
/// How long a file waits for one of them.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(5);
/// How long S3 may take to answer a request, or for the next piece of a download.
const ANSWER: Duration = Duration::from_secs(30);
/// After this time no request is sent again.
const RETRY: Duration = Duration::from_secs(20);
const RETRIES: usize = 3;

/// A bucket, and how to reach it.
#[derive(Clone, PartialEq, Eq)]
pub struct BucketOptions {
    /// The name of the bucket.
    pub bucket: String,
    /// What all names in the bucket begin with, without a slash at its end; may be empty.
    pub prefix: String,
    /// The region, such as `us-east-1`.
    pub region: String,
    /// The URL of an S3-compatible store; `None` for AWS.
    pub endpoint: Option<String>,
    /// The id of the access key.
    pub access_key_id: String,
    /// The secret of the access key. Never shown.
    pub secret_access_key: String,
    /// A local folder for files that are being received.
    pub receiving: PathBuf,
}

impl fmt::Debug for BucketOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BucketOptions")
            .field("url", &self.to_string())
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for BucketOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix.as_str() {
            "" => write!(f, "s3://{}", self.bucket),
            prefix => write!(f, "s3://{}/{prefix}", self.bucket),
        }
    }
}

pub(super) type Store = PrefixStore<Arc<AmazonS3>>;

/// An open bucket.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    /// Works on names below the prefix.
    pub(super) store: Arc<Store>,
    s3: Arc<AmazonS3>,
    prefix: String,
    pub(super) shown: Arc<str>,
    receiving: PathBuf,
    uploads: Arc<Semaphore>,
}

/// Whether the store is reached without TLS.
fn is_plain(options: &BucketOptions) -> bool {
    let scheme = options
        .endpoint
        .as_deref()
        .and_then(|url| url.split_once("://"));
    scheme.is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("http"))
}

impl Bucket {
    /// Makes a client; sends nothing.
    pub(super) fn open(options: &BucketOptions) -> Result<Self, Error> {
        // The HTTP client takes the process's provider. An error means that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        std::fs::create_dir_all(&options.receiving).map_err(|e| failure::of_files(&e))?;
        let client = ClientOptions::new()
            // The configuration has allowed it. An endpoint with TLS must not lead to one without.
            .with_allow_http(is_plain(options))
            .with_connect_timeout(CONNECT)
            .with_read_timeout(ANSWER)
            // A download to a slow client may take long.
            .with_timeout_disabled();
        let retry = RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                max_backoff: Duration::from_secs(2),
                base: 2.0,
            },
            max_retries: RETRIES,
            retry_timeout: RETRY,
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&options.bucket)
            .with_region(&options.region)
            .with_access_key_id(&options.access_key_id)
            .with_secret_access_key(&options.secret_access_key)
            .with_client_options(client)
            .with_retry(retry)
            // Every S3-compatible store deletes single objects.
            .with_disable_bulk_delete(true);
        if let Some(endpoint) = &options.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let shown: Arc<str> = options.to_string().into();
        let s3 = builder
            .build()
            .map_err(|e| failure::of_bucket(&shown, &e))?;
        let s3 = Arc::new(s3);
        Ok(Self {
            store: Arc::new(PrefixStore::new(Arc::clone(&s3), options.prefix.as_str())),
            s3,
            prefix: options.prefix.clone(),
            shown,
            receiving: options.receiving.clone(),
            uploads: Arc::new(Semaphore::new(UPLOADS)),
        })
    }

    pub(super) fn failed(&self, error: &S3Error) -> Trouble {
        failure::of_bucket(&self.shown, error)
    }

    /// Creates a nameless file for a file that arrives; it vanishes with the process.
    pub(super) async fn receive(&self) -> Result<tokio::fs::File, Error> {
        let folder = self.receiving.clone();
        let made = tokio::task::spawn_blocking(move || tempfile::tempfile_in(folder)).await;
        let file = made.map_err(|e| failure::of_files(&e))?;
        Ok(tokio::fs::File::from_std(
            file.map_err(|e| failure::of_files(&e))?,
        ))
    }

    /// Writes an object. When this returns, S3 has it.
    pub(super) async fn write(
        &self,
        name: &str,
        mut content: Content,
        size: u64,
    ) -> Result<(), Error> {
        let turn = timeout(LONGEST_WAIT, self.uploads.acquire()).await;
        let _turn =
            turn.map_err(|_| Trouble::Overloaded("too many attachments are written to S3"))?;
        if size <= PART as u64 {
            let bytes = content.next(PART).await?;
            return self.write_at_once(name, bytes).await;
        }
        self.write_in_parts(name, content, size).await
    }

    async fn write_at_once(&self, name: &str, bytes: Bytes) -> Result<(), Error> {
        let size = bytes.len() as u64;
        let to = Name::from(name);
        match self
            .store
            .put_opts(&to, bytes.into(), PutMode::Create.into())
            .await
        {
            Ok(_) => Ok(()),
            // Nobody else uses this name. So the answer to an earlier try of this request was lost.
            Err(S3Error::AlreadyExists { .. }) if self.has(&to, size).await => Ok(()),
            Err(error) => Err(self.failed(&error).into()),
        }
    }

    async fn has(&self, name: &Name, size: u64) -> bool {
        self.store
            .head(name)
            .await
            .is_ok_and(|found| found.size == size)
    }

    /// Returns the whole name in the bucket, for the requests of multipart uploads.
    fn whole(&self, name: &str) -> Name {
        match self.prefix.as_str() {
            "" => Name::from(name),
            prefix => Name::from(format!("{prefix}/{name}")),
        }
    }

    async fn write_in_parts(
        &self,
        name: &str,
        mut content: Content,
        size: u64,
    ) -> Result<(), Error> {
        let mut upload = Unfinished::begin(self.clone(), name).await?;
        match upload.send(&mut content, size).await {
            Ok(()) => {
                upload.forget_note().await;
                Ok(())
            }
            Err(error) => {
                upload.abort().await;
                Err(error)
            }
        }
    }

    /// Ends the uploads that were begun at least a day before `now`; returns how many.
    pub(super) async fn remove_unfinished(&self, now: Timestamp) -> Result<u64, Error> {
        let notes = self.store.list(Some(&Name::from(UNFINISHED)));
        let notes: Vec<_> = notes.try_collect().await.map_err(|e| self.failed(&e))?;
        let mut removed = 0;
        for note in notes {
            let name = note.location.as_ref();
            let name = name
                .strip_prefix(UNFINISHED)
                .and_then(|name| name.strip_prefix('/'));
            let Some(name) = name.filter(|name| names::abandoned(name, now).is_some()) else {
                continue;
            };
            removed += u64::from(self.end_unfinished(name, &note.location).await?);
        }
        Ok(removed)
    }

    /// Ends the upload of a note, and removes the note. Returns false if it is left for a later run.
    async fn end_unfinished(&self, name: &str, note: &Name) -> Result<bool, Error> {
        let is_complete = match self.store.head(&Name::from(name)).await {
            Ok(_) => true,
            Err(error) if failure::is_missing(&error) => false,
            Err(error) => return Err(self.failed(&error).into()),
        };
        if !is_complete {
            let id = match self.store.get(note).await {
                Ok(found) => found.bytes().await.map_err(|e| self.failed(&e))?,
                // Another node has removed it.
                Err(error) if failure::is_missing(&error) => return Ok(false),
                Err(error) => return Err(self.failed(&error).into()),
            };
            let id = String::from_utf8_lossy(&id).into_owned();
            match self.s3.abort_multipart(&self.whole(name), &id).await {
                // NotFound: it has ended, and only the note is left.
                Ok(()) | Err(S3Error::NotFound { .. }) => {}
                Err(error) => {
                    let error = self.failed(&error);
                    tracing::warn!(%error, "an unfinished upload to S3 could not be ended; trying again in an hour");
                    return Ok(false);
                }
            }
        }
        self.store.delete(note).await.map_err(|e| self.failed(&e))?;
        Ok(!is_complete)
    }
}

/// The bytes of an object that is being written.
pub(super) enum Content {
    /// In memory.
    Bytes(Bytes),
    /// In a file, from its current position.
    File(tokio::fs::File),
}

impl Content {
    /// Rewinds a received file.
    pub(super) async fn of_file(mut file: tokio::fs::File) -> Result<Self, Error> {
        file.rewind().await.map_err(|e| failure::of_files(&e))?;
        Ok(Self::File(file))
    }

    /// Takes the next bytes, at most `most`; fewer only at the end.
    async fn next(&mut self, most: usize) -> Result<Bytes, Error> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.split_to(most.min(bytes.len()))),
            Self::File(file) => {
                let mut piece = Vec::new();
                let mut part = file.take(most as u64);
                part.read_to_end(&mut piece)
                    .await
                    .map_err(|e| failure::of_files(&e))?;
                Ok(piece.into())
            }
        }
    }
}

/// A multipart upload that has not ended. Dropping it, as when a client goes away, ends it in the background.
struct Unfinished {
    bucket: Bucket,
    name: Name,
    whole: Name,
    note: Name,
    id: Option<String>,
}

impl Unfinished {
    async fn begin(bucket: Bucket, name: &str) -> Result<Self, Error> {
        let whole = bucket.whole(name);
        let id = bucket
            .s3
            .create_multipart(&whole)
            .await
            .map_err(|e| bucket.failed(&e))?;
        let note = Name::from(format!("{UNFINISHED}/{name}"));
        let upload = Self {
            name: Name::from(name),
            whole,
            note,
            id: Some(id.clone()),
            bucket,
        };
        let noted = upload.bucket.store.put(&upload.note, id.into()).await;
        noted.map_err(|e| upload.bucket.failed(&e))?;
        Ok(upload)
    }

    /// Sends all parts, and completes the object.
    async fn send(&mut self, content: &mut Content, size: u64) -> Result<(), Error> {
        let (s3, id) = (&self.bucket.s3, self.id.clone().unwrap_or_default());
        let mut parts = Vec::new();
        let mut sent = 0;
        while sent < size {
            let piece = content.next(PART).await?;
            if piece.is_empty() {
                return Err(
                    Trouble::Internal("objects: a received file became shorter".into()).into(),
                );
            }
            sent += piece.len() as u64;
            let part = s3
                .put_part(&self.whole, &id, parts.len(), piece.into())
                .await;
            parts.push(part.map_err(|e| self.bucket.failed(&e))?);
        }
        match s3.complete_multipart(&self.whole, &id, parts).await {
            Ok(_) => Ok(()),
            // The answer to an earlier try of this request was lost.
            Err(_) if self.bucket.has(&self.name, size).await => Ok(()),
            Err(error) => Err(self.bucket.failed(&error).into()),
        }
    }

    /// Removes the note of a completed upload. If that fails, the sweeper does it.
    async fn forget_note(mut self) {
        self.id = None;
        if let Err(error) = self.bucket.store.delete(&self.note).await {
            let error = self.bucket.failed(&error);
            tracing::warn!(%error, "the note of a finished upload to S3 could not be deleted");
        }
    }

    /// Ends the upload without an object. If that fails, the sweeper does it.
    async fn abort(mut self) {
        if let Some(id) = self.id.take() {
            abort(&self.bucket, &self.whole, &self.note, id).await;
        }
    }
}

async fn abort(bucket: &Bucket, whole: &Name, note: &Name, id: String) {
    let aborted = bucket.s3.abort_multipart(whole, &id).await;
    let aborted = match aborted {
        Ok(()) => bucket.store.delete(note).await,
        failed => failed,
    };
    if let Err(error) = aborted {
        let error = bucket.failed(&error);
        tracing::warn!(%error, "an unfinished upload to S3 could not be ended; the sweeper does it after a day");
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let (bucket, whole, note) = (self.bucket.clone(), self.whole.clone(), self.note.clone());
        runtime.spawn(async move { abort(&bucket, &whole, &note, id).await });
    }
}
