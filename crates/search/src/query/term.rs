//! Words that a text must contain.

use crate::words::{Kind, words};

/// Words that must occur as neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The folded words, as `document::tokens` makes them. At least one.
    pub words: Vec<String>,
    /// Whether the last word is only the beginning of a word.
    pub is_prefix: bool,
}

impl Term {
    /// Returns the term of a text; `None` if the text has no words.
    #[must_use]
    pub fn of(text: &str, is_prefix: bool) -> Option<Self> {
        let mut found = words(text);
        // Where a run of characters ends in the query, it may go on in the text: `東京` is found in `東京都`.
        let is_open = match found.last()?.kind {
            Kind::Last { is_first: true } => true,
            Kind::Last { is_first: false } => {
                found.pop();
                false
            }
            Kind::Whole | Kind::Pair => is_prefix,
        };
        Some(Self {
            words: found.into_iter().map(|word| word.text).collect(),
            is_prefix: is_open,
        })
    }

    /// Whether a list of tokens contains the term. For tests and for snippets; the engines have indexes.
    #[must_use]
    pub fn occurs_in<'a>(&self, tokens: impl IntoIterator<Item = &'a str>) -> bool {
        let tokens: Vec<_> = tokens.into_iter().collect();
        tokens
            .windows(self.words.len())
            .any(|window| self.fits(window))
    }

    /// Whether neighbouring tokens, as many as the term has, are the term.
    pub(crate) fn fits(&self, window: &[&str]) -> bool {
        let last = self.words.len() - 1;
        self.words
            .iter()
            .zip(window)
            .enumerate()
            .all(|(at, (word, token))| match self.is_prefix && at == last {
                true => token.starts_with(word.as_str()),
                false => token == word,
            })
    }
}
