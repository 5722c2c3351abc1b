//! Checks new and changed webhooks for every API, encrypts their URLs and secrets, and tests them with a ping.

use heddle_domain::id::{AccountId, EventId, WebhookId};
use heddle_store::StoredWebhook;
use heddle_store::read::webhooks::GetWebhookAllow;
use serde_json::{Map, Value};

use super::allow::{AllowEntry, AllowList};
use super::client::Session;
use super::deliver::{self, Message};
use super::endpoint::{Endpoint, EndpointError, SECRET_PURPOSE, URL_PURPOSE, unseal};
use super::guard::{AllowLists, Refusal, Target};
use super::hook::{ALL_EVENTS, Hook};
use crate::sender::Sender;
use heddle_access::seal::SealError;
use heddle_store::write::delivery::NewAttempt;

/// Replaces the secret part of a URL where the URL is shown.
const MASK: &str = "***";

/// How many times a request checks the rights of its caller, if the webhook is changed each time before the request can write. The
/// requests of one node wait for each other, so only those of other nodes can do that.
pub const MAX_CHECKS: usize = 100;

/// What is wrong with a field of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Name of the field in the native API.
    pub field: String,
    /// What is wrong, in English.
    pub detail: String,
}

impl Fault {
    fn new(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            detail: detail.into(),
        }
    }
}

/// Why a webhook cannot be created or changed.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Some fields are wrong.
    #[error("wrong fields")]
    Faults(Vec<Fault>),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] heddle_store::Error),
    /// The URL cannot be encrypted.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// The checked fields of a new or changed webhook; a field that was not given is `None`.
#[derive(Clone, Debug, Default)]
pub struct CheckedFields {
    /// The encrypted URL, and the masked one that may be shown.
    pub url: Option<(String, String)>,
    /// The webhook's allow list, in the form in which it is stored.
    pub allow: Option<String>,
    /// The options that only the webhook's API knows, in the form in which they are stored.
    pub options: Option<String>,
}

/// The fields of a new or changed webhook as the client gave them; a field that was not given is `None`.
#[derive(Clone, Debug, Default)]
pub struct WebhookFields<'a> {
    /// URL of the webhook.
    pub url: Option<&'a str>,
    /// The events to which the webhook subscribes.
    pub events: Option<&'a [String]>,
    /// Allow list of the webhook.
    pub allow: Option<&'a [String]>,
    /// The options that only the webhook's API knows.
    pub options: Option<Map<String, Value>>,
    /// Whether a failed delivery blocks the later ones.
    pub ordered: Option<bool>,
}

/// Checks the fields of a webhook, and encrypts its URL. `stored_allow` is used as its allow list if the fields contain
/// none.
///
/// # Errors
/// Returns all wrong fields, or why they cannot be checked.
pub async fn check(
    sender: &Sender,
    account: AccountId,
    id: WebhookId,
    hook: &dyn Hook,
    fields: WebhookFields<'_>,
    stored_allow: &AllowList,
) -> Result<CheckedFields, CheckError> {
    let account_allow = account_allow(sender, account).await?;
    let server_allow = &sender.settings.allow;
    let mut faults = wrong_fields(hook, &fields);
    let allow = fields.allow.map(|entries| {
        let (list, wrong) = check_allow(entries, [server_allow, &account_allow]);
        faults.extend(wrong);
        list
    });
    let allow_lists = AllowLists {
        server: server_allow,
        account: &account_allow,
        webhook: allow.as_ref().unwrap_or(stored_allow),
    };
    let masked = fields.url.map(|url| check_target(url, &allow_lists));
    let masked = masked.transpose().map_err(|fault| faults.push(fault)).ok();
    if !faults.is_empty() {
        return Err(CheckError::Faults(faults));
    }
    let url = match fields.url.zip(masked.flatten()) {
        Some((url, masked)) => Some((seal_url(sender, account, id, url)?, masked)),
        None => None,
    };
    Ok(CheckedFields {
        url,
        allow: allow.map(|list| list.to_string()),
        options: fields.options.map(|all| Value::Object(all).to_string()),
    })
}

