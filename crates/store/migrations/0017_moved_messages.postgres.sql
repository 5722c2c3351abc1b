-- Where a split moved a message, so that an event that names the message still leads to it. Pair:
-- 0017_moved_messages.sqlite.sql.

CREATE TABLE IF NOT EXISTS moved_message (
    account_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, message_id)
);
