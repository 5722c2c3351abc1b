//! Statements on retention: what is old, and when the rules run next.

use heddle_domain::Timestamp;
use heddle_domain::id::ConversationId;

use crate::error::Result;
use crate::stmt::{Row, statements};

statements! {
    /// Records when the rules of an account run next, unless it is recorded.
    BEGIN = "INSERT INTO retention_run (account_id, due_at) VALUES ($1, $2) ON CONFLICT (account_id) DO NOTHING";
    /// Selects when the rules of an account run next, locked until the transaction ends.
    LOCK = "SELECT due_at FROM retention_run WHERE account_id = $1", locked;
    /// Changes when the rules of an account run next.
    SET_DUE = "UPDATE retention_run SET due_at = $2 WHERE account_id = $1";
    /// Selects the conversations of an inbox and a phase that began before $4, after a position ($5, $6), by their beginning.
    BEGUN_BEFORE = "SELECT id, started_at, last_message_at, updated_at, archived, merged_into_id FROM conversation
        WHERE account_id = $1 AND inbox_id = $2 AND phase = $3 AND started_at < $4 AND (started_at, id) > ($5, $6)
        ORDER BY started_at, id LIMIT $7";
}

/// A conversation as a retention rule looks at it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aged {
    pub(crate) id: ConversationId,
    pub(crate) started_at: Timestamp,
    pub(crate) last_message_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) archived: bool,
    pub(crate) is_merged: bool,
}

/// Maps a row of `BEGUN_BEFORE`.
pub(crate) fn aged(row: &mut Row<'_>) -> Result<Aged> {
    Ok(Aged {
        id: ConversationId(row.int()?),
        started_at: row.time()?,
        last_message_at: row.time()?,
        updated_at: row.time()?,
        archived: row.flag()?,
        is_merged: row.opt_int()?.is_some(),
    })
}
