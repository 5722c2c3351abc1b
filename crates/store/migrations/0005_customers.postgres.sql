-- Merging and erasing customers: jobs that go on where they stopped. Pair: 0005_customers.sqlite.sql.

-- What is still to do for a customer that is marked: `merge` moves its conversations to `into_id`, `erase` empties them.
CREATE TABLE IF NOT EXISTS customer_job (
    account_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    into_id BIGINT,
    after_id BIGINT NOT NULL,
    done_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, customer_id, kind)
);
