//! The fields of a query, and what their values mean.

use heddle_domain::message::{Channel, Direction};
use heddle_domain::status::Status;
use heddle_domain::tag::TagName;

use super::expr::{Assignee, Expr, Filter, Scope};
use super::moment::{Edge, Moment};
use super::term::Term;

/// What the value of a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Words in one of the texts.
    Text(Scope),
    /// The name of a tag.
    Tag,
    /// A state of the conversation, such as `open` or `archived`.
    Is,
    /// A status word.
    Status,
    /// `attachment` or `note`.
    Has,
    /// The id of an inbox, or words of its name.
    Inbox,
    /// The id of an agent, words of the name or address, `me` or `none`.
    Assignee,
    /// A channel.
    Channel,
    /// `in` or `out`.
    Direction,
    /// A time.
    Time(Edge),
    /// A day, or a range of times in brackets.
    Times,
    /// The number of a conversation.
    Number,
    /// The id of a customer, or words of the name or address.
    Customer,
}

/// The fields that a query may use.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary {
    /// Names in lower case.
    pub fields: &'static [(&'static str, Field)],
    /// Whether every name before a colon must be a field. Otherwise `re: hello` is text.
    pub is_strict: bool,
}

impl Vocabulary {
    /// Whether a name before a colon is meant as a field.
    pub(super) fn is_name(&self, name: &str) -> bool {
        let is_word = !name.is_empty() && name.chars().all(char::is_alphabetic);
        self.find(name).is_some() || (self.is_strict && is_word)
    }

    pub(super) fn find(&self, name: &str) -> Option<Field> {
        let found = self.fields.iter().find(|(known, _)| *known == name);
        found.map(|(_, field)| *field)
    }

    /// Returns the names, for messages.
    pub(super) fn names(&self) -> String {
        let names: Vec<_> = self.fields.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }
}

/// The fields of the native API and of `heddle search`.
pub const NATIVE: Vocabulary = Vocabulary {
    fields: &[
        ("from", Field::Text(Scope::From)),
        ("to", Field::Text(Scope::To)),
        ("subject", Field::Text(Scope::Subject)),
        ("body", Field::Text(Scope::Body)),
        ("tag", Field::Tag),
        ("is", Field::Is),
        ("status", Field::Status),
        ("has", Field::Has),
        ("in", Field::Inbox),
        ("assignee", Field::Assignee),
        ("channel", Field::Channel),
        ("direction", Field::Direction),
        ("before", Field::Time(Edge::Before)),
        ("after", Field::Time(Edge::After)),
        ("number", Field::Number),
        ("customer", Field::Customer),
    ],
    is_strict: false,
};

/// A value as it stands in the query.
pub(super) struct Given<'a> {
    pub(super) text: &'a str,
    /// Whether it stands in quotation marks.
    pub(super) is_quoted: bool,
}

impl Given<'_> {
    /// Returns the words of the value; `None` if it has none.
    pub(super) fn term(&self) -> Option<Term> {
        let is_prefix = !self.is_quoted && self.text.ends_with('*');
        Term::of(self.text, is_prefix)
    }

    fn number(&self) -> Option<i64> {
        let text = self.text.trim().trim_start_matches('#');
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_number)
    }

    /// Returns the value in lower case, for comparisons with words.
    fn word(&self) -> String {
        self.text.trim().to_lowercase().replace('-', "_")
    }
}

impl Field {
    /// Returns the condition for a value. The error says which values the field has.
    pub(super) fn condition(self, given: &Given<'_>) -> Result<Expr, String> {
        let filter = match self {
            Self::Text(scope) => {
                let term = given.term().ok_or("needs a word to search for")?;
                return Ok(Expr::Text(scope, term));
            }
            Self::Tag => {
                let tag = TagName::parse(given.text);
                Filter::Tag(tag.ok_or("needs the name of a tag, 1 to 100 characters")?)
            }
            Self::Is => state(&given.word())?,
            Self::Status => {
                let words = || words_of(Status::ALL.iter().map(|status| status.as_str()));
                Filter::Status(Status::parse(&given.word()).ok_or_else(words)?)
            }
            Self::Has => thing(&given.word())?,
            Self::Inbox => match given.number() {
                Some(id) => Filter::Inbox(id),
                None => {
                    Filter::InboxNamed(given.term().ok_or("needs the id or the name of an inbox")?)
                }
            },
            Self::Assignee => Filter::Assignee(assignee(given)?),
            Self::Channel => {
                let words = || words_of(Channel::ALL.iter().map(|channel| channel.as_str()));
                Filter::Channel(Channel::parse(&given.word()).ok_or_else(words)?)
            }
            Self::Direction => direction(&given.word())?,
            Self::Time(edge) => edge.filter(moment(given.text)?),
            Self::Times => return day(given.text),
            Self::Number => Filter::Number(given.number().ok_or("needs a number")?),
            Self::Customer => match given.number() {
                Some(id) => Filter::Customer(id),
                None => {
                    let term = given
                        .term()
                        .ok_or("needs the id, the name or an address of a customer")?;
                    return Ok(Expr::Text(Scope::Customer, term));
                }
            },
        };
        Ok(Expr::Filter(filter))
    }

