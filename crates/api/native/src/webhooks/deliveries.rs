//! The deliveries of a webhook: their requests and attempts, and sending them again.

use heddle_domain::Timestamp;
use heddle_domain::credential::Scope;
use heddle_domain::id::{DeliveryId, TimeId, WebhookId};
use heddle_store::read::webhooks::{GetDelivery, ListDeliveries};
use heddle_store::write::replay::{Replay, ReplayDeliveries, Replayed};
use heddle_store::{Attempt as StoredAttempt, Delivery as StoredDelivery, StoredWebhook};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::checks::{Checks, must_be_able_to_change, write_checked};
use super::resource::{api_of, get, reach};
use crate::answer::Answer;
use crate::auth::{Caller, WebhooksReader, WebhooksWriter};
use crate::body::{WithBody, WithoutBody};
use crate::context::Context;
use crate::error::Error;
use crate::page::{Listing, Page, Paging};
use crate::path::{DeliveryIdInPath, Id};
use crate::time::Instant;
use crate::vocabulary::DeliveryStatus;
use heddle_webhooks::hook::Hook;

/// How many deliveries one chunk has. The filter by event has no index, so with this filter one request reads a limited
/// number of chunks.
const CHUNK: usize = 500;
const MOST_CHUNKS: usize = 8;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(replay_one))
        .routes(routes!(replay))
}

/// A delivery: a request to a webhook's receiver.
#[derive(Debug, Serialize, ToSchema)]
struct Delivery {
    id: i64,
    /// The name of the event in the webhook's API.
    event: String,
    /// The id of its event, or of the first one.
    event_id: i64,
    /// The number of its events.
    events: i64,
    state: DeliveryStatus,
    /// The number of attempts so far.
    attempt_count: i64,
    /// When the next attempt is due.
    #[schema(required)]
    next_attempt_at: Option<Instant>,
    /// Why no request could be made from the event. Such a delivery is failed, and cannot be sent again. Null if there is a
    /// request.
    #[schema(required)]
    problem: Option<String>,
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
            problem: stored.problem,
            created_at: stored.recorded_at.into(),
        }
    }
}

/// A delivery with its request and its attempts.
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
    /// Without signatures and other proofs of the sender, which are new for each attempt.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    headers: Map<String, Value>,
    /// The exact body.
    body: String,
}

/// One attempt to deliver.
#[derive(Debug, Serialize, ToSchema)]
struct Attempt {
    /// The first is 1.
    number: i64,
    started_at: Instant,
    duration_ms: i64,
    /// The status of the answer; null without an answer.
    #[schema(required)]
    status: Option<i64>,
    /// The first 2,048 bytes of the answer.
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

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    /// Only deliveries in this state.
    #[param(inline, nullable = false)]
    state: Option<DeliveryStatus>,
    /// Only deliveries of events with this name.
    #[param(min_length = 1, max_length = 100, nullable = false)]
    event: Option<String>,
}

/// The deliveries to send again: those recorded in a span of time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplayRange {
    /// The start of the span, inclusive. This or `from_delivery_id` is required.
    #[schema(nullable = false)]
    from: Option<Instant>,
    /// The first delivery: `next_delivery_id` of the previous answer. Repeat the other members of that request.
    #[schema(minimum = 1, nullable = false)]
    from_delivery_id: Option<i64>,
    /// The end of the span, exclusive. Default: now.
    #[schema(nullable = false)]
    to: Option<Instant>,
    /// Only deliveries in this state.
    #[schema(nullable = false)]
    state: Option<DeliveryStatus>,
}

/// The deliveries that will be sent again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ToBeSent)]
struct ReplayAnswer {
    /// The number of deliveries, at most 1,000. It can be 0 although the range is not complete.
    deliveries: i64,
    /// `from_delivery_id` of the next request; null if the range is complete.
    #[schema(required)]
    next_delivery_id: Option<i64>,
}

