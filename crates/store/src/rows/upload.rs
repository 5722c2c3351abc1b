//! Statements on uploads: files that no message refers to yet.

use heddle_domain::Timestamp;
use heddle_domain::id::{AttachmentId, CredentialId};

use crate::error::Result;
use crate::stmt::{Row, statements};

macro_rules! columns {
    () => {
        "id, credential_id, file_name, mime_type, size, created_at"
    };
}

statements! {
    /// Inserts an upload.
    INSERT = "INSERT INTO upload (account_id, id, credential_id, file_name, mime_type, size, data, object_name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// Selects one upload, without its bytes.
    GET = concat!("SELECT ", columns!(), " FROM upload WHERE account_id = $1 AND id = $2");
    /// Same as `GET`, but locked until the transaction ends.
    LOCK = concat!("SELECT ", columns!(), " FROM upload WHERE account_id = $1 AND id = $2"), locked;
    /// Selects where the bytes of an upload are.
    CONTENT = "SELECT data, object_name FROM upload WHERE account_id = $1 AND id = $2";
    /// Copies an upload into a message's attachment.
    ATTACH = "INSERT INTO attachment (account_id, id, conversation_id, message_id, file_name, mime_type, size, data,
        object_name) SELECT account_id, id, CAST($3 AS BIGINT), CAST($4 AS BIGINT), file_name, mime_type, size, data,
        object_name FROM upload WHERE account_id = $1 AND id = $2";
    /// Deletes an upload.
    DROP = "DELETE FROM upload WHERE account_id = $1 AND id = $2";
    /// Selects uploads older than $2.
    EXPIRED = "SELECT id FROM upload WHERE account_id = $1 AND created_at < $2 ORDER BY created_at, id LIMIT $3";
}

/// An upload: a file that no message refers to yet, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Id of the upload; the later attachment has the same id.
    pub id: AttachmentId,
    /// The credential that uploaded it; no other credential can see it.
    pub credential: CredentialId,
    /// The file's name, as sent; never used as a path.
    pub file_name: String,
    /// The media type, as sent.
    pub mime_type: String,
    /// Length in bytes.
    pub size: i64,
    /// When the file was uploaded.
    pub created_at: Timestamp,
}

/// Maps a row of `GET` or `LOCK`.
pub(crate) fn upload(row: &mut Row<'_>) -> Result<Upload> {
    Ok(Upload {
        id: AttachmentId(row.int()?),
        credential: CredentialId(row.int()?),
        file_name: row.text()?,
        mime_type: row.text()?,
        size: row.int()?,
        created_at: row.time()?,
    })
}
