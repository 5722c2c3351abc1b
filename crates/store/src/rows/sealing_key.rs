//! Statements on the id of the key with which secrets are sealed. The table belongs to no account.

use crate::stmt::statements;

statements! {
    /// Selects the id of the key.
    GET = "SELECT key_id FROM sealing_key WHERE id = 1";
    // tidy: across accounts: all secrets are sealed with the same key
    /// Selects a sealed text of any account.
    SEALED = "SELECT url FROM webhook WHERE url <> '' ORDER BY account_id, id LIMIT 1";
    /// Records the id of the key, unless one is recorded.
    CLAIM = "INSERT INTO sealing_key (id, key_id) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
    /// Records the id of another key.
    REPLACE = "INSERT INTO sealing_key (id, key_id) VALUES (1, $1)
        ON CONFLICT (id) DO UPDATE SET key_id = excluded.key_id";
}
