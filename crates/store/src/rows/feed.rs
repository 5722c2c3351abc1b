//! Statements on the feed: events by position, the position of each reader, the beginning of the feed.
//!
//! On SQLite an event's id is its position. On PostgreSQL the sequencer assigns positions; its statements exist on
//! that engine only and are listed in [`POSTGRES`].

use heddle_domain::Timestamp;
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, AgentId, ConversationId, CredentialId, EventId, InboxId};

use crate::detail::StoredDetail;
use crate::error::Result;
use crate::stmt::{Row, Stmt, statements};

/// Selects events of a list: `$position`, then the other columns. A detail of more than 16 KiB is left out, and its size is
/// the last column.
macro_rules! events {
    ($position:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $position,
            ", id, kind, conversation_id, inbox_id, entity_id, api, credential_id, agent_id, address, imported,
            CASE WHEN octet_length(detail) <= 16384 THEN detail END, recorded_at,
            CASE WHEN octet_length(detail) > 16384 THEN CAST(octet_length(detail) AS BIGINT) END
            FROM event WHERE account_id = $1 ",
            $rest
        )
    };
}
pub(super) use events;

statements! {
    /// Selects the events after a position, in order.
    AFTER = events!("id", "AND id > $2 ORDER BY id LIMIT $3"),
        postgres events!("position", "AND position > $2 ORDER BY position LIMIT $3");
    /// Selects the detail of an event.
    DETAIL = "SELECT detail FROM event WHERE account_id = $1 AND id = $2";
    /// Counts the events after a position, up to a number.
    COUNT_AFTER = "SELECT count(*) FROM (SELECT 1 FROM event WHERE account_id = $1 AND id > $2
        ORDER BY id LIMIT $3) AS counted",
        postgres "SELECT count(*) FROM (SELECT 1 FROM event WHERE account_id = $1 AND position > $2
        ORDER BY position LIMIT $3) AS counted";
    /// Selects the position of the last event; no row if there is no event.
    HEAD = "SELECT id FROM event WHERE account_id = $1 ORDER BY id DESC LIMIT 1",
        postgres "SELECT head FROM feed WHERE account_id = $1";
    /// Selects the position of the last event that retention deleted; no row if none was deleted.
    START = "SELECT position FROM feed_start WHERE account_id = $1";
    /// Selects the position that a reader has reached.
    READER = "SELECT position FROM feed_reader WHERE account_id = $1 AND name = $2";
    /// Same as `READER`, locked until the transaction ends.
    LOCK_READER = "SELECT position FROM feed_reader WHERE account_id = $1 AND name = $2", locked;
    /// Moves a reader if it is still at the expected position.
    MOVE_READER = "UPDATE feed_reader SET position = $4 WHERE account_id = $1 AND name = $2 AND position = $3";
    /// Stores the first position of a reader.
    BEGIN_READER = "INSERT INTO feed_reader (account_id, name, position) VALUES ($1, $2, $3)
        ON CONFLICT (account_id, name) DO UPDATE SET position = excluded.position WHERE feed_reader.position = 0";
    /// Selects the readers of an account after a name.
    READERS = "SELECT name, position FROM feed_reader WHERE account_id = $1 AND name > $2 ORDER BY name LIMIT $3";
    /// Selects the oldest events up to a position.
    OLDEST = "SELECT id, id, recorded_at FROM event WHERE account_id = $1 AND id <= $2 ORDER BY id LIMIT $3",
        postgres "SELECT position, id, recorded_at FROM event WHERE account_id = $1 AND position <= $2
        ORDER BY position LIMIT $3";
    /// Selects the position of the last event that was recorded before $2, among those whose id is far ahead of the recorded
    /// time.
    LAST_APART = "SELECT id FROM event INDEXED BY event_recorded_apart
        WHERE account_id = $1 AND recorded_at < $2 ORDER BY recorded_at DESC LIMIT 1",
        postgres "SELECT coalesce(position, 0) FROM event WHERE account_id = $1 AND recorded_at < $2
        ORDER BY recorded_at DESC LIMIT 1";
    /// Deletes events up to a position.
    DELETE_UP_TO = "DELETE FROM event WHERE account_id = $1 AND id <= $2",
        postgres "DELETE FROM event WHERE account_id = $1 AND position <= $2";
    /// Records that events up to a position are deleted.
    MOVE_START = "INSERT INTO feed_start (account_id, position, event_id) VALUES ($1, $2, $3)
        ON CONFLICT (account_id) DO UPDATE SET position = excluded.position, event_id =
        CASE WHEN excluded.event_id > feed_start.event_id THEN excluded.event_id ELSE feed_start.event_id END
        WHERE feed_start.position < excluded.position";
    /// Selects accounts after the id `$2` whose events the reader `$1` has not all read, with the reader's position.
    BEHIND = "SELECT a.id, coalesce(r.position, 0) FROM account a
        LEFT JOIN feed_reader r ON r.account_id = a.id AND r.name = $1
        WHERE a.id > $2 AND EXISTS (SELECT 1 FROM event e WHERE e.account_id = a.id AND e.id > coalesce(r.position, 0))
        ORDER BY a.id LIMIT $3",
        postgres "SELECT f.account_id, coalesce(r.position, 0) FROM feed f
        LEFT JOIN feed_reader r ON r.account_id = f.account_id AND r.name = $1
        WHERE f.account_id > $2 AND f.head > coalesce(r.position, 0) ORDER BY f.account_id LIMIT $3";
}

