//! The feed: every committed change in the order of its position, for programs that follow along.
//!
//! A position that was passed never gets an event afterwards, so whoever keeps `next_after` misses nothing. Who reaches some
//! inboxes sees their events and those about customers without one; events about credentials and webhooks need the right
//! to read those.

use axum::Json;
use axum::extract::State;
use heddle_domain::credential::Scope;
use heddle_domain::event::EventKind;
use heddle_store::read::feed::{FeedEvent, ReadFeed};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{EventsReader, Holder};
use crate::context::Context;
use crate::error::Error;
use crate::happening::Happening;
use crate::query::Asked;
use crate::words::Kind;
use heddle_api::App;

const DEFAULT_LIMIT: usize = 50;
/// So many events are read at once, and so many times, before an answer goes out that may be empty.
const READ_AT_ONCE: usize = 500;
const TURNS: usize = 8;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default().routes(routes!(list))
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The position behind which to begin: `next_after` of the answer before. Without it, the oldest event there is.
    #[param(minimum = 0, nullable = false)]
    after: Option<i64>,
    /// How many events an answer has at most; 50 if it is not given.
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<usize>,
    /// Of these kinds only; may be given several times.
    #[serde(default)]
    #[param(inline, max_items = 100, required = false)]
    kind: Vec<Kind>,
    /// About this conversation only.
    #[param(minimum = 1, nullable = false)]
    conversation_id: Option<i64>,
}

/// A part of the feed.
#[derive(Debug, Serialize, ToSchema)]
struct Feed {
    data: Vec<FeedItem>,
    /// What to ask for next as `after`: how far was looked, whether or not anything was found.
    next_after: i64,
    /// Whether more follows at once; if not, ask again later.
    more: bool,
}

/// One committed change, and where it stands.
#[derive(Debug, Serialize, ToSchema)]
struct FeedItem {
    /// Its position in the account's feed.
    position: i64,
    #[serde(flatten)]
    event: Happening,
}

impl Wanted {
    fn wants(&self, event: &FeedEvent) -> bool {
        let conversation = event.conversation.map(|id| id.get());
        (self.kind.is_empty() || self.kind.contains(&Kind(event.kind)))
            && (self.conversation_id.is_none() || self.conversation_id == conversation)
    }
}

/// Whether the caller may know of an event.
fn may_see(holder: &Holder, event: &FeedEvent) -> bool {
    let kind = event.kind.as_str();
    let is_about = |entity: &str| kind.split_once('.').is_some_and(|(word, _)| word == entity);
    if is_about("credential") && !holder.may(Scope::CredentialsRead) {
        return false;
    }
    if is_about("webhook") && !holder.may(Scope::WebhooksRead) {
        return false;
    }
    match event.inbox {
        _ if holder.inboxes().is_empty() => true,
        Some(inbox) => holder.inboxes().contains(&inbox),
        None => is_about("customer") && event.kind != EventKind::Void,
    }
}

/// Follow the feed of events, oldest first.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", operation_id = "list_events", params(Wanted),
    security(("token" = ["events.read"])),
    responses((status = 200, body = Feed, description = "A part of the feed"),
        (status = 410, body = super::wire::Problem, content_type = "application/problem+json",
            description = "Events behind `after` were deleted since: what was missed cannot be read any more")))]
async fn list(
    EventsReader(holder): EventsReader,
    State(app): State<App>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Feed>, Error> {
    let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT);
    let mut next_after = wanted.after.unwrap_or(0);
    let mut data = Vec::new();
    for _ in 0..TURNS {
        let read = ReadFeed {
            account: holder.account(),
            after: next_after,
            limit: READ_AT_ONCE,
        };
        let page = app.store.read(read).await?;
        if page.gone && wanted.after.is_some() {
            return Err(Error::Gone(
                "Events behind this position were deleted, as the operator's retention says.",
            ));
        }
        for event in page.events {
            if data.len() == limit {
                return Ok(Json(Feed {
                    data,
                    next_after,
                    more: true,
                }));
            }
            next_after = event.position;
            if wanted.wants(&event) && may_see(&holder, &event) {
                let position = event.position;
                let (event, _) = Happening::of(event);
                data.push(FeedItem { position, event });
            }
        }
        next_after = page.reached;
        if !page.more {
            return Ok(Json(Feed {
                data,
                next_after,
                more: false,
            }));
        }
    }
    Ok(Json(Feed {
        data,
        next_after,
        more: true,
    }))
}
