-- The accounts whose removal has begun and has not ended. Nothing shows them any more; no server serves the store meanwhile.
-- Pair: 0046_unfinished_removal.sqlite.sql.

-- Global: the id is that of an account.
CREATE TABLE IF NOT EXISTS unfinished_removal (
    id BIGINT NOT NULL PRIMARY KEY,
    begun_at BIGINT NOT NULL
);
