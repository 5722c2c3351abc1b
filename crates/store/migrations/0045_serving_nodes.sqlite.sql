-- The servers that run now. With SQLite there is only one, so the table stays empty. Pair: 0045_serving_nodes.postgres.sql.

-- Global: a server serves all accounts.
CREATE TABLE serving_node (
    id TEXT NOT NULL PRIMARY KEY,
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
