-- The inboxes to which a credential or webhook is limited; NULL: all. Pair: 0012_inbox_scope.sqlite.sql.
-- The old column gets another name before its values are copied, so that a server of an older version that still runs
-- cannot insert a row: the new column of that row would be NULL. SQLite has only one process, so it needs no renaming.

ALTER TABLE credential RENAME COLUMN inboxes TO inboxes_before_scope;

ALTER TABLE webhook RENAME COLUMN inboxes TO inboxes_before_scope;

ALTER TABLE credential ADD COLUMN IF NOT EXISTS inbox_scope TEXT;

ALTER TABLE webhook ADD COLUMN IF NOT EXISTS inbox_scope TEXT;
