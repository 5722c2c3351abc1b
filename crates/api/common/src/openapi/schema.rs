//! Small schemas, of which those of bodies and parameters are made.

use serde_json::{Map, Value, json};

/// A member of an object, with its schema.
pub type Member = (&'static str, Value);

/// Returns the schema of a text of any length.
#[must_use]
pub fn text() -> Value {
    json!({ "type": "string" })
}

/// Returns the schema of a text with so many characters.
#[must_use]
pub fn text_of(least: usize, most: usize) -> Value {
    json!({ "type": "string", "minLength": least, "maxLength": most })
}

/// Returns the schema of a text that is not empty.
#[must_use]
pub fn filled() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

/// Returns the schema of one of some words.
#[must_use]
pub fn word<'w>(words: impl IntoIterator<Item = &'w str>) -> Value {
    let words: Vec<_> = words.into_iter().collect();
    json!({ "type": "string", "enum": words })
}

/// Returns the schema of the words of a table.
#[must_use]
pub fn word_of<T>(table: &[(&'static str, T)]) -> Value {
    word(table.iter().map(|(word, _)| *word))
}

/// Returns the schema of a truth value.
#[must_use]
pub fn flag() -> Value {
    json!({ "type": "boolean" })
}

/// Returns the schema of a whole number.
#[must_use]
pub fn integer() -> Value {
    json!({ "type": "integer", "format": "int64" })
}

/// Returns the schema of a date, such as `2026-12-31`.
#[must_use]
pub fn date() -> Value {
    json!({ "type": "string", "format": "date" })
}

/// Returns the schema of a date-time.
#[must_use]
pub fn date_time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

/// Returns the schema of a list.
#[must_use]
pub fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// Returns the schema of a list with so many items.
#[must_use]
pub fn list_of(least: usize, most: usize, items: Value) -> Value {
    json!({ "type": "array", "items": items, "minItems": least, "maxItems": most })
}

/// Adds a description to a schema.
#[must_use]
pub fn with_text(mut schema: Value, text: &str) -> Value {
    schema["description"] = json!(text);
    schema
}

/// Returns the schema of an object. Members that are not `required` may also be null, which means absent; members that the
/// schema does not name are ignored.
#[must_use]
pub fn object(required: &[&str], members: impl IntoIterator<Item = Member>) -> Value {
    let members = members.into_iter().map(|(name, schema)| {
        let schema = match required.contains(&name) {
            true => schema,
            false => nullable(schema),
        };
        (name.to_owned(), schema)
    });
    let mut object = json!({ "type": "object", "properties": members.collect::<Map<_, _>>() });
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    object
}

/// Returns a schema that also takes null. One with a single value becomes a choice, because generators of clients do not read a
/// list of values that are not texts.
#[must_use]
pub fn nullable(mut schema: Value) -> Value {
    if schema.get("const").is_some() {
        return json!({ "anyOf": [schema, { "type": "null" }] });
    }
    let mut kinds = match schema["type"].take() {
        Value::Array(kinds) => kinds,
        kind => vec![kind],
    };
    if !kinds.contains(&json!("null")) {
        kinds.push(json!("null"));
    }
    schema["type"] = kinds.into();
    if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        words.push(Value::Null);
    }
    schema
}
