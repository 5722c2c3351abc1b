-- What myKaarma's API knows beside messages: which addresses must not be written to, and which imported message has which
-- id in the system that it came from.
-- Pair: 0039_dealers.postgres.sql.

-- The address is kept as a hash only, so an opt-out outlasts an erasure.
CREATE TABLE opt_out (
    account_id INTEGER NOT NULL,
    inbox_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    address_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, inbox_id, kind, address_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE message_source (
    account_id INTEGER NOT NULL,
    inbox_id INTEGER NOT NULL,
    source_id TEXT NOT NULL,
    customer_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, inbox_id, source_id)
) STRICT, WITHOUT ROWID;
