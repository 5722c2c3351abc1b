//! `GET /api/v1/conversations/{id}/delegations`: the changes of assignee.

use heddle_domain::id::{AgentId, ConversationId, EventId};
use heddle_store::read::contents::{Delegation as StoredDelegation, WalkDelegations};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::ConversationsReader;
use crate::error::Error;
use crate::page::{Listing, Page, Paging};
use crate::path::Id;
use crate::query::NoFilter;
use crate::time::Instant;

/// A change of assignee.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Delegation {
    /// The id of its event.
    id: i64,
    /// The new assignee; null: nobody.
    #[schema(required)]
    agent_id: Option<i64>,
    /// The previous assignee.
    #[schema(required)]
    previous_agent_id: Option<i64>,
    /// The agent who made the change, if known.
    #[schema(required)]
    by_agent_id: Option<i64>,
    delegated_at: Instant,
}

impl Delegation {
    fn of(stored: StoredDelegation) -> Self {
        let StoredDelegation {
            id,
            agent,
            previous,
            by,
            at,
        } = stored;
        Self {
            id: id.get(),
            agent_id: agent.map(AgentId::get),
            previous_agent_id: previous.map(AgentId::get),
            by_agent_id: by.map(AgentId::get),
            delegated_at: at.into(),
        }
    }
}

/// List the changes of a conversation's assignee, oldest first.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/delegations", tag = "conversations",
    operation_id = "list_delegations", params(Id, Paging), security(("token" = ["conversations.read"])),
    responses((status = 200, body = Page<Delegation>, description = "A page of delegations")))]
pub(crate) async fn delegations(
    ConversationsReader(caller): ConversationsReader,
    Id(id): Id,
    listing: Listing<NoFilter>,
) -> Result<axum::Json<Page<Delegation>>, Error> {
    let read = WalkDelegations {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        conversation: ConversationId(id),
        after: EventId(listing.after()?.unwrap_or(0)),
        limit: listing.fetch() as i64,
    };
    let found = caller.read(read).await;
    let found = found.map_err(|error| error.or_redirect("/delegations"))?;
    let position = |row: &StoredDelegation| row.id.get();
    Ok(axum::Json(listing.page(found, position, Delegation::of)))
}
