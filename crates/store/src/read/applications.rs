//! Reads what a Mews client application created: conversations and their messages. Both lists read at most the number
//! of rows that `store.md` 6 allows.

use std::collections::{BTreeMap, HashSet};

use heddle_domain::conversation::Conversation;
use heddle_domain::id::{AccountId, ApplicationId, ConversationId, InboxId, MessageId, TimeId};
use heddle_domain::message::{Attachment, Kind, Message, State};
use heddle_domain::{InboxScope, Timestamp, text};

use super::bodies::with_bodies;
use super::conversations::get;
use super::merge::Merge;
pub use super::position::Position;
use super::room::Room;
use super::with_files;
use crate::error::Result;
use crate::rows::{conversation as rows, message as message_rows};
use crate::stmt::params;
use crate::tx::{Cost, Read, Rows};

/// A period of recorded time that includes its start and excludes its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Start of the period, which belongs to it.
    pub start: Timestamp,
    /// End of the period, which does not belong to it.
    pub end: Timestamp,
}

impl Span {
    const ALL: Self = Self {
        start: Timestamp(i64::MIN),
        end: Timestamp(i64::MAX),
    };

    /// Whether the period contains a time.
    #[must_use]
    pub fn holds(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }
}

/// Up to this number of inboxes a page takes little more than its own rows.
const FEW_INBOXES: usize = 4;

/// Lists the conversations that an application created, newest first, without merged and hidden ones.
#[derive(Clone, Debug)]
pub struct ListApplicationThreads {
    /// Account whose data is read.
    pub account: AccountId,
    /// Id of the Mews application that created the conversations.
    pub application: ApplicationId,
    /// The inboxes, without duplicates.
    pub inboxes: Vec<InboxId>,
    /// Restricts the list to these conversations (at most 1,000): ids and recorded times as decoded from GUIDs. A merged
    /// one stands for its survivor.
    pub only: Option<Vec<Position>>,
    /// Restricts the list to conversations recorded in this period.
    pub created: Option<Span>,
    /// Restricts the list to conversations last updated in this period.
    pub updated: Option<Span>,
    /// The page begins after this position.
    pub before: Position,
    /// The maximum number of rows to return.
    pub limit: usize,
    /// The maximum number of places that the list by update time examines before it switches to a list by creation
    /// time: [`Self::BUDGET`].
    pub budget: usize,
}

impl Read for ListApplicationThreads {
    type Out = Vec<Conversation>;
    const NAME: &'static str = "list_application_threads";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        let is_along_one_index = self.updated.is_none() && self.inboxes.len() <= FEW_INBOXES;
        match is_along_one_index {
            true => Cost::page(self.account, self.limit),
            false => Cost::List(self.account),
        }
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        if let Some(only) = &self.only {
            return self.by_ids(rows, only).await;
        }
        match self.updated {
            Some(updated) => self.by_update(rows, updated).await,
            None => self.by_creation(rows, None).await,
        }
    }
}

impl ListApplicationThreads {
    /// The value of `budget`, as `store.md` 6 fixes it.
    pub const BUDGET: usize = 20_001;

    fn matches(&self, c: &Conversation) -> bool {
        c.application == Some(self.application)
            && self.inboxes.contains(&c.inbox)
            && c.merged_into.is_none()
            && c.state != State::Hidden
            && self.created.is_none_or(|span| span.holds(c.created_at))
            && self.updated.is_none_or(|span| span.holds(c.updated_at))
            && Position::of(c) < self.before
    }

    async fn by_ids(&self, rows: &mut Rows<'_>, only: &[Position]) -> Result<Vec<Conversation>> {
        // If the time in a GUID differs from the row's, the GUID does not name this conversation, even if the correct
        // GUID is in the list too.
        let claimed: HashSet<Position> = only.iter().copied().collect();
        let ids: Vec<i64> = claimed.iter().map(|position| position.id).collect();
        let named = rows
            .fetch(
                &self::rows::GET_MANY,
                params![self.account, ids.as_slice()],
                self::rows::conversation,
            )
            .await?;
        let named = named
            .into_iter()
            .filter(|c| claimed.contains(&Position::of(c)));
        let (ended, mut found): (Vec<_>, Vec<_>) = named.partition(|c| c.merged_into.is_some());
        // The GUID of a merged conversation selects its survivor, unless the application may not see the survivor.
        let own = |c: &Conversation| {
            c.application == Some(self.application) && self.inboxes.contains(&c.inbox)
        };
        let survivors: Vec<i64> = ended
            .iter()
            .filter(|c| own(c))
            .filter_map(|c| c.merged_into)
            .map(ConversationId::get)
            .collect();
        if !survivors.is_empty() {
            let params = params![self.account, survivors.as_slice()];
            found.extend(
                rows.fetch(&self::rows::GET_MANY, params, self::rows::conversation)
                    .await?,
            );
        }
        found.retain(|c| self.matches(c));
        found.sort_by_key(|c| std::cmp::Reverse(Position::of(c)));
        found.dedup_by_key(|c| c.id);
        found.truncate(self.limit);
        Ok(found)
    }

