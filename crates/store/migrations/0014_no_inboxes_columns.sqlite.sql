-- Inboxes are in inbox_scope since 0013. Pair: 0014_no_inboxes_columns.postgres.sql.

ALTER TABLE credential DROP COLUMN inboxes;

ALTER TABLE webhook DROP COLUMN inboxes;
