//! How a query is answered: the part that the index answers, and the part that is checked for each message that it finds.

use heddle_domain::conversation::Status;
use heddle_domain::id::{AgentId, ConversationId, CustomerId, InboxId, TagId};
use heddle_domain::{TagName, Timestamp};
use heddle_search::query::{Assignee, Expr, Filter, Moment, Scope, Term};

use super::document::Section;
use super::names::{Beginning, Names};
use super::property::{Property, is_indexed};
use super::terms::Terms;
use crate::error::{Result, Trouble};

/// A condition that the index cannot answer, because what it asks for changes often, or because the index answers it only
/// together with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// The conversation has the tag; `None`: no conversation has it.
    Tag(Option<TagId>),
    Status(Status),
    Open,
    Archived,
    Waiting,
    Inbox(Vec<InboxId>),
    /// One of these agents is responsible for it.
    Assignee(Vec<AgentId>),
    Unassigned,
    Number(i64),
    /// The message is older than this.
    Before(Timestamp),
    /// A section, or any, contains a term whose last word is the beginning of very many words.
    Text(Section, Term),
}

/// A query without negations of more than one condition.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Terms(Terms),
    Condition(Condition, bool),
    And(Vec<Self>),
    Or(Vec<Self>),
}

/// How a query is answered.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Finds every message that fulfils the query, and perhaps others.
    pub(crate) terms: Terms,
    /// No message before this time fulfils the query.
    pub(crate) from: Timestamp,
    /// No message at or after this time fulfils the query.
    pub(crate) before: Timestamp,
    /// The parts of the query that must be checked, too. A message fulfils the query if it fulfils all.
    checked: Vec<Node>,
    /// What makes a message rank higher.
    pub(crate) merits: Vec<Merit>,
}

/// Something that makes a message rank higher.
#[derive(Clone, Debug)]
pub(crate) struct Merit {
    /// The messages that have it.
    pub(crate) terms: Terms,
    pub(crate) points: i64,
    /// Whether the index has to compare the places of words to find it. For frequent words that takes long.
    pub(crate) is_phrase: bool,
}

/// The words of a query that decide the rank are at most so many.
const MOST_RANKING: usize = 8;
/// What a word is worth in the subject and as a name of the customer, and all words beside each other.
const IN_SUBJECT: i64 = 4;
const OF_CUSTOMER: i64 = 3;
const AS_PHRASE: i64 = 6;

impl Plan {
    /// Makes the plan of a query.
    ///
    /// # Errors
    /// Returns [`Trouble::Internal`] if a time of the query is no instant.
    pub(crate) fn of(query: &Expr, names: &Names<'_>) -> Result<Self> {
        let whole = names.node(query, true)?;
        let parts = match whole {
            Node::And(parts) => parts,
            one => vec![one],
        };
        let mut terms: Vec<_> = parts.iter().map(Node::superset).collect();
        terms.push(names.search.in_reach());
        let mut plan = Self {
            terms: Terms::all(terms),
            from: Timestamp(i64::MIN),
            before: Timestamp(i64::MAX),
            checked: Vec::new(),
            merits: names.merits(query),
        };
        for part in parts {
            match part {
                Node::Condition(Condition::Before(at), true) => plan.before = plan.before.min(at),
                Node::Condition(Condition::Before(at), false) => plan.from = plan.from.max(at),
                Node::Terms(_) => {}
                part => plan.checked.push(part),
            }
        }
        Ok(plan)
    }

    /// Returns all conditions, each once.
    pub(crate) fn conditions(&self) -> Vec<&Condition> {
        let mut all = Vec::new();
        for part in &self.checked {
            part.visit(&mut |condition| {
                if !all.contains(&condition) {
                    all.push(condition);
                }
            });
        }
        all
    }

    /// Returns what the index must still find for a message of which these conditions hold; [`Terms::All`] if it fulfils the query.
    pub(crate) fn rest(&self, holding: &[&Condition]) -> Terms {
        Terms::all(self.checked.iter().map(|part| part.rest(holding)).collect())
    }

    /// Whether the conditions ask for words of a message.
    pub(crate) fn needs_texts(&self) -> bool {
        let mut needs = false;
        for part in &self.checked {
            part.visit(&mut |condition| needs |= matches!(condition, Condition::Text(..)));
        }
        needs
    }

