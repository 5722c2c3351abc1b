//! What an API contributes to webhooks: which events it delivers, with which bodies, headers and signatures, and how often
//! it retries.

use std::time::Duration;

use futures_util::future::BoxFuture;
use heddle_domain::credential::Scope;
use heddle_domain::id::{AccountId, EventId};
pub use heddle_domain::webhook::ALL_EVENTS;
use heddle_domain::webhook::Policy;
use heddle_domain::{Account, ApiName, EntityKind, InboxScope, Timestamp};
use heddle_http::base_url::BaseUrl;
use heddle_store::read::account::GetAccount;
use heddle_store::read::feed::FeedEvent;
use heddle_store::{Entity, Error, Refusal, Store, StoredWebhook};
use http::HeaderMap;

/// Returns the names of the events to which a list subscribes in these inboxes. All events of an API are those that can occur
/// there.
pub fn subscribed<'a>(hook: &dyn Hook, events: &'a [String], inboxes: &InboxScope) -> Vec<&'a str> {
    let can_occur = |name: &&str| *inboxes == InboxScope::All || hook.occurs_in_inboxes(name);
    match events {
        [all] if all == ALL_EVENTS => hook.event_names().into_iter().filter(can_occur).collect(),
        _ => events.iter().map(String::as_str).collect(),
    }
}

/// How the deliveries of an API are sent.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryOptions {
    /// Time limit of a request, from resolving the name to the last byte of the response.
    pub timeout: Duration,
    /// How many redirects with 307 or 308 are followed.
    pub redirects: u32,
    /// When a failed delivery is retried, and when the webhook is disabled.
    pub policy: Policy,
    /// How long the engine waits for more events before it sends; zero means that it does not wait.
    pub collect: Duration,
    /// The maximum number of events that [`Hook::prepare`] gets at once: 1 unless one request can report several.
    pub together: usize,
}

/// What an API can read while it creates requests.
#[derive(Clone, Copy, Debug)]
pub struct HookContext<'a> {
    /// The store with the records that the events are about.
    pub store: &'a Store,
    /// The start of absolute links in the request's body.
    pub base_url: &'a BaseUrl,
    /// The account of the events.
    pub account: AccountId,
    /// The webhook that gets the requests.
    pub webhook: &'a StoredWebhook,
}

impl HookContext<'_> {
    /// Returns the account of the events.
    ///
    /// # Errors
    /// If the store cannot be read, or the account does not exist.
    pub async fn get_account(&self) -> Result<Account, Error> {
        let account = self.store.read(GetAccount(self.account)).await?;
        Ok(account.ok_or(Refusal::NotFound(Entity::Account))?)
    }

    /// Returns the public id of an entity in an API; empty if it has none.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn public_id(
        &self,
        api: ApiName,
        kind: EntityKind,
        entity: i64,
    ) -> Result<String, Error> {
        let found = self.store.find_public_id(self.account, kind, entity, api);
        Ok(found.await?.unwrap_or_default())
    }

    /// Whether the webhook is subscribed to events of this name.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        self.webhook.wants(name)
    }

    /// Whether the event is about one of the webhook's inboxes. A webhook of all inboxes covers all events. A webhook
    /// of some inboxes also covers events about customers without a home inbox (a home inbox is the only inbox that
    /// shows the customer).
    #[must_use]
    pub fn covers(&self, event: &FeedEvent) -> bool {
        let inboxes = &self.webhook.inboxes;
        *inboxes == InboxScope::All
            || inboxes.reaches_home(event.inbox)
                && (event.inbox.is_some() || event.kind.entity_kind() == Some(EntityKind::Customer))
    }
}

/// What a request says: all of it except for its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The API's name for the event.
    pub name: &'static str,
    /// Headers of the request. They are stored with the delivery, so they must not contain secrets.
    pub headers: Vec<(&'static str, String)>,
    /// Body of the request.
    pub body: String,
}

/// A request that is complete except for its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsignedRequest {
    /// The event that the request reports, or the first of several.
    pub event: EventId,
    /// How many events the request reports.
    pub events: i64,
    /// What it says.
    pub content: Content,
    /// The webhook's position in the feed after the first attempt of this request. It never decreases from one request
    /// to the next.
    pub position: i64,
}

