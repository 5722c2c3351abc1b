//! Statements on guests: customers with messages in another customer's conversation.

use crate::stmt::statements;

statements! {
    /// Records a guest; no effect if it is already recorded.
    ADD = "INSERT INTO conversation_guest (account_id, customer_id, conversation_id) VALUES ($1, $2, $3)
        ON CONFLICT (account_id, customer_id, conversation_id) DO NOTHING";
    /// Removes a guest.
    REMOVE = "DELETE FROM conversation_guest WHERE account_id = $1 AND customer_id = $2 AND conversation_id = $3";
    /// Selects the conversations in which a customer is a guest.
    CONVERSATIONS = "SELECT conversation_id FROM conversation_guest
        WHERE account_id = $1 AND customer_id = $2 ORDER BY conversation_id LIMIT $3";
    /// Same as `CONVERSATIONS`, but only those after the id $3.
    CONVERSATIONS_AFTER = "SELECT conversation_id FROM conversation_guest
        WHERE account_id = $1 AND customer_id = $2 AND conversation_id > $3 ORDER BY conversation_id LIMIT $4";
    /// Selects the inboxes of the conversations in which a customer is a guest, one row for each conversation.
    INBOXES = "SELECT c.inbox_id FROM conversation_guest g CROSS JOIN conversation c
        WHERE g.account_id = $1 AND g.customer_id = $2 AND c.account_id = $1 AND c.id = g.conversation_id LIMIT $3";
    /// Counts the guests of a conversation, up to $3.
    UP_TO = "SELECT count(*) FROM (SELECT customer_id FROM conversation_guest
        WHERE account_id = $1 AND conversation_id = $2 ORDER BY customer_id LIMIT $3) counted";
    /// Copies the guests of the conversation $2 to the conversation $3, except that conversation's own customer $4.
    /// Used when messages move from $2 to $3.
    COPY = "INSERT INTO conversation_guest (account_id, customer_id, conversation_id)
        SELECT account_id, customer_id, CAST($3 AS BIGINT) FROM conversation_guest
        WHERE account_id = $1 AND conversation_id = $2 AND customer_id <> $4
        ON CONFLICT (account_id, customer_id, conversation_id) DO NOTHING";
}
