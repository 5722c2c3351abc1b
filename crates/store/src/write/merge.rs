//! Merges one conversation into another.

use std::collections::BTreeMap;

use heddle_domain::conversation::{Conversation, StatusWish};
use heddle_domain::detail::Merged;
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, ConversationId};
use heddle_domain::message::{Author, Channel, Direction, Kind, MessageFacts};
use heddle_domain::{EventDetail, Fact, Field, InboxScope, Status};

use super::caller::Caller;
use super::custom_field;
use super::entry::{self, Entry};
use super::events::announce;
use super::label::{self, Labels};
use super::message::NewMessage;
use super::must::must_match;
use crate::error::{Abort, Refusal, Result};
use crate::read::contents::LabelledConversation;
use crate::read::conversations::{get, usable};
use crate::rows::{conversation as rows, guest, message as message_rows};
use crate::stmt::{Row, params};
use crate::tx::{NewEvent, Tx, Write};

/// The maximum number of messages that one merge or split moves.
pub const MOVE_MOST: i64 = 1_000;
/// The maximum number of earlier merges into the conversation that a merge ends. Each of them is locked and redirected.
pub const EARLIER_MOST: i64 = 500;
/// The maximum number of rows that the moved data of one merge or split take, because a command writes at most 4,000
/// rows (`store.md` 3). The difference leaves room for the few rows that every merge or split writes.
pub(super) const MOVED_ROWS_MOST: i64 = 3_900;
/// The maximum number of messages of a conversation whose counts are recomputed.
pub(super) const RECOUNT_MOST: i64 = 10_000;

/// Merges one conversation into another, the survivor. Moves messages, tags, delegations and the custom fields that the
/// survivor lacks. Afterwards the id `from`, and the ids that redirected to it, redirect to the survivor. The thread
/// cap does not apply, but the size of a merge is limited (`rules.md` 12a).
#[derive(Clone, Debug)]
pub struct MergeConversations {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The inboxes that the caller may use. Both conversations must be in one of them.
    pub inboxes: InboxScope,
    /// The conversation to merge; it becomes a redirect.
    pub from: ConversationId,
    /// The survivor: the conversation that remains and receives the messages. If it was itself merged, its survivor.
    pub into: ConversationId,
    /// The survivor's status afterwards; `None`: as [`Conversation::take_over`] says.
    pub status: Option<Status>,
    /// The version that the conversation `from` must have; `None` means any.
    pub expected: Option<i64>,
}

impl Write for MergeConversations {
    type Out = LabelledConversation;
    const NAME: &'static str = "merge_conversations";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<LabelledConversation> {
        let survivor = self.survivor(tx).await?;
        if self.from == survivor {
            return Err(
                Refusal::invalid("into", "a conversation cannot be merged into itself").into(),
            );
        }
        let Locked {
            from,
            into: before,
            merged,
        } = self.lock(tx, survivor).await?;
        must_match(self.expected, from.last_event_id)?;
        let labels = label::read(tx, self.caller.account, self.from).await?;
        let moved = self.moved_messages(tx, &labels, merged.len()).await?;
        let mut into = before.clone();
        self.count(tx, moved, &from, &mut into).await?;
        into.take_over(&from, self.status, tx.now(), self.caller.agent);
        let labels = self.move_labels(tx, &from, &into, labels).await?;
        self.move_rows(tx, survivor)?;
        self.take_guests(tx, &from, &into)?;
        self.record(tx, &mut into)?;
        let detail = detail(&from, [&before, &into], &labels);
        let kind = EventKind::ConversationMerged;
        let event = NewEvent::about(&into, kind, &self.caller.actor, detail);
        announce(tx, &self.caller, before.assignee, &mut into, &event)?;
        rows::update(tx, self.caller.account, &before, &into)?;
        let mut ended = from.clone();
        ended.merged_into = Some(survivor);
        ended.touch(tx.now());
        rows::update(tx, self.caller.account, &from, &ended)?;
        for id in merged {
            tx.queue(&rows::REDIRECT, params![self.caller.account, id, survivor])?;
        }
        let [_, labels] = labels;
        Ok(LabelledConversation {
            conversation: into,
            labels,
        })
    }
}

/// The conversations of a merge, all locked.
struct Locked {
    from: Conversation,
    into: Conversation,
    /// The conversations that were merged into `from` before; one more than [`EARLIER_MOST`] if there are too many.
    merged: Vec<ConversationId>,
}

impl MergeConversations {
    /// Returns the conversation to which the id `into` leads: itself, or its survivor if it was merged.
    async fn survivor(&self, tx: &mut Tx<'_>) -> Result<ConversationId> {
        let found = get(tx, self.caller.account, self.into).await?;
        Ok(found.and_then(|c| c.merged_into).unwrap_or(self.into))
    }

