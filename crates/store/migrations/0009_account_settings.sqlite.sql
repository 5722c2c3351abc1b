-- What the operator decided for an account, as the APIs declare it. Pair: 0009_account_settings.postgres.sql.

-- Only values that differ from the API's default have a row.
CREATE TABLE IF NOT EXISTS account_setting (
    account_id INTEGER NOT NULL,
    api TEXT NOT NULL,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (account_id, api, name)
) STRICT, WITHOUT ROWID;
