//! The query language of the list of conversations (contract section 6.2.1): `(field:value)` with `AND`, `OR`, `NOT`,
//! phrases, grouped values and ranges.
//!
//! Conditions beside each other must all hold. Operators are in capitals. Names of fields and words of status may be in any
//! case. A query is read as a whole: its first fault refuses the request.

use std::collections::BTreeSet;

use heddle_domain::customer::normalise_email;
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_domain::{Agent, CustomField, TagName, Timestamp};
use heddle_search::query::Term;
use heddle_store::read::principal::InboxView;
use heddle_store::read::selection::{Condition, Expr};

use crate::lexis::{self, DEEPEST, MOST_CONDITIONS, is_quote, joined, short};
use crate::time;

/// The words of `status`, each with the phases (`Status::phase`) that it selects.
pub(crate) const STATUSES: [(&str, &[i64]); 6] = [
    ("active", &[0]),
    ("all", &[0, 1, 2, 3]),
    ("closed", &[2]),
    ("open", &[0, 1]),
    ("pending", &[1]),
    ("spam", &[3]),
];
const SECOND_MS: i64 = 1_000;
const DAY_MS: i64 = 86_400_000;

/// Returns the phases of a status word.
fn phases(word: &str) -> Option<BTreeSet<i64>> {
    let found = STATUSES.iter().find(|(known, _)| *known == word);
    found.map(|(_, phases)| phases.iter().copied().collect())
}

/// What the names in a query stand for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'n> {
    pub(crate) inboxes: &'n [InboxView],
    pub(crate) agents: &'n [Agent],
    /// The custom fields that the request names.
    pub(crate) fields: &'n [CustomField],
}

/// Reads a query.
///
/// # Errors
/// Returns what is wrong, as a text for the client.
pub(crate) fn parse(text: &str, names: Names<'_>) -> Result<Expr, String> {
    lexis::must_not_be_long(text)?;
    let mut reader = Reader {
        rest: text,
        names,
        conditions: 0,
    };
    if reader.peek().is_none() {
        return Ok(Expr::All(Vec::new()));
    }
    let expr = reader.either(&Reader::field, 0)?;
    match reader.peek() {
        None => Ok(expr),
        Some(found) => Err(format!("'{found}' is not expected here")),
    }
}

/// The fields of a query.
#[derive(Clone, Copy, Debug)]
enum Field {
    Email,
    Tag,
    Number,
    Id,
    Subject,
    Body,
    MailboxName,
    MailboxId,
    CustomerIds,
    Assigned,
    Status,
    CreatedAt,
    ModifiedAt,
}

impl Field {
    const ALL: [(&'static str, Self); 13] = [
        ("email", Self::Email),
        ("tag", Self::Tag),
        ("number", Self::Number),
        ("id", Self::Id),
        ("subject", Self::Subject),
        ("body", Self::Body),
        ("mailboxname", Self::MailboxName),
        ("mailboxid", Self::MailboxId),
        ("customerids", Self::CustomerIds),
        ("assigned", Self::Assigned),
        ("status", Self::Status),
        ("createdat", Self::CreatedAt),
        ("modifiedat", Self::ModifiedAt),
    ];

    fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, field)| *field)
    }
}

type Parsed = Result<Expr, String>;

/// Reads one condition without operators. Gets the depth of parentheses around it.
type Primary<'r, 'n> = &'r dyn Fn(&mut Reader<'n>, usize) -> Parsed;

struct Reader<'n> {
    rest: &'n str,
    names: Names<'n>,
    conditions: usize,
}

const fn ends_word(c: char) -> bool {
    matches!(c, '(' | ')' | '[' | ']') || is_quote(c) || c.is_whitespace()
}

impl<'n> Reader<'n> {
    /// Returns the next character that is not a blank.
    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    /// Takes a character, if it is the next.
    fn takes(&mut self, wanted: char) -> bool {
        let is_next = self.peek() == Some(wanted);
        if is_next {
            self.rest = &self.rest[wanted.len_utf8()..];
        }
        is_next
    }

    /// Returns the next word up to a blank, a quote, a parenthesis or bracket; with `:` also up to a colon.
    fn word(&mut self, until_colon: bool) -> &'n str {
        self.rest = self.rest.trim_start();
        let ends = |c: char| ends_word(c) || (until_colon && c == ':');
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// Takes an operator, if it is the next word.
    fn operator(&mut self, name: &str) -> bool {
        self.rest = self.rest.trim_start();
        let Some(rest) = self.rest.strip_prefix(name) else {
            return false;
        };
        let is_whole = rest.chars().next().is_none_or(ends_word);
        if is_whole {
            self.rest = rest;
        }
        is_whole
    }

