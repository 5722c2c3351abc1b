//! Statements on node slots (node numbers), which record the time-ordered ids that each node has reserved. The table
//! belongs to no account.

use crate::stmt::statements;

statements! {
    /// Selects the last time at which the clock was trusted.
    TRUSTED = "SELECT trusted_at FROM trusted_time WHERE id = 1";
    /// Records the last time at which the clock was trusted.
    TRUST = "INSERT INTO trusted_time (id, trusted_at) VALUES (1, $1)
        ON CONFLICT (id) DO UPDATE SET trusted_at = excluded.trusted_at";
    /// Records this time if none is recorded.
    TRUST_FIRST = "INSERT INTO trusted_time (id, trusted_at) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
    /// Selects the newest spans of time in which the clock ran evenly.
    SPANS = "SELECT trusted_at, shown_at FROM clock_span ORDER BY trusted_at DESC LIMIT $1";
    /// Records when such a span began.
    ADD_SPAN = "INSERT INTO clock_span (trusted_at, shown_at) VALUES ($1, $2)
        ON CONFLICT (trusted_at) DO UPDATE SET shown_at = excluded.shown_at";
    /// Deletes all spans.
    REMOVE_SPANS = "DELETE FROM clock_span WHERE trusted_at >= 0";
    /// Lowers all reservations to a time that no id of the store has reached.
    LOWER = "UPDATE node_slot SET reserved_until_ms = $1 WHERE reserved_until_ms > $1";
    /// Selects the time up to which a slot's ids are reserved.
    RESERVED = "SELECT reserved_until_ms FROM node_slot WHERE slot = $1";
    /// Selects the latest reserved time of all slots.
    LATEST = "SELECT reserved_until_ms FROM node_slot ORDER BY reserved_until_ms DESC LIMIT 1";
    /// Frees slots whose reservation `$2` or later no id can hold. No id of the store has reached $1.
    FREE_UNUSABLE = "UPDATE node_slot SET reserved_until_ms = $1 WHERE reserved_until_ms >= $2";
    /// Reserves ids for the only process (SQLite); never lowers a reservation.
    RESERVE = "INSERT INTO node_slot (slot, holder, reserved_until_ms) VALUES ($1, $2, $3)
        ON CONFLICT (slot) DO UPDATE SET holder = excluded.holder, reserved_until_ms = excluded.reserved_until_ms
        WHERE node_slot.reserved_until_ms < excluded.reserved_until_ms";
    /// Takes a slot that is free or whose reservation has expired.
    CLAIM = "INSERT INTO node_slot (slot, holder, reserved_until_ms) VALUES ($1, $2, $3)
        ON CONFLICT (slot) DO UPDATE SET holder = excluded.holder, reserved_until_ms = excluded.reserved_until_ms
        WHERE node_slot.reserved_until_ms < $4
        RETURNING slot";
    /// Writes the first slot's row again, unchanged, to find out whether the database accepts writes.
    TOUCH = "UPDATE node_slot SET holder = holder WHERE slot = (SELECT min(slot) FROM node_slot)";
    /// Reads the first slot, to find out whether the database answers.
    FIRST = "SELECT slot FROM node_slot ORDER BY slot LIMIT 1";
    /// Records that a server runs.
    SEEN = "INSERT INTO serving_node (id, seen_at) VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at";
    /// Selects the servers that were seen at a time or later.
    SERVING = "SELECT id FROM serving_node WHERE seen_at >= $1 ORDER BY id LIMIT $2";
    /// Selects servers that were last seen before a time.
    GONE = "SELECT id FROM serving_node WHERE seen_at < $1 ORDER BY id LIMIT $2";
    /// Removes a server that has ended.
    LEAVE = "DELETE FROM serving_node WHERE id = $1";
    /// Extends a reservation if the slot still belongs to the holder.
    EXTEND = "UPDATE node_slot SET reserved_until_ms = $3
        WHERE slot = $1 AND holder = $2 AND reserved_until_ms <= $3 RETURNING slot";
}
