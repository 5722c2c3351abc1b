-- The search index. It is derived from the feed, and can be built anew at any time. A document is what the index knows of a
-- message; the application splits texts into tokens.
-- Pair: 0030_search.sqlite.sql.

CREATE TABLE IF NOT EXISTS search_document (
    account_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    effective_at BIGINT NOT NULL,
    tokens TSVECTOR NOT NULL,
    PRIMARY KEY (account_id, conversation_id, message_id)
);

CREATE INDEX IF NOT EXISTS search_document_by_time
    ON search_document (account_id, effective_at, conversation_id, message_id);

CREATE INDEX IF NOT EXISTS search_document_by_token ON search_document USING gin (tokens);

CREATE TABLE IF NOT EXISTS search_name (
    account_id BIGINT NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    customer_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, word, customer_id)
);

CREATE INDEX IF NOT EXISTS search_name_by_customer ON search_name (account_id, customer_id);

CREATE TABLE IF NOT EXISTS search_state (
    account_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    stage BIGINT NOT NULL,
    after_id BIGINT NOT NULL,
    batches BIGINT NOT NULL,
    PRIMARY KEY (account_id)
);
