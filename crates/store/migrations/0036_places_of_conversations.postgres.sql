-- Merged and deleted conversations get the phase 9, so that no list finds them in an index. All others are counted in their
-- folders.
-- Pair: 0036_places_of_conversations.sqlite.sql.

UPDATE conversation SET phase = 9 WHERE phase <> 9 AND (merged_into_id IS NOT NULL OR state = 'hidden');

INSERT INTO conversation_place (account_id, conversation_id, inbox_id, phase, agent_id, draft)
    SELECT account_id, id, inbox_id, phase, COALESCE(assignee_id, 0),
        CASE WHEN published = 0 AND messages > 0 THEN 1 ELSE 0 END
    FROM conversation WHERE true
    ON CONFLICT (account_id, conversation_id) DO NOTHING;

INSERT INTO folder_count (account_id, inbox_id, phase, agent_id, draft, conversations, changed_at)
    SELECT account_id, inbox_id, phase, agent_id, draft, count(*), 0 FROM conversation_place WHERE true
    GROUP BY account_id, inbox_id, phase, agent_id, draft
    ON CONFLICT (account_id, inbox_id, phase, agent_id, draft) DO UPDATE SET conversations = excluded.conversations;
