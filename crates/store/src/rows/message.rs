//! Statements on messages and their long bodies.

use heddle_domain::Timestamp;
use heddle_domain::conversation::{Status, StatusWish};
use heddle_domain::id::{AgentId, ConversationId, CustomerId, MessageId};
use heddle_domain::message::{
    Author, Channel, Direction, Format, Kind, Message, MessageFacts, Recipients, State,
};

use crate::error::{Result, Trouble};
use crate::stmt::{Row, statements};

/// A body of at most this many bytes is stored in the message's row.
pub(crate) const BODY_IN_ROW: usize = 4_096;

macro_rules! columns {
    ($body:literal) => {
        concat!(
            "m.conversation_id, m.id, m.effective_at, m.occurred_at, m.recorded_at, m.customer_id, m.kind, m.channel,
            m.direction, m.state, m.format, m.author, m.author_agent_id, m.agent_name, m.subject, ",
            $body,
            ", m.zone, m.imported, m.automated, m.moves_last_message, m.recipients, m.status_set, m.status_wish,
            m.assign_wish, m.extra, m.attachments, m.version"
        )
    };
}
// The start of a query for whole messages. A subquery reads the long body: with a join, PostgreSQL may scan all long bodies
// of the conversation for each message.
macro_rules! whole {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            columns!(
                "coalesce(m.body, (SELECT b.body FROM message_body b WHERE b.account_id = $1
            AND b.conversation_id = m.conversation_id AND b.message_id = m.id), '')"
            ),
            " FROM message m WHERE m.account_id = $1 AND m.conversation_id = $2 ",
            $rest
        )
    };
}
// The start of a query for messages of a list. It reads the size of a long body, not the body.
macro_rules! brief {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            columns!("coalesce(m.body, '')"),
            ", CASE WHEN m.body IS NULL THEN (SELECT CAST(octet_length(b.body) AS BIGINT) FROM message_body b
            WHERE b.account_id = $1 AND b.conversation_id = m.conversation_id AND b.message_id = m.id) END
            FROM message m WHERE m.account_id = $1 AND m.conversation_id = $2 ",
            $rest
        )
    };
}

