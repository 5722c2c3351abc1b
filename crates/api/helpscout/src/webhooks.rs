//! Creates, lists, replaces and deletes webhooks (contract section 11.1). Webhooks of other APIs are not visible here.
//! A webhook without `mailboxIds` gets the events of every inbox that its app may use.

use std::collections::BTreeSet;

use axum::extract::{Request, State};
use axum::response::Response;
use heddle_domain::id::{InboxId, WebhookId};
use heddle_domain::webhook::WebhookState;
use heddle_domain::{EntityKind, InboxScope, Scope};
use heddle_store::read::webhooks::{GetWebhook, ListWebhooks};
use heddle_store::write::webhook::{
    CreateWebhook, DeleteWebhook, Rotation, UpdateWebhook, WebhookReach,
};
use heddle_store::{Error as StoreError, Refusal, StoredWebhook, Write};

use crate::auth::Caller;
use crate::context::NAME;
use crate::error::Error;
use crate::fault::code;
use crate::hook::{self, EVENTS, LONGEST_SECRET, Options, PAYLOAD_VERSIONS};
use crate::input;
use crate::page::PageRequest;
use crate::path::{Base, WebhookPath};
use crate::response;
use crate::wire::{Link, Page, SelfLink, Webhook, Webhooks};
use heddle_access::seal::SealError;
use heddle_api::App;
use heddle_http::known;
use heddle_http::members::{Fault, Item, Object, Problem, Unparsed};
use heddle_http::query::Query;
use heddle_http::shape::{SCALARS, Shape};
use heddle_webhooks::allow::AllowList;
use heddle_webhooks::endpoint::{URL_PURPOSE, unseal};
use heddle_webhooks::hook::subscribed;
use heddle_webhooks::manage::{self, CheckError};
use heddle_webhooks::rights::needed_scopes;

/// Number of webhooks on a page.
const PAGE_SIZE: i64 = 50;
/// The maximum number of an account's webhooks that the list shows. Pages have numbers, so every request reads all of
/// them.
const MOST_LISTED: i64 = 10_000;
/// The maximum length of a label, in characters.
pub(crate) const LONGEST_LABEL: usize = 200;

/// The body of a request that creates or replaces a webhook.
#[derive(Debug)]
pub(crate) struct WebhookBody {
    url: String,
    events: Vec<String>,
    secret: String,
    label: String,
    inboxes: InboxScope,
    options: Options,
}

impl WebhookBody {
    pub(crate) const SHAPE: Shape = known!(
        "url",
        "events": SCALARS,
        "secret",
        "label",
        "mailboxIds": SCALARS,
        "notification",
        "payloadVersion",
    );

    fn read(body: &Object<'_>, caller: &Caller) -> Self {
        let label = body.get("label").text_of(0..=LONGEST_LABEL);
        let version = body.get("payloadVersion").word(&PAYLOAD_VERSIONS);
        let secret = body.get("secret").secret().not_empty();
        let secret = secret.text_of(0..=LONGEST_SECRET);
        Self {
            url: input::required_text(body, "url"),
            events: events(&body.get("events")),
            secret: secret.unwrap_or_default().to_owned(),
            label: label.unwrap_or_default().to_owned(),
            inboxes: inboxes(&body.get("mailboxIds"), caller),
            options: Options {
                notification: body.get("notification").flag() == Some(true),
                payload_version: version.map(str::to_owned),
            },
        }
    }

    fn options(&self) -> String {
        serde_json::to_string(&self.options).expect("options are plain data")
    }
}

/// Reads the events. Returns each event once, in the contract's order.
fn events(item: &Item<'_>) -> Vec<String> {
    let unknown = Problem::Rule(code::ENUM_VALUE, "is not a known event".into());
    let place = |text: &str| EVENTS.iter().position(|name| *name == text);
    let items = input::items(&item.clone().not_empty());
    let places = items.filter_map(|item| item.parsed(&unknown, place));
    let places: BTreeSet<usize> = places.collect();
    places.into_iter().map(|at| EVENTS[at].to_owned()).collect()
}

/// Reads the inboxes that the request names. If it names none, returns the inboxes that the app may use.
fn inboxes(item: &Item<'_>, caller: &Caller) -> InboxScope {
    let mut inboxes = Vec::new();
    for item in input::items(item) {
        match input::id(&item).map(InboxId) {
            Some(id) if caller.principal.inbox(id).is_none() => {
                let text = "this mailbox does not exist";
                item.refuse(Problem::Rule(code::NOT_FOUND, text.into()));
            }
            id => inboxes.extend(id),
        }
    }
    InboxScope::requested(inboxes).intersect(&caller.inboxes())
}

