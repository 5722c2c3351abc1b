//! What was sent to a webhook: the requests, every attempt, and sending them again.

use axum::extract::{FromRequestParts, State};
use heddle_domain::Timestamp;
use heddle_domain::id::{DeliveryId, TimeId, WebhookId};
use heddle_store::read::webhooks::{GetDelivery, ListDeliveries};
use heddle_store::write::delivery::{Replay, ReplayDeliveries, Replayed};
use heddle_store::{Attempt as StoredAttempt, Delivery as StoredDelivery};
use http::request::Parts;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{api, get, reach, wanted};
use crate::answer::Answer;
use crate::auth::{WebhooksReader, WebhooksWriter};
use crate::context::Context;
use crate::error::{Error, FieldError};
use crate::input::{Bare, Change};
use crate::page::{Listing, Page, Paging};
use crate::path::{self, Id};
use crate::time::Instant;
use crate::words::DeliveryStatus;
use heddle_api::App;
use heddle_http::path::Params;

/// With a filter that no index knows, so many deliveries are read at once, and so many times, before an answer goes out that
/// may be empty.
const READ_AT_ONCE: usize = 500;
const TURNS: usize = 8;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(replay_one))
        .routes(routes!(replay))
}

/// The `{id}` and `{delivery}` of the path.
#[derive(Clone, Copy, Debug)]
struct Place {
    webhook: WebhookId,
    delivery: DeliveryId,
}

impl FromRequestParts<Context> for Place {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Context) -> Result<Self, Error> {
        let params = Params::from_request_parts(parts, app).await;
        let params = params.map_err(|_| Error::NotFound)?;
        Ok(Self {
            webhook: path::read(params.get("id")).map(WebhookId)?,
            delivery: path::read(params.get("delivery")).map(DeliveryId)?,
        })
    }
}

impl IntoParams for Place {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![path::parameter("id"), path::parameter("delivery")]
    }
}

/// A request to a webhook's receiver.
#[derive(Debug, Serialize, ToSchema)]
struct Delivery {
    id: i64,
    /// What its API calls the event.
    event: String,
    /// The event that it tells, or the first of them.
    event_id: i64,
    /// How many events it tells.
    events: i64,
    state: DeliveryStatus,
    /// How often it was tried.
    attempt_count: i64,
    /// When it is tried again.
    #[schema(required)]
    next_attempt_at: Option<Instant>,
    created_at: Instant,
}

impl Delivery {
    fn of(stored: StoredDelivery) -> Self {
        Self {
            id: stored.id.get(),
            event: stored.name,
            event_id: stored.event.get(),
            events: stored.events,
            state: DeliveryStatus(stored.state),
            attempt_count: stored.attempts,
            next_attempt_at: stored.next_attempt_at.map(Instant),
            created_at: TimeId(stored.id.get()).created_at().into(),
        }
    }
}

/// A delivery with what was sent, and what came back.
#[derive(Debug, Serialize, ToSchema)]
struct DeliveryInFull {
    #[serde(flatten)]
    delivery: Delivery,
    request: SentRequest,
    /// The oldest first.
    attempts: Vec<Attempt>,
}

/// A request as it was sent.
#[derive(Debug, Serialize, ToSchema)]
struct SentRequest {
    /// Without signatures and what else proves the sender: those are made anew for each attempt.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    headers: Map<String, Value>,
    /// The exact body.
    body: String,
}

/// One attempt.
#[derive(Debug, Serialize, ToSchema)]
struct Attempt {
    /// The first is 1.
    number: i64,
    started_at: Instant,
    duration_ms: i64,
    /// The answer's status; null: there was no answer.
    #[schema(required)]
    status: Option<i64>,
    /// The answer's first 2,048 bytes.
    #[schema(required)]
    answer: Option<String>,
    /// Why there was no answer.
    #[schema(required)]
    error: Option<String>,
}

impl Attempt {
    fn of(stored: StoredAttempt) -> Self {
        Self {
            number: stored.number,
            started_at: stored.started_at.into(),
            duration_ms: stored.duration_ms,
            status: stored.status,
            answer: stored.answer,
            error: stored.error,
        }
    }
}

/// Which deliveries.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only those in this state.
    #[param(inline, nullable = false)]
    state: Option<DeliveryStatus>,
    /// Only those of events with this name.
    #[param(min_length = 1, max_length = 100, nullable = false)]
    event: Option<String>,
}

/// Which deliveries are sent again: those that were recorded in a span of time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplayRange {
    /// The beginning, included. Either this or `from_delivery_id` is needed.
    #[schema(nullable = false)]
    from: Option<Instant>,
    /// The first delivery: `next_delivery_id` of the answer before.
    #[schema(minimum = 1, nullable = false)]
    from_delivery_id: Option<i64>,
    /// The end, not included; without it, all that were recorded by now.
    #[schema(nullable = false)]
    to: Option<Instant>,
    /// Only those in this state.
    #[schema(nullable = false)]
    state: Option<DeliveryStatus>,
}

/// What is sent again.
#[derive(Debug, Serialize, ToSchema)]
struct ToBeSent {
    /// How many deliveries; at most 1,000 at once.
    deliveries: i64,
    /// Where to go on, if the range was longer: `from_delivery_id` of the next request.
    #[schema(required)]
    next_delivery_id: Option<i64>,
}

impl ToBeSent {
    fn answer(replayed: &Replayed) -> Answer {
        Answer::accepted(&Self {
            deliveries: replayed.deliveries,
            next_delivery_id: replayed.rest.map(DeliveryId::get),
        })
    }
}

