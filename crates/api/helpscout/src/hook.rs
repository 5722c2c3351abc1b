//! Webhook deliveries (contract sections 11.2 and 11.3): the resource as its GET shows it, the event's name in a
//! header, a signature with HMAC-SHA1.
//!
//! The resource is read when the first attempt is made, so it may be newer than the event; retries send the same body.
//! A webhook may subscribe to every name of the contract, but some are never sent: `docs/compatibility.md`.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::future::BoxFuture;
use heddle_domain::credential::Scope;
use heddle_domain::event::EventKind;
use heddle_domain::id::{ConversationId, CustomerId, TagId};
use heddle_domain::message::{Direction, Kind, Message, State};
use heddle_domain::webhook::{DisableRule, Policy, Schedule};
use heddle_domain::{EntityKind, EventDetail, Field, InboxScope, Timestamp};
use heddle_store::read::conversations::{GetConversation, ListMessages};
use heddle_store::read::customers::{CountConversations, FindCustomer};
use heddle_store::read::feed::FeedEvent;
use heddle_store::read::tags::ListTags;
use heddle_store::{Error, Refusal, StoredWebhook};
use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::map::{self, EMBEDDED_THREADS, RenderContext};
use heddle_access::secrets::mint_key;
use heddle_webhooks::announced::{Bodies, announced};
use heddle_webhooks::hook::{
    Content, DeliveryOptions, Hook, HookContext, OptionField, OptionKind, Secrets, SignatureInput,
    UnsignedRequest,
};
use heddle_webhooks::sign;

const EVENT_HEADER: &str = "x-helpscout-event";
const SIGNATURE_HEADER: &str = "x-helpscout-signature";
const PING: &str = "helpscout.test";
const NOTIFICATION: &str = "notification";
const PAYLOAD_VERSION: &str = "payload_version";
/// The versions of a payload that a webhook may ask for. Bodies are always V2 (contract section 16).
pub(crate) const PAYLOAD_VERSIONS: [&str; 2] = ["V2", "V3"];
/// The maximum length of a secret, in characters.
pub(crate) const LONGEST_SECRET: usize = 40;
const SECOND_MS: i64 = 1_000;

/// The events that a webhook may subscribe to (contract section 11.2).
pub(crate) const EVENTS: [&str; 28] = [
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
    "user.status.changed",
    "organization.created",
    "organization.updated",
    "organization.deleted",
    "convo.ai-answers.created",
    "beacon.chat.agent.replied",
    "beacon.chat.assigned",
];

/// Returns the scopes that a subscription to an event requires: those of the route that answers with the same body. A
/// conversation comes with its threads.
pub(crate) fn scopes(event: &str) -> &'static [Scope] {
    match event.split('.').next() {
        Some("customer" | "organization") => &[Scope::CustomersRead],
        Some("tag") => &[Scope::ConversationsRead],
        Some("user") => &[Scope::AgentsRead],
        _ => &[Scope::ConversationsRead, Scope::MessagesRead],
    }
}

/// The options of a webhook that only this API has, as they are stored.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Options {
    /// Whether the body contains only the URL of the changed resource.
    #[serde(default)]
    pub(crate) notification: bool,
    /// The version that the webhook asked for: one of [`PAYLOAD_VERSIONS`].
    #[serde(default)]
    pub(crate) payload_version: Option<String>,
}

impl Options {
    /// Returns the options of a stored webhook.
    pub(crate) fn of(webhook: &StoredWebhook) -> Self {
        serde_json::from_str(&webhook.options).unwrap_or_default()
    }
}

const DELIVERY: DeliveryOptions = DeliveryOptions {
    timeout: Duration::from_secs(10),
    redirects: 0,
    policy: Policy {
        schedule: Schedule::Growing {
            first_ms: 30 * SECOND_MS,
            factor: 2,
            most_ms: 3_600 * SECOND_MS,
            retries: 10,
        },
        disable: DisableRule::DiscardedInARow(10),
        gone_disables: true,
    },
    collect: Duration::ZERO,
    together: 1,
};

/// The webhooks of this API.
#[derive(Debug)]
pub(crate) struct Webhooks;

/// The resource that an event is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Conversation(ConversationId),
    Customer(CustomerId),
    Tag(TagId),
    Deleted(i64),
}

/// Returns the vendor's names for the changes of a conversation.
fn change_names(detail: &EventDetail) -> Vec<&'static str> {
    let mut names: Vec<_> = detail.changes.iter().filter_map(change_name).collect();
    names.sort_unstable_by_key(|(place, _)| *place);
    names.into_iter().map(|(_, name)| name).collect()
}

