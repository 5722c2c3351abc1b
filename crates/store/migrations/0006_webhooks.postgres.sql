-- Webhooks and their deliveries. Pair: 0006_webhooks.sqlite.sql.

-- A place that is told of events. How far it has come is the reader `webhook:ID` of the feed; while it is disabled, that
-- position is parked here, so that it holds back nobody's retention.
CREATE TABLE IF NOT EXISTS webhook (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    door TEXT NOT NULL,
    label TEXT NOT NULL,
    url TEXT NOT NULL,
    kinds TEXT NOT NULL,
    inboxes TEXT NOT NULL,
    inboxes_since BIGINT NOT NULL,
    secret TEXT NOT NULL,
    previous_secret TEXT,
    previous_until BIGINT,
    ordered BIGINT NOT NULL,
    allow TEXT NOT NULL,
    application_id BIGINT,
    options TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    disabled_at BIGINT,
    parked BIGINT,
    lease_by TEXT,
    lease_until BIGINT NOT NULL,
    next_due BIGINT,
    failing_since BIGINT,
    discarded BIGINT NOT NULL,
    last_success_at BIGINT,
    credential_id BIGINT,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);

-- Internal hosts and networks that the operator opened to an account's webhooks.
CREATE TABLE IF NOT EXISTS webhook_allow (
    account_id BIGINT NOT NULL,
    entries TEXT NOT NULL,
    PRIMARY KEY (account_id)
);

-- What was sent for one event, or for several at once: the request as it was (without secrets), and what became of it.
CREATE TABLE IF NOT EXISTS delivery (
    account_id BIGINT NOT NULL,
    webhook_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    event_id BIGINT NOT NULL,
    events BIGINT NOT NULL,
    name TEXT NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    next_attempt_at BIGINT,
    PRIMARY KEY (account_id, webhook_id, id)
);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (account_id, webhook_id, next_attempt_at)
    WHERE next_attempt_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS delivery_undelivered ON delivery (account_id, webhook_id, state, id)
    WHERE state <> 'delivered';

CREATE TABLE IF NOT EXISTS delivery_attempt (
    account_id BIGINT NOT NULL,
    webhook_id BIGINT NOT NULL,
    delivery_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    status BIGINT,
    answer TEXT,
    error TEXT,
    PRIMARY KEY (account_id, webhook_id, delivery_id, number)
);
