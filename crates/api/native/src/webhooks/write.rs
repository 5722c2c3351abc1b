//! `POST /api/v1/webhooks`, and `PATCH` and `DELETE /api/v1/webhooks/{id}`.

use heddle_domain::id::{ApplicationId, WebhookId};
use heddle_domain::webhook::WebhookState;
use heddle_domain::{EntityKind, InboxScope};
use heddle_store::write::webhook::{CreateWebhook, DeleteWebhook, UpdateWebhook};
use heddle_store::{Entity, StoredWebhook};
use serde::Deserialize;
use utoipa::ToSchema;

use super::checks::{
    Checks, must_be_able_to_change, must_have_a_maker, must_have_scopes, write_checked,
};
use super::resource::{Webhook, api_of, get, reach};
use crate::answer::Answer;
use crate::auth::{Caller, WebhooksWriter};
use crate::body::{WithBody, WithoutBody, present};
use crate::context::NAME;
use crate::error::Error;
use crate::path::Id;
use crate::problem::Problem;
use crate::vocabulary::{ApiWord, WebhookEvent, WebhookOptions, WebhookSwitch};
use heddle_webhooks::allow::AllowList;
use heddle_webhooks::endpoint::{URL_PURPOSE, unseal};
use heddle_webhooks::hook::Hook;
use heddle_webhooks::manage::{self, CheckedFields, WebhookFields};

/// The kinds of entity that a body can name, each with its field.
const FIELDS: &[(Entity, &str)] = &[
    (Entity::Inbox, "inbox_ids"),
    (Entity::Application, "application_id"),
];

/// A new webhook. It sends events that occur after its creation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWebhook {
    /// The layout that its receiver understands. Default: `native`.
    #[serde(default = "native")]
    #[schema(required = false)]
    api: ApiWord,
    /// A name for people.
    #[serde(default)]
    #[schema(max_length = 200)]
    label: String,
    /// Where events are sent: an http or https URL. Internal hosts are refused unless the operator allows them.
    #[schema(format = "uri", min_length = 1, max_length = 2048)]
    url: String,
    /// The events to send. For the API `native` kinds of events such as `message.added`, for others their vendor's names. `*`
    /// alone: all events of the API that can occur in its inboxes, those of later versions included.
    #[schema(value_type = Vec<WebhookEvent>, min_items = 1, max_items = 100)]
    events: Vec<String>,
    /// Sends only events of these inboxes and of customers. Null: of the whole account. Magicline's have exactly one
    /// inbox.
    #[schema(min_items = 1, max_items = 500)]
    inbox_ids: Option<Vec<i64>>,
    /// Requests are signed with it or contain it. Default: a random one. Mews has none.
    #[schema(min_length = 1, max_length = 200)]
    secret: Option<String>,
    /// A delivery is first tried after the previous one was accepted or given up. Only for the API `native`.
    #[serde(default)]
    ordered: bool,
    /// It reaches only these of the internal hosts and networks that the operator allows. Empty: all of those.
    #[serde(default)]
    #[schema(max_items = 50)]
    allow: Vec<String>,
    /// The client application whose messages are sent. Required for the API `mews`, refused for others.
    application_id: Option<i64>,
    #[serde(default)]
    options: WebhookOptions,
    /// Default: `enabled`.
    state: Option<WebhookSwitch>,
}

fn native() -> ApiWord {
    ApiWord(NAME.as_str().to_owned())
}

/// Changes of a webhook. An absent field stays as it is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookChange {
    #[schema(max_length = 200, nullable = false)]
    label: Option<String>,
    /// The URL as answers show it, with `***`, stays as it is.
    #[schema(format = "uri", min_length = 1, max_length = 2048, nullable = false)]
    url: Option<String>,
    #[schema(value_type = Option<Vec<WebhookEvent>>, min_items = 1, max_items = 100, nullable = false)]
    events: Option<Vec<String>>,
    /// `null`: events of the whole account.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<i64>>, min_items = 1, max_items = 500)]
    inbox_ids: Option<Option<Vec<i64>>>,
    #[schema(nullable = false)]
    ordered: Option<bool>,
    #[schema(max_items = 50, nullable = false)]
    allow: Option<Vec<String>>,
    /// Replaces all options.
    #[schema(nullable = false)]
    options: Option<WebhookOptions>,
    /// A webhook that is enabled again continues where it stopped.
    #[schema(nullable = false)]
    state: Option<WebhookSwitch>,
    /// When the webhook is enabled again, it skips the events since it was disabled.
    #[serde(default)]
    skip_backlog: bool,
    /// The caller's credential becomes the one that stands behind the webhook (`credential_id`).
    #[serde(default)]
    adopt: bool,
}

