-- What the operator decided for an account, as the APIs declare it. Pair: 0009_account_settings.sqlite.sql.

-- Only values that differ from the API's default have a row.
CREATE TABLE IF NOT EXISTS account_setting (
    account_id BIGINT NOT NULL,
    api TEXT NOT NULL,
    name TEXT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (account_id, api, name)
);
