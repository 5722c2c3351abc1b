//! What the index is asked: terms and properties, and how each engine writes them.

use heddle_domain::id::ConversationId;
use heddle_search::query::Term;

use super::document::Section;
use super::pairs::pairs;
use super::property::{Property, initial, is_indexed};

/// A query that the index alone can answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Terms {
    /// Every document.
    All,
    /// No document.
    None,
    /// A section contains words that are neighbours, the last one perhaps only as the beginning of a word.
    Words {
        /// `None`: any section; with `but_customer`, any but the customer's.
        section: Option<SectionKey>,
        but_customer: bool,
        words: Vec<String>,
        is_prefix: bool,
    },
    /// The document has this token, whatever its section.
    Token(String),
    /// All of these. At least two.
    And(Vec<Self>),
    /// One of these. At least two.
    Or(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
}

/// Stands between the words of a phrase in PostgreSQL's queries; no word contains it.
pub(crate) const BESIDE: &str = " <-> ";
/// How the token of a conversation begins.
const CONVERSATION: &str = "\u{a6}v";

/// A section by its place in [`Section::ALL`].
pub(crate) type SectionKey = usize;

/// The names of the sections in SQLite's index, in the order of [`Section::ALL`].
const COLUMNS: [&str; 5] = ["body", "subject", "customer", "sender", "recipient"];
/// The weights of the sections in PostgreSQL's index. It has only four.
const WEIGHTS: [char; 5] = ['D', 'A', 'B', 'C', 'C'];

impl Section {
    pub(crate) fn key(self) -> SectionKey {
        Self::ALL
            .iter()
            .position(|other| *other == self)
            .unwrap_or(0)
    }

    /// The weight of the section in PostgreSQL's index.
    pub(crate) fn weight(self) -> char {
        WEIGHTS[self.key()]
    }

    /// The mark of the section's words in the index, beside the words themselves. To ask for a column or a weight would make the engine
    /// read the places of the word in every document; the body has only its column and its weight.
    pub(crate) fn mark(self) -> Option<&'static str> {
        mark(self.key())
    }
}

fn mark(section: SectionKey) -> Option<&'static str> {
    match section {
        1 => Some("\u{a6}s"),
        2 => Some("\u{a6}c"),
        3 => Some("\u{a6}f"),
        4 => Some("\u{a6}t"),
        _ => None,
    }
}

impl Terms {
    pub(crate) fn property(property: Property) -> Self {
        Self::Token(property.token())
    }

    /// The documents of some conversations.
    pub(crate) fn of_conversations(ids: &[ConversationId]) -> Self {
        let tokens = ids
            .iter()
            .map(|id| Self::property(Property::Conversation(*id)));
        Self::any(tokens.collect())
    }

    /// Whether only documents of named conversations fulfil the query.
    pub(crate) fn name_conversations(&self) -> bool {
        match self {
            Self::Token(token) => token.starts_with(CONVERSATION),
            Self::And(parts) => parts.iter().any(Self::name_conversations),
            Self::Or(parts) => parts.iter().all(Self::name_conversations),
            Self::All | Self::None | Self::Words { .. } | Self::Not(_) => false,
        }
    }

    /// A term in one section, or in any.
    pub(crate) fn words(section: Option<Section>, term: &Term, but_customer: bool) -> Self {
        let only = |word: &str| {
            let mut letters = word.chars();
            let letter = letters.next()?;
            (letters.next().is_none() && is_indexed(letter)).then_some(letter)
        };
        // The beginning of a word that is a single letter has a token of its own.
        let words = match &term.words[..] {
            [word] if term.is_prefix => only(word).map(|letter| vec![initial(letter)]),
            _ => None,
        };
        let is_prefix = term.is_prefix && words.is_none();
        Self::Words {
            section: section.map(Section::key),
            but_customer: but_customer && section.is_none(),
            words: words.unwrap_or_else(|| term.words.clone()),
            is_prefix,
        }
    }

    /// All of some queries.
    pub(crate) fn all(parts: Vec<Self>) -> Self {
        if parts.contains(&Self::None) {
            return Self::None;
        }
        let mut parts: Vec<_> = parts
            .into_iter()
            .filter(|part| *part != Self::All)
            .collect();
        match parts.len() {
            0 => Self::All,
            1 => parts.remove(0),
            _ => Self::And(parts),
        }
    }

    /// One of some queries.
    pub(crate) fn any(parts: Vec<Self>) -> Self {
        if parts.contains(&Self::All) {
            return Self::All;
        }
        let flat = parts.into_iter().flat_map(|part| match part {
            Self::Or(inner) => inner,
            part => vec![part],
        });
        let mut parts: Vec<_> = flat.filter(|part| *part != Self::None).collect();
        match parts.len() {
            0 => Self::None,
            1 => parts.remove(0),
            _ => Self::Or(parts),
        }
    }

    /// The opposite of a query.
    pub(crate) fn not(part: Self) -> Self {
        match part {
            Self::All => Self::None,
            Self::None => Self::All,
            Self::Not(inner) => *inner,
            part => Self::Not(Box::new(part)),
        }
    }

