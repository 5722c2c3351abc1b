//! Writes one object piece by piece; its bytes are never all in memory.

use bytes::Bytes;
use heddle_domain::AccountId;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::bucket::{Bucket, Content};
use super::failure::of_files;
use super::folder::Incoming;
use super::names;
use crate::error::Error;

/// An object that is being written.
#[derive(Debug)]
pub struct ObjectWriter {
    target: Target,
    account: AccountId,
    nonce: String,
    digest: Sha256,
    size: u64,
}

/// Where the bytes go until all have arrived.
#[derive(Debug)]
pub(super) enum Target {
    /// To a file beside its final place.
    Folder(Incoming),
    /// To a nameless local file, which is then sent to the bucket.
    Bucket(Bucket, tokio::fs::File),
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
    pub(super) fn new(target: Target, account: AccountId, nonce: String) -> Self {
        Self {
            target,
            account,
            nonce,
            digest: Sha256::new(),
            size: 0,
        }
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// Returns [`Trouble::DiskFull`](crate::Trouble::DiskFull), or [`Trouble::Internal`](crate::Trouble::Internal) if the file
    /// cannot be written.
    pub async fn write(&mut self, piece: Bytes) -> Result<(), Error> {
        self.digest.update(&piece);
        self.size += piece.len() as u64;
        match &mut self.target {
            Target::Folder(file) => file.write(piece).await,
            Target::Bucket(_, file) => {
                let written = file.write_all(&piece).await;
                Ok(written.map_err(|e| of_files(&e))?)
            }
        }
    }

    /// Completes the object: makes it durable under its final name.
    ///
    /// # Errors
    /// Returns the errors of [`Self::write`]; [`Trouble::Objects`](crate::Trouble::Objects) if the bucket does not take it.
    pub async fn finish(self) -> Result<Written, Error> {
        let digest: [u8; 32] = self.digest.clone().finalize().into();
        let name = names::name(self.account, &digest, &self.nonce);
        let size = self.size;
        self.complete(&name).await?;
        Ok(Written { name, digest, size })
    }

    /// Completes a copy of the object `name`. Returns false, and writes nothing, if its bytes are not those that the name says.
    pub(super) async fn finish_copy(self, name: &str) -> Result<bool, Error> {
        let digest = base16ct::lower::encode_string(&self.digest.clone().finalize());
        if names::object_digest(name) != Some(&digest) {
            self.abandon().await;
            return Ok(false);
        }
        self.complete(name).await?;
        Ok(true)
    }

    async fn complete(self, name: &str) -> Result<(), Error> {
        match self.target {
            Target::Folder(file) => file.finish(name).await,
            Target::Bucket(bucket, mut file) => {
                file.flush().await.map_err(|e| of_files(&e))?;
                bucket
                    .write(name, Content::of_file(file).await?, self.size)
                    .await
            }
        }
    }

    /// Deletes the bytes written so far. If the deletion fails, the sweeper deletes the file later.
    pub async fn abandon(self) {
        match self.target {
            Target::Folder(file) => file.abandon().await,
            // The nameless file vanishes when it is closed.
            Target::Bucket(..) => {}
        }
    }
}