/// Returns what is wrong with the fields that need no list of allowed hosts.
fn wrong_fields(hook: &dyn Hook, fields: &WebhookFields<'_>) -> Vec<Fault> {
    let mut faults = unknown_events(hook, fields.events.unwrap_or_default());
    if fields.ordered == Some(true) && !hook.can_be_ordered() {
        faults.push(Fault::new("ordered", "goes with native webhooks only"));
    }
    let options = fields.options.as_ref();
    faults.extend(options.and_then(|all| wrong_option(hook, all)));
    faults
}

/// Checks the URL of a webhook with the allow list `own`. Returns the encrypted URL, and the masked one that may be
/// shown.
///
/// # Errors
/// Returns the errors of [`check`].
pub async fn check_url(
    sender: &Sender,
    account: AccountId,
    id: WebhookId,
    url: &str,
    own: &AllowList,
) -> Result<(String, String), CheckError> {
    let allow_lists = AllowLists {
        server: &sender.settings.allow,
        account: &account_allow(sender, account).await?,
        webhook: own,
    };
    let masked = check_target(url, &allow_lists);
    let masked = masked.map_err(|fault| CheckError::Faults(vec![fault]))?;
    Ok((seal_url(sender, account, id, url)?, masked))
}

async fn account_allow(sender: &Sender, account: AccountId) -> Result<AllowList, CheckError> {
    let list = sender.store.read(GetWebhookAllow(account)).await?;
    Ok(AllowList::parse(&list).unwrap_or_default())
}

fn unknown_events(hook: &dyn Hook, names: &[String]) -> Vec<Fault> {
    let known = hook.event_names();
    let fault = |(at, name): (usize, &String)| {
        let detail = match name.as_str() {
            ALL_EVENTS if names.len() == 1 => return None,
            ALL_EVENTS => format!("{ALL_EVENTS} stands for all events, so it stands alone"),
            name if known.contains(&name) => return None,
            _ => {
                let all = known.join(", ");
                format!("is no event of this API; its events are {all}, or {ALL_EVENTS} for all")
            }
        };
        Some(Fault::new(format!("events[{at}]"), detail))
    };
    names.iter().enumerate().filter_map(fault).collect()
}

/// Returns the fault of the first option that is unknown, missing or invalid; `None` if there is none.
fn wrong_option(hook: &dyn Hook, options: &Map<String, Value>) -> Option<Fault> {
    let known = hook.option_fields();
    let is_known = |name: &str| known.iter().any(|field| field.name == name);
    let unknown = options.keys().find(|name| !is_known(name));
    let unknown = unknown.map(|name| (name.as_str(), "is no option of this API"));
    let invalid = known.iter().find(|field| {
        let value = options.get(field.name);
        value.map_or(field.required, |value| !(field.accepts)(value))
    });
    let wrong = unknown.or(invalid.map(|field| (field.name, field.fault)));
    wrong.map(|(name, fault)| Fault::new(format!("options.{name}"), fault))
}

/// Parses an allow list, and checks that the lists of the operator allow all of it.
fn check_allow(entries: &[String], operator: [&AllowList; 2]) -> (AllowList, Vec<Fault>) {
    let mut faults = Vec::new();
    let mut list = Vec::new();
    for (at, text) in entries.iter().enumerate() {
        match text.parse::<AllowEntry>() {
            Ok(entry) => list.push(entry),
            Err(error) => faults.push(Fault::new(format!("allow[{at}]"), error.to_string())),
        }
    }
    let list = AllowList::new(list);
    if let Some(entry) = list.first_outside(operator) {
        let detail = format!("{entry} is not among what the operator allows");
        faults.push(Fault::new("allow", detail));
    }
    (list, faults)
}

