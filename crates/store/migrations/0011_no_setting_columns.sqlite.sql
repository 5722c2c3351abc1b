-- Settings are rows since 0010. Pair: 0011_no_setting_columns.postgres.sql.

ALTER TABLE account DROP COLUMN thread_cap;

ALTER TABLE account DROP COLUMN lock_after_days;

ALTER TABLE account DROP COLUMN helpscout_rate;

ALTER TABLE account DROP COLUMN magicline_rate;

ALTER TABLE account DROP COLUMN mews_rate;
