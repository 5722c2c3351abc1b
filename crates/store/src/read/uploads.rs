//! Reads files: attachments of messages, and uploads without a message.

use heddle_domain::conversation::Conversation;
use heddle_domain::id::{AccountId, AttachmentId, ConversationId, CredentialId};
use heddle_domain::message::{Attachment, State};
use heddle_domain::{InboxScope, MessageId, Timestamp};

use super::conversations::get;
use crate::error::Result;
use crate::rows::{attachment as attachment_rows, upload as upload_rows};
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

/// A stored file: an attachment or an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Id of the file within the account.
    pub id: AttachmentId,
    /// Conversation and message of an attachment; `None` for an upload.
    pub place: Option<(ConversationId, MessageId)>,
    /// The file's name, as sent; never used as a path.
    pub file_name: String,
    /// The media type, as sent.
    pub mime_type: String,
    /// Length in bytes; 0 for a link.
    pub size: i64,
    /// URL of a linked attachment. The server never fetches it.
    pub link: Option<String>,
    /// Where the bytes are stored. Filled only if [`GetFile::with_content`] is set.
    pub content: Content,
}

/// Where the bytes of a file are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The place was not read, or the bytes are not stored here (a link).
    Absent,
    /// The bytes are in the database row.
    Row(Vec<u8>),
    /// The bytes are in the object (file on disk) with this name.
    Object(String),
}

/// Reads one file: an attachment in an inbox that the caller may use, or an upload of the caller. For any other file
/// the result is "not found".
#[derive(Clone, Debug)]
pub struct GetFile {
    /// Account whose data is read.
    pub account: AccountId,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// The caller's credential.
    pub credential: CredentialId,
    /// Id of the file to read.
    pub id: AttachmentId,
    /// Whether to read also where the bytes are stored.
    pub with_content: bool,
}

impl Read for GetFile {
    type Out = Option<StoredFile>;
    const NAME: &'static str = "get_file";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.account, self.id];
        let (attached, waiting) = rows
            .fetch_pair(
                (&attachment_rows::GET, params, |row| {
                    let attachment = attachment_rows::attachment(row)?;
                    Ok((attachment, ConversationId(row.int()?)))
                }),
                (&upload_rows::GET, params, upload_rows::upload),
            )
            .await?;
        if let Some((attachment, conversation)) = attached.into_iter().next() {
            return self.attached(rows, attachment, conversation).await;
        }
        let mine = waiting
            .into_iter()
            .find(|u| u.credential == self.credential);
        let Some(upload) = mine else {
            return Ok(None);
        };
        let content = match self.with_content {
            true => {
                rows.fetch_one(&upload_rows::CONTENT, params, content)
                    .await?
            }
            false => None,
        };
        Ok(Some(StoredFile {
            id: upload.id,
            place: None,
            file_name: upload.file_name,
            mime_type: upload.mime_type,
            size: upload.size,
            link: None,
            content: content.unwrap_or(Content::Absent),
        }))
    }
}

fn content(row: &mut crate::stmt::Row<'_>) -> Result<Content> {
    let (data, object) = (row.opt_bytes()?, row.opt_text()?);
    Ok(match (data, object) {
        (Some(data), _) => Content::Row(data),
        (None, Some(object)) => Content::Object(object),
        (None, None) => Content::Absent,
    })
}

impl GetFile {
    async fn attached(
        &self,
        rows: &mut Rows<'_>,
        attachment: Attachment,
        conversation: ConversationId,
    ) -> Result<Option<StoredFile>> {
        let found = get(rows, self.account, conversation).await?;
        let seen = |c: &Conversation| self.inboxes.contains(c.inbox) && c.state != State::Hidden;
        if !found.as_ref().is_some_and(seen) {
            return Ok(None);
        }
        let content = match self.with_content {
            true => {
                let params = params![self.account, self.id, conversation];
                rows.fetch_one(&attachment_rows::CONTENT, params, content)
                    .await?
            }
            false => None,
        };
        Ok(Some(StoredFile {
            id: attachment.id,
            place: Some((conversation, attachment.message)),
            file_name: attachment.file_name,
            mime_type: attachment.mime_type,
            size: attachment.size,
            link: attachment.link,
            content: content.unwrap_or(Content::Absent),
        }))
    }
}

/// Reads whether an account has uploads older than a given time.
#[derive(Clone, Debug)]
pub(crate) struct HasOldUploads {
    pub(crate) account: AccountId,
    pub(crate) before: Timestamp,
}

impl Read for HasOldUploads {
    type Out = bool;
    const NAME: &'static str = "has_old_uploads";

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<bool> {
        let params = params![self.account, self.before, 1_i64];
        let found = rows
            .fetch(&upload_rows::EXPIRED, params, |row| row.int())
            .await?;
        Ok(!found.is_empty())
    }
}
