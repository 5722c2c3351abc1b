//! Customers who wrote in a conversation that is another's.

use crate::stmt::statements;

statements! {
    /// Records a guest; again and again does no harm.
    ADD = "INSERT INTO conversation_guest (account_id, customer_id, conversation_id) VALUES ($1, $2, $3)
        ON CONFLICT (account_id, customer_id, conversation_id) DO NOTHING";
    /// Takes a guest away.
    REMOVE = "DELETE FROM conversation_guest WHERE account_id = $1 AND customer_id = $2 AND conversation_id = $3";
    /// The conversations in which a customer is a guest.
    CONVERSATIONS = "SELECT conversation_id FROM conversation_guest
        WHERE account_id = $1 AND customer_id = $2 ORDER BY conversation_id LIMIT $3";
    /// Lets the guests of a conversation ($2) be guests of another one ($3) too, but for that one's own customer ($4):
    /// messages move from one to the other.
    COPY = "INSERT INTO conversation_guest (account_id, customer_id, conversation_id)
        SELECT account_id, customer_id, CAST($3 AS BIGINT) FROM conversation_guest
        WHERE account_id = $1 AND conversation_id = $2 AND customer_id <> $4
        ON CONFLICT (account_id, customer_id, conversation_id) DO NOTHING";
}
