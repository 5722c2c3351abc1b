-- Who has an agent's e-mail address in its account: one agent. Pair: 0024_agent_emails.sqlite.sql.

CREATE TABLE IF NOT EXISTS agent_email (
    account_id BIGINT NOT NULL,
    email TEXT NOT NULL,
    agent_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, email)
);
