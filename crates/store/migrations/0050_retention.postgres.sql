-- The same as 0050_retention.sqlite.sql for PostgreSQL.

CREATE TABLE IF NOT EXISTS retention_run (
    account_id BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (account_id)
);