    /// Reads some conversations; returns those that match the filters, newest first.
    async fn get(&self, rows: &mut Rows<'_>, ids: &[i64]) -> Result<Vec<Conversation>> {
        let params = params![self.account, ids];
        let mut found = rows
            .fetch(&rows::GET_MANY, params, rows::conversation)
            .await?;
        found.retain(|c| self.matches(c));
        found.sort_by_key(|c| std::cmp::Reverse(Position::of(c)));
        Ok(found)
    }

    /// Reads the conversations of each inbox by creation time, and merges the results.
    async fn by_creation(
        &self,
        rows: &mut Rows<'_>,
        updated: Option<Span>,
    ) -> Result<Vec<Conversation>> {
        let start = self.created.map_or(Timestamp(i64::MIN), |span| span.start);
        let end = self
            .created
            .map_or(Position::NEWEST, |span| Position::before(span.end));
        let stmt = match updated {
            Some(_) => &rows::BY_APPLICATION_UPDATED,
            None => &rows::BY_APPLICATION,
        };
        let mut merge = Merge::new(
            self.inboxes.len(),
            end.min(self.before),
            self.limit,
            Position::of,
        );
        while !merge.open().is_empty() {
            let open = merge.open().iter();
            let params: Vec<_> = open
                .map(|(run, before)| {
                    let mut params = params![
                        self.account,
                        self.application,
                        self.inboxes[*run],
                        start,
                        before.at,
                        before.id,
                        merge.piece() as i64,
                    ]
                    .to_vec();
                    params.extend(
                        updated
                            .iter()
                            .flat_map(|span| *params![span.start, span.end]),
                    );
                    params
                })
                .collect();
            let read = rows.fetch_many(stmt, &params, rows::conversation).await?;
            merge.take(read);
        }
        Ok(merge.into_page())
    }

    /// Reads the places of the updated conversations from the index on update time, and sorts them by creation time. If
    /// there are too many, lists by creation time instead.
    async fn by_update(&self, rows: &mut Rows<'_>, updated: Span) -> Result<Vec<Conversation>> {
        let inboxes: Vec<i64> = self.inboxes.iter().map(|inbox| inbox.get()).collect();
        let params = params![
            self.account,
            self.application,
            inboxes.as_slice(),
            updated.start,
            updated.end,
            self.budget as i64,
        ];
        let mut positions = rows
            .fetch(&rows::POSITIONS_BY_UPDATE, params, |row| {
                Ok(Position {
                    at: row.time()?,
                    id: row.int()?,
                })
            })
            .await?;
        if positions.len() >= self.budget {
            return self.by_creation(rows, Some(updated)).await;
        }
        let inside =
            |p: &Position| *p < self.before && self.created.is_none_or(|span| span.holds(p.at));
        positions.retain(inside);
        positions.sort_unstable_by(|a, b| b.cmp(a));
        let mut page = Vec::with_capacity(self.limit.min(positions.len()));
        // Only reading a conversation shows whether it is merged or hidden, so this reads on until the page is full.
        for chunk in positions.chunks(self.limit.max(1)) {
            let ids: Vec<i64> = chunk.iter().map(|p| p.id).collect();
            page.extend(self.get(rows, &ids).await?);
            if page.len() >= self.limit {
                break;
            }
        }
        page.truncate(self.limit);
        Ok(page)
    }
}

