//! Statements on the custom fields that inboxes define, and on the conversations that have a value. The options of a field are
//! one JSON text.

use heddle_domain::custom_field::{CustomField, FieldKind};
use heddle_domain::id::{CustomFieldId, InboxId};

use crate::error::{Result, Trouble};
use crate::stmt::{Row, statements};

statements! {
    /// Selects, of the given conversations, those with a value of a field.
    AMONG = "SELECT conversation_id FROM conversation_field WHERE account_id = $1 AND name = $2 AND value = $3
        AND conversation_id IN (SELECT value FROM json_each($4)) ORDER BY conversation_id LIMIT 2000",
        postgres "SELECT f.conversation_id FROM unnest(CAST($4 AS BIGINT[])) named (id) CROSS JOIN LATERAL (
        SELECT conversation_id FROM conversation_field WHERE account_id = $1 AND conversation_id = named.id
        AND name = $2 AND value = $3 LIMIT 1) f ORDER BY f.conversation_id LIMIT 2000";
    /// Selects the custom fields of an inbox, in order. INDEXED BY: otherwise SQLite reads those of all inboxes.
    OF_INBOX = "SELECT id, inbox_id, name, kind, place, required, options
        FROM custom_field INDEXED BY custom_field_by_name
        WHERE account_id = $1 AND inbox_id = $2 ORDER BY place, id LIMIT 100",
        postgres "SELECT id, inbox_id, name, kind, place, required, options FROM custom_field
        WHERE account_id = $1 AND inbox_id = $2 ORDER BY place, id LIMIT 100";
    /// Selects one custom field.
    GET = "SELECT id, inbox_id, name, kind, place, required, options FROM custom_field WHERE account_id = $1 AND id = $2";
    /// Adds a custom field.
    INSERT = "INSERT INTO custom_field (account_id, id, inbox_id, name, kind, place, required, options)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// Changes a custom field.
    UPDATE = "UPDATE custom_field SET place = $3, required = $4, options = $5 WHERE account_id = $1 AND id = $2";
    /// Removes a custom field.
    DROP = "DELETE FROM custom_field WHERE account_id = $1 AND id = $2";
    /// Selects the conversations with a short value of a custom field, after an id. INDEXED BY: otherwise SQLite walks the
    /// conversations.
    BEARERS = "SELECT conversation_id FROM conversation_field INDEXED BY conversation_field_by_value
        WHERE account_id = $1 AND name = $2 AND value = $3 AND length(value) <= 100 AND conversation_id > $4
        ORDER BY conversation_id LIMIT $5",
        postgres "SELECT conversation_id FROM conversation_field
        WHERE account_id = $1 AND name = $2 AND value = $3 AND length(value) <= 100 AND conversation_id > $4
        ORDER BY conversation_id LIMIT $5";
}

/// Maps a row of the statements that read whole fields.
pub(crate) fn custom_field(row: &mut Row<'_>) -> Result<CustomField> {
    Ok(CustomField {
        id: CustomFieldId(row.int()?),
        inbox: InboxId(row.int()?),
        name: row.text()?,
        kind: row.word(FieldKind::parse)?,
        order: row.int()?,
        required: row.flag()?,
        options: serde_json::from_str(&row.text()?)
            .map_err(|error| Trouble::Internal(format!("options of a custom field: {error}")))?,
    })
}
