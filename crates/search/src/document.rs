//! What an index stores of a text.

use std::collections::HashMap;

use crate::words::{Word, words};

/// How much of a text is indexed. What comes later in a text is not found. PostgreSQL knows no positions above 16,383 in a
/// document, no more than 256 positions of one word, and no document of more than 1 MiB; a document has several texts.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The maximum number of tokens.
    pub tokens: usize,
    /// The maximum size of all tokens together, in bytes.
    pub bytes: usize,
    /// How often the same word is indexed. A phrase with the word is found only at its first places.
    pub occurrences: usize,
}

impl Limits {
    /// For the text of a message.
    pub const BODY: Self = Self {
        tokens: 12_000,
        bytes: 400_000,
        occurrences: 200,
    };
    /// For subjects, names and addresses.
    pub const HEADING: Self = Self {
        tokens: 1_000,
        bytes: 32_000,
        occurrences: 14,
    };
}

/// A number with at least this many digits inside a word, as in `RE123456`, is a token of its own.
const SHORTEST_NUMBER: usize = 3;
/// A text is read up to so many times the bytes that its tokens may have. The rest is not indexed, so that a very long text takes
/// little memory.
const READ: usize = 4;

/// Stands where no phrase may go on. No word contains it.
pub const GAP: &str = "\u{a6}";

/// Returns the tokens of a text in order: its words, then the numbers inside words, each after a [`GAP`].
///
/// A phrase is found where its words are neighbours in this list. Both engines store exactly this list.
#[must_use]
pub fn tokens(text: &str, limits: Limits) -> Vec<String> {
    let read = text.floor_char_boundary(limits.bytes.saturating_mul(READ));
    let words = words(&text[..read]);
    let numbers: Vec<_> = words
        .iter()
        .filter_map(number_inside)
        .map(str::to_owned)
        .collect();
    let mut tokens: Vec<String> = words.into_iter().map(|word| word.text).collect();
    for number in numbers {
        tokens.extend([GAP.to_owned(), number]);
    }
    tokens.truncate(limits.tokens);
    let mut bytes = 0;
    let mut fits = |token: &String| {
        bytes += token.len() + 1;
        bytes <= limits.bytes
    };
    let fitting = tokens
        .iter()
        .map_while(|token| fits(token).then_some(()))
        .count();
    tokens.truncate(fitting);
    replace_frequent(&mut tokens, limits.occurrences);
    tokens
}

/// Returns the longest run of digits in a word that has letters, too.
fn number_inside(word: &Word) -> Option<&str> {
    let is_mixed = word.text.contains(|c: char| !c.is_numeric());
    let runs = word.text.split(|c: char| !c.is_numeric());
    let longest = runs.max_by_key(|run| run.len())?;
    (is_mixed && longest.chars().count() >= SHORTEST_NUMBER).then_some(longest)
}

/// Puts a [`GAP`] in the place of a word that occurred too often already.
pub fn replace_frequent(tokens: &mut [String], most: usize) {
    if tokens.len() <= most {
        return;
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    for token in tokens.iter_mut().filter(|token| *token != GAP) {
        let count = seen.entry(token.clone()).or_default();
        *count += 1;
        if *count > most {
            GAP.clone_into(token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str) -> String {
        tokens(text, Limits::BODY).join(" ")
    }

    #[test]
    fn words_come_in_order_and_numbers_inside_them_at_the_end() {
        for (text, expected) in [
            ("", ""),
            ("Rechnung über 12,50 €", "rechnung uber 12 50"),
            ("Jo.Smith+x@Example.com", "jo smith x example com"),
            (
                "Ticket RE123456, INV-2024-17",
                "ticket re123456 inv 2024 17 \u{a6} 123456",
            ),
            ("a1 b22", "a1 b22"),
            ("can't O\u{2019}Neil", "can t o neil"),
            ("東京都 hotel", "東京 京都 都 hotel"),
            ("한국어", "한국 국어 어"),
            ("iPhone15を買う", "iphone15 を買 買う う"),
            ("हिन्दी", "हिन्दी"),
            ("hi👍🏽there 🇩🇪", "hi 👍 there 🇩 🇪"),
            ("½ kg", "1 2 kg"),
            ("a\u{0}b\u{a6}c", "a b c"),
            ("snake_case", "snake case"),
        ] {
            assert_eq!(joined(text), expected, "{text}");
        }
    }

    #[test]
    fn the_rest_of_a_very_long_text_is_not_read() {
        let limits = Limits {
            bytes: 3,
            ..Limits::BODY
        };
        let far = |blanks: usize| tokens(&format!("{}ab", " ".repeat(blanks)), limits);
        assert_eq!(far(READ * 3 - 2), ["ab"]);
        assert!(far(READ * 3).is_empty());
        assert!(tokens(&"\u{20ac}".repeat(9), limits).is_empty());
    }

    #[test]
    fn long_texts_and_frequent_words_are_cut() {
        let most = Limits::BODY.occurrences;
        let found = tokens(&"again ".repeat(most + 5), Limits::BODY);
        let again = found.iter().filter(|token| *token == "again").count();
        assert_eq!(again, most);
        assert_eq!(found.last().map(String::as_str), Some(GAP));
        let long: String = (0..Limits::BODY.tokens + 9)
            .map(|n| format!("{n} "))
            .collect();
        assert_eq!(tokens(&long, Limits::BODY).len(), Limits::BODY.tokens);
        let wide: String = (0..10_000)
            .map(|n| format!("{n}{} ", "x".repeat(59)))
            .collect();
        let bytes: usize = tokens(&wide, Limits::BODY)
            .iter()
            .map(|token| token.len() + 1)
            .sum();
        assert!((390_000..=400_000).contains(&bytes), "{bytes}");
        let one = &tokens(&"x".repeat(1_000), Limits::HEADING)[0];
        assert_eq!(one.len(), crate::words::LONGEST_WORD);
    }
}