/// Reads one conversation of an application, for a cursor that names it. Finds merged and hidden conversations too,
/// because they still mark a position in the list.
#[derive(Clone, Debug)]
pub struct GetApplicationThread {
    /// Account whose data is read.
    pub account: AccountId,
    /// Id of the Mews application that created the conversations.
    pub application: ApplicationId,
    /// Inboxes that the list is limited to.
    pub inboxes: InboxScope,
    /// Id of the conversation to read.
    pub id: ConversationId,
}

impl Read for GetApplicationThread {
    type Out = Option<Conversation>;
    const NAME: &'static str = "get_application_thread";

    fn cost(&self) -> Cost {
        Cost::Keys(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let found = get(rows, self.account, self.id).await?;
        Ok(found
            .filter(|c| c.application == Some(self.application) && self.inboxes.contains(c.inbox)))
    }
}

/// Lists the messages of some conversations of an application, newest first over all conversations, without notes,
/// line items, drafts and hidden messages.
#[derive(Clone, Debug)]
pub struct ListThreadMessages {
    /// Account whose data is read.
    pub account: AccountId,
    /// The application that must have created the conversations.
    pub application: ApplicationId,
    /// Inboxes that the list is limited to.
    pub inboxes: Vec<InboxId>,
    /// The conversations, as decoded from GUIDs; those that the application may not see are ignored.
    pub conversations: Vec<Position>,
    /// Restricts the list to messages recorded in this period.
    pub created: Option<Span>,
    /// The page begins after the message with this id.
    pub before: MessageId,
    /// The maximum number of rows to return. A page ends earlier if its bodies together are longer than
    /// [`MOST_BYTES`](super::room::MOST_BYTES).
    pub limit: usize,
    /// The number of messages up to which the conversations are read in one scan; with more, each is read separately:
    /// [`Self::BUDGET`].
    pub budget: usize,
}

/// A message of the list, with its attachments and its conversation's recorded time, which the GUID needs.
#[derive(Clone, Debug)]
pub struct ThreadMessage {
    /// The message's row.
    pub message: Message,
    /// The message's attachments. They are read only for a message without text; else empty.
    pub attachments: Vec<Attachment>,
    /// Recorded time of the message's conversation.
    pub conversation_created_at: Timestamp,
}

/// Ids of conversation and message.
type Key = (i64, i64);

/// How many keys are read in addition to those that the page needs, because some belong to notes.
const SLACK: usize = 32;

impl Read for ListThreadMessages {
    type Out = Vec<ThreadMessage>;
    const NAME: &'static str = "list_thread_messages";
    const SNAPSHOT: bool = true;

    fn cost(&self) -> Cost {
        Cost::List(self.account)
    }

    async fn run(&self, rows: &mut Rows<'_>) -> Result<Self::Out> {
        let visible = self.visible(rows).await?;
        let named = Named {
            ids: visible.iter().map(|c| c.id.get()).collect(),
            times: visible.iter().map(|c| (c.id.get(), c.created_at)).collect(),
        };
        let range = self.range(rows).await?;
        let entries: i64 = visible.iter().map(|c| c.messages).sum();
        if usize::try_from(entries).is_ok_and(|entries| entries <= self.budget) {
            self.by_one_scan(rows, &named, range).await
        } else {
            self.by_runs(rows, &named, range).await
        }
    }
}

/// The requested conversations that the application may see.
struct Named {
    ids: Vec<i64>,
    times: BTreeMap<i64, Timestamp>,
}

impl ListThreadMessages {
    /// The value of `budget`, as `store.md` 6 fixes it.
    pub const BUDGET: usize = 50_000;

    async fn visible(&self, rows: &mut Rows<'_>) -> Result<Vec<Conversation>> {
        let list = ListApplicationThreads {
            account: self.account,
            application: self.application,
            inboxes: self.inboxes.clone(),
            only: Some(self.conversations.clone()),
            created: None,
            updated: None,
            before: Position::NEWEST,
            limit: self.conversations.len(),
            budget: 0,
        };
        list.run(rows).await
    }

    /// Returns the range of message ids to search: from (inclusive), to (exclusive). An id is never before the recorded
    /// time, but it can be far after it; then the recorded time alone decides where the period ends.
    async fn range(&self, rows: &mut Rows<'_>) -> Result<(i64, i64)> {
        let before = self.before.get();
        let Some(span) = self.created else {
            return Ok((0, before));
        };
        let params = params![self.account];
        let apart = rows.fetch_one(&message_rows::RECORDED_APART, params, |row| row.int());
        let end = match apart.await? {
            Some(_) => before,
            None => before.min(TimeId::first_at(span.end).0),
        };
        Ok((TimeId::first_at(span.start).0, end))
    }

