//! Deletes conversations and marks them as being erased.

use std::collections::BTreeSet;

use heddle_domain::conversation::Conversation;
use heddle_domain::detail::Contents;
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, ConversationId, InboxId};
use heddle_domain::message::State;
use heddle_domain::retention::{MOST_DAYS, Retained};
use heddle_domain::{EventDetail, Fact, Timestamp};

use crate::error::Result;
use crate::rows::erased::{self as rows, Stage};
use crate::rows::{account as account_rows, conversation, erasure};
use crate::stmt::{keys, params};
use crate::tx::{NewEvent, Tx, Write};
use crate::write::caller::Caller;
use crate::write::delete::Transition;

const DAY_MS: i64 = 86_400_000;

/// What a conversation must fulfil to be erased. It is looked up before, and may have changed since.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Erasable {
    /// It is in this inbox.
    In(InboxId),
    /// A retention rule covers it: these conversations, before this time. If the account has ended or prolonged the rule meanwhile,
    /// nothing is erased.
    Old(Retained, Timestamp),
}

impl Erasable {
    fn covers(&self, conversation: &Conversation) -> bool {
        match self {
            Self::In(inbox) => conversation.inbox == *inbox,
            Self::Old(retained, before) => retained.covers(conversation, *before),
        }
    }
}

/// Deletes some conversations, at most [`AT_ONCE`](super::next::AT_ONCE), and marks them as being erased. Conversations that are marked already
/// stay as they are.
#[derive(Clone, Debug)]
pub(crate) struct MarkConversations {
    pub(crate) caller: Caller,
    pub(crate) ids: BTreeSet<ConversationId>,
    pub(crate) which: Erasable,
}

impl Write for MarkConversations {
    /// What will be erased.
    type Out = Contents;
    const NAME: &'static str = "mark_conversations";

    fn weight(&self) -> usize {
        self.ids.len() * 512
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Contents> {
        let account = self.caller.account;
        if let Erasable::Old(retained, before) = self.which
            && !is_in_force(tx, account, retained, before).await?
        {
            return Ok(Contents::default());
        }
        // A chunk locks this row first, too.
        tx.fetch_one(&rows::LOCK, params![account], rows::progress)
            .await?;
        let mut found = conversation::lock_all(tx, account, self.ids.clone()).await?;
        found.retain(|conversation| self.which.covers(conversation));
        let keys = keys(account, found.iter().map(|conversation| conversation.id));
        let marked = tx
            .fetch_many(&rows::GET, &keys, |row| row.int().map(drop))
            .await?;
        let counted = tx
            .fetch_many(&rows::COUNT_ATTACHMENTS, &keys, |row| {
                Ok((row.int()?, row.int()?))
            })
            .await?;
        let mut contents = Contents::default();
        for ((conversation, marked), counted) in found.iter().zip(marked).zip(counted) {
            if !marked.is_empty() {
                continue;
            }
            self.delete(tx, account, conversation)?;
            tx.queue(&rows::MARK, params![account, conversation.id])?;
            let (attachments, files) = counted.first().copied().unwrap_or_default();
            contents.conversations += 1;
            contents.messages += conversation.messages;
            contents.attachments += attachments;
            contents.files += files;
        }
        if contents.conversations > 0 {
            tx.queue(&rows::BEGIN, params![account, Stage::Rows.as_str()])?;
        }
        Ok(contents)
    }
}

/// Whether the account still has a rule, and it allows what began before a time to be erased.
async fn is_in_force(
    tx: &mut Tx<'_>,
    account: AccountId,
    retained: Retained,
    before: Timestamp,
) -> Result<bool> {
    let rule = retained.change(0);
    let key = params![account, rule.api.as_str(), rule.name];
    let days = tx.fetch_one(&account_rows::SETTING, key, |row| row.int());
    let days = days.await?.filter(|days| (1..=MOST_DAYS).contains(days));
    let now = tx.now();
    Ok(days.is_some_and(|days| before.plus_ms(days * DAY_MS) <= now))
}

impl MarkConversations {
    /// Deletes a conversation that lists still show. Of one that was deleted before, an event says that it is being erased now. A
    /// merged one has been told of by its merge.
    fn delete(&self, tx: &mut Tx<'_>, account: AccountId, before: &Conversation) -> Result<()> {
        if before.merged_into.is_some() {
            return Ok(());
        }
        let actor = &self.caller.actor;
        if before.state != State::Hidden {
            let deletion = Transition::of_conversation();
            return deletion.write(tx, (account, actor), before).map(drop);
        }
        let mut detail = EventDetail::default();
        detail.with(Fact::Erased(true));
        let event = NewEvent::about(before, EventKind::ConversationUpdated, actor, detail);
        let event = tx.append_event(account, before.last_event_id, &event)?;
        let params = params![account, before.id, before.updated_at, event];
        tx.queue(&erasure::TOUCH_CONVERSATION, params)
    }
}
