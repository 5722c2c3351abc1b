//! Prepares attachments for the store (`store.md` 7): small files go into the database row, larger ones become objects
//! (files on disk), which are written before the transaction that refers to them. The calls on single files are in the modules
//! below.

pub(crate) mod add;
pub(crate) mod read;

use heddle_domain::id::AccountId;
use heddle_store::write::NewAttachment;
use heddle_store::{Error as StoreError, IN_ROW_BYTES, Store};

use crate::request::File;

/// The attachments of a request.
#[derive(Debug, Default)]
pub(crate) struct Attachments {
    /// The attachments of each thread: one list per thread.
    pub(crate) threads: Vec<Vec<NewAttachment>>,
    /// Names of the objects (files on disk) that were written for these attachments; see [`discard_objects`].
    pub(crate) objects: Vec<String>,
}

/// Whether some file is large enough to become an object (a file on disk). If true, everything that could refuse the
/// request must be checked before the objects are written.
pub(crate) fn needs_objects(files: &[File]) -> bool {
    files.iter().any(|file| file.data.len() > IN_ROW_BYTES)
}

/// Writes the attachments' objects (files on disk).
///
/// # Errors
/// Returns the store's error; then no object is left behind.
pub(crate) async fn write_objects(
    store: &Store,
    account: AccountId,
    threads: Vec<Vec<File>>,
) -> Result<Attachments, StoreError> {
    let mut attachments = Attachments::default();
    match fill(store, account, threads, &mut attachments).await {
        Ok(()) => Ok(attachments),
        Err(error) => {
            store.objects().discard_unnamed(&attachments.objects).await;
            Err(error)
        }
    }
}

async fn fill(
    store: &Store,
    account: AccountId,
    threads: Vec<Vec<File>>,
    attachments: &mut Attachments,
) -> Result<(), StoreError> {
    for files in threads {
        let mut thread = Vec::with_capacity(files.len());
        for file in files {
            thread.push(prepare(store, account, file, &mut attachments.objects).await?);
        }
        attachments.threads.push(thread);
    }
    Ok(())
}

async fn prepare(
    store: &Store,
    account: AccountId,
    file: File,
    objects: &mut Vec<String>,
) -> Result<NewAttachment, StoreError> {
    let size = i64::try_from(file.data.len()).unwrap_or(i64::MAX);
    let (data, object) = if file.data.len() > IN_ROW_BYTES {
        let name = store.objects().put(account, file.data).await?;
        objects.push(name.clone());
        (None, Some(name))
    } else {
        (Some(file.data), None)
    };
    Ok(NewAttachment {
        file_name: file.name,
        mime_type: file.mime_type,
        size,
        data,
        object,
        link: None,
        extra: None,
    })
}

/// Deletes the objects (files on disk) of a failed write. If the write may have happened they stay; the sweeper deletes
/// objects that no row refers to.
pub(crate) async fn discard_objects(store: &Store, objects: &[String], error: &StoreError) {
    if !error.may_have_written() {
        store.objects().discard_unnamed(objects).await;
    }
}
