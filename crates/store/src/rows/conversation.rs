//! Statements on conversations. A narrow UPDATE sets the columns that every message changes, a wide UPDATE sets all
//! others, because SQLite rewrites every index that a SET clause names, even if the value is the same.

use std::collections::BTreeSet;

use heddle_domain::conversation::{Conversation, ConversationKind, Status};
use heddle_domain::id::{AgentId, ApplicationId, ConversationId, CustomerId, InboxId};
use heddle_domain::message::{Channel, State};

use super::tag;
use crate::error::Result;
use crate::stmt::{Row, keys, params, statements};
use crate::tx::Tx;
use heddle_domain::AccountId;

macro_rules! columns {
    () => {
        "id, number, inbox_id, customer_id, application_id, subject, kind, status, state, archived, assignee_id,
        delegated_at, ticket_number, ticket_link, original_sender, created_at, started_at, updated_at, last_message_at,
        last_message_id, last_event_id, last_live_at, last_live_id, customer_wrote_last, waiting_since, agent_acted_at,
        closed_at, closed_by_id, messages, published, contacts, first_channel, merged_into_id"
    };
}
macro_rules! run {
    ($condition:literal, $order:literal) => {
        concat!(
            "SELECT ", columns!(), " FROM conversation WHERE account_id = $1 AND customer_id = $2 AND inbox_id = $3
            AND archived = $4 AND closed = $5 AND merged_into_id IS NULL AND state <> 'hidden' ",
            $condition, " ORDER BY ", $order, " LIMIT $6"
        )
    };
}
macro_rules! walk {
    ($condition:literal, $order:literal, $limit:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM conversation WHERE account_id = $1 AND ",
            $condition,
            " AND merged_into_id IS NULL AND state <> 'hidden' ORDER BY ",
            $order,
            " LIMIT ",
            $limit
        )
    };
}

