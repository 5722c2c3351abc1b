-- Where a split moved a message, so that an event that names the message still leads to it. Pair:
-- 0017_moved_messages.postgres.sql.

CREATE TABLE moved_message (
    account_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, message_id)
) STRICT, WITHOUT ROWID;