/// List a webhook's deliveries, newest first.
///
/// With `event`, a page may have fewer items than its limit although more follow; `next_cursor` tells.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries", tag = "webhooks", operation_id = "list_deliveries",
    params(Id, Paging, Wanted), security(("token" = ["webhooks.read"])),
    responses((status = 200, body = Page<Delivery>, description = "A page of deliveries")))]
async fn list(
    WebhooksReader(holder): WebhooksReader,
    State(app): State<App>,
    Id(id): Id,
    listing: Listing<Wanted>,
) -> Result<axum::Json<Page<Delivery>>, Error> {
    let Wanted { state, event } = &listing.filter;
    let at_once = event.as_ref().map_or(listing.fetch(), |_| READ_AT_ONCE);
    let mut before = listing.after()?.map(DeliveryId);
    let mut found: Vec<StoredDelivery> = Vec::new();
    for _ in 0..TURNS {
        let read = ListDeliveries {
            account: holder.account(),
            reach: reach(&holder),
            id: WebhookId(id),
            before,
            since: None,
            state: state.map(|state| state.0),
            limit: at_once as i64,
        };
        let some = app.store.read(read).await?;
        let is_last = some.len() < at_once;
        before = some.last().map(|last| last.id).or(before);
        let is_wanted = |it: &StoredDelivery| event.as_ref().is_none_or(|name| *name == it.name);
        found.extend(some.into_iter().filter(is_wanted));
        if is_last || found.len() >= listing.fetch() {
            let position = |delivery: &StoredDelivery| delivery.id.get();
            return Ok(axum::Json(listing.page(found, position, Delivery::of)));
        }
    }
    found.truncate(listing.limit());
    let reached = found.last().filter(|_| found.len() == listing.limit());
    let reached = reached.map(|last| last.id).or(before);
    Ok(axum::Json(Page {
        next_cursor: reached.map(|id| listing.cursor_at(&id.get())),
        data: found.into_iter().map(Delivery::of).collect(),
    }))
}

/// Get a delivery: what was sent, and what came back.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries/{delivery}", tag = "webhooks", operation_id = "get_delivery",
    params(Place), security(("token" = ["webhooks.read"])),
    responses((status = 200, body = DeliveryInFull, description = "The delivery")))]
async fn show(
    WebhooksReader(holder): WebhooksReader,
    State(context): State<Context>,
    place: Place,
) -> Result<axum::Json<DeliveryInFull>, Error> {
    let webhook = get(&context, &holder, place.webhook.get()).await?;
    let read = GetDelivery {
        account: holder.account(),
        reach: reach(&holder),
        id: place.webhook,
        delivery: place.delivery,
    };
    let (delivery, attempts) = context.store.read(read).await?.ok_or(Error::NotFound)?;
    let name = std::slice::from_ref(&delivery.name);
    let hook = wanted::Checks::of(&holder, api(&context, &webhook)?)?.hook;
    wanted::must_know(&holder, hook, name)?;
    let request = SentRequest {
        headers: serde_json::from_str(&delivery.headers).unwrap_or_default(),
        body: delivery.body.clone(),
    };
    Ok(axum::Json(DeliveryInFull {
        delivery: Delivery::of(delivery),
        request,
        attempts: attempts.into_iter().map(Attempt::of).collect(),
    }))
}

/// Send a delivery again, as if nothing had been tried yet.
///
/// It goes out as soon as the webhook is enabled.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/deliveries/{delivery}/replay", tag = "webhooks",
    operation_id = "replay_delivery", params(Place), security(("token" = ["webhooks.write"])),
    responses((status = 202, body = ToBeSent, description = "It will be sent")))]
async fn replay_one(
    WebhooksWriter(holder): WebhooksWriter,
    place: Place,
    Bare(once): Bare,
) -> Result<Answer, Error> {
    let command = ReplayDeliveries {
        caller: holder.caller(),
        reach: reach(&holder),
        id: place.webhook,
        which: Replay::One(place.delivery),
    };
    once.write(command, &[], ToBeSent::answer).await
}

/// Send the deliveries of a span of time again, oldest first, as if nothing had been tried yet.
///
/// At most 1,000 at once; they go out as soon as the webhook is enabled.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/replay", tag = "webhooks", operation_id = "replay_deliveries",
    params(Id), request_body = ReplayRange, security(("token" = ["webhooks.write"])),
    responses((status = 202, body = ToBeSent, description = "They will be sent")))]
async fn replay(
    WebhooksWriter(holder): WebhooksWriter,
    Id(id): Id,
    Change { input, once }: Change<ReplayRange>,
) -> Result<Answer, Error> {
    let command = ReplayDeliveries {
        caller: holder.caller(),
        reach: reach(&holder),
        id: WebhookId(id),
        which: input.range()?,
    };
    once.write(command, &[], ToBeSent::answer).await
}

impl ReplayRange {
    fn range(self) -> Result<Replay, Error> {
        let invalid = |field: &str, detail: &str| {
            Error::Invalid(vec![FieldError::new(field, "invalid", detail)])
        };
        let from = match (self.from, self.from_delivery_id) {
            (Some(Instant(at)), None) => DeliveryId(TimeId::first_at(at).0),
            (None, Some(id)) => DeliveryId(id),
            (None, None) | (Some(_), Some(_)) => {
                let detail = "or from_delivery_id is needed, and not both";
                return Err(invalid("from", detail));
            }
        };
        if self.to.zip(self.from).is_some_and(|(to, from)| to <= from) {
            return Err(invalid("to", "must be after from"));
        }
        Ok(Replay::Range {
            from,
            until: self.to.map_or(Timestamp(i64::MAX), |Instant(at)| at),
            state: self.state.map(|state| state.0),
        })
    }
}