    /// Locks `from`, `into`, and the conversations that were merged into `from` before, in the order of their ids. If
    /// both `from` and `into` are unusable, the error is about `from`.
    async fn lock(&self, tx: &mut Tx<'_>, into: ConversationId) -> Result<Locked> {
        let account = self.caller.account;
        let merged = self.merged_before(tx).await?;
        let both = [self.from, into];
        let ids = merged.iter().copied().chain(both).collect();
        let found = rows::lock_all(tx, account, ids).await?;
        // Nobody can merge into `from` while it is locked. But if another transaction did so just before, the list is
        // outdated.
        if self.merged_before(tx).await? != merged {
            return Err(Abort::StartOver);
        }
        let mut found: BTreeMap<ConversationId, Conversation> =
            found.into_iter().map(|c| (c.id, c)).collect();
        let [from, into] = both.map(|id| found.remove(&id));
        if into.as_ref().is_some_and(|into| into.merged_into.is_some()) {
            return Err(Abort::StartOver);
        }
        Ok(Locked {
            from: usable(tx, account, &self.inboxes, from, 0).await?,
            into: usable(tx, account, &self.inboxes, into, 1).await?,
            merged,
        })
    }

    /// Returns the conversations that were merged into `from`, by id; at most one more than [`EARLIER_MOST`].
    async fn merged_before(&self, tx: &mut Tx<'_>) -> Result<Vec<ConversationId>> {
        let params = params![self.caller.account, self.from, EARLIER_MOST + 1];
        let id = |row: &mut Row<'_>| row.int().map(ConversationId);
        tx.fetch(&rows::MERGED_INTO, params, id).await
    }

    /// Returns the facts of the messages to move, each with its number of attachments. Refuses a merge that is too
    /// large, given the labels to move and the number of earlier merges. Only called for conversations that the caller
    /// may use: for others the answer must not depend on their size.
    async fn moved_messages(
        &self,
        tx: &mut Tx<'_>,
        labels: &Labels,
        earlier: usize,
    ) -> Result<Vec<(MessageFacts, i64)>> {
        let (account, earlier) = (self.caller.account, earlier as i64);
        if earlier > EARLIER_MOST {
            let reason = format!("more than {EARLIER_MOST} conversations were merged into it");
            return Err(Refusal::invalid("messages", reason).into());
        }
        let moved = facts(tx, account, self.from, MOVE_MOST).await?;
        let Some(moved) = moved.filter(|moved| attachments(moved) <= MOVE_MOST) else {
            let reason = format!("more than {MOVE_MOST} messages or attachments");
            return Err(Refusal::invalid("messages", reason).into());
        };
        let params = params![account, self.from, MOVED_ROWS_MOST + 1];
        let count = |row: &mut Row<'_>| row.int();
        let (delegations, guests) = tx
            .fetch_pair(
                (&rows::DELEGATIONS_UP_TO, params, count),
                (&guest::UP_TO, params, count),
            )
            .await?;
        // Each label is deleted from one conversation and inserted into the other.
        let labels = 2 * (labels.tags.len() + labels.fields.len()) as i64;
        let others: i64 = delegations.iter().chain(&guests).sum();
        must_fit(moved_rows(&moved) + labels + others + earlier)?;
        Ok(moved)
    }

    /// Recomputes the survivor's counts from the messages of both conversations. If there are too many messages, adds
    /// up the counts instead.
    async fn count(
        &self,
        tx: &mut Tx<'_>,
        moved: Vec<(MessageFacts, i64)>,
        from: &Conversation,
        into: &mut Conversation,
    ) -> Result<()> {
        let mut messages = moved;
        match facts(tx, self.caller.account, into.id, RECOUNT_MOST).await? {
            Some(own) => {
                messages.extend(own);
                messages.sort_by_key(|(message, _)| message.id);
                let messages: Vec<MessageFacts> = messages.into_iter().map(|(m, _)| m).collect();
                into.recount(&messages);
            }
            None => absorb(into, from),
        }
        into.last_event_id = into.last_event_id.max(from.last_event_id);
        Ok(())
    }

    fn move_rows(&self, tx: &mut Tx<'_>, into: ConversationId) -> Result<()> {
        for stmt in [
            &message_rows::REHOME,
            &message_rows::REHOME_BODIES,
            &message_rows::REHOME_ATTACHMENTS,
            &rows::REHOME_DELEGATIONS,
        ] {
            tx.queue(stmt, params![self.caller.account, self.from, into])?;
        }
        Ok(())
    }

    /// Moves the guests: every customer who wrote in `from` becomes a guest of the survivor.
    fn take_guests(&self, tx: &mut Tx<'_>, from: &Conversation, into: &Conversation) -> Result<()> {
        let account = self.caller.account;
        tx.queue(
            &guest::COPY,
            params![account, from.id, into.id, into.customer],
        )?;
        if from.customer != into.customer {
            tx.queue(&guest::ADD, params![account, from.customer, into.id])?;
        }
        Ok(())
    }