    /// Conditions with `OR` between them.
    fn either(&mut self, primary: Primary<'_, 'n>, depth: usize) -> Parsed {
        let mut parts = vec![self.all(primary, depth)?];
        while self.operator("OR") {
            parts.push(self.all(primary, depth)?);
        }
        Ok(joined(parts, Expr::Any))
    }

    /// Conditions beside each other, perhaps with `AND` between them.
    fn all(&mut self, primary: Primary<'_, 'n>, depth: usize) -> Parsed {
        let mut parts = vec![self.negated(primary, depth)?];
        loop {
            let is_joined = self.operator("AND");
            let before = self.rest;
            if !is_joined && (matches!(self.peek(), None | Some(')')) || self.operator("OR")) {
                self.rest = before;
                return Ok(joined(parts, Expr::All));
            }
            parts.push(self.negated(primary, depth)?);
        }
    }

    fn negated(&mut self, primary: Primary<'_, 'n>, depth: usize) -> Parsed {
        if depth > DEEPEST {
            return Err(format!("has more than {DEEPEST} levels"));
        }
        if self.operator("NOT") {
            let inner = self.negated(primary, depth + 1)?;
            return Ok(Expr::Not(Box::new(inner)));
        }
        if self.takes('(') {
            let inner = self.either(primary, depth + 1)?;
            return match self.takes(')') {
                true => Ok(inner),
                false => Err("')' is missing".into()),
            };
        }
        primary(self, depth)
    }

    /// One `field:value`.
    fn field(&mut self, depth: usize) -> Parsed {
        let name = self.word(true);
        if !self.rest.starts_with(':') {
            return Err(match (name, self.peek()) {
                ("", None) => "a condition is missing at the end".into(),
                ("", Some(found)) => format!("'{found}' is not expected here"),
                _ => format!("'{}' needs a field, such as subject:word", short(name)),
            });
        }
        let Some(field) = Field::parse(name) else {
            return Err(format!("the field '{}' is not known", short(name)));
        };
        self.rest = &self.rest[1..];
        if self.peek() == Some('(') {
            return self.negated(&move |reader, _| reader.value(field), depth + 1);
        }
        self.value(field)
    }

    /// One value of a field: a word, a phrase or a range.
    fn value(&mut self, field: Field) -> Parsed {
        self.conditions += 1;
        if self.conditions > MOST_CONDITIONS {
            return Err(format!("has more than {MOST_CONDITIONS} conditions"));
        }
        match self.peek() {
            Some('[') => self.range(field),
            Some(c) if is_quote(c) => {
                let phrase = self.phrase()?;
                self.condition(field, &phrase, true)
            }
            Some(_) => {
                let word = self.word(false);
                match word {
                    "" => Err("a value is missing".into()),
                    "AND" | "OR" | "NOT" => Err(format!("a value is missing before {word}")),
                    word => self.condition(field, word, false),
                }
            }
            None => Err("a value is missing at the end".into()),
        }
    }

    /// Text in quotes.
    fn phrase(&mut self) -> Result<String, String> {
        let mut after_quote = self.rest.chars();
        after_quote.next();
        let (phrase, rest) = lexis::phrase(after_quote.as_str())?;
        self.rest = rest;
        Ok(phrase)
    }

    /// `[from TO to]`, both included; `*` is open.
    fn range(&mut self, field: Field) -> Parsed {
        let condition: fn(Timestamp, Timestamp) -> Condition = match field {
            Field::CreatedAt => Condition::Started,
            Field::ModifiedAt => Condition::Changed,
            _ => return Err("only createdAt and modifiedAt have ranges".into()),
        };
        let Some((range, rest)) = self.rest[1..].split_once(']') else {
            return Err("']' is missing".into());
        };
        let Some((from, to)) = range.split_once(" TO ") else {
            return Err("a range is written [from TO to]".into());
        };
        self.rest = rest;
        let end = |text: &str| -> Result<Option<(Timestamp, Timestamp)>, String> {
            match text.trim().trim_matches(is_quote) {
                "*" => Ok(None),
                text => instant(text).map(Some),
            }
        };
        let from = end(from)?.map_or(Timestamp(i64::MIN), |(first, _)| first);
        let to = end(to)?.map_or(Timestamp(i64::MAX), |(_, last)| last);
        Ok(Expr::Is(condition(from, to)))
    }

