//! Webhooks of every API: made, changed, tried, deleted. What a webhook is told needs the rights to read it; a token that
//! reaches some inboxes makes and sees webhooks that are told of nothing else.

mod deliveries;
mod wanted;

use axum::extract::State;
use heddle_domain::id::{ApplicationId, CredentialId, InboxId, WebhookId};
use heddle_domain::webhook::{Verdict, WebhookState};
use heddle_store::read::webhooks::{GetWebhook, ListWebhooks};
use heddle_store::write::webhook::{
    CreateWebhook, DeleteWebhook, Rotation, UpdateWebhook, WebhookReach,
};
use heddle_store::{Counted, Entity, StoredWebhook, Tx, Write};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::apis::api_named;
use crate::auth::{Holder, WebhooksReader, WebhooksWriter};
use crate::context::{Context, NAME};
use crate::error::Error;
use crate::etag::Seen;
use crate::input::{Bare, Change, present};
use crate::page::{Listing, Page, Paging};
use crate::path::Id;
use crate::query::NoFilter;
use crate::time::Instant;
use crate::words::{ApiWord, WebhookOptions, WebhookSwitch, WhyDisabled};
use heddle_access::seal::SealError;
use heddle_api::{App, Description};
use heddle_webhooks::allow::Allow;
use heddle_webhooks::endpoint::{URL, unseal};
use heddle_webhooks::manage::{self, PingError, Wishes};
use wanted::Checks;

/// How long the secret before goes on being used beside a new one, unless somebody says otherwise.
const KEEP_PREVIOUS_S: i64 = 24 * 3_600;
/// The body's fields behind entities that may turn out to be unknown.
const FIELDS: &[(Entity, &str)] = &[
    (Entity::Inbox, "inbox_ids"),
    (Entity::Application, "application_id"),
];

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(show, change, delete))
        .routes(routes!(standing))
        .routes(routes!(rotate))
        .routes(routes!(ping))
        .merge(deliveries::routes())
}

/// A URL that is told of events, in the layout of an API.
#[derive(Debug, Serialize, ToSchema)]
struct Webhook {
    id: i64,
    api: ApiWord,
    label: String,
    /// Where events are sent. Its query may be secret and shows as `***`. Null if it was sealed with a key that the server
    /// does not have.
    #[schema(required)]
    url: Option<String>,
    /// What it is told of, in its API's words.
    events: Vec<String>,
    /// It is told of nothing but these inboxes, and of customers; null: of the whole account.
    #[schema(required)]
    inbox_ids: Option<Vec<i64>>,
    /// First attempts wait until the delivery before them was taken or given up.
    ordered: bool,
    /// Of the internal hosts and networks that the operator opened, it reaches these only; empty: all of them.
    allow: Vec<String>,
    /// The Mews client application whose messages it is told of.
    #[schema(required)]
    application_id: Option<i64>,
    /// What only its API understands.
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    options: Map<String, Value>,
    state: WebhookSwitch,
    #[schema(required)]
    disabled_reason: Option<WhyDisabled>,
    #[schema(required)]
    disabled_at: Option<Instant>,
    /// Until when the secret before the last rotation is used beside the present one.
    #[schema(required)]
    previous_secret_until: Option<Instant>,
    /// The credential that made it.
    #[schema(required)]
    credential_id: Option<i64>,
    created_at: Instant,
    /// What requests are signed with, or proven by. Told once: when the webhook is made, and when the secret is changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secret: Option<String>,
}

impl Webhook {
    fn of(app: &App, holder: &Holder, stored: StoredWebhook) -> Self {
        let url = manage::shown_url(&app.webhooks, holder.account(), &stored).inspect_err(
            |error| tracing::error!(webhook = %stored.id, %error, "cannot show a URL"),
        );
        let allow = Allow::parse(&stored.allow).unwrap_or_default();
        let options = serde_json::from_str(&stored.options).unwrap_or_default();
        Self {
            id: stored.id.get(),
            api: ApiWord(stored.api),
            label: stored.label,
            url: url.ok(),
            events: stored.kinds,
            inbox_ids: limits(&stored.inboxes),
            ordered: stored.ordered,
            allow: allow.entries().iter().map(ToString::to_string).collect(),
            application_id: stored.application.map(ApplicationId::get),
            options,
            state: WebhookSwitch(stored.state),
            disabled_reason: stored.reason.map(WhyDisabled),
            disabled_at: stored.disabled_at.map(Instant),
            previous_secret_until: stored.previous_until.map(Instant),
            credential_id: stored.credential.map(CredentialId::get),
            created_at: stored.created_at.into(),
            secret: None,
        }
    }
}

