//! Deletes conversations and restores them. A deleted conversation keeps all its rows, and its state is `hidden`: no list,
//! search, count or webhook shows it, and its id is unknown to every API. Only a restoration finds it.

use heddle_domain::conversation::Conversation;
use heddle_domain::event::EventKind;
use heddle_domain::id::ConversationId;
use heddle_domain::message::State;
use heddle_domain::{EventDetail, Field, InboxScope, Status};

use super::caller::Caller;
use super::change::lock;
use super::events::announce;
use super::label;
use super::must::must_match;
use crate::error::Result;
use crate::read::contents::LabelledConversation;
use crate::read::conversations::usable;
use crate::rows::conversation as rows;
use crate::stmt::params;
use crate::tx::{NewEvent, Tx, Write};

/// Deletes a conversation. The ids of conversations that were merged into it are unknown afterwards, too.
#[derive(Clone, Debug)]
pub struct DeleteConversation {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// The conversation to delete.
    pub conversation: ConversationId,
    /// The version that the conversation must have; `None` means any.
    pub expected: Option<i64>,
}

impl Write for DeleteConversation {
    type Out = ();
    const NAME: &'static str = "delete_conversation";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        let before = lock(tx, &self.caller, &self.inboxes, self.conversation).await?;
        must_match(self.expected, before.last_event_id)?;
        set_state(tx, &self.caller, &before, State::Hidden).map(drop)
    }
}

/// Restores a deleted conversation. Changes nothing if the conversation is not deleted.
#[derive(Clone, Debug)]
pub struct RestoreConversation {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Inboxes that the caller may use; entities in other inboxes are treated as unknown.
    pub inboxes: InboxScope,
    /// The conversation to restore.
    pub conversation: ConversationId,
}

impl Write for RestoreConversation {
    type Out = LabelledConversation;
    const NAME: &'static str = "restore_conversation";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<LabelledConversation> {
        let account = self.caller.account;
        let key = params![account, self.conversation];
        let found = tx.fetch_one(&rows::LOCK, key, rows::conversation).await?;
        let deleted = found
            .as_ref()
            .filter(|c| c.state == State::Hidden && self.inboxes.contains(c.inbox));
        let conversation = match deleted {
            Some(deleted) => set_state(tx, &self.caller, deleted, State::Published)?,
            None => usable(tx, account, &self.inboxes, found, 0).await?,
        };
        Ok(LabelledConversation {
            labels: label::read(tx, account, conversation.id).await?,
            conversation,
        })
    }
}

/// Deletes or restores a locked conversation; returns it as it is afterwards.
fn set_state(
    tx: &mut Tx<'_>,
    caller: &Caller,
    before: &Conversation,
    state: State,
) -> Result<Conversation> {
    let mut after = before.clone();
    after.state = state;
    after.touch(tx.now());
    let (kind, statuses): (_, [Option<Status>; 2]) = match state {
        State::Hidden => (EventKind::ConversationDeleted, [Some(before.status), None]),
        State::Published | State::Draft => {
            (EventKind::ConversationRestored, [None, Some(before.status)])
        }
    };
    let mut detail = EventDetail::default();
    detail
        .change(Field::State, &before.state, &after.state)
        // A reader that counts by inbox and status needs to know which count changes.
        .change(Field::Status, &statuses[0], &statuses[1]);
    let event = NewEvent::about(&after, kind, &caller.actor, detail);
    announce(tx, caller, before.assignee, &mut after, &event)?;
    rows::update(tx, caller.account, before, &after)?;
    Ok(after)
}