    fn condition(&self, field: Field, value: &str, is_phrase: bool) -> Parsed {
        let nothing = || Expr::Any(Vec::new());
        let text = |to: fn(Term) -> Condition| {
            let (text, is_prefix) = match value.strip_suffix('*') {
                Some(beginning) if !is_phrase => (beginning, true),
                _ => (value, false),
            };
            Term::of(text, is_prefix).map_or_else(nothing, |term| Expr::Is(to(term)))
        };
        Ok(match field {
            Field::Email => normalise_email(value)
                .map_or_else(nothing, |email| Expr::Is(Condition::Email(email))),
            Field::Tag => TagName::parse(value)
                .map_or_else(nothing, |tag| Expr::Is(Condition::Tag([tag].into()))),
            Field::Number => Expr::Is(Condition::Number(number(value)?)),
            Field::Id => Expr::Is(Condition::Id(number(value)?)),
            Field::Subject => text(Condition::Subject),
            Field::Body => text(Condition::Body),
            Field::MailboxName => {
                let wanted = value.trim().to_lowercase();
                let inboxes = self.names.inboxes.iter().map(|view| &view.inbox);
                let named = inboxes.filter(|inbox| inbox.name.to_lowercase() == wanted);
                Expr::Is(Condition::Inbox(named.map(|inbox| inbox.id).collect()))
            }
            Field::MailboxId => {
                let ids = numbers(value)?.into_iter().map(InboxId);
                Expr::Is(Condition::Inbox(ids.collect()))
            }
            Field::CustomerIds => {
                let ids = numbers(value)?.into_iter().map(CustomerId);
                Expr::Is(Condition::Customer(ids.collect()))
            }
            Field::Assigned => self.assigned(value),
            Field::Status => {
                let status = phases(&value.to_lowercase());
                let status = status.ok_or_else(|| format!("'{}' is no status", short(value)))?;
                Expr::Is(Condition::Phase(status))
            }
            Field::CreatedAt => {
                let (first, last) = instant(value)?;
                Expr::Is(Condition::Started(first, last))
            }
            Field::ModifiedAt => {
                let (first, last) = instant(value)?;
                Expr::Is(Condition::Changed(first, last))
            }
        })
    }

    /// The assignee: an id, an e-mail address, a full name, or `unassigned`.
    fn assigned(&self, value: &str) -> Expr {
        let wanted = value.trim().to_lowercase();
        if wanted == "unassigned" {
            return Expr::Is(Condition::Assignee(None));
        }
        let is_named = |agent: &&Agent| {
            let name = format!("{} {}", agent.first_name, agent.last_name).to_lowercase();
            agent.email.to_lowercase() == wanted || name.trim() == wanted
        };
        let ids: BTreeSet<AgentId> = match wanted.parse() {
            Ok(id) => [AgentId(id)].into(),
            Err(_) => {
                let named = self.names.agents.iter().filter(is_named);
                named.map(|agent| agent.id).collect()
            }
        };
        let one = |id| Expr::Is(Condition::Assignee(Some(id)));
        joined(ids.into_iter().map(one).collect(), Expr::Any)
    }
}

fn number(value: &str) -> Result<i64, String> {
    let number = value.trim().parse();
    number.map_err(|_| format!("'{}' is no number", short(value)))
}

fn numbers(value: &str) -> Result<BTreeSet<i64>, String> {
    value.split(',').map(number).collect()
}

