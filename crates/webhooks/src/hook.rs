//! What an API contributes to webhooks: which events it tells, in which words, signed how, and how often it tries.

use std::time::Duration;

use futures_util::future::BoxFuture;
use heddle_domain::credential::Scope;
use heddle_domain::id::{AccountId, EventId};
use heddle_domain::webhook::Policy;
use heddle_domain::{ApiName, Timestamp};
use heddle_http::base_url::BaseUrl;
use heddle_store::read::feed::FeedEvent;
use heddle_store::{Error, Store, StoredWebhook};
use http::HeaderMap;

/// How an API's webhooks are sent.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// How long a request may take, from the look-up to the answer's last byte.
    pub timeout: Duration,
    /// How many redirects with 307 or 308 are followed.
    pub redirects: u32,
    /// When it is tried again, when it is switched off.
    pub policy: Policy,
    /// How long events are collected before they are sent; zero: not at all.
    pub collect: Duration,
}

/// What an API looks at while it makes requests.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Where what the events are about is read.
    pub store: &'a Store,
    /// The address that links begin with.
    pub base_url: &'a BaseUrl,
    /// Whose events.
    pub account: AccountId,
    /// For which webhook.
    pub webhook: &'a StoredWebhook,
}

impl View<'_> {
    /// A choice of the webhook's that only its API understands.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<serde_json::Value> {
        let options: serde_json::Value = serde_json::from_str(&self.webhook.options).ok()?;
        options.get(name).cloned()
    }

    /// Whether the webhook wants an event of this name.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        self.webhook.kinds.iter().any(|kind| kind == name)
    }

    /// Whether the event is about one of the webhook's inboxes. Without a limit it is told of everything; with one, of
    /// customers without a home besides.
    #[must_use]
    pub fn covers(&self, event: &FeedEvent) -> bool {
        let inboxes = &self.webhook.inboxes;
        inboxes.is_empty()
            || match event.inbox {
                Some(inbox) => inboxes.contains(&inbox),
                None => event.kind.as_str().starts_with("customer."),
            }
    }
}

/// A request that is ready but for its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The event that it tells, or the first of them.
    pub event: EventId,
    /// How many events it tells.
    pub events: i64,
    /// What the API calls the event.
    pub name: String,
    /// Headers, kept with the delivery: nothing secret.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
    /// How far the webhook has come in the feed once this was tried. Never decreasing from one to the next.
    pub position: i64,
}

/// What is signed: a request about to be sent, the first time or again.
#[derive(Clone, Copy, Debug)]
pub struct Unsigned<'a> {
    /// The event that it tells, or the first of them.
    pub event: EventId,
    /// When it is sent.
    pub at: Timestamp,
    /// The exact body.
    pub body: &'a [u8],
}

/// The webhook's secrets, endpoint; newest first. None where the API has none.
pub type Secrets = [String];

/// A choice of a webhook that only its API understands.
#[derive(Clone, Copy, Debug)]
pub struct OptionField {
    /// Its name.
    pub name: &'static str,
    /// What it is, for the API description.
    pub doc: &'static str,
    /// What its value looks like.
    pub kind: OptionKind,
}

/// What the value of an option looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// True or false.
    Flag,
    /// A text of 1 to so many characters.
    Text(usize),
}

/// An API's part. All functions are of one kind of webhook and keep nothing.
pub trait Hook: std::fmt::Debug + Send + Sync {
    /// How its webhooks are sent.
    fn terms(&self) -> Terms;

    /// The names of the events that a webhook can ask for.
    fn names(&self) -> Vec<&'static str>;

    /// What whoever wants to be told of an event must be allowed to read.
    fn scopes(&self, name: &str) -> Vec<Scope>;

    /// Whether its webhooks belong to a client application.
    fn needs_application(&self) -> bool {
        false
    }

    /// Whether its webhooks belong to exactly one inbox.
    fn needs_one_inbox(&self) -> bool {
        false
    }

    /// What only this API understands of a webhook; [`Self::options`] checks it.
    fn option_fields(&self) -> &'static [OptionField] {
        &[]
    }

    /// Whether a failed delivery may hold up those behind it.
    fn can_be_ordered(&self) -> bool {
        false
    }

    /// Turns events into requests, in the order of the feed. Events that the webhook is not told of are left out; imported
    /// ones never come here.
    fn prepare<'a>(
        &'a self,
        view: View<'a>,
        events: &'a [FeedEvent],
    ) -> BoxFuture<'a, Result<Vec<Prepared>, Error>>;

    /// Adds what proves the sender.
    fn sign(
        &self,
        webhook: &StoredWebhook,
        secrets: &Secrets,
        request: &Unsigned<'_>,
        headers: &mut HeaderMap,
    );

    /// Checks a secret that somebody chose, and makes one if none was; `None`: the webhook has none.
    ///
    /// # Errors
    /// What is wrong with it, in English.
    fn secret(&self, chosen: Option<String>) -> Result<Option<String>, String>;

    /// Checks what only this API understands (a JSON object), and gives it back as it is stored.
    ///
    /// # Errors
    /// The member that is wrong and why, in English.
    fn options(
        &self,
        options: serde_json::Map<String, serde_json::Value>,
    ) -> Result<serde_json::Map<String, serde_json::Value>, (String, String)>;

    /// A request that tells nothing, to try a webhook with: name, headers, body.
    fn ping(&self, webhook: &StoredWebhook, at: Timestamp) -> Prepared;
}

/// What an event's detail says of its changes: field by field, before and after.
#[derive(Clone, Debug, Default)]
pub struct Detail(serde_json::Map<String, serde_json::Value>);

impl Detail {
    /// Of an event.
    #[must_use]
    pub fn of(event: &FeedEvent) -> Self {
        let detail = event.detail.as_deref().map(serde_json::from_str);
        Self(detail.and_then(Result::ok).unwrap_or_default())
    }

    /// A field's values before and after, if it changed.
    #[must_use]
    pub fn change(&self, field: &str) -> Option<(serde_json::Value, serde_json::Value)> {
        let pair = self.0.get("changes")?.get(field)?;
        Some((pair.get(0)?.clone(), pair.get(1)?.clone()))
    }

    /// Whether it says anything of this name that is no change of a field.
    #[must_use]
    pub fn tells(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Whether a draft was published.
    #[must_use]
    pub fn publishes(&self) -> bool {
        self.change("state")
            .is_some_and(|(before, after)| before == "draft" && after == "published")
    }
}

/// The APIs that have webhooks, by name.
#[derive(Clone, Debug, Default)]
pub struct Hooks(Vec<(ApiName, &'static dyn Hook)>);

impl Hooks {
    /// The part that the API of that name has in webhooks.
    #[must_use]
    pub fn find(&self, api: &str) -> Option<&'static dyn Hook> {
        let found = self.0.iter().find(|(name, _)| name.as_str() == api);
        found.map(|(_, hook)| *hook)
    }
}

impl FromIterator<(ApiName, &'static dyn Hook)> for Hooks {
    fn from_iter<I: IntoIterator<Item = (ApiName, &'static dyn Hook)>>(hooks: I) -> Self {
        Self(hooks.into_iter().collect())
    }
}