    /// Reads the keys of all conversations from the index in one scan. Only reading a message shows whether it is a
    /// contact, so a second scan of everything may be needed.
    async fn by_one_scan(
        &self,
        rows: &mut Rows<'_>,
        named: &Named,
        (start, mut before): (i64, i64),
    ) -> Result<Vec<ThreadMessage>> {
        let mut most = self.limit + SLACK;
        let mut page = Vec::with_capacity(self.limit);
        let mut room = Room::new();
        loop {
            let params = params![
                self.account,
                named.ids.as_slice(),
                start,
                before,
                most as i64
            ];
            let keys = rows.fetch(&message_rows::KEYS_DESC, params, key).await?;
            let complete = keys.len() < most;
            let mut rest = keys.as_slice();
            while !rest.is_empty() && page.len() < self.limit {
                let wanted = (self.limit - page.len()).max(SLACK).min(rest.len());
                let (piece, later) = rest.split_at(wanted);
                page.extend(self.get(rows, piece, named, &mut room).await?);
                if room.is_full() {
                    page.truncate(self.limit);
                    return Ok(page);
                }
                before = piece[wanted - 1].1;
                rest = later;
            }
            if complete || page.len() >= self.limit {
                page.truncate(self.limit);
                return Ok(page);
            }
            most = Self::BUDGET;
        }
    }

    /// Reads each conversation separately and merges them.
    async fn by_runs(
        &self,
        rows: &mut Rows<'_>,
        named: &Named,
        (start, before): (i64, i64),
    ) -> Result<Vec<ThreadMessage>> {
        let span = self.created.unwrap_or(Span::ALL);
        let end = TimeId::first_at(span.end).0;
        let mut merge = Merge::new(named.ids.len(), before, self.limit, |key: &Key| key.1);
        while !merge.open().is_empty() {
            let (account, piece) = (self.account.into(), (merge.piece() as i64).into());
            let open = merge.open().iter();
            let params: Vec<_> = open
                .map(|(run, before)| {
                    let id = named.ids[*run].into();
                    [
                        account,
                        id,
                        start.into(),
                        (*before).into(),
                        piece,
                        span.start.into(),
                        span.end.into(),
                        end.into(),
                    ]
                })
                .collect();
            let read = rows
                .fetch_many(&message_rows::CONTACTS_DESC, &params, key)
                .await?;
            merge.take(read);
        }
        let keys = merge.into_page();
        self.get(rows, &keys, named, &mut Room::new()).await
    }

    /// Reads some messages in order, as far as their bodies have room on the page; leaves out those that are not published
    /// contacts, or not recorded in the period.
    async fn get(
        &self,
        rows: &mut Rows<'_>,
        keys: &[Key],
        named: &Named,
        room: &mut Room,
    ) -> Result<Vec<ThreadMessage>> {
        let params: Vec<_> = keys
            .iter()
            .map(|(conversation, id)| [self.account.into(), (*conversation).into(), (*id).into()])
            .collect();
        let found = rows
            .fetch_many(&message_rows::BRIEF, &params, message_rows::brief)
            .await?;
        let span = self.created.unwrap_or(Span::ALL);
        let is_shown = |m: &Message| {
            m.kind == Kind::Message && m.state == State::Published && span.holds(m.recorded_at)
        };
        let found = found.into_iter().flatten();
        let mut found: Vec<_> = found.filter(|found| is_shown(&found.message)).collect();
        found.truncate(room.take_messages(&found));
        let messages = with_bodies(rows, self.account, found).await?;
        let is_silent = |m: &Message| text::plain(m.format, &m.body).is_empty();
        let found = with_files(rows, self.account, messages, is_silent).await?;
        let shown = found
            .into_iter()
            .map(|(message, attachments)| ThreadMessage {
                attachments,
                conversation_created_at: named.times[&message.conversation.get()],
                message,
            });
        Ok(shown.collect())
    }
}

fn key(row: &mut crate::stmt::Row<'_>) -> Result<Key> {
    Ok((row.int()?, row.int()?))
}
