//! `heddle inbox`: creates, lists and changes inboxes, which hold the conversations.

use clap::{Args, Subcommand};
use heddle_access::provision;
use heddle_domain::account::{Account, Inbox};
use heddle_domain::id::{AgentId, InboxId};
use heddle_store::Store;
use heddle_store::read::account::ListInboxes;
use heddle_store::write::account::UpdateInbox;
use serde::{Deserialize, Serialize};

use super::argument::{Name, PublicId, Switch};
use super::outcome::{Invalidation, Outcome, get_account};
use super::output::{self, Row};

#[derive(Debug, Deserialize, Serialize, Subcommand)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    /// Make an inbox
    Create(Create),
    /// List an account's inboxes
    List(List),
    /// Change an inbox; values that are not given stay
    Update(Update),
}

#[derive(Args, Debug, Deserialize, Serialize)]
pub(crate) struct Create {
    /// The account's number
    #[arg(long, value_name = "N")]
    account: i64,
    /// Display name
    #[arg(long)]
    name: Name,
    /// The agent whose messages do not change the assignee (myKaarma's default dealer associate)
    #[arg(long, value_name = "AGENT")]
    default_agent: Option<i64>,
    /// The id that clients know it by: a GUID for all APIs, mews=GUID or mykaarma=TEXT for one
    #[arg(long, value_name = "[API=]TEXT")]
    public_id: Vec<PublicId>,
}

#[derive(Args, Debug, Deserialize, Serialize)]
pub(crate) struct List {
    /// The account's number
    #[arg(long, value_name = "N")]
    account: i64,
}

#[derive(Args, Debug, Deserialize, Serialize)]
pub(crate) struct Update {
    /// The account's number
    #[arg(long, value_name = "N")]
    account: i64,
    /// The inbox's number
    #[arg(long, value_name = "INBOX")]
    inbox: i64,
    /// New name
    #[arg(long)]
    name: Option<Name>,
    /// New default agent
    #[arg(long, value_name = "AGENT")]
    default_agent: Option<i64>,
    /// Mews messaging: off answers 403 to writes
    #[arg(long, value_name = "on|off")]
    messaging: Option<Switch>,
}

impl Command {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "inbox create",
            Self::List(_) => "inbox list",
            Self::Update(_) => "inbox update",
        }
    }

    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        match self {
            Self::Create(create) => create.perform(store).await,
            Self::List(list) => {
                let account = get_account(store, list.account).await?;
                let views = views(store, &account).await?;
                Outcome::list("inboxes", &views)
            }
            Self::Update(update) => update.perform(store).await,
        }
    }
}

impl Create {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = get_account(store, self.account).await?;
        let public_ids = self.public_id.into_iter().map(PublicId::into_api_id);
        let made = provision::create_inbox(
            store,
            &account,
            self.name.as_str(),
            self.default_agent.map(AgentId),
            public_ids.collect(),
        );
        let id = made.await?;
        changed(store, &account, id).await
    }
}

impl Update {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = get_account(store, self.account).await?;
        let id = InboxId(self.inbox);
        let command = UpdateInbox {
            expected: None,
            caller: provision::operator_caller(&account),
            id,
            name: self.name.map(Name::into_string),
            default_agent: self.default_agent.map(|agent| Some(AgentId(agent))),
            messaging_off: self.messaging.map(|Switch(on)| !on),
        };
        store.write(command).await?;
        changed(store, &account, id).await
    }
}

/// Shows the inbox after a change. Servers must read all credentials of the account again, because each cached
/// credential contains the inbox.
async fn changed(store: &Store, account: &Account, id: InboxId) -> anyhow::Result<Outcome> {
    let mut views = views(store, account).await?;
    views.retain(|view| view.id == id.get());
    let view = views.pop().expect("an inbox is never deleted");
    Ok(Outcome::one("inbox", &view)?.invalidating(Invalidation::Account(account.id)))
}

/// Returns all inboxes of an account.
async fn views(store: &Store, account: &Account) -> anyhow::Result<Vec<InboxView>> {
    let mut apis = Vec::new();
    for api in [
        heddle_native::NAME,
        heddle_mews::NAME,
        heddle_mykaarma::NAME,
    ] {
        let account = account.id;
        apis.push(store.read(ListInboxes { account, api }).await?);
    }
    let [native, mews, mykaarma] = apis.try_into().expect("three APIs were asked");
    let all = native.into_iter().zip(mews).zip(mykaarma);
    Ok(all
        .map(|((native, mews), mykaarma)| {
            let Inbox {
                id,
                name,
                default_agent,
                messaging_off,
                created_at: _,
                version: _,
            } = native.inbox;
            InboxView {
                id: id.get(),
                name,
                default_agent: default_agent.map(AgentId::get),
                messaging: Switch(!messaging_off),
                public_id: native.public_id,
                mews_public_id: mews.public_id,
                mykaarma_public_id: mykaarma.public_id,
            }
        })
        .collect())
}

/// An inbox as the command line shows it.
#[derive(Debug, Serialize)]
struct InboxView {
    /// Help Scout's mailbox id, Magicline's studio id.
    id: i64,
    name: String,
    default_agent: Option<i64>,
    messaging: Switch,
    /// The public id in all APIs for which the inbox has no own public id.
    public_id: String,
    /// Mews' enterprise id.
    mews_public_id: String,
    /// myKaarma's department UUID.
    mykaarma_public_id: String,
}

impl Row for InboxView {
    const HEAD: &'static [&'static str] = &[
        "inbox",
        "name",
        "default agent",
        "messaging",
        "Mews enterprise",
        "myKaarma department",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.name.clone(),
            output::or_dash(self.default_agent.as_ref()),
            self.messaging.to_string(),
            self.mews_public_id.clone(),
            self.mykaarma_public_id.clone(),
        ]
    }
}