impl ReplayAnswer {
    fn answer(replayed: &Replayed) -> Answer {
        Answer::accepted(&Self {
            deliveries: replayed.deliveries,
            next_delivery_id: replayed.rest.map(DeliveryId::get),
        })
    }
}

/// List a webhook's deliveries, newest first.
///
/// It shows only deliveries of events that the token may read. With `event`, and for a token that may not read all of them,
/// a page before the last may be shorter than `limit`: continue while `next_cursor` is not null.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries", tag = "webhooks", operation_id = "list_deliveries",
    params(Id, Paging, Filters), security(("token" = ["webhooks.read"])),
    responses((status = 200, body = Page<Delivery>, description = "A page of deliveries")))]
async fn list(
    WebhooksReader(caller): WebhooksReader,
    Id(id): Id,
    listing: Listing<Filters>,
) -> Result<axum::Json<Page<Delivery>>, Error> {
    let Filters { state, event } = &listing.filter;
    let webhook = get(&caller, id).await?;
    let hook = Checks::of(&caller, api_of(&caller, &webhook)?)?.hook;
    let is_wanted = |it: &StoredDelivery| {
        let is_asked = event.as_ref().is_none_or(|name| *name == it.name);
        is_asked && lacking(&caller, hook, &it.name).is_none()
    };
    let is_filtered = event.is_some() || readable(&caller, &webhook)?.is_some();
    let at_once = if is_filtered { CHUNK } else { listing.fetch() };
    let mut before = listing.after()?.map(DeliveryId);
    let mut found: Vec<StoredDelivery> = Vec::new();
    for _ in 0..MOST_CHUNKS {
        let read = ListDeliveries {
            account: caller.account(),
            reach: reach(&caller),
            id: WebhookId(id),
            before,
            state: state.map(|state| state.0),
            limit: at_once as i64,
        };
        let some = caller.read(read).await?;
        let is_last = some.len() < at_once;
        before = some.last().map(|last| last.id).or(before);
        found.extend(some.into_iter().filter(is_wanted));
        if is_last || found.len() >= listing.fetch() {
            let position = |delivery: &StoredDelivery| delivery.id.get();
            return Ok(axum::Json(listing.page(found, position, Delivery::of)));
        }
    }
    Ok(axum::Json(short_page(&listing, found, before)))
}

/// Returns the page of a search that has not come to an end: the next one continues after the last delivery shown, or else after
/// the last one examined.
fn short_page(
    listing: &Listing<Filters>,
    mut found: Vec<StoredDelivery>,
    examined: Option<DeliveryId>,
) -> Page<Delivery> {
    found.truncate(listing.limit());
    let shown = found.last().filter(|_| found.len() == listing.limit());
    let reached = shown.map(|last| last.id).or(examined);
    Page {
        next_cursor: reached.map(|id| listing.cursor_at(&id.get())),
        data: found.into_iter().map(Delivery::of).collect(),
    }
}

/// Get a delivery with its request and its attempts.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries/{delivery}", tag = "webhooks", operation_id = "get_delivery",
    params(Id, DeliveryIdInPath), security(("token" = ["webhooks.read"])),
    responses((status = 200, body = DeliveryInFull, description = "The delivery")))]
async fn show(
    WebhooksReader(caller): WebhooksReader,
    Id(id): Id,
    DeliveryIdInPath(delivery): DeliveryIdInPath,
) -> Result<axum::Json<DeliveryInFull>, Error> {
    let webhook = get(&caller, id).await?;
    let read = GetDelivery {
        account: caller.account(),
        reach: reach(&caller),
        id: WebhookId(id),
        delivery: DeliveryId(delivery),
    };
    let (delivery, attempts) = caller.read(read).await?.ok_or(Error::NotFound)?;
    let hook = Checks::of(&caller, api_of(&caller, &webhook)?)?.hook;
    if let Some(scope) = lacking(&caller, hook, &delivery.name) {
        return Err(Error::Forbidden(scope));
    }
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

/// Send a delivery again, as if it had not been tried yet.
///
/// A delivery is refused if it was made before the webhook lost inboxes, or if the webhook no longer has its event. While the
/// webhook is disabled, the delivery waits.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/deliveries/{delivery}/replay", tag = "webhooks",
    operation_id = "replay_delivery", params(Id, DeliveryIdInPath), security(("token" = ["webhooks.write"])),
    responses((status = 202, body = ReplayAnswer, description = "It will be sent")))]
