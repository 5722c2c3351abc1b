-- Which agents follow a customer in an inbox. Pair: 0043_followers.postgres.sql.

CREATE TABLE customer_follower (
    account_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    inbox_id INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    notes INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (account_id, customer_id, inbox_id, agent_id)
) STRICT, WITHOUT ROWID;
