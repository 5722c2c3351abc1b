-- What Heddle's own API needs beside the doors. Pair: 0003_native.postgres.sql.

-- The id of the event that last changed the entity: what its ETag shows.
ALTER TABLE account ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE inbox ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE agent ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE customer ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credential ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

-- Answers to writes that came with an Idempotency-Key (rules.md 29). The key is the hash of credential, method, path and
-- key.
CREATE TABLE IF NOT EXISTS idempotency_key (
    account_id INTEGER NOT NULL,
    key_hash BLOB NOT NULL,
    body_hash BLOB NOT NULL,
    status INTEGER NOT NULL,
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, key_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS idempotency_key_by_age ON idempotency_key (account_id, created_at);
