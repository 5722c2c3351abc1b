//! Webhooks (contract section 11.1): made, listed, replaced and deleted by the app that is told. Those of other APIs do not
//! exist here. A webhook without `mailboxIds` is told of every inbox that its app reaches.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use heddle_domain::Scope;
use heddle_domain::id::{InboxId, WebhookId};
use heddle_domain::webhook::WebhookState;
use heddle_store::read::webhooks::{GetWebhook, ListWebhooks};
use heddle_store::write::webhook::{
    CreateWebhook, DeleteWebhook, Rotation, UpdateWebhook, WebhookReach,
};
use heddle_store::{Counted, StoredWebhook};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer;
use crate::auth::Caller;
use crate::context::NAME;
use crate::error::{Error, Reason};
use crate::input::{self, Faults, Members};
use crate::page::Wanted;
use crate::path::{Base, WebhookPath};
use crate::threads::read_body;
use crate::wire::{Link, Page, SelfLink, Webhook, Webhooks};
use heddle_access::seal::SealError;
use heddle_api::App;
use heddle_http::query::Query;
use heddle_webhooks::allow::Allow;
use heddle_webhooks::endpoint::{URL, unseal};
use heddle_webhooks::manage::{self, CheckError};

const PAGE_SIZE: i64 = 50;
/// The vendor's lists have numbered pages: an account's webhooks are read together. Beyond so many, the last are not listed.
const MOST_LISTED: i64 = 10_000;
const LONGEST_SECRET: usize = 40;
const LONGEST_LABEL: usize = 200;

/// The events that a webhook can ask for (contract section 11.2).
pub(crate) const EVENTS: [&str; 21] = [
    "convo.assigned",
    "convo.created",
    "convo.deleted",
    "convo.merged",
    "convo.moved",
    "convo.status",
    "convo.tags",
    "convo.custom-fields",
    "convo.customer.reply.created",
    "convo.agent.reply.created",
    "convo.note.created",
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "satisfaction.ratings",
    "beacon.chat.created",
    "beacon.chat.customer.replied",
    "tag.created",
    "tag.updated",
    "tag.deleted",
    "message.survey.response.received",
];

/// What whoever wants to be told of an event must be allowed to read: conversations come with their threads and customers.
pub(crate) fn rights(event: &str) -> &'static [Scope] {
    match event.split('.').next() {
        Some("customer") => &[Scope::CustomersRead],
        Some("tag") => &[Scope::ConversationsRead],
        _ => &[
            Scope::ConversationsRead,
            Scope::MessagesRead,
            Scope::CustomersRead,
        ],
    }
}

/// What only this API's webhooks know, as it is kept.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Options {
    /// Tell only which resource changed, by its URI.
    #[serde(default)]
    pub(crate) notification: bool,
    /// `V2` or `V3`.
    #[serde(default)]
    pub(crate) payload_version: Option<String>,
}

impl Options {
    pub(crate) fn of(webhook: &StoredWebhook) -> Self {
        serde_json::from_str(&webhook.options).unwrap_or_default()
    }
}

/// A webhook as a request describes it; all but the last four are required.
#[derive(Debug)]
struct WebhookBody {
    url: String,
    events: Vec<String>,
    secret: String,
    label: String,
    inboxes: Vec<InboxId>,
    options: Options,
}

impl WebhookBody {
    fn read(body: &Value, caller: &Caller, faults: &mut Faults) -> Result<Self, Error> {
        let members = Members::of_body(body).ok_or(Error::NotJson)?;
        let label = members.sized_text("label", 0, LONGEST_LABEL, faults);
        let version = members.word("payloadVersion", &["V2", "V3"], faults);
        Ok(Self {
            url: members.required_text("url", faults).to_owned(),
            events: events(&members, faults),
            secret: secret(&members, faults),
            label: label.unwrap_or_default().to_owned(),
            inboxes: inboxes(&members, caller, faults),
            options: Options {
                notification: members.flag("notification", faults),
                payload_version: version.map(str::to_owned),
            },
        })
    }

