//! Reads the feed: an account's events in the order of their positions (`store.md` 2).
//!
//! An event's position is its number in the feed. No event ever gets a position that a reader has already passed.
//! Positions have gaps. A page leaves out void events (`store.md` 4), but `reached` counts them. Each API converts the
//! events to its own format and decides who may see which.

use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, InboxId};
use heddle_domain::{InboxScope, Status};

use super::details::with_details;
use super::room::Room;
use crate::error::Result;
pub use crate::rows::feed::FeedEvent;
use crate::rows::{count, feed as rows};
use crate::stmt::{keys, params};
use crate::tx::{Cost, Read, Rows};

/// A page of at most so many events is found by its keys like a single row.
const SHORT_PAGE: usize = 50;

/// Reads events after a position, oldest first.
#[derive(Clone, Debug)]
pub struct ReadFeed {
    /// Account whose data is read.
    pub account: AccountId,
    /// The last position (number in the feed) that the reader has seen; 0 for none.
    pub after: i64,
    /// The maximum number of events to read.
    pub limit: usize,
}

/// A page of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedPage {
    /// The events, without void events.
    pub events: Vec<FeedEvent>,
    /// The position up to which the page was read; the next page begins after it. Equal to `after` if there was
    /// nothing.
    pub reached: i64,
    /// Whether the page was full, so that there are probably more events.
    pub more: bool,
    /// Whether the page ended early, because the details of more events would be longer than
    /// [`MOST_BYTES`](super::room::MOST_BYTES) together.
    pub is_cut: bool,
    /// The position of the last event that was deleted because of its age; 0 if none was.
    pub start: i64,
    /// Whether events after `after` were deleted before the reader saw them. If true, the reader has lost them.
    pub gone: bool,
}

impl Read for ReadFeed {
    type Out = FeedPage;
    const NAME: &'static str = "read_feed";

    /// Webhooks read short pages, very often.
    fn cost(&self) -> Cost {
        match self.limit <= SHORT_PAGE {
            true => Cost::Keys(self.account),
            false => Cost::List(self.account),
        }
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<FeedPage> {
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        // The order matters: if events are deleted between the statements, `gone` is set, so no event is skipped and no
        // detail is missing in silence.
        let (mut found, start) = rows
            .fetch_pair(
                (
                    &rows::AFTER,
                    params![self.account, self.after, limit],
                    rows::brief,
                ),
                (&rows::START, params![self.account], |row| row.int()),
            )
            .await?;
        let start = start.first().copied().unwrap_or(0);
        let is_full = found.len() >= self.limit;
        let mut room = Room::new();
        let fitting = found.iter().take_while(|next| room.takes(next.bytes()));
        found.truncate(fitting.count());
        let reached = found.last().map_or(self.after, |last| last.event.position);
        found.retain(|next| next.event.kind != EventKind::Void);
        let (events, has_gone) = with_details(rows, self.account, found).await?;
        Ok(FeedPage {
            events,
            reached,
            is_cut: room.is_full(),
            more: is_full || room.is_full(),
            start,
            gone: has_gone || self.after < start,
        })
    }
}

/// Reads the position of the last event of an account's feed; 0 if it has none.
#[derive(Clone, Copy, Debug)]
pub struct FeedHead(pub AccountId);

impl Read for FeedHead {
    type Out = i64;
    const NAME: &'static str = "feed_head";

    fn cost(&self) -> Cost {
        Cost::Keys(self.0)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<i64> {
        rows.feed_head(self.0).await
    }
}

/// Reads the positions of the last events of some accounts' feeds. PostgreSQL only: on SQLite no other process adds events.
#[derive(Clone, Debug)]
pub(crate) struct FeedHeads(pub(crate) Vec<i64>);

impl Read for FeedHeads {
    type Out = Vec<(AccountId, i64)>;
    const NAME: &'static str = "feed_heads";

    fn cost(&self) -> Cost {
        Cost::ACROSS
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let params = params![self.0.as_slice()];
        rows.fetch(&rows::HEADS, params, rows::head).await
    }
}

/// Reads the position that a named reader of an account's feed has reached; 0 if it has not started.
#[derive(Clone, Debug)]
pub struct ReaderPosition {
    /// Account whose data is read.
    pub account: AccountId,
    /// Name of the reader.
    pub reader: String,
}

impl Read for ReaderPosition {
    type Out = i64;
    const NAME: &'static str = "reader_position";

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<i64> {
        let params = params![self.account, &self.reader];
        let position = rows.fetch_one(&rows::READER, params, |row| row.int());
        Ok(position.await?.unwrap_or(0))
    }
}

/// Reads the accounts with events that a named reader has not read.
#[derive(Clone, Debug)]
pub struct Behind {
    /// Name of the reader.
    pub reader: String,
    /// The last account of the previous page; 0 for the first page.
    pub after: AccountId,
    /// The maximum number of accounts to return.
    pub limit: usize,
}

impl Read for Behind {
    /// Accounts with the reader's position in each, by account id.
    type Out = Vec<(AccountId, i64)>;
    const NAME: &'static str = "behind";

    fn cost(&self) -> Cost {
        Cost::ACROSS
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        let params = params![&self.reader, self.after, limit];
        rows.fetch(&rows::BEHIND, params, rows::behind).await
    }
}

/// Reads the number of conversations per inbox and status. The numbers are slightly delayed, because a reader of the
/// feed updates them.
#[derive(Clone, Debug)]
pub struct ConversationCounts {
    /// Account whose data is read.
    pub account: AccountId,
    /// The inboxes whose conversations are counted.
    pub inboxes: InboxScope,
}

impl Read for ConversationCounts {
    /// Inbox, status and number of conversations; for a pair that is missing the number is 0.
    type Out = Vec<(InboxId, Status, i64)>;
    const NAME: &'static str = "conversation_counts";

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        // Without a snapshot: the counts of each inbox are delayed by themselves, so two inboxes need not fit together.
        let mut counts = if self.inboxes == InboxScope::All {
            let params = params![self.account, 0_i64];
            rows.fetch(&count::LIST, params, count::count).await?
        } else {
            let keys = keys(self.account, self.inboxes.limit());
            let found = rows.fetch_many(&count::OF_INBOX, &keys, count::count);
            found.await?.concat()
        };
        counts.retain(|(_, _, conversations)| *conversations != 0);
        Ok(counts)
    }
}
