//! Inboxes: each holds the conversations of one place, such as a studio.

mod fields;
mod opt_outs;
mod profile;
mod reach;

use std::collections::BTreeSet;

use heddle_domain::InboxScope;
use heddle_domain::account::Inbox as DomainInbox;
use heddle_domain::conversation::Status;
use heddle_domain::id::{AgentId, InboxId};
use heddle_store::Entity;
use heddle_store::read::account::ListInboxes;
use heddle_store::read::feed::ConversationCounts;
use heddle_store::read::principal::InboxView;
use heddle_store::write::inbox::{CreateInbox, UpdateInbox};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::answer::Answer;
use crate::auth::{AccountReader, AccountWriter, Caller};
use crate::body::{WithBody, present};
use crate::context::{Context, NAME};
use crate::error::Error;
use crate::etag::IfNoneMatch;
use crate::page::{Listing, Page, Paging};
use crate::path::Id;
use crate::public_ids::PublicIds;
use crate::query::QueryParams;
use crate::time::Instant;
use reach::get;

/// The kinds of entity that a body can name, each with its field.
const FIELDS: &[(Entity, &str)] = &[(Entity::Agent, "default_agent_id")];

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(show, change))
        .merge(fields::routes())
        .merge(profile::routes())
        .merge(opt_outs::routes())
}

/// A mailbox, studio, enterprise or department.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Inbox {
    id: i64,
    /// Its id in APIs whose ids are texts, unless `public_ids` gave it another one there.
    public_id: String,
    name: String,
    /// myKaarma's default dealer associate: what this agent sends does not change the assignee.
    #[schema(required)]
    default_agent_id: Option<i64>,
    /// Mews: whether messages to guests are enabled.
    messaging: bool,
    created_at: Instant,
    /// With `include=counts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    counts: Option<Counts>,
}

/// The number of conversations in each status. May be a moment out of date.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Counts {
    new: i64,
    open: i64,
    pending: i64,
    closed: i64,
    spam: i64,
}

impl Counts {
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

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct IncludeParams {
    /// `counts`: the number of conversations in each status.
    #[serde(default)]
    #[param(inline, max_items = 1, required = false, style = Form, explode = false)]
    include: Vec<Include>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Include {
    Counts,
}

impl IncludeParams {
    /// Returns the counts of conversations of some inboxes, if the request asks for them.
    async fn counts(
        &self,
        caller: &Caller,
        inboxes: InboxScope,
    ) -> Result<Option<Vec<(InboxId, Status, i64)>>, Error> {
        if !self.include.contains(&Include::Counts) {
            return Ok(None);
        }
        let account = caller.account();
        let read = ConversationCounts { account, inboxes };
        Ok(Some(caller.read(read).await?))
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

    /// Returns those of some inboxes that the caller reaches, for `include=`.
    pub(crate) fn included(caller: &Caller, inboxes: BTreeSet<InboxId>) -> Vec<Self> {
        let reached = inboxes
            .into_iter()
            .filter_map(|id| caller.principal().inbox(id));
        reached
            .map(|view| Self::of(view.inbox.clone(), view.public_id.clone()))
            .collect()
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
    /// Its ids in vendor APIs, for example those that clients know already. Default: `public_id` in each of them.
    #[schema(nullable = false)]
    public_ids: Option<PublicIds>,
}

/// Changes of an inbox. An absent field stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InboxChange {
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    name: Option<String>,
    /// `null` removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    default_agent_id: Option<Option<i64>>,
    #[schema(nullable = false)]
    messaging: Option<bool>,
}

/// List the inboxes that the token reaches, by id.
#[utoipa::path(get, path = "/api/v1/inboxes", tag = "inboxes", operation_id = "list_inboxes", params(Paging, IncludeParams),
    security(("token" = ["account.read"])), responses((status = 200, body = Page<Inbox>, description = "A page of inboxes")))]
async fn list(
    AccountReader(caller): AccountReader,
    listing: Listing<IncludeParams>,
) -> Result<axum::Json<Page<Inbox>>, Error> {
    let after = InboxId(listing.after()?.unwrap_or(0));
    let read = ListInboxes {
        account: caller.account(),
        api: NAME,
    };
    // The whole list is read at once, because an account has few inboxes.
    let all = caller.read(read).await?.into_iter();
    let reached =
        all.filter(|view| view.inbox.id > after && caller.inboxes().contains(view.inbox.id));
    let page: Vec<_> = reached.take(listing.fetch()).collect();
    let ids = InboxScope::only(page.iter().map(|view| view.inbox.id));
    let counts = listing.filter.counts(&caller, ids).await?;
    let position = |view: &InboxView| view.inbox.id.get();
    Ok(axum::Json(listing.page(page, position, |view| {
        Inbox::of(view.inbox, view.public_id).with(counts.as_deref())
    })))
}

/// Get an inbox.
///
/// `If-None-Match` is ignored with `include=counts`, because counts change without a new version.
#[utoipa::path(get, path = "/api/v1/inboxes/{id}", tag = "inboxes", operation_id = "get_inbox", params(Id, IncludeParams),
    security(("token" = ["account.read"])),
    responses((status = 200, body = Inbox, description = "The inbox", headers(("ETag" = String)))))]
