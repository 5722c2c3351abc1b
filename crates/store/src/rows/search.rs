//! Statements on the search index. On SQLite the index is a file of its own (`sqlite/index.rs`); the connections for reading attach
//! it, so that the tables have the same names on both engines.

use heddle_domain::Timestamp;
use heddle_domain::conversation::Status;
use heddle_domain::id::{AgentId, ConversationId, InboxId, MessageId};
use heddle_domain::message::{Channel, State};

use crate::error::Result;
use crate::stmt::{Row, statements};

mod common {
    use super::statements;

    statements! {
        /// Selects what a search must know of some conversations.
        STANDINGS = "SELECT id, number, inbox_id, status, state, archived, assignee_id, customer_wrote_last, merged_into_id,
            first_channel FROM conversation WHERE account_id = $1 AND id IN (SELECT value FROM json_each($2))
            ORDER BY id LIMIT 20000",
            postgres "SELECT id, number, inbox_id, status, state, archived, assignee_id, customer_wrote_last, merged_into_id,
            first_channel FROM conversation WHERE account_id = $1 AND id = ANY ($2) ORDER BY id LIMIT 20000";
        /// Selects all tags of some conversations.
        TAGS = "SELECT conversation_id, tag_id FROM conversation_tag WHERE account_id = $1
            AND conversation_id IN (SELECT value FROM json_each($2)) ORDER BY conversation_id, tag_id LIMIT 200000",
            postgres "SELECT conversation_id, tag_id FROM conversation_tag WHERE account_id = $1
            AND conversation_id = ANY ($2) ORDER BY conversation_id, tag_id LIMIT 200000";
        /// Selects the names of the attachments of a message.
        FILE_NAMES = "SELECT file_name FROM attachment WHERE account_id = $1 AND conversation_id = $2 AND message_id = $3
            ORDER BY id LIMIT 100";
        /// Selects the greatest ids of the customers and conversations of an account.
        LAST_CUSTOMER = "SELECT id FROM customer WHERE account_id = $1 ORDER BY id DESC LIMIT 1";
        LAST_CONVERSATION = "SELECT id FROM conversation WHERE account_id = $1 ORDER BY id DESC LIMIT 1";
        /// Selects the conversations of an account after an id.
        NEXT_CONVERSATIONS = "SELECT id FROM conversation WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3";
        /// Selects the customers of an account after an id.
        NEXT_CUSTOMERS = "SELECT id FROM customer WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    }
}
pub(crate) use common::*;

/// Statements that read the index, on either engine.
pub(crate) mod index {
    use super::statements;

    statements! {
        /// Selects how far the index of an account is.
        STATE = "SELECT position, stage, after_id, batches FROM search_state WHERE account_id = $1";
        /// Selects the customers with a word that is from $2 to $3.
        NAMED = "SELECT customer_id FROM search_name WHERE account_id = $1 AND word >= $2 AND word <= $3
            ORDER BY word, customer_id LIMIT $4",
            postgres "SELECT customer_id FROM search_name WHERE account_id = $1 AND word >= $2 COLLATE \"C\"
            AND word <= $3 COLLATE \"C\" ORDER BY word, customer_id LIMIT $4";
    }
}

/// Statements on the index of SQLite. The id of a document begins with its account's id (`sqlite/index/key.rs`).
pub(crate) mod sqlite {
    use super::statements;

    statements! {
        /// Selects the documents that fulfil a query, in a range of ids, the greatest id first.
        FOUND = "SELECT d.id, d.conversation_id, d.message_id, d.effective_at
            FROM search_text t CROSS JOIN search_document d ON d.id = t.rowid
            WHERE d.account_id = $1 AND t.search_text MATCH $2 AND t.rowid BETWEEN $3 AND $4 ORDER BY t.rowid DESC LIMIT $5";
        /// Selects the next document up to an id. The planner would take the index by message, and sort.
        DOWN_FROM = "SELECT id, effective_at FROM search_document NOT INDEXED WHERE account_id = $1 AND id <= $2 AND id >= $3
            ORDER BY id DESC LIMIT 1";
        /// Selects the words of all documents, of all accounts, between two words.
        WORDS = "SELECT word FROM search_word WHERE word >= $1 AND word <= $2 ORDER BY word LIMIT $3";
        /// Selects how many spans a document's id may be later than its time.
        SPILL = "SELECT spill FROM search_state WHERE account_id = $1";
    }
}

/// Statements on the index of PostgreSQL.
pub(crate) mod postgres {
    use super::statements;

