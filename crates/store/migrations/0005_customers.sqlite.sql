-- Merging and erasing customers: jobs that go on where they stopped. Pair: 0005_customers.postgres.sql.

-- What is still to do for a customer that is marked: `merge` moves its conversations to `into_id`, `erase` empties them.
CREATE TABLE IF NOT EXISTS customer_job (
    account_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    into_id INTEGER,
    after_id INTEGER NOT NULL,
    done_at INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, customer_id, kind)
) STRICT, WITHOUT ROWID;
