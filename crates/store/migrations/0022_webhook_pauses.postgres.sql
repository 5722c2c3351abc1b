-- Until when a webhook's receiver wants to be left alone, and how often in a row it has said so. Pair:
-- 0022_webhook_pauses.sqlite.sql.

ALTER TABLE webhook ADD COLUMN IF NOT EXISTS paused_until BIGINT;
ALTER TABLE webhook ADD COLUMN IF NOT EXISTS throttled BIGINT NOT NULL DEFAULT 0;
