-- What keeps a webhook from sending, which commit recorded its results last, and why a delivery has no request. Pair:
-- 0019_webhook_troubles.postgres.sql.

ALTER TABLE webhook ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhook ADD COLUMN trouble TEXT;
ALTER TABLE webhook ADD COLUMN trouble_since INTEGER;
ALTER TABLE delivery ADD COLUMN problem TEXT;
