-- The feed and its readers. Pair: 0002_feed.sqlite.sql.

-- The inbox an event is about, and the address that its request came from.
ALTER TABLE event ADD COLUMN IF NOT EXISTS inbox_id BIGINT;
ALTER TABLE event ADD COLUMN IF NOT EXISTS address TEXT;

-- How far each named reader of an account's feed has come; committed together with what the reader stores.
CREATE TABLE IF NOT EXISTS feed_reader (
    account_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (account_id, name)
);

-- How many conversations an inbox has in each status; kept by the reader `counts`.
CREATE TABLE IF NOT EXISTS conversation_count (
    account_id BIGINT NOT NULL,
    inbox_id BIGINT NOT NULL,
    status TEXT NOT NULL,
    conversations BIGINT NOT NULL,
    PRIMARY KEY (account_id, inbox_id, status)
);

-- Where an account's feed begins: the last position, and the greatest event id, that retention deleted. No row: nothing was.
CREATE TABLE IF NOT EXISTS feed_start (
    account_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    event_id BIGINT NOT NULL,
    PRIMARY KEY (account_id)
);