fn reach(caller: &Caller) -> WebhookReach {
    WebhookReach {
        inboxes: caller.inboxes(),
        api: Some(NAME.as_str().to_owned()),
    }
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        Self::Failure(heddle_api::Failure::Internal(error.to_string()))
    }
}

/// A checked request to create or replace a webhook.
struct Checked {
    body: WebhookBody,
    /// The URL: first encrypted, then without its secret part.
    url: (String, String),
    /// The secret, encrypted.
    secret: String,
}

impl Checked {
    /// Checks the fields of the request. `allow` is the webhook's list of internal addresses to which it may send.
    async fn of(
        app: &App,
        caller: &Caller,
        id: WebhookId,
        allow: &AllowList,
        body: &Unparsed,
    ) -> Result<Self, Error> {
        let body = body.parse(&WebhookBody::SHAPE).await?;
        let read = |body: &Object<'_>| WebhookBody::read(body, caller);
        let (body, mut faults) = body.in_turn(|body| body.read_all(read)).await;
        let account = caller.principal.credential.account;
        let mut url = Default::default();
        if !body.url.is_empty() {
            url = match manage::check_url(&app.webhooks, account, id, &body.url, allow).await {
                Ok(url) => url,
                Err(CheckError::Faults(wrong)) => {
                    let texts = wrong.into_iter().map(|fault| fault.detail);
                    let rules = texts.map(|text| Problem::Rule(code::URL, text.into()));
                    faults.extend(rules.map(|rule| Fault::new("url", rule)));
                    Default::default()
                }
                Err(CheckError::Store(error)) => return Err(error.into()),
                Err(CheckError::Seal(error)) => return Err(error.into()),
            };
        }
        input::refuse_if_any(faults)?;
        require_all(caller, &body.events, &body.inboxes)?;
        let secret = manage::seal_secret(&app.webhooks, account, id, Some(&body.secret))?;
        Ok(Self { body, url, secret })
    }
}

/// Returns an error if the caller may not read what these events show.
fn require_all(caller: &Caller, events: &[String], inboxes: &InboxScope) -> Result<(), Error> {
    let mut needed = needed_scopes(&hook::Webhooks, events, inboxes);
    needed.try_for_each(|scope| caller.require(scope))
}

/// `POST /v2/webhooks`
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Base(base): Base,
    request: Request,
) -> Result<Response, Error> {
    caller.require(Scope::WebhooksWrite)?;
    let body = input::read_body(request).await?;
    let account = caller.principal.credential.account;
    let id = WebhookId(app.store.take_id(account, EntityKind::Webhook).await?);
    let checked = Checked::of(&app, &caller, id, &AllowList::default(), &body).await?;
    let command = CreateWebhook {
        caller: caller.acting(caller.principal.credential.agent),
        id,
        api: NAME.as_str().to_owned(),
        options: checked.body.options(),
        label: checked.body.label,
        url: checked.url.0,
        shown_url: checked.url.1,
        kinds: checked.body.events,
        inboxes: checked.body.inboxes,
        secret: checked.secret,
        ordered: false,
        allow: String::new(),
        application: None,
        enabled: true,
    };
    app.store.write(command).await?;
    let location = format!("{base}/v2/webhooks/{id}");
    Ok(response::created(id.get(), Some(location)))
}

/// `PUT /v2/webhooks/{webhookId}`: replaces all fields, including the secret, and enables a disabled webhook. The app
/// stands behind the webhook from then on.
pub(crate) async fn replace(
    State(app): State<App>,
    caller: Caller,
    WebhookPath(id): WebhookPath,
    request: Request,
) -> Result<Response, Error> {
    caller.require(Scope::WebhooksWrite)?;
    let body = input::read_body(request).await?;
    write_checked(&app, &caller, id, || replacement(&app, &caller, id, &body)).await
}

/// Checks a request to replace a webhook, and returns the command.
async fn replacement(
    app: &App,
    caller: &Caller,
    id: WebhookId,
    body: &Unparsed,
) -> Result<UpdateWebhook, Error> {
    let before = find(app, caller, id).await?;
    require_all(caller, &before.kinds, &before.inboxes)?;
    let allow = AllowList::parse(&before.allow).unwrap_or_default();
    let checked = Checked::of(app, caller, id, &allow, body).await?;
    let rotation = Rotation {
        secret: checked.secret,
        previous_until: None,
    };
    let acting = caller.acting(caller.principal.credential.agent);
    Ok(UpdateWebhook {
        seen: Some(before.version),
        options: Some(checked.body.options()),
        label: Some(checked.body.label),
        url: Some(checked.url),
        kinds: Some(checked.body.events),
        inboxes: Some(checked.body.inboxes),
        rotation: Some(rotation),
        enabled: Some(true),
        adopt: true,
        ..UpdateWebhook::new(acting, reach(caller), id)
    })
}

