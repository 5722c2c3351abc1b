-- A draft keeps what it named when it was made: a status and an assignee (`docs/rules.md` 12b).
-- Pair: 0026_draft_wishes.postgres.sql.

ALTER TABLE message ADD COLUMN assign_wish INTEGER;

-- Until an erasure is complete, stored answers from before it are not shown.
CREATE INDEX IF NOT EXISTS customer_job_erasing ON customer_job (account_id, created_at) WHERE done_at IS NULL AND kind = 'erase';
