-- Until when a webhook's receiver wants to be left alone, and how often in a row it has said so. Pair:
-- 0022_webhook_pauses.postgres.sql.

ALTER TABLE webhook ADD COLUMN paused_until INTEGER;
ALTER TABLE webhook ADD COLUMN throttled INTEGER NOT NULL DEFAULT 0;