    statements! {
        /// Selects the documents that fulfil a query, from a time, up to a place, newest first. MATERIALIZED, and the times outside: for rare
        /// words, too, PostgreSQL may look at all documents in the order of their times, and hope to find enough soon.
        FOUND = "WITH found AS MATERIALIZED (SELECT conversation_id, message_id, effective_at FROM search_document
            WHERE account_id = $1 AND tokens @@ CAST(CAST($2 AS TEXT) AS TSQUERY))
            SELECT conversation_id, message_id, effective_at FROM found WHERE effective_at >= $3
            AND (effective_at, conversation_id, message_id) < ($4, $5, $6)
            ORDER BY effective_at DESC, conversation_id DESC, message_id DESC LIMIT $7";
        /// Selects the next documents, from a time, up to a place, newest first, each with whether it fulfils a query.
        WALK = "SELECT conversation_id, message_id, effective_at,
            CAST(CASE WHEN tokens @@ CAST(CAST($2 AS TEXT) AS TSQUERY) THEN 1 ELSE 0 END AS BIGINT) FROM search_document
            WHERE account_id = $1 AND effective_at >= $3 AND (effective_at, conversation_id, message_id) < ($4, $5, $6)
            ORDER BY effective_at DESC, conversation_id DESC, message_id DESC LIMIT $7";
        /// Selects all documents, from a time, up to a place, newest first.
        EVERY = "SELECT conversation_id, message_id, effective_at FROM search_document
            WHERE account_id = $1 AND effective_at >= $2 AND (effective_at, conversation_id, message_id) < ($3, $4, $5)
            ORDER BY effective_at DESC, conversation_id DESC, message_id DESC LIMIT $6";
        /// Selects the accounts after the id $1 whose index is not up to date.
        // tidy: across accounts: a node keeps the indexes of all accounts up to date.
        BEHIND = "SELECT f.account_id FROM feed f LEFT JOIN search_state s ON s.account_id = f.account_id
            WHERE f.account_id > $1 AND (f.head <> coalesce(s.position, 0) OR coalesce(s.stage, 0) <> 0)
            ORDER BY f.account_id LIMIT $2";
        /// Deletes the documents of ranges of messages, each of one conversation.
        REMOVE = "DELETE FROM search_document d USING unnest(CAST($2 AS BIGINT[]), CAST($3 AS BIGINT[]), CAST($4 AS BIGINT[]))
            AS r (conversation_id, after_id, up_to) WHERE d.account_id = $1 AND d.conversation_id = r.conversation_id
            AND d.message_id > r.after_id AND d.message_id <= r.up_to";
        /// Inserts documents.
        ADD = "INSERT INTO search_document (account_id, conversation_id, message_id, effective_at, tokens)
            SELECT $1, r.conversation_id, r.message_id, r.effective_at, CAST(r.tokens AS TSVECTOR)
            FROM unnest(CAST($2 AS BIGINT[]), CAST($3 AS BIGINT[]), CAST($4 AS BIGINT[]), CAST($5 AS TEXT[]))
            AS r (conversation_id, message_id, effective_at, tokens)";
        /// Deletes the words of customers.
        REMOVE_NAMES = "DELETE FROM search_name WHERE account_id = $1 AND customer_id = ANY ($2)";
        /// Inserts words of customers.
        ADD_NAMES = "INSERT INTO search_name (account_id, word, customer_id)
            SELECT $1, r.word, r.customer_id FROM unnest(CAST($2 AS TEXT[]), CAST($3 AS BIGINT[])) AS r (word, customer_id)
            ON CONFLICT (account_id, word, customer_id) DO NOTHING";
        /// Locks the state of the index of an account.
        LOCK_STATE = "SELECT position, stage, after_id, batches FROM search_state WHERE account_id = $1 FOR UPDATE";
        /// Stores the first state.
        BEGIN_STATE = "INSERT INTO search_state (account_id, position, stage, after_id, batches) VALUES ($1, 0, 0, 0, 0)
            ON CONFLICT (account_id) DO NOTHING";
        /// Stores the state.
        MOVE_STATE = "UPDATE search_state SET position = $2, stage = $3, after_id = $4, batches = batches + 1
            WHERE account_id = $1";
    }
}

/// What a search must know of a conversation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) id: ConversationId,
    pub(crate) number: i64,
    pub(crate) inbox: InboxId,
    pub(crate) status: Status,
    pub(crate) state: State,
    pub(crate) archived: bool,
    pub(crate) assignee: Option<AgentId>,
    pub(crate) customer_wrote_last: bool,
    pub(crate) is_merged: bool,
    pub(crate) first_channel: Option<Channel>,
}

/// Maps a row of `STANDINGS`.
pub(crate) fn standing(row: &mut Row<'_>) -> Result<Standing> {
    Ok(Standing {
        id: ConversationId(row.int()?),
        number: row.int()?,
        inbox: InboxId(row.int()?),
        status: row.word(Status::parse)?,
        state: row.word(State::parse)?,
        archived: row.flag()?,
        assignee: row.opt_int()?.map(AgentId),
        customer_wrote_last: row.flag()?,
        is_merged: row.opt_int()?.is_some(),
        first_channel: row.opt_word(Channel::parse)?,
    })
}

/// A document that the index found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Hit {
    pub(crate) at: Timestamp,
    pub(crate) conversation: ConversationId,
    pub(crate) message: MessageId,
}

/// Maps a row of PostgreSQL's `FOUND`. SQLite's `FOUND` has the id of the document before these columns.
pub(crate) fn hit(row: &mut Row<'_>) -> Result<Hit> {
    let conversation = ConversationId(row.int()?);
    let message = MessageId(row.int()?);
    Ok(Hit {
        at: row.time()?,
        conversation,
        message,
    })
}
