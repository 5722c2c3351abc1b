-- Teams of agents; agents who sign in with a password; apps that act for agents who allowed it. `credential_key.agent_id`
-- is the agent for whom such a token acts; NULL: the agent of the credential.
-- Pair: 0034_people.postgres.sql.

ALTER TABLE agent ADD COLUMN team INTEGER NOT NULL DEFAULT 0;

ALTER TABLE agent ADD COLUMN signs_in INTEGER NOT NULL DEFAULT 0;

CREATE INDEX IF NOT EXISTS agent_team ON agent (account_id, id) WHERE team = 1;

CREATE TABLE team_member (
    account_id INTEGER NOT NULL,
    team_id INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, team_id, agent_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE agent_password (
    account_id INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    password_hash TEXT NOT NULL,
    PRIMARY KEY (account_id, agent_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE credential ADD COLUMN redirect_url TEXT;

ALTER TABLE credential_key ADD COLUMN agent_id INTEGER;

CREATE INDEX IF NOT EXISTS credential_key_by_agent ON credential_key (account_id, agent_id, credential_id) WHERE agent_id IS NOT NULL;

CREATE TABLE consent_token (
    account_id INTEGER NOT NULL,
    token_hash BLOB NOT NULL,
    kind TEXT NOT NULL,
    credential_id INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    challenge TEXT,
    used_at INTEGER,
    expires_at INTEGER,
    PRIMARY KEY (account_id, token_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS consent_token_by_agent ON consent_token (account_id, agent_id, credential_id, expires_at);
