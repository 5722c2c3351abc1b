//! Tags and their use on conversations.

use crate::stmt::statements;

statements! {
    /// Makes a tag unless its name is taken.
    INSERT = "INSERT INTO tag (account_id, id, name, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (account_id, name) DO NOTHING RETURNING id";
    /// The tag of a name.
    FIND = "SELECT id FROM tag WHERE account_id = $1 AND name = $2";
    /// The tags of an account by id.
    LIST = "SELECT id, name, created_at FROM tag WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    /// Puts a tag on a conversation.
    ATTACH = "INSERT INTO conversation_tag (account_id, conversation_id, tag_id) VALUES ($1, $2, $3)
        ON CONFLICT (account_id, conversation_id, tag_id) DO NOTHING";
    /// Takes a tag from a conversation.
    DETACH = "DELETE FROM conversation_tag WHERE account_id = $1 AND conversation_id = $2 AND tag_id = $3";
    /// The conversations that bear a tag, at most $3.
    BEARERS = "SELECT conversation_id FROM conversation_tag WHERE account_id = $1 AND tag_id = $2
        ORDER BY conversation_id LIMIT $3";
    /// Which of some conversations bear a tag. PostgreSQL is told to look for each: left alone it may look through all that
    /// bear it.
    BEARERS_AMONG = "SELECT conversation_id FROM conversation_tag WHERE account_id = $1 AND tag_id = $2
        AND conversation_id IN (SELECT value FROM json_each($3)) ORDER BY conversation_id LIMIT 2000",
        postgres "SELECT t.conversation_id FROM unnest(CAST($3 AS BIGINT[])) named (id) CROSS JOIN LATERAL (
        SELECT conversation_id FROM conversation_tag WHERE account_id = $1 AND tag_id = $2
        AND conversation_id = named.id LIMIT 1) t ORDER BY t.conversation_id LIMIT 2000";
    /// The tags of a conversation by id. Ordered by the column of the conversation's rows: by the tag's own, SQLite walks all
    /// tags of the account.
    OF_CONVERSATION = "SELECT t.id, t.name FROM conversation_tag c
        JOIN tag t ON t.account_id = c.account_id AND t.id = c.tag_id
        WHERE c.account_id = $1 AND c.conversation_id = $2 ORDER BY c.tag_id LIMIT 1000";
}
