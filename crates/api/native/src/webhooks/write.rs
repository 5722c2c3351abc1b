//! `POST /api/v1/webhooks`, and `PATCH` and `DELETE /api/v1/webhooks/{id}`.

use axum::extract::State;
use heddle_domain::id::{ApplicationId, WebhookId};
use heddle_domain::webhook::WebhookState;
use heddle_store::write::webhook::{CreateWebhook, DeleteWebhook, UpdateWebhook};
use heddle_store::{Counted, Entity, StoredWebhook};
use serde::Deserialize;
use utoipa::ToSchema;

use super::checks::{Checks, must_have_scopes};
use super::resource::{Webhook, api_of, get, reach};
use crate::answer::Answer;
use crate::apis::api_named;
use crate::auth::{Caller, WebhooksWriter};
use crate::body::{WithBody, WithoutBody, present};
use crate::context::{Context, NAME};
use crate::error::Error;
use crate::path::Id;
use crate::problem::Problem;
use crate::vocabulary::{ApiWord, WebhookOptions, WebhookSwitch};
use heddle_api::App;
use heddle_webhooks::allow::AllowList;
use heddle_webhooks::endpoint::{URL_PURPOSE, unseal};
use heddle_webhooks::manage::{self, WebhookFields};

/// The fields that name entities.
const FIELDS: &[(Entity, &str)] = &[
    (Entity::Inbox, "inbox_ids"),
    (Entity::Application, "application_id"),
];

/// A new webhook. It is told of what happens from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWebhook {
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
pub(crate) struct WebhookChange {
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

/// Make a webhook. The answer holds its secret, which is not shown again.
///
/// With an `Idempotency-Key` the same request gets it again for a day; it is kept sealed.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "create_webhook",
    request_body = NewWebhook, security(("token" = ["webhooks.write"])),
    responses((status = 201, body = Webhook, description = "The webhook with its secret",
        headers(("ETag" = String), ("Location" = String)))))]
pub(crate) async fn create(
    WebhooksWriter(caller): WebhooksWriter,
    State(context): State<Context>,
    WithBody { input, write }: WithBody<NewWebhook>,
) -> Result<Answer, Error> {
    let account = caller.account();
    let mut checks = Checks::of(&caller, api_named(&context, &input.api)?)?;
    let inboxes = checks.inboxes(input.inbox_ids);
    checks.events(&input.events, &inboxes);
    checks.application(input.application_id);
    let secret = checks.secret(input.secret);
    let hook = checks.hook;
    let id = WebhookId(context.store.take_id(account, Counted::Webhook).await?);
    let wishes = WebhookFields {
        url: Some(&input.url),
        events: Some(&input.events),
        allow: Some(&input.allow),
        options: Some(input.options.0),
        ordered: Some(input.ordered),
    };
    let checked = checks
        .finish(&context, id, wishes, &AllowList::default())
        .await?;
    must_have_scopes(&caller, hook, &input.events)?;
    let (url, shown_url) = checked.url.unwrap_or_default();
    let command = CreateWebhook {
        caller: caller.for_store(),
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
        let mut body = Webhook::of(&context, &caller, stored.clone());
        body.secret.clone_from(&secret);
        Answer::created(format!("/api/v1/webhooks/{id}"), &body).version(version)
    };
    write.with_secret().run(command, FIELDS, answer).await
}

/// Change a webhook.
#[utoipa::path(patch, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "update_webhook", params(Id),
    request_body = WebhookChange, security(("token" = ["webhooks.write"])),
    responses((status = 200, body = Webhook, description = "The webhook", headers(("ETag" = String))),
        (status = 409, body = Problem,
            description = "It is enabled, so there is no backlog to skip; or its URL cannot be opened and must be given anew")))]
pub(crate) async fn change(
    WebhooksWriter(caller): WebhooksWriter,
    State(context): State<Context>,
    Id(id): Id,
    WithBody { input, write }: WithBody<WebhookChange>,
) -> Result<Answer, Error> {
    let before = get(&context, &caller, id).await?;
    let mut command = update(&context, &caller, &before, input).await?;
    command.expected = write.expected;
    let answer = move |stored: &StoredWebhook| Webhook::answer(&context, &caller, stored);
    write.run(command, FIELDS, answer).await
}

/// Checks a change and makes its command.
async fn update(
    context: &Context,
    caller: &Caller,
    before: &StoredWebhook,
    input: WebhookChange,
) -> Result<UpdateWebhook, Error> {
    let mut checks = Checks::of(caller, api_of(context, before)?)?;
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
    // A new list of hosts must still allow the present URL.
    let present = match (&input.url, &input.allow) {
        (None, Some(_)) => Some(open_url(context, caller, before)?),
        _ => None,
    };
    let wishes = WebhookFields {
        url: input.url.as_deref().or(present.as_deref()),
        events: input.events.as_deref(),
        allow: input.allow.as_deref(),
        options: input.options.map(|WebhookOptions(members)| members),
        ordered: input.ordered,
    };
    let allow = AllowList::parse(&before.allow).unwrap_or_default();
    let checked = checks.finish(context, before.id, wishes, &allow).await?;
    if input.url.is_some() || input.events.is_some() || inboxes.is_some() {
        must_have_scopes(caller, hook, events)?;
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
        ..UpdateWebhook::new(caller.for_store(), reach(caller), before.id)
    })
}

/// The unsealed URL.
fn open_url(app: &App, caller: &Caller, webhook: &StoredWebhook) -> Result<String, Error> {
    let opened = unseal(
        &app.sealer,
        URL_PURPOSE,
        caller.account(),
        webhook,
        &webhook.url,
    );
    opened.map_err(|error| Error::Conflict(error.to_string()))
}

/// Delete a webhook, and what is kept of its deliveries.
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "delete_webhook", params(Id),
    security(("token" = ["webhooks.write"])), responses((status = 204, description = "It is deleted")))]
pub(crate) async fn delete(
    WebhooksWriter(caller): WebhooksWriter,
    Id(id): Id,
    WithoutBody(write): WithoutBody,
) -> Result<Answer, Error> {
    let command = DeleteWebhook {
        caller: caller.for_store(),
        reach: reach(&caller),
        id: WebhookId(id),
        expected: write.expected,
    };
    write.run(command, &[], |()| Answer::no_content()).await
}
