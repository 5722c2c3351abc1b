//! Statements that find inconsistent rows, for `Store::check`.

use crate::stmt::statements;

statements! {
    /// Selects conversations whose stored count of messages is wrong.
    WRONG_COUNTS = "SELECT c.id FROM conversation c WHERE c.account_id = $1 AND c.merged_into_id IS NULL
        AND c.messages <> (SELECT count(*) FROM message m WHERE m.account_id = $1
        AND m.conversation_id = c.id AND m.kind <> 'line_item') ORDER BY c.id LIMIT 100";
    /// Selects conversations whose last event is missing, although it is too new to have been deleted because of its
    /// age.
    LOST_EVENTS = "SELECT c.id FROM conversation c WHERE c.account_id = $1 AND NOT EXISTS
        (SELECT 1 FROM event e WHERE e.account_id = $1 AND e.id = c.last_event_id) AND NOT EXISTS
        (SELECT 1 FROM feed_start s WHERE s.account_id = $1 AND s.event_id >= c.last_event_id) ORDER BY c.id LIMIT 100";
    /// Selects an event that a reader at a given position has not read.
    UNREAD = "SELECT id FROM event WHERE account_id = $1 AND id > $2 LIMIT 1",
        postgres "SELECT id FROM event WHERE account_id = $1 AND (position > $2 OR position IS NULL) LIMIT 1";
    /// Selects the actual number of conversations by inbox and status, without merged and deleted ones.
    TRUE_COUNTS = "SELECT inbox_id, status, count(*) FROM conversation WHERE account_id = $1 AND merged_into_id IS NULL
        AND state <> 'hidden' GROUP BY inbox_id, status ORDER BY inbox_id, status LIMIT 100000";
    /// Selects conversations whose customer is missing.
    LOST_CUSTOMERS = "SELECT c.id FROM conversation c WHERE c.account_id = $1 AND NOT EXISTS
        (SELECT 1 FROM customer p WHERE p.account_id = $1 AND p.id = c.customer_id) ORDER BY c.id LIMIT 100";
    /// Selects messages without a conversation.
    ORPHANS = "SELECT m.id FROM message m WHERE m.account_id = $1 AND NOT EXISTS
        (SELECT 1 FROM conversation c WHERE c.account_id = $1 AND c.id = m.conversation_id) ORDER BY m.id LIMIT 100";
    /// Selects messages whose long body is missing.
    LOST_BODIES = "SELECT m.id FROM message m WHERE m.account_id = $1 AND m.body IS NULL AND NOT EXISTS
        (SELECT 1 FROM message_body b WHERE b.account_id = $1 AND b.conversation_id = m.conversation_id
        AND b.message_id = m.id) ORDER BY m.id LIMIT 100";
    /// Selects messages that have fewer attachments than their stored count says. Of a conversation that is being erased, attachments go
    /// first.
    LOST_ATTACHMENTS = "SELECT m.id FROM message m WHERE m.account_id = $1 AND m.attachments > 0 AND m.attachments <>
        (SELECT count(*) FROM attachment a WHERE a.account_id = $1 AND a.conversation_id = m.conversation_id
        AND a.message_id = m.id) AND NOT EXISTS (SELECT 1 FROM erased_conversation e WHERE e.account_id = $1
        AND e.conversation_id = m.conversation_id) ORDER BY m.id LIMIT 100";
    /// Selects e-mail addresses whose owner is missing.
    LOST_OWNERS = "SELECT e.customer_id FROM email_owner e WHERE e.account_id = $1 AND NOT EXISTS
        (SELECT 1 FROM customer p WHERE p.account_id = $1 AND p.id = e.customer_id) ORDER BY e.customer_id LIMIT 100";
    /// Selects conversations with a tag that says another inbox, phase or start.
    LOST_TAGS = "SELECT t.conversation_id FROM conversation_tag t WHERE t.account_id = $1 AND NOT EXISTS
        (SELECT 1 FROM conversation c WHERE c.account_id = $1 AND c.id = t.conversation_id
        AND c.inbox_id = t.inbox_id AND c.phase = t.phase AND c.started_at = t.started_at) ORDER BY t.conversation_id LIMIT 100";
    /// Selects an attachment that refers to an object.
    REFERRED = "SELECT id FROM attachment WHERE account_id = $1 AND object_name = $2 LIMIT 1";
    /// Selects names of objects that attachments refer to, after an id.
    OBJECTS = "SELECT id, object_name FROM attachment WHERE account_id = $1 AND id > $2 AND object_name IS NOT NULL
        ORDER BY id LIMIT 1000";
}
