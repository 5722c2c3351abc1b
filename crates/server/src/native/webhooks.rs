//! Webhooks of every door: who is told of what, where, signed with what; and what became of it ([`deliveries`]).
//!
//! Nobody subscribes to what he may not read: a webhook asks for events within its maker's scopes and inboxes. Who reaches
//! some inboxes only sees the webhooks that are told of nothing but these. URLs are shown without their query and secrets
//! once, when they are made. An internal address is reached only where the operator allows it (`webhooks::guard`).

mod deliveries;
mod wire;

use axum::extract::State;
use heddle_domain::id::{ApplicationId, InboxId, WebhookId};
use heddle_store::read::webhooks::{GetWebhook, ListWebhooks};
use heddle_store::write::webhook::{
    CreateWebhook, DeleteWebhook, Rotation, UpdateWebhook, WebhookReach,
};
use heddle_store::{Counted, Entity, StoredWebhook, Tx, Write};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::Answer;
use super::auth::{Holder, WebhooksReader, WebhooksWriter};
use super::error::{Error, FieldError};
use super::etag::Seen;
use super::input::{Bare, Change};
use super::page::{Listing, Page, Paging};
use super::path::Id;
use super::query::NoFilter;
use crate::App;
use crate::dialect;
use crate::webhooks::allow::Allow;
use crate::webhooks::hook::Hook;
use crate::webhooks::manage::{self, Fault, PingError, Unmade, Wishes};
use wire::{Condition, NewSecret, NewWebhook, Try, Webhook, WebhookChange};

/// The body's fields behind entities that may turn out to be unknown.
const FIELDS: &[(Entity, &str)] = &[
    (Entity::Inbox, "inbox_ids"),
    (Entity::Application, "application_id"),
];

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(show, change, remove))
        .routes(routes!(condition))
        .routes(routes!(rotate))
        .routes(routes!(try_out))
        .merge(deliveries::routes())
}

/// Which webhooks a caller may see.
fn reach(holder: &Holder) -> WebhookReach {
    WebhookReach {
        inboxes: holder.inboxes().to_vec(),
        door: None,
    }
}

async fn get(app: &App, holder: &Holder, id: i64) -> Result<StoredWebhook, Error> {
    let read = GetWebhook {
        account: holder.account(),
        reach: reach(holder),
        id: WebhookId(id),
    };
    app.store.read(read).await?.ok_or(Error::NotFound)
}

/// The door's part; a stored webhook's door has one.
fn hook(door: &str) -> Result<&'static dyn Hook, Error> {
    let wrong = || FieldError::new("door", "invalid", "has no webhooks");
    dialect::hook(door).ok_or_else(|| Error::Invalid(vec![wrong()]))
}

impl From<Unmade> for Error {
    fn from(unmade: Unmade) -> Self {
        match unmade {
            Unmade::Faults(faults) => Self::Invalid(faults.into_iter().map(field).collect()),
            Unmade::Store(error) => error.into(),
            Unmade::Seal(error) => Self::Internal(error.to_string()),
        }
    }
}

fn field(fault: Fault) -> FieldError {
    FieldError::new(&fault.field, "invalid", fault.detail)
}

/// Refuses events that the caller may not read.
fn must_be_readable(holder: &Holder, hook: &dyn Hook, events: &[String]) -> Result<(), Error> {
    let mut needed = events.iter().flat_map(|event| hook.scopes(event));
    match needed.find(|scope| !holder.may(*scope)) {
        Some(scope) => Err(Error::Forbidden(scope)),
        None => Ok(()),
    }
}

/// The inboxes of a webhook, within the caller's.
fn inboxes(holder: &Holder, wanted: Option<Vec<i64>>) -> Result<Vec<InboxId>, Error> {
    let wanted: Vec<InboxId> = wanted
        .unwrap_or_default()
        .into_iter()
        .map(InboxId)
        .collect();
    if wanted.is_empty() && !holder.inboxes().is_empty() {
        let detail = "is needed: the token is limited to some inboxes";
        return Err(Error::Invalid(vec![FieldError::new(
            "inbox_ids",
            "required",
            detail,
        )]));
    }
    match wanted.iter().all(|inbox| holder.reaches(*inbox)) {
        true => Ok(wanted),
        false => Err(Error::unknown("inbox_ids")),
    }
}

fn view(app: &App, holder: &Holder, webhook: StoredWebhook) -> Result<Webhook, Error> {
    let url = manage::shown_url(app, holder.account(), &webhook);
    let url = url.map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Webhook::of(webhook, url))
}

/// List webhooks, by id.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "list_webhooks", params(Paging),
    security(("token" = ["webhooks.read"])),
    responses((status = 200, body = Page<Webhook>, description = "A page of webhooks")))]
async fn list(
    WebhooksReader(holder): WebhooksReader,
    State(app): State<App>,
    listing: Listing<NoFilter>,
) -> Result<axum::Json<Page<Webhook>>, Error> {
    let read = ListWebhooks {
        account: holder.account(),
        reach: reach(&holder),
        after: WebhookId(listing.after()?.unwrap_or(0)),
        limit: listing.fetch() as i64,
    };
    let found = app.store.read(read).await?;
    let views = found
        .into_iter()
        .map(|webhook| view(&app, &holder, webhook));
    let views = views.collect::<Result<Vec<_>, _>>()?;
    Ok(axum::Json(listing.page(views, |view| view.id, |view| view)))
}

