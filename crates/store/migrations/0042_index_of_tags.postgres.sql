-- The index by which a list of conversations with a tag is one run for each inbox and phase. Made after its columns have their values.
-- Pair: 0042_index_of_tags.sqlite.sql.

CREATE INDEX IF NOT EXISTS conversation_tag_by_start ON conversation_tag
    (account_id, tag_id, inbox_id, phase, started_at, conversation_id);
