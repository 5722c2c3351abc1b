//! `GET /api/v1/conversations`.

use axum::extract::State;
use heddle_domain::id::{AgentId, ApplicationId, CustomerId, InboxId};
use heddle_store::read::listing::{Filter, ListConversations, Order, Place};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Conversation;
use super::included::{Include, Included, Wish};
use crate::auth::{ConversationsReader, Holder};
use crate::error::{Error, FieldError};
use crate::page::{Listing, Paging};
use crate::time::Instant;
use crate::words::StatusWord;
use heddle_api::App;

/// Which conversations, and in which order.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filters {
    /// In these inboxes; all that the token reaches if none is named.
    #[param(max_items = 100, inline, nullable = false)]
    inbox_id: Option<Vec<i64>>,
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64, nullable = false)]
    customer_id: Option<i64>,
    /// In this agent's charge.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64, nullable = false)]
    assignee_id: Option<i64>,
    /// In anybody's charge, or in nobody's.
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
    /// Changed then or later.
    #[param(inline, nullable = false)]
    updated_since: Option<Instant>,
    /// The order; `-` for latest first. By `created` and `started` every conversation comes once, whatever is added or
    /// changed meanwhile; by `updated` and `last_message` every one that did not change. `last_message` needs
    /// `customer_id`. `-created` if it is not given.
    #[param(inline, nullable = false)]
    sort: Option<Sort>,
    /// Related objects to answer with.
    #[param(inline, nullable = false, style = Form, explode = false, max_items = 10)]
    include: Option<Vec<Include>>,
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

/// A page of conversations. It may be shorter than `limit`, even empty, while `next_cursor` leads on: where no index
/// serves the filters, a page looks at some thousand conversations and no more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConversationPage {
    data: Vec<Conversation>,
    /// The cursor of the next page; null on the last.
    #[schema(required)]
    next_cursor: Option<String>,
    /// What `include` asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    included: Option<Included>,
}

/// List conversations.
#[utoipa::path(get, path = "/api/v1/conversations", tag = "conversations", operation_id = "list_conversations",
    params(Filters, Paging), security(("token" = ["conversations.read"])),
    responses((status = 200, body = ConversationPage, description = "A page of conversations")))]
pub(crate) async fn list(
    ConversationsReader(holder): ConversationsReader,
    State(app): State<App>,
    listing: Listing<Filters>,
) -> Result<axum::Json<ConversationPage>, Error> {
    let read = query(&holder, &listing)?;
    let page = app.store.list_conversations(read).await?;
    let wish = Wish::of(listing.filter.include.clone());
    let included = match wish.is_empty() {
        true => None,
        false => Some(wish.gather(&app, &holder, &page.conversations).await?),
    };
    Ok(axum::Json(ConversationPage {
        data: page.conversations.iter().map(Conversation::of).collect(),
        next_cursor: page
            .next
            .map(|place| listing.cursor_at(&(place.at, place.id))),
        included,
    }))
}

fn query(holder: &Holder, listing: &Listing<Filters>) -> Result<ListConversations, Error> {
    let filters = &listing.filter;
    let (order, descending) = filters.sort.unwrap_or_default().order();
    if order == Order::LastMessage && filters.customer_id.is_none() {
        let detail = "by last_message only together with customer_id";
        return Err(Error::Invalid(vec![FieldError::new(
            "sort", "invalid", detail,
        )]));
    }
    Ok(ListConversations {
        account: holder.account(),
        inboxes: inboxes(holder, filters.inbox_id.as_deref()),
        filter: Filter {
            customer: filters.customer_id.map(CustomerId),
            assignee: filters.assignee_id.map(AgentId),
            assigned: filters.assigned,
            statuses: filters.status.iter().flatten().map(|word| word.0).collect(),
            archived: filters.archived,
            tag: filters.tag.clone(),
            application: filters.application_id.map(ApplicationId),
            updated_since: filters.updated_since.map(|at| at.0),
        },
        order,
        descending,
        after: listing
            .after::<(i64, i64)>()?
            .map(|(at, id)| Place { at, id }),
        limit: listing.limit(),
    })
}

/// The inboxes to look in: those named that the caller reaches; what it does not reach holds nothing.
fn inboxes(holder: &Holder, named: Option<&[i64]>) -> Vec<InboxId> {
    let mut reached = holder.principal().inbox_ids();
    if let Some(named) = named {
        reached.retain(|inbox| named.contains(&inbox.get()));
    }
    reached
}
