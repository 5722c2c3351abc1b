//! Inboxes: where the conversations of one place live.

use axum::extract::State;
use heddle_domain::account::Inbox as DomainInbox;
use heddle_domain::id::{AgentId, InboxId};
use heddle_store::read::account::{GetInboxView, ListInboxes};
use heddle_store::read::principal::InboxView;
use heddle_store::write::inbox::{CreateInbox, UpdateInbox};
use heddle_store::{Counted, Entity};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::answer::Answer;
use super::auth::{AccountReader, AccountWriter, Holder};
use super::error::Error;
use super::etag::Seen;
use super::input::{Change, present};
use super::page::{Listing, Page, Paging};
use super::path::Id;
use super::query::NoFilter;
use super::time::Instant;
use crate::App;

/// The body's fields behind entities that may turn out to be unknown.
const FIELDS: &[(Entity, &str)] = &[(Entity::Agent, "default_agent_id")];

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(show, change))
}

/// A mailbox, studio, enterprise or department.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Inbox {
    id: i64,
    /// The id that doors with texts for ids know it by.
    public_id: String,
    name: String,
    /// The agent whose sends leave the delegation alone: myKaarma's default dealer associate.
    #[schema(required)]
    default_agent_id: Option<i64>,
    /// Mews: whether guests can be written to.
    messaging: bool,
    created_at: Instant,
}

impl Inbox {
    pub(super) fn of(inbox: DomainInbox, public_id: String) -> Self {
        let DomainInbox {
            id,
            name,
            default_agent,
            messaging_off,
            created_at,
            version: _,
        } = inbox;
        Self {
            id: id.get(),
            public_id,
            name,
            default_agent_id: default_agent.map(AgentId::get),
            messaging: !messaging_off,
            created_at: created_at.into(),
        }
    }
}

/// A new inbox.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInbox {
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    name: String,
    default_agent_id: Option<i64>,
}

/// What changes of an inbox; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InboxChange {
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    name: Option<String>,
    /// `null` takes it away.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    default_agent_id: Option<Option<i64>>,
    #[schema(nullable = false)]
    messaging: Option<bool>,
}

/// List the inboxes that the token reaches, by id.
#[utoipa::path(get, path = "/api/v1/inboxes", tag = "inboxes", operation_id = "list_inboxes", params(Paging),
    security(("token" = ["account.read"])), responses((status = 200, body = Page<Inbox>, description = "A page of inboxes")))]
async fn list(
    AccountReader(holder): AccountReader,
    State(app): State<App>,
    listing: Listing<NoFilter>,
) -> Result<axum::Json<Page<Inbox>>, Error> {
    let after = InboxId(listing.after()?.unwrap_or(0));
    let read = ListInboxes {
        account: holder.account(),
        door: super::DOOR,
    };
    // An account's inboxes are few, and a token's may be any of them.
    let all = app.store.read(read).await?.into_iter();
    let reached = all.filter(|view| view.inbox.id > after && reaches(&holder, view.inbox.id));
    let page = reached.take(listing.fetch()).collect();
    let position = |view: &InboxView| view.inbox.id.get();
    Ok(axum::Json(listing.page(page, position, |view| {
        Inbox::of(view.inbox, view.public_id)
    })))
}

/// As the token is limited, not as it was when the token was looked up: an inbox may be newer.
fn reaches(holder: &Holder, inbox: InboxId) -> bool {
    holder.inboxes().is_empty() || holder.inboxes().contains(&inbox)
}

async fn get(app: &App, holder: &Holder, id: i64) -> Result<InboxView, Error> {
    let id = InboxId(id);
    let read = GetInboxView {
        account: holder.account(),
        door: super::DOOR,
        id,
    };
    let found = app.store.read(read).await?;
    found.filter(|_| reaches(holder, id)).ok_or(Error::NotFound)
}

/// Get an inbox.
#[utoipa::path(get, path = "/api/v1/inboxes/{id}", tag = "inboxes", operation_id = "get_inbox", params(Id),
    security(("token" = ["account.read"])),
    responses((status = 200, body = Inbox, description = "The inbox", headers(("ETag" = String)))))]
async fn show(
    AccountReader(holder): AccountReader,
    State(app): State<App>,
    Id(id): Id,
    seen: Seen,
) -> Result<Answer, Error> {
    let InboxView { inbox, public_id } = get(&app, &holder, id).await?;
    Ok(seen.answer(inbox.version, &Inbox::of(inbox, public_id)))
}

/// Make an inbox.
#[utoipa::path(post, path = "/api/v1/inboxes", tag = "inboxes", operation_id = "create_inbox", request_body = NewInbox,
    security(("token" = ["account.write"])),
    responses((status = 201, body = Inbox, description = "The inbox", headers(("ETag" = String), ("Location" = String)))))]
async fn create(
    AccountWriter(holder): AccountWriter,
    State(app): State<App>,
    Change { input, once }: Change<NewInbox>,
) -> Result<Answer, Error> {
    let account = holder.account();
    let id = app.store.reserve(account, Counted::Inbox, 1).await?;
    let public_id = Uuid::new_v4().to_string();
    let command = CreateInbox {
        caller: holder.caller(),
        id: InboxId(id),
        name: input.name,
        default_agent: input.default_agent_id.map(AgentId),
        public_ids: vec![(String::new(), public_id.clone())],
    };
    let answer = move |inbox: &DomainInbox| {
        let body = Inbox::of(inbox.clone(), public_id.clone());
        Answer::created(format!("/api/v1/inboxes/{}", inbox.id), &body).version(inbox.version)
    };
    let answer = once.write(command, FIELDS, answer).await?;
    app.authentication.forget_account(account);
    Ok(answer)
}

/// Change an inbox.
#[utoipa::path(patch, path = "/api/v1/inboxes/{id}", tag = "inboxes", operation_id = "update_inbox", params(Id),
    request_body = InboxChange, security(("token" = ["account.write"])),
    responses((status = 200, body = Inbox, description = "The inbox", headers(("ETag" = String)))))]
async fn change(
    AccountWriter(holder): AccountWriter,
    State(app): State<App>,
    Id(id): Id,
    Change { input, once }: Change<InboxChange>,
) -> Result<Answer, Error> {
    let InboxView { public_id, .. } = get(&app, &holder, id).await?;
    let command = UpdateInbox {
        caller: holder.caller(),
        id: InboxId(id),
        expected: once.expected,
        name: input.name,
        default_agent: input.default_agent_id.map(|agent| agent.map(AgentId)),
        messaging_off: input.messaging.map(|on| !on),
    };
    let answer = move |inbox: &DomainInbox| {
        Answer::ok(&Inbox::of(inbox.clone(), public_id.clone())).version(inbox.version)
    };
    let answer = once.write(command, FIELDS, answer).await?;
    app.authentication.forget_account(holder.account());
    Ok(answer)
}