statements! {
    /// Inserts a message.
    INSERT = "INSERT INTO message (account_id, conversation_id, id, customer_id, kind, channel, direction, state,
        format, author, author_agent_id, agent_name, subject, body, effective_at, zone, imported, automated, recipients,
        status_set, extra, attachments, moves_last_message, status_wish, occurred_at, recorded_at, assign_wish)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
        $24, $25, $26, $27)";
    /// Inserts a long body.
    INSERT_BODY = "INSERT INTO message_body (account_id, conversation_id, message_id, body) VALUES ($1, $2, $3, $4)";
    /// Selects one message.
    GET = whole!("AND m.id = $3");
    /// Selects one message with the beginning of its body, for a search.
    BEGINNING = concat!("SELECT ", columns!("substr(coalesce(m.body, (SELECT b.body FROM message_body b WHERE b.account_id = $1
            AND b.conversation_id = m.conversation_id AND b.message_id = m.id), ''), 1, 20000)"),
        " FROM message m WHERE m.account_id = $1 AND m.conversation_id = $2 AND m.id = $3");
    /// Selects the first recorded message of a conversation.
    FIRST = whole!("ORDER BY m.id LIMIT 1");
    /// Selects one message of a list.
    BRIEF = brief!("AND m.id = $3");
    /// Selects a page of a conversation's messages, latest contact first, before the position ($3, $4).
    PAGE = brief!("AND (m.effective_at, m.id) < ($3, $4) ORDER BY m.effective_at DESC, m.id DESC LIMIT $5");
    /// Same as `PAGE`, but earliest contact first, after the position ($3, $4).
    PAGE_ASC = brief!("AND (m.effective_at, m.id) > ($3, $4) ORDER BY m.effective_at, m.id LIMIT $5");
    /// For myKaarma: selects positions of a conversation's messages and notes of the state $12, latest first, before the
    /// position ($3, $4). $6 to $8 say whether text messages, e-mails and calls are wanted, $9 whether notes and messages of
    /// other channels are; `automated` is between $10 and $11.
    HISTORY = "SELECT effective_at, id FROM message WHERE account_id = $1 AND conversation_id = $2
        AND (effective_at, id) < ($3, $4) AND kind <> 'line_item' AND state = $12 AND automated BETWEEN $10 AND $11
        AND CASE WHEN kind = 'note' THEN CAST($9 AS BIGINT) WHEN channel = 'text_message' THEN CAST($6 AS BIGINT)
        WHEN channel = 'email' THEN CAST($7 AS BIGINT) WHEN channel = 'phone' THEN CAST($8 AS BIGINT)
        ELSE CAST($9 AS BIGINT) END = 1 ORDER BY effective_at DESC, id DESC LIMIT $5";
    /// Selects a page of a conversation's messages by recorded time, oldest first, after the id $3.
    RECORDED_ASC = brief!("AND m.id > $3 ORDER BY m.id LIMIT $4");
    /// Same as `RECORDED_ASC`, but newest first.
    RECORDED_DESC = brief!("AND m.id < $3 ORDER BY m.id DESC LIMIT $4");
    /// Selects a long body.
    BODY = "SELECT body FROM message_body WHERE account_id = $1 AND conversation_id = $2 AND message_id = $3";
    /// Selects the fields of a conversation's messages from which the conversation's own fields are computed, in
    /// recorded order.
    FACTS = "SELECT id, kind, channel, direction, state, author, author_agent_id, effective_at, imported, automated,
        moves_last_message, recorded_at, attachments FROM message WHERE account_id = $1 AND conversation_id = $2 ORDER BY id LIMIT $3";
    /// Selects the position of the $3-th latest message. The page after it contains only earlier messages.
    POSITION = "SELECT effective_at, id FROM (SELECT effective_at, id FROM message
        WHERE account_id = $1 AND conversation_id = $2 ORDER BY effective_at DESC, id DESC LIMIT $3) newest
        ORDER BY effective_at ASC, id ASC LIMIT 1";
    /// Selects how many messages of any kind and state a conversation has.
    COUNT = "SELECT count(*) FROM message WHERE account_id = $1 AND conversation_id = $2";
    /// Selects keys of the messages of some conversations with ids in [$3, $4), of any kind and state, newest first.
    /// The query for PostgreSQL searches conversation by conversation; otherwise it may scan all messages of the
    /// account by id.
    KEYS_DESC = "SELECT conversation_id, id FROM message WHERE account_id = $1
        AND conversation_id IN (SELECT value FROM json_each($2)) AND id >= $3 AND id < $4 ORDER BY id DESC LIMIT $5",
        postgres "SELECT m.conversation_id, m.id FROM unnest(CAST($2 AS BIGINT[])) named (id) CROSS JOIN LATERAL (
        SELECT conversation_id, id FROM message WHERE account_id = $1 AND conversation_id = named.id
        AND id >= $3 AND id < $4 ORDER BY id DESC LIMIT $5) m ORDER BY m.id DESC LIMIT $5";
    /// Selects the keys of one conversation's published contacts, newest first. The ids are from $3 to below $4, the recorded
    /// times from $6 to before $7. $8 is the first id of the time $7.
    CONTACTS_DESC = "SELECT conversation_id, id FROM message WHERE account_id = $1 AND conversation_id = $2
        AND id >= $3 AND id < $4 AND kind = 'message' AND state = 'published'
        AND (recorded_at IS NULL OR recorded_at >= $6) AND (id < $8 OR recorded_at < $7) ORDER BY id DESC LIMIT $5";
    /// Selects whether an account has messages whose id is far ahead of the recorded time.
    RECORDED_APART = "SELECT account_id FROM message INDEXED BY message_recorded_apart
        WHERE account_id = $1 AND recorded_at IS NOT NULL
        ORDER BY recorded_at LIMIT 1",
        postgres "SELECT account_id FROM message WHERE account_id = $1 AND recorded_at IS NOT NULL
        ORDER BY recorded_at LIMIT 1";
    /// Moves all messages of a conversation to the one that it was merged into.
    REHOME = "UPDATE message SET conversation_id = $3 WHERE account_id = $1 AND conversation_id = $2";
    /// Moves the long bodies of a merged conversation.
    REHOME_BODIES = "UPDATE message_body SET conversation_id = $3 WHERE account_id = $1 AND conversation_id = $2";
    /// Moves the attachments of a merged conversation.
    REHOME_ATTACHMENTS = "UPDATE attachment SET conversation_id = $3 WHERE account_id = $1 AND conversation_id = $2";
    /// Moves some messages of a conversation to another.
    MOVE = "UPDATE message SET conversation_id = $3 WHERE account_id = $1 AND conversation_id = $2
        AND id IN (SELECT value FROM json_each($4))",
        postgres "UPDATE message SET conversation_id = $3 WHERE account_id = $1 AND conversation_id = $2 AND id = ANY ($4)";
    /// Moves the long bodies of some messages.
    MOVE_BODIES = "UPDATE message_body SET conversation_id = $3 WHERE account_id = $1 AND conversation_id = $2
        AND message_id IN (SELECT value FROM json_each($4))",
        postgres "UPDATE message_body SET conversation_id = $3 WHERE account_id = $1 AND conversation_id = $2
        AND message_id = ANY ($4)";
    /// Moves the attachments of some messages.
    MOVE_ATTACHMENTS = "UPDATE attachment SET conversation_id = $3 WHERE account_id = $1 AND conversation_id = $2
        AND message_id IN (SELECT value FROM json_each($4))",
        postgres "UPDATE attachment SET conversation_id = $3 WHERE account_id = $1 AND conversation_id = $2
        AND message_id = ANY ($4)";
    /// Records for all messages of a conversation that a split moved them there.
    RECORD_MOVE = "INSERT INTO moved_message (account_id, message_id, conversation_id)
        SELECT account_id, id, conversation_id FROM message WHERE account_id = $1 AND conversation_id = $2
        ON CONFLICT (account_id, message_id) DO UPDATE SET conversation_id = excluded.conversation_id";
    /// Selects the conversation to which the last split of a message moved it; a merge may have ended that conversation.
    MOVED_TO = "SELECT conversation_id FROM moved_message WHERE account_id = $1 AND message_id = $2";
    /// Changes the text of a message, or publishes a draft.
    UPDATE = "UPDATE message SET state = $4, body = $5, format = $6, effective_at = $7, status_set = $8,
        status_wish = $9, version = $10, occurred_at = $11, assign_wish = $12
        WHERE account_id = $1 AND conversation_id = $2 AND id = $3";
    /// Keeps the text of a message as its original, if it has none yet.
    KEEP_ORIGINAL = "UPDATE message SET original_body = $4, original_format = $5
        WHERE account_id = $1 AND conversation_id = $2 AND id = $3 AND original_body IS NULL";
    /// Selects the text that a message had before it was rewritten.
    ORIGINAL = "SELECT original_body, original_format FROM message
        WHERE account_id = $1 AND conversation_id = $2 AND id = $3";
    /// Sets how many attachments a message has.
    SET_ATTACHMENTS = "UPDATE message SET attachments = $4, version = $5
        WHERE account_id = $1 AND conversation_id = $2 AND id = $3";
    /// Deletes a long body.
    DROP_BODY = "DELETE FROM message_body WHERE account_id = $1 AND conversation_id = $2 AND message_id = $3";
}