async fn replay_one(
    WebhooksWriter(caller): WebhooksWriter,
    Id(id): Id,
    DeliveryIdInPath(delivery): DeliveryIdInPath,
    WithoutBody(write): WithoutBody,
) -> Result<Answer, Error> {
    let which = || Ok(Replay::One(DeliveryId(delivery)));
    let command = || replaying(&caller, id, which);
    write_checked((&caller, id), &write, command, &[], ReplayAnswer::answer).await
}

/// Send the deliveries of a span of time again, oldest first, as if they had not been tried yet.
///
/// One request sends at most 1,000. Left out are deliveries without a request (`problem`), those made before the webhook lost
/// inboxes, and those of events that it no longer has. While the webhook is disabled, they wait.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/replay", tag = "webhooks", operation_id = "replay_deliveries",
    params(Id), request_body = ReplayRange, security(("token" = ["webhooks.write"])),
    responses((status = 202, body = ReplayAnswer, description = "They will be sent")))]
async fn replay(
    WebhooksWriter(caller): WebhooksWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<ReplayRange>,
) -> Result<Answer, Error> {
    let command = || replaying(&caller, id, || input.range());
    write_checked((&caller, id), &write, command, &[], ReplayAnswer::answer).await
}

/// Checks that the caller may send the webhook's deliveries again, and returns the command.
async fn replaying(
    caller: &Caller,
    id: i64,
    which: impl Fn() -> Result<Replay, Error>,
) -> Result<ReplayDeliveries, Error> {
    let webhook = get(caller, id).await?;
    must_be_able_to_change(caller, &webhook)?;
    Ok(ReplayDeliveries {
        caller: caller.for_store(),
        reach: reach(caller),
        id: webhook.id,
        seen: Some(webhook.version),
        which: which()?,
        readable: readable(caller, &webhook)?,
    })
}

/// Returns a scope that the caller lacks to read deliveries of events of this name; `None` if it may read them.
fn lacking(caller: &Caller, hook: &dyn Hook, name: &str) -> Option<Scope> {
    let needed = hook.scopes(name);
    needed.into_iter().find(|scope| !caller.may(*scope))
}

/// Returns the names of the events whose deliveries the caller may read; `None` if it may read all. All events of the
/// webhook's API are examined, because the webhook may have had other events before.
fn readable(caller: &Caller, webhook: &StoredWebhook) -> Result<Option<Vec<String>>, Error> {
    let hook = Checks::of(caller, api_of(caller, webhook)?)?.hook;
    let names = hook.event_names().into_iter().map(str::to_owned);
    let may_read = |name: &String| lacking(caller, hook, name).is_none();
    let (readable, others): (Vec<String>, Vec<String>) = names.partition(may_read);
    Ok((!others.is_empty()).then_some(readable))
}

impl ReplayRange {
    fn range(&self) -> Result<Replay, Error> {
        let (from, since) = match (self.from, self.from_delivery_id) {
            (Some(Instant(at)), None) => (DeliveryId(TimeId::first_at(at).0), at),
            (Some(Instant(at)), Some(id)) => (DeliveryId(id), at),
            (None, Some(id)) => (DeliveryId(id), Timestamp(0)),
            (None, None) => {
                let detail = "or from_delivery_id is needed";
                return Err(Error::invalid("from", "invalid", detail));
            }
        };
        if self.to.zip(self.from).is_some_and(|(to, from)| to <= from) {
            return Err(Error::invalid("to", "invalid", "must be after from"));
        }
        Ok(Replay::Range {
            from,
            since,
            until: self.to.map_or(Timestamp(i64::MAX), |Instant(at)| at),
            state: self.state.map(|state| state.0),
        })
    }
}
