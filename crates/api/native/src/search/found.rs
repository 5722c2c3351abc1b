//! What a search has found, as answers show it.

use std::ops::Range;

use heddle_domain::id::AgentId;
use heddle_domain::message::Message;
use heddle_domain::text;
use heddle_search::query::{Expr, Scope, Term};
use heddle_search::snippet::{self, Snippet as Part};
use heddle_store::read::contents::LabelledConversation;
use heddle_store::search::{Facets as Counted, Found};
use serde::Serialize;
use utoipa::ToSchema;

use crate::resources::Conversation;
use crate::time::Instant;
use crate::vocabulary::{ChannelWord, DirectionWord, MessageKind, StateWord, StatusWord};

/// The maximum length of a snippet, in characters.
const LONGEST_SNIPPET: usize = 240;

/// The terms of a query that are marked in the texts of an answer.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    subject: Vec<Term>,
    body: Vec<Term>,
}

impl Terms {
    pub(super) fn of(query: &Expr) -> Self {
        let owned = |scope| query.terms_in(scope).into_iter().cloned().collect();
        Self {
            subject: owned(Scope::Subject),
            body: owned(Scope::Body),
        }
    }
}

/// A conversation that fulfils the query.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FoundConversation {
    conversation: Conversation,
    /// Where the subject has words of the query.
    subject_hits: Vec<Hit>,
    /// The messages that fulfil the query best, at most 3, latest first. Empty if the conversation has no messages.
    messages: Vec<FoundMessage>,
}

/// A message that fulfils the query.
#[derive(Debug, Serialize, ToSchema)]
struct FoundMessage {
    id: i64,
    kind: MessageKind,
    channel: ChannelWord,
    direction: DirectionWord,
    state: StateWord,
    occurred_at: Instant,
    snippet: Snippet,
}

/// The part of a message's body with the most words of the query; without any, its beginning.
#[derive(Debug, Serialize, ToSchema)]
struct Snippet {
    /// Plain text of at most 240 characters, even if it looks like HTML.
    text: String,
    /// Where the text has words of the query: in order, without overlaps.
    hits: Vec<Hit>,
    /// Whether the body goes on before the text.
    cut_before: bool,
    /// Whether the body goes on after the text.
    cut_after: bool,
}

/// A place in a text: the numbers of its first character and of the one after its last, from 0. A character is a Unicode scalar
/// value, as in Python; JavaScript and Java count some characters, such as emoji, as two.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(value_type = Vec<usize>, min_items = 2, max_items = 2)]
struct Hit([usize; 2]);

impl FoundConversation {
    pub(super) fn of(found: Found, terms: &Terms) -> Self {
        let Found {
            conversation,
            labels,
            place: _,
            messages,
        } = found;
        let subject_hits = snippet::hits_in(&conversation.subject, &terms.subject);
        let stored = LabelledConversation {
            conversation,
            labels,
        };
        let messages = messages.into_iter();
        Self {
            conversation: Conversation::of(&stored),
            subject_hits: hits(&subject_hits),
            messages: messages
                .map(|message| FoundMessage::of(message, &terms.body))
                .collect(),
        }
    }
}

impl FoundMessage {
    fn of(message: Message, terms: &[Term]) -> Self {
        let body = text::plain(message.format, &message.body);
        Self {
            id: message.id.get(),
            kind: MessageKind(message.kind),
            channel: ChannelWord(message.channel),
            direction: DirectionWord(message.direction),
            state: StateWord(message.state),
            occurred_at: message.occurred_at.into(),
            snippet: Snippet::of(snippet::snippet(&body, terms, LONGEST_SNIPPET)),
        }
    }
}

impl Snippet {
    fn of(part: Part) -> Self {
        Self {
            hits: hits(&part.hits),
            text: part.text,
            cut_before: part.is_cut_before,
            cut_after: part.is_cut_after,
        }
    }
}

fn hits(ranges: &[Range<usize>]) -> Vec<Hit> {
    let hits = ranges.iter();
    hits.map(|hit| Hit([hit.start, hit.end])).collect()
}

/// Numbers of conversations that fulfil the query, by property; the greatest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Facets {
    /// How many conversations were counted: the 2,000 newest at most.
    counted: u64,
    /// Whether all conversations that fulfil the query were counted.
    complete: bool,
    status: Vec<StatusFacet>,
    /// By the channel of the first message.
    channel: Vec<ChannelFacet>,
    inbox: Vec<InboxFacet>,
    assignee: Vec<AssigneeFacet>,
    /// By tag, at most 100.
    tag: Vec<TagFacet>,
}

/// A number of conversations with a status.
#[derive(Debug, Serialize, ToSchema)]
struct StatusFacet {
    status: StatusWord,
    count: u64,
}

/// A number of conversations that began on a channel.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelFacet {
    channel: ChannelWord,
    count: u64,
}

/// A number of conversations in an inbox.
#[derive(Debug, Serialize, ToSchema)]
struct InboxFacet {
    inbox_id: i64,
    count: u64,
}

/// A number of conversations for which an agent is responsible.
#[derive(Debug, Serialize, ToSchema)]
struct AssigneeFacet {
    /// Null: nobody is responsible.
    #[schema(required)]
    assignee_id: Option<i64>,
    count: u64,
}

/// A number of conversations with a tag.
#[derive(Debug, Serialize, ToSchema)]
struct TagFacet {
    tag: String,
    count: u64,
}

impl Facets {
    pub(super) fn of(counted: &Counted) -> Self {
        let Counted {
            counted,
            is_complete,
            status,
            channel,
            inbox,
            assignee,
            tag,
        } = counted;
        Self {
            counted: *counted,
            complete: *is_complete,
            status: views(status, |status, count| StatusFacet {
                status: StatusWord(*status),
                count,
            }),
            channel: views(channel, |channel, count| ChannelFacet {
                channel: ChannelWord(*channel),
                count,
            }),
            inbox: views(inbox, |inbox, count| InboxFacet {
                inbox_id: inbox.get(),
                count,
            }),
            assignee: views(assignee, |agent, count| AssigneeFacet {
                assignee_id: agent.map(AgentId::get),
                count,
            }),
            tag: views(tag, |tag, count| TagFacet {
                tag: tag.clone(),
                count,
            }),
        }
    }
}

fn views<T, V>(counts: &[(T, u64)], view: impl Fn(&T, u64) -> V) -> Vec<V> {
    counts.iter().map(|(of, count)| view(of, *count)).collect()
}