/// Null stands for all inboxes on the wire, an empty list in the store.
fn limits(inboxes: &[InboxId]) -> Option<Vec<i64>> {
    let ids: Vec<i64> = inboxes.iter().map(|inbox| inbox.get()).collect();
    Some(ids).filter(|ids| !ids.is_empty())
}

/// A new webhook. It is told of what happens from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    /// The layout that its receiver understands; `native` if it is not given.
    #[serde(default = "native")]
    #[schema(required = false)]
    api: ApiWord,
    /// What people call it.
    #[serde(default)]
    #[schema(max_length = 200)]
    label: String,
    /// Where events are sent: http or https, and nothing internal that the operator did not open.
    #[schema(format = "uri", min_length = 1, max_length = 2048)]
    url: String,
    /// What it is told of: for the API `native` kinds of events such as `message.added`, for others their vendor's names.
    #[schema(min_items = 1, max_items = 100)]
    events: Vec<String>,
    /// It is told of nothing but these inboxes, and of customers; null: of the whole account. Magicline's have exactly one.
    #[schema(min_items = 1, max_items = 500)]
    inbox_ids: Option<Vec<i64>>,
    /// What requests are signed with, or proven by. One is made if none is given; Mews has none.
    #[schema(min_length = 1, max_length = 200)]
    secret: Option<String>,
    /// First attempts wait until the delivery before them was taken or given up. For the API `native`.
    #[serde(default)]
    ordered: bool,
    /// Of the internal hosts and networks that the operator opened, it reaches these only; empty: all of them.
    #[serde(default)]
    #[schema(max_items = 50)]
    allow: Vec<String>,
    /// The client application whose messages it is told of; for the API `mews`, where it is needed.
    application_id: Option<i64>,
    #[serde(default)]
    options: WebhookOptions,
    /// Whether it begins at once; it does unless this says otherwise.
    state: Option<WebhookSwitch>,
}

fn native() -> ApiWord {
    ApiWord(NAME.as_str().to_owned())
}

/// What changes of a webhook; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookChange {
    #[schema(max_length = 200, nullable = false)]
    label: Option<String>,
    #[schema(format = "uri", min_length = 1, max_length = 2048, nullable = false)]
    url: Option<String>,
    #[schema(min_items = 1, max_items = 100, nullable = false)]
    events: Option<Vec<String>>,
    /// `null`: of the whole account.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<i64>>, min_items = 1, max_items = 500)]
    inbox_ids: Option<Option<Vec<i64>>>,
    #[schema(nullable = false)]
    ordered: Option<bool>,
    #[schema(max_items = 50, nullable = false)]
    allow: Option<Vec<String>>,
    /// In place of all options that there are.
    #[schema(nullable = false)]
    options: Option<WebhookOptions>,
    /// One that is enabled again goes on where it stopped.
    #[schema(nullable = false)]
    state: Option<WebhookSwitch>,
    /// When it is enabled again, it is told of what happens from now on, and not of what happened since it was disabled.
    #[serde(default)]
    skip_backlog: bool,
}

/// A change of the secret.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSecret {
    /// One is made if none is given.
    #[schema(min_length = 1, max_length = 200)]
    secret: Option<String>,
    /// For how long requests are signed with the secret before as well: a day if it is not given, at most a week. For the
    /// API `native`; others have one signature, and the new secret at once.
    #[schema(minimum = 0, maximum = 604_800)]
    keep_previous_seconds: Option<i64>,
}

