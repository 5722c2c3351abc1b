//! `GET /api/v1/search/status`: how far the index of the account is.

use axum::Json;
use heddle_store::search::Progress;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::AccountReader;
use crate::error::Error;

/// How far the search index of the account is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IndexStatus {
    /// Whether this server answers searches and keeps the index up to date.
    enabled: bool,
    /// The position of the last event in the index.
    position: i64,
    /// The position of the account's last event.
    head: i64,
    /// Whether the index has everything that was committed when the request came.
    up_to_date: bool,
    /// The index is being built anew; the old one answers meanwhile. Null: it is not.
    #[schema(required)]
    rebuild: Option<IndexRebuild>,
}

/// How far a new index is.
#[derive(Debug, Serialize, ToSchema)]
struct IndexRebuild {
    /// How many customers and conversations the new index has.
    done: u64,
    /// How many the account has.
    total: u64,
}

impl IndexStatus {
    fn of(progress: &Progress, enabled: bool) -> Self {
        let rebuild = progress.rebuild;
        Self {
            enabled,
            position: progress.position,
            head: progress.head,
            up_to_date: progress.is_up_to_date(),
            rebuild: rebuild.map(|(done, total)| IndexRebuild { done, total }),
        }
    }
}

/// Show how far the search index is.
#[utoipa::path(get, path = "/api/v1/search/status", tag = "search", operation_id = "get_search_status",
    security(("token" = ["account.read"])),
    responses((status = 200, body = IndexStatus, description = "The state of the index")))]
pub(super) async fn status(
    AccountReader(caller): AccountReader,
) -> Result<Json<IndexStatus>, Error> {
    let progress = caller.app.store.index_progress(caller.account()).await?;
    let status = IndexStatus::of(&progress, caller.app.search.is_some());
    Ok(Json(status))
}
