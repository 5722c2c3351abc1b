-- The same as 0049_erasure.sqlite.sql for PostgreSQL.

CREATE TABLE IF NOT EXISTS erased_conversation (
    account_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, conversation_id)
);

CREATE TABLE IF NOT EXISTS erasure (
    account_id BIGINT NOT NULL,
    stage TEXT NOT NULL,
    after_id BIGINT NOT NULL,
    after_delivery_id BIGINT NOT NULL,
    PRIMARY KEY (account_id)
);
