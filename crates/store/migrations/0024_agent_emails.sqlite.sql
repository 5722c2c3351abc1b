-- Who has an agent's e-mail address in its account: one agent. Of several agents with one address, the first one gets it;
-- the others keep theirs until somebody changes it. Pair: 0024_agent_emails.postgres.sql.

CREATE TABLE agent_email (
    account_id INTEGER NOT NULL,
    email TEXT NOT NULL,
    agent_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, email)
) STRICT, WITHOUT ROWID;

INSERT INTO agent_email (account_id, email, agent_id)
SELECT account_id, lower(trim(email)), MIN(id) FROM agent WHERE trim(email) <> ''
GROUP BY account_id, lower(trim(email));
