//! `PUT /communications/dealers/{dealerUUID}/delegate` (contract section 7, `rules.md` 33): assigns open conversations
//! to another user while the request runs, in transactions of 100. Transactions before a fault stay committed and are
//! counted.

use heddle_domain::InboxScope;
use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use heddle_domain::id::{AgentId, ConversationId, CustomerId, InboxId};
use heddle_store::write::Caller;
use heddle_store::write::delegate::{
    AssignConversations, CHUNK, CollectDelegated, Delegated, PAGE,
};
use http::StatusCode;

use crate::auth::{Delegator, Subscriber};
use crate::error::Error;
use crate::lookup;
use crate::request::{self, Delegation, Path, Selection};
use crate::wire::DelegationResponse;
use heddle_api::App;
use heddle_http::request_id::RequestId;

/// Delegates conversations (assigns them to another user). The whole request is checked before the first conversation
/// is changed.
pub(crate) async fn delegate(
    State(app): State<App>,
    Delegator(subscriber): Delegator,
    path: Path,
    id: RequestId,
    request: Request,
) -> Result<Response, Error> {
    subscriber.dealer(path.get("dealerUUID"))?;
    let delegation = request::read(request, &Delegation::SHAPE, Delegation::read).await?;
    let plan = Plan::of(&app, &subscriber, delegation).await?;
    let mut run = Run {
        app: &app,
        plan: &plan,
        successful: 0,
        failed: 0,
        fault: None,
    };
    run.delegate_all().await;
    Ok(run.response(id))
}

/// A delegation (change of assignee) in Heddle's ids.
struct Plan {
    caller: Caller,
    inboxes: Vec<InboxId>,
    selections: Vec<Delegated>,
    only_from: Option<AgentId>,
    to: AgentId,
    origin: Option<String>,
}

impl Plan {
    async fn of(app: &App, subscriber: &Subscriber, delegation: Delegation) -> Result<Self, Error> {
        let Delegation {
            selection,
            to,
            by,
            origin,
        } = delegation;
        let to = lookup::user(app, subscriber, "The user to delegate to", to).await?;
        let by = match by {
            Some(by) => Some(lookup::user(app, subscriber, "delegatorUUID", by).await?),
            None => None,
        };
        let (selections, only_from) = match selection {
            Selection::AssignedTo(from) => {
                let from = lookup::user(app, subscriber, "delegatedFromUUID", from).await?;
                (vec![Delegated::AssignedTo(from)], Some(from))
            }
            Selection::OfCustomers(list) => (customers(app, subscriber, list).await?, None),
        };
        Ok(Self {
            caller: subscriber.acting(by),
            inboxes: subscriber.departments(),
            selections,
            only_from,
            to,
            origin,
        })
    }
}

/// Returns one selection for each customer, without repetition.
///
/// # Errors
/// Fails if one of the customers is unknown.
async fn customers(
    app: &App,
    subscriber: &Subscriber,
    public_ids: Vec<String>,
) -> Result<Vec<Delegated>, Error> {
    let inboxes = InboxScope::only(subscriber.departments());
    let found = lookup::customers(app, subscriber, inboxes, public_ids).await?;
    let known: BTreeSet<CustomerId> = found.into_iter().collect();
    Ok(known.into_iter().map(Delegated::Of).collect())
}

/// A delegation (change of assignee) that is being made. After a fault nothing more is written, but the remaining
/// conversations are counted as failed.
struct Run<'a> {
    app: &'a App,
    plan: &'a Plan,
    successful: usize,
    failed: usize,
    fault: Option<Error>,
}

impl Run<'_> {
    async fn delegate_all(&mut self) {
        let plan = self.plan;
        for selection in &plan.selections {
            for inbox in &plan.inboxes {
                if let Err(fault) = self.delegate(*inbox, *selection).await {
                    // Conversations that cannot be read are not counted as failed.
                    self.fault.get_or_insert(fault);
                    return;
                }
            }
        }
    }

    async fn delegate(&mut self, inbox: InboxId, selection: Delegated) -> Result<(), Error> {
        let mut after = (CustomerId(0), ConversationId(0));
        loop {
            let read = CollectDelegated {
                account: self.plan.caller.account,
                inbox,
                whose: selection,
                after,
            };
            let page = self.app.store.read(read).await?;
            for chunk in page.chunks(CHUNK) {
                self.assign(chunk.iter().map(|(_, id)| *id).collect()).await;
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = *last,
                _ => return Ok(()),
            }
        }
    }

    async fn assign(&mut self, conversations: Vec<ConversationId>) {
        let count = conversations.len();
        if self.fault.is_some() {
            self.failed += count;
            return;
        }
        let command = AssignConversations {
            caller: self.plan.caller.clone(),
            conversations,
            only_from: self.plan.only_from,
            to: self.plan.to,
            origin: self.plan.origin.clone(),
        };
        match self.app.store.write(command).await {
            // Conversations that were closed or reassigned meanwhile are skipped.
            Ok(assigned) => self.successful += assigned,
            Err(fault) => {
                self.failed += count;
                self.fault = Some(fault.into());
            }
        }
    }

    fn response(self, id: RequestId) -> Response {
        let status = self.fault.as_ref().map_or(StatusCode::OK, Error::status);
        let body = DelegationResponse {
            delegation_uuid: id.uuid(),
            total: self.successful + self.failed,
            successful: self.successful,
            failed: self.failed,
            status: if self.fault.is_none() {
                "SUCCESS"
            } else {
                "FAILURE"
            },
            errors: self.fault.iter().map(|fault| fault.item(id)).collect(),
            warnings: [],
        };
        let mut response = (status, Json(body)).into_response();
        if let Some(fault) = &self.fault {
            fault.add_headers(&mut response);
        }
        response
    }
}
