//! Statements on the counts of conversations in the folders of an inbox, and on the folder in which each conversation was
//! counted. A reader of the feed updates both.

use heddle_domain::Timestamp;
use heddle_domain::id::{AgentId, ConversationId, InboxId};

use crate::error::Result;
use crate::stmt::{Row, statements};

macro_rules! moved {
    ($list:literal) => {
        concat!(
            "SELECT c.id, c.inbox_id, c.phase, COALESCE(c.assignee_id, 0),
            CAST(CASE WHEN c.published = 0 AND c.messages > 0 THEN 1 ELSE 0 END AS BIGINT),
            p.inbox_id, p.phase, p.agent_id, p.draft
            FROM conversation c LEFT JOIN conversation_place p ON p.account_id = $1 AND p.conversation_id = c.id
            WHERE c.account_id = $1 AND c.id ", $list, " AND (p.conversation_id IS NULL OR p.inbox_id <> c.inbox_id
            OR p.phase <> c.phase OR p.agent_id <> COALESCE(c.assignee_id, 0)
            OR p.draft <> CASE WHEN c.published = 0 AND c.messages > 0 THEN 1 ELSE 0 END)
            ORDER BY c.id LIMIT 1000"
        )
    };
}

statements! {
    /// Selects, of the given conversations, those that are no longer in the place where they were counted.
    MOVED = moved!("IN (SELECT value FROM json_each($2))"), postgres moved!("= ANY ($2)");
    /// Records where a conversation is counted.
    PLACE = "INSERT INTO conversation_place (account_id, conversation_id, inbox_id, phase, agent_id, draft)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, conversation_id) DO UPDATE SET
        inbox_id = excluded.inbox_id, phase = excluded.phase, agent_id = excluded.agent_id, draft = excluded.draft";
    /// Changes a count.
    ADD = "INSERT INTO folder_count (account_id, inbox_id, phase, agent_id, draft, conversations, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, inbox_id, phase, agent_id, draft)
        DO UPDATE SET conversations = folder_count.conversations + excluded.conversations,
        changed_at = excluded.changed_at";
    /// Selects the counts of one inbox.
    OF_INBOX = "SELECT inbox_id, phase, agent_id, draft, conversations, changed_at FROM folder_count
        WHERE account_id = $1 AND inbox_id = $2 ORDER BY phase, agent_id, draft LIMIT 100000";
}

/// Where a conversation is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Inbox of the conversation.
    pub inbox: InboxId,
    /// Its phase (`Status::phase`), or 9 if no list shows it.
    pub phase: i64,
    /// Its assignee; `None` if it has none.
    pub agent: Option<AgentId>,
    /// Whether the conversation has messages, but none is published.
    pub is_draft: bool,
}

fn place(row: &mut Row<'_>) -> Result<Place> {
    Ok(Place {
        inbox: InboxId(row.int()?),
        phase: row.int()?,
        agent: Some(row.int()?).filter(|id| *id != 0).map(AgentId),
        is_draft: row.flag()?,
    })
}

/// A conversation that is no longer where it was counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moved {
    pub(crate) id: ConversationId,
    pub(crate) to: Place,
    pub(crate) from: Option<Place>,
}

/// Maps a row of `MOVED`.
pub(crate) fn moved(row: &mut Row<'_>) -> Result<Moved> {
    let (id, to) = (ConversationId(row.int()?), place(row)?);
    let from = match (
        row.opt_int()?,
        row.opt_int()?,
        row.opt_int()?,
        row.opt_int()?,
    ) {
        (Some(inbox), Some(phase), Some(agent), Some(draft)) => Some(Place {
            inbox: InboxId(inbox),
            phase,
            agent: Some(agent).filter(|id| *id != 0).map(AgentId),
            is_draft: draft != 0,
        }),
        _ => None,
    };
    Ok(Moved { id, to, from })
}

/// Maps a row of `OF_INBOX`: a place, the number of its conversations, and when the number last changed.
pub(crate) fn count(row: &mut Row<'_>) -> Result<(Place, i64, Timestamp)> {
    Ok((place(row)?, row.int()?, row.time()?))
}
