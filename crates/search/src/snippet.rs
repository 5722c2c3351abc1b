//! The part of a text that shows why it was found.

use std::ops::Range;

use crate::query::Term;
use crate::words::{Word, words};

/// How much text stands before the first hit, in characters.
const BEFORE: usize = 40;
/// How much of a text is searched for the best part, in characters.
const SEARCHED: usize = 20_000;

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

/// Returns where terms are in a text, in characters (Unicode scalar values), in order, without overlaps.
#[must_use]
pub fn hits_in(text: &str, terms: &[Term]) -> Vec<Range<usize>> {
    places_of_hits(&Places::of(text), &words(text), terms)
}

/// Returns the part of a text with the most hits, at most `longest` characters long. Without a hit in the first 20,000 characters it is the
/// beginning.
#[must_use]
pub fn snippet(text: &str, terms: &[Term], longest: usize) -> Snippet {
    let searched = text.char_indices().nth(SEARCHED);
    let words = words(&text[..searched.map_or(text.len(), |(end, _)| end)]);
    // Places in characters, because a cut must not tear one apart.
    let place = Places::of(text);
    let hits = places_of_hits(&place, &words, terms);
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
    let end = start.saturating_add(longest).min(place.count());
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

fn places_of_hits(place: &Places, words: &[Word], terms: &[Term]) -> Vec<Range<usize>> {
    let hits = merged(hits(words, terms)).into_iter();
    hits.map(|hit| place.at(hit.start)..place.at(hit.end))
        .collect()
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

/// Returns where the part with the most hits begins; if several have the most, the earliest. Some text stands before its first hit. The hits must be in
/// order, without overlaps.
fn best_start(hits: &[Range<usize>], longest: usize) -> usize {
    let begin = |first: &Range<usize>| first.start.saturating_sub(BEFORE);
    let (mut best, mut most, mut end) = (0, 0, 0);
    for (at, first) in hits.iter().enumerate() {
        let reach = begin(first).saturating_add(longest);
        // A later part also reaches further, so this goes through the hits only once.
        end = end.max(at);
        while hits.get(end).is_some_and(|hit| hit.end <= reach) {
            end += 1;
        }
        if end - at > most {
            (best, most) = (at, end - at);
        }
    }
    hits.get(best).map_or(0, begin)
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

    #[test]
    fn all_hits_of_a_text_are_found() {
        let filling = "12345 7890 ".repeat(5);
        let text = format!("{filling}now the invoice, Über {filling} INVOICE");
        let all: Vec<char> = text.chars().collect();
        let found: Vec<String> = hits_in(&text, &terms("invoice uber"))
            .into_iter()
            .map(|hit| all[hit].iter().collect())
            .collect();
        assert_eq!(found, ["invoice", "Über", "INVOICE"]);
        assert_eq!(hits_in(&text, &terms("invoice"))[0], 63..70);
        // A snippet without a limit must not fail either.
        let whole = snippet(&text, &terms("invoice"), usize::MAX);
        assert!(whole.is_cut_before && !whole.is_cut_after);
        assert_eq!(whole.hits.len(), 2);
    }

    #[test]
    fn a_text_of_hits_only_takes_no_longer_than_another() {
        // Comparing each hit with all others would take many minutes.
        let hits: Vec<_> = (0..1_000_000).map(|at| 2 * at..2 * at + 1).collect();
        assert_eq!(best_start(&hits, 20), 0);
    }

    #[test]
    fn hits_far_from_the_beginning_are_not_shown() {
        for (before, hits) in [(SEARCHED - 20, 1), (SEARCHED, 0)] {
            let text = format!("{}invoice", "ü ".repeat(before / 2));
            let snippet = snippet(&text, &terms("invoice"), 60);
            assert_eq!(snippet.hits.len(), hits, "{before}");
            assert_eq!(snippet.is_cut_before, hits == 1, "{before}");
        }
    }

    /// Finds the best part by trying all.
    fn naive_best_start(hits: &[Range<usize>], longest: usize) -> usize {
        let begin = |first: &Range<usize>| first.start.saturating_sub(BEFORE);
        let count = |first: &Range<usize>| {
            let later = hits.iter().filter(|hit| hit.start >= first.start);
            later
                .filter(|hit| hit.end <= begin(first) + longest)
                .count()
        };
        let best = hits.iter().rev().max_by_key(|hit| count(hit));
        best.map_or(0, begin)
    }

    proptest! {
        #[test]
        fn the_best_part_has_the_most_hits(
            gaps in proptest::collection::vec((0_usize..60, 1_usize..20), 0..40),
            longest in 1_usize..120,
        ) {
            let mut at = 0;
            let hits: Vec<_> = gaps
                .into_iter()
                .map(|(gap, length)| {
                    let start = at + gap;
                    at = start + length;
                    start..at
                })
                .collect();
            prop_assert_eq!(best_start(&hits, longest), naive_best_start(&hits, longest));
        }

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
