-- Indexes for lists by number, by assignee and of drafts; the index by the last change says the phase, too. The number of
-- conversations in each folder of an inbox, and for each conversation the folder in which it was counted.
-- Pair: 0035_lists.sqlite.sql.

CREATE INDEX IF NOT EXISTS conversation_by_number ON conversation (account_id, inbox_id, phase, number, id);

CREATE INDEX IF NOT EXISTS conversation_by_holder
    ON conversation (account_id, assignee_id, inbox_id, phase, started_at, id);

CREATE INDEX IF NOT EXISTS conversation_draft ON conversation (account_id, inbox_id, started_at, id)
    WHERE published = 0;

DROP INDEX IF EXISTS conversation_by_update;

CREATE INDEX IF NOT EXISTS conversation_by_update ON conversation (account_id, inbox_id, updated_at, id, phase);

CREATE TABLE IF NOT EXISTS conversation_place (
    account_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    inbox_id BIGINT NOT NULL,
    phase BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    draft BIGINT NOT NULL,
    PRIMARY KEY (account_id, conversation_id)
);

CREATE TABLE IF NOT EXISTS folder_count (
    account_id BIGINT NOT NULL,
    inbox_id BIGINT NOT NULL,
    phase BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    draft BIGINT NOT NULL,
    conversations BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, inbox_id, phase, agent_id, draft)
);
