//! `heddle inbox`: creates, lists, changes and removes inboxes, which hold the conversations.

mod profile;
mod remove;

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use heddle::apis;
use heddle_access::provision;
use heddle_api::Description;
use heddle_domain::ApiName;
use heddle_domain::account::{Account, Inbox};
use heddle_domain::id::{AgentId, InboxId};
use heddle_store::read::account::ListInboxes;
use heddle_store::write::account::{ApiPublicId, UpdateInbox};
use heddle_store::{Entity, Store};
use serde::Serialize;

use super::argument::{InAccount, Name, id, public_id, switch};
use super::failure::Failure;
use super::outcome::{Invalidation, Outcome};
use super::output::{self, Columns, Row};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an inbox
    Create(Create),
    /// List an account's inboxes
    List(InAccount),
    /// Change an inbox; values that are not given stay
    Update(Update),
    /// Remove an inbox; its conversations go to another one or are erased
    Remove(remove::Remove),
    /// Show or set what the inbox tells vendors' clients about its place
    #[command(subcommand)]
    Profile(profile::Command),
}

#[derive(Args, Debug)]
pub(crate) struct Create {
    #[command(flatten)]
    account: InAccount,
    /// Display name
    #[arg(long)]
    name: Name,
    /// The agent whose messages do not change the assignee (myKaarma's default dealer associate)
    #[arg(long, value_name = "AGENT", value_parser = id)]
    default_agent: Option<i64>,
    /// The id that clients know it by: a GUID for all APIs, mews=GUID or mykaarma=TEXT for one
    #[arg(long, value_name = "[API=]TEXT", value_parser = public_id)]
    public_id: Vec<ApiPublicId>,
}

#[derive(Args, Debug)]
pub(crate) struct Update {
    #[command(flatten)]
    account: InAccount,
    /// The inbox's number
    #[arg(long, value_name = "INBOX", value_parser = id)]
    inbox: i64,
    /// New name
    #[arg(long)]
    name: Option<Name>,
    /// New default agent
    #[arg(long, value_name = "AGENT", value_parser = id)]
    default_agent: Option<i64>,
    /// Mews messaging: off answers 403 to writes
    #[arg(long, value_name = "on|off", value_parser = switch)]
    messaging: Option<bool>,
}

impl Command {
    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        match self {
            Self::Create(create) => create.perform(store).await,
            Self::List(account) => {
                let account = account.get(store).await?;
                let views = views(store, &account).await?;
                Outcome::list("inboxes", &views)
            }
            Self::Update(update) => update.perform(store).await,
            Self::Remove(remove) => remove.perform(store).await,
            Self::Profile(profile) => profile.perform(store).await,
        }
    }
}

impl Create {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let made = provision::create_inbox(
            store,
            &account,
            self.name.as_str(),
            self.default_agent.map(AgentId),
            self.public_id,
        );
        let named = self.default_agent.map(|agent| (Entity::Agent, agent));
        let id = made
            .await
            .map_err(|error| Failure::naming(error, account.id, named.as_slice()))?;
        changed(store, &account, id).await
    }
}

impl Update {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let id = InboxId(self.inbox);
        let mut named = vec![(Entity::Inbox, self.inbox)];
        named.extend(self.default_agent.map(|agent| (Entity::Agent, agent)));
        let command = UpdateInbox {
            expected: None,
            caller: provision::operator_caller(&account),
            id,
            name: self.name.map(Name::into_string),
            default_agent: self.default_agent.map(|agent| Some(AgentId(agent))),
            messaging_off: self.messaging.map(|on| !on),
        };
        let written = store.write(command).await;
        written.map_err(|error| Failure::naming(error, account.id, &named))?;
        changed(store, &account, id).await
    }
}

/// Shows the inbox after a change. Servers must read all credentials of the account again, because each cached
/// credential contains the inbox.
async fn changed(store: &Store, account: &Account, id: InboxId) -> anyhow::Result<Outcome> {
    let mut views = views(store, account).await?;
    views.retain(|view| view.id == id.get());
    let removed = || Failure::no_such(Entity::Inbox, id.get(), account.id);
    let view = views.pop().ok_or_else(removed)?;
    Ok(Outcome::one("inbox", &view)?.invalidating(Invalidation::Account(account.id)))
}

/// Returns all inboxes of an account.
async fn views(store: &Store, account: &Account) -> anyhow::Result<Vec<InboxView>> {
    let read = |api| ListInboxes {
        account: account.id,
        api,
    };
    let inboxes = store.read(read(apis::NATIVE)).await?;
    let mut views: Vec<_> = inboxes
        .into_iter()
        .map(|inbox| InboxView::of(inbox.inbox, inbox.public_id))
        .collect();
    for api in apis_with_public_ids() {
        let inboxes = store.read(read(api)).await?;
        for (view, inbox) in views.iter_mut().zip(inboxes) {
            view.public_ids.insert(member(api), inbox.public_id);
        }
    }
    Ok(views)
}

/// Returns the APIs that show texts instead of numbers as ids of inboxes.
fn apis_with_public_ids() -> Vec<ApiName> {
    let apis = apis::descriptions();
    let with_texts = apis.iter().filter(|api| api.public_id.is_some());
    with_texts.map(Description::name).collect()
}

/// Returns the name that an API's public id has in JSON.
fn member(api: ApiName) -> String {
    format!("{}_public_id", api.as_str())
}

/// An inbox as the command line shows it.
#[derive(Debug, Serialize)]
struct InboxView {
    /// Help Scout's mailbox id, Magicline's studio id.
    id: i64,
    name: String,
    default_agent: Option<i64>,
    messaging: &'static str,
    /// The public id in all APIs for which the inbox has no own public id.
    public_id: String,
    /// The public id in each API that shows texts, such as `mews_public_id` (Mews' enterprise id) and
    /// `mykaarma_public_id` (myKaarma's department UUID).
    #[serde(flatten)]
    public_ids: BTreeMap<String, String>,
}

impl InboxView {
    fn of(inbox: Inbox, public_id: String) -> Self {
        let Inbox {
            id,
            name,
            default_agent,
            messaging_off,
            created_at: _,
            version: _,
        } = inbox;
        Self {
            id: id.get(),
            name,
            default_agent: default_agent.map(AgentId::get),
            messaging: if messaging_off { "off" } else { "on" },
            public_id,
            public_ids: BTreeMap::new(),
        }
    }
}

impl Row for InboxView {
    fn columns() -> Columns<Self> {
        let columns = Columns::new()
            .with("inbox", |it: &Self| it.id.to_string())
            .with("name", |it| it.name.clone())
            .with("default agent", |it| output::or_dash(&it.default_agent))
            .with("messaging", |it| it.messaging.to_owned());
        apis_with_public_ids()
            .into_iter()
            .fold(columns, |columns, api| {
                let heading = format!("public id ({})", api.as_str());
                columns.with(heading, move |it| {
                    output::or_dash(&it.public_ids.get(&member(api)))
                })
            })
    }
}
