-- Each tag of a conversation says the conversation's phase and start, so that a list of conversations with a tag is a run of an
-- index.
-- Pair: 0040_runs_of_tags.postgres.sql.

ALTER TABLE conversation_tag ADD COLUMN phase INTEGER NOT NULL DEFAULT 9;

ALTER TABLE conversation_tag ADD COLUMN started_at INTEGER NOT NULL DEFAULT 0;

CREATE INDEX IF NOT EXISTS conversation_tag_by_start ON conversation_tag
    (account_id, tag_id, inbox_id, phase, started_at, conversation_id);
