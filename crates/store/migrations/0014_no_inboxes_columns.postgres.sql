-- Inboxes are in inbox_scope since 0013. Pair: 0014_no_inboxes_columns.sqlite.sql.

ALTER TABLE credential DROP COLUMN IF EXISTS inboxes_before_scope;

ALTER TABLE webhook DROP COLUMN IF EXISTS inboxes_before_scope;
