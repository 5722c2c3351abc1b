-- What the native API adds to conversations. Pair: 0004_conversations.postgres.sql.

-- Free fields of a conversation: a name and a text.
CREATE TABLE IF NOT EXISTS conversation_field (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account_id, conversation_id, name)
) STRICT, WITHOUT ROWID;
