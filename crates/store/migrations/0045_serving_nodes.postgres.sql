-- The same as 0045_serving_nodes.sqlite.sql for PostgreSQL.

-- Global: a server serves all accounts.
CREATE TABLE IF NOT EXISTS serving_node (
    id TEXT NOT NULL PRIMARY KEY,
    seen_at BIGINT NOT NULL
);