/// Checks a URL and returns it masked.
fn check_target(url: &str, allow_lists: &AllowLists<'_>) -> Result<String, Fault> {
    if url.contains(MASK) {
        let detail = format!("{MASK} stands for what is not shown; send the whole URL");
        return Err(Fault::new("url", detail));
    }
    let target = Target::parse(url);
    let checked = target.and_then(|target| target.check(allow_lists).map(|()| masked(&target)));
    checked.map_err(|refusal| Fault::new("url", with_hint(&refusal)))
}

/// Returns the refusal of a URL. For an internal address, also how the operator can allow it.
fn with_hint(refusal: &Refusal) -> String {
    match refusal {
        Refusal::InternalName(_) | Refusal::InternalAddress(_) | Refusal::InternalOnly(_) => {
            format!(
                "{refusal}; the operator can allow it with `heddle webhook allow` or `webhooks.allow` in the configuration"
            )
        }
        _ => refusal.to_string(),
    }
}

fn seal_url(
    sender: &Sender,
    account: AccountId,
    id: WebhookId,
    url: &str,
) -> Result<String, SealError> {
    sender
        .sealer
        .seal(URL_PURPOSE, account, id.get(), url.as_bytes())
}

/// Returns the URL with its query masked, because a query may contain a secret.
fn masked(target: &Target) -> String {
    let url = target.url();
    match url.query() {
        None => url.to_string(),
        Some(_) => format!("{}?{MASK}", &url[..url::Position::AfterPath]),
    }
}

/// Encrypts a secret for storage.
///
/// # Errors
/// Fails if the sealing key cannot be read.
pub fn seal_secret(
    sender: &Sender,
    account: AccountId,
    id: WebhookId,
    secret: Option<&str>,
) -> Result<String, SealError> {
    match secret {
        None => Ok(String::new()),
        Some(secret) => sender
            .sealer
            .seal(SECRET_PURPOSE, account, id.get(), secret.as_bytes()),
    }
}

/// Returns scheme and host of a URL, with a mask for the rest, for those who may see no more.
#[must_use]
pub fn without_path(url: &str) -> String {
    let host = url.find("://").map_or(0, |at| at + "://".len());
    let end = url[host..].find(['/', '?', '#']);
    format!("{}/{MASK}", &url[..end.map_or(url.len(), |at| host + at)])
}

/// Returns the URL of a webhook with its query masked, which those who may change the webhook see.
///
/// # Errors
/// Fails if the URL cannot be decrypted.
pub fn masked_url(
    sender: &Sender,
    account: AccountId,
    webhook: &StoredWebhook,
) -> Result<String, EndpointError> {
    let url = unseal(&sender.sealer, URL_PURPOSE, account, webhook, &webhook.url)?;
    let target = Target::parse(&url).map_err(|_| EndpointError::Unreadable("URL"))?;
    Ok(masked(&target))
}

/// Sends a request without an event to a webhook, once, and returns the receiver's response. Nothing is recorded.
///
/// # Errors
/// Fails if the webhook cannot be decrypted or the store cannot be read.
pub async fn ping(
    sender: &Sender,
    hook: &'static dyn Hook,
    account: AccountId,
    webhook: StoredWebhook,
) -> Result<NewAttempt, PingError> {
    let account_allow = sender.store.read(GetWebhookAllow(account)).await?;
    let endpoint = Endpoint::of(&sender.sealer, hook, account, webhook, &account_allow)?;
    let content = endpoint.hook.ping(&endpoint.webhook, sender.now());
    let mut session = Session::new(sender.client.clone(), account);
    let timeout = endpoint.delivery_options.timeout;
    let message = Message::new(EventId(0), &content);
    Ok(deliver::attempt(sender, &mut session, &endpoint, &message, timeout).await)
}

/// Why a webhook was not tested.
#[derive(Debug, thiserror::Error)]
pub enum PingError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] heddle_store::Error),
    /// The webhook cannot be decrypted.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
}
