//! A search without an index: goes through all rows and asks of each message whether it fulfils the query.

use std::collections::BTreeMap;

use heddle_domain::message::{Author, Kind, Message};
use heddle_domain::text::plain;
use heddle_domain::{
    Agent, AgentId, ConversationId, CustomerId, InboxScope, MessageId, State, Timestamp,
};
use heddle_search::document::{GAP, Limits, replace_frequent, tokens};
use heddle_search::query::{Assignee, Expr, Filter, Moment, Scope, Term};
use heddle_store::read::customers::CustomerView;
use heddle_store::search::Facets;

use crate::rows::{Rows, Talk, texts_of};

/// What a caller may see.
#[derive(Clone, Debug)]
pub(crate) struct Eyes {
    pub(crate) inboxes: InboxScope,
    pub(crate) sees_customers: bool,
    pub(crate) me: Option<AgentId>,
}

/// A conversation that fulfils a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Time of its newest message that does.
    pub(crate) at: Timestamp,
    pub(crate) conversation: ConversationId,
    /// All messages that do, newest first.
    pub(crate) messages: Vec<MessageId>,
}

/// The texts of one message, split into words.
struct Texts {
    subject: Vec<String>,
    body: Vec<String>,
    customer: Vec<String>,
    sender: Vec<String>,
    recipients: Vec<String>,
}

/// One message of a conversation; `None` for a conversation without messages.
struct Document<'a> {
    talk: &'a Talk,
    message: Option<&'a Message>,
    texts: Texts,
}

/// Splits some texts, so that no phrase goes from one to the next.
fn split<T: AsRef<str>>(texts: impl IntoIterator<Item = T>, limits: Limits) -> Vec<String> {
    let texts: Vec<_> = texts
        .into_iter()
        .map(|text| tokens(text.as_ref(), limits))
        .collect();
    let mut all: Vec<String> = texts.join(&GAP.to_owned());
    replace_frequent(&mut all, limits.occurrences);
    all
}

fn has(words: &[String], term: &Term) -> bool {
    term.occurs_in(words.iter().map(String::as_str))
}

fn is_named(agent: &Agent, term: &Term) -> bool {
    let texts = [
        format!("{} {}", agent.first_name, agent.last_name),
        agent.email.clone(),
    ];
    has(&split(texts, Limits::HEADING), term)
}

/// Answers queries from all rows of an account.
pub(crate) struct Matcher<'a> {
    pub(crate) rows: &'a Rows,
    pub(crate) eyes: Eyes,
}

