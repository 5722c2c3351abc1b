//! Making and changing webhooks, whichever API asks: checks, sealing, the address guard.

use heddle_domain::id::{AccountId, WebhookId};
use heddle_store::StoredWebhook;
use heddle_store::read::webhooks::GetWebhookAllow;
use serde_json::{Map, Value};

use super::allow::Allow;
use super::client::Lane;
use super::deliver::{self, Message};
use super::endpoint::{Endpoint, EndpointError, SECRET, URL, unseal};
use super::guard::{Permits, Refusal, Target};
use super::hook::Hook;
use crate::sender::Sender;
use heddle_access::seal::SealError;
use heddle_store::write::delivery::NewAttempt;

/// What stands for the secret part of a URL.
const MASK: &str = "***";

/// A field that is refused, in Heddle's own words, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field.
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

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Fields are wrong.
    #[error("wrong fields")]
    Faults(Vec<Fault>),
    /// The store says why.
    #[error(transparent)]
    Store(#[from] heddle_store::Error),
    /// It cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// What was checked of a new or changed webhook; what was not given is `None`.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// The URL, sealed, and as it may be shown.
    pub url: Option<(String, String)>,
    /// The list of internal hosts and networks, as stored.
    pub allow: Option<String>,
    /// The API's options, as stored.
    pub options: Option<String>,
}

/// What somebody wants of a webhook.
#[derive(Clone, Debug, Default)]
pub struct Wishes<'a> {
    /// Its URL.
    pub url: Option<&'a str>,
    /// The events it is told of.
    pub events: Option<&'a [String]>,
    /// The internal hosts and networks it keeps to.
    pub allow: Option<&'a [String]>,
    /// What only its API understands.
    pub options: Option<Map<String, Value>>,
    /// Whether a failed delivery holds up those behind it.
    pub ordered: Option<bool>,
}

/// Checks wishes for a webhook, and seals what is secret.
///
/// # Errors
/// Every wrong field; or why it cannot be checked.
pub async fn check(
    sender: &Sender,
    account: AccountId,
    id: WebhookId,
    hook: &dyn Hook,
    wishes: Wishes<'_>,
    kept_allow: &Allow,
) -> Result<Checked, CheckError> {
    let mut faults = Vec::new();
    let mut checked = Checked::default();
    let account_allow = sender.store.read(GetWebhookAllow(account)).await?;
    let account_allow = Allow::parse(&account_allow).unwrap_or_default();
    let server_allow = &sender.settings.allow;
    let known = hook.names();
    for (at, name) in wishes.events.unwrap_or_default().iter().enumerate() {
        if !known.contains(&name.as_str()) {
            faults.push(Fault::new(
                format!("events[{at}]"),
                "is no event of this API",
            ));
        }
    }
    let mut allow = kept_allow.clone();
    if let Some(entries) = wishes.allow {
        let (list, wrong) = read_allow(entries);
        faults.extend(wrong);
        if let Some(entry) = list.first_beyond([server_allow, &account_allow]) {
            let detail = format!("{entry} is not among what the operator allows");
            faults.push(Fault::new("allow", detail));
        }
        checked.allow = Some(list.to_string());
        allow = list;
    }
    if wishes.ordered == Some(true) && !hook.can_be_ordered() {
        faults.push(Fault::new("ordered", "goes with native webhooks only"));
    }
    if let Some(options) = wishes.options {
        match hook.options(options) {
            Ok(options) => checked.options = Some(Value::Object(options).to_string()),
            Err((name, detail)) => faults.push(Fault::new(format!("options.{name}"), detail)),
        }
    }
    if let Some(url) = wishes.url {
        let permits = Permits {
            server: server_allow,
            account: &account_allow,
            webhook: &allow,
        };
        match read_url(url, &permits) {
            Ok(shown) => {
                let sealed = sender.sealer.seal(URL, account, id.get(), url.as_bytes())?;
                checked.url = Some((sealed, shown));
            }
            Err(detail) => faults.push(Fault::new("url", detail)),
        }
    }
    match faults.is_empty() {
        true => Ok(checked),
        false => Err(CheckError::Faults(faults)),
    }
}

