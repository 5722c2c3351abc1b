//! Statements on the counts of conversations by inbox and status, which a reader of the feed updates.

use heddle_domain::Status;
use heddle_domain::id::InboxId;

use crate::error::Result;
use crate::stmt::{Row, statements};

statements! {
    /// Changes a count.
    ADD = "INSERT INTO conversation_count (account_id, inbox_id, status, conversations) VALUES ($1, $2, $3, $4)
        ON CONFLICT (account_id, inbox_id, status)
        DO UPDATE SET conversations = conversation_count.conversations + excluded.conversations";
    /// Selects the counts of one inbox.
    OF_INBOX = "SELECT inbox_id, status, conversations FROM conversation_count WHERE account_id = $1 AND inbox_id = $2
        ORDER BY status LIMIT 100";
    /// Selects the counts of the inboxes after an id.
    LIST = "SELECT inbox_id, status, conversations FROM conversation_count WHERE account_id = $1 AND inbox_id > $2
        ORDER BY inbox_id, status LIMIT 100000";
}

/// Maps a row of `OF_INBOX` or `LIST`.
pub(crate) fn count(row: &mut Row<'_>) -> Result<(InboxId, Status, i64)> {
    Ok((InboxId(row.int()?), row.word(Status::parse)?, row.int()?))
}
