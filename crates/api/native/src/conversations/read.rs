//! `GET /api/v1/conversations` and `GET /api/v1/conversations/{id}`.

use heddle_domain::id::{AgentId, ApplicationId, CustomerId, InboxId};
use heddle_domain::{TagName, Timestamp};
use heddle_store::read::listing::{Filter, ListConversations, Order, Position};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::include::{self, Include, IncludeParams};
use super::lookup;
use crate::answer::Answer;
use crate::auth::{Caller, ConversationsReader};
use crate::error::Error;
use crate::etag::IfNoneMatch;
use crate::page::{Listing, Paging};
use crate::path::Id;
use crate::query::QueryParams;
use crate::resources::{Conversation, Included};
use crate::time::Instant;
use crate::vocabulary::StatusWord;

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filters {
    /// In one of these inboxes. Default: all that the token reaches.
    #[param(max_items = 100, inline, nullable = false)]
    inbox_id: Option<Vec<i64>>,
    /// Of this customer; the id of a merged customer selects those of its survivor. An unknown id selects nothing.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64, nullable = false)]
    customer_id: Option<i64>,
    /// Assigned to this agent.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64, nullable = false)]
    assignee_id: Option<i64>,
    /// Assigned to any agent, or to none.
    #[param(nullable = false)]
    assigned: Option<bool>,
    /// With one of these statuses.
    #[param(max_items = 5, inline, nullable = false)]
    status: Option<Vec<StatusWord>>,
    #[param(nullable = false)]
    archived: Option<bool>,
    /// With this tag.
    #[param(min_length = 1, max_length = 100, nullable = false)]
    tag: Option<String>,
    /// Created by this Mews application.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64, nullable = false)]
    application_id: Option<i64>,
    /// Changed at this time or later.
    #[param(inline, nullable = false)]
    updated_since: Option<Instant>,
    /// The order; `-` means latest first. Default: `-created`. With `created` and `started` every conversation is
    /// listed once, whatever changes meanwhile; with `updated` and `last_message` only those that do not change.
    /// `last_message` needs `customer_id`.
    #[param(inline, nullable = false)]
    sort: Option<Sort>,
    /// Related objects to include in the answer.
    #[serde(default)]
    #[param(inline, required = false, style = Form, explode = false, max_items = 10)]
    include: Vec<Include>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
enum Sort {
    #[serde(rename = "created")]
    Created,
    #[default]
    #[serde(rename = "-created")]
    CreatedDown,
    #[serde(rename = "started")]
    Started,
    #[serde(rename = "-started")]
    StartedDown,
    #[serde(rename = "updated")]
    Updated,
    #[serde(rename = "-updated")]
    UpdatedDown,
    #[serde(rename = "last_message")]
    LastMessage,
    #[serde(rename = "-last_message")]
    LastMessageDown,
}

impl Sort {
    const fn order(self) -> (Order, bool) {
        match self {
            Self::Created => (Order::Created, false),
            Self::CreatedDown => (Order::Created, true),
            Self::Started => (Order::Started, false),
            Self::StartedDown => (Order::Started, true),
            Self::Updated => (Order::Updated, false),
            Self::UpdatedDown => (Order::Updated, true),
            Self::LastMessage => (Order::LastMessage, false),
            Self::LastMessageDown => (Order::LastMessage, true),
        }
    }
}

/// A page of conversations. A page before the last may be shorter than `limit`, even empty: without an index for the
/// filters, a request examines only some thousand conversations. Continue while `next_cursor` is not null.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConversationPage {
    data: Vec<Conversation>,
    /// The cursor of the next page; null on the last.
    #[schema(required)]
    next_cursor: Option<String>,
    /// The objects requested by `include`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    included: Option<Included>,
}

/// List conversations.
#[utoipa::path(get, path = "/api/v1/conversations", tag = "conversations", operation_id = "list_conversations",
    params(Filters, Paging), security(("token" = ["conversations.read"])),
    responses((status = 200, body = ConversationPage, description = "A page of conversations")))]
pub(crate) async fn list(
    ConversationsReader(caller): ConversationsReader,
    listing: Listing<Filters>,
) -> Result<axum::Json<ConversationPage>, Error> {
    let read = query(&caller, &listing)?;
    let page = caller.app.store.read(read).await?;
    let include = &listing.filter.include;
    let included = include::load(&caller, include, &page.conversations).await?;
    Ok(axum::Json(ConversationPage {
        data: page.conversations.iter().map(Conversation::of).collect(),
        next_cursor: page
            .next
            .map(|place| listing.cursor_at(&(place.at.0, place.id))),
        included,
    }))
}

fn query(caller: &Caller, listing: &Listing<Filters>) -> Result<ListConversations, Error> {
    let filters = &listing.filter;
    let (order, descending) = filters.sort.unwrap_or_default().order();
    if order == Order::LastMessage && filters.customer_id.is_none() {
        let detail = "by last_message only together with customer_id";
        return Err(Error::invalid("sort", "invalid", detail));
    }
    Ok(ListConversations {
        account: caller.account(),
        inboxes: inboxes(caller, filters.inbox_id.as_deref()),
        filter: Filter {
            customer: filters.customer_id.map(CustomerId),
            assignee: filters.assignee_id.map(AgentId),
            assigned: filters.assigned,
            statuses: filters.status.iter().flatten().map(|word| word.0).collect(),
            archived: filters.archived,
            tag: tag(filters.tag.as_deref())?,
            application: filters.application_id.map(ApplicationId),
            updated_since: filters.updated_since.map(|at| at.0),
        },
        order,
        descending,
        after: listing.after::<(i64, i64)>()?.map(|(at, id)| Position {
            at: Timestamp(at),
            id,
        }),
        limit: listing.limit(),
    })
}

fn tag(text: Option<&str>) -> Result<Option<TagName>, Error> {
    let name = text.map(|text| {
        let long = || Error::invalid("tag", "length", "must have 1 to 100 characters");
        TagName::parse(text).ok_or_else(long)
    });
    name.transpose()
}

/// Returns those of the named inboxes that the caller reaches. The others are ignored, as if they were empty.
fn inboxes(caller: &Caller, named: Option<&[i64]>) -> Vec<InboxId> {
    let mut reached = caller.principal().inbox_ids();
    if let Some(named) = named {
        reached.retain(|inbox| named.contains(&inbox.get()));
    }
    reached
}

/// Get a conversation.
#[utoipa::path(get, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "get_conversation",
    params(Id, IncludeParams), security(("token" = ["conversations.read"])),
    responses((status = 200, body = Conversation, description = "The conversation", headers(("ETag" = String)))))]
pub(crate) async fn show(
    ConversationsReader(caller): ConversationsReader,
    Id(id): Id,
    QueryParams(params): QueryParams<IncludeParams>,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Error> {
    let found = lookup::get(&caller, id).await;
    let found = found.map_err(|error| error.or_redirect(""))?;
    let version = found.conversation.last_event_id;
    let mut body = Conversation::of(&found);
    let one = std::slice::from_ref(&found);
    body.included = include::load(&caller, &params.include, one).await?;
    Ok(match body.included {
        None => Answer::if_changed(&if_none_match, version, &body),
        // The status is never 304 here: included objects change without a new version of the conversation.
        Some(_) => Answer::ok(&body).version(version),
    })
}
