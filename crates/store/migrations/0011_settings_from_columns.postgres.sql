-- The settings that were columns of account, unless they have their default. Pair: 0011_settings_from_columns.sqlite.sql.
-- The columns are read by way of JSON: once 0012 has dropped them, they are NULL there, and a step that runs again copies nothing.

INSERT INTO account_setting (account_id, api, name, value)
    SELECT id, 'helpscout', 'thread_cap', CAST(to_jsonb(account) ->> 'thread_cap' AS BIGINT) FROM account
    WHERE CAST(to_jsonb(account) ->> 'thread_cap' AS BIGINT) <> 100
    ON CONFLICT (account_id, api, name) DO NOTHING;

INSERT INTO account_setting (account_id, api, name, value)
    SELECT id, 'helpscout', 'lock_after_days', CAST(to_jsonb(account) ->> 'lock_after_days' AS BIGINT) FROM account
    WHERE CAST(to_jsonb(account) ->> 'lock_after_days' AS BIGINT) <> 0
    ON CONFLICT (account_id, api, name) DO NOTHING;

INSERT INTO account_setting (account_id, api, name, value)
    SELECT id, 'helpscout', 'rate', CAST(to_jsonb(account) ->> 'helpscout_rate' AS BIGINT) FROM account
    WHERE CAST(to_jsonb(account) ->> 'helpscout_rate' AS BIGINT) <> 0
    ON CONFLICT (account_id, api, name) DO NOTHING;

INSERT INTO account_setting (account_id, api, name, value)
    SELECT id, 'magicline', 'rate', CAST(to_jsonb(account) ->> 'magicline_rate' AS BIGINT) FROM account
    WHERE CAST(to_jsonb(account) ->> 'magicline_rate' AS BIGINT) <> 0
    ON CONFLICT (account_id, api, name) DO NOTHING;

INSERT INTO account_setting (account_id, api, name, value)
    SELECT id, 'mews', 'rate', CAST(to_jsonb(account) ->> 'mews_rate' AS BIGINT) FROM account
    WHERE CAST(to_jsonb(account) ->> 'mews_rate' AS BIGINT) <> 0
    ON CONFLICT (account_id, api, name) DO NOTHING;