/// Returns the first and the last moment that a time stands for: a second, a millisecond, or a day in UTC.
fn instant(text: &str) -> Result<(Timestamp, Timestamp), String> {
    let wrong = |_| format!("'{}' is no date-time", short(text));
    if text.len() == "2026-01-01".len() {
        let first = time::parse(&format!("{text}T00:00:00Z")).map_err(wrong)?;
        return Ok((first, first.plus_ms(DAY_MS - 1)));
    }
    let first = time::parse(text).map_err(wrong)?;
    let last = match first.0.rem_euclid(SECOND_MS) {
        0 => first.plus_ms(SECOND_MS - 1),
        _ => first,
    };
    Ok((first, last))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: Names<'static> = Names {
        inboxes: &[],
        agents: &[],
        fields: &[],
    };

    fn shown(text: &str) -> String {
        match parse(text, NAMES) {
            Ok(expr) => show(&expr),
            Err(fault) => format!("! {fault}"),
        }
    }

    fn show(expr: &Expr) -> String {
        let all = |parts: &[Expr], sign| parts.iter().map(show).collect::<Vec<_>>().join(sign);
        match expr {
            Expr::Is(Condition::Tag(tags)) => tags.iter().map(TagName::as_str).collect(),
            Expr::Is(Condition::Email(email)) => email.clone(),
            Expr::Is(Condition::Subject(term)) => {
                let end = if term.is_prefix { "*" } else { "" };
                format!("s:{}{end}", term.words.join("_"))
            }
            Expr::Is(Condition::Started(from, to)) => format!("{}..{}", from.0, to.0),
            Expr::Is(other) => format!("{other:?}"),
            Expr::Not(inner) => format!("-{}", show(inner)),
            Expr::All(parts) => format!("({})", all(parts, "&")),
            Expr::Any(parts) => format!("({})", all(parts, "|")),
        }
    }

    #[test]
    fn the_grammar_of_the_contract() {
        for (text, expected) in [
            ("", "()"),
            ("(tag:vip)", "vip"),
            ("tag:vip", "vip"),
            ("(tag:\"a b\")", "a b"),
            ("tag:\u{201c}a b\u{201d}", "a b"),
            ("(tag:a AND tag:b OR tag:c)", "((a&b)|c)"),
            ("tag:a tag:b", "(a&b)"),
            ("tag:a AND (tag:b OR NOT tag:c)", "(a&(b|-c))"),
            ("NOT NOT tag:a", "--a"),
            ("email:(\"a@x\" OR \"B@x\")", "(a@x|b@x)"),
            ("email:(a@x NOT b@x)", "(a@x&-b@x)"),
            ("email:\"no address\"", "()"),
            ("subject:\"Broken kettle\"", "s:broken_kettle"),
            ("subject:kett*", "s:kett*"),
            ("subject:\"a\\\"b\"", "s:a_b"),
            ("TAG:a", "a"),
            ("tag: a", "a"),
            (
                "createdAt:[2026-01-01T00:00:00Z TO *]",
                "1767225600000..9223372036854775807",
            ),
            (
                "createdAt:[* TO 2026-01-01T00:00:00Z]",
                "-9223372036854775808..1767225600999",
            ),
            ("createdAt:2026-01-01", "1767225600000..1767311999999"),
            ("tag:ANDROID", "android"),
            ("number:1", "Number(1)"),
            ("assigned:Unassigned", "Assignee(None)"),
            ("assigned:7", "Assignee(Some(AgentId(7)))"),
            ("assigned:nobody@x", "()"),
            ("status:open", "Phase({0, 1})"),
            ("mailboxid:1,2", "Inbox({InboxId(1), InboxId(2)})"),
            (
                "customerIds:(3 OR 4)",
                "(Customer({CustomerId(3)})|Customer({CustomerId(4)}))",
            ),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for (text, fault) in [
            ("kettle", "'kettle' needs a field, such as subject:word"),
            ("color:red", "the field 'color' is not known"),
            ("(tag:a", "')' is missing"),
            ("tag:a)", "')' is not expected here"),
            ("tag:", "a value is missing at the end"),
            ("tag: AND tag:b", "a value is missing before AND"),
            ("tag:a AND", "a condition is missing at the end"),
            ("OR tag:a", "'OR' needs a field, such as subject:word"),
            ("()", "')' is not expected here"),
            ("tag:\"a", "a quote is missing at the end of a phrase"),
            ("tag:[a TO b]", "only createdAt and modifiedAt have ranges"),
            ("createdAt:[2026-01-01T00:00:00Z", "']' is missing"),
            ("createdAt:[a TO b]", "'a' is no date-time"),
            ("createdAt:[*]", "a range is written [from TO to]"),
            ("number:x", "'x' is no number"),
            ("status:gone", "'gone' is no status"),
        ] {
            assert_eq!(shown(text), format!("! {fault}"), "{text}");
        }
        assert!(parse(&"(".repeat(2_000), NAMES).is_err());
        assert!(parse(&"NOT ".repeat(400), NAMES).is_err());
        assert!(parse(&"tag:a ".repeat(101), NAMES).is_err());
        assert!(parse(&"a".repeat(2_001), NAMES).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_texts_never_panic(text in "\\PC{0,60}") {
            let _ = parse(&text, NAMES);
        }

        #[test]
        fn texts_of_the_grammar_never_panic(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just("("), Just(")"), Just("AND "), Just("OR "), Just("NOT "), Just("tag:"), Just("subject:"),
                    Just("createdAt:"), Just("["), Just("]"), Just(" TO "), Just("*"), Just("\""), Just("\u{201c}"),
                    Just("\\"), Just("ü"), Just("2026-01-01T00:00:00Z"), Just(" "), Just(":"),
                ],
                0..24,
            )
        ) {
            let _ = parse(&parts.concat(), NAMES);
        }
    }
}
