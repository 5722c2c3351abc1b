//! Statements on attachments. Small files are in the row, larger ones are objects (files on disk), links are URLs.

use heddle_domain::id::{AttachmentId, MessageId};
use heddle_domain::message::Attachment;

use crate::error::Result;
use crate::stmt::{Row, statements};

statements! {
    /// Inserts an attachment.
    INSERT = "INSERT INTO attachment (account_id, id, conversation_id, message_id, file_name, mime_type, size, data,
        object_name, link, extra) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    /// Selects the attachments of one message, in order.
    OF_MESSAGE = "SELECT id, message_id, file_name, mime_type, size, link, extra FROM attachment
        WHERE account_id = $1 AND conversation_id = $2 AND message_id = $3 ORDER BY id LIMIT 1000";
    /// Selects one attachment with its conversation.
    GET = "SELECT id, message_id, file_name, mime_type, size, link, extra, conversation_id FROM attachment
        WHERE account_id = $1 AND id = $2";
    /// Selects one attachment of a conversation, with the name of its object.
    PLACED = "SELECT message_id, object_name FROM attachment WHERE account_id = $1 AND id = $2 AND conversation_id = $3";
    /// Deletes an attachment.
    DROP = "DELETE FROM attachment WHERE account_id = $1 AND id = $2";
    /// Selects where the bytes of an attachment are.
    CONTENT = "SELECT data, object_name FROM attachment WHERE account_id = $1 AND id = $2 AND conversation_id = $3";
}

/// Maps a row of `OF_MESSAGE`.
pub(crate) fn attachment(row: &mut Row<'_>) -> Result<Attachment> {
    Ok(Attachment {
        id: AttachmentId(row.int()?),
        message: MessageId(row.int()?),
        file_name: row.text()?,
        mime_type: row.text()?,
        size: row.int()?,
        link: row.opt_text()?,
        extra: row.opt_text()?,
    })
}
