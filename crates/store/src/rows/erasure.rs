//! Statements that erase a customer's data. A range of messages is (after, up to]; customer 0 means messages of any
//! customer.

use crate::stmt::statements;

statements! {
    /// Selects the next message ids of a conversation, to determine a range.
    MESSAGES = "SELECT id FROM message WHERE account_id = $1 AND conversation_id = $2 AND id > $3 ORDER BY id LIMIT $4";
    /// Selects a customer's conversations after an id. INDEXED BY: otherwise SQLite and PostgreSQL scan all conversations by id.
    CONVERSATIONS = "SELECT id FROM conversation INDEXED BY conversation_by_customer
        WHERE account_id = $1 AND customer_id = $2 AND id > $3 ORDER BY id LIMIT $4",
        postgres "WITH own AS MATERIALIZED (SELECT id FROM conversation WHERE account_id = $1 AND customer_id = $2)
        SELECT id FROM own WHERE id > $3 ORDER BY id LIMIT $4";
    /// Selects some of a customer's conversations, in index order. Conversations that the job has moved no longer
    /// match.
    SOME_CONVERSATIONS = "SELECT id FROM conversation WHERE account_id = $1 AND customer_id = $2
        ORDER BY inbox_id, archived, closed, last_message_at, id LIMIT $3";
    /// Changes the customer of messages, and their version to $7.
    MOVE_MESSAGES = "UPDATE message SET customer_id = $6, version = $7
        WHERE account_id = $1 AND conversation_id = $2 AND id > $3 AND id <= $4 AND customer_id = $5";
    /// Removes the content of messages, and changes their version to $6. Line items stay: they only record what the server did
    /// and hold no customer's data.
    EMPTY_MESSAGES = "UPDATE message SET subject = NULL, body = '', recipients = NULL, attachments = 0, version = $6,
        original_body = NULL, original_format = NULL, extra = CASE WHEN kind = 'line_item' THEN extra END
        WHERE account_id = $1 AND conversation_id = $2 AND id > $3 AND id <= $4 AND ($5 = 0 OR customer_id = $5)
        AND (body IS NULL OR body <> '' OR subject IS NOT NULL OR recipients IS NOT NULL OR attachments <> 0
        OR original_body IS NOT NULL OR (extra IS NOT NULL AND kind <> 'line_item'))",
        postgres "UPDATE message SET subject = NULL, body = '', recipients = NULL, attachments = 0, version = $6,
        original_body = NULL, original_format = NULL, extra = CASE WHEN kind = 'line_item' THEN extra END
        WHERE account_id = $1 AND conversation_id = $2 AND id > $3 AND id <= $4
        AND (CAST($5 AS BIGINT) = 0 OR customer_id = $5)
        AND (body IS NULL OR body <> '' OR subject IS NOT NULL OR recipients IS NOT NULL OR attachments <> 0
        OR original_body IS NOT NULL OR (extra IS NOT NULL AND kind <> 'line_item'))";
    /// Deletes the long bodies of the messages.
    DELETE_BODIES = "DELETE FROM message_body WHERE account_id = $1 AND conversation_id = $2 AND message_id > $3
        AND message_id <= $4 AND EXISTS (SELECT 1 FROM message m WHERE m.account_id = $1 AND m.conversation_id = $2
        AND m.id = message_body.message_id AND (CAST($5 AS BIGINT) = 0 OR m.customer_id = $5))";
    /// Selects the objects of the messages' attachments.
    OBJECTS = "SELECT object_name FROM attachment WHERE account_id = $1 AND conversation_id = $2 AND message_id > $3
        AND message_id <= $4 AND object_name IS NOT NULL AND EXISTS (SELECT 1 FROM message m WHERE m.account_id = $1
        AND m.conversation_id = $2 AND m.id = attachment.message_id AND (CAST($5 AS BIGINT) = 0 OR m.customer_id = $5))
        LIMIT 100000";
    /// Deletes the messages' attachments.
    DELETE_ATTACHMENTS = "DELETE FROM attachment WHERE account_id = $1 AND conversation_id = $2 AND message_id > $3
        AND message_id <= $4 AND EXISTS (SELECT 1 FROM message m WHERE m.account_id = $1 AND m.conversation_id = $2
        AND m.id = attachment.message_id AND (CAST($5 AS BIGINT) = 0 OR m.customer_id = $5))";
    /// Deletes a conversation's custom fields.
    DELETE_FIELDS = "DELETE FROM conversation_field WHERE account_id = $1 AND conversation_id = $2";
    /// Removes a conversation's tags.
    DELETE_TAGS = "DELETE FROM conversation_tag WHERE account_id = $1 AND conversation_id = $2";
    /// Removes the texts of a conversation; number, times and counts stay.
    EMPTY_CONVERSATION = "UPDATE conversation SET subject = '', ticket_number = NULL, ticket_link = NULL,
        original_sender = NULL, updated_at = $3, last_event_id = $4 WHERE account_id = $1 AND id = $2";
    /// Records that messages of the conversation were emptied.
    TOUCH_CONVERSATION = "UPDATE conversation SET updated_at = $3, last_event_id = $4 WHERE account_id = $1 AND id = $2";
    /// Selects the id of the $3-th event after an id.
    REACHED_EVENT = "SELECT id FROM (SELECT id FROM event WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3) walked
        ORDER BY id DESC LIMIT 1";
    /// Selects the events in (after, up to] whose detail may name a customer: events about it, about its followers, and
    /// about its conversations. The subqueries look up each row by its key: with EXISTS, PostgreSQL may first read all
    /// customers and conversations of the account.
    EVENTS_TO_REDACT = "SELECT e.id, e.detail FROM event e
        WHERE e.account_id = $1 AND e.id > $2 AND e.id <= $3 AND e.detail IS NOT NULL
        AND (e.conversation_id IS NULL AND e.kind LIKE 'customer.%' AND (SELECT p.id FROM customer p
        WHERE p.account_id = $1 AND p.id = e.entity_id AND (p.id = $4 OR p.merged_into_id = $4)) IS NOT NULL
        OR e.conversation_id IS NOT NULL AND (SELECT c.id FROM conversation c
        WHERE c.account_id = $1 AND c.id = e.conversation_id AND c.customer_id = $4) IS NOT NULL)
        ORDER BY e.id LIMIT $5";
    /// Redacts the detail of an event; nothing else ever changes a stored event.
    REDACT_EVENT = "UPDATE event SET detail = $3 WHERE account_id = $1 AND id = $2";
    /// Selects the key of the $4-th delivery after a key.
    REACHED_DELIVERY = "SELECT webhook_id, id FROM (SELECT webhook_id, id FROM delivery
        WHERE account_id = $1 AND (webhook_id, id) > ($2, $3) ORDER BY webhook_id, id LIMIT $4) walked
        ORDER BY webhook_id DESC, id DESC LIMIT 1";
    /// Selects the deliveries in (($2, $3), ($4, $5)] that may name a customer: their event is about the customer, a
    /// follower, a conversation of the customer or one with it as a guest, or the event no longer exists. Excludes the
    /// erasure's own events ($7, and those whose detail is like $8), and deliveries of several events, which hold only ids
    /// (Mews).
    DELIVERIES_TO_DELETE = "SELECT d.webhook_id, d.id FROM delivery d
        LEFT JOIN event e ON e.account_id = $1 AND e.id = d.event_id
        WHERE d.account_id = $1 AND (d.webhook_id, d.id) > ($2, $3) AND (d.webhook_id, d.id) <= ($4, $5)
        AND d.events = 1 AND (e.id IS NULL OR e.id <> $7 AND coalesce(e.detail, '') NOT LIKE $8
        AND (e.conversation_id IS NULL AND e.kind LIKE 'customer.%' AND (SELECT p.id FROM customer p
        WHERE p.account_id = $1 AND p.id = e.entity_id AND (p.id = $6 OR p.merged_into_id = $6)) IS NOT NULL
        OR e.conversation_id IS NOT NULL AND (SELECT c.id FROM conversation c
        WHERE c.account_id = $1 AND c.id = e.conversation_id AND c.customer_id = $6) IS NOT NULL
        OR e.kind LIKE 'message.%' AND (SELECT m.id FROM message m WHERE m.account_id = $1
        AND m.conversation_id = e.conversation_id AND m.id = e.entity_id AND m.customer_id = $6) IS NOT NULL))
        ORDER BY d.webhook_id, d.id LIMIT $9";
}
