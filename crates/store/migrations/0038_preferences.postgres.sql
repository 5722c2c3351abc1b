-- The same as 0038_preferences.sqlite.sql for PostgreSQL.

CREATE TABLE IF NOT EXISTS customer_preference (
    account_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    category TEXT NOT NULL,
    channel TEXT NOT NULL,
    active BIGINT NOT NULL,
    customer_overridable BIGINT NOT NULL,
    PRIMARY KEY (account_id, customer_id, category, channel)
);

CREATE TABLE IF NOT EXISTS customer_detail (
    account_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    prospect BIGINT NOT NULL,
    date_of_birth TEXT COLLATE "C",
    details TEXT NOT NULL,
    PRIMARY KEY (account_id, customer_id)
);

CREATE INDEX IF NOT EXISTS customer_detail_by_birth ON customer_detail (account_id, date_of_birth, customer_id)
    WHERE date_of_birth IS NOT NULL;
