-- Writes phase and start to every tag of a conversation.
-- Pair: 0041_starts_of_tags.postgres.sql.

UPDATE conversation_tag SET phase = c.phase, started_at = c.started_at FROM conversation c
    WHERE c.account_id = conversation_tag.account_id AND c.id = conversation_tag.conversation_id
    AND (conversation_tag.phase <> c.phase OR conversation_tag.started_at <> c.started_at);
