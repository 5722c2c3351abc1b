//! Node slots: who made which time-ordered ids. A global table.

use crate::stmt::statements;

statements! {
    /// How far a slot's ids are reserved.
    RESERVED = "SELECT reserved_until_ms FROM node_slot WHERE slot = $1";
    /// Reserves for the only process there is (SQLite); never takes back what was reserved.
    RESERVE = "INSERT INTO node_slot (slot, holder, reserved_until_ms) VALUES ($1, $2, $3)
        ON CONFLICT (slot) DO UPDATE SET holder = excluded.holder, reserved_until_ms = excluded.reserved_until_ms
        WHERE node_slot.reserved_until_ms < excluded.reserved_until_ms";
    /// Takes a slot that nobody has taken or whose reservation is over.
    CLAIM = "INSERT INTO node_slot (slot, holder, reserved_until_ms) VALUES ($1, $2, $3)
        ON CONFLICT (slot) DO UPDATE SET holder = excluded.holder, reserved_until_ms = excluded.reserved_until_ms
        WHERE node_slot.reserved_until_ms < $4
        RETURNING slot";
    /// Extends a reservation, if the slot is still the holder's.
    EXTEND = "UPDATE node_slot SET reserved_until_ms = $3
        WHERE slot = $1 AND holder = $2 AND reserved_until_ms <= $3 RETURNING slot";
}
