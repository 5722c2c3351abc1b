-- The custom fields that an inbox defines, and the first text of a message that was rewritten later.
-- Pair: 0031_fields_and_originals.sqlite.sql.

CREATE TABLE IF NOT EXISTS custom_field (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    inbox_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    place BIGINT NOT NULL,
    required BIGINT NOT NULL,
    options TEXT NOT NULL,
    PRIMARY KEY (account_id, id)
);

CREATE UNIQUE INDEX IF NOT EXISTS custom_field_by_name ON custom_field (account_id, inbox_id, name);

-- Only short values: PostgreSQL refuses long ones in an index.
CREATE INDEX IF NOT EXISTS conversation_field_by_value ON conversation_field (account_id, name, value, conversation_id)
    WHERE length(value) <= 100;

ALTER TABLE message ADD COLUMN IF NOT EXISTS original_body TEXT;

ALTER TABLE message ADD COLUMN IF NOT EXISTS original_format TEXT;
