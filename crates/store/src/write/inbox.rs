//! Creates, changes and removes inboxes.

pub mod remove;

use heddle_domain::account::Inbox;
use heddle_domain::event::EventKind;
use heddle_domain::id::{AgentId, InboxId};
use heddle_domain::{EntityKind, EventDetail, Field};

use super::caller::Caller;
use super::events::append_event_about;
use super::must::{must_be_person, must_match};
use super::public_id::{self, ApiPublicId, put_public_id};
use crate::error::{Entity, Refusal, Result};
use crate::rows::account as rows;
use crate::stmt::params;
use crate::tx::{Tx, Write};

/// Creates an inbox.
#[derive(Clone, Debug)]
pub struct CreateInbox {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Name of the inbox.
    pub name: String,
    /// The agent whose messages do not change the assignee.
    pub default_agent: Option<AgentId>,
    /// Public ids: the default one, and others for single APIs.
    pub public_ids: Vec<ApiPublicId>,
}

impl Write for CreateInbox {
    type Out = Inbox;
    const NAME: &'static str = "create_inbox";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Inbox> {
        let account = self.caller.account;
        if let Some(agent) = self.default_agent {
            must_be_person(tx, account, agent).await?;
        }
        let id = InboxId(tx.next_small_id(account, EntityKind::Inbox)?);
        let mut detail = EventDetail::default();
        detail
            .set(Field::Name, &self.name)
            .set(Field::DefaultAgent, &self.default_agent);
        public_id::describe(&mut detail, &self.public_ids);
        let (kind, about) = (EventKind::InboxCreated, (id.get(), Some(id)));
        let event = append_event_about(tx, &self.caller, kind, about, detail)?;
        tx.queue(
            &rows::INSERT_INBOX,
            params![
                account,
                id,
                &self.name,
                self.default_agent,
                false,
                tx.now(),
                event
            ],
        )?;
        for (api, text) in &self.public_ids {
            put_public_id(tx, account, EntityKind::Inbox, id.get(), api, text).await?;
        }
        Ok(Inbox {
            id,
            name: self.name.clone(),
            default_agent: self.default_agent,
            messaging_off: false,
            created_at: tx.now(),
            version: event.get(),
        })
    }
}

/// Changes an inbox; `None` keeps the old value.
#[derive(Clone, Debug)]
pub struct UpdateInbox {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// The inbox to change.
    pub id: InboxId,
    /// The version that the inbox must have; `None` means any.
    pub expected: Option<i64>,
    /// New name.
    pub name: Option<String>,
    /// New default agent; `Some(None)` removes it.
    pub default_agent: Option<Option<AgentId>>,
    /// Whether Mews messaging is disabled.
    pub messaging_off: Option<bool>,
}

impl Write for UpdateInbox {
    type Out = Inbox;
    const NAME: &'static str = "update_inbox";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Inbox> {
        let account = self.caller.account;
        let params = params![account, self.id];
        let found = tx.fetch_one(&rows::LOCK_INBOX, params, rows::inbox);
        let before = found.await?.ok_or(Refusal::NotFound(Entity::Inbox))?;
        must_match(self.expected, before.version)?;
        let mut after = before.clone();
        if let Some(name) = &self.name {
            after.name.clone_from(name);
        }
        after.default_agent = self.default_agent.unwrap_or(before.default_agent);
        after.messaging_off = self.messaging_off.unwrap_or(before.messaging_off);
        if let Some(agent) = after.default_agent {
            must_be_person(tx, account, agent).await?;
        }
        let detail = changes(&before, &after);
        if detail.changes.is_empty() {
            return Ok(after);
        }
        let (kind, about) = (EventKind::InboxUpdated, (self.id.get(), Some(self.id)));
        let event = append_event_about(tx, &self.caller, kind, about, detail)?;
        after.version = event.get();
        tx.queue(
            &rows::UPDATE_INBOX,
            params![
                account,
                self.id,
                &after.name,
                after.default_agent,
                after.messaging_off,
                event
            ],
        )?;
        Ok(after)
    }
}

/// Returns the differences between two states of an inbox.
fn changes(before: &Inbox, after: &Inbox) -> EventDetail {
    let mut detail = EventDetail::default();
    detail
        .change(Field::Name, &before.name, &after.name)
        .change(
            Field::DefaultAgent,
            &before.default_agent,
            &after.default_agent,
        )
        .change(
            Field::MessagingOff,
            &before.messaging_off,
            &after.messaging_off,
        );
    detail
}
