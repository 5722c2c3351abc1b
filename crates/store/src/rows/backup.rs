//! Statements for backups.

use crate::stmt::statements;

statements! {
    /// Selects names of objects that uploads refer to, after an id.
    UPLOADED = "SELECT id, object_name FROM upload WHERE account_id = $1 AND id > $2 AND object_name IS NOT NULL
        ORDER BY id LIMIT 1000";
}