/// An event: one committed change, as the feed returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedEvent {
    /// Position in the account's feed.
    pub position: i64,
    /// Id of the event.
    pub id: EventId,
    /// When the server recorded the event.
    pub recorded_at: Timestamp,
    /// Which kind of change the event records.
    pub kind: EventKind,
    /// The conversation that the event concerns, if any.
    pub conversation: Option<ConversationId>,
    /// The inbox of the event: the conversation's inbox after the change, or the customer's home inbox (the only inbox
    /// that shows the customer). `None` for other entities.
    pub inbox: Option<InboxId>,
    /// Id of the entity that the event's kind names.
    pub entity: i64,
    /// The API that the change came through; `None` for the command line.
    pub api: Option<String>,
    /// The credential of the request.
    pub credential: Option<CredentialId>,
    /// The agent who acted.
    pub agent: Option<AgentId>,
    /// The client's address.
    pub address: Option<String>,
    /// Whether the change is part of an import. If true, webhooks, mail and live notifications skip the event.
    pub imported: bool,
    /// What changed, with old and new values. Empty if the stored text is unreadable.
    pub detail: StoredDetail,
}

/// An event of a list, and the size of its detail in bytes if it is long; then the event has no detail yet.
pub(crate) struct BriefEvent {
    pub(crate) event: FeedEvent,
    pub(crate) long: Option<i64>,
}

/// Maps a row of `AFTER`.
pub(crate) fn brief(row: &mut Row<'_>) -> Result<BriefEvent> {
    Ok(BriefEvent {
        event: event(row)?,
        long: row.opt_int()?,
    })
}

fn event(row: &mut Row<'_>) -> Result<FeedEvent> {
    let position = row.int()?;
    let id = EventId(row.int()?);
    Ok(FeedEvent {
        position,
        id,
        kind: row.word(EventKind::parse)?,
        conversation: row.opt_int()?.map(ConversationId),
        inbox: row.opt_int()?.map(InboxId),
        entity: row.int()?,
        api: row.opt_text()?,
        credential: row.opt_int()?.map(CredentialId),
        agent: row.opt_int()?.map(AgentId),
        address: row.opt_text()?,
        imported: row.flag()?,
        detail: row
            .opt_text()?
            .map(|text| StoredDetail::of_text(&text))
            .unwrap_or_default(),
        recorded_at: row.opt_time()?.unwrap_or(id.created_at()),
    })
}

/// One of the oldest events.
pub(crate) struct Oldest {
    pub(crate) position: i64,
    pub(crate) id: EventId,
    pub(crate) recorded_at: Timestamp,
}

/// Maps a row of `OLDEST`.
pub(crate) fn oldest(row: &mut Row<'_>) -> Result<Oldest> {
    let (position, id) = (row.int()?, EventId(row.int()?));
    Ok(Oldest {
        position,
        id,
        recorded_at: row.opt_time()?.unwrap_or(id.created_at()),
    })
}

/// Maps a row of `READERS`.
pub(crate) fn reader(row: &mut Row<'_>) -> Result<(String, i64)> {
    Ok((row.text()?, row.int()?))
}

/// Maps a row of `BEHIND`.
pub(crate) fn behind(row: &mut Row<'_>) -> Result<(AccountId, i64)> {
    Ok((AccountId(row.int()?), row.int()?))
}

/// Maps a row of `HEADS`.
pub(crate) fn head(row: &mut Row<'_>) -> Result<(AccountId, i64)> {
    Ok((AccountId(row.int()?), row.int()?))
}

/// The statements that exist on PostgreSQL only, where the sequencer assigns positions.
pub(crate) static POSTGRES: &[&Stmt] =
    &[&PENDING, &HEADS, &LOCK_HEAD, &MAKE_HEAD, &STAMP, &MOVE_HEAD];

/// Selects the accounts that have events without a position.
pub(crate) static PENDING: Stmt = Stmt::new(
    "PENDING",
    // tidy: across accounts: a node numbers the events of all accounts; the index holds only pending events.
    "SELECT DISTINCT account_id FROM event WHERE position IS NULL ORDER BY account_id LIMIT 1000",
    None,
);

/// Selects the heads of some accounts' feeds.
pub(crate) static HEADS: Stmt = Stmt::new(
    "HEADS",
    // tidy: across accounts: a node polls the feeds of all accounts with live readers.
    "SELECT account_id, head FROM feed WHERE account_id = ANY($1)",
    None,
);

/// Locks the head row of an account's feed. An UPDATE instead of FOR UPDATE: it works on SQL databases without such
/// locks too.
pub(crate) static LOCK_HEAD: Stmt = Stmt::new(
    "LOCK_HEAD",
    "UPDATE feed SET head = head WHERE account_id = $1 RETURNING head",
    None,
);

/// Inserts the head row of an account's feed.
pub(crate) static MAKE_HEAD: Stmt = Stmt::new(
    "MAKE_HEAD",
    "INSERT INTO feed (account_id, head) VALUES ($1, 0) ON CONFLICT (account_id) DO NOTHING",
    None,
);

/// Gives positions to the oldest pending events, starting after the head `$2` (the last assigned position).
pub(crate) static STAMP: Stmt = Stmt::new(
    "STAMP",
    "UPDATE event SET position = $2 + numbered.rank FROM
        (SELECT id, row_number() OVER (ORDER BY id) AS rank FROM
        (SELECT id FROM event WHERE account_id = $1 AND position IS NULL ORDER BY id LIMIT $3) AS oldest) AS numbered
        WHERE event.account_id = $1 AND event.id = numbered.id",
    None,
);

/// Moves the head to the last assigned position.
pub(crate) static MOVE_HEAD: Stmt = Stmt::new(
    "MOVE_HEAD",
    "UPDATE feed SET head = greatest(head, (SELECT max(position) FROM event WHERE account_id = $1)) WHERE account_id = $1",
    None,
);
