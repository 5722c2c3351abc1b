-- A merged conversation names its last survivor, so that readers follow one step; earlier versions made chains.
-- Pair: 0016_last_survivors.sqlite.sql.

WITH RECURSIVE redirect (account_id, id, survivor) AS (
    SELECT account_id, id, merged_into_id FROM conversation WHERE merged_into_id IS NOT NULL
    UNION
    SELECT r.account_id, r.id, c.merged_into_id FROM redirect r
    JOIN conversation c ON c.account_id = r.account_id AND c.id = r.survivor WHERE c.merged_into_id IS NOT NULL
)
UPDATE conversation SET merged_into_id = r.survivor
FROM redirect r JOIN conversation last ON last.account_id = r.account_id AND last.id = r.survivor
WHERE conversation.account_id = r.account_id AND conversation.id = r.id AND last.merged_into_id IS NULL
    AND conversation.merged_into_id <> r.survivor;
