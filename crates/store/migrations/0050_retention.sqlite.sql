-- When the next run of an account's retention rules is due. The rules themselves are settings of the account.
-- Pair: 0050_retention.postgres.sql.

CREATE TABLE retention_run (
    account_id INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (account_id)
) STRICT;
