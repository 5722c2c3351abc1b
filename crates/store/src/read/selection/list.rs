//! What a list of conversations is asked, and what it answers.

use std::collections::BTreeSet;

use heddle_domain::id::{AccountId, InboxId};

use super::expr::Expr;
use super::order::{Place, Sort};
use crate::read::conversations::ConversationView;

/// Reads a page of conversations.
#[derive(Clone, Debug)]
pub struct SelectConversations {
    /// Account whose data is read.
    pub account: AccountId,
    /// The inboxes to list; an empty list returns nothing.
    pub inboxes: BTreeSet<InboxId>,
    /// Which conversations the list has.
    pub wanted: Expr,
    /// Order of the list.
    pub sort: Sort,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Number of the page, from 1.
    pub page: i64,
    /// Conversations per page.
    pub size: usize,
    /// The page begins after this place; `None`: after as many conversations as the pages before it have.
    pub after: Option<Place>,
    /// Whether the server keeps a search index.
    pub has_index: bool,
    /// How much the list may read; usually [`Limits::USUAL`].
    pub limits: Limits,
}

/// How much a list may read, apart from the entries and facts of its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The maximum number of conversations that the index of a condition may select, so that they are sorted in memory.
    pub sorted: usize,
    /// The number of index entries that an estimate of the length examines.
    pub examined: usize,
    /// Up to this number the entries of an index are counted. Above it, the counts of the folders say how many they are; there is
    /// none for a tag, so the number of its conversations is estimated.
    pub counted: i64,
}

impl Limits {
    /// The limits of every list, except in tests with few conversations.
    pub const USUAL: Self = Self {
        sorted: 10_000,
        examined: 2_000,
        counted: 100_000,
    };
}

/// A page of conversations.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The conversations, in order.
    pub conversations: Vec<ConversationView>,
    /// How many conversations the list has. Exact up to 100,000 if few conversations fulfil a condition or the list is a part of
    /// an index; otherwise an estimate, which is never less than what the pages up to this one have.
    pub total: i64,
    /// The place after which the next page begins; `None` if this page is the last.
    pub next: Option<Place>,
    /// How many rows and entries of indexes were read.
    pub rows_read: usize,
}