/// Create a webhook. Only this answer shows its secret.
///
/// With an `Idempotency-Key`, the same request gets it again for a day. It is stored encrypted.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "create_webhook",
    request_body = NewWebhook, security(("token" = ["webhooks.write"])),
    responses((status = 201, body = Webhook, description = "The webhook with its secret",
        headers(("ETag" = String), ("Location" = String)))))]
pub(crate) async fn create(
    WebhooksWriter(caller): WebhooksWriter,
    WithBody { input, write }: WithBody<NewWebhook>,
) -> Result<Answer, Error> {
    let (command, secret) = new_webhook(&caller, input).await?;
    let answer = move |stored: &StoredWebhook| {
        let version = stored.version.get();
        let mut body = Webhook::of(&caller, stored.clone());
        body.secret.clone_from(&secret);
        Answer::created(format!("/api/v1/webhooks/{}", stored.id), &body).version(version)
    };
    write.with_secret().run(command, FIELDS, answer).await
}

/// Checks a new webhook. Returns its command, and its secret if it has one.
async fn new_webhook(
    caller: &Caller,
    input: NewWebhook,
) -> Result<(CreateWebhook, Option<String>), Error> {
    let (app, account) = (&caller.app, caller.account());
    let mut checks = Checks::of(caller, app.own.api(&input.api)?)?;
    let inboxes = checks.inboxes(input.inbox_ids);
    checks.events(&input.events, &inboxes);
    checks.application(input.application_id);
    let secret = checks.secret(input.secret);
    let hook = checks.hook;
    let id = WebhookId(app.store.take_id(account, EntityKind::Webhook).await?);
    let fields = WebhookFields {
        url: Some(&input.url),
        events: Some(&input.events),
        allow: Some(&input.allow),
        options: Some(input.options.0),
        ordered: Some(input.ordered),
    };
    let checked = checks.finish(id, fields, &AllowList::default()).await?;
    must_have_scopes(caller, hook, &input.events, &inboxes)?;
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
        secret: manage::seal_secret(&app.webhooks, account, id, secret.as_deref())?,
        ordered: input.ordered,
        allow: checked.allow.unwrap_or_default(),
        application: input.application_id.map(ApplicationId),
        options: checked.options.unwrap_or_default(),
        enabled: input.state != Some(WebhookSwitch(WebhookState::Disabled)),
    };
    Ok((command, secret))
}

/// Change a webhook.
///
/// Only the label can be changed without the scopes to read what the webhook sends. If it loses inboxes, no failed
/// delivery from before is tried again; if it loses events, none of these events.
#[utoipa::path(patch, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "update_webhook", params(Id),
    request_body = WebhookChange, security(("token" = ["webhooks.write"])),
    responses((status = 200, body = Webhook, description = "The webhook", headers(("ETag" = String))),
        (status = 409, body = Problem,
            description = "It is enabled, so there is no backlog to skip; its URL cannot be decrypted and must be given again; or \
                its credential may not read what it would send, so another must adopt it")))]
pub(crate) async fn change(
    WebhooksWriter(caller): WebhooksWriter,
    Id(id): Id,
    WithBody { input, write }: WithBody<WebhookChange>,
) -> Result<Answer, Error> {
    let command = || async {
        let before = get(&caller, id).await?;
        let command = update(&caller, &before, input.clone()).await?;
        Ok(UpdateWebhook {
            expected: write.expected,
            seen: Some(before.version),
            ..command
        })
    };
    let to = caller.clone();
    let answer = move |stored: &StoredWebhook| Webhook::answer(&to, stored);
    write_checked((&caller, id), &write, command, FIELDS, answer).await
}

impl WebhookChange {
    /// Whether the webhook is to be enabled; `None` if the change does not say.
    fn enabled(&self) -> Option<bool> {
        let state = self.state.as_ref();
        state.map(|state| state.0 == WebhookState::Enabled)
    }

    /// Whether the change touches what the webhook sends, to whom, or whether it does.
    fn is_more_than_a_label(&self) -> bool {
        let Self {
            label: _,
            url,
            events,
            inbox_ids,
            ordered,
            allow,
            options,
            state,
            skip_backlog,
            adopt,
        } = self;
        url.is_some()
            || events.is_some()
            || inbox_ids.is_some()
            || ordered.is_some()
            || allow.is_some()
            || options.is_some()
            || state.is_some()
            || *skip_backlog
            || *adopt
    }
}

/// What a webhook would send after a change.
struct Subscription {
    events: Vec<String>,
    inboxes: InboxScope,
    /// Whether the change touches these.
    is_new: bool,
}

impl Subscription {
    /// Returns what the webhook would send, and checks it if the change touches it.
    fn after(checks: &mut Checks<'_>, before: &StoredWebhook, change: &WebhookChange) -> Self {
        let inboxes = change.inbox_ids.clone().map(|ids| checks.inboxes(ids));
        let after = Self {
            is_new: change.events.is_some() || inboxes.is_some(),
            events: change.events.as_ref().unwrap_or(&before.kinds).clone(),
            inboxes: inboxes.unwrap_or_else(|| before.inboxes.clone()),
        };
        if after.is_new {
            checks.events(&after.events, &after.inboxes);
        }
        after
    }
}

