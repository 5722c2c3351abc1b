//! Small schemas that only this API has, beside those of all APIs.

use serde_json::{Value, json};

pub(super) use heddle_api::openapi::schema::{
    Member, date_time, filled, flag, integer, list, list_of, object, text, text_of, with_text,
    word, word_of,
};

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

/// Returns the schema of an id in a body, which may be written as a string.
pub(super) fn id() -> Value {
    json!({ "type": ["integer", "string"], "format": "int64" })
}
