-- The settings that were columns of account, unless they have their default. Pair: 0010_settings_from_columns.sqlite.sql.

INSERT INTO account_setting (account_id, api, name, value)
    SELECT id, 'helpscout', 'thread_cap', thread_cap FROM account WHERE thread_cap <> 100
    ON CONFLICT (account_id, api, name) DO NOTHING;

INSERT INTO account_setting (account_id, api, name, value)
    SELECT id, 'helpscout', 'lock_after_days', lock_after_days FROM account WHERE lock_after_days <> 0
    ON CONFLICT (account_id, api, name) DO NOTHING;

INSERT INTO account_setting (account_id, api, name, value)
    SELECT id, 'helpscout', 'rate', helpscout_rate FROM account WHERE helpscout_rate <> 0
    ON CONFLICT (account_id, api, name) DO NOTHING;

INSERT INTO account_setting (account_id, api, name, value)
    SELECT id, 'magicline', 'rate', magicline_rate FROM account WHERE magicline_rate <> 0
    ON CONFLICT (account_id, api, name) DO NOTHING;

INSERT INTO account_setting (account_id, api, name, value)
    SELECT id, 'mews', 'rate', mews_rate FROM account WHERE mews_rate <> 0
    ON CONFLICT (account_id, api, name) DO NOTHING;
