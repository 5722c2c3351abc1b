//! Changes to a conversation that come without a message: status, archive flag, assignee, merge.

use heddle_domain::conversation::{Conversation, Status, StatusWish};
use heddle_domain::event::EventKind;
use heddle_domain::id::{AgentId, ConversationId};
use heddle_domain::message::{Author, Channel, Direction, Kind, State};

use super::message::{self, Entry, NewMessage};
use super::{Caller, must_be_agent, queue_delegation};
use crate::detail::Detail;
use crate::error::{Entity, Error, Result};
use crate::rows::{conversation as rows, guest, message as message_rows};
use crate::tx::{NewEvent, Tx, Write, params};

/// Changes status, archive flag or assignee; what is `None` stays.
#[derive(Clone, Debug)]
pub struct ChangeConversation {
    /// On whose behalf.
    pub caller: Caller,
    /// Which conversation.
    pub conversation: ConversationId,
    /// Its new status.
    pub status: Option<Status>,
    /// Whether it is archived.
    pub archived: Option<bool>,
    /// Who is in charge; `Some(None)` takes it from everybody.
    pub assignee: Option<Option<AgentId>>,
}

impl Write for ChangeConversation {
    type Out = Conversation;
    const NAME: &'static str = "change_conversation";

    async fn apply<T: Tx>(&self, tx: &mut T) -> Result<Conversation> {
        let before = lock(tx, &self.caller, self.conversation, 0).await?;
        if let Some(Some(agent)) = self.assignee {
            must_be_agent(tx, self.caller.account, agent).await?;
        }
        let mut after = before.clone();
        let now = tx.now();
        let status = self
            .status
            .and_then(|status| after.set_status(status, now, self.caller.agent));
        if let Some(archived) = self
            .archived
            .filter(|archived| *archived != before.archived)
        {
            after.archived = archived;
            after.touch(now);
        }
        if let Some(assignee) = self.assignee {
            after.assign(assignee, now);
        }
        if after == before {
            return Ok(after);
        }
        let mut detail = message::detail(status, (before.assignee, after.assignee));
        detail.change("archived", before.archived, after.archived);
        announce(
            tx,
            &self.caller,
            EventKind::ConversationUpdated,
            &before,
            &mut after,
            detail,
        )?;
        rows::update(tx, self.caller.account, &before, &after)?;
        Ok(after)
    }
}

async fn lock<T: Tx>(
    tx: &mut T,
    caller: &Caller,
    id: ConversationId,
    at: usize,
) -> Result<Conversation> {
    let found = tx
        .fetch(&rows::LOCK, params![caller.account, id], rows::conversation)
        .await?;
    let usable = found
        .into_iter()
        .next()
        .filter(|c| c.merged_into.is_none() && c.state != State::Hidden);
    usable.ok_or(Error::NotFound(Entity::Conversation(at)))
}

fn announce<T: Tx>(
    tx: &mut T,
    caller: &Caller,
    kind: EventKind,
    before: &Conversation,
    after: &mut Conversation,
    detail: Detail,
) -> Result<()> {
    let id = tx.next_event_id(after.last_event_id)?;
    after.last_event_id = id.get();
    let event = NewEvent {
        id,
        kind,
        conversation: Some(after.id),
        inbox: Some(after.inbox),
        entity: after.id.get(),
        actor: &caller.actor,
        imported: false,
        detail: detail.into_text(),
    };
    tx.append_event(caller.account, &event)?;
    if before.assignee != after.assignee {
        queue_delegation(tx, caller, id.get(), before.assignee, after, tx.now())?;
    }
    Ok(())
}

/// The most messages that one merge moves: a command writes at most 4,000 rows (`store.md` 3).
pub const MERGE_MOST: i64 = 1_000;

/// Merges one conversation into another: its messages move, its id leads on. Exempt from the thread cap.
#[derive(Clone, Debug)]
pub struct MergeConversations {
    /// On whose behalf.
    pub caller: Caller,
    /// The conversation that ends.
    pub from: ConversationId,
    /// The survivor.
    pub into: ConversationId,
}

impl Write for MergeConversations {
    type Out = Conversation;
    const NAME: &'static str = "merge_conversations";

    async fn apply<T: Tx>(&self, tx: &mut T) -> Result<Conversation> {
        if self.from == self.into {
            return Err(Error::Invalid {
                field: "into",
                reason: "a conversation cannot be merged into itself".into(),
            });
        }
        let (from_before, into_before) = self.lock_both(tx).await?;
        if from_before.messages > MERGE_MOST {
            let reason = format!("more than {MERGE_MOST} messages");
            return Err(Error::Invalid {
                field: "from",
                reason,
            });
        }
        for stmt in [
            &message_rows::REHOME,
            &message_rows::REHOME_BODIES,
            &message_rows::REHOME_ATTACHMENTS,
        ] {
            tx.queue(stmt, params![self.caller.account, self.from, self.into])?;
        }
        self.take_guests(tx, &from_before, &into_before)?;
        let mut into = into_before.clone();
        absorb(&mut into, &from_before);
        self.record(tx, &mut into)?;
        let mut detail = Detail::default();
        detail.with(
            "merged",
            serde_json::json!({
                "conversation": self.from.get(),
                "inbox": from_before.inbox.get(),
                "status": from_before.status.as_str(),
            }),
        );
        announce(
            tx,
            &self.caller,
            EventKind::ConversationMerged,
            &into_before,
            &mut into,
            detail,
        )?;
        rows::update(tx, self.caller.account, &into_before, &into)?;
        let mut from = from_before.clone();
        from.merged_into = Some(self.into);
        from.touch(tx.now());
        rows::update(tx, self.caller.account, &from_before, &from)?;
        Ok(into)
    }
}

impl MergeConversations {
    /// Whoever wrote in the one that ends wrote in the survivor now.
    fn take_guests<T: Tx>(
        &self,
        tx: &mut T,
        from: &Conversation,
        into: &Conversation,
    ) -> Result<()> {
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

    /// Locks both, the smaller id first.
    async fn lock_both<T: Tx>(&self, tx: &mut T) -> Result<(Conversation, Conversation)> {
        if self.from < self.into {
            let from = lock(tx, &self.caller, self.from, 0).await?;
            Ok((from, lock(tx, &self.caller, self.into, 1).await?))
        } else {
            let into = lock(tx, &self.caller, self.into, 1).await?;
            Ok((lock(tx, &self.caller, self.from, 0).await?, into))
        }
    }

    /// The line item that shows the merge on the survivor.
    fn record<T: Tx>(&self, tx: &mut T, into: &mut Conversation) -> Result<()> {
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
        message::store(tx, &self.caller, into, &entry).map(drop)
    }
}

/// Adds what the ended conversation counted to the survivor.
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
    into.last_event_id = into.last_event_id.max(from.last_event_id);
    if from.last_live > into.last_live {
        into.last_live = from.last_live;
        into.customer_wrote_last = from.customer_wrote_last;
        into.waiting_since = from.waiting_since;
    }
    into.agent_acted_at = into.agent_acted_at.max(from.agent_acted_at);
    into.first_channel = into.first_channel.or(from.first_channel);
}