/// Get a webhook. Its secret is not shown again.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "get_webhook", params(Id),
    security(("token" = ["webhooks.read"])),
    responses((status = 200, body = Webhook, description = "The webhook", headers(("ETag" = String)))))]
async fn show(
    WebhooksReader(holder): WebhooksReader,
    State(app): State<App>,
    Id(id): Id,
    seen: Seen,
) -> Result<Answer, Error> {
    let webhook = get(&app, &holder, id).await?;
    let version = webhook.version.get();
    Ok(seen.answer(version, &view(&app, &holder, webhook)?))
}

/// Tell how a webhook's receiver answers.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/condition", tag = "webhooks", operation_id = "get_webhook_condition",
    params(Id), security(("token" = ["webhooks.read"])),
    responses((status = 200, body = Condition, description = "How its receiver answers")))]
async fn condition(
    WebhooksReader(holder): WebhooksReader,
    State(app): State<App>,
    Id(id): Id,
) -> Result<axum::Json<Condition>, Error> {
    let webhook = get(&app, &holder, id).await?;
    Ok(axum::Json(Condition::of(&webhook)))
}

/// Make a webhook. It is told of what happens from now on. The answer holds its secret, which is not shown again.
///
/// With an `Idempotency-Key` the same request gets it again for a day; it is kept sealed.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "create_webhook", request_body = NewWebhook,
    security(("token" = ["webhooks.write"])),
    responses((status = 201, body = Webhook, description = "The webhook with its secret",
        headers(("ETag" = String), ("Location" = String)))))]
async fn create(
    WebhooksWriter(holder): WebhooksWriter,
    State(app): State<App>,
    Change { input, once }: Change<NewWebhook>,
) -> Result<Answer, Error> {
    let door = input.door.0.as_str();
    let hook = hook(door)?;
    let inboxes = inboxes(&holder, input.inbox_ids)?;
    must_be_readable(&holder, hook, &input.events)?;
    let application = application(hook, input.application_id)?;
    let account = holder.account();
    let id = WebhookId(app.store.reserve(account, Counted::Webhook, 1).await?);
    let wishes = Wishes {
        url: Some(&input.url),
        events: Some(&input.events),
        allow: Some(&input.allow),
        options: Some(input.options),
        ordered: Some(input.ordered),
    };
    let checked = manage::check(&app, account, id, hook, wishes, &Allow::default()).await?;
    let secret = secret(hook, input.secret)?;
    let (url, shown_url) = checked.url.unwrap_or_default();
    let command = CreateWebhook {
        caller: holder.caller(),
        id,
        door: door.to_owned(),
        label: input.label,
        url,
        shown_url: shown_url.clone(),
        kinds: input.events,
        inboxes,
        secret: sealed(&app, &holder, id, secret.as_deref())?,
        ordered: input.ordered,
        allow: checked.allow.unwrap_or_default(),
        application,
        options: checked.options.unwrap_or_else(|| "{}".to_owned()),
        enabled: input.enabled,
    };
    let answer = move |stored: &StoredWebhook| {
        let mut body = Webhook::of(stored.clone(), shown_url.clone());
        body.secret.clone_from(&secret);
        Answer::created(format!("/api/v1/webhooks/{id}"), &body).version(stored.version.get())
    };
    once.with_secret().write(command, FIELDS, answer).await
}

fn application(hook: &dyn Hook, id: Option<i64>) -> Result<Option<ApplicationId>, Error> {
    let fault = match (hook.needs_application(), id) {
        (true, None) => FieldError::new("application_id", "required", "is needed for this door"),
        (false, Some(_)) => FieldError::new("application_id", "invalid", "goes with the door mews"),
        (true, Some(_)) | (false, None) => return Ok(id.map(ApplicationId)),
    };
    Err(Error::Invalid(vec![fault]))
}

fn secret(hook: &dyn Hook, chosen: Option<String>) -> Result<Option<String>, Error> {
    let refused = |detail| Error::Invalid(vec![FieldError::new("secret", "invalid", detail)]);
    hook.secret(chosen).map_err(refused)
}

fn sealed(
    app: &App,
    holder: &Holder,
    id: WebhookId,
    secret: Option<&str>,
) -> Result<String, Error> {
    let sealed = manage::seal_secret(app, holder.account(), id, secret);
    sealed.map_err(|error| Error::Internal(error.to_string()))
}

/// Change a webhook. One that is enabled again goes on where it stopped, unless `skip_backlog` says otherwise.
#[utoipa::path(patch, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "update_webhook", params(Id),
    request_body = WebhookChange, security(("token" = ["webhooks.write"])),
    responses((status = 200, body = Webhook, description = "The webhook", headers(("ETag" = String)))))]