    /// Returns the conditions that every message must fulfil.
    pub(crate) fn required(&self) -> impl Iterator<Item = &Condition> {
        self.checked.iter().filter_map(|part| match part {
            Node::Condition(condition, true) => Some(condition),
            _ => None,
        })
    }

    /// Seeks only in these conversations: no others fulfil the query.
    pub(crate) fn narrow(&mut self, conversations: &[ConversationId]) {
        let terms = std::mem::replace(&mut self.terms, Terms::All);
        self.terms = Terms::all(vec![Terms::of_conversations(conversations), terms]);
    }

    /// Returns the tags that the conditions ask for.
    pub(crate) fn tags(&self) -> Vec<TagId> {
        let mut tags = Vec::new();
        for part in &self.checked {
            part.visit(&mut |condition| {
                if let Condition::Tag(Some(tag)) = condition {
                    tags.push(*tag);
                }
            });
        }
        tags.sort_unstable();
        tags.dedup();
        tags
    }
}

impl Node {
    /// Returns what the index can find of it: every message that fulfils it, and perhaps others.
    fn superset(&self) -> Terms {
        match self {
            Self::Terms(terms) => terms.clone(),
            Self::Condition(Condition::Tag(None), true) => Terms::None,
            Self::Condition(..) => Terms::All,
            Self::And(parts) => Terms::all(parts.iter().map(Self::superset).collect()),
            Self::Or(parts) => Terms::any(parts.iter().map(Self::superset).collect()),
        }
    }

    fn rest(&self, holding: &[&Condition]) -> Terms {
        match self {
            Self::Terms(terms) => terms.clone(),
            Self::Condition(condition, wanted) => match holding.contains(&condition) == *wanted {
                true => Terms::All,
                false => Terms::None,
            },
            Self::And(parts) => Terms::all(parts.iter().map(|part| part.rest(holding)).collect()),
            Self::Or(parts) => Terms::any(parts.iter().map(|part| part.rest(holding)).collect()),
        }
    }

    fn visit<'n>(&'n self, see: &mut dyn FnMut(&'n Condition)) {
        match self {
            Self::Terms(_) => {}
            Self::Condition(condition, _) => see(condition),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.visit(see)),
        }
    }

    /// Joins parts that must all be fulfilled. What the index answers becomes one part.
    fn all(parts: Vec<Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        Self::merged(flat, Terms::all, Self::And)
    }

    fn any(parts: Vec<Self>) -> Self {
        Self::merged(parts, Terms::any, Self::Or)
    }

    fn not(self) -> Self {
        let all = |parts: Vec<Self>| parts.into_iter().map(Self::not).collect();
        match self {
            Self::Terms(terms) => Self::Terms(Terms::not(terms)),
            Self::Condition(condition, wanted) => Self::Condition(condition, !wanted),
            Self::And(parts) => Self::any(all(parts)),
            Self::Or(parts) => Self::all(all(parts)),
        }
    }

    fn merged(
        parts: Vec<Self>,
        terms: impl FnOnce(Vec<Terms>) -> Terms,
        join: impl FnOnce(Vec<Self>) -> Self,
    ) -> Self {
        let (mut indexed, mut others) = (Vec::new(), Vec::new());
        for part in parts {
            match part {
                Self::Terms(terms) => indexed.push(terms),
                other => others.push(other),
            }
        }
        if !indexed.is_empty() {
            others.push(Self::Terms(terms(indexed)));
        }
        match others.len() {
            1 => others.remove(0),
            _ => join(others),
        }
    }
}