/// Returns the vendor's name for a change, and a number that orders the names of one event.
const fn change_name(change: &Field) -> Option<(u8, &'static str)> {
    match change {
        Field::Status(_) => Some((0, "convo.status")),
        Field::Assignee(_) => Some((1, "convo.assigned")),
        Field::Inbox(_) => Some((2, "convo.moved")),
        Field::Tags(_) => Some((3, "convo.tags")),
        Field::CustomFields(_) => Some((4, "convo.custom-fields")),
        Field::Archived(_)
        | Field::Customer(_)
        | Field::Guest(_)
        | Field::State(_)
        | Field::Format(_)
        | Field::Subject(_)
        | Field::TicketNumber(_)
        | Field::TicketLink(_)
        | Field::DefinedFields(_)
        | Field::InboxProfile(_)
        | Field::OptOuts(_)
        | Field::HomeInbox(_)
        | Field::MergedInto(_)
        | Field::Addresses(_)
        | Field::PostalAddress(_)
        | Field::Details(_)
        | Field::Preferences(_)
        | Field::Followers(_)
        | Field::Email(_)
        | Field::Name(_)
        | Field::DefaultAgent(_)
        | Field::MessagingOff(_)
        | Field::Api(_)
        | Field::Scopes(_)
        | Field::Inboxes(_)
        | Field::Agent(_)
        | Field::Application(_)
        | Field::Portfolio(_)
        | Field::PublicName(_)
        | Field::PublicIds(_)
        | Field::Settings(_)
        | Field::Revoked(_)
        | Field::Label(_)
        | Field::Url(_)
        | Field::Events(_)
        | Field::Ordered(_)
        | Field::Enabled(_)
        | Field::Allow(_)
        | Field::Options(_)
        | Field::Credential(_)
        | Field::WebhookAllow(_)
        | Field::RedirectUrl(_)
        | Field::Members(_)
        | Field::SignsIn(_)
        | Field::Profile(_)
        | Field::Setting(_) => None,
    }
}

/// Returns the vendor's name for a new thread; `None` for drafts and line items.
fn thread_name(message: &Message) -> Option<&'static str> {
    match (message.kind, message.state, message.direction) {
        (Kind::LineItem, ..) | (_, State::Draft | State::Hidden, _) => None,
        (Kind::Note, ..) => Some("convo.note.created"),
        (Kind::Message, _, Direction::Incoming) => Some("convo.customer.reply.created"),
        (Kind::Message, _, Direction::Outgoing) => Some("convo.agent.reply.created"),
    }
}

