//! `GET /v2/users/me`: the resource owner, who is the author wherever a request names none (contract section 4.4).

use axum::extract::State;
use axum::response::Response;
use heddle_store::read::account::GetAgent;

use crate::answer;
use crate::auth::Caller;
use crate::error::Error;
use crate::map;
use crate::path::Base;
use heddle_api::App;

/// `GET /v2/users/me`
pub(crate) async fn me(
    State(app): State<App>,
    caller: Caller,
    Base(base): Base,
) -> Result<Response, Error> {
    let account = &caller.principal.account;
    let owner = caller.principal.credential.agent;
    let read = GetAgent {
        account: account.id,
        id: owner.unwrap_or(account.integration_agent),
    };
    // A token whose user is gone opens nothing (contract section 4.3).
    let agent = app.store.read(read).await?.ok_or(Error::Unauthorized)?;
    Ok(answer::hal(&map::me(agent, account, &base)))
}
