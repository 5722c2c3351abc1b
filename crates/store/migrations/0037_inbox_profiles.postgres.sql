-- The profile of an inbox, as JSON. It is not a column of `inbox`, because the rows of that table are cached with each credential.
-- Pair: 0037_inbox_profiles.sqlite.sql.

CREATE TABLE IF NOT EXISTS inbox_profile (
    account_id BIGINT NOT NULL,
    inbox_id BIGINT NOT NULL,
    profile TEXT NOT NULL,
    PRIMARY KEY (account_id, inbox_id)
);
