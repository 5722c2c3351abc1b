-- The feed and its readers. Pair: 0002_feed.postgres.sql.

-- The inbox an event is about, and the address that its request came from.
ALTER TABLE event ADD COLUMN inbox_id INTEGER;
ALTER TABLE event ADD COLUMN address TEXT;

-- How far each named reader of an account's feed has come; committed together with what the reader stores.
CREATE TABLE IF NOT EXISTS feed_reader (
    account_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;

-- How many conversations an inbox has in each status; kept by the reader `counts`.
CREATE TABLE IF NOT EXISTS conversation_count (
    account_id INTEGER NOT NULL,
    inbox_id INTEGER NOT NULL,
    status TEXT NOT NULL,
    conversations INTEGER NOT NULL,
    PRIMARY KEY (account_id, inbox_id, status)
) STRICT, WITHOUT ROWID;

-- Where an account's feed begins: the last position, and the greatest event id, that retention deleted. No row: nothing was.
CREATE TABLE IF NOT EXISTS feed_start (
    account_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    PRIMARY KEY (account_id)
) STRICT;
