//! The account: its settings, and what the caller's token reaches.

use axum::extract::State;
use heddle_domain::account::{self, Account as DomainAccount, AccountSettings};
use heddle_domain::credential::Scope;
use heddle_domain::id::{AgentId, InboxId};
use heddle_store::read::account::GetAccount;
use heddle_store::read::principal::InboxView;
use heddle_store::write::account::UpdateAccount;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::auth::{AccountReader, AccountWriter, Holder};
use crate::context::Context;
use crate::error::Error;
use crate::input::Change;
use crate::rate::Rate;
use crate::time::Instant;
use heddle_api::App;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default().routes(routes!(show, change))
}

/// The caller's account.
#[derive(Debug, Serialize, ToSchema)]
struct Account {
    id: i64,
    /// The id that APIs with texts for ids know it by.
    public_id: String,
    name: String,
    created_at: Instant,
    settings: Settings,
    /// The inboxes that the token reaches.
    inboxes: Vec<InboxName>,
    credential: Caller,
}

/// What the operator decided for the account.
#[derive(Debug, Serialize, ToSchema)]
struct Settings {
    /// Help Scout: a conversation takes no more threads than one fewer than this; 0: no cap.
    thread_cap: i64,
    /// Help Scout: a conversation without a message for so many days is locked; 0: never.
    lock_after_days: i64,
    /// Help Scout: requests a minute.
    helpscout_rate: Rate,
    /// Magicline: requests a minute, for each endpoint.
    magicline_rate: Rate,
    /// Mews: requests in 30 seconds, for each access token.
    mews_rate: Rate,
}

/// An inbox that the caller reaches.
#[derive(Debug, Serialize, ToSchema)]
struct InboxName {
    id: i64,
    public_id: String,
    name: String,
}

/// The caller's own credential.
#[derive(Debug, Serialize, ToSchema)]
struct Caller {
    id: i64,
    name: String,
    scopes: Vec<&'static str>,
    /// The inboxes that it is limited to; null: none, it reaches all there are and will be.
    #[schema(required)]
    inbox_ids: Option<Vec<i64>>,
    /// The agent that it acts as.
    #[schema(required)]
    agent_id: Option<i64>,
}

impl Account {
    fn of(account: &DomainAccount, holder: &Holder) -> Self {
        let principal = holder.principal();
        let credential = &principal.credential;
        let limits = credential.inboxes.iter().map(|inbox| inbox.get()).collect();
        Self {
            id: account.id.get(),
            public_id: principal.account_public_id.clone(),
            name: account.name.clone(),
            created_at: account.created_at.into(),
            settings: Settings::of(&account.settings),
            inboxes: principal.inboxes.iter().map(InboxName::of).collect(),
            credential: Caller {
                id: credential.id.get(),
                name: credential.name.clone(),
                scopes: credential.scopes.iter().map(Scope::as_str).collect(),
                inbox_ids: Some(limits).filter(|limits: &Vec<i64>| !limits.is_empty()),
                agent_id: credential.agent.map(AgentId::get),
            },
        }
    }
}

impl Settings {
    fn of(settings: &AccountSettings) -> Self {
        let AccountSettings {
            thread_cap,
            lock_after_days,
            helpscout_rate,
            magicline_rate,
            mews_rate,
        } = settings;
        Self {
            thread_cap: *thread_cap,
            lock_after_days: *lock_after_days,
            helpscout_rate: Rate(*helpscout_rate),
            magicline_rate: Rate(*magicline_rate),
            mews_rate: Rate(*mews_rate),
        }
    }
}

impl InboxName {
    fn of(view: &InboxView) -> Self {
        Self {
            id: InboxId::get(view.inbox.id),
            public_id: view.public_id.clone(),
            name: view.inbox.name.clone(),
        }
    }
}

/// What changes of the account; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountChange {
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    name: Option<String>,
    #[schema(nullable = false)]
    settings: Option<SettingsChange>,
}

/// What changes of the settings; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettingsChange {
    #[schema(minimum = 0, maximum = 1_000_000, nullable = false)]
    thread_cap: Option<i64>,
    #[schema(minimum = 0, maximum = 36_500, nullable = false)]
    lock_after_days: Option<i64>,
    #[schema(nullable = false)]
    helpscout_rate: Option<Rate>,
    #[schema(nullable = false)]
    magicline_rate: Option<Rate>,
    #[schema(nullable = false)]
    mews_rate: Option<Rate>,
}

impl From<SettingsChange> for account::SettingsChange {
    fn from(change: SettingsChange) -> Self {
        let rate = |new: Option<Rate>| new.map(|Rate(limit)| limit);
        Self {
            thread_cap: change.thread_cap,
            lock_after_days: change.lock_after_days,
            helpscout_rate: rate(change.helpscout_rate),
            magicline_rate: rate(change.magicline_rate),
            mews_rate: rate(change.mews_rate),
        }
    }
}

async fn get(app: &App, holder: &Holder) -> Result<DomainAccount, Error> {
    let found = app.store.read(GetAccount(holder.account())).await?;
    found.ok_or(Error::NotFound)
}

/// Get the account, and what the token reaches.
///
/// The `ETag` is the account's own version; what the token reaches changes without it.
#[utoipa::path(get, path = "/api/v1/account", tag = "account", operation_id = "get_account",
    security(("token" = ["account.read"])),
    responses((status = 200, body = Account, description = "The account", headers(("ETag" = String)))))]
async fn show(
    AccountReader(holder): AccountReader,
    State(app): State<App>,
) -> Result<Answer, Error> {
    let account = get(&app, &holder).await?;
    Ok(Answer::ok(&Account::of(&account, &holder)).version(account.version))
}

/// Change the account.
#[utoipa::path(patch, path = "/api/v1/account", tag = "account", operation_id = "update_account",
    request_body = AccountChange, security(("token" = ["account.write"])),
    responses((status = 200, body = Account, description = "The account", headers(("ETag" = String)))))]
async fn change(
    AccountWriter(holder): AccountWriter,
    State(app): State<App>,
    Change { input, once }: Change<AccountChange>,
) -> Result<Answer, Error> {
    let command = UpdateAccount {
        caller: Some(holder.caller()),
        id: holder.account(),
        expected: once.expected,
        name: input.name,
        settings: input.settings.map(Into::into).unwrap_or_default(),
    };
    let shown = holder.clone();
    let answer = move |account: &DomainAccount| {
        Answer::ok(&Account::of(account, &shown)).version(account.version)
    };
    let answer = once.write(command, &[], answer).await?;
    app.authentication.forget_account(holder.account());
    Ok(answer)
}
