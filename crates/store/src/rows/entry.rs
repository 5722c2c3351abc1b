//! Statements that read entries of the indexes on conversations, and the few columns that decide whether a list has a
//! conversation. The phase keeps merged and deleted conversations apart ([`super::conversation::phase`]), so these
//! statements need no further condition.

use heddle_domain::Timestamp;
use heddle_domain::id::{AgentId, CustomerId, InboxId};

use crate::error::Result;
use crate::stmt::{Row, statements};

/// Entries of an index in its order, behind a position ($position, as `(key, id)`).
macro_rules! entries {
    ($columns:literal, $condition:literal, $key:literal, $sign:literal, $position:literal, $order:literal, $limit:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM conversation WHERE account_id = $1 AND ",
            $condition,
            " AND (",
            $key,
            ", id) ",
            $sign,
            " (",
            $position,
            ") ORDER BY ",
            $key,
            $order,
            ", id",
            $order,
            " LIMIT ",
            $limit
        )
    };
}
macro_rules! count {
    ($index:literal, $condition:literal, $limit:literal) => {
        concat!(
            "SELECT count(*) FROM (SELECT id FROM conversation ",
            $index,
            " WHERE account_id = $1 AND ",
            $condition,
            " LIMIT ",
            $limit,
            ") counted"
        )
    };
}
macro_rules! named {
    ($columns:literal, $list:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM conversation WHERE account_id = $1 AND id ",
            $list,
            " ORDER BY id LIMIT 1000"
        )
    };
}

