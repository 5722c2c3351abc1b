//! Inboxes: where the conversations of one place live.

use axum::extract::State;
use heddle_domain::account::Inbox as DomainInbox;
use heddle_domain::conversation::Status;
use heddle_domain::id::{AgentId, InboxId};
use heddle_store::Entity;
use heddle_store::read::account::{GetInboxView, ListInboxes};
use heddle_store::read::feed::ConversationCounts;
use heddle_store::read::principal::InboxView;
use heddle_store::write::inbox::{CreateInbox, UpdateInbox};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::answer::Answer;
use crate::auth::{AccountReader, AccountWriter, Holder};
use crate::context::{Context, NAME};
use crate::error::Error;
use crate::etag::Seen;
use crate::input::{Change, present};
use crate::page::{Listing, Page, Paging};
use crate::path::Id;
use crate::query::Asked;
use crate::time::Instant;
use heddle_api::App;

/// The body's fields behind entities that may turn out to be unknown.
const FIELDS: &[(Entity, &str)] = &[(Entity::Agent, "default_agent_id")];

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(show, change))
}

/// A mailbox, studio, enterprise or department.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Inbox {
    id: i64,
    /// The id that APIs with texts for ids know it by.
    public_id: String,
    name: String,
    /// The agent whose sends leave the delegation alone: myKaarma's default dealer associate.
    #[schema(required)]
    default_agent_id: Option<i64>,
    /// Mews: whether guests can be written to.
    messaging: bool,
    created_at: Instant,
    /// With `include=counts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    counts: Option<Counts>,
}

/// How many conversations are in each status; a moment late.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Counts {
    new: i64,
    open: i64,
    pending: i64,
    closed: i64,
    spam: i64,
}

impl Counts {
    /// An inbox's out of an account's.
    fn of(inbox: InboxId, all: &[(InboxId, Status, i64)]) -> Self {
        let mut counts = Self::default();
        for (_, status, number) in all.iter().filter(|(of, ..)| *of == inbox) {
            let count = match status {
                Status::New => &mut counts.new,
                Status::Open => &mut counts.open,
                Status::Pending => &mut counts.pending,
                Status::Closed => &mut counts.closed,
                Status::Spam => &mut counts.spam,
            };
            *count = *number;
        }
        counts
    }
}

/// What else to show of inboxes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Include {
    /// `counts`: how many conversations each has in each status.
    #[serde(default)]
    #[param(inline, max_items = 1, required = false, style = Form, explode = false)]
    include: Vec<Included>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Included {
    Counts,
}

impl Include {
    /// The counts of some inboxes, if they are wanted.
    async fn counts(
        &self,
        app: &App,
        holder: &Holder,
        inboxes: Vec<InboxId>,
    ) -> Result<Option<Vec<(InboxId, Status, i64)>>, Error> {
        if !self.include.contains(&Included::Counts) {
            return Ok(None);
        }
        if inboxes.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let account = holder.account();
        let read = ConversationCounts { account, inboxes };
        Ok(Some(app.store.read(read).await?))
    }
}

impl Inbox {
    pub(crate) fn of(inbox: DomainInbox, public_id: String) -> Self {
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
            counts: None,
        }
    }

    fn with(mut self, counts: Option<&[(InboxId, Status, i64)]>) -> Self {
        self.counts = counts.map(|all| Counts::of(InboxId(self.id), all));
        self
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
#[utoipa::path(get, path = "/api/v1/inboxes", tag = "inboxes", operation_id = "list_inboxes", params(Paging, Include),
    security(("token" = ["account.read"])), responses((status = 200, body = Page<Inbox>, description = "A page of inboxes")))]
async fn list(
    AccountReader(holder): AccountReader,
    State(app): State<App>,
    listing: Listing<Include>,
) -> Result<axum::Json<Page<Inbox>>, Error> {
    let after = InboxId(listing.after()?.unwrap_or(0));
    let read = ListInboxes {
        account: holder.account(),
        api: NAME,
    };
    // An account's inboxes are few, and a token's may be any of them.
    let all = app.store.read(read).await?.into_iter();
    let reached = all.filter(|view| view.inbox.id > after && reaches(&holder, view.inbox.id));
    let page: Vec<_> = reached.take(listing.fetch()).collect();
    let ids = page.iter().map(|view| view.inbox.id).collect();
    let counts = listing.filter.counts(&app, &holder, ids).await?;
    let position = |view: &InboxView| view.inbox.id.get();
    Ok(axum::Json(listing.page(page, position, |view| {
        Inbox::of(view.inbox, view.public_id).with(counts.as_deref())
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
        api: NAME,
        id,
    };
    let found = app.store.read(read).await?;
    found.filter(|_| reaches(holder, id)).ok_or(Error::NotFound)
}

/// Get an inbox.
///
/// Counts change without a new version: with `include=counts`, `If-None-Match` is passed over.
#[utoipa::path(get, path = "/api/v1/inboxes/{id}", tag = "inboxes", operation_id = "get_inbox", params(Id, Include),
    security(("token" = ["account.read"])),
    responses((status = 200, body = Inbox, description = "The inbox", headers(("ETag" = String)))))]
async fn show(
    AccountReader(holder): AccountReader,
    State(app): State<App>,
    Id(id): Id,
    Asked(include): Asked<Include>,
    seen: Seen,
) -> Result<Answer, Error> {
    let InboxView { inbox, public_id } = get(&app, &holder, id).await?;
    let version = inbox.version;
    let counts = include.counts(&app, &holder, vec![inbox.id]).await?;
    let body = Inbox::of(inbox, public_id).with(counts.as_deref());
    Ok(match counts {
        None => seen.answer(version, &body),
        Some(_) => Answer::ok(&body).version(version),
    })
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
    let public_id = Uuid::new_v4().to_string();
    let command = CreateInbox {
        caller: holder.caller(),
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
