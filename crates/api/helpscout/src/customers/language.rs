//! The query language of the list of customers (contract section 9.2): `(field:value)` with `AND`, `OR`, `NOT`, phrases,
//! grouped values and ranges of `modifiedAt`.
//!
//! Conditions beside each other must all hold. Operators are in capitals; names of fields may be in any case. The first fault
//! refuses the query.

use heddle_domain::Timestamp;
use heddle_domain::customer::normalise_email;
use heddle_store::read::customer_list::Condition;

use crate::lexis::{self, DEEPEST, MOST_CONDITIONS, is_quote, joined, short};
use crate::time;

#[derive(Clone, Copy, Debug)]
enum Field {
    FirstName,
    LastName,
    Email,
    EmailDomain,
    ModifiedAt,
}

/// The fields, in lower case. An older page of the vendor calls the last one `modifiedSince`.
const FIELDS: [(&str, Field); 6] = [
    ("firstname", Field::FirstName),
    ("lastname", Field::LastName),
    ("email", Field::Email),
    ("emaildomain", Field::EmailDomain),
    ("modifiedat", Field::ModifiedAt),
    ("modifiedsince", Field::ModifiedAt),
];

/// A part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token<'q> {
    Open,
    Close,
    Colon,
    Word(&'q str),
    Phrase(String),
    /// The two ends of a range.
    Range(&'q str, &'q str),
}

/// Reads a query.
///
/// # Errors
/// Returns what is wrong, as a text for the client.
pub(crate) fn parse(text: &str) -> Result<Condition, String> {
    lexis::must_not_be_long(text)?;
    let mut reader = Reader {
        tokens: tokens(text)?,
        at: 0,
        conditions: 0,
    };
    if reader.tokens.is_empty() {
        return Ok(Condition::none());
    }
    let found = reader.either(None, 0)?;
    match reader.next() {
        None => Ok(found),
        Some(token) => Err(format!("{} is not expected here", shown(&token))),
    }
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        let (token, left) = match first {
            '(' => (Token::Open, after),
            ')' => (Token::Close, after),
            ':' => (Token::Colon, after),
            '[' => {
                let (range, left) = after.split_once(']').ok_or("']' is missing")?;
                let ends = range.split_once(" TO ");
                let (from, to) = ends.ok_or("a range is written [from TO to]")?;
                (Token::Range(from.trim(), to.trim()), left)
            }
            c if is_quote(c) => {
                let (phrase, left) = lexis::phrase(after)?;
                (Token::Phrase(phrase), left)
            }
            _ => {
                // After the colon that ends the name of a field, a value may contain colons.
                let is_value = tokens.last() == Some(&Token::Colon);
                let ends = |c: char| {
                    c.is_whitespace()
                        || is_quote(c)
                        || matches!(c, '(' | ')' | '[')
                        || (c == ':' && !is_value)
                };
                let end = rest.find(ends).unwrap_or(rest.len());
                (Token::Word(&rest[..end]), &rest[end..])
            }
        };
        tokens.push(token);
        rest = left.trim_start();
    }
    Ok(tokens)
}

struct Reader<'q> {
    tokens: Vec<Token<'q>>,
    at: usize,
    conditions: usize,
}

type Parsed = Result<Condition, String>;

impl<'q> Reader<'q> {
    fn peek(&self) -> Option<&Token<'q>> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token<'q>> {
        let token = self.peek().cloned();
        self.at += 1;
        token
    }

    /// Takes a token if it is the next one.
    fn takes(&mut self, token: &Token<'_>) -> bool {
        let is_next = self.peek() == Some(token);
        self.at += usize::from(is_next);
        is_next
    }

    /// Conditions with `OR` between them. With a field, values of this field.
    fn either(&mut self, field: Option<Field>, depth: usize) -> Parsed {
        let mut parts = vec![self.all(field, depth)?];
        while self.takes(&Token::Word("OR")) {
            parts.push(self.all(field, depth)?);
        }
        Ok(joined(parts, Condition::Any))
    }

