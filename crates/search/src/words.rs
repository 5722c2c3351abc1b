//! Splits texts into words: what is searched for, and what is found.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use crate::fold::{fold, is_invisible};

/// The maximum length of a word in characters. The rest of a longer one is left out, in texts and in queries alike.
pub const LONGEST_WORD: usize = 64;

/// A word of a text. Its position is its place in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The folded word. It contains only letters, digits, marks and symbols such as emoji.
    pub text: String,
    /// Where the text has it, in bytes.
    pub range: Range<usize>,
    pub(crate) kind: Kind,
}

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A word as its script writes it.
    Whole,
    /// Two neighbours in a script that writes no spaces between words.
    Pair,
    /// The last character of a run of such a script; `first` if the run has no other.
    Last { is_first: bool },
}

/// Splits a text into words.
///
/// A word is a run of letters, digits and their marks; a symbol such as an emoji is a word of its own. Scripts without spaces
/// between words (Chinese, Japanese, Thai, ...), and Korean, whose words have endings, are split into pairs of neighbours: `東京都`
/// is `東京`, `京都`, `都`. So every part of such a text can be found. An e-mail address or a number such as `INV-2024-17` is
/// several words, and is found as a phrase.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut run: Option<(Class, Vec<Range<usize>>)> = None;
    for (at, c) in text.char_indices() {
        let here = at..at + c.len_utf8();
        let class = Class::of(c);
        match (&mut run, class) {
            (Some((_, units)), Class::Joined) => {
                if let Some(last) = units.last_mut() {
                    last.end = here.end;
                }
            }
            (Some((current, units)), _) if *current == class && class != Class::Symbol => {
                units.push(here);
            }
            (_, Class::Joined) => {}
            (_, Class::Between) => add_run(&mut words, text, run.take()),
            _ => {
                add_run(&mut words, text, run.take());
                run = Some((class, vec![here]));
            }
        }
    }
    add_run(&mut words, text, run);
    words
}

/// What a character does in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// It is part of a word between spaces.
    Letter,
    /// It is part of a text that has no spaces between words.
    Unspaced,
    /// It is a word of its own.
    Symbol,
    /// It belongs to the character before it.
    Joined,
    /// It separates words.
    Between,
}

impl Class {
    fn of(c: char) -> Self {
        match c {
            _ if c.is_ascii_alphanumeric() => Self::Letter,
            _ if c.is_ascii() => Self::Between,
            // Voiced sound marks of half-width kana, and the second and third parts of a Korean syllable.
            '\u{ff9e}' | '\u{ff9f}' | '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7fb}' => {
                Self::Joined
            }
            _ if is_combining_mark(c) || is_invisible(c) => Self::Joined,
            _ if is_unspaced(c) => Self::Unspaced,
            _ if c.is_alphanumeric() => Self::Letter,
            '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' => {
                Self::Symbol
            }
            _ => Self::Between,
        }
    }
}

/// Whether the character's script has no spaces between words, or words with many endings (Korean).
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{115f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{3131}'..='\u{318e}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9d}' | '\u{20000}'..='\u{3fffd}')
        && c.is_alphanumeric()
}

fn add_run(words: &mut Vec<Word>, text: &str, run: Option<(Class, Vec<Range<usize>>)>) {
    let Some((class, units)) = run else { return };
    let (Some(first), Some(last)) = (units.first(), units.last()) else {
        return;
    };
    match class {
        Class::Unspaced => add_pairs(words, text, &units),
        _ => add_word(
            words,
            &text[first.start..last.end],
            first.start..last.end,
            Kind::Whole,
        ),
    }
}

fn add_pairs(words: &mut Vec<Word>, text: &str, units: &[Range<usize>]) {
    for pair in units.windows(2) {
        let range = pair[0].start..pair[1].end;
        add_word(words, &text[range.clone()], range, Kind::Pair);
    }
    if let Some(last) = units.last() {
        let kind = Kind::Last {
            is_first: units.len() == 1,
        };
        add_word(words, &text[last.clone()], last.clone(), kind);
    }
}

/// Adds a word, or several if folding makes a phrase of it.
fn add_word(words: &mut Vec<Word>, spelling: &str, range: Range<usize>, kind: Kind) {
    let folded = fold(spelling);
    let is_between = |c: char| Class::of(c) == Class::Between;
    for part in folded.split(is_between).filter(|part| !part.is_empty()) {
        words.push(Word {
            text: part.chars().take(LONGEST_WORD).collect(),
            range: range.clone(),
            kind,
        });
    }
}
