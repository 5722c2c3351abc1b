//! `GET /api/v1/webhooks`, `GET /api/v1/webhooks/{id}` and `GET /api/v1/webhooks/{id}/standing`.

use heddle_domain::id::WebhookId;
use heddle_store::StoredWebhook;
use heddle_store::read::webhooks::ListWebhooks;
use serde::Serialize;
use utoipa::ToSchema;

use super::resource::{Webhook, get, reach};
use crate::answer::Answer;
use crate::auth::WebhooksReader;
use crate::error::Error;
use crate::etag::IfNoneMatch;
use crate::page::{Listing, Page, Paging};
use crate::path::Id;
use crate::query::NoFilter;
use crate::time::Instant;

/// List webhooks, by id.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "list_webhooks", params(Paging),
    security(("token" = ["webhooks.read"])),
    responses((status = 200, body = Page<Webhook>, description = "A page of webhooks")))]
pub(crate) async fn list(
    WebhooksReader(caller): WebhooksReader,
    listing: Listing<NoFilter>,
) -> Result<axum::Json<Page<Webhook>>, Error> {
    let read = ListWebhooks {
        account: caller.account(),
        reach: reach(&caller),
        after: WebhookId(listing.after()?.unwrap_or(0)),
        limit: listing.fetch() as i64,
    };
    let found = caller.read(read).await?;
    let position = |webhook: &StoredWebhook| webhook.id.get();
    Ok(axum::Json(listing.page(found, position, |webhook| {
        Webhook::of(&caller, webhook)
    })))
}

/// Get a webhook, without its secret.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "get_webhook", params(Id),
    security(("token" = ["webhooks.read"])),
    responses((status = 200, body = Webhook, description = "The webhook", headers(("ETag" = String)))))]
pub(crate) async fn show(
    WebhooksReader(caller): WebhooksReader,
    Id(id): Id,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Error> {
    let stored = get(&caller, id).await?;
    let version = stored.version.get();
    let body = Webhook::of(&caller, stored);
    Ok(Answer::if_changed(&if_none_match, version, &body))
}

/// Get how a webhook's receiver has answered recently.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/standing", tag = "webhooks", operation_id = "get_webhook_standing",
    params(Id), security(("token" = ["webhooks.read"])),
    responses((status = 200, body = Health, description = "How the receiver has answered")))]
pub(crate) async fn health(
    WebhooksReader(caller): WebhooksReader,
    Id(id): Id,
) -> Result<axum::Json<Health>, Error> {
    let StoredWebhook {
        standing, next_due, ..
    } = get(&caller, id).await?;
    Ok(axum::Json(Health {
        failing_since: standing.failing_since.map(Instant),
        given_up_in_a_row: standing.discarded,
        last_success_at: standing.last_success_at.map(Instant),
        next_attempt_at: next_due.map(Instant),
    }))
}

/// How a webhook's receiver has answered recently.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Standing)]
pub(crate) struct Health {
    /// Since when all attempts have failed.
    #[schema(required)]
    failing_since: Option<Instant>,
    /// The number of deliveries given up in a row.
    given_up_in_a_row: i64,
    #[schema(required)]
    last_success_at: Option<Instant>,
    /// When the next attempt is due.
    #[schema(required)]
    next_attempt_at: Option<Instant>,
}