    /// Moves tags and custom fields; returns the survivor's labels before and after.
    async fn move_labels(
        &self,
        tx: &mut Tx<'_>,
        from: &Conversation,
        into: &Conversation,
        moved: Labels,
    ) -> Result<[Labels; 2]> {
        let account = self.caller.account;
        let before = label::read(tx, account, into.id).await?;
        let mut after = moved.clone();
        after.tags.extend(before.tags.clone());
        let inboxes = [from.inbox, into.inbox];
        after.fields = custom_field::moved(tx, account, inboxes, &moved.fields).await?;
        after.fields.extend(before.fields.clone());
        label::write(tx, account, into, &before, &after)?;
        label::write(tx, account, from, &moved, &Labels::default())?;
        Ok([before, after])
    }

    /// Adds a line item (a system entry, here "merged") to the survivor, so that its list of messages shows the merge.
    fn record(&self, tx: &mut Tx<'_>, into: &mut Conversation) -> Result<()> {
        let extra =
            serde_json::json!({ "action": "merged", "originalConversation": self.from.get() });
        let author = self
            .caller
            .actor
            .agent
            .map_or(Author::Application, Author::Agent);
        let item = NewMessage {
            kind: Kind::LineItem,
            extra: Some(extra.to_string()),
            ..NewMessage::new(Channel::Other, Direction::Outgoing, author, "")
        };
        let entry = Entry {
            message: &item,
            customer: into.customer,
            wish: StatusWish::Keep,
            opened_with: None,
        };
        entry::store(tx, &self.caller, into, &entry).map(drop)
    }
}

/// Refuses a merge whose moved data take more than [`MOVED_ROWS_MOST`] rows.
fn must_fit(rows: i64) -> Result<(), Refusal> {
    if rows <= MOVED_ROWS_MOST {
        return Ok(());
    }
    let reason = format!(
        "the messages, attachments, changes of assignee, customers, tags, custom fields and earlier merges need more \
         than {MOVED_ROWS_MOST} rows"
    );
    Err(Refusal::invalid("messages", reason))
}

fn detail(
    from: &Conversation,
    [into, survivor]: [&Conversation; 2],
    [before, after]: &[Labels; 2],
) -> EventDetail {
    let mut detail = EventDetail::default();
    detail
        .change(Field::Status, &into.status, &survivor.status)
        .change(Field::Archived, &into.archived, &survivor.archived);
    detail.with(Fact::Merged(Merged::Conversation {
        conversation: from.id,
        inbox: from.inbox,
        status: from.status,
    }));
    detail.change(Field::Tags, &before.tag_names(), &after.tag_names());
    detail.change(
        Field::CustomFields,
        &before.fields_beside(after),
        &after.fields_beside(before),
    );
    detail
}

/// Returns the facts of all messages of a conversation, in recorded order, each with its number of attachments; `None`
/// if there are more than `most` messages.
pub(super) async fn facts(
    tx: &mut Tx<'_>,
    account: AccountId,
    id: ConversationId,
    most: i64,
) -> Result<Option<Vec<(MessageFacts, i64)>>> {
    let params = params![account, id, most + 1];
    let found = tx
        .fetch(&message_rows::FACTS, params, message_rows::facts)
        .await?;
    Ok((found.len() as i64 <= most).then_some(found))
}

/// Returns the total number of attachments.
pub(super) fn attachments(entries: &[(MessageFacts, i64)]) -> i64 {
    entries.iter().map(|(_, attachments)| attachments).sum()
}

/// Returns the maximum number of rows of messages, each with its number of attachments: two for each message, because a
/// long body has its own row, and one for each attachment.
pub(super) fn moved_rows(messages: &[(MessageFacts, i64)]) -> i64 {
    2 * messages.len() as i64 + attachments(messages)
}

/// Adds the counts of the merged conversation to the survivor.
fn absorb(into: &mut Conversation, from: &Conversation) {
    into.last_message_at = match (into.contacts, from.contacts) {
        (0, 0) => into.last_message_at,
        (0, _) => from.last_message_at,
        (_, 0) => into.last_message_at,
        _ => into.last_message_at.max(from.last_message_at),
    };
    into.messages += from.messages;
    into.published += from.published;
    into.contacts += from.contacts;
    into.last_message_id = into.last_message_id.max(from.last_message_id);
    if from.last_live > into.last_live {
        into.last_live = from.last_live;
        into.customer_wrote_last = from.customer_wrote_last;
        into.waiting_since = from.waiting_since;
    }
    into.agent_acted_at = into.agent_acted_at.max(from.agent_acted_at);
    into.first_channel = into.first_channel.or(from.first_channel);
}
