//! Search: which messages fulfil a query, by an index that follows the feed.
//!
//! The index holds one *document* for each message, with the texts of its conversation and customer, so that all words of a
//! query can be sought in one document. Words and properties that never change alone (channel, direction, inbox, ...) are
//! tokens of the document. What changes often (status, tags, assignee) is checked on the row of each conversation that the
//! index finds. `docs/decisions/007-search-index.md` explains why.

mod behind;
pub(crate) mod change;
mod customers;
pub(crate) mod document;
mod facets;
mod follow;
pub(crate) mod hits;
mod names;
pub(crate) mod pairs;
mod plan;
pub(crate) mod property;
mod query;
mod rank;
mod suggest;
pub(crate) mod terms;
pub(crate) mod times;

use std::time::Duration;

use heddle_domain::conversation::{Conversation, Status};
use heddle_domain::id::{AccountId, AgentId, ConversationId, InboxId, MessageId};
use heddle_domain::message::{Channel, Message};
use heddle_domain::{InboxScope, Timestamp};
use heddle_search::query::Expr;

use crate::write::label::Labels;

/// A search: what is sought, and what the caller may find.
#[derive(Clone, Debug)]
pub struct Search {
    /// Account whose data is searched.
    pub account: AccountId,
    /// Inboxes that the caller may read. Conversations in others are neither found nor counted.
    pub inboxes: InboxScope,
    /// Whether the caller may read customers. Otherwise their names and addresses are not searched.
    pub sees_customers: bool,
    /// Whether the caller may read agents. Otherwise words stand for no agent.
    pub sees_agents: bool,
    /// The agent who asks, for `assignee:me`; `None` if it is no agent, so that `me` finds nothing.
    pub me: Option<AgentId>,
    /// The query. All its times must be instants ([`Expr::at`](heddle_search::query::Expr::at)).
    pub query: Expr,
    /// Order of the conversations.
    pub order: Order,
    /// Where the page begins; `None` for the first.
    pub after: Option<Place>,
    /// The maximum number of conversations to return, 1 to 100.
    pub limit: usize,
    /// Whether to count the conversations by their properties.
    pub with_facets: bool,
}

/// The order of the conversations that are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By the time of the newest message that fulfils the query, newest first.
    Newest,
    /// By how well the best message fulfils the query. Compared are the newest [`RANKED`] messages that fulfil it, and the newest of those
    /// with a word in the subject, of the customer, or with all words beside each other.
    Relevance,
}

/// How long a search may take.
pub(crate) const LONGEST: Duration = Duration::from_secs(2);
/// The maximum number of messages of each kind that a search by relevance compares.
pub const RANKED: usize = 1_000;
/// How many messages that the index finds are examined for one page. If it is not full then, [`SearchPage::is_complete`] is false.
pub const EXAMINED: usize = 20_000;
/// How many conversations are counted at most in facets: the newest.
pub const COUNTED: usize = 2_000;
/// How many messages of a conversation are shown at most.
pub const MESSAGES_SHOWN: usize = 3;

/// The place of a conversation in the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// How well its best message fulfils the query; 0 if the order does not ask.
    pub score: i64,
    /// Time of its newest message that fulfils the query.
    pub at: Timestamp,
    /// The conversation.
    pub conversation: ConversationId,
    /// Its newest message that fulfils the query; 0 if it has no messages.
    pub message: MessageId,
}

/// A page of results.
#[derive(Clone, Debug)]
pub struct SearchPage {
    /// The conversations, in order.
    pub found: Vec<Found>,
    /// The place after which the next page begins; `None` on the last page.
    pub next: Option<Place>,
    /// Whether the page has all that it should. If not, the search stopped at a limit ([`EXAMINED`], [`RANKED`]); go on after `next`, if
    /// there is one.
    pub is_complete: bool,
    /// The counts, if the search asked for them.
    pub facets: Option<Facets>,
}

/// A conversation that fulfils the query.
#[derive(Clone, Debug)]
pub struct Found {
    /// The conversation's row.
    pub conversation: Conversation,
    /// Its tags and custom fields.
    pub labels: Labels,
    /// Place of the conversation in the results.
    pub place: Place,
    /// The messages that fulfil the query best, at most [`MESSAGES_SHOWN`], newest first. Empty if the conversation has no messages.
    pub messages: Vec<Message>,
}

/// Numbers of conversations by property.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// How many conversations were counted: the newest that fulfil the query.
    pub counted: u64,
    /// Whether all conversations that fulfil the query were counted.
    pub is_complete: bool,
    /// By status, most first.
    pub status: Vec<(Status, u64)>,
    /// By channel of the first message, most first.
    pub channel: Vec<(Channel, u64)>,
    /// By inbox, most first.
    pub inbox: Vec<(InboxId, u64)>,
    /// By assignee, most first; `None` stands for conversations without one.
    pub assignee: Vec<(Option<AgentId>, u64)>,
    /// By tag, most first, at most 100.
    pub tag: Vec<(String, u64)>,
}

/// Names that begin like a text that somebody is typing.
#[derive(Clone, Debug)]
pub struct Suggest {
    /// Account whose data is read.
    pub account: AccountId,
    /// Inboxes that the caller may read.
    pub inboxes: InboxScope,
    /// The text as typed so far.
    pub text: String,
    /// The maximum number of suggestions of each kind, 1 to 20.
    pub limit: usize,
    /// Whether to suggest customers.
    pub customers: bool,
    /// Whether to suggest agents.
    pub agents: bool,
    /// Whether to suggest tags.
    pub tags: bool,
}

/// Suggestions of each kind, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suggestions {
    /// Customers: words of their names or addresses begin like the words of the text.
    pub customers: Vec<heddle_domain::customer::Customer>,
    /// Agents, likewise.
    pub agents: Vec<heddle_domain::person::Agent>,
    /// Tags whose name has a word that begins like the text; a limited caller sees those of its inboxes' conversations only.
    pub tags: Vec<String>,
}

/// How far the index of an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The account.
    pub account: AccountId,
    /// Position of the last event that the index knows.
    pub position: i64,
    /// Position of the account's last event.
    pub head: i64,
    /// For a rebuild that is under way: how many of the account's customers and conversations are done, and of how many. `None` if none is.
    pub rebuild: Option<(u64, u64)>,
}

impl Progress {
    /// Whether the index has everything that was committed when the progress was read.
    #[must_use]
    pub const fn is_up_to_date(&self) -> bool {
        // After a restore of an older database the index can be ahead.
        self.position == self.head && self.rebuild.is_none()
    }
}
