//! `GET /api/v1/account`: who the caller is and what its token reaches.

use axum::Json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::AccountReader;
use super::map;
use super::wire::Account;
use crate::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(show))
}

/// Get the account, and what the token reaches.
#[utoipa::path(get, path = "/api/v1/account", tag = "account", operation_id = "get_account",
    security(("token" = ["account.read"])), responses((status = 200, body = Account, description = "The account")))]
async fn show(AccountReader(holder): AccountReader) -> Json<Account> {
    Json(map::account(holder.principal()))
}
