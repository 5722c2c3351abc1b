//! Answers kept for requests that come again.

use crate::stmt::statements;

statements! {
    /// Claims a key; changes nothing if it is there. On PostgreSQL it waits for another transaction that is claiming it.
    CLAIM = "INSERT INTO idempotency_key (account_id, key_hash, body_hash, status, answer, created_at)
        VALUES ($1, $2, $3, 0, '', $4) ON CONFLICT (account_id, key_hash) DO NOTHING";
    /// What is kept under a key.
    GET = "SELECT body_hash, status, answer, created_at FROM idempotency_key WHERE account_id = $1 AND key_hash = $2";
    /// Takes over a key that is out of date.
    RECLAIM = "UPDATE idempotency_key SET body_hash = $3, status = 0, answer = '', created_at = $4
        WHERE account_id = $1 AND key_hash = $2 AND created_at = $5";
    /// Keeps the answer.
    SETTLE = "UPDATE idempotency_key SET status = $3, answer = $4 WHERE account_id = $1 AND key_hash = $2";
    /// Forgets a few keys that are out of date.
    SWEEP = "DELETE FROM idempotency_key WHERE account_id = $1 AND key_hash IN
        (SELECT key_hash FROM idempotency_key WHERE account_id = $1 AND created_at <= $2
        ORDER BY created_at LIMIT $3)";
}
