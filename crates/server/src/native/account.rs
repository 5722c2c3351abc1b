//! `GET /api/v1/account`: who the caller is and what its token reaches.

use axum::Json;

use super::auth::AccountReader;
use super::map;
use super::wire::Account;

/// Answers from the caller's own state: no further read.
pub(super) async fn show(AccountReader(principal): AccountReader) -> Json<Account> {
    Json(map::account(&principal))
}
