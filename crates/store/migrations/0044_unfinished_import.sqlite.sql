-- How far an import has come, so that it can continue after it was interrupted. One row while an import is unfinished; no
-- server serves the store meanwhile.
-- Pair: 0044_unfinished_import.postgres.sql.

CREATE TABLE unfinished_import (
    id INTEGER NOT NULL PRIMARY KEY,
    accounts TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL
) STRICT;
