-- Who has an agent's e-mail address in its account: one agent. Pair: 0024_agent_emails.postgres.sql.

CREATE TABLE agent_email (
    account_id INTEGER NOT NULL,
    email TEXT NOT NULL,
    agent_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, email)
) STRICT, WITHOUT ROWID;
