//! Deletes conversations and restores them. A deleted conversation keeps all its rows, and its state is `hidden`: no list,
//! search, count or webhook shows it, and every API answers its id as an unknown one. It can be restored, unless its customer was
//! erased, or it is being erased itself.

use heddle_domain::conversation::Conversation;
use heddle_domain::event::{Actor, EventKind};
use heddle_domain::id::{AccountId, ConversationId};
use heddle_domain::message::State;
use heddle_domain::{EventDetail, Fact, Field, InboxScope, Status};

use super::caller::Caller;
use super::change::lock;
use super::label;
use super::must::must_match;
use crate::error::Result;
use crate::read::contents::LabelledConversation;
use crate::read::conversations::usable;
use crate::read::customers::follow;
use crate::rows::{conversation as rows, customer, erased};
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
        let deletion = Transition::to(State::Hidden);
        let by = (self.caller.account, &self.caller.actor);
        deletion.write(tx, by, &before).map(drop)
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
        let can_return = match &found {
            Some(c) if c.state == State::Hidden && self.inboxes.contains(c.inbox) => {
                !is_being_erased(tx, account, c.id).await? && has_customer(tx, account, c).await?
            }
            _ => false,
        };
        let conversation = match found {
            Some(deleted) if can_return => {
                let restoration = Transition::to(State::Published);
                restoration.write(tx, (account, &self.caller.actor), &deleted)?
            }
            found => usable(tx, account, &self.inboxes, found, 0).await?,
        };
        Ok(LabelledConversation {
            labels: label::read(tx, account, conversation.id).await?,
            conversation,
        })
    }
}

/// Whether the rows of the conversation are being removed.
async fn is_being_erased(tx: &mut Tx<'_>, account: AccountId, id: ConversationId) -> Result<bool> {
    let key = params![account, id];
    let marked = tx.fetch_one(&erased::GET, key, |row| row.int()).await?;
    Ok(marked.is_some())
}

/// Whether the conversation's customer exists, and not only its mark that it was erased. Locks the customer, so that an erasure of
/// it waits.
async fn has_customer(
    tx: &mut Tx<'_>,
    account: AccountId,
    conversation: &Conversation,
) -> Result<bool> {
    let found = follow(tx, &customer::PIN, account, conversation.customer).await?;
    Ok(found.is_some_and(|customer| !customer.erased))
}

/// The deletion or the restoration of a conversation.
pub(crate) struct Transition {
    state: State,
    /// Whether the deletion is a part of an erasure.
    erased: bool,
    /// The job of the erasure of a customer.
    job: Option<i64>,
}

impl Transition {
    const fn to(state: State) -> Self {
        Self {
            state,
            erased: false,
            job: None,
        }
    }

    /// The deletion of a conversation with its customer.
    pub(crate) const fn of_erasure(job: i64) -> Self {
        Self {
            state: State::Hidden,
            erased: true,
            job: Some(job),
        }
    }

    /// The deletion of a conversation that is being erased itself.
    pub(crate) const fn of_conversation() -> Self {
        Self {
            state: State::Hidden,
            erased: true,
            job: None,
        }
    }

    /// Deletes or restores a locked conversation; returns it as it is afterwards.
    pub(crate) fn write(
        &self,
        tx: &mut Tx<'_>,
        (account, actor): (AccountId, &Actor),
        before: &Conversation,
    ) -> Result<Conversation> {
        let mut after = before.clone();
        after.state = self.state;
        after.touch(tx.now());
        let (kind, statuses): (_, [Option<Status>; 2]) = match self.state {
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
        if self.erased {
            detail.with(Fact::Erased(true));
        }
        if let Some(job) = self.job {
            detail.with(Fact::Job(job));
        }
        let event = NewEvent::about(&after, kind, actor, detail);
        let event = tx.append_event(account, before.last_event_id, &event)?;
        after.last_event_id = event.get();
        rows::update(tx, account, before, &after)?;
        Ok(after)
    }
}
