-- Each tag of a conversation says the conversation's phase and start, so that a list of conversations with a tag can be a run of an
-- index (0042).
-- Pair: 0040_runs_of_tags.postgres.sql.

ALTER TABLE conversation_tag ADD COLUMN phase INTEGER NOT NULL DEFAULT 9;

ALTER TABLE conversation_tag ADD COLUMN started_at INTEGER NOT NULL DEFAULT 0;
