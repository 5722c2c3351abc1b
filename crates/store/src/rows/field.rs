//! Statements on the custom fields of conversations.

use crate::stmt::statements;

statements! {
    /// Selects the custom fields of a conversation.
    OF_CONVERSATION = "SELECT name, value FROM conversation_field WHERE account_id = $1 AND conversation_id = $2
        ORDER BY name LIMIT 1000";
    /// Adds a custom field to a conversation, or changes its value.
    PUT = "INSERT INTO conversation_field (account_id, conversation_id, name, value) VALUES ($1, $2, $3, $4)
        ON CONFLICT (account_id, conversation_id, name) DO UPDATE SET value = excluded.value";
    /// Removes a custom field from a conversation.
    DROP = "DELETE FROM conversation_field WHERE account_id = $1 AND conversation_id = $2 AND name = $3";
}
