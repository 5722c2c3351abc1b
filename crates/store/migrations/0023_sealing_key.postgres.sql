-- The key with which the store's secrets are sealed, by its id, so that a server without it refuses to start. One row. Pair:
-- 0023_sealing_key.sqlite.sql.

CREATE TABLE IF NOT EXISTS sealing_key (
    id BIGINT NOT NULL PRIMARY KEY,
    key_id TEXT NOT NULL
);
