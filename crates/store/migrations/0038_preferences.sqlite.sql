-- By which channels customers wish to be contacted, and further facts about customers. A customer without rows has the
-- preferences that the program names, and no further facts. Pair: 0038_preferences.postgres.sql.

CREATE TABLE customer_preference (
    account_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    category TEXT NOT NULL,
    channel TEXT NOT NULL,
    active INTEGER NOT NULL,
    customer_overridable INTEGER NOT NULL,
    PRIMARY KEY (account_id, customer_id, category, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE customer_detail (
    account_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    prospect INTEGER NOT NULL,
    date_of_birth TEXT,
    details TEXT NOT NULL,
    PRIMARY KEY (account_id, customer_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS customer_detail_by_birth ON customer_detail (account_id, date_of_birth, customer_id)
    WHERE date_of_birth IS NOT NULL;