    fn options(&self) -> String {
        serde_json::to_string(&self.options).expect("options are plain data")
    }
}

/// Events in the contract's order, each once.
fn events(members: &Members<'_>, faults: &mut Faults) -> Vec<String> {
    let known = faults.len();
    let items = members.items("events", faults);
    if items.len() == 0 && faults.len() == known {
        let path = members.path("events");
        faults.add(path, Reason::NotEmpty, "may not be empty");
    }
    let mut wanted = [false; EVENTS.len()];
    for (path, item) in items {
        let place = EVENTS.iter().position(|name| item == name);
        match place {
            Some(at) => wanted[at] = true,
            None => faults.echo(path, Reason::EnumValue, "is not a known event", item),
        }
    }
    let names = EVENTS.iter().zip(wanted).filter(|(_, wanted)| *wanted);
    names.map(|(name, _)| (*name).to_owned()).collect()
}

/// Never echoed.
fn secret(members: &Members<'_>, faults: &mut Faults) -> String {
    let path = members.path("secret");
    match members.get("secret") {
        None => faults.add(path, Reason::NotEmpty, "may not be empty"),
        Some(Value::String(text)) if text.is_empty() => {
            faults.add(path, Reason::NotEmpty, "may not be empty");
        }
        Some(Value::String(text)) if text.chars().count() > LONGEST_SECRET => {
            let message = format!("must have at most {LONGEST_SECRET} characters");
            faults.add(path, Reason::Size, &message);
        }
        Some(Value::String(text)) => return text.clone(),
        Some(_) => faults.add(path, Reason::Type, "must be a string"),
    }
    String::new()
}

/// Sorted, each once; empty means all that the app reaches.
fn inboxes(members: &Members<'_>, caller: &Caller, faults: &mut Faults) -> Vec<InboxId> {
    let mut inboxes = Vec::new();
    for (path, item) in members.items("mailboxIds", faults) {
        match heddle_http::json::as_i64_exact(item).map(InboxId) {
            None => faults.echo(path, Reason::Type, "must be a number", item),
            Some(id) if caller.principal.inbox(id).is_none() => {
                faults.unknown(path, "mailbox", id.get());
            }
            Some(id) => inboxes.push(id),
        }
    }
    if inboxes.is_empty() {
        inboxes = caller.inboxes();
    }
    inboxes.sort_unstable();
    inboxes.dedup();
    inboxes
}

fn reach(caller: &Caller) -> WebhookReach {
    WebhookReach {
        inboxes: caller.inboxes(),
        api: Some(NAME.as_str().to_owned()),
    }
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        Self::System(error.to_string())
    }
}

/// A request to make or replace a webhook that was found to be right.
struct Checked {
    body: WebhookBody,
    /// Sealed, and as it may be shown.
    url: (String, String),
    secret: String,
}

impl Checked {
    /// `allow` is the webhook's own list of what it reaches inside.
    async fn of(
        app: &App,
        caller: &Caller,
        id: WebhookId,
        allow: &Allow,
        sent: &[u8],
    ) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let value = input::object(sent, &mut faults)?;
        let body = WebhookBody::read(&value, caller, &mut faults)?;
        let account = caller.principal.credential.account;
        let mut url = Default::default();
        if !body.url.is_empty() {
            url = match manage::check_url(&app.webhooks, account, id, &body.url, allow).await {
                Ok(url) => url,
                Err(CheckError::Faults(wrong)) => {
                    let message = wrong.first().map_or("", |fault| fault.detail.as_str());
                    faults.add("url", Reason::Url, message);
                    Default::default()
                }
                Err(CheckError::Store(error)) => return Err(error.into()),
                Err(CheckError::Seal(error)) => return Err(error.into()),
            };
        }
        faults.settle()?;
        for event in &body.events {
            rights(event)
                .iter()
                .try_for_each(|scope| caller.must(*scope))?;
        }
        let secret = manage::seal_secret(&app.webhooks, account, id, Some(&body.secret))?;
        Ok(Self { body, url, secret })
    }
}