/// Resources, each with the vendor's names for what happened to it.
type Subjects = Vec<(Subject, Vec<&'static str>)>;

/// Returns what a new or published thread is told as: first the thread's own event, with the conversation in which the
/// thread is now; then the changes that the thread made to its conversation. A merge or a split may have moved the thread.
async fn of_message(context: HookContext<'_>, event: &FeedEvent) -> Result<Subjects, Error> {
    let found = announced(context, std::iter::once(event), Bodies::Left).await?;
    let mut subjects = Subjects::new();
    for found in found.into_iter().flat_map(|(_, found)| found) {
        let names: Vec<_> = found.messages.iter().filter_map(thread_name).collect();
        subjects.push((Subject::Conversation(found.conversation.id), names));
    }
    if let Some(conversation) = event.conversation {
        let changes = change_names(&event.detail.known());
        subjects.push((Subject::Conversation(conversation), changes));
    }
    Ok(subjects)
}

/// Returns the resources that an event is about, and the vendor's names for it that the webhook subscribed to.
async fn subjects(context: HookContext<'_>, event: &FeedEvent) -> Result<Subjects, Error> {
    use EventKind as E;
    let of_conversation = |names| match event.conversation {
        Some(conversation) => vec![(Subject::Conversation(conversation), names)],
        None => Subjects::new(),
    };
    let of_customer = |name| vec![(Subject::Customer(CustomerId(event.entity)), vec![name])];
    let mut subjects = match event.kind {
        E::ConversationCreated => of_conversation(vec!["convo.created"]),
        E::ConversationUpdated => of_conversation(change_names(&event.detail.known())),
        E::ConversationMerged => {
            let mut names = vec!["convo.merged"];
            // The merge may open the survivor.
            let changed = change_names(&event.detail.known());
            names.extend(changed.into_iter().filter(|name| *name == "convo.status"));
            of_conversation(names)
        }
        E::ConversationDeleted => vec![(Subject::Deleted(event.entity), vec!["convo.deleted"])],
        E::MessageAdded => of_message(context, event).await?,
        E::MessageUpdated if event.detail.known().publishes_draft() => {
            of_message(context, event).await?
        }
        E::TagCreated => vec![(Subject::Tag(TagId(event.entity)), vec!["tag.created"])],
        E::CustomerCreated => of_customer("customer.created"),
        E::CustomerUpdated => of_customer("customer.updated"),
        E::CustomerErased | E::CustomerMerged => {
            vec![(Subject::Deleted(event.entity), vec!["customer.deleted"])]
        }
        E::AccountCreated
        | E::AccountUpdated
        | E::RetentionApplied
        | E::InboxCreated
        | E::InboxUpdated
        | E::InboxRemoved
        | E::AgentCreated
        | E::AgentUpdated
        | E::AgentConsented
        | E::ApplicationCreated
        | E::CredentialCreated
        | E::CredentialUpdated
        | E::CredentialRevoked
        | E::ConversationSplit
        | E::ConversationRestored
        | E::ConversationLeft
        | E::MessageUpdated
        | E::WebhookCreated
        | E::WebhookUpdated
        | E::WebhookDisabled
        | E::WebhookDeleted
        | E::WebhookReplayed
        | E::Void => Subjects::new(),
    };
    for (_, names) in &mut subjects {
        names.retain(|name| context.wants(name));
    }
    subjects.retain(|(_, names)| !names.is_empty());
    Ok(subjects)
}

/// Returns the resource as its GET shows it, or only its URL; `None` if it no longer exists.
async fn body(context: HookContext<'_>, subject: Subject) -> Result<Option<String>, Error> {
    let base = context.base_url.of_server();
    let link = |path: String| {
        let href = format!("{base}/v2/{path}");
        json!({ "_links": { "self": { "href": href } } }).to_string()
    };
    let is_notification = Options::of(context.webhook).notification;
    match subject {
        Subject::Deleted(id) => Ok(Some(json!({ "id": id }).to_string())),
        Subject::Conversation(id) if is_notification => {
            let found = conversation(context, id, &base).await?;
            Ok(found.map(|_| link(format!("conversations/{id}"))))
        }
        Subject::Customer(id) if is_notification => Ok(Some(link(format!("customers/{id}")))),
        Subject::Tag(id) if is_notification => Ok(Some(link(format!("tags/{id}")))),
        Subject::Tag(id) => tag(context, id).await,
        Subject::Conversation(id) => conversation(context, id, &base).await,
        Subject::Customer(id) => customer(context, id, &base).await,
    }
}

/// Returns the conversation with its threads. For a merged conversation, returns the survivor (the conversation that
/// remains). `None` if the webhook does not cover its inbox now.
async fn conversation(
    context: HookContext<'_>,
    id: ConversationId,
    base: &str,
) -> Result<Option<String>, Error> {
    let (store, account) = (context.store, context.account);
    let render = RenderContext {
        base,
        integration: context.get_account().await?.integration_agent,
        now: store.clock().now(),
    };
    // A move or a merge may have taken the conversation out of the webhook's inboxes since the event.
    let inboxes = &context.webhook.inboxes;
    let find = |id| GetConversation {
        account,
        inboxes: inboxes.clone(),
        id,
    };
    let found = match store.read(find(id)).await {
        Err(Error::Refused(Refusal::MergedConversation { survivor, .. })) => {
            store.read(find(survivor)).await
        }
        found => found,
    };
    let found = match found {
        Ok(found) => *found,
        Err(Error::Refused(refusal)) if is_gone(&refusal) => return Ok(None),
        Err(error) => return Err(error),
    };
    let page = ListMessages {
        account,
        inboxes: InboxScope::All,
        conversation: found.conversation.id,
        page: 1,
        size: EMBEDDED_THREADS,
        after: None,
    };
    let threads = map::threads(store.read(page).await?.cut(), render);
    let resource = map::conversation(found, Some(threads), render);
    Ok(Some(to_json(&resource)))
}

/// Returns the tag as it was when its first use created it.
async fn tag(context: HookContext<'_>, id: TagId) -> Result<Option<String>, Error> {
    let read = ListTags {
        account: context.account,
        // Only webhooks of all inboxes get events of tags.
        inboxes: InboxScope::All,
        after: TagId(id.get() - 1),
        limit: 1,
    };
    let mut found = context.store.read(read).await?.tags.into_iter();
    let found = found.find(|tag| tag.id == id);
    Ok(found.map(|found| to_json(&map::new_tag(found))))
}

async fn customer(
    context: HookContext<'_>,
    id: CustomerId,
    base: &str,
) -> Result<Option<String>, Error> {
    let read = FindCustomer {
        account: context.account,
        inboxes: InboxScope::All,
        id,
    };
    let found = match context.store.read(read).await {
        Ok(found) => found,
        Err(Error::Refused(refusal)) if is_gone(&refusal) => return Ok(None),
        Err(error) => return Err(error),
    };
    let count = CountConversations {
        account: context.account,
        inboxes: context.webhook.inboxes.clone(),
        customers: vec![id],
    };
    let counts = context.store.read(count).await?;
    let count = counts.first().copied().unwrap_or_default();
    Ok(Some(to_json(&map::customer(&found, count, base))))
}

/// Whether a read was refused because the resource no longer exists under its id. No other refusal is expected.
const fn is_gone(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::NotFound(_)
        | Refusal::MergedConversation { .. }
        | Refusal::MergedCustomer(_)
        | Refusal::ErasedCustomer => true,
        Refusal::Locked(_)
        | Refusal::Invalid { .. }
        | Refusal::Conflict(_)
        | Refusal::Forbidden
        | Refusal::Stale => false,
    }
}

