-- The same as 0043_followers.sqlite.sql for PostgreSQL.

CREATE TABLE IF NOT EXISTS customer_follower (
    account_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    inbox_id BIGINT NOT NULL,
    agent_id BIGINT NOT NULL,
    notes BIGINT NOT NULL,
    messages BIGINT NOT NULL,
    PRIMARY KEY (account_id, customer_id, inbox_id, agent_id)
);
