//! Administration: one request, carried out on the store beside the server or by the server itself, with one function.
//!
//! With SQLite one process holds the database. If that is a server, the request is handed to it (`handover`); otherwise,
//! and always on PostgreSQL, the command opens the store itself.

use anyhow::{anyhow, bail};
use heddle::config::{Config, Overrides};
use heddle::telemetry;
use heddle_access::authentication::Authentication;
use heddle_domain::account::Account;
use heddle_domain::id::{AccountId, CredentialId};
use heddle_store::read::account::GetAccount;
use heddle_store::{Entity, Error, Store};
use serde::{Deserialize, Serialize};

use super::account::AccountView;
use super::agent::AgentView;
use super::credential::{CredentialView, Shown};
use super::customer::CustomerView;
use super::inbox::InboxView;
use super::source::Source;
use super::webhook::AllowView;
use super::{account, agent, credential, customer, handover, inbox, output, webhook};
use crate::run::{self, OpenError};

/// What is to be done.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Request {
    Account(account::Command),
    Inbox(inbox::Command),
    Agent(agent::Command),
    Customer(customer::Command),
    Credential(credential::Command),
    Webhook(webhook::Command),
}

impl Request {
    /// For logs: what, never on what.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Account(command) => command.name(),
            Self::Inbox(command) => command.name(),
            Self::Agent(command) => command.name(),
            Self::Customer(command) => command.name(),
            Self::Credential(command) => command.name(),
            Self::Webhook(command) => command.name(),
        }
    }
}

/// What came of it; with `--json` printed as it is.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    Account(AccountView),
    Accounts(Vec<AccountView>),
    Inbox(InboxView),
    Inboxes(Vec<InboxView>),
    Agent(AgentView),
    Agents(Vec<AgentView>),
    Customer(CustomerView),
    Customers(Vec<CustomerView>),
    Credential(Box<Shown>),
    Credentials(Vec<CredentialView>),
    WebhookAllow(AllowView),
}

impl Reply {
    fn to_text(&self) -> String {
        fn one<R: output::Row>(row: &R) -> String {
            output::table(std::slice::from_ref(row))
        }
        match self {
            Self::Account(it) => one(it),
            Self::Accounts(list) => output::table(list),
            Self::Inbox(it) => one(it),
            Self::Inboxes(list) => output::table(list),
            Self::Agent(it) => one(it),
            Self::Agents(list) => output::table(list),
            Self::Customer(it) => one(it),
            Self::Customers(list) => output::table(list),
            Self::Credential(shown) => shown.to_text(),
            Self::Credentials(list) => output::table(list),
            Self::WebhookAllow(it) => one(it),
        }
    }
}

/// What a server must look up again after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stale {
    Nothing,
    Account(AccountId),
    Credential(AccountId, CredentialId),
}

impl Stale {
    pub(crate) fn forget(self, authentication: &Authentication) {
        match self {
            Self::Nothing => {}
            Self::Account(account) => authentication.forget_account(account),
            Self::Credential(account, credential) => authentication.forget(account, credential),
        }
    }
}

/// A finished request.
pub(crate) struct Done {
    pub(crate) reply: Reply,
    pub(crate) stale: Stale,
}

impl Done {
    /// A reply that leaves what servers know as it is.
    pub(crate) fn new(reply: Reply) -> Self {
        Self {
            reply,
            stale: Stale::Nothing,
        }
    }

    /// A reply after which servers must look something up again.
    pub(crate) fn changing(reply: Reply, stale: Stale) -> Self {
        Self { reply, stale }
    }
}

/// Carries a request out.
///
/// # Errors
/// If it cannot be done; nothing is changed then.
pub(crate) async fn perform(request: Request, store: &Store) -> anyhow::Result<Done> {
    match request {
        Request::Account(command) => command.perform(store).await,
        Request::Inbox(command) => command.perform(store).await,
        Request::Agent(command) => command.perform(store).await,
        Request::Customer(command) => command.perform(store).await,
        Request::Credential(command) => command.perform(store).await,
        Request::Webhook(command) => command.perform(store).await,
    }
}

/// Runs an administration command and prints what came of it.
pub(crate) async fn run(request: Request, source: &Source, json: bool) -> anyhow::Result<()> {
    let config = source.load(Overrides::default())?;
    telemetry::init(&config.log)?;
    if !config.store.data.is_dir() {
        let folder = config.store.data.display();
        bail!("there is no data folder {folder}; make one with `heddle init {folder}`");
    }
    let reply = settle(request, &config).await?;
    if json {
        output::print_json(&reply)
    } else {
        output::print(&reply.to_text())
    }
}

/// Opens the store or finds the process that has it.
async fn settle(request: Request, config: &Config) -> anyhow::Result<Reply> {
    for _ in 0..run::TRIES {
        let busy = match run::try_open_store(config).await {
            Ok(store) => {
                let done = perform(request, &store).await;
                store.close().await?;
                return done.map(|done| done.reply);
            }
            Err(OpenError::Busy(path)) => path,
            Err(error) => return Err(error.into()),
        };
        match handover::ask(&handover::path_beside(&busy), &request).await {
            Ok(answer) => return answer.map_err(|sentence| anyhow!(sentence)),
            Err(error) if is_nobody(&error) => tokio::time::sleep(run::PAUSE).await,
            Err(error) => bail!(
                "the server did not answer ({error}); look with `list` whether the command was carried out"
            ),
        }
    }
    let busy = run::socket_path(config).unwrap_or_default();
    bail!(
        "another process holds the database, but none listens at {}",
        busy.display()
    )
}

/// Nobody listens (any more), so the command was not taken.
fn is_nobody(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::NotFound | std::io::ErrorKind::ConnectionRefused
    )
}

/// The account that a command names.
///
/// # Errors
/// If there is none.
pub(crate) async fn get_account(store: &Store, id: i64) -> anyhow::Result<Account> {
    let found = store.read(GetAccount(AccountId(id))).await.map_err(told)?;
    found.ok_or_else(|| anyhow!("there is no account {id}"))
}

/// A store's error as a sentence for the operator.
pub(crate) fn told(error: Error) -> anyhow::Error {
    let what = match error {
        Error::NotFound(entity) => match entity {
            Entity::Account => "account",
            Entity::Inbox => "inbox",
            Entity::Agent => "agent",
            Entity::Customer(_) => "customer",
            Entity::Address => "address",
            Entity::Conversation(_) => "conversation",
            Entity::Message => "message",
            Entity::Application => "application",
            Entity::Credential => "credential (or it is revoked already)",
            Entity::Webhook => "webhook",
            Entity::Delivery => "delivery",
        },
        other => return anyhow!(other),
    };
    anyhow!("there is no such {what} in this account")
}