fn to_json(resource: &impl Serialize) -> String {
    serde_json::to_string(resource).expect("a resource is plain data")
}

fn content(name: &'static str, body: String) -> Content {
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        (EVENT_HEADER, name.to_owned()),
    ];
    Content {
        name,
        headers,
        body,
    }
}

/// Returns the requests for one event: one for each of the vendor's names, with the resource that the name is about.
async fn requests(
    context: HookContext<'_>,
    event: &FeedEvent,
) -> Result<Vec<UnsignedRequest>, Error> {
    let mut contents = Vec::new();
    let mut last: Option<(Subject, Option<String>)> = None;
    for (subject, names) in subjects(context, event).await? {
        let body = match last {
            Some((same, body)) if same == subject => body,
            _ => body(context, subject).await?,
        };
        let told = body
            .iter()
            .flat_map(|body| names.iter().map(|name| content(name, body.clone())));
        contents.extend(told);
        last = Some((subject, body));
    }
    Ok(UnsignedRequest::of_event(event, contents))
}

/// Whether the webhook gets the event. The option `mailboxIds` does not limit events about customers and tags.
fn covers(context: HookContext<'_>, event: &FeedEvent) -> bool {
    let entity = event.kind.entity_kind();
    context.covers(event) || matches!(entity, Some(EntityKind::Customer | EntityKind::Tag))
}

impl Hook for Webhooks {
    fn option_fields(&self) -> &'static [OptionField] {
        &[
            OptionField {
                name: NOTIFICATION,
                doc: "Help Scout: tell only which resource changed, by its URI.",
                kind: OptionKind::Flag,
                required: false,
                accepts: Value::is_boolean,
                fault: "must be true or false",
            },
            OptionField {
                name: PAYLOAD_VERSION,
                doc: "Help Scout: the version of the body, `V2` or `V3`.",
                kind: OptionKind::Text(20),
                required: false,
                accepts: |value| PAYLOAD_VERSIONS.iter().any(|known| value == known),
                fault: "must be V2 or V3",
            },
        ]
    }

    fn delivery_options(&self) -> DeliveryOptions {
        DELIVERY
    }

    fn event_names(&self) -> Vec<&'static str> {
        EVENTS.to_vec()
    }

    fn scopes(&self, name: &str) -> Vec<Scope> {
        scopes(name).to_vec()
    }

    fn occurs_in_inboxes(&self, name: &str) -> bool {
        !name.starts_with("user.")
    }

    fn prepare<'a>(
        &'a self,
        context: HookContext<'a>,
        events: &'a [FeedEvent],
    ) -> BoxFuture<'a, Result<Vec<UnsignedRequest>, Error>> {
        Box::pin(async move {
            let mut all = Vec::new();
            for event in events.iter().filter(|event| covers(context, event)) {
                all.extend(requests(context, event).await?);
            }
            Ok(all)
        })
    }

    fn sign(
        &self,
        _: &StoredWebhook,
        secrets: &Secrets,
        request: &SignatureInput<'_>,
        headers: &mut HeaderMap,
    ) {
        let secret = secrets.first().map_or("", String::as_str);
        let signature = BASE64_STANDARD.encode(sign::sha1(secret.as_bytes(), request.body));
        let value = HeaderValue::try_from(signature).expect("base64 is visible ASCII");
        headers.insert(SIGNATURE_HEADER, value);
    }

    fn secret(&self, chosen: Option<String>) -> Result<Option<String>, String> {
        let mint = || mint_key().chars().take(LONGEST_SECRET).collect();
        let secret = chosen.unwrap_or_else(mint);
        match (1..=LONGEST_SECRET).contains(&secret.chars().count()) {
            true => Ok(Some(secret)),
            false => Err(format!("must be 1 to {LONGEST_SECRET} characters")),
        }
    }

    fn ping(&self, webhook: &StoredWebhook, _: Timestamp) -> Content {
        content(PING, json!({ "id": webhook.id.get() }).to_string())
    }
}

#[cfg(test)]
mod tests;