    /// Returns the query as SQLite's full-text index takes it; `None` if it finds nothing.
    pub(crate) fn fts5(&self) -> Option<String> {
        (*self != Self::None).then(|| self.match_text())
    }

    fn match_text(&self) -> String {
        match self {
            Self::All | Self::None => every_document(),
            Self::Token(token) => format!("\"{token}\""),
            Self::Words {
                section,
                but_customer,
                words,
                is_prefix,
            } => {
                let mark = section.and_then(mark).unwrap_or_default();
                let filter = match (section, but_customer) {
                    (Some(_), _) if !mark.is_empty() => String::new(),
                    (Some(section), _) => format!("{{{}}} : ", COLUMNS[*section]),
                    (None, true) => "- {customer} : ".to_owned(),
                    (None, false) => String::new(),
                };
                let star = if *is_prefix { " *" } else { "" };
                let words: Vec<_> = words.iter().map(|word| format!("{mark}{word}")).collect();
                format!("{filter}\"{}\"{star}", words.join(" "))
            }
            // NOT stands between two queries there, so the others come first.
            Self::And(parts) => {
                let (not, others): (Vec<_>, Vec<_>) =
                    parts.iter().partition(|part| matches!(part, Self::Not(_)));
                let others: Vec<_> = others.iter().map(|part| part.match_text()).collect();
                let not: Vec<_> = not.iter().filter_map(|part| part.inner()).collect();
                let mut text = match others.is_empty() {
                    true => every_document(),
                    false => others.join(" AND "),
                };
                // NOT binds more than AND, so it stands for the last of the others only, which is the same.
                if !not.is_empty() {
                    text = format!("{text} NOT {}", bracketed(&not.join(" OR ")));
                }
                bracketed(&text)
            }
            Self::Or(parts) => {
                let parts: Vec<_> = parts.iter().map(Self::match_text).collect();
                joined(&parts, " OR ")
            }
            Self::Not(inner) => format!("({} NOT {})", every_document(), inner.match_text()),
        }
    }

    fn inner(&self) -> Option<String> {
        match self {
            Self::Not(inner) => Some(inner.match_text()),
            _ => None,
        }
    }

    /// Returns the query as PostgreSQL's full-text index takes it, for the documents with `token`; `None` if it finds nothing, and
    /// an empty text if it finds every document.
    pub(crate) fn tsquery(&self, token: &str) -> Option<String> {
        let of_account = format!("'{token}'");
        match self {
            Self::None => None,
            Self::All => Some(String::new()),
            other => Some(format!("{of_account} & {}", other.query_text())),
        }
    }

    fn query_text(&self) -> String {
        match self {
            Self::All | Self::None => {
                let classes = Property::CLASSES.map(|class| format!("'{}'", class.token()));
                joined(&classes, " | ")
            }
            Self::Token(token) => format!("'{token}'"),
            Self::Words {
                section,
                but_customer,
                words,
                is_prefix,
            } => phrase(*section, *but_customer, words, *is_prefix),
            Self::And(parts) => {
                let parts: Vec<_> = parts.iter().map(Self::query_text).collect();
                joined(&parts, " & ")
            }
            Self::Or(parts) => {
                let parts: Vec<_> = parts.iter().map(Self::query_text).collect();
                joined(&parts, " | ")
            }
            Self::Not(inner) => format!("!{}", bracketed(&inner.query_text())),
        }
    }
}

/// Returns the phrase of a term for PostgreSQL.
fn phrase(
    section: Option<SectionKey>,
    but_customer: bool,
    words: &[String],
    is_prefix: bool,
) -> String {
    let mark = section.and_then(mark).unwrap_or_default();
    let weights = match (section, but_customer) {
        (Some(_), _) if !mark.is_empty() => String::new(),
        (Some(section), _) => WEIGHTS[section].to_string(),
        (None, true) => "ACD".to_owned(),
        (None, false) => String::new(),
    };
    let last = words.len().saturating_sub(1);
    // Only whole words have pairs.
    let whole = if is_prefix { &words[..last] } else { words };
    let pairs = pairs(whole).into_iter().map(|pair| format!("'{pair}'"));
    let lexeme = |(at, word): (usize, &String)| {
        let star = if is_prefix && at == last { "*" } else { "" };
        match (star, weights.as_str()) {
            ("", "") => format!("'{mark}{word}'"),
            (star, weights) => format!("'{mark}{word}':{star}{weights}"),
        }
    };
    let lexemes: Vec<_> = words.iter().enumerate().map(lexeme).collect();
    let mut parts: Vec<_> = pairs.collect();
    parts.push(joined(&lexemes, BESIDE));
    joined(&parts, " & ")
}

/// Returns the query for every document.
fn every_document() -> String {
    let classes = Property::CLASSES.map(|class| format!("\"{}\"", class.token()));
    joined(&classes, " OR ")
}

fn joined(parts: &[String], by: &str) -> String {
    match parts {
        [one] => one.clone(),
        _ => bracketed(&parts.join(by)),
    }
}

fn bracketed(text: &str) -> String {
    format!("({text})")
}
