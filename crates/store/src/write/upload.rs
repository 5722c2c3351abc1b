//! Uploads: files that are sent before their message (`store.md` 7).
//!
//! An upload belongs to the credential that sent it; other credentials cannot see it. It writes no event, because
//! nothing is visible until a message refers to it. One message can use it, within an hour; after a day it is
//! removed.

use heddle_domain::event::Actor;
use heddle_domain::id::{AccountId, AttachmentId, ConversationId, CredentialId, MessageId};
use heddle_domain::{EntityKind, Timestamp, id};

use super::caller::Caller;
use super::message::NewMessage;
use crate::error::{Refusal, Result, Trouble};
use crate::objects;
use crate::rows::upload::{self as rows, Upload};
use crate::stmt::{Value, keys, params};
use crate::tx::{Tx, Write};

/// How long after its upload a message may use a file, in milliseconds.
pub const FRESH_MS: i64 = 3_600_000;
/// Age at which an unused file is removed, in milliseconds.
pub(crate) const ABANDONED_MS: i64 = 86_400_000;

/// The request field that names uploads.
const FIELD: &str = "attachment_ids";

/// Stores a file for a later message: its bytes, or the name of an object (a file already written to disk).
#[derive(Clone, Debug)]
pub struct StoreUpload {
    /// The caller; its actor must have a credential.
    pub caller: Caller,
    /// The file's name, as sent.
    pub file_name: String,
    /// The media type, as sent.
    pub mime_type: String,
    /// Length in bytes.
    pub size: i64,
    /// The bytes, if they are stored in the row (up to 32 KiB).
    pub data: Option<Vec<u8>>,
    /// The name of the object (file on disk) that holds the bytes.
    pub object: Option<String>,
}

impl Write for StoreUpload {
    type Out = Upload;
    const NAME: &'static str = "store_upload";

    fn weight(&self) -> usize {
        512 + self.data.as_ref().map_or(0, Vec::len)
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Upload> {
        let (account, now) = (self.caller.account, tx.now());
        let credential = owner(&self.caller.actor)?;
        if let Some(object) = &self.object {
            objects::must_be_fresh(object, account, now)?;
        }
        let id = AttachmentId(tx.next_small_id(account, EntityKind::Attachment)?);
        tx.queue(
            &rows::INSERT,
            params![
                account,
                id,
                credential,
                &self.file_name,
                &self.mime_type,
                self.size,
                self.data.as_deref().map_or(Value::Null, Value::Bytes),
                &self.object,
                now,
            ],
        )?;
        Ok(Upload {
            id,
            credential,
            file_name: self.file_name.clone(),
            mime_type: self.mime_type.clone(),
            size: self.size,
            created_at: now,
        })
    }
}

fn owner(actor: &Actor) -> Result<CredentialId> {
    let missing = || Trouble::Internal("files are uploaded with a credential".into()).into();
    actor.credential.ok_or_else(missing)
}

/// Locks the uploads that messages refer to. Each must belong to the caller, be less than an hour old, and be named
/// once.
///
/// # Errors
/// Returns [`Refusal::Invalid`] with the field `attachment_ids`.
pub(super) async fn claim<'a>(
    tx: &mut Tx<'_>,
    caller: &Caller,
    messages: impl Iterator<Item = &'a NewMessage>,
) -> Result<()> {
    let mut ids: Vec<AttachmentId> = messages.flat_map(|m| m.uploads.iter().copied()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    ids.sort_unstable();
    if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(refused(twice[0], "is named twice").into());
    }
    let keys = keys(caller.account, ids.iter().copied());
    let found = tx.fetch_many(&rows::LOCK, &keys, rows::upload).await?;
    for (id, upload) in ids.iter().zip(found) {
        let mine = upload
            .into_iter()
            .find(|upload| Some(upload.credential) == caller.actor.credential)
            .ok_or_else(|| refused(*id, "is no file that waits for its message"))?;
        if tx.now().0 - mine.created_at.0 > FRESH_MS {
            return Err(refused(*id, "was uploaded too long ago").into());
        }
    }
    Ok(())
}

fn refused(id: AttachmentId, what: &str) -> Refusal {
    Refusal::invalid(FIELD, format!("{id} {what}"))
}

/// Turns a claimed upload into an attachment of a message.
pub(super) fn attach(
    tx: &mut Tx<'_>,
    account: AccountId,
    upload: AttachmentId,
    (conversation, message): (ConversationId, MessageId),
) -> Result<()> {
    tx.queue(
        &rows::ATTACH,
        params![account, upload, conversation, message],
    )?;
    tx.queue(&rows::DROP, params![account, upload])
}

/// Deletes some unused uploads; the sweeper deletes their objects.
#[derive(Clone, Debug)]
pub(crate) struct SweepUploads {
    pub(crate) account: id::AccountId,
    pub(crate) before: Timestamp,
    pub(crate) most: i64,
}

impl Write for SweepUploads {
    /// How many uploads were deleted.
    type Out = usize;
    const NAME: &'static str = "sweep_uploads";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<usize> {
        let params = params![self.account, self.before, self.most];
        let old = tx.fetch(&rows::EXPIRED, params, |row| row.int()).await?;
        for id in &old {
            tx.queue(&rows::DROP, params![self.account, *id])?;
        }
        Ok(old.len())
    }
}
