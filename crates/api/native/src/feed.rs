//! The feed of events: every committed change, in the order of positions.
//!
//! A new event always gets a position after those that were read, so a client that continues from `next_after` misses
//! nothing. [`View`] decides which events it gets.

use axum::Json;
use heddle_domain::id::{ConversationId, InboxId};
use heddle_store::read::conversations::FindSurvivor;
use heddle_store::read::feed::ReadFeed;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Caller, EventsReader};
use crate::context::Context;
use crate::error::Error;
use crate::event::FeedItem;
use crate::problem::Problem;
use crate::query::QueryParams;
use crate::view::{View, Wanted};
use crate::vocabulary::EventKindWord;

const DEFAULT_LIMIT: usize = 50;
/// How many events one chunk has. One request reads a limited number of chunks, whether or not any event passes the
/// filter.
const CHUNK: usize = 500;
const MOST_CHUNKS: usize = 8;
/// What a reader is told whose next events were deleted.
pub(crate) const DELETED: &str =
    "Events behind this position were deleted, as the operator's retention says.";

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default().routes(routes!(list))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    /// The position after which to start: `next_after` of the previous answer. Default: the oldest event.
    #[param(minimum = 0, nullable = false)]
    after: Option<i64>,
    /// The most events of an answer. Default: 50. The first messages of one conversation come together, even if they are more.
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<usize>,
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
}

/// A part of the feed.
#[derive(Debug, Serialize, ToSchema)]
struct Feed {
    data: Vec<FeedItem>,
    /// `after` of the next request. It grows even if no event passed the filters.
    next_after: i64,
    /// Whether more events are available now. If not, ask again later.
    more: bool,
}

/// Returns the filters of a reader. Looks for the survivor of a merged conversation.
///
/// # Errors
/// Returns the errors of the read.
pub(crate) async fn find_wanted(
    caller: &Caller,
    kinds: Vec<EventKindWord>,
    conversation: Option<i64>,
    inbox: Option<i64>,
) -> Result<Wanted, Error> {
    let conversation = conversation.map(ConversationId);
    let survivor = match conversation {
        Some(id) => {
            let account = caller.account();
            caller.read(FindSurvivor { account, id }).await?
        }
        None => None,
    };
    let inbox = inbox.map(InboxId);
    Ok(Wanted::new(kinds, conversation, survivor, inbox))
}

/// Read the feed of events, oldest first.
///
/// It shows an event only if the token may read the thing itself: for events of agents it needs `agents.read`, and so on.
/// A token that is limited to some inboxes sees the events of these inboxes, and those of customers without a home
/// inbox. If a conversation leaves these inboxes by a move or a merge, the token sees only `conversation.left` with the id.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", operation_id = "list_events", params(Filters),
    security(("token" = ["events.read"])),
    responses((status = 200, body = Feed, description = "A part of the feed"),
        (status = 410, body = Problem,
            description = "Events after `after` were deleted and cannot be read any more")))]
async fn list(
    EventsReader(caller): EventsReader,
    QueryParams(filters): QueryParams<Filters>,
) -> Result<Json<Feed>, Error> {
    let limit = filters.limit.unwrap_or(DEFAULT_LIMIT);
    let mut next_after = filters.after.unwrap_or(0);
    let (conversation, inbox) = (filters.conversation_id, filters.inbox_id);
    let wanted = find_wanted(&caller, filters.kind, conversation, inbox).await?;
    let view = View::of(&caller.principal().credential, wanted);
    let (mut data, mut more) = (Vec::new(), true);
    'chunks: for _ in 0..MOST_CHUNKS {
        let read = ReadFeed {
            account: caller.account(),
            after: next_after,
            limit: CHUNK,
        };
        let page = caller.read(read).await?;
        if page.gone && filters.after.is_some() {
            return Err(Error::Gone(DELETED));
        }
        for event in page.events {
            if data.len() >= limit {
                break 'chunks;
            }
            next_after = event.position;
            data.extend(view.show(&event).into_iter().map(|(_, item)| item));
        }
        (next_after, more) = (page.reached, page.more);
        // The answer holds the details of one chunk that was cut, and few others.
        if !more || page.is_cut {
            break;
        }
    }
    Ok(Json(Feed {
        data,
        next_after,
        more,
    }))
}
