-- Live messages dated in the future get their effective time, and their conversations the fields that depend on it.
-- Pair: 0020_effective_messages.sqlite.sql.

-- A published draft was recorded long before its contact took place, but its version is the event that published it.
UPDATE message SET occurred_at = effective_at, effective_at = (greatest(id, version) >> 12) + 1735689600000
    WHERE imported = 0 AND effective_at > (greatest(id, version) >> 12) + 1735689600000;

-- The conversations of these messages get the values that a recount would give them.
UPDATE conversation SET last_message_at = (SELECT max(m.effective_at) FROM message m
        WHERE m.account_id = conversation.account_id AND m.conversation_id = conversation.id AND m.state = 'published'
        AND (m.kind = 'message' OR (m.kind = 'note' AND m.moves_last_message = 1)))
    WHERE (account_id, id) IN (SELECT account_id, conversation_id FROM message WHERE occurred_at IS NOT NULL
        AND state = 'published' AND (kind = 'message' OR (kind = 'note' AND moves_last_message = 1)));

UPDATE conversation SET agent_acted_at = (SELECT max(m.effective_at) FROM message m
        WHERE m.account_id = conversation.account_id AND m.conversation_id = conversation.id AND m.state = 'published'
        AND m.kind <> 'line_item' AND m.imported = 0 AND m.author = 'agent')
    WHERE (account_id, id) IN (SELECT account_id, conversation_id FROM message WHERE occurred_at IS NOT NULL);

UPDATE conversation SET (last_live_at, last_live_id, customer_wrote_last) = (SELECT m.effective_at, m.id,
        CASE WHEN m.direction = 'incoming' THEN 1 ELSE 0 END FROM message m
        WHERE m.account_id = conversation.account_id AND m.conversation_id = conversation.id AND m.state = 'published'
        AND m.kind = 'message' AND m.imported = 0 AND (m.direction = 'incoming' OR m.automated = 0)
        ORDER BY m.effective_at DESC, m.id DESC LIMIT 1)
    WHERE (account_id, id) IN (SELECT account_id, conversation_id FROM message WHERE occurred_at IS NOT NULL
        AND state = 'published' AND kind = 'message' AND (direction = 'incoming' OR automated = 0));

-- The customer waits since the first message after the last response.
UPDATE conversation SET waiting_since = (SELECT min(m.effective_at) FROM message m
        WHERE m.account_id = conversation.account_id AND m.conversation_id = conversation.id AND m.state = 'published'
        AND m.kind = 'message' AND m.imported = 0 AND m.direction = 'incoming'
        AND NOT EXISTS (SELECT 1 FROM message a WHERE a.account_id = m.account_id
            AND a.conversation_id = m.conversation_id AND (a.effective_at, a.id) > (m.effective_at, m.id)
            AND a.state = 'published' AND a.kind = 'message' AND a.imported = 0 AND a.direction = 'outgoing'
            AND a.automated = 0))
    WHERE customer_wrote_last = 1
        AND (account_id, id) IN (SELECT account_id, conversation_id FROM message WHERE occurred_at IS NOT NULL);
