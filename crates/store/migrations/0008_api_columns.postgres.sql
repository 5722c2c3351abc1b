-- Columns that hold the name of an API get the name `api`. Pair: 0008_api_columns.sqlite.sql.

ALTER TABLE public_id RENAME COLUMN door TO api;

ALTER TABLE credential RENAME COLUMN door TO api;

ALTER TABLE event RENAME COLUMN door TO api;

ALTER TABLE customer_job RENAME COLUMN door TO api;

ALTER TABLE webhook RENAME COLUMN door TO api;
