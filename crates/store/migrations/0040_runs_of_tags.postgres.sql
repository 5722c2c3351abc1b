-- Each tag of a conversation says the conversation's phase and start, so that a list of conversations with a tag can be a run of an
-- index (0042). A server of the version before gets an error when it adds a tag.
-- Pair: 0040_runs_of_tags.sqlite.sql.

ALTER TABLE conversation_tag ADD COLUMN IF NOT EXISTS phase BIGINT NOT NULL DEFAULT 9;

ALTER TABLE conversation_tag ALTER COLUMN phase DROP DEFAULT;

ALTER TABLE conversation_tag ADD COLUMN IF NOT EXISTS started_at BIGINT NOT NULL DEFAULT 0;

ALTER TABLE conversation_tag ALTER COLUMN started_at DROP DEFAULT;
