-- The custom fields that an inbox defines, and the first text of a message that was rewritten later.
-- Pair: 0031_fields_and_originals.postgres.sql.

CREATE TABLE custom_field (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    inbox_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    place INTEGER NOT NULL,
    required INTEGER NOT NULL,
    options TEXT NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX IF NOT EXISTS custom_field_by_name ON custom_field (account_id, inbox_id, name);

-- Only short values: PostgreSQL refuses long ones in an index.
CREATE INDEX IF NOT EXISTS conversation_field_by_value ON conversation_field (account_id, name, value, conversation_id)
    WHERE length(value) <= 100;

ALTER TABLE message ADD COLUMN original_body TEXT;

ALTER TABLE message ADD COLUMN original_format TEXT;
