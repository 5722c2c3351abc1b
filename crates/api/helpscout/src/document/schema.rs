//! Small schemas, of which those of bodies and parameters are made.

use serde_json::{Map, Value, json};

/// A member of an object, with its schema.
pub(super) type Member = (&'static str, Value);

/// Returns the schema of a text of any length.
pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

/// Returns the schema of a text with so many characters.
pub(super) fn text_of(least: usize, most: usize) -> Value {
    json!({ "type": "string", "minLength": least, "maxLength": most })
}

/// Returns the schema of a text that is not empty.
pub(super) fn filled() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

/// Returns the schema of one of some words.
pub(super) fn word<'w>(words: impl IntoIterator<Item = &'w str>) -> Value {
    let words: Vec<_> = words.into_iter().collect();
    json!({ "type": "string", "enum": words })
}

/// Returns the schema of the words of a table.
pub(super) fn word_of<T>(table: &[(&'static str, T)]) -> Value {
    word(table.iter().map(|(word, _)| *word))
}

/// Returns the schema of words that may be in any case, of which the description names two.
pub(super) fn cased(words: &[&str]) -> Value {
    let capital = |word: &&str| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{}{rest}", first.to_uppercase())
    };
    let capitals: Vec<String> = words.iter().map(capital).collect();
    let mut schema = word(
        words
            .iter()
            .copied()
            .chain(capitals.iter().map(String::as_str)),
    );
    schema["description"] = json!("In any case");
    schema
}

/// Returns the schema of a truth value.
pub(super) fn flag() -> Value {
    json!({ "type": "boolean" })
}

/// Returns the schema of an id in a body, which may be written as a string.
pub(super) fn id() -> Value {
    json!({ "type": ["integer", "string"], "format": "int64" })
}

/// Returns the schema of a whole number in a query.
pub(super) fn integer() -> Value {
    json!({ "type": "integer", "format": "int64" })
}

/// Returns the schema of a date-time.
pub(super) fn date_time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

/// Returns the schema of a list.
pub(super) fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// Returns the schema of a list with so many items.
pub(super) fn list_of(least: usize, most: usize, items: Value) -> Value {
    json!({ "type": "array", "items": items, "minItems": least, "maxItems": most })
}

/// Adds a description to a schema.
pub(super) fn with_text(mut schema: Value, text: &str) -> Value {
    schema["description"] = json!(text);
    schema
}

/// Returns the schema of an object. Members that are not `required` may also be null, which means absent; members that the
/// schema does not name are ignored.
pub(super) fn object(required: &[&str], members: impl IntoIterator<Item = Member>) -> Value {
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

fn nullable(mut schema: Value) -> Value {
    let kinds = match schema["type"].take() {
        Value::Array(kinds) => kinds,
        kind => vec![kind],
    };
    schema["type"] = kinds.into_iter().chain([json!("null")]).collect();
    if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        words.push(Value::Null);
    }
    schema
}
