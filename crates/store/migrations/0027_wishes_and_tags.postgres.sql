-- Drafts from Help Scout kept status and assignee as texts in `extra`. After this statement, the program gives the stored
-- tags their names (`docs/rules.md` 12c). Pair: 0027_wishes_and_tags.sqlite.sql.

UPDATE message SET assign_wish = CAST(CAST(extra AS jsonb) ->> 'assignTo' AS BIGINT),
        status_wish = CASE CAST(extra AS jsonb) ->> 'status' WHEN 'active' THEN 'reopen' WHEN 'open' THEN 'reopen'
            WHEN 'all' THEN 'keep' WHEN 'pending' THEN 'pending' WHEN 'closed' THEN 'closed' WHEN 'spam' THEN 'spam' END,
        extra = NULL
    WHERE state = 'draft' AND extra IS NOT NULL AND CAST(extra AS jsonb) - 'assignTo' - 'status' = CAST('{}' AS jsonb);