impl Names<'_> {
    /// Translates a query, or its opposite if not `wanted`.
    fn node(&self, query: &Expr, wanted: bool) -> Result<Node> {
        let all = |parts: &[Expr]| -> Result<Vec<Node>> {
            parts.iter().map(|part| self.node(part, wanted)).collect()
        };
        Ok(match query {
            Expr::All => Node::Terms(signed(Terms::All, wanted)),
            Expr::Text(scope, term) => match wanted {
                true => self.text(*scope, term),
                false => self.text(*scope, term).not(),
            },
            Expr::Filter(filter) => self.filter(filter, wanted)?,
            Expr::Not(inner) => self.node(inner, !wanted)?,
            Expr::And(parts) if wanted => Node::all(all(parts)?),
            Expr::Or(parts) if !wanted => Node::all(all(parts)?),
            Expr::And(parts) | Expr::Or(parts) => Node::any(all(parts)?),
        })
    }

    fn text(&self, scope: Scope, term: &Term) -> Node {
        let by_customer = Terms::property(Property::ByCustomer);
        match scope {
            Scope::Any => self.of_any(term),
            Scope::Subject => self.in_sections(&[Section::Subject], term),
            Scope::Body => self.in_sections(&[Section::Body], term),
            Scope::Customer => self.of_customer(term),
            Scope::From => {
                let agents = self.agents_named(term).into_iter();
                let agents = agents.map(|agent| Terms::property(Property::Author(agent)));
                Node::any(vec![
                    Node::Terms(Terms::any(agents.collect())),
                    self.in_sections(&[Section::Sender], term),
                    Node::all(vec![self.of_customer(term), Node::Terms(by_customer)]),
                ])
            }
            Scope::To => Node::any(vec![
                self.in_sections(&[Section::Recipient], term),
                Node::all(vec![
                    self.of_customer(term),
                    Node::Terms(Terms::not(by_customer)),
                ]),
            ]),
        }
    }

    fn of_any(&self, term: &Term) -> Node {
        match self.search.sees_all_customers() {
            true => self.in_sections(&Section::ALL, term),
            false => {
                let others = Section::ALL.into_iter();
                let others = others.filter(|section| *section != Section::Customer);
                let others: Vec<_> = others.collect();
                Node::any(vec![
                    self.in_sections(&others, term),
                    self.of_customer(term),
                ])
            }
        }
    }

    fn of_customer(&self, term: &Term) -> Node {
        Node::all(vec![
            Node::Terms(self.search.homes()),
            self.in_sections(&[Section::Customer], term),
        ])
    }

    /// A term in one of some sections: one, all, or all but the customer's.
    fn in_sections(&self, sections: &[Section], term: &Term) -> Node {
        let one = match sections {
            [one] => Some(*one),
            _ => None,
        };
        let but_customer = !sections.contains(&Section::Customer);
        let words = |term: &Term| Terms::words(one, term, but_customer);
        let Some((last, others)) = term.words.split_last().filter(|_| term.is_prefix) else {
            return Node::Terms(words(term));
        };
        match self.words_beginning(last) {
            Beginning::ForTheEngine => Node::Terms(words(term)),
            Beginning::Of(found) => {
                let whole = |word: &String| {
                    words(&Term {
                        words: others.iter().chain([word]).cloned().collect(),
                        is_prefix: false,
                    })
                };
                Node::Terms(Terms::any(found.iter().map(whole).collect()))
            }
            Beginning::OfTooMany => {
                let mut hints = Vec::new();
                if !others.is_empty() {
                    hints.push(words(&Term {
                        words: others.to_vec(),
                        is_prefix: false,
                    }));
                }
                hints.extend(
                    last.chars()
                        .next()
                        .filter(|letter| is_indexed(*letter))
                        .map(|letter| {
                            words(&Term {
                                words: vec![letter.to_string()],
                                is_prefix: true,
                            })
                        }),
                );
                let found = sections
                    .iter()
                    .map(|section| Node::Condition(Condition::Text(*section, term.clone()), true));
                Node::all(vec![
                    Node::Terms(Terms::all(hints)),
                    Node::any(found.collect()),
                ])
            }
        }
    }

    /// Returns what makes a message rank higher. Beginnings of words do not: the index would have to read too much for them.
    fn merits(&self, query: &Expr) -> Vec<Merit> {
        let terms = query.terms().into_iter();
        let whole = terms.filter(|term| !term.is_prefix).take(MOST_RANKING);
        let whole: Vec<&Term> = whole.collect();
        let merit = |terms, points| Merit {
            terms,
            points,
            is_phrase: false,
        };
        let mut merits = Vec::new();
        for term in &whole {
            let subject = Terms::words(Some(Section::Subject), term, false);
            merits.push(merit(subject, IN_SUBJECT));
            merits.push(merit(self.of_customer(term).superset(), OF_CUSTOMER));
        }
        if whole.len() > 1 {
            let phrase = Term {
                words: whole.iter().flat_map(|term| term.words.clone()).collect(),
                is_prefix: false,
            };
            merits.push(Merit {
                is_phrase: true,
                ..merit(self.of_any(&phrase).superset(), AS_PHRASE)
            });
        }
        merits
    }

    fn filter(&self, filter: &Filter, wanted: bool) -> Result<Node> {
        let indexed = |property| Node::Terms(signed(Terms::property(property), wanted));
        let checked = |condition| Node::Condition(condition, wanted);
        Ok(match filter {
            Filter::Tag(name) => checked(Condition::Tag(self.tag(name))),
            Filter::Status(status) => checked(Condition::Status(*status)),
            Filter::Open => checked(Condition::Open),
            Filter::Archived => checked(Condition::Archived),
            Filter::Waiting => checked(Condition::Waiting),
            Filter::Note => Node::Terms(signed(notes(), wanted)),
            Filter::Attachment => indexed(Property::Attachment),
            Filter::Inbox(id) => in_inboxes(vec![InboxId(*id)], wanted),
            Filter::InboxNamed(term) => in_inboxes(self.inboxes_named(term), wanted),
            Filter::Assignee(Assignee::Nobody) => checked(Condition::Unassigned),
            Filter::Assignee(Assignee::Me) => {
                checked(Condition::Assignee(self.me.into_iter().collect()))
            }
            Filter::Assignee(Assignee::Agent(id)) => {
                checked(Condition::Assignee(vec![AgentId(*id)]))
            }
            Filter::Assignee(Assignee::Named(term)) => {
                checked(Condition::Assignee(self.agents_named(term)))
            }
            Filter::Channel(channel) => indexed(Property::Channel(*channel)),
            Filter::Direction(direction) => {
                let classes = [false, true].map(|is_note| {
                    Terms::property(Property::Class {
                        is_note,
                        direction: *direction,
                    })
                });
                Node::Terms(signed(Terms::any(classes.to_vec()), wanted))
            }
            Filter::Before(moment) => checked(Condition::Before(instant(*moment)?)),
            Filter::After(moment) => Node::Condition(Condition::Before(instant(*moment)?), !wanted),
            Filter::Number(number) => numbered(*number, wanted),
            Filter::Customer(id) => {
                let id = self.customer(CustomerId(*id));
                indexed(Property::Customer(id))
            }
        })
    }

    fn tag(&self, name: &TagName) -> Option<TagId> {
        self.tags.get(name).copied().flatten()
    }
}

