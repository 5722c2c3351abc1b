-- Each tag of a conversation says the conversation's inbox, so that the tags of an inbox are found without its
-- conversations. An agent whose e-mail address another agent owns waits in `agent_email_double`.
-- Pair: 0028_inboxes_of_tags.postgres.sql.

ALTER TABLE conversation_tag ADD COLUMN inbox_id INTEGER NOT NULL DEFAULT 0;

CREATE INDEX IF NOT EXISTS conversation_tag_by_inbox ON conversation_tag (account_id, inbox_id, tag_id);

CREATE TABLE agent_email_double (
    account_id INTEGER NOT NULL,
    email TEXT NOT NULL,
    agent_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, email, agent_id)
) STRICT, WITHOUT ROWID;
