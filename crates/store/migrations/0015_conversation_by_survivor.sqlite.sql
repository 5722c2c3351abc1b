-- Finds the conversations that were merged into one. Pair: 0015_conversation_by_survivor.postgres.sql.

CREATE INDEX IF NOT EXISTS conversation_by_survivor ON conversation (account_id, merged_into_id, id)
    WHERE merged_into_id IS NOT NULL;
