//! `enterprises/getAll` (contract section 13.2).

use std::cmp::Reverse;

use axum::extract::State;
use axum::response::Response;
use heddle_domain::guid::Guid;
use heddle_store::read::account::ListInboxes;
use heddle_store::read::applications::Position;
use heddle_store::read::inbox_profiles::ReadInboxProfiles;
use heddle_store::read::principal::{InboxView, Principal};
use http::HeaderMap;

use crate::auth::Call;
use crate::context::NAME;
use crate::error::Error;
use crate::map::{self, enterprise};
use crate::page;
use crate::request::GetEnterprises;
use crate::wire::EnterprisePage;
use heddle_api::App;

/// `POST /api/connector/v1/enterprises/getAll`
pub(crate) async fn get_all(
    State(app): State<App>,
    headers: HeaderMap,
    call: Call<GetEnterprises>,
) -> Result<Response, Error> {
    let (principal, request) = (&call.principal, &call.operation);
    let account = principal.account.id;
    let named = request.enterprises.as_deref();
    let named = named.map(|named| map::enterprises(principal, Some(named)));
    let named = named.transpose()?;
    let mut all = reached(&app, principal).await?;
    let start = start(&all, request.limitation.cursor);
    all.retain(|view| {
        start.is_some_and(|start| position(view) < start)
            && named
                .as_ref()
                .is_none_or(|named| named.contains(&view.inbox.id))
            && request.selects(view)
    });
    all.truncate(request.limitation.count);
    let inboxes = all.iter().map(|view| view.inbox.id).collect();
    let profiles = app
        .store
        .read(ReadInboxProfiles { account, inboxes })
        .await?;
    let enterprises: Vec<_> = all
        .into_iter()
        .zip(profiles)
        .map(|(view, profile)| enterprise::linked(principal, view, profile))
        .collect();
    let last = enterprises.last();
    let page = EnterprisePage {
        cursor: last.map(|linked| linked.enterprise.id.clone()),
        enterprises,
    };
    Ok(page::response(&headers, page.enterprises.is_empty(), page))
}

/// Returns the enterprises of the token, the newest first. They are read again, because what is known with the token may be some
/// seconds old, and a client that asks for what changed would miss it.
async fn reached(app: &App, principal: &Principal) -> Result<Vec<InboxView>, Error> {
    let account = principal.account.id;
    let all = app.store.read(ListInboxes { account, api: NAME }).await?;
    let reached = all.into_iter();
    let mut reached: Vec<_> = reached
        .filter(|view| principal.credential.reaches(view.inbox.id))
        .collect();
    reached.sort_by_key(|view| Reverse(position(view)));
    Ok(reached)
}

impl GetEnterprises {
    /// Whether an enterprise fulfils the filters.
    fn selects(&self, view: &InboxView) -> bool {
        let (created_at, version) = (view.inbox.created_at, view.inbox.version);
        let updated_at = enterprise::changed_at(created_at, version);
        !self.by_external_identifier
            && self.linked.is_none_or(|span| span.holds(created_at))
            && self.updated.is_none_or(|span| span.holds(updated_at))
    }
}

const fn position(view: &InboxView) -> Position {
    Position {
        at: view.inbox.created_at,
        id: view.inbox.id.get(),
    }
}

/// Returns the position after which the page begins; `None` for a cursor that names no enterprise of the token.
fn start(all: &[InboxView], cursor: Option<Guid>) -> Option<Position> {
    let Some(cursor) = cursor else {
        return Some(Position::NEWEST);
    };
    let named = |view: &&InboxView| Guid::parse(&view.public_id) == Some(cursor);
    all.iter().find(named).map(position)
}
