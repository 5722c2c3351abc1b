//! Statements on events.

use super::feed::events;
use crate::stmt::statements;

statements! {
    /// Inserts an event. On PostgreSQL the position stays NULL until the sequencer sets it.
    INSERT = "INSERT INTO event (account_id, id, kind, conversation_id, inbox_id, entity_id, api, credential_id,
        agent_id, address, imported, detail, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    /// Occupies an event id with a void event, unless an event has the id; waits for a transaction that is inserting
    /// it.
    VOID = "INSERT INTO event (account_id, id, kind, entity_id, imported) VALUES ($1, $2, 'void', 0, 0)
        ON CONFLICT (account_id, id) DO NOTHING RETURNING id";
    /// Selects the kind of an event.
    KIND = "SELECT kind FROM event WHERE account_id = $1 AND id = $2";
    /// Selects the events of an account between two ids, newest first; for the audit history.
    AUDIT = events!("id", "AND id >= $2 AND id < $3 ORDER BY id DESC LIMIT $4");
    /// Selects whether an account has events whose id is far ahead of the recorded time.
    RECORDED_APART = "SELECT account_id FROM event INDEXED BY event_recorded_apart
        WHERE account_id = $1 AND recorded_at IS NOT NULL
        ORDER BY recorded_at LIMIT 1",
        postgres "SELECT account_id FROM event WHERE account_id = $1 AND recorded_at IS NOT NULL
        ORDER BY recorded_at LIMIT 1";
}
