//! Statements of `heddle doctor`, which finds and sets back times in the future. Each reads the whole account.

use crate::stmt::statements;

statements! {
    /// Selects the largest time-ordered id of an account. Ids of deleted events and messages count too.
    LARGEST = "SELECT coalesce(max(id), 0) FROM (SELECT max(id) AS id FROM message WHERE account_id = $1
        UNION ALL SELECT max(id) FROM event WHERE account_id = $1
        UNION ALL SELECT max(event_id) FROM feed_start WHERE account_id = $1
        UNION ALL SELECT max(last_event_id) FROM conversation WHERE account_id = $1
        UNION ALL SELECT max(last_message_id) FROM conversation WHERE account_id = $1
        UNION ALL SELECT max(id) FROM delivery WHERE account_id = $1) AS largest";
    /// Counts the messages with a recorded or effective time after $3; $2 is the first id of that time.
    MESSAGES = "SELECT count(*) FROM message WHERE account_id = $1 AND ((id >= $2 AND recorded_at IS NULL)
        OR recorded_at > $3 OR (effective_at > $3 AND imported = 0))";
    /// Selects the first message from id $2 on whose recorded time is wrong, that is, after $3. The id $2 is of a time after $3.
    FIRST_WRONG = "SELECT min(id) FROM message
        WHERE account_id = $1 AND id >= $2 AND (recorded_at IS NULL OR recorded_at > $3)";
    /// Selects the largest id before $2 that follows the clock. Its message is right, if all wrong ones before $2 were mended.
    LAST_IN_STEP = "SELECT max(id) FROM message WHERE account_id = $1 AND id < $2 AND recorded_at IS NULL";
    /// Selects the earliest right recorded time, from $2 to $3, of the messages after the id $4.
    NEXT_RIGHT = "SELECT id, recorded_at FROM message
        WHERE account_id = $1 AND recorded_at >= $2 AND recorded_at <= $3 AND id > $4 ORDER BY recorded_at LIMIT 1";
    /// Sets the recorded time to $5, for messages with $2 <= id < $3 whose recorded time is wrong (after $4, or in the id).
    SET_RECORDED = "UPDATE message SET recorded_at = $5
        WHERE account_id = $1 AND id >= $2 AND id < $3 AND (recorded_at IS NULL OR recorded_at > $4)";
    /// Sets wrong effective times of these messages to $5, and those of earlier messages (published drafts) that are before $6.
    SET_EFFECTIVE = "UPDATE message SET effective_at = $5 WHERE account_id = $1 AND imported = 0 AND effective_at > $4
        AND ((id >= $2 AND id < $3) OR (id < $2 AND effective_at < $6))";
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
    /// Counts the webhooks with times after $2, or whose next retry is after $3.
    WEBHOOKS = "SELECT count(*) FROM webhook WHERE account_id = $1
        AND (lease_until > $2 OR failing_since > $2 OR trouble_since > $2 OR next_due > $3)";
    /// Frees the leases of these webhooks, and sets their times to $4.
    SET_WEBHOOKS = "UPDATE webhook SET lease_until = 0,
        failing_since = CASE WHEN failing_since > $2 THEN $4 ELSE failing_since END,
        trouble_since = CASE WHEN trouble_since > $2 THEN $4 ELSE trouble_since END,
        next_due = CASE WHEN next_due > $3 THEN $4 ELSE next_due END WHERE account_id = $1
        AND (lease_until > $2 OR failing_since > $2 OR trouble_since > $2 OR next_due > $3)";
    /// Counts the deliveries recorded after $3, or whose next retry is after $4; $2 is the first id of the time $3.
    DELIVERIES = "SELECT count(*) FROM delivery WHERE account_id = $1
        AND ((id >= $2 AND recorded_at IS NULL) OR recorded_at > $3 OR next_attempt_at > $4)";
    /// Sets the times of these deliveries to $5.
    SET_DELIVERIES = "UPDATE delivery SET recorded_at = CASE WHEN (id >= $2 AND recorded_at IS NULL) OR recorded_at > $3
        THEN $5 ELSE recorded_at END, next_attempt_at = CASE WHEN next_attempt_at > $4 THEN $5 ELSE next_attempt_at END
        WHERE account_id = $1 AND ((id >= $2 AND recorded_at IS NULL) OR recorded_at > $3 OR next_attempt_at > $4)";
    /// Counts the stored answers of idempotency keys from after $2.
    ANSWERS = "SELECT count(*) FROM idempotency_key WHERE account_id = $1 AND created_at > $2";
    /// Sets their times to $3.
    SET_ANSWERS = "UPDATE idempotency_key SET created_at = $3 WHERE account_id = $1 AND created_at > $2";
    /// Counts the uploads from after $2.
    UPLOADS = "SELECT count(*) FROM upload WHERE account_id = $1 AND created_at > $2";
    /// Sets their times to $3.
    SET_UPLOADS = "UPDATE upload SET created_at = $3 WHERE account_id = $1 AND created_at > $2";
}
