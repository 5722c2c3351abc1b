-- A delivery whose id is far ahead of the clock has its recorded time, as messages and events have. Spans of time in which the
-- clock ran evenly: jobs that delete by age find out from them what the clock showed when. Pair:
-- 0021_delivery_times.sqlite.sql.

ALTER TABLE delivery ADD COLUMN IF NOT EXISTS recorded_at BIGINT;

CREATE INDEX IF NOT EXISTS delivery_recorded_apart ON delivery (account_id, webhook_id, recorded_at)
    WHERE recorded_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS clock_span (
    trusted_at BIGINT NOT NULL PRIMARY KEY,
    shown_at BIGINT NOT NULL
);
