//! `heddle webhook`: shows and sets the internal hosts and networks that webhooks may reach, and adopts webhooks. Webhooks
//! themselves are created through the API, where nobody can allow an internal address.

use clap::{Args, Subcommand};
use heddle_access::provision;
use heddle_domain::id::WebhookId;
use heddle_store::Store;
use heddle_store::read::webhooks::GetWebhookAllow;
use heddle_store::write::webhook::{AllowWebhooks, UpdateWebhook, WebhookReach};
use heddle_webhooks::allow::{AllowEntry, AllowList};
use serde::Serialize;

use super::argument::InAccount;
use super::outcome::Outcome;
use super::output::{Columns, Row};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set which internal hosts and networks an account's webhooks may reach; all others are refused
    Allow(AllowArguments),
    /// Show which internal hosts and networks an account's webhooks may reach
    Allowed(InAccount),
    /// Make a webhook independent of the credential that created it, and enable it; for webhooks that were disabled because
    /// the credential was revoked or lost rights
    Adopt(AdoptArguments),
}

#[derive(Args, Debug)]
pub(crate) struct AdoptArguments {
    #[command(flatten)]
    account: InAccount,
    /// Id of the webhook
    #[arg(value_name = "ID")]
    id: i64,
}

impl AdoptArguments {
    async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let caller = provision::operator_caller(&account);
        let command = UpdateWebhook {
            adopt: true,
            enabled: Some(true),
            ..UpdateWebhook::new(caller, WebhookReach::ALL, WebhookId(self.id))
        };
        let webhook = store.write(command).await?;
        let view = WebhookView {
            id: webhook.id.get(),
            api: webhook.api,
            label: webhook.label,
            state: webhook.state.as_str(),
        };
        Outcome::one("webhook", &view)
    }
}

#[derive(Args, Debug)]
pub(crate) struct AllowArguments {
    #[command(flatten)]
    account: InAccount,
    /// Host names, addresses or networks such as 10.1.0.0/16; none refuses everything internal
    #[arg(value_name = "HOST|NETWORK")]
    entries: Vec<AllowEntry>,
}

impl Command {
    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let id = match self {
            Self::Allow(allow) => {
                let account = allow.account.get(store).await?;
                let command = AllowWebhooks {
                    caller: provision::operator_caller(&account),
                    entries: AllowList::new(allow.entries).to_string(),
                };
                store.write(command).await?;
                account.id
            }
            Self::Allowed(account) => account.get(store).await?.id,
            Self::Adopt(adopt) => return adopt.perform(store).await,
        };
        let entries = store.read(GetWebhookAllow(id)).await?;
        let view = AllowView {
            account: id.get(),
            allow: AllowList::parse(&entries)?,
        };
        Outcome::one("webhook_allow", &view)
    }
}

/// A webhook, as the command line shows it.
#[derive(Debug, Serialize)]
struct WebhookView {
    id: i64,
    api: String,
    label: String,
    state: &'static str,
}

impl Row for WebhookView {
    fn columns() -> Columns<Self> {
        Columns::new()
            .with("id", |it: &Self| it.id.to_string())
            .with("api", |it| it.api.clone())
            .with("label", |it| it.label.clone())
            .with("state", |it| it.state.to_owned())
    }
}

/// The allow list of an account, as the command line shows it.
#[derive(Debug, Serialize)]
struct AllowView {
    account: i64,
    allow: AllowList,
}

impl Row for AllowView {
    fn columns() -> Columns<Self> {
        Columns::new()
            .with("account", |it: &Self| it.account.to_string())
            .with("internal hosts and networks", |it| {
                match it.allow.entries() {
                    [] => "none".to_owned(),
                    _ => it.allow.to_string(),
                }
            })
    }
}
