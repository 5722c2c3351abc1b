-- Writes phase and start to every tag of a conversation, and makes the index by them.
-- Pair: 0041_starts_of_tags.sqlite.sql.

UPDATE conversation_tag SET phase = c.phase, started_at = c.started_at FROM conversation c
    WHERE c.account_id = conversation_tag.account_id AND c.id = conversation_tag.conversation_id
    AND (conversation_tag.phase <> c.phase OR conversation_tag.started_at <> c.started_at);

CREATE INDEX IF NOT EXISTS conversation_tag_by_start ON conversation_tag
    (account_id, tag_id, inbox_id, phase, started_at, conversation_id);