/// How a webhook's receiver has answered lately.
#[derive(Debug, Serialize, ToSchema)]
struct Standing {
    /// Since when attempts fail and none succeeded.
    #[schema(required)]
    failing_since: Option<Instant>,
    /// How many deliveries in a row were given up.
    given_up_in_a_row: i64,
    #[schema(required)]
    last_success_at: Option<Instant>,
    /// When something is tried again.
    #[schema(required)]
    next_attempt_at: Option<Instant>,
}

fn reach(holder: &Holder) -> WebhookReach {
    WebhookReach {
        inboxes: holder.inboxes().to_vec(),
        api: None,
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

/// The API of a webhook that is stored.
fn api<'a>(context: &'a Context, webhook: &StoredWebhook) -> Result<&'a Description, Error> {
    let found = context.own.apis.find(&webhook.api);
    found.ok_or_else(|| Error::Internal(format!("no API {}", webhook.api)))
}

/// Its URL as it is.
fn open_url(app: &App, holder: &Holder, webhook: &StoredWebhook) -> Result<String, Error> {
    let opened = unseal(&app.sealer, URL, holder.account(), webhook, &webhook.url);
    opened.map_err(|error| Error::Conflict(error.to_string()))
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        Self::Internal(error.to_string())
    }
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
    let position = |webhook: &StoredWebhook| webhook.id.get();
    Ok(axum::Json(listing.page(found, position, |webhook| {
        Webhook::of(&app, &holder, webhook)
    })))
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
    let stored = get(&app, &holder, id).await?;
    let version = stored.version.get();
    Ok(seen.answer(version, &Webhook::of(&app, &holder, stored)))
}

/// Get how a webhook's receiver has answered lately.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/standing", tag = "webhooks", operation_id = "get_webhook_standing",
    params(Id), security(("token" = ["webhooks.read"])),
    responses((status = 200, body = Standing, description = "How it went")))]
async fn standing(
    WebhooksReader(holder): WebhooksReader,
    State(app): State<App>,
    Id(id): Id,
) -> Result<axum::Json<Standing>, Error> {
    let StoredWebhook {
        standing, next_due, ..
    } = get(&app, &holder, id).await?;
    Ok(axum::Json(Standing {
        failing_since: standing.failing_since.map(Instant),
        given_up_in_a_row: standing.discarded,
        last_success_at: standing.last_success_at.map(Instant),
        next_attempt_at: next_due.map(Instant),
    }))
}

/// Make a webhook. The answer holds its secret, which is not shown again.
///
/// With an `Idempotency-Key` the same request gets it again for a day; it is kept sealed.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "create_webhook",
    request_body = NewWebhook, security(("token" = ["webhooks.write"])),
    responses((status = 201, body = Webhook, description = "The webhook with its secret",
        headers(("ETag" = String), ("Location" = String)))))]
async fn create(
    WebhooksWriter(holder): WebhooksWriter,
    State(context): State<Context>,
    Change { input, once }: Change<NewWebhook>,
) -> Result<Answer, Error> {
    let account = holder.account();
    let mut checks = Checks::of(&holder, api_named(&context, &input.api)?)?;
    let inboxes = checks.inboxes(input.inbox_ids);
    checks.events(&input.events, &inboxes);
    checks.application(input.application_id);
    let secret = checks.secret(input.secret);
    let hook = checks.hook;
    let id = WebhookId(context.store.take_id(account, Counted::Webhook).await?);
    let wishes = Wishes {
        url: Some(&input.url),
        events: Some(&input.events),
        allow: Some(&input.allow),
        options: Some(input.options.0),
        ordered: Some(input.ordered),
    };
    let checked = checks
        .settle(&context, id, wishes, &Allow::default())
        .await?;
    wanted::must_know(&holder, hook, &input.events)?;
    let (url, shown_url) = checked.url.unwrap_or_default();
    let command = CreateWebhook {
        caller: holder.caller(),
        id,
        api: input.api.0,
        label: input.label,
        url,
        shown_url,
        kinds: input.events,
        inboxes,
        secret: manage::seal_secret(&context.webhooks, account, id, secret.as_deref())?,
        ordered: input.ordered,
        allow: checked.allow.unwrap_or_default(),
        application: input.application_id.map(ApplicationId),
        options: checked.options.unwrap_or_default(),
        enabled: input.state != Some(WebhookSwitch(WebhookState::Disabled)),
    };
    let answer = move |stored: &StoredWebhook| {
        let version = stored.version.get();
        let mut body = Webhook::of(&context, &holder, stored.clone());
        body.secret.clone_from(&secret);
        Answer::created(format!("/api/v1/webhooks/{id}"), &body).version(version)
    };
    once.with_secret().write(command, FIELDS, answer).await
}

