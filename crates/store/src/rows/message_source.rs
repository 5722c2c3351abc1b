//! Statements on the ids that imported messages have in the system that they come from.

use heddle_domain::id::{CustomerId, MessageId};

use crate::error::Result;
use crate::stmt::{Row, statements};

statements! {
    /// Claims the id of a message that is about to be imported, unless it is known. Returns the id if it was claimed.
    CLAIM = "INSERT INTO message_source (account_id, inbox_id, source_id, customer_id, message_id) VALUES ($1, $2, $3, $4, 0)
        ON CONFLICT (account_id, inbox_id, source_id) DO NOTHING RETURNING source_id";
    /// Records which message was imported.
    SETTLE = "UPDATE message_source SET message_id = $4 WHERE account_id = $1 AND inbox_id = $2 AND source_id = $3";
    /// Selects the message that was imported with an id, and its customer then.
    GET = "SELECT customer_id, message_id FROM message_source WHERE account_id = $1 AND inbox_id = $2 AND source_id = $3";
}

/// Maps a row of `GET`.
pub(crate) fn imported(row: &mut Row<'_>) -> Result<(CustomerId, MessageId)> {
    Ok((CustomerId(row.int()?), MessageId(row.int()?)))
}