statements! {
    /// Selects the conversations of an inbox and a phase by their start, behind the position ($4, $5), not after $7.
    START_ASC = entries!("started_at, id", "inbox_id = $2 AND phase = $3 AND started_at <= $7",
        "started_at", ">", "$4, $5", "", "$6");
    /// Same as `START_ASC`, latest first, not before $7.
    START_DESC = entries!("started_at, id", "inbox_id = $2 AND phase = $3 AND started_at >= $7",
        "started_at", "<", "$4, $5", " DESC", "$6");
    /// Selects the conversations of an inbox and a phase by their number, behind the position ($4, $5).
    NUMBER_ASC = entries!("number, id", "inbox_id = $2 AND phase = $3", "number", ">", "$4, $5", "", "$6");
    /// Same as `NUMBER_ASC`, greatest first.
    NUMBER_DESC = entries!("number, id", "inbox_id = $2 AND phase = $3", "number", "<", "$4, $5", " DESC", "$6");
    /// Selects the conversations of an inbox with their phases by the last change, behind the position ($3, $4), not
    /// after $6.
    CHANGE_ASC = entries!("updated_at, id, phase", "inbox_id = $2 AND updated_at <= $6",
        "updated_at", ">", "$3, $4", "", "$5");
    /// Same as `CHANGE_ASC`, latest first, not before $6.
    CHANGE_DESC = entries!("updated_at, id, phase", "inbox_id = $2 AND updated_at >= $6",
        "updated_at", "<", "$3, $4", " DESC", "$5");
    /// Selects the conversations of the agent $2 in an inbox and a phase by their start, behind the position ($5, $6).
    HELD_ASC = entries!("started_at, id", "assignee_id = $2 AND inbox_id = $3 AND phase = $4",
        "started_at", ">", "$5, $6", "", "$7");
    /// Same as `HELD_ASC`, latest first.
    HELD_DESC = entries!("started_at, id", "assignee_id = $2 AND inbox_id = $3 AND phase = $4",
        "started_at", "<", "$5, $6", " DESC", "$7");
    /// Selects the conversations without an assignee in an inbox and a phase by their start, behind the position
    /// ($4, $5).
    FREE_ASC = entries!("started_at, id", "assignee_id IS NULL AND inbox_id = $2 AND phase = $3",
        "started_at", ">", "$4, $5", "", "$6");
    /// Same as `FREE_ASC`, latest first.
    FREE_DESC = entries!("started_at, id", "assignee_id IS NULL AND inbox_id = $2 AND phase = $3",
        "started_at", "<", "$4, $5", " DESC", "$6");
    /// Selects the conversations of an inbox without a published message, latest first, at most $3.
    DRAFTS = "SELECT id FROM conversation INDEXED BY conversation_draft
        WHERE account_id = $1 AND inbox_id = $2 AND published = 0
        ORDER BY started_at DESC, id DESC LIMIT $3",
        postgres "SELECT id FROM conversation WHERE account_id = $1 AND inbox_id = $2 AND published = 0
        ORDER BY started_at DESC, id DESC LIMIT $3";
    /// Selects the conversations of an inbox and a phase with the number $4.
    NUMBERED = "SELECT id FROM conversation INDEXED BY conversation_by_number
        WHERE account_id = $1 AND inbox_id = $2 AND phase = $3 AND number = $4 LIMIT 100",
        postgres "SELECT id FROM conversation
        WHERE account_id = $1 AND inbox_id = $2 AND phase = $3 AND number = $4 LIMIT 100";
    /// Counts the conversations of an inbox and a phase, up to $4.
    COUNT = count!("INDEXED BY conversation_by_start", "inbox_id = $2 AND phase = $3", "$4"),
        postgres count!("", "inbox_id = $2 AND phase = $3", "$4");
    /// Counts the conversations of an inbox and a phase that started from $4 to $5, up to $6.
    COUNT_STARTED = count!("INDEXED BY conversation_by_start",
        "inbox_id = $2 AND phase = $3 AND started_at >= $4 AND started_at <= $5", "$6"),
        postgres count!("", "inbox_id = $2 AND phase = $3 AND started_at >= $4 AND started_at <= $5", "$6");
    /// Counts the conversations of an inbox and a phase that changed from $4 to $5, up to $6.
    COUNT_CHANGED = count!("INDEXED BY conversation_by_update",
        "inbox_id = $2 AND phase = $3 AND updated_at >= $4 AND updated_at <= $5", "$6"),
        postgres count!("", "inbox_id = $2 AND phase = $3 AND updated_at >= $4 AND updated_at <= $5", "$6");
    /// Counts the conversations of the agent $2 in an inbox and a phase, up to $5.
    COUNT_HELD = count!("INDEXED BY conversation_by_holder", "assignee_id = $2 AND inbox_id = $3 AND phase = $4", "$5"),
        postgres count!("", "assignee_id = $2 AND inbox_id = $3 AND phase = $4", "$5");
    /// Counts the conversations without an assignee in an inbox and a phase, up to $4.
    COUNT_FREE = count!("INDEXED BY conversation_by_holder", "assignee_id IS NULL AND inbox_id = $2 AND phase = $3", "$4"),
        postgres count!("", "assignee_id IS NULL AND inbox_id = $2 AND phase = $3", "$4");
    /// Selects the facts of conversations by id.
    FACTS = named!("id, number, inbox_id, customer_id, phase, assignee_id, started_at, updated_at, waiting_since,
        messages, published", "IN (SELECT value FROM json_each($2))"),
        postgres named!("id, number, inbox_id, customer_id, phase, assignee_id, started_at, updated_at, waiting_since,
        messages, published", "= ANY ($2)");
    /// Selects the subjects of conversations by id.
    SUBJECTS = named!("id, subject", "IN (SELECT value FROM json_each($2))"),
        postgres named!("id, subject", "= ANY ($2)");
}

/// The maximum number of conversations that `FACTS` and `SUBJECTS` return.
pub(crate) const AT_ONCE: usize = 1_000;

/// The columns of a conversation that filters and sort orders of a list ask for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) id: i64,
    pub(crate) number: i64,
    pub(crate) inbox: InboxId,
    pub(crate) customer: CustomerId,
    pub(crate) phase: i64,
    pub(crate) assignee: Option<AgentId>,
    pub(crate) started_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) waiting_since: Option<Timestamp>,
    /// Whether the conversation has messages, but none is published.
    pub(crate) is_draft: bool,
}

/// Maps a row of `FACTS`.
pub(crate) fn facts(row: &mut Row<'_>) -> Result<Facts> {
    Ok(Facts {
        id: row.int()?,
        number: row.int()?,
        inbox: InboxId(row.int()?),
        customer: CustomerId(row.int()?),
        phase: row.int()?,
        assignee: row.opt_int()?.map(AgentId),
        started_at: row.time()?,
        updated_at: row.time()?,
        waiting_since: row.opt_time()?,
        is_draft: row.int()? > 0 && row.int()? == 0,
    })
}
