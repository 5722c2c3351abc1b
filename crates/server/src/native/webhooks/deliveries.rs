//! The delivery log: what was sent, what came back; and sending it again.

use axum::extract::{FromRequestParts, State};
use heddle_domain::id::{DeliveryId, TimeId, WebhookId};
use heddle_store::Delivery as StoredDelivery;
use heddle_store::read::webhooks::{GetDelivery, ListDeliveries};
use heddle_store::write::delivery::{Replay, ReplayDeliveries, Replayed as Sent};
use http::request::Parts;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::reach;
use super::wire::{Delivery, DeliveryDetail, ReplayRange, Replayed};
use crate::App;
use crate::kit::path::Params;
use crate::native::answer::Answer;
use crate::native::auth::{WebhooksReader, WebhooksWriter};
use crate::native::error::Error;
use crate::native::input::{Bare, Change};
use crate::native::page::{Listing, Page, Paging};
use crate::native::path::{self, Id};
use crate::native::time::Instant;
use crate::native::words::Outcome;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(replay))
        .routes(routes!(replay_range))
}

/// The `{id}` and `{delivery_id}` of the path.
#[derive(Clone, Copy, Debug)]
struct Place {
    id: WebhookId,
    delivery: DeliveryId,
}

impl FromRequestParts<App> for Place {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let params = Params::from_request_parts(parts, app).await;
        let params = params.map_err(|_| Error::NotFound)?;
        Ok(Self {
            id: WebhookId(path::read(params.get("id"))?),
            delivery: DeliveryId(path::read(params.get("delivery_id"))?),
        })
    }
}

impl IntoParams for Place {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![path::parameter("id"), path::parameter("delivery_id")]
    }
}

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// In this state only.
    #[param(inline, nullable = false)]
    state: Option<Outcome>,
    /// Recorded at this time or later.
    #[param(inline, nullable = false)]
    from: Option<Instant>,
}

/// List a webhook's deliveries, newest first.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries", tag = "webhooks", operation_id = "list_deliveries",
    params(Id, Paging, Wanted), security(("token" = ["webhooks.read"])),
    responses((status = 200, body = Page<Delivery>, description = "A page of deliveries")))]
async fn list(
    WebhooksReader(holder): WebhooksReader,
    State(app): State<App>,
    Id(id): Id,
    listing: Listing<Wanted>,
) -> Result<axum::Json<Page<Delivery>>, Error> {
    let read = ListDeliveries {
        account: holder.account(),
        reach: reach(&holder),
        id: WebhookId(id),
        before: listing.after()?.map(DeliveryId),
        since: listing.filter.from.map(|from| from.0),
        state: listing.filter.state.map(|state| state.0),
        limit: listing.fetch() as i64,
    };
    let found = app.store.read(read).await?;
    let position = |delivery: &StoredDelivery| delivery.id.get();
    let view = |delivery: StoredDelivery| Delivery::of(&delivery);
    Ok(axum::Json(listing.page(found, position, view)))
}

/// Get a delivery with its request and every attempt.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries/{delivery_id}", tag = "webhooks", operation_id = "get_delivery",
    params(Place), security(("token" = ["webhooks.read"])),
    responses((status = 200, body = DeliveryDetail, description = "The delivery")))]
async fn show(
    WebhooksReader(holder): WebhooksReader,
    State(app): State<App>,
    place: Place,
) -> Result<axum::Json<DeliveryDetail>, Error> {
    let read = GetDelivery {
        account: holder.account(),
        reach: reach(&holder),
        id: place.id,
        delivery: place.delivery,
    };
    let (delivery, attempts) = app.store.read(read).await?.ok_or(Error::NotFound)?;
    Ok(axum::Json(DeliveryDetail::of(&delivery, attempts)))
}

fn replayed(sent: &Sent) -> Answer {
    Answer::accepted(&Replayed {
        deliveries: sent.deliveries,
        last_id: sent.rest.map(|rest| rest.get() - 1),
    })
}

/// Send a delivery again, as if nothing had been tried yet: the same request, signed anew.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/deliveries/{delivery_id}/replay", tag = "webhooks",
    operation_id = "replay_delivery", params(Place), security(("token" = ["webhooks.write"])),
    responses((status = 202, body = Replayed, description = "It will be sent")))]
async fn replay(
    WebhooksWriter(holder): WebhooksWriter,
    place: Place,
    Bare(once): Bare,
) -> Result<Answer, Error> {
    let command = ReplayDeliveries {
        caller: holder.caller(),
        reach: reach(&holder),
        id: place.id,
        which: Replay::One(place.delivery),
    };
    once.write(command, &[], replayed).await
}

/// Send the deliveries of a span of time again, at most 1,000 with one request.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/replay", tag = "webhooks", operation_id = "replay_deliveries", params(Id),
    request_body = ReplayRange, security(("token" = ["webhooks.write"])),
    responses((status = 202, body = Replayed, description = "They will be sent")))]
async fn replay_range(
    WebhooksWriter(holder): WebhooksWriter,
    Id(id): Id,
    Change { input, once }: Change<ReplayRange>,
) -> Result<Answer, Error> {
    let first = TimeId::first_at(input.from.0).0;
    let behind = input.after_id.map_or(0, |id| id + 1);
    // Recorded times may run ahead of the clock for a moment after a kill: without an end, everything is meant.
    let end = heddle_domain::Timestamp(i64::MAX);
    let command = ReplayDeliveries {
        caller: holder.caller(),
        reach: reach(&holder),
        id: WebhookId(id),
        which: Replay::Range {
            from: DeliveryId(first.max(behind)),
            until: input.to.map_or(end, |to| to.0),
            state: input.state.map(|state| state.0),
        },
    };
    once.write(command, &[], replayed).await
}