/// Checks a change and returns its command.
async fn update(
    caller: &Caller,
    before: &StoredWebhook,
    input: WebhookChange,
) -> Result<UpdateWebhook, Error> {
    if input.is_more_than_a_label() {
        must_be_able_to_change(caller, before)?;
    }
    let input = WebhookChange {
        url: input.url.filter(|url| !is_shown_url(caller, before, url)),
        ..input
    };
    let mut checks = Checks::of(caller, api_of(caller, before)?)?;
    let hook = checks.hook;
    let after = Subscription::after(&mut checks, before, &input);
    let inboxes = input.inbox_ids.as_ref().map(|_| after.inboxes.clone());
    let checked = check_fields(caller, checks, before, &input).await?;
    if input.url.is_some() || after.is_new {
        must_have_scopes(caller, hook, &after.events, &after.inboxes)?;
    }
    let enabled = input.enabled();
    must_be_able_to_go_on(caller, hook, before, &input, after).await?;
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
        adopt: input.adopt,
        ..UpdateWebhook::new(caller.for_store(), reach(caller), before.id)
    })
}

/// Checks the fields that need nothing else than themselves and the webhook.
async fn check_fields(
    caller: &Caller,
    mut checks: Checks<'_>,
    before: &StoredWebhook,
    input: &WebhookChange,
) -> Result<CheckedFields, Error> {
    if input.skip_backlog && input.enabled() != Some(true) {
        checks.refuse("skip_backlog", "goes with the state enabled");
    }
    // A new list of hosts must still allow the current URL.
    let present = match (&input.url, &input.allow) {
        (None, Some(_)) => Some(open_url(caller, before)?),
        _ => None,
    };
    let options = input.options.as_ref();
    let fields = WebhookFields {
        url: input.url.as_deref().or(present.as_deref()),
        events: input.events.as_deref(),
        allow: input.allow.as_deref(),
        options: options.map(|WebhookOptions(members)| members.clone()),
        ordered: input.ordered,
    };
    let allow = AllowList::parse(&before.allow).unwrap_or_default();
    checks.finish(before.id, fields, &allow).await
}

/// Checks that the webhook has a backlog to skip, if it is to skip one, and that its maker may stand behind what it would send.
async fn must_be_able_to_go_on(
    caller: &Caller,
    hook: &dyn Hook,
    before: &StoredWebhook,
    input: &WebhookChange,
    after: Subscription,
) -> Result<(), Error> {
    if input.skip_backlog && before.state == WebhookState::Enabled {
        let detail = "The webhook is enabled; there is no backlog to skip";
        return Err(Error::Conflict(detail.into()));
    }
    let enabled = input.enabled();
    let changes_needs = enabled == Some(true) || after.is_new;
    let is_enabled = enabled.unwrap_or(before.state == WebhookState::Enabled);
    if !changes_needs || !is_enabled || input.adopt {
        return Ok(());
    }
    let after = StoredWebhook {
        kinds: after.events,
        inboxes: after.inboxes,
        ..before.clone()
    };
    must_have_a_maker(caller, hook, &after).await
}

/// Whether a URL is the one that answers show, with a mask in place of its query. Sent back, it means the URL that is there.
fn is_shown_url(caller: &Caller, webhook: &StoredWebhook, url: &str) -> bool {
    let shown = manage::masked_url(&caller.app.webhooks, caller.account(), webhook);
    let is_masked = open_url(caller, webhook).is_ok_and(|open| open != url);
    is_masked && shown.is_ok_and(|shown| shown == url)
}

/// Returns the decrypted URL.
fn open_url(caller: &Caller, webhook: &StoredWebhook) -> Result<String, Error> {
    let opened = unseal(
        &caller.app.sealer,
        URL_PURPOSE,
        caller.account(),
        webhook,
        &webhook.url,
    );
    opened.map_err(|error| Error::Conflict(error.to_string()))
}

/// Delete a webhook and its deliveries.
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "delete_webhook", params(Id),
    security(("token" = ["webhooks.write"])), responses((status = 204, description = "The webhook is deleted")))]
pub(crate) async fn delete(
    WebhooksWriter(caller): WebhooksWriter,
    Id(id): Id,
    WithoutBody(write): WithoutBody,
) -> Result<Answer, Error> {
    let command = || async {
        let before = get(&caller, id).await?;
        must_be_able_to_change(&caller, &before)?;
        Ok(DeleteWebhook {
            caller: caller.for_store(),
            reach: reach(&caller),
            id: before.id,
            expected: write.expected,
            seen: Some(before.version),
        })
    };
    write_checked((&caller, id), &write, command, &[], |()| {
        Answer::no_content()
    })
    .await
}
