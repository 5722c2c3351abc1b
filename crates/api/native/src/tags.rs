//! Tags: the labels that conversations carry.

use heddle_domain::id::TagId;
use heddle_store::read::tags::{ListTags, Tag as StoredTag};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::ConversationsReader;
use crate::context::Context;
use crate::error::Error;
use crate::page::{Listing, Page, Paging};
use crate::query::NoFilter;
use crate::time::Instant;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default().routes(routes!(list))
}

/// A label.
#[derive(Debug, Serialize, ToSchema)]
struct Tag {
    id: i64,
    /// Unique in the account.
    name: String,
    /// When it was first used.
    created_at: Instant,
}

/// List tags, by id.
///
/// Tags belong to the account. The first use of a name creates its tag. A token that is limited to some inboxes sees the
/// tags that conversations in these inboxes have; then a page before the last may be short: continue while `next_cursor`
/// is not null.
#[utoipa::path(get, path = "/api/v1/tags", tag = "tags", operation_id = "list_tags", params(Paging),
    security(("token" = ["conversations.read"])), responses((status = 200, body = Page<Tag>, description = "A page of tags")))]
async fn list(
    ConversationsReader(caller): ConversationsReader,
    listing: Listing<NoFilter>,
) -> Result<axum::Json<Page<Tag>>, Error> {
    let read = ListTags {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        after: TagId(listing.after()?.unwrap_or(0)),
        limit: listing.limit(),
    };
    let found = caller.read(read).await?;
    let view = |tag: StoredTag| Tag {
        id: tag.id.get(),
        name: tag.name,
        created_at: tag.created_at.into(),
    };
    Ok(axum::Json(Page {
        data: found.tags.into_iter().map(view).collect(),
        next_cursor: found.next.map(|id| listing.cursor_at(&id.get())),
    }))
}
