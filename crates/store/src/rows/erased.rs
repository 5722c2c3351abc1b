//! Statements that erase whole conversations: which ones are being erased, how far the work is, and the rows that go. Statements
//! that `erasure.rs` has are used from there.

use heddle_domain::id::{AgentId, InboxId};

use crate::error::Result;
use crate::rows::folder::Place;
use crate::stmt::{Row, statements};

statements! {
    /// Records that a conversation is being erased.
    MARK = "INSERT INTO erased_conversation (account_id, conversation_id) VALUES ($1, $2)
        ON CONFLICT (account_id, conversation_id) DO NOTHING";
    /// Selects a conversation if it is being erased.
    GET = "SELECT conversation_id FROM erased_conversation WHERE account_id = $1 AND conversation_id = $2";
    /// Selects some conversations that are being erased, by id.
    SOME = "SELECT conversation_id FROM erased_conversation WHERE account_id = $1 ORDER BY conversation_id LIMIT $2";
    /// Removes the mark of a conversation whose rows are all gone.
    UNMARK = "DELETE FROM erased_conversation WHERE account_id = $1 AND conversation_id = $2";
    /// Begins the work of an account, or begins it again.
    BEGIN = "INSERT INTO erasure (account_id, stage, after_id, after_delivery_id) VALUES ($1, $2, 0, 0)
        ON CONFLICT (account_id) DO UPDATE SET stage = excluded.stage, after_id = 0, after_delivery_id = 0";
    /// Selects how far the work of an account is.
    PROGRESS = "SELECT stage, after_id, after_delivery_id FROM erasure WHERE account_id = $1";
    /// Same as `PROGRESS`, locked until the transaction ends.
    LOCK = "SELECT stage, after_id, after_delivery_id FROM erasure WHERE account_id = $1", locked;
    /// Records how far the work of an account is.
    ADVANCE = "UPDATE erasure SET stage = $2, after_id = $3, after_delivery_id = $4 WHERE account_id = $1";
    /// Records that the work of an account is done.
    END = "DELETE FROM erasure WHERE account_id = $1";
    /// Selects the number of messages and notes of a conversation.
    COUNT_MESSAGES = "SELECT messages FROM conversation WHERE account_id = $1 AND id = $2";
    /// Counts the attachments of a conversation, and the files among them.
    COUNT_ATTACHMENTS = "SELECT count(*), count(object_name) FROM attachment WHERE account_id = $1 AND conversation_id = $2";
    /// Selects some attachments of a conversation's messages up to an id, with the names of their objects.
    SOME_ATTACHMENTS = "SELECT id, object_name FROM attachment WHERE account_id = $1 AND conversation_id = $2 AND message_id <= $3
        ORDER BY message_id, id LIMIT $4";
    /// Deletes these attachments.
    DROP_ATTACHMENTS = "DELETE FROM attachment WHERE account_id = $1 AND id IN (SELECT value FROM json_each($2))",
        postgres "DELETE FROM attachment WHERE account_id = $1 AND id = ANY ($2)";
    /// Deletes the messages of a conversation up to an id.
    DROP_MESSAGES = "DELETE FROM message WHERE account_id = $1 AND conversation_id = $2 AND id <= $3";
    /// Deletes the records of where splits have moved messages.
    DROP_MOVED = "DELETE FROM moved_message WHERE account_id = $1 AND message_id IN (SELECT value FROM json_each($2))",
        postgres "DELETE FROM moved_message WHERE account_id = $1 AND message_id = ANY ($2)";
    /// Deletes the guests of a conversation.
    DROP_GUESTS = "DELETE FROM conversation_guest INDEXED BY conversation_guest_by_conversation
        WHERE account_id = $1 AND conversation_id = $2",
        postgres "DELETE FROM conversation_guest WHERE account_id = $1 AND conversation_id = $2";
    /// Deletes the delegations of a conversation.
    DROP_DELEGATIONS = "DELETE FROM delegation INDEXED BY delegation_by_conversation
        WHERE account_id = $1 AND conversation_id = $2",
        postgres "DELETE FROM delegation WHERE account_id = $1 AND conversation_id = $2";
    /// Deletes a conversation.
    DROP = "DELETE FROM conversation WHERE account_id = $1 AND id = $2";
    /// Selects the folder in which a conversation is counted.
    PLACE = "SELECT inbox_id, phase, agent_id, draft FROM conversation_place WHERE account_id = $1 AND conversation_id = $2";
    /// Deletes the record of the folder in which a conversation is counted.
    DROP_PLACE = "DELETE FROM conversation_place WHERE account_id = $1 AND conversation_id = $2";
    /// Selects the events in (after, up to] with a detail whose conversation does not exist any more. The subquery looks up each
    /// row by its key: with NOT EXISTS, PostgreSQL may read all conversations of the account.
    EVENTS = "SELECT e.id, e.detail FROM event e WHERE e.account_id = $1 AND e.id > $2 AND e.id <= $3 AND e.detail IS NOT NULL
        AND e.conversation_id IS NOT NULL AND (SELECT c.id FROM conversation c
        WHERE c.account_id = $1 AND c.id = e.conversation_id) IS NULL ORDER BY e.id LIMIT $4";
    /// Selects the deliveries in (($2, $3), ($4, $5)] whose event is about a conversation that does not exist any more, or whose
    /// event does not exist any more. Excludes those that say only that a conversation was deleted, and deliveries of several
    /// events, which hold only ids (Mews).
    DELIVERIES = "SELECT d.webhook_id, d.id FROM delivery d
        WHERE d.account_id = $1 AND (d.webhook_id, d.id) > ($2, $3) AND (d.webhook_id, d.id) <= ($4, $5)
        AND d.events = 1 AND ((SELECT e.id FROM event e WHERE e.account_id = $1 AND e.id = d.event_id) IS NULL
        OR (SELECT e.id FROM event e WHERE e.account_id = $1 AND e.id = d.event_id AND e.kind <> 'conversation.deleted'
        AND e.conversation_id IS NOT NULL AND (SELECT c.id FROM conversation c
        WHERE c.account_id = $1 AND c.id = e.conversation_id) IS NULL) IS NOT NULL)
        ORDER BY d.webhook_id, d.id LIMIT $6";
}

/// What the erasure of conversations works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The rows of the marked conversations.
    Rows,
    /// The texts in events about conversations that are gone.
    Events,
    /// The deliveries about conversations that are gone.
    Deliveries,
}

impl Stage {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Events => "events",
            Self::Deliveries => "deliveries",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        let all = [Self::Rows, Self::Events, Self::Deliveries];
        all.into_iter().find(|stage| stage.as_str() == word)
    }
}

/// How far the erasure of an account's conversations is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) stage: Stage,
    /// The last event that was looked at; or the webhook of the last delivery.
    pub(crate) after: i64,
    /// The last delivery that was looked at.
    pub(crate) after_delivery: i64,
}

/// Maps a row of `PROGRESS` or `LOCK`.
pub(crate) fn progress(row: &mut Row<'_>) -> Result<Progress> {
    Ok(Progress {
        stage: row.word(Stage::parse)?,
        after: row.int()?,
        after_delivery: row.int()?,
    })
}

/// Maps a row of `PLACE`.
pub(crate) fn place(row: &mut Row<'_>) -> Result<Place> {
    Ok(Place {
        inbox: InboxId(row.int()?),
        phase: row.int()?,
        agent: Some(row.int()?).filter(|id| *id != 0).map(AgentId),
        is_draft: row.flag()?,
    })
}
