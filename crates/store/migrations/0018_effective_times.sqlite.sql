-- A message has an effective time, which decides which message is the last one (`docs/rules.md` 19). Until now that was
-- `occurred_at`, so a live contact dated in the future stayed the last one. `occurred_at` and `recorded_at` are set only
-- if they differ from the effective time and from the time in the id. Pair: 0018_effective_times.postgres.sql.

ALTER TABLE message RENAME COLUMN occurred_at TO effective_at;

ALTER TABLE message ADD COLUMN occurred_at INTEGER;

ALTER TABLE message ADD COLUMN recorded_at INTEGER;

ALTER TABLE event ADD COLUMN recorded_at INTEGER;

CREATE INDEX IF NOT EXISTS message_recorded_apart ON message (account_id, recorded_at) WHERE recorded_at IS NOT NULL;

CREATE INDEX IF NOT EXISTS event_recorded_apart ON event (account_id, recorded_at) WHERE recorded_at IS NOT NULL;

-- The last time at which the clock was trusted: a job that deletes by age compares the clock with it. One row.
CREATE TABLE trusted_time (
    id INTEGER NOT NULL PRIMARY KEY,
    trusted_at INTEGER NOT NULL
) STRICT;