/// Change a webhook.
#[utoipa::path(patch, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "update_webhook", params(Id),
    request_body = WebhookChange, security(("token" = ["webhooks.write"])),
    responses((status = 200, body = Webhook, description = "The webhook", headers(("ETag" = String))),
        (status = 409, body = super::wire::Problem, content_type = "application/problem+json",
            description = "It is enabled, so there is no backlog to skip; or its URL cannot be opened and must be given anew")))]
async fn change(
    WebhooksWriter(holder): WebhooksWriter,
    State(context): State<Context>,
    Id(id): Id,
    Change { input, once }: Change<WebhookChange>,
) -> Result<Answer, Error> {
    let before = get(&context, &holder, id).await?;
    let mut command = changed(&context, &holder, &before, input).await?;
    command.expected = once.expected;
    let answer = move |stored: &StoredWebhook| {
        let version = stored.version.get();
        Answer::ok(&Webhook::of(&context, &holder, stored.clone())).version(version)
    };
    once.write(command, FIELDS, answer).await
}

/// The command of a change, once it is found to be right.
async fn changed(
    context: &Context,
    holder: &Holder,
    before: &StoredWebhook,
    input: WebhookChange,
) -> Result<UpdateWebhook, Error> {
    let mut checks = Checks::of(holder, api(context, before)?)?;
    let hook = checks.hook;
    let inboxes = input.inbox_ids.map(|ids| checks.inboxes(ids));
    let events = input.events.as_ref().unwrap_or(&before.kinds);
    if input.events.is_some() || inboxes.is_some() {
        checks.events(events, inboxes.as_ref().unwrap_or(&before.inboxes));
    }
    let enabled = input.state.map(|state| state.0 == WebhookState::Enabled);
    if input.skip_backlog && enabled != Some(true) {
        checks.refuse("skip_backlog", "goes with the state enabled");
    }
    // A list that is narrowed must still hold the URL that there is.
    let kept = match (&input.url, &input.allow) {
        (None, Some(_)) => Some(open_url(context, holder, before)?),
        _ => None,
    };
    let wishes = Wishes {
        url: input.url.as_deref().or(kept.as_deref()),
        events: input.events.as_deref(),
        allow: input.allow.as_deref(),
        options: input.options.map(|WebhookOptions(members)| members),
        ordered: input.ordered,
    };
    let allow = Allow::parse(&before.allow).unwrap_or_default();
    let checked = checks.settle(context, before.id, wishes, &allow).await?;
    if input.url.is_some() || input.events.is_some() || inboxes.is_some() {
        wanted::must_know(holder, hook, events)?;
    }
    if input.skip_backlog && before.state == WebhookState::Enabled {
        let detail = "The webhook is enabled; there is no backlog to skip";
        return Err(Error::Conflict(detail.into()));
    }
    Ok(UpdateWebhook {
        label: input.label,
        url: checked.url.filter(|_| input.url.is_some()),
        kinds: input.events,
        inboxes,
        ordered: input.ordered,
        allow: checked.allow,
        options: checked.options,
        enabled,
        skip_backlog: input.skip_backlog,
        ..UpdateWebhook::new(holder.caller(), reach(holder), before.id)
    })
}

/// Delete a webhook, and what is kept of its deliveries.
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "delete_webhook", params(Id),
    security(("token" = ["webhooks.write"])), responses((status = 204, description = "It is deleted")))]
