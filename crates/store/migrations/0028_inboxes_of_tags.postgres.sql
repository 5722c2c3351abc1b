-- Each tag of a conversation says the conversation's inbox, so that the tags of an inbox are found without its
-- conversations. An agent whose e-mail address another agent owns waits in `agent_email_double`. A server of the version
-- before gets an error when it adds a tag.
-- Pair: 0028_inboxes_of_tags.sqlite.sql.

ALTER TABLE conversation_tag ADD COLUMN IF NOT EXISTS inbox_id BIGINT NOT NULL DEFAULT 0;

ALTER TABLE conversation_tag ALTER COLUMN inbox_id DROP DEFAULT;

CREATE INDEX IF NOT EXISTS conversation_tag_by_inbox ON conversation_tag (account_id, inbox_id, tag_id);

CREATE TABLE IF NOT EXISTS agent_email_double (
    account_id BIGINT NOT NULL,
    email TEXT NOT NULL,
    agent_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, email, agent_id)
);
