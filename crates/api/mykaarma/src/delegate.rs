//! `PUT /communications/dealers/{dealerUUID}/delegate` (contract section 7, `rules.md` 33): open conversations change
//! hands within the request, in transactions of 100. What was done before a fault stays done, and is counted.

use std::collections::BTreeSet;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use heddle_domain::id::{AgentId, ConversationId, CustomerId, InboxId};
use heddle_store::PublicKind;
use heddle_store::read::account::{FindByPublicId, FindCustomers};
use heddle_store::write::Caller;
use heddle_store::write::delegate::{
    AssignConversations, CHUNK, CollectDelegated, Delegated, PAGE,
};
use http::{HeaderMap, StatusCode};

use crate::auth::{Delegator, Subscriber};
use crate::context::NAME;
use crate::error::Error;
use crate::map::{Delegation, Whose};
use crate::request::{self, Members};
use crate::wire::DelegationAnswer;
use heddle_api::App;
use heddle_http::path::{BadPath, Params};
use heddle_http::request_id::RequestId;

/// Checks everything that can be refused before the first conversation changes hands.
pub(crate) async fn delegate(
    State(app): State<App>,
    Delegator(subscriber): Delegator,
    path: Result<Params, BadPath>,
    id: RequestId,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let path = request::path(path)?;
    subscriber.dealer(path.get("dealerUUID"))?;
    let body = request::object(&headers, body).await?;
    let delegation = Delegation::try_from(&Members::of(&body))?;
    let plan = Plan::of(&app, &subscriber, delegation).await?;
    let mut run = Run {
        app: &app,
        plan: &plan,
        successful: 0,
        failed: 0,
        fault: None,
    };
    run.all().await;
    Ok(run.answer(id))
}

/// Who gets what, in Heddle's ids.
struct Plan {
    caller: Caller,
    inboxes: Vec<InboxId>,
    whose: Vec<Delegated>,
    only_from: Option<AgentId>,
    to: AgentId,
    origin: Option<String>,
}

impl Plan {
    async fn of(app: &App, subscriber: &Subscriber, delegation: Delegation) -> Result<Self, Error> {
        let Delegation {
            whose,
            to,
            by,
            origin,
        } = delegation;
        let to = user(app, subscriber, "The user to delegate to", to).await?;
        let by = match by {
            Some(by) => Some(user(app, subscriber, "delegatorUUID", by).await?),
            None => None,
        };
        let (whose, only_from) = match whose {
            Whose::User(from) => {
                let from = user(app, subscriber, "delegatedFromUUID", from).await?;
                (vec![Delegated::AssignedTo(from)], Some(from))
            }
            Whose::Customers(list) => (customers(app, subscriber, list).await?, None),
        };
        Ok(Self {
            caller: subscriber.acting(by),
            inboxes: subscriber.departments(),
            whose,
            only_from,
            to,
            origin,
        })
    }
}

async fn user(
    app: &App,
    subscriber: &Subscriber,
    name: &str,
    public_id: String,
) -> Result<AgentId, Error> {
    let read = FindByPublicId {
        account: subscriber.account(),
        kind: PublicKind::Agent,
        public_id,
        api: NAME,
    };
    let found = app.store.read(read).await?;
    found.map(AgentId).ok_or_else(|| Error::unknown_user(name))
}

/// Every customer must be known before the first conversation changes hands; one that is named twice counts once.
async fn customers(
    app: &App,
    subscriber: &Subscriber,
    public_ids: Vec<String>,
) -> Result<Vec<Delegated>, Error> {
    let read = FindCustomers {
        account: subscriber.account(),
        api: NAME,
        public_ids,
        inboxes: subscriber.departments(),
    };
    let found = app.store.read(read).await?.into_iter();
    let known: Option<BTreeSet<CustomerId>> = found.collect();
    let known = known.ok_or_else(Error::unknown_customer)?;
    Ok(known.into_iter().map(Delegated::Of).collect())
}

/// A delegation under way. After a fault nothing more is written, but what remains is still counted as failed.
struct Run<'a> {
    app: &'a App,
    plan: &'a Plan,
    successful: usize,
    failed: usize,
    fault: Option<Error>,
}

impl Run<'_> {
    async fn all(&mut self) {
        let plan = self.plan;
        for whose in &plan.whose {
            for inbox in &plan.inboxes {
                if let Err(fault) = self.conversations(*inbox, *whose).await {
                    // What cannot be read cannot be counted either.
                    self.fault.get_or_insert(fault);
                    return;
                }
            }
        }
    }

    async fn conversations(&mut self, inbox: InboxId, whose: Delegated) -> Result<(), Error> {
        let mut after = (CustomerId(0), ConversationId(0));
        loop {
            let read = CollectDelegated {
                account: self.plan.caller.account,
                inbox,
                whose,
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
            // Conversations that were closed or taken by others meanwhile are no longer to be delegated.
            Ok(assigned) => self.successful += assigned,
            Err(fault) => {
                self.failed += count;
                self.fault = Some(fault.into());
            }
        }
    }

    fn answer(self, id: RequestId) -> Response {
        let status = self.fault.as_ref().map_or(StatusCode::OK, Error::status);
        let body = DelegationAnswer {
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
            fault.dress(&mut response);
        }
        response
    }
}
