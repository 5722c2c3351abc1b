-- Settings are rows since 0010. Pair: 0011_no_setting_columns.sqlite.sql.

ALTER TABLE account DROP COLUMN IF EXISTS thread_cap;

ALTER TABLE account DROP COLUMN IF EXISTS lock_after_days;

ALTER TABLE account DROP COLUMN IF EXISTS helpscout_rate;

ALTER TABLE account DROP COLUMN IF EXISTS magicline_rate;

ALTER TABLE account DROP COLUMN IF EXISTS mews_rate;
