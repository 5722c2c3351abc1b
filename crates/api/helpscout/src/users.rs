//! `GET /v2/users/me`: the resource owner, the default author of everything that the app creates (contract section
//! 4.4).

use axum::extract::State;
use axum::response::Response;
use heddle_store::read::account::GetAgent;

use crate::auth::Caller;
use crate::error::Error;
use crate::map;
use crate::path::Base;
use crate::response;
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
    // A user who no longer exists makes the token invalid (contract section 4.3).
    let agent = app.store.read(read).await?.ok_or(Error::Unauthorized)?;
    Ok(response::hal(&map::me(agent, account, &base)))
}