impl UnsignedRequest {
    /// Returns the requests for one event, in this order. Only the last one moves the webhook's position past the event.
    #[must_use]
    pub fn of_event(event: &FeedEvent, contents: Vec<Content>) -> Vec<Self> {
        let requests = contents.into_iter().map(|content| Self {
            event: event.id,
            events: 1,
            content,
            position: event.position,
        });
        let mut requests: Vec<_> = requests.collect();
        Self::pass_with_the_last(&mut requests, event.position);
        requests
    }

    /// Lets only the last of these requests move the webhook's position to `position`, the last event that they report. After
    /// each of the others, the position is still before that event: after a crash between two requests, the event is read
    /// again, and no request is lost.
    pub fn pass_with_the_last(requests: &mut [Self], position: i64) {
        let last = requests.len().saturating_sub(1);
        for (at, request) in requests.iter_mut().enumerate() {
            request.position = if at == last { position } else { position - 1 };
        }
    }
}

/// What a signature covers: a request that is about to be sent, for the first time or as a retry.
#[derive(Clone, Copy, Debug)]
pub struct SignatureInput<'a> {
    /// The event that the request reports, or the first of several.
    pub event: EventId,
    /// The time of sending.
    pub at: Timestamp,
    /// The exact bytes of the body.
    pub body: &'a [u8],
}

/// The decrypted secrets of a webhook, newest first. Empty if webhooks of the API have none.
pub type Secrets = [String];

/// An option of a webhook that only its API knows.
#[derive(Clone, Copy, Debug)]
pub struct OptionField {
    /// Name of the option.
    pub name: &'static str,
    /// Meaning of the option, for the API description.
    pub doc: &'static str,
    /// Type of the option's value.
    pub kind: OptionKind,
    /// Whether a webhook must have the option.
    pub required: bool,
    /// A function that says whether a value is valid.
    pub accepts: fn(&serde_json::Value) -> bool,
    /// What is wrong with an invalid value, in English.
    pub fault: &'static str,
}

/// The type of an option's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// The value is true or false.
    Flag,
    /// A text of 1 to this many characters.
    Text(usize),
}

/// What an API contributes to webhooks. Implementations have no state.
pub trait Hook: std::fmt::Debug + Send + Sync {
    /// Returns how deliveries of this API are sent.
    fn delivery_options(&self) -> DeliveryOptions;

    /// Returns the names of the events to which a webhook can subscribe. Each is sent when its thing happens.
    fn event_names(&self) -> Vec<&'static str>;

    /// Returns the scopes that a credential needs to subscribe to events of this name.
    fn scopes(&self, name: &str) -> Vec<Scope>;

    /// Whether a webhook that is limited to some inboxes can get events of this name.
    fn occurs_in_inboxes(&self, _name: &str) -> bool {
        true
    }

    /// Whether each webhook of this API belongs to a client application.
    fn needs_application(&self) -> bool {
        false
    }

    /// Whether each webhook of this API belongs to exactly one inbox.
    fn needs_one_inbox(&self) -> bool {
        false
    }

    /// Returns the options that only this API knows.
    fn option_fields(&self) -> &'static [OptionField] {
        &[]
    }

    /// Whether a webhook may choose that a failed delivery blocks the later ones.
    fn can_be_ordered(&self) -> bool {
        false
    }

    /// Turns events into requests, in the order of the feed. Leaves out the events that this webhook does not get. The
    /// engine never passes imported events, and at most [`DeliveryOptions::together`] at once.
    fn prepare<'a>(
        &'a self,
        context: HookContext<'a>,
        events: &'a [FeedEvent],
    ) -> BoxFuture<'a, Result<Vec<UnsignedRequest>, Error>>;

    /// Adds the headers that prove who sent the request.
    fn sign(
        &self,
        webhook: &StoredWebhook,
        secrets: &Secrets,
        request: &SignatureInput<'_>,
        headers: &mut HeaderMap,
    );

    /// Checks a secret that the client chose, or creates one. `None` if webhooks of this API have no secret.
    ///
    /// # Errors
    /// Returns what is wrong with the secret, in English.
    fn secret(&self, chosen: Option<String>) -> Result<Option<String>, String>;

    /// Returns what a request without an event says, for testing a webhook. Its event has the id 0.
    fn ping(&self, webhook: &StoredWebhook, at: Timestamp) -> Content;
}

/// The hooks of all APIs that support webhooks, each with its API's name.
#[derive(Clone, Debug, Default)]
pub struct Hooks(Vec<(ApiName, &'static dyn Hook)>);

impl Hooks {
    /// Returns the hook of the API with this name.
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
