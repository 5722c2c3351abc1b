//! Live updates: the feed of events as a stream of server-sent events, and who is present in a conversation.
//!
//! - `hub`: the channels of all accounts with readers, and the limits on streams;
//! - `channel`: the live end of one account's feed, which all of its readers share;
//! - `batch`: a part of the feed, and the text that was made from it for each view; `place`: where a reader is in the feed;
//! - `connection`: one client's stream; `wire`: its text;
//! - `presence`: who looks at which conversation, in memory; `present`: the requests about it; `shown`: its JSON.
//!
//! Invariants: a stream shows the events that the list of events shows, without those of imports; a reader costs its connection
//! and its place, and no queue; a token that loses its rights gets nothing more after five seconds.

mod batch;
mod channel;
mod connection;
pub(crate) mod hub;
mod place;
mod presence;
mod present;
mod shown;
mod wire;

use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use heddle_access::authentication::{Lookup, key_hash};
use heddle_store::read::feed::{FeedHead, ReadFeed};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::auth::{Caller, EventsReader, bearer};
use crate::context::{Context, NAME};
use crate::error::Error;
use crate::feed::{DELETED, find_wanted};
use crate::problem::Problem;
use crate::query::QueryParams;
use crate::view::View;
use crate::vocabulary::EventKindWord;
use connection::{Connection, State};
use hub::Full;
use place::Place;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Tells nginx not to collect the answer before it passes it on.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// What a client is told whose position is behind the end of the feed.
const NOT_REACHED: &str = "The feed has not reached this position; perhaps it was restored from an older copy. Begin anew.";

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(stream))
        .merge(present::routes())
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    /// The position after which to start. `Last-Event-ID` overrides it. Default: the end of the feed.
    #[param(minimum = 0, nullable = false)]
    after: Option<i64>,
    /// Only events of these kinds. May be repeated. With `message.added`, each first message of a new conversation comes as an
    /// event of its own, with the position of `conversation.created`.
    #[serde(default)]
    #[param(inline, max_items = 100, required = false)]
    kind: Vec<EventKindWord>,
    /// Only events about this conversation, and about the one that it was merged into.
    #[param(minimum = 1, nullable = false)]
    conversation_id: Option<i64>,
    /// Only events of this inbox. A conversation that leaves it, by a move or a merge, is `conversation.left`.
    #[param(minimum = 1, nullable = false)]
    inbox_id: Option<i64>,
    /// Whether to send `presence` events too: who looks at a conversation, and who types in it. They have no `id`, do not count as
    /// events, and need `conversations.read`. `kind` does not select them. Default: false.
    #[serde(default)]
    #[param(inline, required = false, nullable = false)]
    presence: bool,
}

/// Follow the feed of events as a stream of server-sent events.
///
/// The stream shows the events that `GET /api/v1/events` shows, without those of imports: `event` is the kind, `data` the same
/// JSON. It begins with an event `ready`, whose `id` is the place from which it goes on. A client that sends the last `id` as
/// `Last-Event-ID` gets everything after it, nothing twice. An `id` without an event, in a sign of life, says that nothing up to
/// there was for this client. With `presence=true`, an event `presence` has the whole list of a conversation:
/// `{"conversation_id": 7, "present": [{"agent_id": 3, "state": "typing", "until": "..."}]}`. The stream ends when the token loses its rights, and when the server stops.
#[utoipa::path(get, path = "/api/v1/events/stream", tag = "events", operation_id = "stream_events",
    params(Filters, ("Last-Event-ID" = Option<String>, Header,
        description = "The `id` of the last event that the client has. Browsers send it by themselves.",
        nullable = false, pattern = r"^(0|[1-9][0-9]{0,15})(\.(0|[1-9][0-9]{0,15}))?$")),
    security(("token" = ["events.read"])),
    responses((status = 200, body = String, content_type = "text/event-stream", description = "The stream"),
        (status = 410, body = Problem, description = "Events after the place were deleted, or the feed has not reached it"),
        (status = 429, body = Problem,
            description = "The account or the token has too many streams, or too many wrong tokens came from this address"),
        (status = 503, body = Problem, description = "The server has too many streams, or cannot answer at the moment")))]
async fn stream(
    EventsReader(caller): EventsReader,
    QueryParams(filters): QueryParams<Filters>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let token = bearer(&headers).ok_or(Error::Unauthorized)?;
    let token = key_hash(NAME, Lookup::Secret(token));
    let asked = asked_place(&headers, filters.after)?;
    let (conversation, inbox) = (filters.conversation_id, filters.inbox_id);
    let wanted = find_wanted(&caller, filters.kind, conversation, inbox).await?;
    let place = find_start(&caller, asked).await?;
    let hub = &caller.app.own.live;
    let seat = hub.join(caller.account(), caller.credential(), place.whole());
    let (seat, spread) = (seat.map_err(Error::from)?, Uuid::new_v4().as_u64_pair().1);
    let principal = Arc::clone(caller.shared_principal());
    let connection = Connection {
        context: caller.app.clone(),
        seat,
        token,
        view: Arc::new(View::of(&principal.credential, wanted)),
        principal,
        place,
        spread,
        presence: filters.presence.then_some(0),
        state: State::new(place, spread, hub.settings.heartbeat()),
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (
            CACHE_CONTROL,
            HeaderValue::from_static("no-cache, no-transform"),
        ),
        (BUFFERING, HeaderValue::from_static("no")),
    ];
    Ok((headers, Body::from_stream(connection.into_stream())).into_response())
}

/// Returns the place that the client names: the last event that it has, or else the position of the request's first form.
fn asked_place(headers: &HeaderMap, after: Option<i64>) -> Result<Option<Place>, Error> {
    let bad = || {
        Error::BadHeader(
            "Last-Event-ID",
            "must be the `id` of an event of this stream",
        )
    };
    let mut given = headers.get_all(LAST_EVENT_ID).iter();
    let Some(id) = given.next() else {
        return Ok(after.map(Place::after_all));
    };
    let place = id.to_str().ok().and_then(Place::parse);
    match (place, given.next()) {
        (Some(place), None) => Ok(Some(place)),
        _ => Err(bad()),
    }
}

/// Returns the place at which a stream begins: the asked one, if the feed still has everything after it, or the end.
async fn find_start(caller: &Caller, asked: Option<Place>) -> Result<Place, Error> {
    let head = caller.read(FeedHead(caller.account())).await?;
    let after = asked.map_or(head, Place::whole);
    let read = ReadFeed {
        account: caller.account(),
        after,
        limit: 1,
    };
    let page = caller.read(read).await?;
    let end = head.max(page.start);
    let Some(asked) = asked else {
        return Ok(Place::after_all(end));
    };
    match asked.position() {
        _ if page.gone => Err(Error::Gone(DELETED)),
        position if position > end => Err(Error::Gone(NOT_REACHED)),
        _ => Ok(asked),
    }
}

impl From<Full> for Error {
    fn from(full: Full) -> Self {
        match full {
            Full::Server => Self::ServerFull,
            Full::Account => Self::TooManyStreams("account"),
            Full::Credential => Self::TooManyStreams("token"),
        }
    }
}
