//! The number of values in a JSON text. Parsed values take more memory than their text if they are small: `0,` becomes 32
//! bytes. So a body may have only so many, and a parsed body is not much larger than its text.

/// The maximum number of values in a body.
pub const MOST_VALUES: usize = 100_000;

/// Whether a JSON text has more than [`MOST_VALUES`] values, counted by the commas outside of its texts. For other bytes the
/// result means nothing.
#[must_use]
pub fn are_too_many(text: &[u8]) -> bool {
    if text.len() <= MOST_VALUES {
        return false;
    }
    let (mut commas, mut in_text, mut is_escaped) = (0, false, false);
    for byte in text {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b',' if !in_text => commas += 1,
            _ => {}
        }
    }
    commas >= MOST_VALUES
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a list of so many values.
    fn list(values: usize, value: &str) -> String {
        format!("[{}]", vec![value; values].join(","))
    }

    #[test]
    fn a_body_may_have_many_values_but_not_any_number() {
        for value in ["0", r#"{"a":"b"}"#, r#""\\""#] {
            assert!(
                !are_too_many(list(MOST_VALUES, value).as_bytes()),
                "{value}"
            );
            assert!(
                are_too_many(list(MOST_VALUES + 1, value).as_bytes()),
                "{value}"
            );
        }
    }

    #[test]
    fn commas_in_texts_do_not_count() {
        let text = ",".repeat(3 * MOST_VALUES);
        for quoted in [format!("[\"{text}\"]"), format!(r#"["\"{text}", "a\\"]"#)] {
            assert!(!are_too_many(quoted.as_bytes()));
        }
    }
}
