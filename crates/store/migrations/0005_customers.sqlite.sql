-- Merging and erasing customers: jobs that go on where they stopped. Pair: 0005_customers.postgres.sql.

-- When everything known of the customer was erased; its row stays, so that its ids are never given away again.
ALTER TABLE customer ADD COLUMN erased_at INTEGER;

-- The native list, by creation.
CREATE INDEX IF NOT EXISTS customer_by_creation ON customer (account_id, created_at, id);
-- Who was merged into a customer: they follow it when it is merged or erased itself.
CREATE INDEX IF NOT EXISTS customer_by_survivor ON customer (account_id, merged_into_id, id)
    WHERE merged_into_id IS NOT NULL;
-- E-mail addresses are found by their owner.
CREATE INDEX IF NOT EXISTS customer_address_by_value ON customer_address (account_id, kind, value, customer_id)
    WHERE kind <> 'email';

-- Customers who wrote in a conversation that is another's: without this nobody could find their messages again.
CREATE TABLE IF NOT EXISTS conversation_guest (
    account_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, customer_id, conversation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS conversation_guest_by_conversation
    ON conversation_guest (account_id, conversation_id, customer_id);

-- What is still to do for a customer that is marked: `merge` moves its conversations to `into_id`, `erase` empties them.
-- The id is that of the event that marked it; the oldest open one of an account is worked on first.
CREATE TABLE IF NOT EXISTS customer_job (
    account_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    into_id INTEGER,
    stage TEXT NOT NULL,
    after_id INTEGER NOT NULL,
    after_message_id INTEGER NOT NULL,
    conversations INTEGER NOT NULL,
    door TEXT,
    credential_id INTEGER,
    agent_id INTEGER,
    address TEXT,
    holder TEXT,
    leased_until INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    done_at INTEGER,
    PRIMARY KEY (account_id, customer_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS customer_job_open ON customer_job (account_id, id) WHERE done_at IS NULL;