async fn show(
    AccountReader(caller): AccountReader,
    Id(id): Id,
    QueryParams(include): QueryParams<IncludeParams>,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Error> {
    let InboxView { inbox, public_id } = get(&caller, id).await?;
    let version = inbox.version;
    let counts = include
        .counts(&caller, InboxScope::only([inbox.id]))
        .await?;
    let body = Inbox::of(inbox, public_id).with(counts.as_deref());
    Ok(match counts {
        None => Answer::if_changed(&if_none_match, version, &body),
        Some(_) => Answer::ok(&body).version(version),
    })
}

/// Create an inbox.
#[utoipa::path(post, path = "/api/v1/inboxes", tag = "inboxes", operation_id = "create_inbox", request_body = NewInbox,
    security(("token" = ["account.write"])),
    responses((status = 201, body = Inbox, description = "The inbox", headers(("ETag" = String), ("Location" = String)))))]
async fn create(
    AccountWriter(caller): AccountWriter,
    WithBody { input, write }: WithBody<NewInbox>,
) -> Result<Answer, Error> {
    let account = caller.account();
    let public_id = Uuid::new_v4().to_string();
    let named = input.public_ids.unwrap_or_default();
    let mut public_ids = named.read(&caller.app.own.apis).map_err(Error::Invalid)?;
    public_ids.insert(0, (String::new(), public_id.clone()));
    let command = CreateInbox {
        caller: caller.for_store(),
        name: input.name,
        default_agent: input.default_agent_id.map(AgentId),
        public_ids,
    };
    let answer = move |inbox: &DomainInbox| {
        let body = Inbox::of(inbox.clone(), public_id.clone());
        Answer::created(format!("/api/v1/inboxes/{}", inbox.id), &body).version(inbox.version)
    };
    let answer = write.run(command, FIELDS, answer).await?;
    caller.app.authentication.forget_account(account);
    Ok(answer)
}

/// Change an inbox.
#[utoipa::path(patch, path = "/api/v1/inboxes/{id}", tag = "inboxes", operation_id = "update_inbox", params(Id),
    request_body = InboxChange, security(("token" = ["account.write"])),
    responses((status = 200, body = Inbox, description = "The inbox", headers(("ETag" = String)))))]
async fn change(
    AccountWriter(caller): AccountWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<InboxChange>,
) -> Result<Answer, Error> {
    let InboxView { public_id, .. } = get(&caller, id).await?;
    let command = UpdateInbox {
        caller: caller.for_store(),
        id: InboxId(id),
        expected: write.expected,
        name: input.name,
        default_agent: input.default_agent_id.map(|agent| agent.map(AgentId)),
        messaging_off: input.messaging.map(|on| !on),
    };
    let answer = move |inbox: &DomainInbox| {
        Answer::ok(&Inbox::of(inbox.clone(), public_id.clone())).version(inbox.version)
    };
    let answer = write.run(command, FIELDS, answer).await?;
    caller.app.authentication.forget_account(caller.account());
    Ok(answer)
}