    /// Conditions beside each other, perhaps with `AND` between them.
    fn all(&mut self, field: Option<Field>, depth: usize) -> Parsed {
        let mut parts = vec![self.negated(field, depth)?];
        loop {
            let is_joined = self.takes(&Token::Word("AND"));
            let ends = matches!(self.peek(), None | Some(Token::Close | Token::Word("OR")));
            if ends && !is_joined {
                return Ok(joined(parts, Condition::All));
            }
            parts.push(self.negated(field, depth)?);
        }
    }

    fn negated(&mut self, field: Option<Field>, depth: usize) -> Parsed {
        if depth > DEEPEST {
            return Err(format!("has more than {DEEPEST} levels"));
        }
        if self.takes(&Token::Word("NOT")) {
            let inner = self.negated(field, depth + 1)?;
            return Ok(Condition::Not(Box::new(inner)));
        }
        if self.takes(&Token::Open) {
            let inner = self.either(field, depth + 1)?;
            return match self.takes(&Token::Close) {
                true => Ok(inner),
                false => Err("')' is missing".into()),
            };
        }
        match field {
            Some(field) => self.value(field),
            None => self.field(depth),
        }
    }

    /// One `field:value`.
    fn field(&mut self, depth: usize) -> Parsed {
        let name = match self.next() {
            None => return Err("a condition is missing at the end".into()),
            Some(Token::Word(name)) => name,
            Some(token) => return Err(format!("{} is not expected here", shown(&token))),
        };
        if !self.takes(&Token::Colon) {
            return Err(format!("'{}' needs a field, such as email:x", short(name)));
        }
        let known = |(known, _): &&(&str, Field)| *known == name.to_ascii_lowercase();
        let Some((_, field)) = FIELDS.iter().find(known) else {
            return Err(format!("the field '{}' is not known", short(name)));
        };
        match self.takes(&Token::Open) {
            true => {
                let inner = self.either(Some(*field), depth + 1)?;
                match self.takes(&Token::Close) {
                    true => Ok(inner),
                    false => Err("')' is missing".into()),
                }
            }
            false => self.value(*field),
        }
    }

    /// One value of a field: a word, a phrase or a range.
    fn value(&mut self, field: Field) -> Parsed {
        self.conditions += 1;
        if self.conditions > MOST_CONDITIONS {
            return Err(format!("has more than {MOST_CONDITIONS} conditions"));
        }
        match self.next() {
            Some(Token::Word(word @ ("AND" | "OR" | "NOT"))) => {
                Err(format!("a value is missing before {word}"))
            }
            Some(Token::Word(word)) => condition(field, word),
            Some(Token::Phrase(phrase)) => condition(field, &phrase),
            Some(Token::Range(from, to)) => range(field, from, to),
            Some(token) => Err(format!("{} is not expected here", shown(&token))),
            None => Err("a value is missing at the end".into()),
        }
    }
}

fn condition(field: Field, value: &str) -> Parsed {
    let nothing = || Condition::Any(Vec::new());
    Ok(match field {
        Field::FirstName => Condition::FirstName(value.to_owned()),
        Field::LastName => Condition::LastName(value.to_owned()),
        Field::Email => normalise_email(value).map_or_else(nothing, Condition::Email),
        Field::EmailDomain => {
            let domain = value.trim().trim_start_matches('@').to_lowercase();
            match domain.is_empty() {
                true => nothing(),
                false => Condition::EmailDomain(domain),
            }
        }
        Field::ModifiedAt => Condition::Changed(instant(value)?, Timestamp(i64::MAX)),
    })
}

/// `[from TO to]`, both included; `*` is open.
fn range(field: Field, from: &str, to: &str) -> Parsed {
    if !matches!(field, Field::ModifiedAt) {
        return Err("only modifiedAt has ranges".into());
    }
    let end = |text: &str, open: i64| match text.trim_matches(is_quote) {
        "*" => Ok(Timestamp(open)),
        text => instant(text),
    };
    let to = match end(to, i64::MAX)? {
        Timestamp(i64::MAX) => Timestamp(i64::MAX),
        // Times are shown in whole seconds, so the whole second is included.
        Timestamp(to) => Timestamp(to.saturating_add(999)),
    };
    Ok(Condition::Changed(end(from, i64::MIN)?, to))
}

