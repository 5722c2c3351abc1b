-- The same as 0048_removed_inboxes.sqlite.sql for PostgreSQL.

ALTER TABLE inbox ADD COLUMN IF NOT EXISTS removed_at BIGINT;

ALTER TABLE inbox ADD COLUMN IF NOT EXISTS heir_id BIGINT;
