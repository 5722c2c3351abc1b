-- Conversations that are being erased: nothing shows them any more, but not all of their rows are gone. `erasure` says how far
-- the work of an account is. Pair: 0049_erasure.postgres.sql.

CREATE TABLE erased_conversation (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, conversation_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE erasure (
    account_id INTEGER NOT NULL,
    stage TEXT NOT NULL,
    after_id INTEGER NOT NULL,
    after_delivery_id INTEGER NOT NULL,
    PRIMARY KEY (account_id)
) STRICT;
