//! Statements on stored answers, for repeated requests with the same idempotency key.

use crate::stmt::statements;

statements! {
    /// Claims a key; changes nothing if the key exists. On PostgreSQL it waits for another transaction that claims
    /// the key.
    CLAIM = "INSERT INTO idempotency_key (account_id, key_hash, body_hash, status, answer, created_at)
        VALUES ($1, $2, $3, 0, '', $4) ON CONFLICT (account_id, key_hash) DO NOTHING";
    /// Selects the row of a key.
    GET = "SELECT body_hash, status, answer, created_at FROM idempotency_key WHERE account_id = $1 AND key_hash = $2";
    /// Takes over an expired key.
    RECLAIM = "UPDATE idempotency_key SET body_hash = $3, status = 0, answer = '', created_at = $4
        WHERE account_id = $1 AND key_hash = $2 AND created_at = $5";
    /// Stores the answer of a key.
    SETTLE = "UPDATE idempotency_key SET status = $3, answer = $4 WHERE account_id = $1 AND key_hash = $2";
    /// Deletes some expired keys.
    SWEEP = "DELETE FROM idempotency_key WHERE account_id = $1 AND key_hash IN
        (SELECT key_hash FROM idempotency_key WHERE account_id = $1 AND created_at <= $2
        ORDER BY created_at LIMIT $3)";
}