fn signed(terms: Terms, wanted: bool) -> Terms {
    match wanted {
        true => terms,
        false => Terms::not(terms),
    }
}

fn notes() -> Terms {
    let classes = Property::CLASSES.into_iter();
    let notes = classes.filter(|class| matches!(class, Property::Class { is_note: true, .. }));
    Terms::any(notes.map(Terms::property).collect())
}

/// The index knows the inbox; it is checked, too, because a move reaches the index a little later.
fn in_inboxes(inboxes: Vec<InboxId>, wanted: bool) -> Node {
    let tokens = inboxes
        .iter()
        .map(|inbox| Terms::property(Property::Inbox(*inbox)));
    let indexed = Node::Terms(Terms::any(tokens.collect()));
    let checked = Node::Condition(Condition::Inbox(inboxes), wanted);
    match wanted {
        true => Node::all(vec![indexed, checked]),
        false => checked,
    }
}

/// The index knows the number as a word of the subject.
fn numbered(number: i64, wanted: bool) -> Node {
    let checked = Node::Condition(Condition::Number(number), wanted);
    let word = Term {
        words: vec![number.to_string()],
        is_prefix: false,
    };
    match wanted {
        true => {
            let indexed = Terms::words(Some(Section::Subject), &word, false);
            Node::all(vec![Node::Terms(indexed), checked])
        }
        false => checked,
    }
}

fn instant(moment: Moment) -> Result<Timestamp> {
    match moment {
        Moment::Instant(at) => Ok(at),
        other => {
            Err(Trouble::Internal(format!("the time {other:?} of a query is no instant")).into())
        }
    }
}
