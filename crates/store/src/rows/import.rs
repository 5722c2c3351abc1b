//! Statements of imports: how far one has come, and what follows from the imported rows.

use crate::stmt::{Stmt, statements};

statements! {
    /// Selects the unfinished import: its accounts, and how many bytes with which checksum it has taken.
    PROGRESS = "SELECT accounts, bytes, sha256 FROM unfinished_import WHERE id = 1";
    /// Begins an import, unless one is unfinished.
    BEGIN = "INSERT INTO unfinished_import (id, accounts, bytes, sha256) VALUES (1, $1, $2, $3) ON CONFLICT (id) DO NOTHING";
    /// Moves an import on, if it is still where it was.
    ADVANCE = "UPDATE unfinished_import SET bytes = $2, sha256 = $3 WHERE id = 1 AND bytes = $1";
    /// Ends an import that has come this far.
    END = "DELETE FROM unfinished_import WHERE id = 1 AND bytes = $1";
    /// Records where each conversation is counted.
    PLACES = "INSERT INTO conversation_place (account_id, conversation_id, inbox_id, phase, agent_id, draft)
        SELECT account_id, id, inbox_id, phase, COALESCE(assignee_id, 0),
        CASE WHEN published = 0 AND messages > 0 THEN 1 ELSE 0 END FROM conversation WHERE account_id = $1
        ON CONFLICT (account_id, conversation_id) DO NOTHING";
    /// Counts the conversations of each folder.
    FOLDERS = "INSERT INTO folder_count (account_id, inbox_id, phase, agent_id, draft, conversations, changed_at)
        SELECT account_id, inbox_id, phase, agent_id, draft, count(*), CAST($2 AS BIGINT) FROM conversation_place
        WHERE account_id = $1 GROUP BY account_id, inbox_id, phase, agent_id, draft
        ON CONFLICT (account_id, inbox_id, phase, agent_id, draft) DO UPDATE SET conversations = excluded.conversations";
    /// Counts the conversations by inbox and status, without merged and deleted ones.
    COUNTS = "INSERT INTO conversation_count (account_id, inbox_id, status, conversations)
        SELECT account_id, inbox_id, status, count(*) FROM conversation WHERE account_id = $1 AND merged_into_id IS NULL
        AND state <> 'hidden' GROUP BY account_id, inbox_id, status
        ON CONFLICT (account_id, inbox_id, status) DO UPDATE SET conversations = excluded.conversations";
    /// Sets where disabled webhooks go on once they are enabled.
    PARK_WEBHOOKS = "UPDATE webhook SET parked = $2, disabled_at = $3 WHERE account_id = $1 AND state = 'disabled'";
    /// Counts the webhooks.
    COUNT_WEBHOOKS = "SELECT count(*) FROM webhook WHERE account_id = $1";
    /// Counts the credentials that were not revoked.
    COUNT_CREDENTIALS = "SELECT count(*) FROM credential WHERE account_id = $1 AND revoked_at IS NULL";
    /// Puts the beginning of the feed before all events that are left. Only for SQLite, where positions are the ids of events.
    SETTLE_START = "UPDATE feed_start SET position = CASE
        WHEN event_id >= (SELECT min(id) FROM event WHERE account_id = $1) THEN (SELECT min(id) - 1 FROM event WHERE account_id = $1)
        ELSE event_id END WHERE account_id = $1";
    /// Selects the largest small id of each kind of entity.
    LARGEST_IDS = "SELECT 'inbox', max(id) FROM inbox WHERE account_id = $1
        UNION ALL SELECT 'agent', max(id) FROM agent WHERE account_id = $1
        UNION ALL SELECT 'customer', max(id) FROM customer WHERE account_id = $1
        UNION ALL SELECT 'conversation', max(id) FROM conversation WHERE account_id = $1
        UNION ALL SELECT 'attachment', max(id) FROM attachment WHERE account_id = $1
        UNION ALL SELECT 'credential', max(id) FROM credential WHERE account_id = $1
        UNION ALL SELECT 'application', max(id) FROM application WHERE account_id = $1
        UNION ALL SELECT 'tag', max(id) FROM tag WHERE account_id = $1
        UNION ALL SELECT 'custom_field', max(id) FROM custom_field WHERE account_id = $1
        UNION ALL SELECT 'webhook', max(id) FROM webhook WHERE account_id = $1";
    /// Selects the slots of the time-ordered ids from $2 on.
    SLOTS_FROM = "SELECT DISTINCT (late.id >> 6) & 63 FROM (SELECT id FROM message WHERE account_id = $1 AND id >= $2
        UNION ALL SELECT id FROM event WHERE account_id = $1 AND id >= $2) AS late LIMIT 64";
    /// Raises the reservation of a slot, so that no node makes an id that was imported.
    RESERVE_SLOT = "INSERT INTO node_slot (slot, holder, reserved_until_ms) VALUES ($1, '', $2)
        ON CONFLICT (slot) DO UPDATE SET reserved_until_ms = excluded.reserved_until_ms
        WHERE node_slot.reserved_until_ms < excluded.reserved_until_ms";
}

/// The statements that exist on PostgreSQL only, where the feed has positions of its own.
pub(crate) static POSTGRES: &[&Stmt] = &[&HEAD];

/// Sets the head of the feed to the position of the last event, or of the last deleted one.
pub(crate) static HEAD: Stmt = Stmt::new(
    "HEAD",
    "INSERT INTO feed (account_id, head) VALUES ($1, (SELECT greatest(coalesce(max(position), 0), coalesce((SELECT position
        FROM feed_start WHERE account_id = $1), 0)) FROM event WHERE account_id = $1))
        ON CONFLICT (account_id) DO UPDATE SET head = excluded.head",
    None,
);