/// A message of a list, and the size of its body in bytes if it is long; then the message has no body yet.
pub(crate) struct Brief {
    pub(crate) message: Message,
    pub(crate) long: Option<i64>,
}

/// Maps a row of the statements for lists.
pub(crate) fn brief(row: &mut Row<'_>) -> Result<Brief> {
    Ok(Brief {
        message: message(row)?,
        long: row.opt_int()?,
    })
}

/// Maps a row of the statements that read whole messages.
pub(crate) fn message(row: &mut Row<'_>) -> Result<Message> {
    let conversation = ConversationId(row.int()?);
    let id = MessageId(row.int()?);
    let effective_at = row.time()?;
    Ok(Message {
        conversation,
        id,
        effective_at,
        occurred_at: row.opt_time()?.unwrap_or(effective_at),
        recorded_at: row.opt_time()?.unwrap_or(id.created_at()),
        customer: CustomerId(row.int()?),
        kind: row.word(Kind::parse)?,
        channel: row.word(Channel::parse)?,
        direction: row.word(Direction::parse)?,
        state: row.word(State::parse)?,
        format: row.word(Format::parse)?,
        author: author(&row.text()?, row.opt_int()?)?,
        agent_name: row.opt_text()?,
        subject: row.opt_text()?,
        body: row.text()?,
        zone: row.opt_text()?,
        imported: row.flag()?,
        automated: row.flag()?,
        moves_last_message: row.flag()?,
        recipients: row
            .opt_text()?
            .map(|text| read_recipients(&text))
            .transpose()?
            .unwrap_or_default(),
        status_set: row.opt_word(Status::parse)?,
        status_wish: row.opt_word(StatusWish::parse)?,
        assign_wish: row.opt_int()?.map(AgentId),
        extra: row.opt_text()?,
        attachments: row.int()?,
        version: row.int()?,
    })
}

