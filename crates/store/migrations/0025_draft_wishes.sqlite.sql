-- A draft keeps what it named when it was made: a status and an assignee (`docs/rules.md` 12b). Drafts from Help Scout kept
-- both as texts in `extra`. After these statements, the program gives the tags their names (12c).
-- Pair: 0025_draft_wishes.postgres.sql.

ALTER TABLE message ADD COLUMN assign_wish INTEGER;

UPDATE message SET assign_wish = json_extract(extra, '$.assignTo'),
        status_wish = CASE json_extract(extra, '$.status') WHEN 'active' THEN 'reopen' WHEN 'open' THEN 'reopen'
            WHEN 'all' THEN 'keep' WHEN 'pending' THEN 'pending' WHEN 'closed' THEN 'closed' WHEN 'spam' THEN 'spam' END,
        extra = NULL
    WHERE state = 'draft' AND extra IS NOT NULL AND json_remove(extra, '$.assignTo', '$.status') = '{}';

-- Until an erasure is complete, stored answers from before it are not shown.
CREATE INDEX IF NOT EXISTS customer_job_erasing ON customer_job (account_id, created_at) WHERE done_at IS NULL AND kind = 'erase';
