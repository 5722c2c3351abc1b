//! The account: its settings, and which inboxes and scopes the caller's token has.

use heddle_domain::account::Account as DomainAccount;
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
use crate::auth::{AccountReader, AccountWriter, Caller};
use crate::body::WithBody;
use crate::context::Context;
use crate::error::Error;
use crate::inbox_limit::inbox_limit;
use crate::settings::{Settings, SettingsChange};
use crate::time::Instant;
use heddle_api::Apis;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default().routes(routes!(show, change))
}

/// The caller's account.
#[derive(Debug, Serialize, ToSchema)]
struct Account {
    id: i64,
    /// Its id in APIs whose ids are texts.
    public_id: String,
    name: String,
    created_at: Instant,
    settings: Settings,
    /// The inboxes that the token reaches.
    inboxes: Vec<InboxName>,
    credential: CallerCredential,
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
#[schema(as = Caller)]
struct CallerCredential {
    id: i64,
    name: String,
    scopes: Vec<&'static str>,
    /// The inboxes that it is limited to. Null: it reaches all inboxes, future ones included.
    #[schema(required)]
    inbox_ids: Option<Vec<i64>>,
    /// The agent that it acts as.
    #[schema(required)]
    agent_id: Option<i64>,
}

impl Account {
    fn of(account: &DomainAccount, caller: &Caller, apis: &Apis) -> Self {
        let principal = caller.principal();
        let credential = &principal.credential;
        Self {
            id: account.id.get(),
            public_id: principal.account_public_id.clone(),
            name: account.name.clone(),
            created_at: account.created_at.into(),
            settings: Settings::of(&account.settings, apis),
            inboxes: principal.inboxes().map(InboxName::of).collect(),
            credential: CallerCredential {
                id: credential.id.get(),
                name: credential.name.clone(),
                scopes: credential.scopes.iter().map(Scope::as_str).collect(),
                inbox_ids: inbox_limit(&credential.inboxes),
                agent_id: credential.agent.map(AgentId::get),
            },
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

/// Changes of the account. An absent field stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountChange {
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    name: Option<String>,
    #[schema(nullable = false)]
    settings: Option<SettingsChange>,
}

async fn get(caller: &Caller) -> Result<DomainAccount, Error> {
    let found = caller.read(GetAccount(caller.account())).await?;
    found.ok_or(Error::NotFound)
}

/// Get the account and what the token reaches.
///
/// The `ETag` is the version of the account. It does not change when the token's inboxes change.
#[utoipa::path(get, path = "/api/v1/account", tag = "account", operation_id = "get_account",
    security(("token" = ["account.read"])),
    responses((status = 200, body = Account, description = "The account", headers(("ETag" = String)))))]
async fn show(AccountReader(caller): AccountReader) -> Result<Answer, Error> {
    let account = get(&caller).await?;
    let body = Account::of(&account, &caller, &caller.app.own.apis);
    Ok(Answer::ok(&body).version(account.version))
}

/// Change the account.
#[utoipa::path(patch, path = "/api/v1/account", tag = "account", operation_id = "update_account",
    request_body = AccountChange, security(("token" = ["account.write"])),
    responses((status = 200, body = Account, description = "The account", headers(("ETag" = String)))))]
async fn change(
    AccountWriter(caller): AccountWriter,
    WithBody { input, write }: WithBody<AccountChange>,
) -> Result<Answer, Error> {
    let apis = caller.app.own.apis.clone();
    let settings = match &input.settings {
        Some(change) => change.changes(&apis)?,
        None => Vec::new(),
    };
    let command = UpdateAccount {
        caller: Some(caller.for_store()),
        id: caller.account(),
        expected: write.expected,
        name: input.name,
        settings,
    };
    let reader = caller.clone();
    let answer = move |account: &DomainAccount| {
        Answer::ok(&Account::of(account, &reader, &apis)).version(account.version)
    };
    let answer = write.run(command, &[], answer).await?;
    caller.app.authentication.forget_account(caller.account());
    Ok(answer)
}
