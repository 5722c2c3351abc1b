//! Statements on stored answers, for repeated requests with the same idempotency key.

use crate::stmt::statements;

statements! {
    /// Claims a key; changes nothing if the key exists. On PostgreSQL it waits for another transaction that claims
    /// the key.
    CLAIM = "INSERT INTO idempotency_key (account_id, key_hash, body_hash, status, answer, created_at)
        VALUES ($1, $2, $3, 0, '', $4) ON CONFLICT (account_id, key_hash) DO NOTHING";
    /// Selects the row of a key. Until an erasure is complete, answers from before it count as removed.
    GET = "SELECT body_hash, status, CASE WHEN (SELECT j.created_at FROM customer_job j WHERE j.account_id = $1
        AND j.done_at IS NULL AND j.kind = 'erase' AND j.created_at > k.created_at
        ORDER BY j.created_at LIMIT 1) IS NULL
        THEN answer ELSE '' END, created_at FROM idempotency_key k WHERE account_id = $1 AND key_hash = $2";
    /// Takes over an expired key.
    RECLAIM = "UPDATE idempotency_key SET body_hash = $3, status = 0, answer = '', created_at = $4
        WHERE account_id = $1 AND key_hash = $2 AND created_at = $5";
    /// Stores the answer of a key.
    SETTLE = "UPDATE idempotency_key SET status = $3, answer = $4 WHERE account_id = $1 AND key_hash = $2";
    /// Removes the newest answers of an account, at most $3. The keys stay, so that no request runs again.
    CLEAR_NEWEST = "UPDATE idempotency_key SET answer = '' WHERE account_id = $1 AND answer <> '' AND key_hash IN
        (SELECT key_hash FROM idempotency_key WHERE account_id = $1 AND created_at <= $2
        ORDER BY created_at DESC LIMIT $3)";
    /// Selects the time of the $4-th key after the time $2, up to $3.
    REACHED = "SELECT created_at FROM (SELECT created_at FROM idempotency_key WHERE account_id = $1 AND created_at > $2
        AND created_at <= $3 ORDER BY created_at LIMIT $4) walked ORDER BY created_at DESC LIMIT 1";
    /// Removes the answers of the keys with times in ($2, $3].
    CLEAR = "UPDATE idempotency_key SET answer = ''
        WHERE account_id = $1 AND created_at > $2 AND created_at <= $3 AND answer <> ''";
    /// Deletes some expired keys.
    SWEEP = "DELETE FROM idempotency_key WHERE account_id = $1 AND key_hash IN
        (SELECT key_hash FROM idempotency_key WHERE account_id = $1 AND created_at <= $2
        ORDER BY created_at LIMIT $3)";
}