    /// Returns the condition for a range `from TO to`.
    pub(super) fn range(self, text: &str) -> Result<Expr, String> {
        if self != Self::Times {
            return Err("has no ranges".to_owned());
        }
        let sides: Vec<_> = text.split_whitespace().collect();
        let [from, "TO", to] = sides[..] else {
            return Err("needs a range such as [2026-01-01 TO *]".to_owned());
        };
        let from = (from != "*").then(|| moment(from)).transpose()?;
        let to = (to != "*").then(|| moment(to)).transpose()?;
        let filters = [from.map(Filter::After), to.map(Filter::Before)];
        let mut filters: Vec<_> = filters.into_iter().flatten().map(Expr::Filter).collect();
        Ok(match filters.len() {
            0 => Expr::All,
            1 => filters.remove(0),
            _ => Expr::And(filters),
        })
    }
}

impl Edge {
    fn filter(self, moment: Moment) -> Filter {
        match self {
            Self::Before => Filter::Before(moment),
            Self::After => Filter::After(moment),
        }
    }
}

fn words_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<_> = words.collect();
    format!("needs one of: {}", words.join(", "))
}

fn moment(text: &str) -> Result<Moment, String> {
    Moment::parse(text).ok_or_else(|| {
        "needs a time such as 2026-05-17, 2026-05-17T08:00:00Z, today or 7d".to_owned()
    })
}

fn day(text: &str) -> Result<Expr, String> {
    match moment(text)? {
        Moment::Day(day) => {
            let next = day.tomorrow().unwrap_or(day);
            let filters = [
                Filter::After(Moment::Day(day)),
                Filter::Before(Moment::Day(next)),
            ];
            Ok(Expr::And(filters.map(Expr::Filter).to_vec()))
        }
        _ => Err("needs a day such as 2026-05-17, or a range such as [2026-01-01 TO *]".to_owned()),
    }
}

fn state(word: &str) -> Result<Filter, String> {
    Ok(match word {
        "open" | "active" => Filter::Open,
        "archived" => Filter::Archived,
        "waiting" => Filter::Waiting,
        "unassigned" => Filter::Assignee(Assignee::Nobody),
        "note" => Filter::Note,
        _ => match Status::parse(word) {
            Some(status) => Filter::Status(status),
            None => {
                return Err("needs one of: open, new, pending, closed, spam, archived, waiting, unassigned, note".to_owned());
            }
        },
    })
}

fn thing(word: &str) -> Result<Filter, String> {
    match word {
        "attachment" | "attachments" => Ok(Filter::Attachment),
        "note" | "notes" => Ok(Filter::Note),
        _ => Err("needs one of: attachment, note".to_owned()),
    }
}

fn direction(word: &str) -> Result<Filter, String> {
    match word {
        "in" | "incoming" => Ok(Filter::Direction(Direction::Incoming)),
        "out" | "outgoing" => Ok(Filter::Direction(Direction::Outgoing)),
        _ => Err("needs one of: in, out".to_owned()),
    }
}

fn assignee(given: &Given<'_>) -> Result<Assignee, String> {
    if let Some(id) = given.number() {
        return Ok(Assignee::Agent(id));
    }
    match given.word().as_str() {
        "me" if !given.is_quoted => Ok(Assignee::Me),
        "none" | "nobody" if !given.is_quoted => Ok(Assignee::Nobody),
        _ => {
            let term = given
                .term()
                .ok_or("needs an agent's id, name or address, me, or none")?;
            Ok(Assignee::Named(term))
        }
    }
}
