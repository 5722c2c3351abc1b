//! `GET /api/v1/webhooks`, `GET /api/v1/webhooks/{id}` and `GET /api/v1/webhooks/{id}/standing`.

use heddle_domain::id::WebhookId;
use heddle_store::StoredWebhook;
use heddle_store::read::webhooks::{ListWebhooks, WebhookBacklog};
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

/// Get how far a webhook is behind, and how its receiver has answered recently.
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
    let backlog = WebhookBacklog {
        account: caller.account(),
        id: WebhookId(id),
    };
    let backlog = caller.read(backlog).await?;
    let now = caller.app.now();
    let age = backlog.oldest_at.map(|at| (now.0 - at.0).max(0) / 1_000);
    Ok(axum::Json(Health {
        events_behind: backlog.events,
        oldest_event_at: backlog.oldest_at.map(Instant),
        oldest_event_age_seconds: age,
        paused_until: standing
            .paused_until
            .filter(|until| *until > now)
            .map(Instant),
        failing_since: standing.failing_since.map(Instant),
        given_up_in_a_row: standing.discarded,
        last_success_at: standing.last_success_at.map(Instant),
        next_attempt_at: next_due.map(Instant),
    }))
}

/// How far a webhook is behind, and how its receiver has answered recently.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Standing)]
pub(crate) struct Health {
    /// The number of events in the feed that it has not passed; 10000 also stands for more. Events that it does not send count,
    /// too, until it has passed them.
    events_behind: i64,
    /// When the oldest of them was recorded.
    #[schema(required)]
    oldest_event_at: Option<Instant>,
    /// The age of the oldest, in seconds.
    #[schema(required)]
    oldest_event_age_seconds: Option<i64>,
    /// Until when nothing is sent, because its receiver asked for a pause.
    #[schema(required)]
    paused_until: Option<Instant>,
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
