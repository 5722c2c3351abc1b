-- Webhooks and their deliveries. Pair: 0006_webhooks.sqlite.sql.

CREATE TABLE IF NOT EXISTS webhook (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);
