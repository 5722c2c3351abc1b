//! The tree of a query, and how large it may be.

use heddle_domain::Timestamp;
use heddle_domain::message::{Channel, Direction};
use heddle_domain::status::Status;
use heddle_domain::tag::TagName;
use jiff::tz::TimeZone;

use super::moment::Moment;
use super::term::Term;

/// The maximum length of a query, in characters.
pub const LONGEST_QUERY: usize = 2_000;
/// The maximum number of words, phrases and filters in a query.
pub const MOST_CONDITIONS: usize = 100;
/// The maximum number of parentheses and `NOT` inside one another. SQLite allows about thirty levels in its own query language, and
/// one level here can become two there.
pub const DEEPEST: usize = 12;

/// A query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// Everything.
    All,
    /// A text contains this term.
    Text(Scope, Term),
    /// A property of the message or of its conversation.
    Filter(Filter),
    /// What the inner query does not find.
    Not(Box<Self>),
    /// What all of these find. At least two.
    And(Vec<Self>),
    /// What one of these finds. At least two.
    Or(Vec<Self>),
}

impl Expr {
    /// Replaces every time of the query by an instant, as seen at `now` in a time zone.
    #[must_use]
    pub fn at(self, now: Timestamp, zone: &TimeZone) -> Self {
        let all = |parts: Vec<Self>| parts.into_iter().map(|part| part.at(now, zone)).collect();
        let instant = |moment: Moment| Moment::Instant(moment.instant(now, zone));
        match self {
            Self::Not(inner) => Self::Not(Box::new(inner.at(now, zone))),
            Self::And(parts) => Self::And(all(parts)),
            Self::Or(parts) => Self::Or(all(parts)),
            Self::Filter(Filter::Before(moment)) => Self::Filter(Filter::Before(instant(moment))),
            Self::Filter(Filter::After(moment)) => Self::Filter(Filter::After(instant(moment))),
            other => other,
        }
    }

    /// Returns the terms whose places a reader wants to see: those that a text must contain, not those that it must not.
    #[must_use]
    pub fn terms(&self) -> Vec<&Term> {
        self.terms_where(&|_| true)
    }

    /// Returns those of [`Self::terms`] that may occur in a text of this scope.
    #[must_use]
    pub fn terms_in(&self, scope: Scope) -> Vec<&Term> {
        self.terms_where(&|of| of == scope || of == Scope::Any)
    }

    fn terms_where(&self, is_wanted: &dyn Fn(Scope) -> bool) -> Vec<&Term> {
        match self {
            Self::Text(scope, term) if is_wanted(*scope) => vec![term],
            Self::And(parts) | Self::Or(parts) => {
                let terms = parts.iter().map(|part| part.terms_where(is_wanted));
                terms.flatten().collect()
            }
            Self::Text(..) | Self::All | Self::Filter(_) | Self::Not(_) => Vec::new(),
        }
    }
}

/// In which text a term must occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In any of them.
    Any,
    /// In the subject of the conversation.
    Subject,
    /// In the message.
    Body,
    /// In the name or an address of the sender.
    From,
    /// In the name or an address of a recipient.
    To,
    /// In the name or an address of the customer.
    Customer,
}

/// A property of a message or of its conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// The conversation has the tag.
    Tag(TagName),
    /// The conversation has the status.
    Status(Status),
    /// The conversation is, or is not, open in the wide sense: neither closed nor spam.
    Open,
    /// The conversation is archived.
    Archived,
    /// The customer waits for an answer.
    Waiting,
    /// The message is a note.
    Note,
    /// The message has an attachment.
    Attachment,
    /// The conversation is in the inbox with this id.
    Inbox(i64),
    /// The conversation is in an inbox whose name contains the term.
    InboxNamed(Term),
    /// Who is responsible for the conversation.
    Assignee(Assignee),
    /// The message came or went by this channel.
    Channel(Channel),
    /// The message came in or went out.
    Direction(Direction),
    /// The message is older than this time.
    Before(Moment),
    /// The message is not older than this time.
    After(Moment),
    /// The conversation has this number.
    Number(i64),
    /// The conversation is the customer's with this id.
    Customer(i64),
}

/// Who is responsible for a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignee {
    /// Nobody.
    Nobody,
    /// The agent who asks.
    Me,
    /// The agent with this id.
    Agent(i64),
    /// An agent whose name or e-mail address contains the term.
    Named(Term),
}