/// Runs a write whose command is made, with the checks of the caller's rights, from the webhook as it is. If the webhook is
/// changed between check and write, nothing is written, and the command is made again. Other requests of this node that change the
/// webhook wait meanwhile.
async fn write_checked<W, F>(
    app: &App,
    caller: &Caller,
    id: WebhookId,
    command: impl Fn() -> F,
) -> Result<Response, Error>
where
    W: Write,
    F: Future<Output = Result<W, Error>>,
{
    let webhook = (caller.principal.credential.account, id);
    let _turn = app.webhook_turns.take(webhook).await;
    for _ in 0..manage::MAX_CHECKS {
        match app.store.write(command().await?).await {
            Err(StoreError::Refused(Refusal::Stale)) => {}
            outcome => return Ok(outcome.map(|_| response::no_content())?),
        }
    }
    Err(Error::Changed)
}

/// `DELETE /v2/webhooks/{webhookId}`
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    WebhookPath(id): WebhookPath,
) -> Result<Response, Error> {
    caller.require(Scope::WebhooksWrite)?;
    let command = || async {
        let before = find(&app, &caller, id).await?;
        require_all(&caller, &before.kinds, &before.inboxes)?;
        Ok(DeleteWebhook {
            caller: caller.acting(caller.principal.credential.agent),
            reach: reach(&caller),
            id,
            expected: None,
            seen: Some(before.version),
        })
    };
    write_checked(&app, &caller, id, command).await
}

async fn find(app: &App, caller: &Caller, id: WebhookId) -> Result<StoredWebhook, Error> {
    let read = GetWebhook {
        account: caller.principal.credential.account,
        reach: reach(caller),
        id,
    };
    app.store.read(read).await?.ok_or(Error::NotFound)
}

/// `GET /v2/webhooks/{webhookId}`
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    WebhookPath(id): WebhookPath,
    Base(base): Base,
) -> Result<Response, Error> {
    caller.require(Scope::WebhooksRead)?;
    let webhook = find(&app, &caller, id).await?;
    Ok(response::hal(&webhook_object(
        &app, &caller, &base, webhook,
    )))
}

/// `GET /v2/webhooks`
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Base(base): Base,
    query: Query,
) -> Result<Response, Error> {
    caller.require(Scope::WebhooksRead)?;
    let request = PageRequest::read(&query)?;
    let read = ListWebhooks {
        account: caller.principal.credential.account,
        reach: reach(&caller),
        after: WebhookId(0),
        limit: MOST_LISTED,
    };
    let all = app.store.read(read).await?;
    let numbers = request.numbers(PAGE_SIZE, all.len() as i64);
    let webhooks = request.slice(PAGE_SIZE, all);
    let webhooks = webhooks.map(|webhook| webhook_object(&app, &caller, &base, webhook));
    Ok(response::hal(&Page {
        embedded: Webhooks {
            webhooks: webhooks.collect(),
        },
        links: request.links(&format!("{base}/v2/webhooks/"), numbers),
        page: numbers,
    }))
}

/// Returns the webhook object. It does not contain the secret. For apps that may change the webhook it contains the whole
/// URL, by which they find their webhooks; for others scheme and host.
fn webhook_object(app: &App, caller: &Caller, base: &str, webhook: StoredWebhook) -> Webhook {
    let account = caller.principal.credential.account;
    let url = unseal(&app.sealer, URL_PURPOSE, account, &webhook, &webhook.url)
        .inspect_err(|error| tracing::error!(webhook = %webhook.id, %error, "cannot show a URL"));
    let may_read = require_all(caller, &webhook.kinds, &webhook.inboxes).is_ok();
    let may_change = caller.require(Scope::WebhooksWrite).is_ok() && may_read;
    let url = url.map(|url| match may_change {
        true => url,
        false => manage::without_path(&url),
    });
    let Options {
        notification,
        payload_version,
    } = Options::of(&webhook);
    let id = webhook.id.get();
    Webhook {
        id,
        url: url.unwrap_or_default(),
        state: match webhook.state {
            WebhookState::Enabled => "enabled",
            WebhookState::Disabled | WebhookState::Deleted => "disabled",
        },
        events: subscribed(&hook::Webhooks, &webhook.kinds, &webhook.inboxes)
            .into_iter()
            .map(str::to_owned)
            .collect(),
        notification,
        payload_version: payload_version.unwrap_or_else(|| "V2".to_owned()),
        label: webhook.label,
        mailbox_ids: webhook.inboxes.limit().map(InboxId::get).collect(),
        links: SelfLink {
            this: Link::to(format!("{base}/v2/webhooks/{id}")),
        },
    }
}
