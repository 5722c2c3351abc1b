-- The inboxes to which a credential or webhook is limited; NULL: all. Pair: 0012_inbox_scope.sqlite.sql.

ALTER TABLE credential ADD COLUMN IF NOT EXISTS inbox_scope TEXT;

ALTER TABLE webhook ADD COLUMN IF NOT EXISTS inbox_scope TEXT;
