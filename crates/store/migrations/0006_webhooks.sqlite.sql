-- Webhooks and their deliveries. Pair: 0006_webhooks.postgres.sql.

-- A place that is told of events. How far it has come is the reader `webhook:ID` of the feed; while it is disabled, that
-- position is parked here, so that it holds back nobody's retention.
CREATE TABLE IF NOT EXISTS webhook (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    door TEXT NOT NULL,
    label TEXT NOT NULL,
    url TEXT NOT NULL,
    kinds TEXT NOT NULL,
    inboxes TEXT NOT NULL,
    inboxes_since INTEGER NOT NULL,
    secret TEXT NOT NULL,
    previous_secret TEXT,
    previous_until INTEGER,
    ordered INTEGER NOT NULL,
    allow TEXT NOT NULL,
    application_id INTEGER,
    options TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    disabled_at INTEGER,
    parked INTEGER,
    lease_by TEXT,
    lease_until INTEGER NOT NULL,
    next_due INTEGER,
    failing_since INTEGER,
    discarded INTEGER NOT NULL,
    last_success_at INTEGER,
    credential_id INTEGER,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

-- Internal hosts and networks that the operator opened to an account's webhooks.
CREATE TABLE IF NOT EXISTS webhook_allow (
    account_id INTEGER NOT NULL,
    entries TEXT NOT NULL,
    PRIMARY KEY (account_id)
) STRICT;

-- What was sent for one event, or for several at once: the request as it was (without secrets), and what became of it.
CREATE TABLE IF NOT EXISTS delivery (
    account_id INTEGER NOT NULL,
    webhook_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    events INTEGER NOT NULL,
    name TEXT NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    next_attempt_at INTEGER,
    PRIMARY KEY (account_id, webhook_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (account_id, webhook_id, next_attempt_at)
    WHERE next_attempt_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS delivery_undelivered ON delivery (account_id, webhook_id, state, id)
    WHERE state <> 'delivered';

CREATE TABLE IF NOT EXISTS delivery_attempt (
    account_id INTEGER NOT NULL,
    webhook_id INTEGER NOT NULL,
    delivery_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    status INTEGER,
    answer TEXT,
    error TEXT,
    PRIMARY KEY (account_id, webhook_id, delivery_id, number)
) STRICT, WITHOUT ROWID;
