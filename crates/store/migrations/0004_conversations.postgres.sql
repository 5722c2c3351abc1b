-- What the native API adds to conversations. Pair: 0004_conversations.sqlite.sql.

-- Free fields of a conversation: a name and a text.
CREATE TABLE IF NOT EXISTS conversation_field (
    account_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account_id, conversation_id, name)
);