/// `POST /v2/webhooks`
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Base(base): Base,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    caller.must(Scope::WebhooksWrite)?;
    let sent = read_body(&headers, body).await?;
    let account = caller.principal.credential.account;
    let id = WebhookId(app.store.take_id(account, Counted::Webhook).await?);
    let checked = Checked::of(&app, &caller, id, &Allow::default(), &sent).await?;
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
    Ok(answer::created(id.get(), Some(location)))
}

/// `PUT /v2/webhooks/{webhookId}`: everything anew, the secret included; one that is disabled begins again.
pub(crate) async fn replace(
    State(app): State<App>,
    caller: Caller,
    WebhookPath(id): WebhookPath,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    caller.must(Scope::WebhooksWrite)?;
    let sent = read_body(&headers, body).await?;
    let before = find(&app, &caller, id).await?;
    let allow = Allow::parse(&before.allow).unwrap_or_default();
    let checked = Checked::of(&app, &caller, id, &allow, &sent).await?;
    let rotation = Rotation {
        secret: checked.secret,
        previous_until: None,
    };
    let acting = caller.acting(caller.principal.credential.agent);
    let command = UpdateWebhook {
        options: Some(checked.body.options()),
        label: Some(checked.body.label),
        url: Some(checked.url),
        kinds: Some(checked.body.events),
        inboxes: Some(checked.body.inboxes),
        rotation: Some(rotation),
        enabled: Some(true),
        ..UpdateWebhook::new(acting, reach(&caller), id)
    };
    app.store.write(command).await?;
    Ok(answer::no_content())
}

/// `DELETE /v2/webhooks/{webhookId}`
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    WebhookPath(id): WebhookPath,
) -> Result<Response, Error> {
    caller.must(Scope::WebhooksWrite)?;
    let command = DeleteWebhook {
        caller: caller.acting(caller.principal.credential.agent),
        reach: reach(&caller),
        id,
        expected: None,
    };
    app.store.write(command).await?;
    Ok(answer::no_content())
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
    caller.must(Scope::WebhooksRead)?;
    let webhook = find(&app, &caller, id).await?;
    Ok(answer::hal(&view(&app, &caller, &base, webhook)))
}

/// `GET /v2/webhooks`
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Base(base): Base,
    query: Query,
) -> Result<Response, Error> {
    caller.must(Scope::WebhooksRead)?;
    let wanted = Wanted::read(&query)?;
    let read = ListWebhooks {
        account: caller.principal.credential.account,
        reach: reach(&caller),
        after: WebhookId(0),
        limit: MOST_LISTED,
    };
    let all = app.store.read(read).await?;
    let numbers = wanted.numbers(PAGE_SIZE, all.len() as i64);
    let skipped = usize::try_from((wanted.number - 1).saturating_mul(PAGE_SIZE));
    let page = all.into_iter().skip(skipped.unwrap_or(usize::MAX));
    let webhooks = page.take(PAGE_SIZE as usize);
    let webhooks = webhooks.map(|webhook| view(&app, &caller, &base, webhook));
    Ok(answer::hal(&Page {
        embedded: Webhooks {
            webhooks: webhooks.collect(),
        },
        links: wanted.links(&format!("{base}/v2/webhooks/"), numbers),
        page: numbers,
    }))
}

/// A webhook as its app sees it: with its whole URL, by which apps find their own, and without its secret.
fn view(app: &App, caller: &Caller, base: &str, webhook: StoredWebhook) -> Webhook {
    let account = caller.principal.credential.account;
    let url = unseal(&app.sealer, URL, account, &webhook, &webhook.url)
        .inspect_err(|error| tracing::error!(webhook = %webhook.id, %error, "cannot show a URL"));
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
        events: webhook.kinds,
        notification,
        payload_version: payload_version.unwrap_or_else(|| "V2".to_owned()),
        label: webhook.label,
        mailbox_ids: webhook.inboxes.into_iter().map(InboxId::get).collect(),
        links: SelfLink {
            this: Link::to(format!("{base}/v2/webhooks/{id}")),
        },
    }
}
