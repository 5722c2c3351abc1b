//! The audit: who did what, when and from where, with the values before and after. It can only be read.
//! [`Sight`](crate::sight::Sight) decides which events a token sees.

use std::net::IpAddr;

use axum::Json;
use heddle_domain::event::EventKind;
use heddle_domain::id::{AgentId, ConversationId, CredentialId};
use heddle_store::read::audit::{AuditFilter, ReadAudit};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::AuditReader;
use crate::context::Context;
use crate::error::Error;
use crate::event::{Event, Origin};
use crate::page::{Listing, Page, Paging};
use crate::sight::Sight;
use crate::time::Instant;
use crate::vocabulary::EventKindWord;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default().routes(routes!(list))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    /// Made with this credential.
    #[param(minimum = 1, nullable = false)]
    credential_id: Option<i64>,
    /// Made by this agent.
    #[param(minimum = 1, nullable = false)]
    agent_id: Option<i64>,
    /// Of these kinds. May be repeated.
    #[serde(default)]
    #[param(inline, max_items = 100, required = false)]
    kind: Vec<EventKindWord>,
    /// About the entity with this id. Give `kind` too: ids are unique per kind only.
    #[param(minimum = 1, nullable = false)]
    entity_id: Option<i64>,
    /// About this conversation, or about the one that it was merged into.
    #[param(minimum = 1, nullable = false)]
    conversation_id: Option<i64>,
    /// Requested from this IP address.
    #[param(min_length = 2, max_length = 45, nullable = false)]
    address: Option<String>,
    /// Recorded at this time or later.
    #[param(inline, nullable = false)]
    from: Option<Instant>,
    /// Recorded before this time.
    #[param(inline, nullable = false)]
    to: Option<Instant>,
}

impl Filters {
    /// Returns the kinds of events to show: those that the request names, if the caller may see them.
    fn kinds(&self, sight: Sight<'_>) -> Vec<EventKind> {
        let named =
            |kind: &EventKind| self.kind.is_empty() || self.kind.contains(&EventKindWord(*kind));
        let kinds = EventKind::ALL.iter().filter(|kind| named(kind));
        kinds
            .copied()
            .filter(|kind| sight.may_see_kind(*kind))
            .collect()
    }

    fn for_store(&self, kinds: Vec<EventKind>) -> Result<AuditFilter, Error> {
        let address = self.address.as_deref().map(str::parse::<IpAddr>);
        let address = address
            .transpose()
            .map_err(|_| Error::invalid("address", "format", "must be an IP address"))?;
        Ok(AuditFilter {
            credential: self.credential_id.map(CredentialId),
            agent: self.agent_id.map(AgentId),
            kinds,
            entity: self.entity_id,
            conversation: self.conversation_id.map(ConversationId),
            address: address.map(|address| address.to_string()),
            from: self.from.map(|Instant(at)| at),
            before: self.to.map(|Instant(at)| at),
        })
    }
}

/// One committed change and its origin.
#[derive(Debug, Serialize, ToSchema)]
struct AuditEntry {
    #[serde(flatten)]
    event: Event,
    #[serde(flatten)]
    origin: Origin,
}

/// Read the audit, newest first.
///
/// It shows an event only if the token may read the thing itself: for events of agents it needs `agents.read`, and so on.
///
/// With filters, a page before the last may be short or empty: continue while `next_cursor` is not null.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", operation_id = "list_audit", params(Paging, Filters),
    security(("token" = ["audit.read"])), responses((status = 200, body = Page<AuditEntry>, description = "A page of the audit")))]
async fn list(
    AuditReader(caller): AuditReader,
    listing: Listing<Filters>,
) -> Result<Json<Page<AuditEntry>>, Error> {
    let kinds = listing.filter.kinds(caller.sight());
    let sees_nothing = kinds.is_empty();
    let filter = listing.filter.for_store(kinds)?;
    let older_than = listing.after()?;
    if sees_nothing {
        return Ok(Json(Page {
            data: Vec::new(),
            next_cursor: None,
        }));
    }
    let read = ReadAudit {
        account: caller.account(),
        older_than,
        filter,
        limit: listing.limit(),
    };
    let page = caller.read(read).await?;
    let parts = caller.sight().parts();
    let entry = |event| {
        let (event, origin) = Event::of(event, parts);
        AuditEntry { event, origin }
    };
    Ok(Json(Page {
        data: page.events.into_iter().map(entry).collect(),
        next_cursor: page.next.map(|id| listing.cursor_at(&id)),
    }))
}