impl Matcher<'_> {
    /// Returns the conversations that fulfil a query, newest first.
    pub(crate) fn answers(&self, query: &Expr) -> Vec<Answer> {
        let visible = self.rows.talks.iter();
        let visible = visible.filter(|talk| {
            self.eyes.inboxes.contains(talk.conversation.inbox)
                && talk.conversation.state != State::Hidden
        });
        let mut answers: Vec<Answer> = visible
            .filter_map(|talk| self.answer(talk, query))
            .collect();
        answers.sort_by_key(|answer| std::cmp::Reverse((answer.at, answer.conversation)));
        answers
    }

    fn answer(&self, talk: &Talk, query: &Expr) -> Option<Answer> {
        let documents = self.documents(talk).into_iter();
        let fulfilling: Vec<_> = documents
            .filter(|document| self.fulfils(document, query))
            .collect();
        let mut messages: Vec<&Message> = fulfilling
            .iter()
            .filter_map(|document| document.message)
            .collect();
        messages.sort_by_key(|message| std::cmp::Reverse((message.effective_at, message.id)));
        Some(Answer {
            at: fulfilling.iter().map(Document::at).max()?,
            conversation: talk.conversation.id,
            messages: messages.into_iter().map(|message| message.id).collect(),
        })
    }

    fn documents<'a>(&self, talk: &'a Talk) -> Vec<Document<'a>> {
        let messages = talk
            .messages
            .iter()
            .filter(|(message, _)| message.kind != Kind::LineItem);
        let mut documents: Vec<_> = messages
            .map(|(message, files)| {
                let names: Vec<_> = files.iter().map(|file| file.file_name.clone()).collect();
                let texts = self.texts(talk, Some(message), &names);
                Document {
                    talk,
                    message: Some(message),
                    texts,
                }
            })
            .collect();
        if documents.is_empty() {
            let texts = self.texts(talk, None, &[]);
            documents.push(Document {
                talk,
                message: None,
                texts,
            });
        }
        documents
    }

    fn texts(&self, talk: &Talk, message: Option<&Message>, files: &[String]) -> Texts {
        let Talk { conversation, .. } = talk;
        let subjects = [
            Some(&conversation.subject),
            message.and_then(|message| message.subject.as_ref()),
        ];
        let mut subjects: Vec<String> = subjects.into_iter().flatten().cloned().collect();
        subjects.dedup();
        subjects.push(conversation.number.to_string());
        subjects.extend(conversation.ticket_number.clone());
        let body = message.map(|message| plain(message.format, &message.body).into_owned());
        let copies =
            message.map(|message| message.recipients.cc.iter().chain(&message.recipients.bcc));
        let mut people = vec![conversation.customer];
        people.extend(
            message
                .map(|message| message.customer)
                .filter(|id| *id != conversation.customer),
        );
        let people = people.iter().filter_map(|id| self.rows.customers.get(id));
        let people: Vec<&CustomerView> = people.collect();
        let people: Vec<String> = match self.may_find_by(&people) {
            true => people.into_iter().flat_map(texts_of).collect(),
            false => Vec::new(),
        };
        Texts {
            subject: split(subjects, Limits::HEADING),
            body: split(body.iter().chain(files), Limits::BODY),
            customer: split(people, Limits::HEADING),
            sender: split(
                message.and_then(|message| message.agent_name.as_ref()),
                Limits::HEADING,
            ),
            recipients: split(copies.into_iter().flatten(), Limits::HEADING),
        }
    }

    /// Whether the caller may find a message by the names of these customers.
    fn may_find_by(&self, people: &[&CustomerView]) -> bool {
        let homes = people.iter().filter_map(|person| person.customer.home);
        let mut homes: Vec<_> = homes.collect();
        homes.dedup();
        self.eyes.sees_customers
            && match (&self.eyes.inboxes, &homes[..]) {
                (InboxScope::All, _) => true,
                (only, []) => only.reaches_home(None),
                (only, [home]) => only.contains(*home),
                _ => false,
            }
    }

    fn fulfils(&self, document: &Document<'_>, query: &Expr) -> bool {
        match query {
            Expr::All => true,
            Expr::Text(scope, term) => self.contains(document, *scope, term),
            Expr::Filter(filter) => self.passes(document, filter),
            Expr::Not(inner) => !self.fulfils(document, inner),
            Expr::And(parts) => parts.iter().all(|part| self.fulfils(document, part)),
            Expr::Or(parts) => parts.iter().any(|part| self.fulfils(document, part)),
        }
    }

    fn contains(&self, document: &Document<'_>, scope: Scope, term: &Term) -> bool {
        let texts = &document.texts;
        let author = document.message.map(|message| message.author);
        let is_of_customer = has(&texts.customer, term);
        match scope {
            Scope::Subject => has(&texts.subject, term),
            Scope::Body => has(&texts.body, term),
            Scope::Customer => is_of_customer,
            Scope::From => match author {
                Some(Author::Customer) => is_of_customer || has(&texts.sender, term),
                Some(Author::Agent(id)) => {
                    let is_named = self
                        .rows
                        .agent(id)
                        .is_some_and(|agent| is_named(agent, term));
                    is_named || has(&texts.sender, term)
                }
                _ => has(&texts.sender, term),
            },
            Scope::To => {
                has(&texts.recipients, term) || (is_of_customer && author != Some(Author::Customer))
            }
            Scope::Any => {
                let all = [
                    &texts.subject,
                    &texts.body,
                    &texts.customer,
                    &texts.sender,
                    &texts.recipients,
                ];
                all.into_iter().any(|text| has(text, term))
            }
        }
    }

    fn passes(&self, document: &Document<'_>, filter: &Filter) -> bool {
        let Talk {
            conversation, tags, ..
        } = document.talk;
        let message = document.message;
        match filter {
            Filter::Tag(name) => tags.iter().any(|tag| tag == name.as_str()),
            Filter::Status(status) => conversation.status == *status,
            Filter::Open => !conversation.status.is_closed(),
            Filter::Archived => conversation.archived,
            Filter::Waiting => conversation.is_waiting(),
            Filter::Note => message.is_some_and(|message| message.kind == Kind::Note),
            Filter::Attachment => message.is_some_and(|message| message.attachments > 0),
            Filter::Inbox(id) => conversation.inbox.get() == *id,
            Filter::InboxNamed(term) => {
                let inbox = self.rows.inbox(conversation.inbox);
                inbox.is_some_and(|inbox| has(&split([&inbox.name], Limits::HEADING), term))
            }
            Filter::Assignee(assignee) => self.is_assigned(conversation.assignee, assignee),
            Filter::Channel(channel) => message.is_some_and(|message| message.channel == *channel),
            Filter::Direction(direction) => {
                message.is_some_and(|message| message.direction == *direction)
            }
            Filter::Before(moment) => document.at() < instant(*moment),
            Filter::After(moment) => document.at() >= instant(*moment),
            Filter::Number(number) => conversation.number == *number,
            Filter::Customer(id) => {
                let id = CustomerId(*id);
                conversation.customer == self.rows.survivor(id).unwrap_or(id)
            }
        }
    }

    fn is_assigned(&self, to: Option<AgentId>, wanted: &Assignee) -> bool {
        match wanted {
            Assignee::Nobody => to.is_none(),
            Assignee::Me => to.is_some() && to == self.eyes.me,
            Assignee::Agent(id) => to.is_some_and(|to| to.get() == *id),
            Assignee::Named(term) => {
                let agent = to.and_then(|to| self.rows.agent(to));
                agent.is_some_and(|agent| is_named(agent, term))
            }
        }
    }

    /// Counts the conversations that fulfil a query.
    pub(crate) fn facets(&self, query: &Expr) -> Facets {
        let found: Vec<_> = self
            .answers(query)
            .into_iter()
            .map(|answer| answer.conversation)
            .collect();
        let talks: Vec<_> = self
            .rows
            .talks
            .iter()
            .filter(|talk| found.contains(&talk.conversation.id))
            .collect();
        Facets {
            counted: talks.len() as u64,
            is_complete: true,
            status: counted(talks.iter().map(|talk| talk.conversation.status)),
            channel: counted(
                talks
                    .iter()
                    .filter_map(|talk| talk.conversation.first_channel),
            ),
            inbox: counted(talks.iter().map(|talk| talk.conversation.inbox)),
            assignee: counted(talks.iter().map(|talk| talk.conversation.assignee)),
            tag: counted(talks.iter().flat_map(|talk| talk.tags.clone())),
        }
    }
}

/// Counts equal values, in the order of the values.
fn counted<T: PartialEq + std::fmt::Debug>(values: impl Iterator<Item = T>) -> Vec<(T, u64)> {
    let mut by_text: BTreeMap<String, (T, u64)> = BTreeMap::new();
    for value in values {
        by_text.entry(format!("{value:?}")).or_insert((value, 0)).1 += 1;
    }
    by_text.into_values().collect()
}

fn instant(moment: Moment) -> Timestamp {
    match moment {
        Moment::Instant(instant) => instant,
        other => panic!("{other:?} is no instant"),
    }
}

impl Document<'_> {
    fn at(&self) -> Timestamp {
        match self.message {
            Some(message) => message.effective_at,
            None => self.talk.conversation.started_at,
        }
    }
}