fn instant(text: &str) -> Result<Timestamp, String> {
    let text = text.trim().replace(' ', "+");
    time::parse(&text).map_err(|_| format!("'{}' is not a date-time", short(&text)))
}

fn shown(token: &Token<'_>) -> String {
    match token {
        Token::Open => "'('".into(),
        Token::Close => "')'".into(),
        Token::Colon => "':'".into(),
        Token::Word(word) => format!("'{}'", short(word)),
        Token::Phrase(phrase) => format!("\"{}\"", short(phrase)),
        Token::Range(..) => "a range".into(),
    }
}

#[cfg(test)]
mod tests {
    use Condition::*;
    use proptest::prelude::*;

    use super::*;

    fn first(name: &str) -> Condition {
        FirstName(name.to_owned())
    }

    fn email(email: &str) -> Condition {
        Email(email.to_owned())
    }

    #[test]
    fn the_grammar_of_the_contract_is_read() {
        let at = |text: &str| instant(text).expect("a time");
        let last = || LastName("Quill".into());
        let end = Timestamp(i64::MAX);
        for (text, expected) in [
            ("", Condition::none()),
            ("firstName:Ada", first("Ada")),
            ("(firstName:\"Ada May\")", first("Ada May")),
            ("(FIRSTNAME:\u{201c}Ada\u{201d})", first("Ada")),
            (
                "firstName:Ada AND lastName:Quill",
                All(vec![first("Ada"), last()]),
            ),
            (
                "firstName:Ada lastName:Quill",
                All(vec![first("Ada"), last()]),
            ),
            ("NOT firstName:Ada", Not(Box::new(first("Ada")))),
            (
                "firstName:Ada OR lastName:Quill AND NOT email:a@x",
                Any(vec![
                    first("Ada"),
                    All(vec![last(), Not(Box::new(email("a@x")))]),
                ]),
            ),
            (
                "email:(\"A@x\" OR \"b@x\")",
                Any(vec![email("a@x"), email("b@x")]),
            ),
            ("email:nobody", Any(Vec::new())),
            ("emailDomain:Example.com", EmailDomain("example.com".into())),
            (
                "(modifiedAt:[2026-01-01T00:00:00Z TO *])",
                Changed(at("2026-01-01T00:00:00Z"), end),
            ),
            (
                "modifiedSince:\"2026-01-01T00:00:00Z\"",
                Changed(at("2026-01-01T00:00:00Z"), end),
            ),
            (
                "modifiedAt:2026-01-01T00:00:00Z",
                Changed(at("2026-01-01T00:00:00Z"), end),
            ),
            (
                "modifiedAt:[* TO 2026-01-01T00:00:00Z]",
                Changed(
                    Timestamp(i64::MIN),
                    Timestamp(at("2026-01-01T00:00:00Z").0 + 999),
                ),
            ),
            ("firstName:\"a \\\" b\"", first("a \" b")),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn faults_are_named() {
        for (text, fault) in [
            ("color:red", "the field 'color' is not known"),
            ("Ada", "'Ada' needs a field, such as email:x"),
            ("firstName:", "a value is missing at the end"),
            ("firstName:Ada AND", "a condition is missing at the end"),
            ("(firstName:Ada", "')' is missing"),
            ("firstName:Ada)", "')' is not expected here"),
            (
                "firstName:\"Ada",
                "a quote is missing at the end of a phrase",
            ),
            ("firstName:[a TO b]", "only modifiedAt has ranges"),
            ("modifiedAt:[a", "']' is missing"),
            ("modifiedAt:[a b]", "a range is written [from TO to]"),
            ("modifiedAt:soon", "'soon' is not a date-time"),
            ("firstName:OR", "a value is missing before OR"),
        ] {
            assert_eq!(parse(text), Err(fault.to_owned()), "{text}");
        }
        let deep = "(".repeat(DEEPEST + 2) + "firstName:Ada";
        assert!(parse(&deep).is_err());
        let many = "firstName:a ".repeat(MOST_CONDITIONS + 1);
        assert!(parse(&many).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "[ a-c\"\u{201c}():\\[\\]*\\\\@ANDORTemail\u{e4}]{0,60}") {
            let _ = parse(&text);
        }
    }
}
