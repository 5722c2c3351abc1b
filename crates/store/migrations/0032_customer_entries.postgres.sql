-- Addresses of customers have labels, and a customer has a postal address. Positions of addresses are not used again.
-- Lists of customers have an index for each order: by home and change, by first name, by last name; and the index by
-- creation has only customers that were neither merged nor erased. The columns at the end of an index let a list walk along
-- it without the rows. E-mail addresses are found by their domain. Pair: 0032_customer_entries.sqlite.sql.

ALTER TABLE customer ADD COLUMN IF NOT EXISTS first_key TEXT COLLATE "C" NOT NULL DEFAULT '';

ALTER TABLE customer ADD COLUMN IF NOT EXISTS last_key TEXT COLLATE "C" NOT NULL DEFAULT '';

ALTER TABLE customer ADD COLUMN IF NOT EXISTS last_position BIGINT NOT NULL DEFAULT -1;

ALTER TABLE customer ADD COLUMN IF NOT EXISTS postal_address TEXT;

ALTER TABLE customer_address ADD COLUMN IF NOT EXISTS label TEXT;

ALTER TABLE email_owner ADD COLUMN IF NOT EXISTS domain TEXT NOT NULL DEFAULT '';

DROP INDEX IF EXISTS customer_by_creation;

CREATE INDEX IF NOT EXISTS customer_by_creation ON customer (account_id, created_at, id, home_inbox_id, merged_into_id, erased_at)
    WHERE merged_into_id IS NULL AND erased_at IS NULL;

CREATE INDEX IF NOT EXISTS customer_by_home ON customer (account_id, home_inbox_id, updated_at, id, merged_into_id, erased_at)
    WHERE merged_into_id IS NULL AND erased_at IS NULL;

CREATE INDEX IF NOT EXISTS customer_by_first_name ON customer (account_id, first_key, id, home_inbox_id, merged_into_id, erased_at)
    WHERE merged_into_id IS NULL AND erased_at IS NULL;

CREATE INDEX IF NOT EXISTS customer_by_last_name ON customer (account_id, last_key, id, home_inbox_id, merged_into_id, erased_at)
    WHERE merged_into_id IS NULL AND erased_at IS NULL;

CREATE INDEX IF NOT EXISTS email_owner_by_domain ON email_owner (account_id, domain, customer_id);
