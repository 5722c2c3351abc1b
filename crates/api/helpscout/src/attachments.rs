//! Attachments on their way into the store (`store.md` 7): small ones in the row, larger ones as objects written before
//! the transaction that refers to them.

use heddle_domain::id::AccountId;
use heddle_store::write::NewAttachment;
use heddle_store::{Error as StoreError, IN_ROW_BYTES, Store};

use crate::request::File;

/// The attachments of a request, one list a thread, and the objects already written for them.
#[derive(Debug, Default)]
pub(crate) struct Stowed {
    pub(crate) threads: Vec<Vec<NewAttachment>>,
    objects: Vec<String>,
}

/// Whether some file becomes an object, so that everything that could refuse the request must be checked before.
pub(crate) fn needs_objects(files: &[File]) -> bool {
    files.iter().any(|file| file.data.len() > IN_ROW_BYTES)
}

/// Writes the large files.
///
/// # Errors
/// The store's; nothing is left behind.
pub(crate) async fn stow(
    store: &Store,
    account: AccountId,
    threads: Vec<Vec<File>>,
) -> Result<Stowed, StoreError> {
    let mut stowed = Stowed::default();
    match fill(store, account, threads, &mut stowed).await {
        Ok(()) => Ok(stowed),
        Err(error) => {
            store.objects().discard(&stowed.objects).await;
            Err(error)
        }
    }
}

async fn fill(
    store: &Store,
    account: AccountId,
    threads: Vec<Vec<File>>,
    stowed: &mut Stowed,
) -> Result<(), StoreError> {
    for files in threads {
        let mut attachments = Vec::with_capacity(files.len());
        for file in files {
            attachments.push(one(store, account, file, stowed).await?);
        }
        stowed.threads.push(attachments);
    }
    Ok(())
}

async fn one(
    store: &Store,
    account: AccountId,
    file: File,
    stowed: &mut Stowed,
) -> Result<NewAttachment, StoreError> {
    let size = i64::try_from(file.data.len()).unwrap_or(i64::MAX);
    let (data, object) = if file.data.len() > IN_ROW_BYTES {
        let name = store.objects().put(account, file.data).await?;
        stowed.objects.push(name.clone());
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

/// Takes back the objects of a write that was refused. Where nobody knows whether it was, they stay: the sweeper finds
/// those that nothing refers to.
pub(crate) async fn take_back(store: &Store, objects: Objects, error: &StoreError) {
    match error {
        StoreError::Unavailable(_) => {}
        _ => store.objects().discard(&objects.0).await,
    }
}

/// The names of objects that a write refers to.
#[derive(Debug)]
pub(crate) struct Objects(Vec<String>);

impl Stowed {
    /// The attachments for the command, the objects for [`take_back`].
    pub(crate) fn split(self) -> (Vec<Vec<NewAttachment>>, Objects) {
        (self.threads, Objects(self.objects))
    }
}
