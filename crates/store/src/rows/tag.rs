//! Statements on tags and the tags of conversations.

use crate::stmt::statements;

/// Selects, of the tags on conversations of inbox $2, the next $4 after tag $3: one step through the index
/// `conversation_tag_by_inbox` for each tag, however many conversations have it. `$columns` joins each tag's row.
macro_rules! used {
    ($columns:expr) => {
        concat!(
            "WITH RECURSIVE used (id, place) AS (SELECT tag_id, CAST(1 AS BIGINT) FROM (
            SELECT tag_id FROM conversation_tag WHERE account_id = $1 AND inbox_id = $2 AND tag_id > $3
            ORDER BY tag_id LIMIT 1) nearest
            UNION ALL SELECT (SELECT c.tag_id FROM conversation_tag c WHERE c.account_id = $1 AND c.inbox_id = $2
            AND c.tag_id > used.id ORDER BY c.tag_id LIMIT 1), used.place + 1
            FROM used WHERE used.id IS NOT NULL AND used.place < $4)
            SELECT t.id, t.name, t.created_at FROM used CROSS JOIN ",
            $columns,
            " ORDER BY t.id LIMIT $4"
        )
    };
}

/// Entries of the index `conversation_tag_by_start`.
macro_rules! run {
    ($sign:literal, $order:literal) => {
        concat!(
            "SELECT started_at, conversation_id FROM conversation_tag
            WHERE account_id = $1 AND tag_id = $2 AND inbox_id = $3 AND phase = $4
            AND (started_at, conversation_id) ",
            $sign,
            " ($5, $6) ORDER BY started_at",
            $order,
            ", conversation_id",
            $order,
            " LIMIT $7"
        )
    };
}
macro_rules! count {
    ($index:literal) => {
        concat!(
            "SELECT count(*) FROM (SELECT conversation_id FROM conversation_tag ",
            $index,
            " WHERE account_id = $1 AND tag_id = $2 AND inbox_id = $3 AND phase = $4 LIMIT $5) counted"
        )
    };
}

/// Counts the listed conversations with the tag $2, up to $3: all, or if $4 is 0, only those in the inboxes $5.
macro_rules! bearers {
    ($inboxes:literal) => {
        concat!(
            "SELECT count(*) FROM (SELECT t.conversation_id FROM conversation_tag t
            CROSS JOIN conversation c WHERE t.account_id = $1 AND t.tag_id = $2
            AND c.account_id = $1 AND c.id = t.conversation_id AND c.phase <> 9
            AND (CAST($4 AS BIGINT) <> 0 OR t.inbox_id ",
            $inboxes,
            ") LIMIT $3) counted"
        )
    };
}

statements! {
    /// Inserts a tag unless its name exists.
    INSERT = "INSERT INTO tag (account_id, id, name, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (account_id, name) DO NOTHING RETURNING id";
    /// Selects the tag with a given name.
    FIND = "SELECT id FROM tag WHERE account_id = $1 AND name = $2";
    /// Selects the name of a tag.
    NAME = "SELECT name FROM tag WHERE account_id = $1 AND id = $2";
    /// Selects the tags of an account by id.
    LIST = "SELECT id, name, created_at FROM tag WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    /// Selects the tags that conversations of an inbox have, by id.
    LIST_OF_INBOX = used!("tag t WHERE t.account_id = $1 AND t.id = used.id"),
        postgres used!("LATERAL (SELECT id, name, created_at FROM tag WHERE account_id = $1 AND id = used.id LIMIT 1) t");
    /// Selects one tag.
    GET = "SELECT id, name, created_at FROM tag WHERE account_id = $1 AND id = $2";
    /// Counts the listed conversations with a tag.
    COUNT_BEARERS = bearers!("IN (SELECT value FROM json_each($5))"), postgres bearers!("= ANY ($5)");
    /// Adds a tag to a conversation, which has the inbox $4, the phase $5 and the start $6.
    ATTACH = "INSERT INTO conversation_tag (account_id, conversation_id, tag_id, inbox_id, phase, started_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, conversation_id, tag_id) DO NOTHING";
    /// Removes a tag from a conversation.
    DETACH = "DELETE FROM conversation_tag WHERE account_id = $1 AND conversation_id = $2 AND tag_id = $3";
    /// Records that a conversation with its tags has now the inbox $3 and the phase $4.
    MOVE = "UPDATE conversation_tag SET inbox_id = $3, phase = $4 WHERE account_id = $1 AND conversation_id = $2";
    /// Records that a conversation with its tags has now the phase $3.
    CHANGE_PHASE = "UPDATE conversation_tag SET phase = $3 WHERE account_id = $1 AND conversation_id = $2";
    /// Selects the conversations with the tag $2 in an inbox and a phase by their start, behind the position ($5, $6).
    RUN_ASC = run!(">", "");
    /// Same as `RUN_ASC`, latest first.
    RUN_DESC = run!("<", " DESC");
    /// Counts the conversations with the tag $2 in an inbox and a phase, up to $5.
    COUNT_RUN = count!("INDEXED BY conversation_tag_by_start"), postgres count!("");
    /// Selects the conversations that have a tag, at most $3.
    BEARERS = "SELECT conversation_id FROM conversation_tag WHERE account_id = $1 AND tag_id = $2
        ORDER BY conversation_id LIMIT $3";
    /// Selects, of the given conversations, those that have a tag. On PostgreSQL the query looks up each conversation;
    /// without this form PostgreSQL may scan all conversations with the tag.
    BEARERS_AMONG = "SELECT conversation_id FROM conversation_tag WHERE account_id = $1 AND tag_id = $2
        AND conversation_id IN (SELECT value FROM json_each($3)) ORDER BY conversation_id LIMIT 2000",
        postgres "SELECT t.conversation_id FROM unnest(CAST($3 AS BIGINT[])) named (id) CROSS JOIN LATERAL (
        SELECT conversation_id FROM conversation_tag WHERE account_id = $1 AND tag_id = $2
        AND conversation_id = named.id LIMIT 1) t ORDER BY t.conversation_id LIMIT 2000";
    /// Selects the tags of a conversation, by id. ORDER BY names the column of `conversation_tag`: with the column of
    /// `tag`, SQLite scans all tags of the account.
    OF_CONVERSATION = "SELECT t.id, t.name FROM conversation_tag c
        JOIN tag t ON t.account_id = c.account_id AND t.id = c.tag_id
        WHERE c.account_id = $1 AND c.conversation_id = $2 ORDER BY c.tag_id LIMIT 1000";
}
