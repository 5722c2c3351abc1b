-- What keeps a webhook from sending, which commit recorded its results last, and why a delivery has no request. Pair:
-- 0019_webhook_troubles.sqlite.sql.

ALTER TABLE webhook ADD COLUMN IF NOT EXISTS settled BIGINT NOT NULL DEFAULT 0;
ALTER TABLE webhook ADD COLUMN IF NOT EXISTS trouble TEXT;
ALTER TABLE webhook ADD COLUMN IF NOT EXISTS trouble_since BIGINT;
ALTER TABLE delivery ADD COLUMN IF NOT EXISTS problem TEXT;
