//! Statements of `heddle doctor`, which finds and sets back times in the future. Each reads the whole account.

use crate::stmt::statements;

statements! {
    /// Selects the largest time-ordered id of an account.
    LARGEST = "SELECT coalesce(max(id), 0) FROM (SELECT max(id) AS id FROM message WHERE account_id = $1
        UNION ALL SELECT max(id) FROM event WHERE account_id = $1
        UNION ALL SELECT max(id) FROM delivery WHERE account_id = $1) AS largest";
    /// Counts the messages with a recorded or effective time after $3; $2 is the first id of that time.
    MESSAGES = "SELECT count(*) FROM message WHERE account_id = $1 AND ((id >= $2 AND recorded_at IS NULL)
        OR recorded_at > $3 OR (effective_at > $3 AND imported = 0))";
    /// Sets recorded times in the future back to $4.
    SET_RECORDED = "UPDATE message SET recorded_at = $4
        WHERE account_id = $1 AND ((id >= $2 AND recorded_at IS NULL) OR recorded_at > $3)";
    /// Sets effective times in the future back to $3.
    SET_EFFECTIVE = "UPDATE message SET effective_at = $3
        WHERE account_id = $1 AND effective_at > $2 AND imported = 0";
    /// Selects the earliest recorded time of the messages whose id is far ahead of it.
    FIRST_APART = "SELECT min(recorded_at) FROM message WHERE account_id = $1 AND recorded_at IS NOT NULL";
    /// Counts the events whose recorded time is in their id and after the time of id $2.
    EVENTS = "SELECT count(*) FROM event WHERE account_id = $1 AND id >= $2 AND recorded_at IS NULL";
    /// Selects conversations after the id $2 that changed after the time $3.
    CONVERSATIONS = "SELECT id FROM conversation WHERE account_id = $1 AND id > $2 AND merged_into_id IS NULL
        AND (updated_at > $3 OR (contacts = 0 AND last_message_at > $3) OR last_live_at > $3 OR delegated_at > $3 OR agent_acted_at > $3 OR closed_at > $3)
        ORDER BY id LIMIT $4";
    /// Counts the conversations that [`CONVERSATIONS`] selects.
    COUNT_CONVERSATIONS = "SELECT count(*) FROM conversation WHERE account_id = $1 AND merged_into_id IS NULL
        AND (updated_at > $2 OR (contacts = 0 AND last_message_at > $2) OR last_live_at > $2 OR delegated_at > $2 OR agent_acted_at > $2 OR closed_at > $2)";
    /// Sets the time of the last change.
    SET_UPDATED = "UPDATE conversation SET updated_at = $3 WHERE account_id = $1 AND id = $2";
    /// Counts the conversations recorded after the time $2.
    CREATED = "SELECT count(*) FROM conversation WHERE account_id = $1 AND created_at > $2";
    /// Counts the customers with times after $2.
    CUSTOMERS = "SELECT count(*) FROM customer WHERE account_id = $1 AND (created_at > $2 OR updated_at > $2)";
    /// Sets the times of these customers to $3.
    SET_CUSTOMERS = "UPDATE customer SET created_at = CASE WHEN created_at > $2 THEN $3 ELSE created_at END,
        updated_at = CASE WHEN updated_at > $2 THEN $3 ELSE updated_at END
        WHERE account_id = $1 AND (created_at > $2 OR updated_at > $2)";
    /// Counts the webhooks whose lease or next attempt is after $2.
    WEBHOOKS = "SELECT count(*) FROM webhook WHERE account_id = $1 AND (lease_until > $2 OR failing_since > $2)";
    /// Frees the leases of these webhooks.
    SET_WEBHOOKS = "UPDATE webhook SET lease_until = 0, failing_since = CASE WHEN failing_since > $2 THEN $3
        ELSE failing_since END WHERE account_id = $1 AND (lease_until > $2 OR failing_since > $2)";
    /// Counts the stored answers of idempotency keys from after $2.
    ANSWERS = "SELECT count(*) FROM idempotency_key WHERE account_id = $1 AND created_at > $2";
    /// Sets their times to $3.
    SET_ANSWERS = "UPDATE idempotency_key SET created_at = $3 WHERE account_id = $1 AND created_at > $2";
    /// Counts the uploads from after $2.
    UPLOADS = "SELECT count(*) FROM upload WHERE account_id = $1 AND created_at > $2";
    /// Sets their times to $3.
    SET_UPLOADS = "UPDATE upload SET created_at = $3 WHERE account_id = $1 AND created_at > $2";
}