async fn delete(
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

/// Give a webhook a new secret. The answer holds it; it is not shown again.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/rotate-secret", tag = "webhooks", operation_id = "rotate_webhook_secret",
    params(Id), request_body = NewSecret, security(("token" = ["webhooks.write"])),
    responses((status = 200, body = Webhook, description = "The webhook with its new secret", headers(("ETag" = String))),
        (status = 409, body = super::wire::Problem, content_type = "application/problem+json",
            description = "Webhooks of this API have no secret")))]
async fn rotate(
    WebhooksWriter(holder): WebhooksWriter,
    State(context): State<Context>,
    Id(id): Id,
    Change { input, once }: Change<NewSecret>,
) -> Result<Answer, Error> {
    let before = get(&context, &holder, id).await?;
    let is_native = before.api == NAME.as_str();
    let mut checks = Checks::of(&holder, api(&context, &before)?)?;
    let keep_s = input.keep_previous_seconds;
    if !is_native && keep_s.is_some_and(|seconds| seconds > 0) {
        checks.refuse("keep_previous_seconds", "goes with the API native");
    }
    let secret = checks.secret(input.secret);
    Error::invalid_if_any(checks.faults)?;
    let Some(secret) = secret else {
        let detail = "Webhooks of this API have no secret";
        return Err(Error::Conflict(detail.into()));
    };
    let keep_s = keep_s.unwrap_or(if is_native { KEEP_PREVIOUS_S } else { 0 });
    let rotation = Rotation {
        secret: manage::seal_secret(
            &context.webhooks,
            holder.account(),
            before.id,
            Some(&secret),
        )?,
        previous_until: (keep_s > 0).then(|| context.now().plus_ms(keep_s * 1_000)),
    };
    let command = UpdateWebhook {
        expected: once.expected,
        rotation: Some(rotation),
        ..UpdateWebhook::new(holder.caller(), reach(&holder), before.id)
    };
    let answer = move |stored: &StoredWebhook| {
        let version = stored.version.get();
        let mut body = Webhook::of(&context, &holder, stored.clone());
        body.secret = Some(secret.clone());
        Answer::ok(&body).version(version)
    };
    once.with_secret().write(command, &[], answer).await
}

/// What came back from a receiver.
#[derive(Debug, Serialize, ToSchema)]
struct Pong {
    /// Whether it took the request: any status from 200 to 299.
    taken: bool,
    duration_ms: i64,
    /// The answer's status; null: there was no answer.
    #[schema(required)]
    status: Option<u16>,
    /// The answer's first 2,048 bytes.
    #[schema(required)]
    answer: Option<String>,
    /// Why there was no answer.
    #[schema(required)]
    error: Option<String>,
}

/// Try a webhook: send a request that tells nothing, now, and tell what came back. It is not among the deliveries.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/ping", tag = "webhooks", operation_id = "ping_webhook", params(Id),
    security(("token" = ["webhooks.write"])), responses((status = 200, body = Pong, description = "What came back")))]
async fn ping(
    WebhooksWriter(holder): WebhooksWriter,
    State(context): State<Context>,
    Id(id): Id,
    Bare(once): Bare,
) -> Result<Answer, Error> {
    let webhook = get(&context, &holder, id).await?;
    let hook = Checks::of(&holder, api(&context, &webhook)?)?.hook;
    let attempt = manage::ping(&context.webhooks, hook, holder.account(), webhook).await;
    let attempt = attempt.map_err(|error| match error {
        PingError::Store(error) => error.into(),
        PingError::EndpointError(error) => Error::Internal(error.to_string()),
    })?;
    let answer = Answer::ok(&Pong {
        taken: Verdict::of_status(attempt.status) == Verdict::Taken,
        duration_ms: attempt.duration_ms,
        status: attempt.status,
        answer: attempt.answer,
        error: attempt.error,
    });
    once.write(Nothing, &[], move |()| answer.clone()).await
}

/// Changes nothing: what was done elsewhere is answered under its key.
#[derive(Debug)]
struct Nothing;

impl Write for Nothing {
    type Out = ();
    const NAME: &'static str = "nothing";

    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, _: &mut Tx<'_>) -> heddle_store::Result<()> {
        Ok(())
    }
}
