//! Small schemas of this API.

use serde_json::{Value, json};

/// Returns the schema of a member whose only value is null.
pub(super) fn unsupported() -> Value {
    json!({ "type": "null", "description": "Not supported" })
}

/// Returns the schema of a flag that must not be set.
pub(super) fn unset() -> Value {
    json!({ "type": "boolean", "const": false, "description": "`true` is not supported" })
}
