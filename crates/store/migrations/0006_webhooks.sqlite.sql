-- Webhooks and their deliveries. Pair: 0006_webhooks.postgres.sql.

CREATE TABLE IF NOT EXISTS webhook (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
