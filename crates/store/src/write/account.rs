//! Creates and changes accounts and their settings.

use std::collections::BTreeMap;

use heddle_domain::account::{Account, AccountSettings, SettingChange};
use heddle_domain::event::EventKind;
use heddle_domain::id::{AccountId, AgentId};
use heddle_domain::{EntityKind, EventDetail, Field};

pub use super::agent::CreateAgent;
use super::caller::Caller;
pub use super::customers::CreateCustomer;
use super::events::append_plain_event;
pub use super::inbox::{CreateInbox, UpdateInbox};
use super::must::must_match;
pub use super::public_id::ApiPublicId;
use super::public_id::put_public_id;
use crate::counted::COUNTED;
use crate::error::{Entity, Refusal, Result};
use crate::rows::account as rows;
use crate::stmt::params;
use crate::tx::{Tx, Write};

/// The account id under which account ids are counted.
const SERVER: AccountId = AccountId(0);

/// Creates an account with its built-in agent.
#[derive(Clone, Debug)]
pub struct CreateAccount {
    /// Name of the account.
    pub name: String,
    /// The random tag for the account's GUIDs.
    pub guid_tag: u32,
    /// The public ids of the account and of its built-in agent.
    pub public_ids: [String; 2],
    /// Settings of the account that differ from their defaults.
    pub settings: AccountSettings,
}

impl Write for CreateAccount {
    type Out = Account;
    const NAME: &'static str = "create_account";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Account> {
        let now = tx.now();
        let id = AccountId(tx.next_small_id(SERVER, EntityKind::Account)?);
        let agent = AgentId(tx.next_small_id(id, EntityKind::Agent)?);
        let caller = operator(id, agent);
        let mut detail = EventDetail::default();
        detail.set(Field::Name, &self.name);
        let settings = self.settings.iter();
        let settings: BTreeMap<String, i64> = settings
            .map(|(api, name, value)| (format!("{api}.{name}"), value))
            .collect();
        if !settings.is_empty() {
            detail.set(Field::Settings, &settings);
        }
        let kind = EventKind::AccountCreated;
        let event = append_plain_event(tx, &caller, kind, id.get(), detail)?;
        tx.queue(
            &rows::INSERT,
            params![id, &self.name, i64::from(self.guid_tag), agent, now, event,],
        )?;
        for (api, name, value) in self.settings.iter() {
            tx.queue(&rows::PUT_SETTING, params![id, api, name, value])?;
        }
        tx.queue(
            &rows::INSERT_AGENT,
            params![id, agent, "Integration", "", "", true, false, now, event],
        )?;
        let [own, of_agent] = &self.public_ids;
        put_public_id(tx, id, EntityKind::Account, id.get(), "", own).await?;
        put_public_id(tx, id, EntityKind::Agent, agent.get(), "", of_agent).await?;
        Ok(Account {
            id,
            name: self.name.clone(),
            guid_tag: self.guid_tag,
            integration_agent: agent,
            settings: self.settings.clone(),
            created_at: now,
            version: event.get(),
        })
    }
}

/// Returns the caller for the operator at the command line.
#[must_use]
pub fn operator(account: AccountId, agent: AgentId) -> Caller {
    Caller {
        account,
        actor: heddle_domain::event::Actor::OPERATOR,
        agent,
    }
}

/// Changes an account's name or settings; values that are not named stay.
#[derive(Clone, Debug)]
pub struct UpdateAccount {
    /// The caller; `None` means the operator at the command line.
    pub caller: Option<Caller>,
    /// The account to change.
    pub id: AccountId,
    /// The version that the account must have; `None` means any.
    pub expected: Option<i64>,
    /// New name.
    pub name: Option<String>,
    /// New settings.
    pub settings: Vec<SettingChange>,
}

impl Write for UpdateAccount {
    type Out = Account;
    const NAME: &'static str = "update_account";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Account> {
        let row = tx
            .fetch_one(&rows::LOCK, params![self.id], rows::account)
            .await?
            .ok_or(Refusal::NotFound(Entity::Account))?;
        // Read after the lock, so that they include the changes of an earlier transaction.
        let settings = tx
            .fetch(&rows::SETTINGS, params![self.id], rows::setting)
            .await?;
        let before = row.with(settings);
        must_match(self.expected, before.version)?;
        let mut account = before.clone();
        if let Some(name) = &self.name {
            account.name.clone_from(name);
        }
        for change in &self.settings {
            account.settings.apply(change);
        }
        let detail = self.detail(&before, &account);
        if detail.changes.is_empty() {
            return Ok(account);
        }
        let operator = || operator(account.id, account.integration_agent);
        let caller = self.caller.clone().unwrap_or_else(operator);
        let (kind, id) = (EventKind::AccountUpdated, account.id.get());
        let event = append_plain_event(tx, &caller, kind, id, detail)?;
        account.version = event.get();
        tx.queue(&rows::UPDATE, params![account.id, &account.name, event])?;
        for change in &self.settings {
            put_setting(tx, account.id, change)?;
        }
        Ok(account)
    }
}

impl UpdateAccount {
    /// Returns the differences between two states of the account.
    fn detail(&self, before: &Account, after: &Account) -> EventDetail {
        let mut detail = EventDetail::default();
        detail.change(Field::Name, &before.name, &after.name);
        for change in &self.settings {
            let old = change.value_before(&before.settings);
            detail.change(Field::setting(change.shown_as), &old, &change.value);
        }
        detail
    }
}

/// Stores a new value; deletes the stored value if the new one is the default.
fn put_setting(tx: &mut Tx<'_>, account: AccountId, change: &SettingChange) -> Result<()> {
    let (api, name) = (change.api.as_str(), change.name);
    if change.value == change.default {
        tx.queue(&rows::DROP_SETTING, params![account, api, name])
    } else {
        let params = params![account, api, name, change.value];
        tx.queue(&rows::PUT_SETTING, params)
    }
}

/// Raises every counter of an account, so that its next small ids are at least `next`. For imports, and for tests
/// that need ids which no other account uses.
#[derive(Clone, Debug)]
pub struct RaiseCounters {
    /// Account whose data the command changes.
    pub account: AccountId,
    /// The smallest possible next id.
    pub next: i64,
}

impl Write for RaiseCounters {
    type Out = ();
    const NAME: &'static str = "raise_counters";

    /// True: a second run finds counters that are already high enough, so it changes nothing.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        for kind in COUNTED {
            tx.raise_small_ids(self.account, kind, self.next)?;
        }
        Ok(())
    }
}

/// Takes a small id for a later command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TakeId {
    pub(crate) account: AccountId,
    pub(crate) kind: EntityKind,
}

impl Write for TakeId {
    type Out = i64;
    const NAME: &'static str = "take_id";

    /// True: a second run takes another id, and the first id stays unused, which does no harm.
    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<i64> {
        tx.next_small_id(self.account, self.kind)
    }
}