statements! {
    /// Selects one conversation.
    GET = concat!("SELECT ", columns!(), " FROM conversation WHERE account_id = $1 AND id = $2");
    /// Selects one conversation, locked until the transaction ends.
    LOCK = concat!("SELECT ", columns!(), " FROM conversation WHERE account_id = $1 AND id = $2"), locked;
    /// Inserts a conversation.
    INSERT = concat!("INSERT INTO conversation (account_id, phase, closed, ", columns!(), ")
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
        $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36)");
    /// Sets the columns that a message changes if status and assignee stay.
    UPDATE_ACTIVITY = "UPDATE conversation SET subject = $3, ticket_number = $4, ticket_link = $5, updated_at = $6,
        last_message_at = $7, last_message_id = $8, last_event_id = $9, last_live_at = $10, last_live_id = $11,
        customer_wrote_last = $12, waiting_since = $13, agent_acted_at = $14, messages = $15, published = $16,
        contacts = $17, first_channel = $18 WHERE account_id = $1 AND id = $2";
    /// Sets every column that can change, except those of `UPDATE_ACTIVITY`.
    UPDATE_STANDING = "UPDATE conversation SET inbox_id = $3, customer_id = $4, status = $5, phase = $6, closed = $7,
        state = $8, archived = $9, assignee_id = $10, delegated_at = $11, closed_at = $12, closed_by_id = $13,
        merged_into_id = $14 WHERE account_id = $1 AND id = $2";

    /// For myKaarma: selects a customer's conversations in one inbox with one (archived, closed) pair, by last message.
    BY_LAST_MESSAGE_DESC = run!("", "last_message_at DESC, id DESC");
    BY_LAST_MESSAGE_ASC = run!("", "last_message_at ASC, id ASC");
    /// Same as `BY_LAST_MESSAGE_DESC`, but only conversations that were never delegated.
    UNDELEGATED_DESC = run!("AND delegated_at IS NULL", "last_message_at DESC, id DESC");
    UNDELEGATED_ASC = run!("AND delegated_at IS NULL", "last_message_at ASC, id ASC");
    /// Same as `BY_LAST_MESSAGE_DESC`, but only conversations that were delegated, by time of the last delegation.
    BY_DELEGATION_DESC = run!("AND delegated_at IS NOT NULL", "delegated_at DESC, id DESC");
    BY_DELEGATION_ASC = run!("AND delegated_at IS NOT NULL", "delegated_at ASC, id ASC");
    /// Same as `BY_LAST_MESSAGE_DESC`, but only conversations assigned to the agent $7, by last message.
    ASSIGNED_BY_LAST_MESSAGE_DESC = run!("AND assignee_id = $7", "last_message_at DESC, id DESC");
    ASSIGNED_BY_LAST_MESSAGE_ASC = run!("AND assignee_id = $7", "last_message_at ASC, id ASC");
    /// Same as `BY_DELEGATION_DESC`, but only conversations assigned to the agent $7.
    ASSIGNED_BY_DELEGATION_DESC =
        run!("AND assignee_id = $7 AND delegated_at IS NOT NULL", "delegated_at DESC, id DESC");
    ASSIGNED_BY_DELEGATION_ASC =
        run!("AND assignee_id = $7 AND delegated_at IS NOT NULL", "delegated_at ASC, id ASC");

    /// Selects the most recently active conversation of a customer in an inbox with one (archived, closed) pair; never
    /// spam.
    NEWEST_OF_RUN = concat!("SELECT ", columns!(), " FROM conversation WHERE account_id = $1 AND customer_id = $2
        AND inbox_id = $3 AND archived = $4 AND closed = $5 AND merged_into_id IS NULL AND state <> 'hidden'
        AND status <> 'spam' ORDER BY last_message_at DESC, id DESC LIMIT 1");
    /// Selects open conversations assigned to an agent in an inbox, for a bulk delegation; pages by (customer, id).
    OPEN_OF_ASSIGNEE = "SELECT customer_id, id FROM conversation WHERE account_id = $1 AND assignee_id = $2
        AND inbox_id = $3 AND closed = 0 AND merged_into_id IS NULL AND state <> 'hidden'
        AND (customer_id, id) > ($4, $5) ORDER BY customer_id, id LIMIT $6";
    /// Selects open conversations of a customer in an inbox, for a bulk delegation; pages by id. INDEXED BY: otherwise
    /// SQLite scans the account's conversations by id.
    OPEN_OF_CUSTOMER = "SELECT customer_id, id FROM conversation INDEXED BY conversation_by_customer
        WHERE account_id = $1 AND customer_id = $2 AND inbox_id = $3 AND archived IN (0, 1) AND closed = 0
        AND merged_into_id IS NULL AND state <> 'hidden' AND id > $4 ORDER BY id LIMIT $5",
        postgres "SELECT customer_id, id FROM conversation WHERE account_id = $1 AND customer_id = $2
        AND inbox_id = $3 AND archived IN (0, 1) AND closed = 0
        AND merged_into_id IS NULL AND state <> 'hidden' AND id > $4 ORDER BY id LIMIT $5";

    /// For Mews: selects an application's conversations in one inbox, newest first, recorded at $4 or later, before the
    /// position ($5, $6).
    BY_APPLICATION = concat!("SELECT ", columns!(), " FROM conversation WHERE account_id = $1 AND application_id = $2
        AND inbox_id = $3 AND created_at >= $4 AND (created_at, id) < ($5, $6)
        AND merged_into_id IS NULL AND state <> 'hidden' ORDER BY created_at DESC, id DESC LIMIT $7");
    /// For Mews: same as `BY_APPLICATION`, filtered by the time of the last update in [$8, $9). For applications with
    /// very many conversations.
    BY_APPLICATION_UPDATED = concat!("SELECT ", columns!(), " FROM conversation WHERE account_id = $1
        AND application_id = $2 AND inbox_id = $3 AND created_at >= $4 AND (created_at, id) < ($5, $6)
        AND updated_at >= $8 AND updated_at < $9
        AND merged_into_id IS NULL AND state <> 'hidden' ORDER BY created_at DESC, id DESC LIMIT $7");
    /// For Mews: selects positions of the conversations in some inboxes last updated in [$4, $5), unsorted, from the
    /// index alone. The query for PostgreSQL searches inbox by inbox; otherwise it may read all conversations of the
    /// application.
    POSITIONS_BY_UPDATE = "SELECT created_at, id FROM conversation WHERE account_id = $1 AND application_id = $2
        AND inbox_id IN (SELECT value FROM json_each($3)) AND updated_at >= $4 AND updated_at < $5 LIMIT $6",
        postgres "SELECT c.created_at, c.id FROM unnest(CAST($3 AS BIGINT[])) named (id) CROSS JOIN LATERAL (
        SELECT created_at, id FROM conversation WHERE account_id = $1 AND application_id = $2 AND inbox_id = named.id
        AND updated_at >= $4 AND updated_at < $5 LIMIT $6) c LIMIT $6";
    /// For Mews: selects conversations by id.
    GET_MANY = concat!("SELECT ", columns!(), " FROM conversation WHERE account_id = $1
        AND id IN (SELECT value FROM json_each($2)) ORDER BY id LIMIT 1000"),
        postgres concat!("SELECT ", columns!(), " FROM conversation WHERE account_id = $1 AND id = ANY ($2)
        ORDER BY id LIMIT 1000");
    /// For native lists: selects conversations of an inbox and a phase by recorded time, after the position ($4, $5).
    CREATED_ASC = walk!("inbox_id = $2 AND phase = $3 AND (created_at, id) > ($4, $5)", "created_at, id", "$6");
    CREATED_DESC =
        walk!("inbox_id = $2 AND phase = $3 AND (created_at, id) < ($4, $5)", "created_at DESC, id DESC", "$6");
    /// For native lists: same as `CREATED_ASC` by the client's time of the beginning (`started_at`).
    STARTED_ASC = walk!("inbox_id = $2 AND phase = $3 AND (started_at, id) > ($4, $5)", "started_at, id", "$6");
    STARTED_DESC =
        walk!("inbox_id = $2 AND phase = $3 AND (started_at, id) < ($4, $5)", "started_at DESC, id DESC", "$6");
    /// For native lists: selects conversations of an inbox by last change, after the position ($3, $4).
    UPDATED_ASC = walk!("inbox_id = $2 AND (updated_at, id) > ($3, $4)", "updated_at, id", "$5");
    /// For native lists: same as `UPDATED_ASC`, but latest first, and only conversations changed at $6 or later.
    UPDATED_DESC =
        walk!("inbox_id = $2 AND updated_at >= $6 AND (updated_at, id) < ($3, $4)", "updated_at DESC, id DESC", "$5");
    /// For native lists: selects conversations of a customer by last message, after the position ($6, $7).
    CONTACTED_ASC = walk!("customer_id = $2 AND inbox_id = $3 AND archived = $4 AND closed = $5
        AND (last_message_at, id) > ($6, $7)", "last_message_at, id", "$8");
    CONTACTED_DESC = walk!("customer_id = $2 AND inbox_id = $3 AND archived = $4 AND closed = $5
        AND (last_message_at, id) < ($6, $7)", "last_message_at DESC, id DESC", "$8");
    /// Selects the next inbox after $3 that has conversations of a customer.
    NEXT_INBOX = "SELECT inbox_id FROM conversation WHERE account_id = $1 AND customer_id = $2 AND inbox_id > $3
        ORDER BY inbox_id LIMIT 1";
    /// Selects a customer's conversations, unsorted, from the index alone.
    OF_CUSTOMER = "SELECT id, inbox_id, archived, closed FROM conversation INDEXED BY conversation_by_customer
        WHERE account_id = $1 AND customer_id = $2 LIMIT $3",
        postgres "SELECT id, inbox_id, archived, closed FROM conversation WHERE account_id = $1 AND customer_id = $2
        LIMIT $3";
    /// Selects inbox and id of a customer's conversations, without merged and hidden ones.
    SHOWN_OF_CUSTOMER = "SELECT inbox_id, id FROM conversation INDEXED BY conversation_by_customer
        WHERE account_id = $1 AND customer_id = $2 AND merged_into_id IS NULL AND state <> 'hidden' LIMIT $3",
        postgres "SELECT inbox_id, id FROM conversation WHERE account_id = $1 AND customer_id = $2
        AND merged_into_id IS NULL AND state <> 'hidden' LIMIT $3";
    /// Selects the conversations assigned to an agent, unsorted, from the index alone.
    OF_ASSIGNEE = "SELECT id, inbox_id, archived, closed FROM conversation INDEXED BY conversation_by_assignee
        WHERE account_id = $1 AND assignee_id = $2 LIMIT $3",
        postgres "SELECT id, inbox_id, archived, closed FROM conversation WHERE account_id = $1 AND assignee_id = $2
        LIMIT $3";
    /// Selects an application's conversations, at most $3.
    OF_APPLICATION = "SELECT id FROM conversation INDEXED BY conversation_by_application
        WHERE account_id = $1 AND application_id = $2 LIMIT $3",
        postgres "SELECT id FROM conversation WHERE account_id = $1 AND application_id = $2 LIMIT $3";
    /// Records a change of assignee.
    INSERT_DELEGATION = "INSERT INTO delegation (account_id, id, conversation_id, agent_id, previous_agent_id,
        by_agent_id, delegated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// Selects a page of a conversation's delegations after the id $3.
    DELEGATIONS_PAGE = "SELECT id, agent_id, previous_agent_id, by_agent_id, delegated_at
        FROM delegation INDEXED BY delegation_by_conversation
        WHERE account_id = $1 AND conversation_id = $2 AND id > $3 ORDER BY id LIMIT $4",
        postgres "SELECT id, agent_id, previous_agent_id, by_agent_id, delegated_at FROM delegation
        WHERE account_id = $1 AND conversation_id = $2 AND id > $3 ORDER BY id LIMIT $4";
    /// Selects the conversations that were merged into one, by id.
    MERGED_INTO = "SELECT id FROM conversation WHERE account_id = $1 AND merged_into_id = $2 ORDER BY id LIMIT $3";
    /// Redirects a merged conversation to another survivor.
    REDIRECT = "UPDATE conversation SET merged_into_id = $3 WHERE account_id = $1 AND id = $2";
    /// Counts a conversation's delegations, up to $3.
    DELEGATIONS_UP_TO = "SELECT count(*) FROM (SELECT id FROM delegation INDEXED BY delegation_by_conversation
        WHERE account_id = $1 AND conversation_id = $2 ORDER BY id LIMIT $3) counted",
        postgres "SELECT count(*) FROM (SELECT id FROM delegation
        WHERE account_id = $1 AND conversation_id = $2 ORDER BY id LIMIT $3) counted";
    /// Moves a conversation's delegations to the conversation that it was merged into.
    REHOME_DELEGATIONS = "UPDATE delegation INDEXED BY delegation_by_conversation SET conversation_id = $3
        WHERE account_id = $1 AND conversation_id = $2",
        postgres "UPDATE delegation SET conversation_id = $3 WHERE account_id = $1 AND conversation_id = $2";
}

/// The phase of conversations that no list shows: merged and deleted ones. So the indexes with the phase contain exactly the
/// conversations that a list counts.
pub(crate) const UNLISTED: i64 = 9;

/// Returns the phase of a conversation: its status, or [`UNLISTED`].
pub(crate) fn phase(c: &Conversation) -> i64 {
    match c.merged_into.is_some() || c.state == State::Hidden {
        true => UNLISTED,
        false => c.status.phase(),
    }
}

/// Maps a row of the statements that read whole conversations.
pub(crate) fn conversation(row: &mut Row<'_>) -> Result<Conversation> {
    Ok(Conversation {
        id: ConversationId(row.int()?),
        number: row.int()?,
        inbox: InboxId(row.int()?),
        customer: CustomerId(row.int()?),
        application: row.opt_int()?.map(ApplicationId),
        subject: row.text()?,
        kind: row.opt_word(ConversationKind::parse)?,
        status: row.word(Status::parse)?,
        state: row.word(State::parse)?,
        archived: row.flag()?,
        assignee: row.opt_int()?.map(AgentId),
        delegated_at: row.opt_time()?,
        ticket_number: row.opt_text()?,
        ticket_link: row.opt_text()?,
        original_sender: row.opt_text()?,
        created_at: row.time()?,
        started_at: row.time()?,
        updated_at: row.time()?,
        last_message_at: row.time()?,
        last_message_id: row.int()?,
        last_event_id: row.int()?,
        last_live: (row.time()?, row.int()?),
        customer_wrote_last: row.flag()?,
        waiting_since: row.opt_time()?,
        agent_acted_at: row.opt_time()?,
        closed_at: row.opt_time()?,
        closed_by: row.opt_int()?.map(AgentId),
        messages: row.int()?,
        published: row.int()?,
        contacts: row.int()?,
        first_channel: row.opt_word(Channel::parse)?,
        merged_into: row.opt_int()?.map(ConversationId),
    })
}

/// Locks conversations in the order of their ids; leaves out unknown ones.
pub(crate) async fn lock_all(
    tx: &mut Tx<'_>,
    account: AccountId,
    ids: BTreeSet<ConversationId>,
) -> Result<Vec<Conversation>> {
    let found = tx
        .fetch_many(&LOCK, &keys(account, ids), conversation)
        .await?;
    Ok(found.into_iter().flatten().collect())
}

/// Writes a new conversation.
pub(crate) fn insert(tx: &mut Tx<'_>, account: AccountId, c: &Conversation) -> Result<()> {
    tx.queue(
        &INSERT,
        params![
            account,
            phase(c),
            c.status.is_closed(),
            c.id,
            c.number,
            c.inbox,
            c.customer,
            c.application,
            &c.subject,
            c.kind.map(ConversationKind::as_str),
            c.status.as_str(),
            c.state.as_str(),
            c.archived,
            c.assignee,
            c.delegated_at,
            &c.ticket_number,
            &c.ticket_link,
            &c.original_sender,
            c.created_at,
            c.started_at,
            c.updated_at,
            c.last_message_at,
            c.last_message_id,
            c.last_event_id,
            c.last_live.0,
            c.last_live.1,
            c.customer_wrote_last,
            c.waiting_since,
            c.agent_acted_at,
            c.closed_at,
            c.closed_by,
            c.messages,
            c.published,
            c.contacts,
            c.first_channel.map(Channel::as_str),
            c.merged_into,
        ],
    )
}

/// Writes the difference between two states of a locked conversation.
pub(crate) fn update(
    tx: &mut Tx<'_>,
    account: AccountId,
    before: &Conversation,
    c: &Conversation,
) -> Result<()> {
    let standing = |c: &Conversation| {
        (
            c.inbox,
            c.customer,
            c.status,
            c.state,
            c.archived,
            c.assignee,
            c.delegated_at,
            c.closed_at,
            c.merged_into,
        )
    };
    // The tags of a conversation copy inbox and phase. The statement without the inbox leaves an index alone.
    if before.inbox != c.inbox {
        tx.queue(&tag::MOVE, params![account, c.id, c.inbox, phase(c)])?;
    } else if phase(before) != phase(c) {
        tx.queue(&tag::CHANGE_PHASE, params![account, c.id, phase(c)])?;
    }
    if standing(before) != standing(c) {
        tx.queue(
            &UPDATE_STANDING,
            params![
                account,
                c.id,
                c.inbox,
                c.customer,
                c.status.as_str(),
                phase(c),
                c.status.is_closed(),
                c.state.as_str(),
                c.archived,
                c.assignee,
                c.delegated_at,
                c.closed_at,
                c.closed_by,
                c.merged_into,
            ],
        )?;
    }
    tx.queue(
        &UPDATE_ACTIVITY,
        params![
            account,
            c.id,
            &c.subject,
            &c.ticket_number,
            &c.ticket_link,
            c.updated_at,
            c.last_message_at,
            c.last_message_id,
            c.last_event_id,
            c.last_live.0,
            c.last_live.1,
            c.customer_wrote_last,
            c.waiting_since,
            c.agent_acted_at,
            c.messages,
            c.published,
            c.contacts,
            c.first_channel.map(Channel::as_str),
        ],
    )
}
