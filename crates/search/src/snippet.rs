//! The part of a text that shows why it was found.

use std::ops::Range;

use crate::query::Term;
use crate::words::{Word, words};

/// How much text stands before the first hit, in characters.
const BEFORE: usize = 40;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The text. It is plain text, even where it looks like HTML.
    pub text: String,
    /// Whether the whole text goes on before the snippet.
    pub is_cut_before: bool,
    /// Whether the whole text goes on after the snippet.
    pub is_cut_after: bool,
    /// Where the terms are in the snippet, in characters (Unicode scalar values), in order, without overlaps.
    pub hits: Vec<Range<usize>>,
}

/// Returns the part of a text with the most hits, at most `longest` characters long. Without a hit it is the beginning.
#[must_use]
pub fn snippet(text: &str, terms: &[Term], longest: usize) -> Snippet {
    let words = words(text);
    let hits = merged(hits(&words, terms));
    // Places in characters, because a cut must not tear one apart.
    let place = Places::of(text);
    let hits: Vec<_> = hits
        .into_iter()
        .map(|hit| place.at(hit.start)..place.at(hit.end))
        .collect();
    let start = best_start(&hits, longest);
    let starts_at_word = |word: &Word| place.at(word.range.start);
    // Begins with a word, if one begins near.
    let start = words
        .iter()
        .map(starts_at_word)
        .find(|at| (start..start + BEFORE).contains(at))
        .unwrap_or(start);
    let start = match hits.iter().find(|hit| hit.end > start) {
        Some(hit) if hit.start < start => hit.start,
        _ if start <= BEFORE / 4 => 0,
        _ => start,
    };
    let end = (start + longest).min(place.count());
    let shown = hits
        .iter()
        .filter(|hit| hit.start >= start && hit.end <= end);
    Snippet {
        text: text.chars().skip(start).take(end - start).collect(),
        is_cut_before: start > 0,
        is_cut_after: end < place.count(),
        hits: shown
            .map(|hit| hit.start - start..hit.end - start)
            .collect(),
    }
}

/// Returns where the terms are in a text, in bytes.
fn hits(words: &[Word], terms: &[Term]) -> Vec<Range<usize>> {
    let tokens: Vec<_> = words.iter().map(|word| word.text.as_str()).collect();
    let mut hits = Vec::new();
    for term in terms {
        let length = term.words.len();
        for (at, window) in tokens.windows(length).enumerate() {
            if term.fits(window) {
                hits.push(words[at].range.start..words[at + length - 1].range.end);
            }
        }
    }
    hits
}

/// Sorts ranges, and joins those that overlap.
fn merged(mut hits: Vec<Range<usize>>) -> Vec<Range<usize>> {
    hits.sort_by_key(|hit| hit.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for hit in hits {
        match merged.last_mut() {
            Some(last) if hit.start < last.end => last.end = last.end.max(hit.end),
            _ => merged.push(hit),
        }
    }
    merged
}

/// Returns where the part with the most hits begins, with some text before its first hit.
fn best_start(hits: &[Range<usize>], longest: usize) -> usize {
    let count = |first: &Range<usize>| {
        let begin = first.start.saturating_sub(BEFORE);
        let fits = |hit: &&Range<usize>| hit.start >= first.start && hit.end <= begin + longest;
        hits.iter()
            .skip_while(|hit| hit.start < first.start)
            .take_while(fits)
            .count()
    };
    // The earliest of the best.
    let best = hits.iter().rev().max_by_key(|hit| count(hit));
    best.map_or(0, |hit| hit.start.saturating_sub(BEFORE))
}

/// The places of a text's characters in bytes.
struct Places(Vec<usize>);

impl Places {
    fn of(text: &str) -> Self {
        Self(text.char_indices().map(|(at, _)| at).collect())
    }

    /// Returns the number of the character that begins at a byte; the number of characters for the end.
    fn at(&self, byte: usize) -> usize {
        self.0.partition_point(|at| *at < byte)
    }

    fn count(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::query::{Expr, NATIVE, parse};

    fn terms(query: &str) -> Vec<Term> {
        let term = |expr: &Expr| match expr {
            Expr::Text(_, term) => Some(term.clone()),
            _ => None,
        };
        match parse(query, &NATIVE).expect("a query") {
            Expr::And(parts) => parts.iter().filter_map(term).collect(),
            one => term(&one).into_iter().collect(),
        }
    }

    /// Shows a snippet with brackets around its hits.
    fn shown(text: &str, query: &str, longest: usize) -> String {
        let snippet = snippet(text, &terms(query), longest);
        let mut shown = String::new();
        for (at, c) in snippet.text.chars().enumerate() {
            if snippet.hits.iter().any(|hit| hit.start == at) {
                shown.push('[');
            }
            shown.push(c);
            if snippet.hits.iter().any(|hit| hit.end == at + 1) {
                shown.push(']');
            }
        }
        let dots = |is_cut| if is_cut { "…" } else { "" };
        format!(
            "{}{shown}{}",
            dots(snippet.is_cut_before),
            dots(snippet.is_cut_after)
        )
    }

    #[test]
    fn a_snippet_shows_the_hits() {
        let long = format!(
            "{} the invoice of May, and one more invoice {}",
            "word ".repeat(40),
            "end ".repeat(40)
        );
        for (text, query, longest, expected) in [
            ("Grüße aus MÜNCHEN", "munchen", 100, "Grüße aus [MÜNCHEN]"),
            ("a <b>bold</b> move", "bold", 100, "a <b>[bold]</b> move"),
            ("nothing here", "munchen", 7, "nothing…"),
            ("東京都庁", "京都", 100, "東[京都]庁"),
            ("私は東京都庁です", "東京都庁", 100, "私は[東京都庁]です"),
            ("see inv-17, please", "INV-17", 100, "see [inv-17], please"),
            (
                &long,
                "invoice",
                80,
                "…word word word word word word word  the [invoice] of May, and one more [invoice] end…",
            ),
        ] {
            assert_eq!(shown(text, query, longest), expected, "{query}");
        }
    }

    proptest! {
        #[test]
        fn hits_lie_in_the_snippet(text in "[a-c東京ü .]{0,200}", longest in 1_usize..60) {
            let snippet = snippet(&text, &terms("a b* 東京 ü"), longest);
            let count = snippet.text.chars().count();
            prop_assert!(count <= longest);
            prop_assert!(text.contains(&snippet.text));
            let mut end = 0;
            for hit in &snippet.hits {
                prop_assert!(hit.start >= end && hit.start < hit.end && hit.end <= count);
                end = hit.end;
            }
        }
    }
}
