//! What an index stores of a text.

use std::collections::HashMap;

use crate::words::{Word, words};

/// The maximum number of tokens of one text. PostgreSQL knows no positions above 16,383 in a document, and a document can have
/// several texts. What comes later in a text is not found.
pub const MOST_TOKENS: usize = 12_000;
/// How often the same word of one text is indexed. PostgreSQL drops further positions of a word in silence, so both engines leave
/// them out here: a phrase with the word is found only at its first places.
pub const MOST_OCCURRENCES: usize = 200;
/// A number with at least this many digits inside a word, as in `RE123456`, is a token of its own.
const SHORTEST_NUMBER: usize = 3;
/// Stands where no phrase may go on. No word contains it.
pub const GAP: &str = "\u{a6}";

/// Returns the tokens of a text in order: its words, then the numbers inside words, each after a [`GAP`].
///
/// A phrase is found where its words are neighbours in this list. Both engines store exactly this list.
#[must_use]
pub fn tokens(text: &str) -> Vec<String> {
    let words = words(text);
    let numbers: Vec<_> = words
        .iter()
        .filter_map(number_inside)
        .map(str::to_owned)
        .collect();
    let mut tokens: Vec<String> = words.into_iter().map(|word| word.text).collect();
    for number in numbers {
        tokens.extend([GAP.to_owned(), number]);
    }
    tokens.truncate(MOST_TOKENS);
    replace_frequent(&mut tokens);
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
fn replace_frequent(tokens: &mut [String]) {
    if tokens.len() <= MOST_OCCURRENCES {
        return;
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    for token in tokens.iter_mut() {
        let count = seen.entry(token.clone()).or_default();
        *count += 1;
        if *count > MOST_OCCURRENCES {
            GAP.clone_into(token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str) -> String {
        tokens(text).join(" ")
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
    fn long_texts_and_frequent_words_are_cut() {
        let text = "again ".repeat(MOST_OCCURRENCES + 5);
        let tokens = tokens(&text);
        assert_eq!(
            tokens.iter().filter(|token| *token == "again").count(),
            MOST_OCCURRENCES
        );
        assert_eq!(tokens.last().map(String::as_str), Some(GAP));
        let long: String = (0..MOST_TOKENS + 9).map(|n| format!("{n} ")).collect();
        assert_eq!(super::tokens(&long).len(), MOST_TOKENS);
        assert_eq!(
            super::tokens(&"x".repeat(1_000))[0].len(),
            crate::words::LONGEST_WORD
        );
    }
}
