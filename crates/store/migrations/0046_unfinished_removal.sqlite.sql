-- The accounts whose removal has begun and has not ended. Nothing shows them any more; no server serves the store meanwhile.
-- Pair: 0046_unfinished_removal.postgres.sql.

-- Global: the id is that of an account.
CREATE TABLE unfinished_removal (
    id INTEGER NOT NULL PRIMARY KEY,
    begun_at INTEGER NOT NULL
) STRICT;
