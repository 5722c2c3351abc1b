-- When an inbox was removed; NULL: it is in use. The row stays, because old events name the inbox. `heir_id` is the inbox that
-- gets its conversations; 0: they are erased; NULL: there were none. Pair: 0048_removed_inboxes.postgres.sql.

ALTER TABLE inbox ADD COLUMN removed_at INTEGER;

ALTER TABLE inbox ADD COLUMN heir_id INTEGER;