/// Maps a row of `FACTS`; also returns the number of attachments.
pub(crate) fn facts(row: &mut Row<'_>) -> Result<(MessageFacts, i64)> {
    let id = MessageId(row.int()?);
    let facts = MessageFacts {
        id,
        kind: row.word(Kind::parse)?,
        channel: row.word(Channel::parse)?,
        direction: row.word(Direction::parse)?,
        state: row.word(State::parse)?,
        by_agent: match author(&row.text()?, row.opt_int()?)? {
            Author::Agent(agent) => Some(agent),
            Author::Customer | Author::Application => None,
        },
        effective_at: row.time()?,
        imported: row.flag()?,
        automated: row.flag()?,
        moves_last_message: row.flag()?,
        recorded_at: row.opt_time()?.unwrap_or(id.created_at()),
    };
    Ok((facts, row.int()?))
}

fn author(word: &str, agent: Option<i64>) -> Result<Author> {
    match (word, agent) {
        ("customer", _) => Ok(Author::Customer),
        ("agent", Some(agent)) => Ok(Author::Agent(AgentId(agent))),
        ("application", _) => Ok(Author::Application),
        _ => Err(Trouble::Internal(format!("a message has the author {word:?}")).into()),
    }
}

/// Returns the stored form of a message's `occurred_at`: `None` if it is the effective time, as for most messages.
pub(crate) fn occurred_apart(occurred_at: Timestamp, effective_at: Timestamp) -> Option<Timestamp> {
    (occurred_at != effective_at).then_some(occurred_at)
}

/// Returns the stored form of an author: a word and the agent's id.
pub(crate) fn author_words(author: Author) -> (&'static str, Option<AgentId>) {
    match author {
        Author::Customer => ("customer", None),
        Author::Agent(agent) => ("agent", Some(agent)),
        Author::Application => ("application", None),
    }
}

/// Returns the stored form of recipients; `None` if there are none.
pub(crate) fn recipients_text(recipients: &Recipients) -> Option<String> {
    let Recipients { cc, bcc } = recipients;
    (!cc.is_empty() || !bcc.is_empty())
        .then(|| serde_json::json!({ "cc": cc, "bcc": bcc }).to_string())
}

fn read_recipients(text: &str) -> Result<Recipients> {
    let list = |value: &serde_json::Value| -> Vec<String> {
        value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect()
    };
    let value: serde_json::Value = serde_json::from_str(text)
        .map_err(|e| Trouble::Internal(format!("stored recipients: {e}")))?;
    Ok(Recipients {
        cc: list(&value["cc"]),
        bcc: list(&value["bcc"]),
    })
}