async fn change(
    WebhooksWriter(holder): WebhooksWriter,
    State(app): State<App>,
    Id(id): Id,
    Change { input, once }: Change<WebhookChange>,
) -> Result<Answer, Error> {
    let before = get(&app, &holder, id).await?;
    let (account, id) = (holder.account(), before.id);
    let hook = hook(&before.door)?;
    must_be_readable(&holder, hook, input.events.as_deref().unwrap_or_default())?;
    let inboxes = match input.inbox_ids {
        Some(wanted) => Some(inboxes(&holder, wanted)?),
        None => None,
    };
    let wishes = Wishes {
        url: input.url.as_deref(),
        events: input.events.as_deref(),
        allow: input.allow.as_deref(),
        options: input.options,
        ordered: input.ordered,
    };
    let kept_allow = Allow::parse(&before.allow).unwrap_or_default();
    let checked = manage::check(&app, account, id, hook, wishes, &kept_allow).await?;
    let shown_url = match &checked.url {
        Some((_, shown)) => shown.clone(),
        None => view(&app, &holder, before)?.url,
    };
    let command = UpdateWebhook {
        expected: once.expected,
        label: input.label,
        url: checked.url,
        kinds: input.events,
        inboxes,
        ordered: input.ordered,
        allow: checked.allow,
        options: checked.options,
        enabled: input.enabled,
        skip_backlog: input.skip_backlog,
        ..UpdateWebhook::new(holder.caller(), reach(&holder), id)
    };
    let answer = move |stored: &StoredWebhook| {
        let body = Webhook::of(stored.clone(), shown_url.clone());
        Answer::ok(&body).version(stored.version.get())
    };
    once.write(command, FIELDS, answer).await
}

/// Delete a webhook. Nothing more is sent; its deliveries go with it.
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "delete_webhook", params(Id),
    security(("token" = ["webhooks.write"])), responses((status = 204, description = "It is deleted")))]
async fn remove(
    WebhooksWriter(holder): WebhooksWriter,
    Id(id): Id,
    Bare(once): Bare,
) -> Result<Answer, Error> {
    let command = DeleteWebhook {
        caller: holder.caller(),
        reach: reach(&holder),
        id: WebhookId(id),
        expected: once.expected,
    };
    once.write(command, &[], |()| Answer::no_content()).await
}

/// Give a webhook a new secret. The one before is used beside it for a day, or as long as is asked for, so that receivers
/// can change theirs in between.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/rotate-secret", tag = "webhooks", operation_id = "rotate_webhook_secret",
    params(Id), request_body = NewSecret, security(("token" = ["webhooks.write"])),
    responses((status = 200, body = Webhook, description = "The webhook with its new secret", headers(("ETag" = String))),
        (status = 409, body = super::wire::Problem, content_type = "application/problem+json",
            description = "The webhook has no secret")))]
async fn rotate(
    WebhooksWriter(holder): WebhooksWriter,
    State(app): State<App>,
    Id(id): Id,
    Change { input, once }: Change<NewSecret>,
) -> Result<Answer, Error> {
    let before = get(&app, &holder, id).await?;
    let id = before.id;
    let secret = secret(hook(&before.door)?, input.secret)?;
    if secret.is_none() {
        return Err(Error::Conflict("The webhook has no secret".to_owned()));
    }
    let kept_ms = input.keep_previous_seconds * 1_000;
    let rotation = Rotation {
        secret: sealed(&app, &holder, id, secret.as_deref())?,
        previous_until: (kept_ms > 0).then(|| app.now().plus_ms(kept_ms)),
    };
    let shown_url = view(&app, &holder, before)?.url;
    let command = UpdateWebhook {
        expected: once.expected,
        rotation: Some(rotation),
        ..UpdateWebhook::new(holder.caller(), reach(&holder), id)
    };
    let answer = move |stored: &StoredWebhook| {
        let mut body = Webhook::of(stored.clone(), shown_url.clone());
        body.secret.clone_from(&secret);
        Answer::ok(&body).version(stored.version.get())
    };
    once.with_secret().write(command, &[], answer).await
}

/// Changes nothing: a request that had an effect elsewhere is answered under its key.
#[derive(Debug)]
struct Nothing;

impl Write for Nothing {
    type Out = ();
    const NAME: &'static str = "nothing";

    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply<T: Tx>(&self, _: &mut T) -> heddle_store::Result<()> {
        Ok(())
    }
}

/// Send a request that tells nothing, now, and tell what came back. It is not among the deliveries.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/test", tag = "webhooks", operation_id = "test_webhook", params(Id),
    security(("token" = ["webhooks.write"])), responses((status = 200, body = Try, description = "What came back")))]
async fn try_out(
    WebhooksWriter(holder): WebhooksWriter,
    State(app): State<App>,
    Id(id): Id,
    Bare(once): Bare,
) -> Result<Answer, Error> {
    let webhook = get(&app, &holder, id).await?;
    let attempt = manage::ping(&app, holder.account(), webhook).await;
    let attempt = attempt.map_err(|error| match error {
        PingError::Store(error) => error.into(),
        PingError::NotOpened(error) => Error::Internal(error.to_string()),
    })?;
    let answer = Answer::ok(&Try::of(attempt));
    once.write(Nothing, &[], move |()| answer.clone()).await
}
