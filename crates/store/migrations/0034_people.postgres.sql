-- Teams of agents; agents who sign in with a password; apps that act for agents who allowed it. `credential_key.agent_id`
-- is the agent for whom such a token acts; NULL: the agent of the credential.
-- Pair: 0034_people.sqlite.sql.

ALTER TABLE agent ADD COLUMN IF NOT EXISTS team BIGINT NOT NULL DEFAULT 0;

ALTER TABLE agent ADD COLUMN IF NOT EXISTS signs_in BIGINT NOT NULL DEFAULT 0;

CREATE INDEX IF NOT EXISTS agent_team ON agent (account_id, id) WHERE team = 1;

CREATE TABLE IF NOT EXISTS team_member (
    account_id BIGINT NOT NULL,
    team_id BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, team_id, agent_id)
);

CREATE TABLE IF NOT EXISTS agent_password (
    account_id BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    password_hash TEXT NOT NULL,
    PRIMARY KEY (account_id, agent_id)
);

ALTER TABLE credential ADD COLUMN IF NOT EXISTS redirect_url TEXT;

ALTER TABLE credential_key ADD COLUMN IF NOT EXISTS agent_id BIGINT;

CREATE INDEX IF NOT EXISTS credential_key_by_agent ON credential_key (account_id, agent_id, credential_id) WHERE agent_id IS NOT NULL;

CREATE TABLE IF NOT EXISTS consent_token (
    account_id BIGINT NOT NULL,
    token_hash BYTEA NOT NULL,
    kind TEXT NOT NULL,
    credential_id BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    challenge TEXT,
    used_at BIGINT,
    expires_at BIGINT,
    PRIMARY KEY (account_id, token_hash)
);

CREATE INDEX IF NOT EXISTS consent_token_by_agent ON consent_token (account_id, agent_id, credential_id, expires_at);
