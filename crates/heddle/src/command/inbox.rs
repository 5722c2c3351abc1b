//! `heddle inbox`: creates, lists and changes inboxes, which hold the conversations.

use clap::{Args, Subcommand};
use heddle_access::provision;
use heddle_domain::account::{Account, Inbox};
use heddle_domain::id::{AgentId, InboxId};
use heddle_store::Store;
use heddle_store::read::account::ListInboxes;
use heddle_store::write::account::{ApiPublicId, UpdateInbox};
use serde::Serialize;

use super::argument::{InAccount, Name, public_id, switch};
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
}

#[derive(Args, Debug)]
pub(crate) struct Create {
    #[command(flatten)]
    account: InAccount,
    /// Display name
    #[arg(long)]
    name: Name,
    /// The agent whose messages do not change the assignee (myKaarma's default dealer associate)
    #[arg(long, value_name = "AGENT")]
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
    #[arg(long, value_name = "INBOX")]
    inbox: i64,
    /// New name
    #[arg(long)]
    name: Option<Name>,
    /// New default agent
    #[arg(long, value_name = "AGENT")]
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
        let id = made.await?;
        changed(store, &account, id).await
    }
}

impl Update {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let id = InboxId(self.inbox);
        let command = UpdateInbox {
            expected: None,
            caller: provision::operator_caller(&account),
            id,
            name: self.name.map(Name::into_string),
            default_agent: self.default_agent.map(|agent| Some(AgentId(agent))),
            messaging_off: self.messaging.map(|on| !on),
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
                messaging: if messaging_off { "off" } else { "on" },
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
    messaging: &'static str,
    /// The public id in all APIs for which the inbox has no own public id.
    public_id: String,
    /// Mews' enterprise id.
    mews_public_id: String,
    /// myKaarma's department UUID.
    mykaarma_public_id: String,
}

impl Row for InboxView {
    fn columns() -> Columns<Self> {
        Columns::new()
            .with("inbox", |it: &Self| it.id.to_string())
            .with("name", |it| it.name.clone())
            .with("default agent", |it| output::or_dash(&it.default_agent))
            .with("messaging", |it| it.messaging.to_owned())
            .with("Mews enterprise", |it| it.mews_public_id.clone())
            .with("myKaarma department", |it| it.mykaarma_public_id.clone())
    }
}
