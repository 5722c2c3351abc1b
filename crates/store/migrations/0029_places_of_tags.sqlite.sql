-- Writes the inbox to every tag of a conversation. After this statement, the program files the e-mail addresses of agents
-- again: `lower` of SQL does not change every letter.
-- Pair: 0029_places_of_tags.postgres.sql.

UPDATE conversation_tag SET inbox_id = COALESCE((SELECT c.inbox_id FROM conversation c
        WHERE c.account_id = conversation_tag.account_id AND c.id = conversation_tag.conversation_id), 0);
