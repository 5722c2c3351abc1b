-- The inboxes to which a credential or webhook is limited; NULL: all. Pair: 0012_inbox_scope.postgres.sql.

ALTER TABLE credential ADD COLUMN inbox_scope TEXT;

ALTER TABLE webhook ADD COLUMN inbox_scope TEXT;
