//! `heddle webhook`: shows and sets the internal hosts and networks that webhooks may reach. Webhooks themselves are
//! created through the API, where nobody can allow an internal address.

use clap::{Args, Subcommand};
use heddle_access::provision;
use heddle_store::Store;
use heddle_store::read::webhooks::GetWebhookAllow;
use heddle_store::write::webhook::AllowWebhooks;
use heddle_webhooks::allow::{AllowEntry, AllowList};
use serde::{Deserialize, Serialize};

use super::outcome::{Outcome, get_account};
use super::output::Row;

#[derive(Debug, Deserialize, Serialize, Subcommand)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    /// Set which internal hosts and networks an account's webhooks may reach; all others are refused
    Allow(AllowArguments),
    /// Show which internal hosts and networks an account's webhooks may reach
    Allowed(Allowed),
}

#[derive(Args, Debug, Deserialize, Serialize)]
pub(crate) struct AllowArguments {
    /// The account's number
    #[arg(long, value_name = "N")]
    account: i64,
    /// Host names, addresses or networks such as 10.1.0.0/16; none refuses everything internal
    #[arg(value_name = "HOST|NETWORK")]
    entries: Vec<AllowEntry>,
}

#[derive(Args, Debug, Deserialize, Serialize)]
pub(crate) struct Allowed {
    /// The account's number
    #[arg(long, value_name = "N")]
    account: i64,
}

impl Command {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Allow(_) => "webhook allow",
            Self::Allowed(_) => "webhook allowed",
        }
    }

    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let id = match self {
            Self::Allow(allow) => {
                let account = get_account(store, allow.account).await?;
                let command = AllowWebhooks {
                    caller: provision::operator_caller(&account),
                    entries: AllowList::new(allow.entries).to_string(),
                };
                store.write(command).await?;
                account.id
            }
            Self::Allowed(allowed) => get_account(store, allowed.account).await?.id,
        };
        let entries = store.read(GetWebhookAllow(id)).await?;
        let view = AllowView {
            account: id.get(),
            allow: AllowList::parse(&entries)?,
        };
        Outcome::one("webhook_allow", &view)
    }
}

/// The allow list of an account, as the command line shows it.
#[derive(Debug, Serialize)]
struct AllowView {
    account: i64,
    allow: AllowList,
}

impl Row for AllowView {
    const HEAD: &'static [&'static str] = &["account", "internal hosts and networks"];

    fn cells(&self) -> Vec<String> {
        let allow = match self.allow.entries() {
            [] => "none".to_owned(),
            _ => self.allow.to_string(),
        };
        vec![self.account.to_string(), allow]
    }
}
