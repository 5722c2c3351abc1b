//! Webhooks as responses show them, and how the webhook that a path names is found.

use heddle_domain::credential::Scope;
use heddle_domain::id::{ApplicationId, CredentialId, WebhookId};
use heddle_store::StoredWebhook;
use heddle_store::read::webhooks::GetWebhook;
use heddle_store::write::webhook::WebhookReach;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::auth::Caller;
use crate::error::Error;
use crate::inbox_limit::inbox_limit;
use crate::time::Instant;
use crate::vocabulary::{ApiWord, WebhookSwitch, WhyDisabled};
use heddle_api::{Description, Failure};
use heddle_webhooks::allow::AllowList;
use heddle_webhooks::manage;
use heddle_webhooks::rights::needed_scopes;

/// A URL to which events are sent, in the layout of an API.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Webhook {
    id: i64,
    api: ApiWord,
    label: String,
    /// Where events are sent. Its query may be secret and is shown as `***`, to tokens that may not change the webhook its
    /// path too. Null if it was encrypted with a key that the server does not have.
    #[schema(required)]
    url: Option<String>,
    /// The events to send, by their names in its API.
    events: Vec<String>,
    /// Sends only events of these inboxes and of customers. Null: of the whole account.
    #[schema(required)]
    inbox_ids: Option<Vec<i64>>,
    /// A delivery is first tried after the previous one was accepted or given up.
    ordered: bool,
    /// It reaches only these of the internal hosts and networks that the operator allows. Empty: all of those.
    allow: Vec<String>,
    /// The Mews client application whose messages are sent.
    #[schema(required)]
    application_id: Option<i64>,
    /// Options that only its API has.
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    options: Map<String, Value>,
    state: WebhookSwitch,
    #[schema(required)]
    disabled_reason: Option<WhyDisabled>,
    #[schema(required)]
    disabled_at: Option<Instant>,
    /// Until when requests are also signed with the previous secret.
    #[schema(required)]
    previous_secret_until: Option<Instant>,
    /// The credential that created or adopted it. If it is revoked, or loses scopes or inboxes that the webhook needs, the
    /// webhook is disabled. Null: the operator did.
    #[schema(required)]
    credential_id: Option<i64>,
    created_at: Instant,
    /// Requests are signed with it or contain it. Shown only in the answers that create the webhook or change the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) secret: Option<String>,
}

impl Webhook {
    pub(crate) fn of(caller: &Caller, stored: StoredWebhook) -> Self {
        let url = manage::masked_url(&caller.app.webhooks, caller.account(), &stored).inspect_err(
            |error| tracing::error!(webhook = %stored.id, %error, "cannot show a URL"),
        );
        let url = url.map(|url| match may_change(caller, &stored) {
            true => url,
            false => manage::without_path(&url),
        });
        let allow = AllowList::parse(&stored.allow).unwrap_or_default();
        let options = serde_json::from_str(&stored.options).unwrap_or_default();
        Self {
            id: stored.id.get(),
            api: ApiWord(stored.api),
            label: stored.label,
            url: url.ok(),
            events: stored.kinds,
            inbox_ids: inbox_limit(&stored.inboxes),
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

    /// Returns a response with status 200, the webhook and its version.
    pub(crate) fn answer(caller: &Caller, stored: &StoredWebhook) -> Answer {
        let version = stored.version.get();
        Answer::ok(&Self::of(caller, stored.clone())).version(version)
    }
}

/// Whether the caller may change the webhook: it has the scope to write webhooks, and could read what this one sends.
fn may_change(caller: &Caller, webhook: &StoredWebhook) -> bool {
    let hook = caller
        .app
        .own
        .apis
        .find(&webhook.api)
        .and_then(|api| api.hook);
    let (kinds, inboxes) = (&webhook.kinds, &webhook.inboxes);
    let may_read = |hook| needed_scopes(hook, kinds, inboxes).all(|scope| caller.may(scope));
    caller.may(Scope::WebhooksWrite) && hook.is_some_and(may_read)
}

/// Returns which webhooks the caller sees: a token that is limited to some inboxes sees the webhooks that are limited
/// to these inboxes.
pub(crate) fn reach(caller: &Caller) -> WebhookReach {
    WebhookReach {
        inboxes: caller.inboxes().clone(),
        api: None,
    }
}

pub(crate) async fn get(caller: &Caller, id: i64) -> Result<StoredWebhook, Error> {
    let read = GetWebhook {
        account: caller.account(),
        reach: reach(caller),
        id: WebhookId(id),
    };
    caller.read(read).await?.ok_or(Error::NotFound)
}

pub(crate) fn api_of<'a>(
    caller: &'a Caller,
    webhook: &StoredWebhook,
) -> Result<&'a Description, Error> {
    let found = caller.app.own.apis.find(&webhook.api);
    Ok(found.ok_or_else(|| Failure::Internal(format!("no API {}", webhook.api)))?)
}