/// Checks the URL of a webhook that keeps to `own`; gives it sealed, and as it may be shown.
///
/// # Errors
/// As [`check`].
pub async fn check_url(
    sender: &Sender,
    account: AccountId,
    id: WebhookId,
    url: &str,
    own: &Allow,
) -> Result<(String, String), CheckError> {
    let account_allow = sender.store.read(GetWebhookAllow(account)).await?;
    let account_allow = Allow::parse(&account_allow).unwrap_or_default();
    let permits = Permits {
        server: &sender.settings.allow,
        account: &account_allow,
        webhook: own,
    };
    let shown = read_url(url, &permits)
        .map_err(|detail| CheckError::Faults(vec![Fault::new("url", detail)]))?;
    let sealed = sender.sealer.seal(URL, account, id.get(), url.as_bytes())?;
    Ok((sealed, shown))
}

fn read_allow(entries: &[String]) -> (Allow, Vec<Fault>) {
    let mut faults = Vec::new();
    let mut list = Vec::new();
    for (at, text) in entries.iter().enumerate() {
        match text.parse() {
            Ok(entry) => list.push(entry),
            Err(refused) => faults.push(Fault::new(format!("allow[{at}]"), refused_text(&refused))),
        }
    }
    (Allow::new(list), faults)
}

fn refused_text(refused: &super::allow::NotAnEntry) -> String {
    refused.to_string()
}

/// Checks a URL; gives it as it may be shown.
fn read_url(url: &str, permits: &Permits<'_>) -> Result<String, String> {
    if url.contains(MASK) {
        return Err(format!(
            "{MASK} stands for what is not shown; send the whole URL"
        ));
    }
    let checked = |target: Target| target.check(permits).map(|()| shown(&target));
    Target::parse(url)
        .and_then(checked)
        .map_err(|refused: Refusal| refused.to_string())
}

/// A URL without what may be secret in it: the query.
#[must_use]
pub fn shown(target: &Target) -> String {
    let url = target.url();
    match url.query() {
        None => url.to_string(),
        Some(_) => format!("{}?{MASK}", &url[..url::Position::AfterPath]),
    }
}

/// Seals a secret.
///
/// # Errors
/// If the key cannot be had.
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
            .seal(SECRET, account, id.get(), secret.as_bytes()),
    }
}

/// A webhook's URL as it may be shown.
///
/// # Errors
/// If it cannot be endpoint.
pub fn shown_url(
    sender: &Sender,
    account: AccountId,
    webhook: &StoredWebhook,
) -> Result<String, EndpointError> {
    let url = unseal(&sender.sealer, URL, account, webhook, &webhook.url)?;
    let target = Target::parse(&url).map_err(|_| EndpointError::Unreadable("URL"))?;
    Ok(shown(&target))
}

/// Sends a request that tells nothing, once, and says what came back. Nothing of it is recorded.
///
/// # Errors
/// If the webhook cannot be endpoint or the store not be read.
pub async fn ping(
    sender: &Sender,
    hook: &'static dyn Hook,
    account: AccountId,
    webhook: StoredWebhook,
) -> Result<NewAttempt, PingError> {
    let account_allow = sender.store.read(GetWebhookAllow(account)).await?;
    let endpoint = Endpoint::of(&sender.sealer, hook, account, webhook, &account_allow)?;
    let prepared = endpoint.hook.ping(&endpoint.webhook, sender.now());
    let mut lane = Lane::new(sender.client.clone());
    let timeout = endpoint.terms.timeout;
    let message = Message::fresh(&prepared);
    Ok(deliver::attempt(sender, &mut lane, &endpoint, &message, timeout).await)
}

/// Why a webhook was not tried.
#[derive(Debug, thiserror::Error)]
pub enum PingError {
    /// The store says why.
    #[error(transparent)]
    Store(#[from] heddle_store::Error),
    /// It cannot be endpoint.
    #[error(transparent)]
    EndpointError(#[from] EndpointError),
}
