-- What myKaarma's API knows beside messages: which addresses must not be written to, and which imported message has which
-- id in the system that it came from.
-- Pair: 0039_dealers.sqlite.sql.

-- The address is kept as a hash only, so an opt-out outlasts an erasure.
CREATE TABLE IF NOT EXISTS opt_out (
    account_id BIGINT NOT NULL,
    inbox_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    address_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, inbox_id, kind, address_hash)
);

CREATE TABLE IF NOT EXISTS message_source (
    account_id BIGINT NOT NULL,
    inbox_id BIGINT NOT NULL,
    source_id TEXT NOT NULL,
    customer_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, inbox_id, source_id)
);
