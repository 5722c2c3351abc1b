-- How far an import has come, so that it can continue after it was interrupted. One row while an import is unfinished; no
-- server serves the store meanwhile.
-- Pair: 0044_unfinished_import.sqlite.sql.

CREATE TABLE IF NOT EXISTS unfinished_import (
    id BIGINT NOT NULL PRIMARY KEY,
    accounts TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL
);
