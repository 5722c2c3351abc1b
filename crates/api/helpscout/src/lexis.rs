//! What the two query languages, of conversations and of customers, have in common: limits, quotes and phrases.

// Queries of this API and of the native search have the same limits.
pub(crate) use heddle_search::query::{DEEPEST, LONGEST_QUERY as LONGEST, MOST_CONDITIONS};

/// How many characters of the client's text a message repeats.
const SHORT: usize = 40;

/// Returns an error for a query that is too long.
pub(crate) fn must_not_be_long(text: &str) -> Result<(), String> {
    match text.chars().count() > LONGEST {
        true => Err(format!("must have at most {LONGEST} characters")),
        false => Ok(()),
    }
}

/// Whether a character begins or ends a phrase. The vendor's page has curly quotes in an example.
pub(crate) const fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}')
}

/// Reads the rest of a phrase, after its first quote; returns what follows it, too. `\` keeps the meaning of the next character.
pub(crate) fn phrase(text: &str) -> Result<(String, &str), String> {
    let mut phrase = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => phrase.extend(chars.next()),
            _ if is_quote(c) => return Ok((phrase, chars.as_str())),
            _ => phrase.push(c),
        }
    }
    Err("a quote is missing at the end of a phrase".into())
}

/// Joins the parts of a condition; a single part stays itself.
pub(crate) fn joined<T>(mut parts: Vec<T>, join: fn(Vec<T>) -> T) -> T {
    match parts.len() {
        1 => parts.remove(0),
        _ => join(parts),
    }
}

/// Returns the beginning of a text from the client, for a message.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(SHORT).collect()
}
