//! Validates JSON values against the schemas of the OpenAPI document.
//!
//! The schema of a request is derived from its struct, published, and enforced here. All bad fields are reported at once,
//! each with its path. Invariant: a request's schema contains only keywords that are enforced here. [`RequestSchema::of`]
//! panics on any other, and a test compiles every schema of the document.

mod compile;
#[cfg(test)]
mod tests;
mod validate;

use std::collections::BTreeMap;

use serde_json::Value;

/// The maximum number of faults in a response: without a limit, it could be a hundred times as large as the request.
pub(crate) const MOST_FAULTS: usize = 100;

/// The compiled schema of a request's body or parameter.
#[derive(Clone, Debug)]
pub(crate) struct RequestSchema {
    nullable: bool,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Any,
    Boolean,
    Integer { least: i64, most: i64 },
    Number,
    Text(TextSchema),
    Array(ArraySchema),
    Object(ObjectSchema),
    OneOf(Vec<RequestSchema>),
}

#[derive(Clone, Debug)]
struct TextSchema {
    least: usize,
    most: usize,
    /// The allowed values; empty means that any value is allowed.
    choices: Vec<String>,
    format: Option<TextRule>,
    pattern: Option<TextRule>,
}

/// A check of a text. Returns code and message for a text that fails it.
type TextRule = fn(&str) -> Result<(), (&'static str, &'static str)>;

#[derive(Clone, Debug)]
struct ArraySchema {
    items: Box<RequestSchema>,
    least: usize,
    most: usize,
    unique: bool,
}

#[derive(Clone, Debug)]
struct ObjectSchema {
    known: BTreeMap<String, RequestSchema>,
    required: Vec<String>,
    /// The schema of all other members; `None`: other members are refused.
    others: Option<Box<RequestSchema>>,
    most: usize,
}

/// Members that were renamed, each with old and new name. Where the new name is known, the old name is still accepted.
const OLD_NAMES: [(&str, &str); 1] = [("door", "api")];

impl RequestSchema {
    /// Renames the members that have an old name.
    pub(crate) fn accept_old_names(&self, value: &mut Value) {
        let (Kind::Object(ObjectSchema { known, .. }), Value::Object(members)) =
            (&self.kind, value)
        else {
            return;
        };
        for (old, new) in OLD_NAMES {
            let was_renamed = known.contains_key(new) && !known.contains_key(old);
            if was_renamed
                && !members.contains_key(new)
                && let Some(value) = members.remove(old)
            {
                members.insert(new.to_owned(), value);
            }
        }
    }
}
